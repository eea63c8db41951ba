"""The inbox: what an organization's admins are told, and how far each of them has read."""

from sqlmodel import Session, case, col, func, select

from models.mail.topics import Topic
from models.tables import NotificationReadRow, NotificationRow
from storage.database import insert_into
from storage.organizations import queries

MOST_UNREAD = 100
"""Further than this nobody counts."""


def notifications(
    session: Session, organization_id: str, limit: int, after: int | None
) -> queries.ListPage[NotificationRow]:
    """What the admins were told, the newest first; not what only somebody else was told, as an invitation."""
    query = select(NotificationRow).where(
        NotificationRow.organization_id == organization_id, col(NotificationRow.recipient).is_(None)
    )
    if after is not None:
        query = query.where(col(NotificationRow.id) < after)
    return queries.page(session, query.order_by(col(NotificationRow.id).desc()), limit)


def read_up_to(session: Session, organization_id: str, subject: str) -> int:
    """The id of the last notification that somebody has read; 0 before the first."""
    row = session.get(NotificationReadRow, (organization_id, subject))
    return row.up_to if row else 0


def unread(session: Session, organization_id: str, subject: str) -> int:
    """How many notifications somebody has not read, those that remind of the same once; counted up to ``MOST_UNREAD``."""
    read = select(NotificationReadRow.up_to).where(
        NotificationReadRow.organization_id == organization_id, NotificationReadRow.subject == subject
    )
    reminds = col(NotificationRow.topic) == Topic.REMINDER
    newer = (
        select(
            NotificationRow.document_id,
            NotificationRow.kind,
            case((reminds, 0), else_=col(NotificationRow.id)),
        )
        .distinct()
        .where(
            NotificationRow.organization_id == organization_id,
            col(NotificationRow.recipient).is_(None),
            col(NotificationRow.id) > func.coalesce(read.scalar_subquery(), 0),
        )
        .limit(MOST_UNREAD)
    )
    return session.exec(select(func.count()).select_from(newer.subquery())).one()


def mark_read(session: Session, organization_id: str, subject: str, up_to: int) -> None:
    """Note how far somebody has read; nobody unreads, and nobody reads what has not been written."""
    query = select(func.max(NotificationRow.id)).where(NotificationRow.organization_id == organization_id)
    last = min(up_to, session.exec(query).one() or 0)
    insert = insert_into(session, NotificationReadRow).values(
        organization_id=organization_id, subject=subject, up_to=last
    )
    farther = col(NotificationReadRow.up_to) < insert.excluded.up_to
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["organization_id", "subject"],
            set_={"up_to": insert.excluded.up_to},
            where=farther,
        )
    )
