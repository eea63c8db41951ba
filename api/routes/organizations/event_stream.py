"""News: tells at once that something has happened in an organization, for as long as somebody listens."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from api.http.problems import Problem, documented
from api.http.routing import READ, organization_router
from api.installation import CurrentInstallation
from api.security.identity import Credentials, recognize
from api.security.organization_access import Reading
from api.services.organizations.event_stream import MOST_STREAMS, _streams, stream_events
from words.voice import Sentence

router: APIRouter = organization_router("organization")
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}
}


@router.get("/events", responses=READ | documented(429) | STREAM, response_class=StreamingResponse)
async def listen(
    request: Request,
    credentials: Credentials,
    reader: Reading,
    installation: CurrentInstallation,
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=100)] = "",
    after: Annotated[
        int | None, Query(ge=0, description="the newest that you know, as Last-Event-ID")
    ] = None,
) -> StreamingResponse:
    """Server-sent events: `moved` whenever something has happened; its `id` is the newest one of the timeline."""
    if _streams[reader.person.subject] >= MOST_STREAMS:
        raise Problem(
            429, "too_many_streams", Sentence("You listen in too many places."), headers={"Retry-After": "60"}
        )
    if last_event_id.isdecimal() and len(last_event_id) < 19:
        after = int(last_event_id)
    return StreamingResponse(
        stream_events(installation, reader, after, lambda: recognize(request, installation, credentials)),
        media_type="text/event-stream",
    )
