"""What fails in workflow code though nobody has foreseen it: it is seen, ends nothing else, and is tried again."""

import asyncio
from abc import ABC
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from models.documents import FailureClass
from models.programme.policy import Policy

T = TypeVar("T")

FORESEEN = {*FailureClass, "not_found", "Stale"}
"""The types of the errors that steps outside raise on purpose; Temporal or the clock tries again."""


class Unforeseen(Exception):
    """Something of ours has failed; its cause says what, unless it did so before a replay."""


class Guarded(ABC):
    """What is in trouble, and the way in which code is called that must not end a life."""

    policy: Policy
    woken: bool
    trouble: dict[str, str]

    def guard(self, trouble: dict[str, str]) -> None:
        """Begin with the trouble that the last run has left."""
        self.trouble = dict(trouble)
        self.attempts: Counter[str] = Counter()
        self.again: asyncio.Task[None] | None = None

    def attempt(self, part: str, do: Callable[[], T]) -> T:
        """Compute something, so that it harms nothing else if it fails.

        Temporal calls workflow code once more, from the beginning of its history, whenever a worker takes it over. That
        something failed is therefore marked in the history: a release in which it is mended fails there, too, and
        goes the same way from there, until the next attempt succeeds.

        Args:
            part: what it is for; each part's attempts are counted, and must be the same ones in each release.

        Raises:
            Unforeseen: it has failed. It is logged and shown, and whoever calls this tries again later.
        """
        self.attempts[part] += 1
        mark = f"unforeseen/{part}/{self.attempts[part]}"
        if workflow.unsafe.is_replaying() and workflow.patched(mark):
            self.note(part, "it failed before a worker took over")
            raise Unforeseen(part)
        try:
            done = do()
        except Exception as error:
            workflow.logger.exception("something unforeseen", extra={"part": part, **where()})
            workflow.patched(mark)
            self.note(part, type(error).__name__)
            raise Unforeseen(part) from error
        self.over(part)
        return done

    def note(self, what: str, why: str) -> None:
        """Show that something is in trouble."""
        self.trouble[what] = why

    def over(self, what: str) -> None:
        """It goes well again."""
        self.trouble.pop(what, None)

    def wake_later(self) -> None:
        """Look once more at everything in a while."""
        if self.again is None:
            self.again = asyncio.create_task(self.wake())

    async def wake(self) -> None:
        """Wait, then look at everything."""
        await workflow.sleep(self.longest_retry(), summary="before what failed is tried again")
        self.again = None
        self.woken = True

    def longest_retry(self) -> timedelta:
        """The longest wait before something that fails is tried again, in real time."""
        return longest_retry(self.policy)


def longest_retry(policy: Policy) -> timedelta:
    """The longest wait before something that fails is tried again, in real time."""
    return max(policy.clock.real_delay(policy.longest_retry), timedelta(seconds=1))


def why_unforeseen(error: Exception) -> str | None:
    """What kind of an error nobody has foreseen; ``None`` for one that steps outside raise on purpose, and for silence."""
    cause = error.cause if isinstance(error, ActivityError) else error
    if isinstance(error, ActivityError) and not isinstance(cause, ApplicationError):
        return None
    kind = cause.type if isinstance(cause, ApplicationError) else type(cause).__name__
    return None if kind in FORESEEN else kind or "an error without a name"


def where() -> dict[str, str]:
    """By what a log line of a workflow can be found."""
    info = workflow.info()
    return {"workflow_id": info.workflow_id, "run_id": info.run_id}
