"""Where webhooks may go: addresses of strangers' choice, so each is looked up by us and must be public."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from words.voice import Sentence

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

    def __init__(self, code: str, why: Sentence) -> None:
        super().__init__(why)
        self.why = why
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


def read_target(url: str, allow_local: bool) -> Target:
    """The parts of an address, as it is written.

    Raises:
        BadTarget: it is not one of HTTPS with a public name, or has parts that it must not have.
    """
    if len(url) > LONGEST_URL or not VISIBLE.fullmatch(url) or "\\" in url:
        raise BadTarget("malformed", Sentence("Write a plain address such as https://example.com/webhooks."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadTarget("malformed", Sentence("This is no address.")) from None
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise BadTarget("credentials", Sentence("The address must not hold a user name or password."))
    if parts.fragment or "#" in url:
        raise BadTarget("fragment", Sentence("Leave out the part after #."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if allow_local and host in ("localhost", "127.0.0.1", "::1") and parts.scheme in ("http", "https"):
        return Target(parts.scheme, host, port or 80, path, local=True)
    if parts.scheme != "https":
        raise BadTarget("not_https", Sentence("The address must begin with https://."))
    if not NAME.fullmatch(host) or len(host) > 253 or host.endswith(tuple(f".{end}" for end in RESERVED)):
        raise BadTarget(
            "no_public_name",
            Sentence(
                "Use a public name such as example.com: no number, no local name, no final dot; other alphabets as xn--…."
            ),
        )
    if port is not None and port != HTTPS and port < FIRST_FREE_PORT:
        raise BadTarget("port", Sentence("The port must be 443, or above 1023."))
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
        raise BadTarget("name_unknown", Sentence("This name cannot be found; check its spelling."))
    if not all(is_loopback(address) if target.local else is_public(address) for address in addresses):
        raise BadTarget("not_public", Sentence("This name does not lead to the public Internet."))
    return addresses


def is_loopback(address: str) -> bool:
    """Whether an address is this very machine's."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
