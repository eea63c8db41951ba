"""Requests that nobody honest sends, made from the application's own doors; and what must hold of every answer.

They are written to the socket byte by byte, because a proper client would refuse to send most of them.
"""

import json
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlsplit

from tests.api.support.endpoints import Door
from tests.api.support.forms import BANK, GAME, PAYOUT_ACCOUNT, QUALIFICATION, VERIFICATION, pdf

CANARY = "GB33BUKB20201555555555"
SCRIPT = '"><script>xss(1)</script>'
SECONDS = 60

TEXTS: tuple[str, ...] = (
    "", " ", "0", "-1", "1e400", "NaN", "null", "true", "[]", "x" * 300, "\x00", "a\x00b", "\r\nX-Evil: 1",
    "\u202e", "ﬀ", "\U0001f4b8", "٣", "../../etc/passwd", "..\\..\\x", "%00", "%2e%2e%2f", "'; DROP TABLE games; --",
    "{{7*7}}", "${jndi:ldap://example.invalid}", "=1+1", SCRIPT, CANARY, "9223372036854775808", "2026-02-30",
    "9999-12-31", "0000-00-00", "0001-01-01", "org_none", "st_none", "a/b/c", "/", "//evil.example", "*", '"x"',
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**63 - 1, -(2**63), 1e300, [], {}, [[]], [None], {"": ""},
    {"$ne": None}, {"__proto__": {}}, *TEXTS,
)  # fmt: skip

RAW: tuple[bytes, ...] = (
    b"", b"{", b"null", b"[]", b"NaN", b'{"a": NaN}', b'{"a": 1e400}', b'{"a": -Infinity}', b'{"name": "\\ud800"}',
    b'{"a": 1, "a": 2}', b'{"name": "a\\u0000b"}', b'{"a": 9223372036854775808}', b"[" * 50_000, b'{"a":' * 3000,
    b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"\x00" * 64, b'"' + b"x" * 70_000, b"{} {}", b"{'a': 1}", b"1" * 5000,
)  # fmt: skip

TYPES = (
    "application/json", "application/json; charset=utf-16", "APPLICATION/JSON", "text/plain", "text/html",
    "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=b", "multipart/form-data; boundary=" + "b" * 300, "application/problem+json",
    "", ";;;", "application/json, text/plain", "application/octet-stream",
)  # fmt: skip

ODD_HEADERS: tuple[bytes, ...] = (
    b"X-Request-Id: ../../x", b"X-Request-Id: " + b"a" * 5000, b"X-Request-Id: \xff\xfe", b"If-Match: *",
    b"If-Match: \xff", b"If-Match: " + b'"x",' * 500, b"Idempotency-Key: ", b"Idempotency-Key: \xff\xfe",
    b"Idempotency-Key: " + b"k" * 141, b"Idempotency-Key: a\x01b", b"Last-Event-ID: 99999999999999999999",
    b"Range: bytes=0-1,5-", b"Accept: */*;q=NaN", b"Accept: text/html", b"Accept-Language: \xff,*;q=9",
    b"Accept-Language: " + b"x-" * 2000, b"Accept-Encoding: gzip;q=x", b"Cookie: __Host-session=\xff\xff; a=b",
    b"Cookie: __Host-session=" + b"x" * 4000, b"Cookie: ;;;=;=", b"X-Forwarded-Host: evil.example", b"Forwarded: for=\"_x",
    b"X-HTTP-Method-Override: DELETE", b"Transfer-Encoding: gzip", b"Expect: 100-continue", b"Expect: 999",
    b"Upgrade: h2c", b"TE: trailers", b"Content-Encoding: gzip", b"Origin: null", b"Sec-Fetch-Site: cross-site",
    b"Host: evil.example", b"Host: ", b"X-Nothing:", b"X Space: 1", b"\x00: 1", b"TikTok-Signature: t=NaN,s=\xff",
    b"Stripe-Signature: t=1,v1=\xff", b"Content-Length: -1", b"Content-Length: 1e3", b"Content-Length: 99999999999999",
)  # fmt: skip

