"""The journal: entries appended to the chains of their organizations, and nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlmodel import Session

from models.ledger.entries import Account, Entry, Head, Posting, genesis
from models.tables import JournalEntryRow, real_now
from storage.bulk import among, insert_all
from storage.settlement.statement_lines import total

TABLES = JournalEntryRow.metadata.tables
ENTRIES, POSTINGS = TABLES["journal_entries"], TABLES["journal_postings"]
ORGANIZATIONS = TABLES["organizations"]


class Unbalanced(RuntimeError):
    """Postings that do not add up to nothing; they are never written."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry that has no place in its chain yet."""

    organization_id: str
    event: str
    document_id: str
    command_id: str
    at: datetime
    currency: str
    postings: Sequence[Posting]


def append(session: Session, bookings: Sequence[Booking]) -> list[Head]:
    """Append entries to their organizations' chains; returns the new heads, one for each entry.

    The caller holds the organizations' turns, so that nobody else takes the same places.

    Raises:
        Unbalanced: an entry's debits and credits differ.
    """
    if not bookings:
        return []
    last = heads(session, {booking.organization_id for booking in bookings})
    now = real_now()
    written, entries, postings = [], [], []
    for booking in bookings:
        if sum(posting.amount_micros for posting in booking.postings):
            raise Unbalanced(f"{booking.event} of {booking.document_id}: debits and credits differ")
        before = last[booking.organization_id]
        entry = Entry(
            organization_id=booking.organization_id,
            position=before.position + 1,
            event=booking.event,
            document_id=booking.document_id,
            command_id=booking.command_id,
            at=booking.at,
            recorded_at=now,
            currency=booking.currency,
            postings=booking.postings,
            previous_hash=before.hash,
        )
        head = Head(entry.organization_id, entry.position, entry.hash())
        last[entry.organization_id] = head
        written.append(head)
        entries.append(
            {
                "organization_id": entry.organization_id,
                "position": entry.position,
                "event": entry.event,
                "document_id": entry.document_id,
                "command_id": entry.command_id,
                "at": entry.at,
                "recorded_at": entry.recorded_at,
                "currency": entry.currency,
                "previous_hash": entry.previous_hash,
                "hash": head.hash,
            }
        )
        postings += [
            {
                "organization_id": entry.organization_id,
                "position": entry.position,
                "number": number,
                "account": str(posting.account),
                "document_id": posting.document_id,
                "amount_micros": posting.amount_micros,
            }
            for number, posting in enumerate(entry.postings, start=1)
        ]
    session.execute(insert(ENTRIES), entries)
    insert_all(session, POSTINGS, postings)
    return written


def heads(session: Session, organization_ids: Collection[str] | None = None) -> dict[str, Head]:
    """The last entries of organizations, or of all; before its first entry an organization has its genesis."""
    organizations = select(ORGANIZATIONS.c.id)
    if organization_ids is not None:
        organizations = organizations.where(among(ORGANIZATIONS.c.id, organization_ids))
    newest = (
        select(func.max(ENTRIES.c.position))
        .where(ENTRIES.c.organization_id == ORGANIZATIONS.c.id)
        .correlate(ORGANIZATIONS)
        .scalar_subquery()
    )
    last = (ENTRIES.c.organization_id == ORGANIZATIONS.c.id) & (ENTRIES.c.position == newest)
    query = organizations.add_columns(ENTRIES.c.position, ENTRIES.c.hash).outerjoin(ENTRIES, last)
    return {
        row.id: Head(row.id, row.position, row.hash) if row.position else genesis(row.id)
        for row in session.execute(query)
    }


def standing(session: Session, organization_id: str, document_id: str) -> list[Posting]:
    """What a document has in each account now."""
    held = total(POSTINGS.c.amount_micros)
    query = (
        select(POSTINGS.c.account, held.label("micros"))
        .where(POSTINGS.c.organization_id == organization_id, POSTINGS.c.document_id == document_id)
        .group_by(POSTINGS.c.account)
        .having(held != 0)
        .order_by(func.min(POSTINGS.c.position), func.min(POSTINGS.c.number))
    )
    return [Posting(Account(row.account), document_id, row.micros) for row in session.execute(query)]
