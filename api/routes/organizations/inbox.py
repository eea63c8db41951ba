"""The inbox: what an organization's admins are told, and how far the one who asks has read."""

from fastapi import APIRouter

from api.http.parameters import Limit, NotificationCursor
from api.http.routing import COMMAND, READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import ActsInPerson, Reading
from api.services.organizations import inbox
from api.services.organizations.inbox import InboxView, ReadUpTo, Unread

router: APIRouter = organization_router("organization")


@router.get("/notifications", responses=READ)
def list_notifications(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: NotificationCursor = None,
) -> InboxView:
    """What the admins were told, the newest first."""
    after = int(starting_after) if starting_after else None
    with installation.database.reading() as session:
        return inbox.show_inbox(session, reader, limit, after)


@router.post("/notifications/read", responses=COMMAND)
def read_notifications(admin: ActsInPerson, installation: CurrentInstallation, body: ReadUpTo) -> Unread:
    """Note that you have read the inbox up to a notification; the other admins have their own mark."""
    return inbox.note_read(installation, admin, body)