GOOD: Mapping[str, Any] = {
    "/verification": VERIFICATION,
    "/verification/renewal": VERIFICATION,
    "/qualification": QUALIFICATION,
    "/games": GAME,
    "/payout-account": PAYOUT_ACCOUNT,
    "/payout-account/change": {"bank": BANK},
    "/sign": {
        "version": 1,
        "text_sha256": "0" * 64,
        "typed_name": "Ada",
        "typed_title": "CEO",
        "accept": True,
    },
    "/invoices": {
        "statement_ids": ["st_1"],
        "number": "1",
        "date": "2026-01-31",
        "amount": {"amount": 1, "currency": "USD"},
        "file_id": "file_1",
    },
    "/appeal": {"subject": "x", "description": "y", "file_ids": []},
    "/launch": {"regions": ["US"]},
    "/invitations": {"email": "nobody@example.com", "role": "member"},
    "/role": {"subject": "nobody", "role": "member"},
    "/remove": {"subject": "nobody"},
    "/api-keys": {"name": "Nightly", "scopes": ["read"], "days": 1},
    "/decisions": {
        "organization_id": "org_none",
        "document_id": "verification",
        "action": "verification.verify",
        "reasons": [],
        "facts": {},
    },
    "/claims": {"organization_id": "org_none", "document_id": "verification"},
}
"""A right body by the end of the address."""


@dataclass
class Sent:
    """A request as it goes over the wire.

    Attributes:
        whole: all of it is sent; otherwise the line is closed in the middle.
    """

    method: str
    target: bytes
    headers: list[bytes]
    body: bytes = b""
    whole: bool = True

    @property
    def raw(self) -> bytes:
        return b"\r\n".join(
            [self.method.encode() + b" " + self.target + b" HTTP/1.1", *self.headers, b"", self.body]
        )


@dataclass
class Answer:
    """What came back; no status when the server only hung up, as it may on what is no HTTP."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


def exchange(url: str, sent: Sent) -> Answer:
    """Write a request to a fresh connection, and read the answer to its end."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=SECONDS) as line:
        try:
            line.sendall(sent.raw)
            if not sent.whole:
                line.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has answered before it was told everything.
        response = HTTPResponse(line)
        try:
            response.begin()
            body = response.read()
        except (HTTPException, OSError):
            return Answer(None)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


