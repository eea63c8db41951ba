"""The inbox: what an organization's admins are told, and how far the one who asks has read."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.http.bodies import Body
from api.http.routing import COMMAND, READ, Limit, organization_router
from api.installation import Here
from api.security.identity import Admin, InPerson, Reader, Reading
from api.services.views import Paged
from models.tables import NotificationRow
from storage.organizations import inbox

router: APIRouter = organization_router("organization")

NotificationCursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,18}$", description="the id of the last one you have: what follows it"),
]


class NotificationView(BaseModel):
    """Something that the admins were told, by mail as well.

    Attributes:
        kind: the action that it was about.
        document_id: what it was about; `webhooks` for the webhook endpoints.
    """

    id: str
    kind: str
    document_id: str
    text: str
    at: datetime
    read: bool


class InboxView(Paged[NotificationView]):
    """Notifications, the newest first.

    Attributes:
        unread: how many you have not read, in the whole inbox; not counted beyond 100.
    """

    unread: int


class ReadUpTo(Body):
    """Up to which notification you have read."""

    up_to: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]


class Unread(BaseModel):
    """What is left to read; not counted beyond 100."""

    unread: int


@router.get("/notifications", responses=READ)
def list_notifications(
    reader: Reading, here: Here, limit: Limit = 20, starting_after: NotificationCursor = None
) -> InboxView:
    """What the admins were told, the newest first."""
    after = int(starting_after) if starting_after else None
    with here.database.reading() as session:
        page = inbox.notifications(session, reader.organization_id, limit, after)
        up_to = inbox.read_up_to(session, reader.organization_id, reader.person.subject)
        return InboxView(
            data=[show_notification(row, up_to) for row in page.data],
            has_more=page.has_more,
            unread=inbox.unread(session, reader.organization_id, reader.person.subject),
        )


def show_notification(row: NotificationRow, read_up_to: int) -> NotificationView:
    """A notification as somebody sees it who has read up to another."""
    return NotificationView(
        id=str(row.id),
        kind=row.kind,
        document_id=row.document_id,
        text=row.text,
        at=row.at,
        read=(row.id or 0) <= read_up_to,
    )


@router.post("/notifications/read", responses=COMMAND)
def read_notifications(admin: Admin, person: InPerson, here: Here, body: ReadUpTo) -> Unread:
    """Note that you have read the inbox up to a notification; the other admins have their own mark."""
    return note_read(admin, here, int(body.up_to))


def note_read(reader: Reader, here: Here, up_to: int) -> Unread:
    """Note how far somebody has read; what is left."""
    with here.database.transaction() as session:
        inbox.mark_read(session, reader.organization_id, reader.person.subject, up_to)
        return Unread(unread=inbox.unread(session, reader.organization_id, reader.person.subject))
