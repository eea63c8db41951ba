"""How often somebody may ask, so that nobody slows the others down, and how often a bad token may be tried.

Counted in this process's memory: with several API processes each counts for itself.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import HTTPConnection

from api.http.problems import Problem
from words.voice import Sentence


class RateLimits:
    """Counts requests.

    Args:
        per_minute: how many requests a person or an API key may make; 0 is no limit.
        bad_per_minute: how many tokens that are not accepted may come from one address.
    """

    def __init__(self, per_minute: int, bad_per_minute: int) -> None:
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._bad = RateLimitItemPerMinute(bad_per_minute)

    def count(self, principal: str) -> None:
        """Count a request; 429 when there were too many."""
        if self._requests is not None and not self._counter.hit(self._requests, "request", principal):
            raise too_many(Sentence("You ask too often; slow down."))

    def note_bad(self, address: str) -> None:
        """Count a token that was not accepted; 429 for an address from which too many came.

        Only whoever brings a bad one is ever told to wait: an address may be shared by many.
        """
        if not self._counter.hit(self._bad, "bad", neighbours(address)):
            raise too_many(Sentence("Too many tokens from your address were not accepted; wait a minute."))


def address_of(request: HTTPConnection) -> str:
    """The address that a request comes from; behind a trusted proxy, the one that the proxy names."""
    return request.client.host if request.client else ""


def network_of(request: HTTPConnection) -> str:
    """Whose requests share a turn as long as it is not known who asks."""
    return neighbours(address_of(request))


def neighbours(address: str) -> str:
    """Whose failures are counted together: an IPv4 address, or the /64 network that one IPv6 customer has whole."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def too_many(detail: Sentence) -> Problem:
    """Not so fast."""
    return Problem(429, "too_many_requests", detail, headers={"Retry-After": "10"})
