"""Webhooks go to the public Internet only, to the very address that was looked at, and come from us as they say."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError

from providers.webhooks import target
from providers.webhooks.sender import Answer, Outgoing, headers_of
from providers.webhooks.target import BadTarget, is_public, read_target
from tests.providers.webhooks.receiver import Receiver, answer_with

SECRET = "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
OLDER = "whsec_MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="
BODY = '{"id":"evt_1"}'

BAD_URLS = """
http://example.com/
HTTP://example.com/
ftp://example.com/
file:///etc/passwd
gopher://example.com/
javascript:alert(1)
//example.com/
example.com
https:example.com
https:/example.com
https://
https:///path
https://user@example.com/
https://user:secret@example.com/
https://:secret@example.com/
https://@example.com/
https://example.com@127.0.0.1/
https://127.0.0.1\\@example.com/
https://example.com\\.evil.example.com/
https://example.com/#part
https://example.com/#
https://example.com:80/
https://example.com:22/
https://example.com:0/
https://example.com:1023/
https://example.com:65536/
https://example.com:-1/
https://example.com:x/
https://localhost/
https://LOCALHOST/
https://localhost./
https://sub.localhost/
https://printer.local/
https://metadata.google.internal/
https://router.home.arpa/
https://host/
https://example.com./
https://example..com/
https://-example.com/
https://exa_mple.com/
https://127.0.0.1/
https://127.0.0.1./
https://127.1/
https://127.0.1/
https://0/
https://0.0.0.0/
https://2130706433/
https://017700000001/
https://0177.0.0.1/
https://0x7f.0.0.1/
https://0x7f000001/
https://0x7f.1/
https://127.0.0.0x1/
https://169.254.169.254/latest/meta-data
https://0xa9fea9fe/
https://10.0.0.1/
https://192.168.1.1/
https://8.8.8.8/
https://[::]/
https://[::1]/
https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/
https://[::127.0.0.1]/
https://[fe80::1%25eth0]/
https://[fe80::1%eth0]/
https://[fd00:ec2::254]/
https://[64:ff9b::7f00:1]/
https://[2002:7f00:1::]/
https://[2606:4700::1111]/
https://[v1.x]/
https://[::1/
https://１２７.０.０.１/
https://127。0。0。1/
https://ⓔxample.com/
https://exämple.com/
https://example。com/
https://example.com/ä
https://exam ple.com/
https://example.com/ a
https://example.com%2f@evil.example.com/
https://%6c%6f%63alhost/
https://example%2ecom/
https://example.com\t/
https://example.com/\r\nX-Evil: 1
https://exam\u00adple.com/
https://example.123/
""".strip("\n").split("\n")

BAD_ADDRESSES = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 168.63.129.16
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.31.196.1 192.88.99.1 192.168.0.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::808:808
64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
2606:4700::1111%1 localhost 2130706433 0x7f.1 017700000001 127.1 [::1]
""".strip().split()

PUBLIC = "8.8.8.8 1.1.1.1 100.63.255.255 172.32.0.1 2606:4700::1111 2a00:1450::1".strip().split()


def test_there_are_enough_of_them() -> None:
    assert len(BAD_URLS) >= 60 and len(BAD_ADDRESSES) >= 50


@pytest.mark.parametrize("url", BAD_URLS)
def test_no_address_but_one_with_a_public_name_over_https(url: str) -> None:
    with pytest.raises(BadTarget):
        read_target(url, allow_local=False)


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://EXAMPLE.com/hooks?token=1",
        "https://a.b.example.co.uk:8443/",
        "https://xn--exmple-cua.com/",
        "https://example.com:443/",
    ],
)
def test_public_names_are_taken(url: str) -> None:
    target = read_target(url, allow_local=False)
    assert target.scheme == "https" and not target.local


def test_even_where_local_receivers_are_allowed_nothing_else_is() -> None:
    for url in BAD_URLS:
        try:
            assert read_target(url, allow_local=True).local
        except BadTarget:
            continue
    for url in ("http://192.168.0.1:8000/", "http://example.com/", "http://169.254.169.254/"):
        with pytest.raises(BadTarget):
            read_target(url, allow_local=True)


def resolver(*answers: Sequence[str]) -> Callable[[str, int], Any]:
    """Gives one answer after the other, the last one for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


class Trap:
    """A listening socket on this machine at which nobody may ever arrive."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.3)
        self.port = self.socket.getsockname()[1]

    def is_empty(self) -> bool:
        try:
            self.socket.accept()
        except TimeoutError:
            return True
        return False


@pytest.fixture
def trap() -> Iterator[Trap]:
    made = Trap()
    yield made
    made.socket.close()


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_name_that_leads_to_ourselves_is_not_called(trap: Trap, addresses: list[str]) -> None:
    sender = Outgoing(resolve=resolver(addresses), timeout=60)
    url = f"https://rebind.example.com:{trap.port}/"
    with pytest.raises(BadTarget):
        asyncio.run(sender.check(url))
    answer = asyncio.run(sender.send(url, {}, BODY))
    assert answer == Answer(None, "not_public" if addresses else "name_unknown")
    assert trap.is_empty()


