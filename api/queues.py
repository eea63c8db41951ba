"""Queues for what holds a thread, with a share for each organization: nobody's work keeps the others from theirs.

Whoever waits holds no thread. Health and webhooks have threads of their own and stand in no queue.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, Event, fail_after, to_thread
from prometheus_client import CollectorRegistry, Gauge

from api.http.problems import Problem, Unavailable
from words.voice import Sentence

T = TypeVar("T")

HEALTH_THREADS = CapacityLimiter(2)
WEBHOOK_THREADS = CapacityLimiter(4)


@dataclass
class Share:
    """What somebody has in a queue.

    Attributes:
        present: how many of their requests are under way.
        working: how many turns they hold.
        last: the number of their last turn.
        waiting: those of them that wait for a turn.
    """

    present: int = 0
    working: int = 0
    last: int = 0
    waiting: deque[Event] = field(default_factory=deque)


class Queue:
    """Turns to do something that holds a thread, shared out among those for whom it is done.

    A turn goes to whoever holds the fewest, and of these to whoever had one longest ago: those who ask for little are
    never behind those who ask for much. More than one at once is had only while enough turns are free, so that many
    who ask for much together leave some to the others.

    Args:
        what: what is waited for, as it is told to whom it does not get.
        at_once: how many work at the same time.
        of_one: how many of them may be of one organization (or person).
        spare: how many must be free for one of them to get more than one.
        most_of_one: how many requests of one may be under way.
        most: how many may be so in all; whoever has fewer than ``of_one`` is let in even then.
        patience: seconds that one may wait for its first turn.
    """

    def __init__(
        self,
        what: Sentence,
        *,
        at_once: int,
        of_one: int,
        spare: int,
        most_of_one: int,
        most: int,
        patience: float,
    ) -> None:
        self._what = what
        self.at_once, self._of_one, self._spare = at_once, of_one, spare
        self._most_of_one, self._most, self._patience = most_of_one, most, patience
        self._threads = CapacityLimiter(at_once)
        self._shares: dict[str, Share] = {}
        self._turns = 0

    @property
    def working(self) -> int:
        """How many turns are held."""
        return sum(share.working for share in self._shares.values())

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return sum(len(share.waiting) for share in self._shares.values())

    async def run(self, of: str, work: Callable[..., T], *given: object) -> T:
        """Have something done in its turn, in a thread that is not one of those that all requests share.

        Raises:
            Problem: it is not its turn, and will not be soon.
        """
        async with self.turn(of):
            return await to_thread.run_sync(partial(work, *given), limiter=self._threads)

    @asynccontextmanager
    async def turn(self, of: str) -> AsyncIterator[None]:
        """Hold a turn; raises Problem as ``visit`` and ``Visit.turn`` do."""
        with self.visit(of) as visit:
            async with visit.turn():
                yield

    @contextmanager
    def visit(self, of: str) -> Iterator["Visit"]:
        """Let a request in, which then waits here for each of its turns.

        Raises:
            Problem: 429 where whoever asks has too much under way, 503 where everybody has.
        """
        share = self._shares.get(of) or Share()
        if share.present >= self._most_of_one:
            detail = Sentence(
                "{what}: {count} such requests of yours are under way; wait for some of them.",
                what=self._what,
                count=share.present,
            )
            raise Problem(429, "too_many_in_flight", detail, headers={"Retry-After": "5"})
        present = sum(other.present for other in self._shares.values())
        if present >= self._most and share.present >= self._of_one:
            raise self._busy()
        self._shares[of] = share
        share.present += 1
        try:
            yield Visit(self, of)
        finally:
            share.present -= 1
            self._forget(of)

    @asynccontextmanager
    async def _turn(self, of: str, patience: float | None) -> AsyncIterator[None]:
        share = self._shares.setdefault(of, Share())
        turn = Event()
        share.waiting.append(turn)
        self._let_in()
        try:
            try:
                with fail_after(patience):
                    await turn.wait()
            except TimeoutError:
                raise self._busy() from None
            yield
        finally:
            if turn.is_set():
                share.working -= 1
            else:
                share.waiting.remove(turn)
            self._let_in()
            self._forget(of)

    def _let_in(self) -> None:
        """Give the free turns to those who are next."""
        while share := self._next():
            self._turns += 1
            share.working, share.last = share.working + 1, self._turns
            share.waiting.popleft().set()

    def _next(self) -> Share | None:
        free = self.at_once - self.working
        most = 0 if not free else self._of_one if free > self._spare else 1
        able = [share for share in self._shares.values() if share.waiting and share.working < most]
        return min(able, key=lambda share: (share.working, share.last), default=None)

    def _forget(self, of: str) -> None:
        share = self._shares.get(of)
        if share and not (share.present or share.working or share.waiting):
            del self._shares[of]

    def _busy(self) -> Problem:
        detail = Sentence(
            "{what}: there is too much to do just now. Nothing is wrong with it; send it again.",
            what=self._what,
        )
        return Unavailable("busy", detail, 10)


@dataclass
class Visit:
    """A request that was let into a queue."""

    queue: Queue
    of: str
    _holds: bool = False
    _had: bool = False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a turn, unless the request holds one already.

        Raises:
            Unavailable: the first has not come in time. Those after it are waited for: what was begun is ended.
        """
        if self._holds:
            yield
            return
        patience = None if self._had else self.queue._patience
        async with self.queue._turn(self.of, patience):
            self._holds = self._had = True
            try:
                yield
            finally:
                self._holds = False


