"""The outbox: notifications written with their transitions, leased to one relay at a time, sent after them.

A relay that dies keeps its lease until it runs out, so a notification may be sent again, never lost. Leases
are real time.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, or_, select, tuple_

from models.mail.letters import Letter, Recipient
from models.tables import MailRow, NotificationRow, real_now
from storage.database import Database, insert_into
from storage.mail.letters import letters


def lease(database: Database, limit: int, lease_seconds: float) -> list[tuple[Letter, list[Recipient]]]:
    """Lease the oldest notifications that are due, as letters; nobody else is given them until the lease runs out.

    A letter is never torn apart: what belongs to the same command as the last one that is due comes with it.
    """
    now = real_now()
    with database.transaction() as session:
        due = (
            select(NotificationRow)
            .where(free(now))
            .order_by(col(NotificationRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = list(session.exec(due))
        rows += rest(session, rows, now)
        for row in rows:
            row.claimed_until = now + timedelta(seconds=lease_seconds)
            row.tries += 1
        session.flush()
        return letters(session, rows)


def free(now: datetime) -> ColumnElement[bool]:
    """Whether a notification is still to be sent, and nobody is about to."""
    return col(NotificationRow.sent_at).is_(None) & or_(
        col(NotificationRow.claimed_until).is_(None), col(NotificationRow.claimed_until) <= now
    )


def rest(session: Session, rows: list[NotificationRow], now: datetime) -> list[NotificationRow]:
    """What is due of the same commands as some notifications, and not among them."""
    command = tuple_(col(NotificationRow.organization_id), col(NotificationRow.command_id))
    query = select(NotificationRow).where(
        command.in_({(row.organization_id, row.command_id) for row in rows[-1:]}),
        col(NotificationRow.id).not_in([row.id for row in rows]),
        free(now),
    )
    return list(session.exec(query.order_by(col(NotificationRow.id)).with_for_update(skip_locked=True)))


def have_got(database: Database, letter: int) -> set[str]:
    """Which readers have got a letter already, though not all have."""
    with database.reading() as session:
        return set(session.exec(select(MailRow.reader).where(MailRow.letter == letter)))


def note_got(database: Database, letter: int, reader: str) -> None:
    """Note that one reader of a letter has got it."""
    with database.transaction() as session:
        insert = insert_into(session, MailRow).values(letter=letter, reader=reader, sent_at=real_now())
        session.execute(insert.on_conflict_do_nothing())


def mark_sent(database: Database, notification_ids: Collection[int]) -> None:
    """Note that notifications were sent to all; they are not sent again."""
    with database.transaction() as session:
        session.execute(delete(MailRow).where(col(MailRow.letter).in_(notification_ids)))
        session.execute(
            update(NotificationRow)
            .where(col(NotificationRow.id).in_(notification_ids), col(NotificationRow.sent_at).is_(None))
            .values(sent_at=real_now())
        )


def give_back(database: Database, notification_ids: Collection[int], retry_in_seconds: float) -> None:
    """Give up the lease of notifications that could not be sent; they are due again after a while."""
    with database.transaction() as session:
        session.execute(
            update(NotificationRow)
            .where(col(NotificationRow.id).in_(notification_ids), col(NotificationRow.sent_at).is_(None))
            .values(claimed_until=real_now() + timedelta(seconds=retry_in_seconds))
        )
