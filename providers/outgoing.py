"""Webhooks to organizations: addresses of their choice, so each is looked up by us and must be public.

A request goes to the very address that was looked at (no second resolution), follows no redirect, and no
answer can hold it for longer than a deadline. Signatures follow Standard Webhooks.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx2
from standardwebhooks import Webhook

TIMEOUT_SECONDS = 15.0
LARGEST_ANSWER = 1024
LONGEST_URL = 1000
HTTPS = 443
FIRST_FREE_PORT = 1024

NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
VISIBLE = re.compile(r"[\x21-\x7e]+")
RESERVED = ("localhost", "local", "internal", "home.arpa", "test", "invalid", "onion")
"""Endings of names that nobody in public has."""

UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""Within it: tunnels into IPv4 (Teredo, 6to4), protocols' own and documentation."""
NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(network) for network in ("192.88.99.0/24", "168.63.129.16/32", "192.31.196.0/24")
)
"""What counts as global and is no place for a receiver: relays, a cloud's own services."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class BadTarget(ValueError):
    """An address that no webhook is sent to; ``code`` for programs, the text for people."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where a webhook goes.

    Attributes:
        local: it is on this very machine, which only the settings can allow.
    """

    scheme: str
    host: str
    port: int
    path: str
    local: bool = False


@dataclass(frozen=True)
class Answer:
    """What became of one try.

    Attributes:
        status: of the HTTP answer, if there was one.
        code: why it did not arrive; empty when it did.
    """

    status: int | None
    code: str = ""

    @property
    def arrived(self) -> bool:
        """Any 2xx."""
        return not self.code

    @property
    def gone(self) -> bool:
        """The receiver wants no more of them."""
        return self.status == httpx2.codes.GONE


def read_target(url: str, allow_local: bool) -> Target:
    """The parts of an address, as it is written.

    Raises:
        BadTarget: it is not one of HTTPS with a public name, or has parts that it must not have.
    """
    if len(url) > LONGEST_URL or not VISIBLE.fullmatch(url) or "\\" in url:
        raise BadTarget("malformed", "Write a plain address such as https://example.com/webhooks.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadTarget("malformed", "This is no address.") from None
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise BadTarget("credentials", "The address must not hold a user name or password.")
    if parts.fragment or "#" in url:
        raise BadTarget("fragment", "Leave out the part after #.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if allow_local and host in ("localhost", "127.0.0.1", "::1") and parts.scheme in ("http", "https"):
        return Target(parts.scheme, host, port or 80, path, local=True)
    if parts.scheme != "https":
        raise BadTarget("not_https", "The address must begin with https://.")
    if not NAME.fullmatch(host) or len(host) > 253 or host.endswith(tuple(f".{end}" for end in RESERVED)):
        raise BadTarget(
            "no_public_name",
            "Use a public name such as example.com: no number, no local name, no final dot; other alphabets as xn--….",
        )
    if port is not None and port != HTTPS and port < FIRST_FREE_PORT:
        raise BadTarget("port", "The port must be 443, or above 1023.")
    return Target("https", host, port or HTTPS, path)


def is_public(address: str) -> bool:
    """Whether anybody in the Internet could be at an address, and nothing of ours."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        refused = any(found in network for network in NOT_PUBLIC_V6)
        return found in UNICAST_V6 and found.scope_id is None and found.is_global and not refused
    refused = any(found in network for network in NOT_PUBLIC_V4)
    return found.is_global and not (found.is_multicast or found.is_reserved or refused)


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, by the machine's resolver; raises OSError when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def addresses_of(target: Target, resolve: Resolve = look_up) -> Sequence[str]:
    """Where a target is; raises BadTarget unless each address of its name is one that it may be at."""
    try:
        addresses = await resolve(target.host, target.port)
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise BadTarget("name_unknown", "This name cannot be found; check its spelling.")
    if not all(is_loopback(address) if target.local else is_public(address) for address in addresses):
        raise BadTarget("not_public", "This name does not lead to the public Internet.")
    return addresses


def is_loopback(address: str) -> bool:
    """Whether an address is this very machine's."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def headers_of(secrets: Sequence[str], event_id: str, body: str, now: datetime) -> Mapping[str, str]:
    """The headers by which a receiver knows a webhook; one signature for each secret that is good.

    Args:
        now: the moment of this try, in UTC and real time.
    """
    # The library takes the moment for UTC whatever it says, and rounds it down like this.
    signatures = [Webhook(secret).sign(event_id, now.astimezone(UTC), body) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "Content-Type": "application/json",
        "User-Agent": "monetization/1",
        "Accept-Encoding": "identity",
    }


class Outgoing:
    """Sends webhooks.

    Args:
        allow_local: receivers on this very machine are allowed, without HTTPS; never in production.
        resolve: gives the addresses of a name.
        trust: which certificates are believed; the usual ones when nothing is said.
    """

    def __init__(
        self,
        allow_local: bool = False,
        resolve: Resolve = look_up,
        timeout: float = TIMEOUT_SECONDS,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_local, self._resolve, self._timeout = allow_local, resolve, timeout
        self._trust = trust or ssl.create_default_context()

    async def check(self, url: str) -> None:
        """Raise BadTarget if nothing can be sent to an address now."""
        try:
            async with asyncio.timeout(self._timeout):
                await addresses_of(read_target(url, self._allow_local), self._resolve)
        except TimeoutError:
            raise BadTarget("name_unknown", "This name could not be looked up in time; try again.") from None

    async def send(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """Try once; never raises, whatever the receiver does."""
        try:
            async with asyncio.timeout(self._timeout):
                target = read_target(url, self._allow_local)
                return await self._post(target, await addresses_of(target, self._resolve), headers, body)
        except BadTarget as error:
            return Answer(None, error.code)
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(None, "timeout")
        except (httpx2.ConnectError, ssl.SSLError):
            return Answer(None, "unreachable")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
            return Answer(None, "connection_lost")

    async def _post(
        self, target: Target, addresses: Sequence[str], headers: Mapping[str, str], body: str
    ) -> Answer:
        standard = {"http": 80, "https": HTTPS}[target.scheme]
        named = target.host if target.port == standard else f"{target.host}:{target.port}"
        async with httpx2.AsyncClient(
            verify=self._trust, timeout=self._timeout, follow_redirects=False, trust_env=False
        ) as client:
            for address in addresses[:-1]:
                try:
                    return await self._post_to(client, address, target, {**headers, "Host": named}, body)
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue
            return await self._post_to(client, addresses[-1], target, {**headers, "Host": named}, body)

    async def _post_to(
        self,
        client: httpx2.AsyncClient,
        address: str,
        target: Target,
        headers: Mapping[str, str],
        body: str,
    ) -> Answer:
        place = f"[{address}]" if ":" in address else address
        request = client.stream(
            "POST",
            f"{target.scheme}://{place}:{target.port}{target.path}",
            content=body,
            headers=dict(headers),
            extensions={"sni_hostname": target.host},  # the certificate must be the name's
        )
        async with request as response:
            seen = 0
            async for part in response.aiter_raw():
                seen += len(part)
                if seen > LARGEST_ANSWER:
                    break
            status = response.status_code
        if 200 <= status < 300:
            return Answer(status)
        return Answer(status, "redirect" if 300 <= status < 400 else f"http_{status}")
