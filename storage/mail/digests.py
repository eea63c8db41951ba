"""Digests: what somebody is told once a day instead of at once. Times are real."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from models.identity import new_id
from models.mail.letters import Letter, Recipient
from models.mail.topics import Audience, Profile
from models.tables import (
    DigestItemRow,
    DigestRow,
    DocumentRow,
    MemberRow,
    NotificationRow,
    StaffRow,
    real_now,
)
from storage.database import Database, insert_into
from storage.mail.letters import letter
from storage.people.profiles import profile_of, profiles

GATHERING = "dig"
"""How the ids of digests begin that gather notifications; others tell the staff of their queue."""


def put_by(session: Session, subject: str, notification_ids: Collection[int], due_at: datetime) -> None:
    """Have notifications wait for somebody's next digest; one that waits already does so once."""
    digest_id = open_digest(session, subject, due_at)
    insert = insert_into(session, DigestItemRow).values(
        [{"digest_id": digest_id, "notification_id": one} for one in notification_ids]
    )
    session.execute(insert.on_conflict_do_nothing())


def open_digest(session: Session, subject: str, due_at: datetime) -> str:
    """The digest that gathers what somebody is told until it is due, or a new one that is due then."""
    query = select(DigestRow).where(
        DigestRow.subject == subject,
        DigestRow.due_at > real_now(),
        col(DigestRow.id).startswith(GATHERING),
    )
    row = session.exec(query.order_by(col(DigestRow.due_at))).first()
    if row is None:
        row = DigestRow(id=new_id(GATHERING), subject=subject, due_at=due_at)
        session.add(row)
        session.flush()
    return row.id


def lease(database: Database, limit: int, lease_seconds: float) -> list[DigestRow]:
    """Lease digests that are due, the oldest first; nobody else is given them until the lease runs out."""
    now = real_now()
    query = (
        select(DigestRow)
        .where(
            col(DigestRow.sent_at).is_(None),
            DigestRow.due_at <= now,
            or_(col(DigestRow.claimed_until).is_(None), col(DigestRow.claimed_until) <= now),
        )
        .order_by(col(DigestRow.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.transaction() as session:
        rows = list(session.exec(query))
        for row in rows:
            row.claimed_until = now + timedelta(seconds=lease_seconds)
        return rows


def contents(session: Session, digest: DigestRow) -> tuple[list[Letter], Recipient | None]:
    """What a digest tells, organization by organization, and to whom; nobody is told of what they have left."""
    roles = roles_with_address(session, digest.subject)
    query = (
        select(NotificationRow)
        .join(DigestItemRow, DigestItemRow.notification_id == NotificationRow.id)  # type: ignore[arg-type]
        .where(DigestItemRow.digest_id == digest.id)
        .order_by(col(NotificationRow.organization_id), col(NotificationRow.id))
    )
    rows = [
        row
        for row in session.exec(query)
        if (row.organization_id, row.audience) in roles or ("", row.audience) in roles
    ]
    found = [
        letter(session, organization_id, audience, list(own))
        for (organization_id, audience), own in groupby(rows, lambda row: (row.organization_id, row.audience))
    ]
    address = next(iter(roles.values()), None)
    if address is None:
        return found, None
    return found, Recipient(digest.subject, address, profile_of(session, digest.subject))


def roles_with_address(session: Session, subject: str) -> dict[tuple[str, str], str]:
    """Where somebody gets mail, by organization (none for the platform's staff) and audience."""
    members = select(MemberRow).where(MemberRow.subject == subject, MemberRow.role == "admin")
    staff = select(StaffRow).where(StaffRow.subject == subject, col(StaffRow.email).is_not(None))
    return {
        (row.organization_id, Audience.ADMINS.value): row.email or subject for row in session.exec(members)
    } | {("", row.role): row.email or subject for row in session.exec(staff)}


def staff_with_work(session: Session) -> list[tuple[str, Profile]]:
    """Who of the staff can be reached by mail and has something waiting, and how they want to be told."""
    waiting = select(DocumentRow.waits_for).where(DocumentRow.waits_for == StaffRow.role)
    query = select(StaffRow.subject).where(col(StaffRow.email).is_not(None), waiting.exists()).distinct()
    return list(profiles(session, list(session.exec(query))).items())


def unplanned(session: Session, mornings: Mapping[str, datetime]) -> list[str]:
    """Those whom no digest of the queue tells at the time that is given for each."""
    planned = select(DigestRow.id).where(
        col(DigestRow.id).in_([queue_digest(subject, due_at) for subject, due_at in mornings.items()])
    )
    known = set(session.exec(planned))
    return [subject for subject, due_at in mornings.items() if queue_digest(subject, due_at) not in known]


def queue_digest(subject: str, due_at: datetime) -> str:
    """The id of the digest that tells somebody of their queue at a time."""
    return f"queue/{subject}/{due_at:%Y%m%dT%H%M%S}"


def plan_queue_digest(session: Session, subject: str, due_at: datetime) -> None:
    """Have somebody of the staff told at a time what waits for them then; once, whoever asks how often."""
    insert = insert_into(session, DigestRow).values(
        id=queue_digest(subject, due_at), subject=subject, due_at=due_at
    )
    session.execute(insert.on_conflict_do_nothing())


def mark_sent(database: Database, digest_id: str) -> None:
    """Note that a digest was sent; it is not sent again."""
    with database.transaction() as session:
        session.execute(
            update(DigestRow)
            .where(DigestRow.id == digest_id, col(DigestRow.sent_at).is_(None))  # type: ignore[arg-type]
            .values(sent_at=real_now())
        )


def give_back(database: Database, digest_id: str, retry_in_seconds: float) -> None:
    """Give up the lease of a digest that could not be sent; it is due again after a while."""
    with database.transaction() as session:
        session.execute(
            update(DigestRow)
            .where(DigestRow.id == digest_id)  # type: ignore[arg-type]
            .values(claimed_until=real_now() + timedelta(seconds=retry_in_seconds))
        )
