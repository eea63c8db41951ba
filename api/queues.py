"""Queues for what takes long, with a share for each organization: nobody's work keeps the others from theirs.

Whoever waits holds no thread. Health and webhooks have threads of their own and stand in no queue.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, Semaphore, fail_after, to_thread

from api.http.problems import Problem, Unavailable

T = TypeVar("T")

HEALTH_THREADS = CapacityLimiter(2)
WEBHOOK_THREADS = CapacityLimiter(8)


@dataclass
class Share:
    """What an organization has in a queue.

    Attributes:
        present: how many of its requests wait or work.
    """

    turns: Semaphore
    present: int = 0


class Queue:
    """Turns to do something that takes long, in the order of asking, but of one organization only so many at once.

    Args:
        what: what is waited for, as it is told to whom it does not get.
        at_once: how many work at the same time.
        of_one: how many of them may be of one organization.
        most_of_one: how many of one organization may work and wait.
        most: how many may do so in all.
        patience: seconds that one may wait.
    """

    def __init__(
        self, what: str, *, at_once: int, of_one: int, most_of_one: int, most: int, patience: float
    ) -> None:
        self._what = what
        self._places = Semaphore(at_once)
        self._threads = CapacityLimiter(at_once)
        self._of_one, self._most_of_one = of_one, most_of_one
        self._most, self._patience = most, patience
        self._shares: dict[str, Share] = {}

    async def run(self, organization_id: str, work: Callable[..., T], *given: object) -> T:
        """Have something done in its turn, in a thread that is not one of those that all requests share.

        Raises:
            Problem: it is not its turn, and will not be soon.
        """
        async with self.turn(organization_id):
            return await to_thread.run_sync(partial(work, *given), limiter=self._threads)

    @asynccontextmanager
    async def turn(self, organization_id: str) -> AsyncIterator[None]:
        """Hold a turn.

        Raises:
            Problem: 429 where the organization itself has too much under way, 503 where everybody has.
        """
        share = self._shares.get(organization_id) or Share(Semaphore(self._of_one))
        if share.present >= self._most_of_one:
            detail = f"{self._what}: your organization has {share.present} such requests under way; wait for some of them."
            raise Problem(429, "too_many_in_flight", detail, headers={"Retry-After": "5"})
        if sum(other.present for other in self._shares.values()) >= self._most:
            raise self._busy()
        self._shares[organization_id] = share
        share.present += 1
        try:
            async with AsyncExitStack() as held:
                try:
                    with fail_after(self._patience):
                        await held.enter_async_context(share.turns)
                        await held.enter_async_context(self._places)
                except TimeoutError:
                    raise self._busy() from None
                yield
        finally:
            share.present -= 1
            if not share.present:
                del self._shares[organization_id]

    def _busy(self) -> Problem:
        detail = f"{self._what}: there is too much to do just now. Nothing is wrong with it; send it again."
        return Unavailable("busy", detail, 10)


def strangers_files() -> Queue:
    """Files that were sent to us: each may take a core for seconds."""
    return Queue("Looking at a file", at_once=2, of_one=1, most_of_one=16, most=128, patience=60)


def made_files() -> Queue:
    """Files that we make: tables, workbooks, PDFs."""
    return Queue("Making a file", at_once=3, of_one=1, most_of_one=16, most=128, patience=60)


def pages() -> Queue:
    """All else about an organization that is worked out in one of the threads that all requests share."""
    return Queue("Answering", at_once=24, of_one=6, most_of_one=250, most=1_000, patience=60)


@dataclass(frozen=True)
class Queues:
    """The queues of this process."""

    strangers_files: Queue = field(default_factory=strangers_files)
    made_files: Queue = field(default_factory=made_files)
    pages: Queue = field(default_factory=pages)
