"""The outbox: notifications written with their transitions, leased to one relay at a time, sent after them.

A relay that dies keeps its lease until it runs out, so a notification may be sent again, never lost. Leases
are real time.
"""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import update
from sqlmodel import col, or_, select

from models.tables import MemberRow, NotificationRow, real_now
from storage.database import Database


class PendingNotification(BaseModel):
    """A notification to be sent now.

    Attributes:
        recipients: the organization's admins, or whom else it is for: e-mail addresses, or an admin's subject where
            none is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    organization_id: str
    kind: str
    document_id: str
    text: str
    recipients: list[str]


def lease(database: Database, limit: int, lease_seconds: float) -> list[PendingNotification]:
    """Lease the oldest notifications that are due; nobody else is given them until the lease runs out."""
    now = real_now()
    due = (
        select(NotificationRow)
        .where(
            col(NotificationRow.sent_at).is_(None),
            or_(col(NotificationRow.claimed_until).is_(None), col(NotificationRow.claimed_until) <= now),
        )
        .order_by(col(NotificationRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.transaction() as session:
        rows = session.exec(due).all()
        for row in rows:
            row.claimed_until = now + timedelta(seconds=lease_seconds)
            row.tries += 1
        recipients: dict[str, list[str]] = {row.organization_id: [] for row in rows}
        admins = select(MemberRow).where(
            col(MemberRow.organization_id).in_(recipients), MemberRow.role == "admin"
        )
        for admin in session.exec(admins.order_by(col(MemberRow.subject))):
            recipients[admin.organization_id].append(admin.email or admin.subject)
    return [
        PendingNotification(
            id=row.id or 0,
            organization_id=row.organization_id,
            kind=row.kind,
            document_id=row.document_id,
            text=row.text,
            recipients=[row.recipient] if row.recipient else recipients[row.organization_id],
        )
        for row in rows
    ]


def mark_sent(database: Database, notification_id: int) -> None:
    """Note that a notification was sent; it is not sent again."""
    with database.transaction() as session:
        session.execute(
            update(NotificationRow)
            .where(col(NotificationRow.id) == notification_id, col(NotificationRow.sent_at).is_(None))
            .values(sent_at=real_now())
        )


def give_back(database: Database, notification_id: int, retry_in_seconds: float) -> None:
    """Give up the lease of a notification that could not be sent; it is due again after a while."""
    with database.transaction() as session:
        session.execute(
            update(NotificationRow)
            .where(col(NotificationRow.id) == notification_id, col(NotificationRow.sent_at).is_(None))
            .values(claimed_until=real_now() + timedelta(seconds=retry_in_seconds))
        )
