"""News: tells at once that something has happened in an organization, for as long as somebody listens."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

from api.http.problems import Problem
from api.installation import Installation
from api.queues import in_thread
from api.security.identity import Known
from api.security.organization_access import Reader, read_organization
from api.security.tokens import Person
from storage.organizations import queries

POLL_SECONDS = 2.0
HEARTBEAT_POLLS = 7
"""After how many looks without news a comment is sent, so that nobody on the way thinks the line is dead."""
MOST_POLLS = 150
"""How many looks one stream lasts: five minutes; then the browser asks again, and says anew who it is."""
MOST_STREAMS = 6
"""Of one person, in this process."""
_streams: Counter[str] = Counter()


@contextmanager
def counted(subject: str) -> Iterator[None]:
    """Count a stream for as long as it is open."""
    _streams[subject] += 1
    try:
        yield
    finally:
        _streams[subject] -= 1
        if not _streams[subject]:
            del _streams[subject]


async def stream_events(
    installation: Installation, reader: Reader, after: int | None, who: Callable[[], Awaitable[Known]]
) -> AsyncIterator[str]:
    """The stream; ends when the listener may no longer read the organization.

    Args:
        who: whose session, key or token it is at that moment; raises Problem when it has ended.
    """
    with counted(reader.person.subject):
        yield "retry: 3000\n\n"
        for look in range(MOST_POLLS):
            try:
                person = (await who()).person
                newest = await in_thread(newest_for, installation, reader.organization_id, person)
            except Problem:
                return
            if after is None:
                after = newest
                yield f"id: {newest}\n: listening\n\n"
            elif newest > after:
                after = newest
                yield f"id: {newest}\nevent: moved\ndata: {newest}\n\n"
            elif look % HEARTBEAT_POLLS == 0:
                yield ": still here\n\n"
            await asyncio.sleep(POLL_SECONDS)


def newest_for(installation: Installation, organization_id: str, person: Person) -> int:
    """What happened last, if the listener may still know it; raises Problem."""
    read_organization(person, installation, organization_id)
    with installation.database.reading() as session:
        return queries.newest_transition(session, organization_id)
