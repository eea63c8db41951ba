"""How often somebody may ask, so that nobody slows the others down, and how often a bad token may be tried.

Counted in this process's memory: with several API processes each counts for itself.
"""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.problems import Problem


class Limits:
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
            raise too_many("You ask too often; slow down.")

    def note_bad(self, address: str) -> None:
        """Count a token that was not accepted."""
        self._counter.hit(self._bad, "bad", address)

    def refuse_guessing(self, address: str) -> None:
        """429 for an address from which too many bad tokens came."""
        if not self._counter.test(self._bad, "bad", address):
            raise too_many("Too many tokens from your address were not accepted; wait a minute.")


def too_many(detail: str) -> Problem:
    """Not so fast."""
    return Problem(429, "too_many_requests", detail, headers={"Retry-After": "10"})
