"""What mails are written from is read: notifications, what they are about, and the people who get them."""

from collections.abc import Collection, Iterable, Sequence

from sqlmodel import Session, col, select, tuple_

from models.commands import Role
from models.documents import AnyDocument, stored_document
from models.mail.letters import Letter, Recipient, Told
from models.mail.topics import Audience, Topic
from models.tables import (
    DocumentRow,
    GameRow,
    MemberRow,
    NotificationRow,
    OrganizationRow,
    StaffRow,
    TransitionRow,
)
from storage.people.profiles import profiles


def letters(session: Session, rows: Iterable[NotificationRow]) -> list[tuple[Letter, list[Recipient]]]:
    """One letter for each command of each organization to each audience, in order, and who is to get it."""
    together: dict[tuple[str, str, str], list[NotificationRow]] = {}
    for row in rows:
        together.setdefault((row.organization_id, row.command_id, row.audience), []).append(row)
    return [
        (found, recipients(session, found))
        for found in (letter(session, where, whom, own) for (where, _, whom), own in together.items())
    ]


def letter(session: Session, organization_id: str, audience: str, rows: Sequence[NotificationRow]) -> Letter:
    """Some notifications of one organization as one letter."""
    organization = session.get(OrganizationRow, organization_id)
    ids = {row.document_id for row in rows}
    ids |= {invoice_of(row_id) for row_id in ids if row_id.startswith("payout/")}
    documents = {
        row.id: stored_document(row.facts)
        for row in session.exec(
            select(DocumentRow).where(
                DocumentRow.organization_id == organization_id, col(DocumentRow.id).in_(ids)
            )
        )
    }
    steps = transitions(session, organization_id, rows)
    return Letter(
        organization_id=organization_id,
        organization=organization.name if organization else "",
        audience=audience,
        notifications=tuple(told(row, documents, steps) for row in rows),
        games={
            row.id: row.name
            for row in session.exec(select(GameRow).where(GameRow.organization_id == organization_id))
        },
        people=people(session, organization_id, {row.actor_id for row in steps.values()}),
        documents=documents,
        named=tuple(dict.fromkeys(row.recipient for row in rows if row.recipient)),
    )


def invoice_of(payout_id: str) -> str:
    """The invoice that a payout pays, by the payout's id."""
    return f"invoice/{payout_id.partition('/')[2]}"


def transitions(
    session: Session, organization_id: str, rows: Sequence[NotificationRow]
) -> dict[tuple[str, int], TransitionRow]:
    """The steps that notifications tell of, by command and position."""
    query = select(TransitionRow).where(
        TransitionRow.organization_id == organization_id,
        tuple_(col(TransitionRow.command_id), col(TransitionRow.position)).in_(
            [(row.command_id, row.position) for row in rows]
        ),
    )
    return {(row.command_id, row.position): row for row in session.exec(query)}


def told(
    row: NotificationRow,
    documents: dict[str, AnyDocument],
    steps: dict[tuple[str, int], TransitionRow],
) -> Told:
    """A notification with the step that it tells of."""
    step = steps.get((row.command_id, row.position))
    return Told(
        id=row.id or 0,
        kind=row.kind,
        document_id=row.document_id,
        text=row.text,
        topic=Topic(row.topic),
        at=row.at,
        document=documents.get(row.document_id),
        until=row.until,
        then=row.what_then,
        to_state=step.to_state if step else "",
        actor=(Role(step.actor_role), step.actor_id) if step else (Role.PIPELINE, ""),
    )


def people(session: Session, organization_id: str, subjects: Collection[str]) -> dict[str, str]:
    """What members of an organization are called; the platform's people are the platform to it."""
    query = select(MemberRow).where(
        MemberRow.organization_id == organization_id, col(MemberRow.subject).in_(subjects)
    )
    return {row.subject: row.name for row in session.exec(query)}


def recipients(session: Session, letter: Letter) -> list[Recipient]:
    """Who gets a letter: whom it names, the organization's admins, or the staff with a role."""
    if letter.named:
        return [Recipient(subject="", address=address) for address in letter.named]
    if letter.audience == Audience.ADMINS:
        admins = select(MemberRow).where(
            MemberRow.organization_id == letter.organization_id, MemberRow.role == "admin"
        )
        found = [(row.subject, row.email) for row in session.exec(admins.order_by(col(MemberRow.subject)))]
    else:
        staff = select(StaffRow).where(StaffRow.role == letter.audience).order_by(col(StaffRow.subject))
        found = [(row.subject, row.email) for row in session.exec(staff) if row.email]
    chosen = profiles(session, [subject for subject, _ in found])
    return [Recipient(subject, email or subject, chosen[subject]) for subject, email in found]