def test_the_name_is_looked_up_once_and_its_address_is_pinned(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is looked at and ours a moment later: the second is never asked for."""
    called: list[str] = []
    real = asyncio.BaseEventLoop.getaddrinfo

    async def spy(self: Any, host: Any, *more: Any, **most: Any) -> Any:
        called.append(host)
        return await real(self, host, *more, **most)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", spy)
    monkeypatch.setattr(target, "is_public", lambda address: address == "127.0.0.2")
    sender = Outgoing(resolve=resolver(["127.0.0.2"], ["127.0.0.1"]), timeout=60)
    answer = asyncio.run(sender.send(f"https://rebind.example.com:{trap.port}/", {}, BODY))
    assert answer.code == "unreachable"  # nobody listens at 127.0.0.2
    assert not [host for host in called if not str(host).startswith("127.0.0.2")]
    assert trap.is_empty()


@pytest.fixture
def receive() -> Iterator[Callable[[Any], Receiver]]:
    made: list[Receiver] = []

    def start(behave: Any) -> Receiver:
        made.append(Receiver(behave))
        return made[-1]

    yield start
    for receiver in made:
        receiver.stop()


def send(receiver: Receiver, timeout: float = 60, secrets: Sequence[str] = (SECRET,)) -> Answer:
    headers = headers_of(secrets, "evt_1", BODY, datetime.now(UTC))
    return asyncio.run(Outgoing(allow_local=True, timeout=timeout).send(receiver.url, headers, BODY))


def test_a_webhook_verifies_with_the_official_library(receive: Any) -> None:
    receiver = receive(answer_with(204))
    assert send(receiver, secrets=[SECRET, OLDER]) == Answer(204)
    [(headers, body)] = receiver.seen
    for secret in (SECRET, OLDER):
        assert Webhook(secret).verify(body, headers) == {"id": "evt_1"}
    with pytest.raises(WebhookVerificationError):
        Webhook(OLDER).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_MjIyMjIyMjIyMjIyMjIyMg==").verify(body, headers)
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"


def test_a_redirect_is_not_followed(receive: Any, trap: Trap) -> None:
    receiver = receive(answer_with(307, {"Location": f"http://127.0.0.1:{trap.port}/"}))
    assert send(receiver) == Answer(307, "redirect")
    assert trap.is_empty()


@pytest.mark.parametrize(("status", "code"), [(200, ""), (299, ""), (400, "http_400"), (500, "http_500")])
def test_any_2xx_has_arrived(receive: Any, status: int, code: str) -> None:
    assert send(receive(answer_with(status))) == Answer(status, code)


def test_gone_is_gone(receive: Any) -> None:
    assert send(receive(answer_with(410))).gone


def test_an_endless_answer_is_left_after_a_kilobyte(receive: Any) -> None:
    sent = 0

    def flood(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(10_000):
                handler.wfile.write(b"x" * 65_536)
                sent += 65_536
        except OSError:
            return

    assert send(receive(flood)) == Answer(200)
    time.sleep(0.2)
    assert sent < 64 * 1024 * 1024, "it would have been ten times as much"


@pytest.mark.parametrize("part", ["status", "header", "body"])
def test_a_receiver_that_dawdles_is_left(receive: Any, part: str) -> None:
    """Each byte in time, and yet never done."""

    def dawdle(handler: BaseHTTPRequestHandler) -> None:
        start = {"status": b"HTTP", "header": b"HTTP/1.1 200 OK\r\nX-Slow: "}
        handler.wfile.write(start.get(part, b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"))
        try:
            for _ in range(600):
                handler.wfile.write(b"1")
                time.sleep(0.1)
        except OSError:
            return

    began = time.monotonic()
    answer = send(receive(dawdle), timeout=0.6)
    assert answer.code in ("timeout", "connection_lost")
    assert time.monotonic() - began < 30, "it would have been a minute"


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate that this name's key signed itself, and the trust in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path, ssl.create_default_context(cafile=str(path))


@pytest.mark.parametrize(
    ("name", "code"), [("receiver.example.com", ""), ("other.example.com", "unreachable")]
)
def test_the_certificate_must_be_the_names_not_the_addresses(
    receive: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    path, trust = certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    receiver = receive(answer_with(200))
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    monkeypatch.setattr(target, "is_public", lambda address: address == "127.0.0.1")
    sender = Outgoing(resolve=resolver(["127.0.0.1"]), timeout=60, trust=trust)
    url = f"https://receiver.example.com:{receiver.port}/hooks"
    assert (
        asyncio.run(sender.send(url, headers_of([SECRET], "evt_1", BODY, datetime.now(UTC)), BODY)).code
        == code
    )
    hosts = [headers["Host"] for headers, _ in receiver.seen]
    assert hosts == ([] if code else [f"receiver.example.com:{receiver.port}"])