VISIT: ContextVar[Visit] = ContextVar("visit")
"""Of the request that is being worked on."""


async def in_thread(work: Callable[..., T], *given: object) -> T:
    """Have a step of a request done in one of the threads that all requests share, in the turn of whoever asks."""
    async with VISIT.get().turn():
        return await to_thread.run_sync(partial(work, *given))


def lookups() -> Queue:
    """Who asks, and what they may: short, and before anything else."""
    return Queue(
        Sentence("Signing in"), at_once=4, of_one=2, spare=2, most_of_one=250, most=2_000, patience=60
    )


def sessions() -> Queue:
    """What is written down of sessions and keys: nobody waits for that who only needs to be known."""
    return Queue(Sentence("Signing in"), at_once=2, of_one=2, spare=0, most_of_one=500, most=500, patience=20)


def issuer() -> Queue:
    """What the issuer is asked for: while it does not answer, all others are known all the same."""
    return Queue(Sentence("Signing in"), at_once=4, of_one=2, spare=2, most_of_one=500, most=500, patience=20)


def pages() -> Queue:
    """All that an organization, or a person without one, has worked out in the threads that all requests share."""
    return Queue(
        Sentence("Answering"), at_once=16, of_one=4, spare=12, most_of_one=250, most=1_000, patience=60
    )


def staff() -> Queue:
    """The same for the platform's staff, and what they read of organizations."""
    return Queue(
        Sentence("Answering"), at_once=4, of_one=2, spare=2, most_of_one=100, most=1_000, patience=60
    )


def strangers_files() -> Queue:
    """Files that were sent to us: each may take a core for seconds."""
    return Queue(
        Sentence("Looking at a file"), at_once=2, of_one=1, spare=0, most_of_one=16, most=128, patience=60
    )


def made_files() -> Queue:
    """Files that we make: tables, workbooks, PDFs."""
    return Queue(
        Sentence("Making a file"), at_once=3, of_one=1, spare=0, most_of_one=16, most=128, patience=60
    )


@dataclass(frozen=True)
class Queues:
    """The queues of this process."""

    lookups: Queue = field(default_factory=lookups)
    sessions: Queue = field(default_factory=sessions)
    issuer: Queue = field(default_factory=issuer)
    pages: Queue = field(default_factory=pages)
    staff: Queue = field(default_factory=staff)
    strangers_files: Queue = field(default_factory=strangers_files)
    made_files: Queue = field(default_factory=made_files)

    def measure(self, registry: CollectorRegistry) -> None:
        """Have it measured how many turns are held and waited for."""
        turns = Gauge("monetization_api_turns", "Turns by queue.", ("queue", "state"), registry=registry)
        for one in fields(self):
            queue: Queue = getattr(self, one.name)
            turns.labels(one.name, "held").set_function(partial(getattr, queue, "working"))
            turns.labels(one.name, "waiting").set_function(partial(getattr, queue, "waiting"))
