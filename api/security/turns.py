"""In whose share of the queues a request is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from inspect import iscoroutinefunction

from fastapi import Depends, Request

from api.installation import CurrentInstallation
from api.queues import VISIT, Queue
from api.security.identity import SignedIn


@asynccontextmanager
async def visiting(request: Request, queue: Queue, of: str) -> AsyncIterator[None]:
    """Let a request into a queue until it is answered.

    What is no coroutine holds a shared thread from its beginning to its end, and its turn as long; a coroutine takes
    a turn for each step that needs a thread (``in_thread``).
    """
    with queue.visit(of) as visit:
        VISIT.set(visit)
        if iscoroutinefunction(request.scope["endpoint"]):
            yield
        else:
            async with visit.turn():
                yield


async def ask_in_turn(
    request: Request, installation: CurrentInstallation, person: SignedIn
) -> AsyncIterator[None]:
    """For what somebody asks outside of all organizations."""
    async with visiting(request, installation.queues.pages, f"person {person.subject}"):
        yield


OWN_TURN = Depends(ask_in_turn, scope="function")