class Attacker:
    """Makes requests out of doors and chance.

    Args:
        people: the headers by which somebody is known, by who it is.
        ids: what really is at the doors, by the names of the addresses' parts.
    """

    def __init__(
        self, chance: random.Random, host: str, people: Mapping[str, bytes], ids: Mapping[str, str]
    ) -> None:
        self._chance = chance
        self._host = host
        self._people = people
        self._ids = ids

    def maybe(self, share: float) -> bool:
        return self._chance.random() < share

    def text(self) -> str:
        return self._chance.choice(TEXTS)

    def request(self, door: Door, names: list[str]) -> Sent:
        """One request to a door; ``names`` are those of its query's parameters."""
        method = (
            self._chance.choice(("GET", "POST", "PUT", "TRACE", "HEAD", "OPTIONS", "FOO"))
            if self.maybe(0.03)
            else door.method
        )
        headers = [b"Host: " + self._host.encode(), b"Connection: close"]
        person = self._chance.choice(list(self._people.values()))
        if person:
            headers.append(person)
        if self.maybe(0.5):
            headers += [b"Sec-Fetch-Site: same-origin"]
        if door.is_page:
            headers += [b"Accept: text/html"]
        if self.maybe(0.6):
            headers += [b"Idempotency-Key: " + str(self._chance.random()).encode(), b"If-Match: *"]
        body, whole = b"", True
        if method not in ("GET", "HEAD", "TRACE") or self.maybe(0.02):
            body, kind = self.body(door)
            headers.append(b"Content-Type: " + kind)
            if self.maybe(0.05):
                whole = False
                headers.append(b"Transfer-Encoding: chunked")
                body = self._chance.choice(
                    (
                        b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
                        b"zz\r\n" + body,
                        b"ffffffff\r\nx",
                        b"5\r\nab",
                        b"",
                    )
                )
            else:
                whole = not self.maybe(0.03)
                length = len(body) + (0 if whole else self._chance.choice((-1, 1, 100)))
                headers.append(b"Content-Length: %d" % max(0, length))
        for _ in range(self._chance.choice((0, 0, 0, 1, 1, 3))):
            odd = self._chance.choice(ODD_HEADERS)
            whole = whole and not odd.startswith((b"Content-Length", b"Transfer-Encoding", b"Upgrade"))
            headers.append(odd)
        if self.maybe(0.02):
            headers += [b"X-%d: y" % number for number in range(self._chance.choice((50, 200)))]
        return Sent(method, self.target(door, names), headers, body, whole)

    def target(self, door: Door, names: list[str]) -> bytes:
        """An address: mostly right, with wrong ids, wrong encodings, and queries of every kind."""
        ids = {
            name: quote(self.text(), safe=self._chance.choice(("", "/%")))
            if self.maybe(0.15)
            else self._ids.get(name, "x")
            for name in door.parts
        }
        path = door.at(ids).encode("ascii", "ignore")
        if self.maybe(0.03):
            path += self._chance.choice(
                (b"/", b"//", b"/..", b"/%2e%2e/", b"/%00", b"%ff", b";x=1", b"%", b"%zz", b"\xff")
            )
        pairs = []
        for _ in range(self._chance.choice((0, 0, 1, 2, 4))):
            name = self._chance.choice(names) if names and self.maybe(0.85) else quote(self.text())
            value = quote(self.text()) if self.maybe(0.9) else quote_from_bytes(b"\xff\xed\xa0\x80")
            pairs.append(f"{name}={value}".encode())
        if self.maybe(0.02):
            pairs += [b"limit=1"] * 500
        if self.maybe(0.01):
            pairs.append(b"x=" + b"y" * 20_000)
        return b"".join(path.split()) + (b"?" + b"&".join(pairs) if pairs else b"")

    def body(self, door: Door) -> tuple[bytes, bytes]:
        """A body and its content type."""
        if self.maybe(0.12):
            return self._chance.choice(RAW), self._chance.choice(TYPES).encode()
        fits = [value for end, value in GOOD.items() if door.path.endswith(end)]
        good = fits[-1] if fits else {"x": "y"}
        if door.is_page:
            return self.form(good)
        if door.path.endswith(("/documents", "/comparisons")):
            return self.upload(), b"multipart/form-data; boundary=b"
        value = json.loads(json.dumps(good))
        for _ in range(self._chance.choice((0, 1, 1, 2))):
            value = self.spoil(value)
        raw = json.dumps(value).encode()
        if self.maybe(0.2):
            raw = self.flipped(raw)
        return raw, b"application/json" if self.maybe(0.95) else self._chance.choice(TYPES).encode()

    def spoil(self, value: Any) -> Any:
        """A body with another value somewhere, or one more, or one less."""
        if isinstance(value, dict) and value and not self.maybe(0.1):
            name = self._chance.choice(list(value))
            doing = self._chance.random()
            if doing < 0.1:
                return {other: item for other, item in value.items() if other != name}
            if doing < 0.2:
                return {**value, self.text(): self._chance.choice(VALUES)}
            return {**value, name: self.spoil(value[name])}
        if isinstance(value, list) and value and self.maybe(0.7):
            return [self.spoil(value[0]), *value[1:]] * self._chance.choice((1, 1, 2, 30))
        return self._chance.choice(VALUES)

    def flipped(self, raw: bytes) -> bytes:
        """Some bytes changed, put in, or cut off."""
        found = bytearray(raw)
        for _ in range(self._chance.randint(1, 4)):
            place = self._chance.randrange(len(found) + 1)
            found[place : place + self._chance.choice((0, 1, 1, 20))] = self._chance.randbytes(
                self._chance.choice((0, 1, 1, 3))
            )
        return bytes(found)

    def form(self, good: Any) -> tuple[bytes, bytes]:
        """A page's form: names with dots and brackets, values of every kind."""
        names = [
            *(good if isinstance(good, dict) else ()),
            "_key",
            "_page",
            "_etag",
            "action",
            "code",
            "detail",
        ]
        names += [
            "bank.iban",
            "facts.adjustment",
            "facts.x",
            "a.b.c",
            "file_ids[]",
            "",
            ".",
            "a..b",
            "[]",
            "name",
        ]
        pairs = []
        for _ in range(self._chance.choice((0, 1, 3, 8, 400) if self.maybe(0.05) else (0, 1, 3, 8))):
            name = self._chance.choice(names)
            given = good.get(name) if isinstance(good, dict) and self.maybe(0.4) else None
            value = given if isinstance(given, str) else self.text()
            if name == "action" and self.maybe(0.7):
                value = self._chance.choice(("claim", "unclaim", "verification.suspend", "payout.hold"))
            pairs.append(f"{quote(name)}={quote(value)}".encode())
        if self.maybe(0.1):
            parts = (f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\ny\r\n' for name in names)
            return "".join((*parts, "--b--\r\n")).encode(), b"multipart/form-data; boundary=b"
        raw = b"&".join(pairs)
        return (self.flipped(raw) if self.maybe(0.1) and raw else raw), b"application/x-www-form-urlencoded"

    def upload(self) -> bytes:
        """A multipart body, whole or broken."""
        name = self._chance.choice(("a.pdf", *TEXTS)).replace("\r", "").replace("\n", "").replace('"', "%22")
        content = self._chance.choice(
            (pdf(), b"", b"%PDF-1.7\n", b"PK\x03\x04", b"order_id,beans,day\n=1,1,2026-01-01\n")
        )
        head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
        raw = head.encode("utf-8", "replace") + content + b"\r\n--b--\r\n"
        return self.flipped(raw) if self.maybe(0.5) else raw
