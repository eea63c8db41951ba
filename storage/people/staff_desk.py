"""What the platform's staff work with: claims, search, and how much waits for how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, tuple_
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, func, select

from models.tables import ClaimRow, DocumentRow, OrganizationRow, StaffRow, real_now
from storage.organizations.queries import ListPage, known, later, page

NAMED_ALONE = ("statement/", "invoice/", "payout/", "launch/")
"""Kinds of documents whose ids no other organization's have; every organization has a "verification", say."""


@dataclass(frozen=True)
class Count:
    """How many documents of a kind stand in a state, and since when the oldest does (programme time)."""

    machine: str
    state: str
    waits_for: str | None
    count: int
    oldest: datetime


def counts(session: Session) -> list[Count]:
    """All documents by kind and state."""
    kind = (col(DocumentRow.machine), col(DocumentRow.state), col(DocumentRow.waits_for))
    query = rows_of(*kind, func.count(), func.min(DocumentRow.since)).group_by(*kind).order_by(*kind)
    rows = session.execute(query)
    return [
        Count(machine, state, waits_for, count, oldest) for machine, state, waits_for, count, oldest in rows
    ]


def waiting_for(session: Session, subject: str) -> list[tuple[int, int]]:
    """How many documents wait for somebody of the staff, and how many of them are late; nothing when none do."""
    roles = select(StaffRow.role).where(StaffRow.subject == subject)
    late = func.sum(case((col(DocumentRow.facts)["late"].as_boolean(), 1), else_=0))
    query = rows_of(func.count(), late).where(col(DocumentRow.waits_for).in_(roles))
    count, behind = session.execute(query).one()
    return [(count, behind or 0)] if count else []


def search(
    session: Session,
    limit: int,
    after: str | None = None,
    text: str | None = None,
    machine: str | None = None,
    state: str | None = None,
    waiting_for: str | None = None,
    country: str | None = None,
    before: datetime | None = None,
) -> ListPage[OrganizationRow]:
    """Organizations, the oldest first.

    Args:
        text: part of the name, or the id of the organization or of one of its documents.
        machine: with ``state``: those with such a document.
        before: those that began earlier.
    """
    order = (col(OrganizationRow.created_at), col(OrganizationRow.id))
    query = select(OrganizationRow).order_by(*order)
    if text:
        named = by_id(session, text)
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            col(OrganizationRow.id).in_(named)
            if named
            else col(OrganizationRow.name).ilike(like, escape="\\")
        )
    conditions = []
    if machine:
        conditions.append(col(DocumentRow.machine) == machine)
    if state:
        conditions.append(col(DocumentRow.state) == state)
    if waiting_for:
        conditions.append(col(DocumentRow.waits_for) == waiting_for)
    if conditions:
        query = query.where(
            col(OrganizationRow.id).in_(select(DocumentRow.organization_id).where(*conditions))
        )
    if country:
        verified = select(DocumentRow.organization_id).where(
            DocumentRow.id == "verification", col(DocumentRow.facts)["country"].as_string() == country
        )
        query = query.where(col(OrganizationRow.id).in_(verified))
    if before:
        query = query.where(col(OrganizationRow.created_at) < before)
    if after:
        query = query.where(later(known(session.get(OrganizationRow, after)), *order))
    return page(session, query, limit)


def by_id(session: Session, text: str) -> list[str]:
    """The organizations that an id means: their own, or a document's of theirs; to look for names reads all of them."""
    bare = text.removeprefix(next((kind for kind in NAMED_ALONE if text.startswith(kind)), ""))
    document_ids = [kind + bare for kind in NAMED_ALONE]
    own = select(OrganizationRow.id).where(OrganizationRow.id == text)
    of_document = select(DocumentRow.organization_id).where(col(DocumentRow.id).in_(document_ids))
    return list(session.execute(own.union(of_document)).scalars())


def claim(session: Session, organization_id: str, document_id: str, subject: str, name: str) -> ClaimRow:
    """Take a case, or see who has it already."""
    row = session.get(ClaimRow, (organization_id, document_id))
    if row is None:
        row = ClaimRow(
            organization_id=organization_id,
            document_id=document_id,
            subject=subject,
            name=name,
            since=real_now(),
        )
        session.add(row)
    return row


def unclaim(session: Session, organization_id: str, document_id: str) -> None:
    """Give a case back; anybody of the staff may, so that none is stuck with somebody who is away."""
    session.execute(
        delete(ClaimRow).where(
            col(ClaimRow.organization_id) == organization_id, col(ClaimRow.document_id) == document_id
        )
    )


def claims(session: Session, cases: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ClaimRow]:
    """Who has which of some cases."""
    key = tuple_(col(ClaimRow.organization_id), col(ClaimRow.document_id))
    rows = session.exec(select(ClaimRow).where(key.in_(list(cases))))
    return {(row.organization_id, row.document_id): row for row in rows}
