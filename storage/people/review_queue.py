"""The staff's queue: everything that people of the platform must decide or may, and how much that is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, or_, tuple_
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, func, select

from models.commands import Role
from models.tables import ClaimRow, DocumentRow
from storage.organizations.queries import ListPage, known, later, page

STAFF = (Role.OPERATOR, Role.FINANCE)
LATE = col(DocumentRow.facts)["late"].as_boolean()


@dataclass(frozen=True)
class Place:
    """A place in the queue, also of a case that has left it meanwhile."""

    urgent: bool
    since: datetime
    organization_id: str
    id: str


@dataclass(frozen=True)
class KindCount:
    """How much of one kind is in the queue, and since when the oldest waits (programme time)."""

    machine: str
    count: int
    late: int
    oldest: datetime


@dataclass(frozen=True)
class QueueTotals:
    """How much there is to decide, and how much there is not yet.

    Attributes:
        total: everything in the queue.
        operator: what waits for operators.
        finance: what waits for finance approvers.
        late_outside: reviews that are late at outside desks which decide alone; operators may step in.
        late: what of the queue is past its due date.
        outside: reviews at outside desks that are not late: they are not in the queue.
        kinds: the queue by kinds of documents.
    """

    total: int
    operator: int
    finance: int
    late_outside: int
    late: int
    outside: int
    kinds: list[KindCount]


def for_staff(roles: Collection[str] = STAFF) -> ColumnElement[bool]:
    """Whether a document is for people in certain roles to decide; a review that is late outside is an operator's."""
    theirs = col(DocumentRow.waits_for).in_(roles)
    return or_(theirs, is_late_outside()) if Role.OPERATOR in roles else theirs


def is_late_outside() -> ColumnElement[bool]:
    """Whether a document waits for a provider that is late."""
    return and_(col(DocumentRow.waits_for) == Role.PROVIDER, LATE.is_(True))


def totals(session: Session, reviewed: Collection[str]) -> QueueTotals:
    """How much is in the queue.

    Args:
        reviewed: the kinds of documents that desks review.
    """
    late = func.coalesce(LATE, False)
    kind = (col(DocumentRow.machine), col(DocumentRow.waits_for), late)
    outside = and_(col(DocumentRow.waits_for) == Role.PROVIDER, col(DocumentRow.machine).in_(reviewed))
    query = rows_of(*kind, func.count(), func.min(DocumentRow.since)).group_by(*kind)
    counted = session.execute(query.where(or_(for_staff(), outside))).all()
    waiting = {role: sum(n for _, who, _, n, _ in counted if who == role) for role in STAFF}
    at_desks = {
        is_late: sum(n for _, who, late, n, _ in counted if who == Role.PROVIDER and bool(late) is is_late)
        for is_late in (True, False)
    }
    queued = [row for row in counted if row[1] in STAFF or row[2]]
    kinds = [
        KindCount(
            machine,
            sum(n for name, _, _, n, _ in queued if name == machine),
            sum(n for name, _, late, n, _ in queued if name == machine and late),
            min(oldest for name, _, _, _, oldest in queued if name == machine),
        )
        for machine in sorted({row[0] for row in queued})
    ]
    return QueueTotals(
        total=sum(one.count for one in kinds),
        operator=waiting[Role.OPERATOR],
        finance=waiting[Role.FINANCE],
        late_outside=at_desks[True],
        late=sum(one.late for one in kinds),
        outside=at_desks[False],
        kinds=kinds,
    )


def queue(
    session: Session,
    waiting_for: Collection[str],
    limit: int,
    after: tuple[str, str] | None,
    machine: str | None = None,
    late: bool | None = None,
    organization_id: str | None = None,
    claimed_by: str | None = None,
    free_for: str | None = None,
    place: Place | None = None,
) -> ListPage[DocumentRow]:
    """What people in certain roles decide: urgent ones first, and of those the longest waiting.

    Args:
        after: organization and document id of the last one seen.
        claimed_by: whose cases, by their subject; "" for those that nobody has.
        free_for: without the cases that others than this one have.
        place: what comes after it, instead of after the last one seen.
    """
    urgent = or_(col(DocumentRow.machine) == "payout", LATE.is_(True))
    order = (col(DocumentRow.since), col(DocumentRow.organization_id), col(DocumentRow.id))
    query = select(DocumentRow).where(for_staff(waiting_for))
    query = query.order_by(case((urgent, 0), else_=1), *order)
    if machine:
        query = query.where(DocumentRow.machine == machine)
    if organization_id:
        query = query.where(DocumentRow.organization_id == organization_id)
    if late is not None:
        query = query.where(late == LATE)
    if claimed_by is not None:
        query = query.where(is_claimed_by(claimed_by))
    if free_for is not None:
        query = query.where(or_(is_claimed_by(""), is_claimed_by(free_for)))
    if after:
        place = place_of(known(session.get(DocumentRow, after)))
    if place:
        further = later(place, *order)
        query = query.where(and_(urgent, further) | ~urgent if place.urgent else and_(~urgent, further))
    return page(session, query, limit)


def cases(
    session: Session, named: Collection[tuple[str, str]], waiting_for: Collection[str]
) -> list[DocumentRow]:
    """Those of some documents that are in the queue, by organization and document id; the longest waiting first."""
    key = tuple_(col(DocumentRow.organization_id), col(DocumentRow.id))
    query = select(DocumentRow).where(key.in_(list(named)), for_staff(waiting_for))
    return list(session.exec(query.order_by(col(DocumentRow.since), col(DocumentRow.organization_id))))


def is_claimed_by(subject: str) -> ColumnElement[bool]:
    """Whether somebody is at work on a document, or, for "", nobody."""
    claims = exists().where(
        col(ClaimRow.organization_id) == col(DocumentRow.organization_id),
        col(ClaimRow.document_id) == col(DocumentRow.id),
    )
    return claims.where(col(ClaimRow.subject) == subject) if subject else ~claims


def place_of(row: DocumentRow) -> Place:
    """Where a document stands in the queue."""
    return Place(is_urgent(row), row.since, row.organization_id, row.id)


def is_urgent(row: DocumentRow) -> bool:
    """Whether the staff should look at a document before others: a payment has stopped, or a review is late."""
    return row.machine == "payout" or bool(row.facts.get("late"))
