"""The inbox: what an organization's admins are told, and how far the one who asks has read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import Session

from api.http.bodies import Body
from api.installation import Installation
from api.security.organization_access import AdminInPerson, Reader
from api.services.views import Paged
from models.mail.topics import Topic
from models.tables import NotificationRow
from storage.organizations import inbox


class NotificationView(BaseModel):
    """Something that the admins were told, by mail as well.

    Attributes:
        kind: the action that it was about.
        topic: what it is about, by which people choose how they hear of it.
        document_id: what it was about; `webhooks` for the webhook endpoints.
    """

    id: str
    kind: str
    document_id: str
    topic: Topic
    text: str
    at: datetime
    read: bool


@dataclass(frozen=True)
class Line:
    """A line of the inbox for people: a notification, and how often it has come with those before it."""

    told: NotificationView
    count: int = 1


def folded(view: "InboxView") -> list[Line]:
    """A page for people: reminders of the same are one line, where the last of them stands."""
    lines: dict[tuple[str, ...], Line] = {}
    for told in view.data:
        key = (told.document_id, told.kind) if told.topic is Topic.REMINDER else (told.id,)
        before = lines.get(key)
        lines[key] = Line(before.told, before.count + 1) if before else Line(told)
    return list(lines.values())


class InboxView(Paged[NotificationView]):
    """Notifications, the newest first.

    Attributes:
        unread: how many you have not read, in the whole inbox, reminders of the same once; not counted beyond 100.
    """

    unread: int


class ReadUpTo(Body):
    """Up to which notification you have read."""

    up_to: Annotated[str, Field(pattern=r"^[0-9]{1,18}$")]


class Unread(BaseModel):
    """What is left to read; not counted beyond 100."""

    unread: int


def show_inbox(session: Session, reader: Reader, limit: int, after: int | None = None) -> InboxView:
    """A page of what the admins were told, the newest first."""
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
        topic=Topic(row.topic),
        text=row.text,
        at=row.at,
        read=(row.id or 0) <= read_up_to,
    )


def note_read(installation: Installation, admin: AdminInPerson, body: ReadUpTo) -> Unread:
    """Note how far an admin has read; what is left."""
    organization_id, subject = admin.organization_id, admin.person.subject
    with installation.database.transaction() as session:
        inbox.mark_read(session, organization_id, subject, int(body.up_to))
        return Unread(unread=inbox.unread(session, organization_id, subject))
