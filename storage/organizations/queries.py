"""What is read for people: pages of rows, and single rows of one organization."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, exists, or_, tuple_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from models.documents import AnyDocument, stored_document
from models.dossier import Dossier
from models.states import StatementState
from models.tables import (
    ContractTextRow,
    DocumentRow,
    FileRow,
    GameRow,
    InvoiceRow,
    OrganizationRow,
    PayoutAttemptRow,
    StatementLineRow,
    StatementRow,
    TransitionRow,
)

T = TypeVar("T")


@dataclass(frozen=True)
class ListPage(Generic[T]):
    """Some of a list, and whether more follow."""

    data: Sequence[T]
    has_more: bool


class UnknownCursor(Exception):
    """``starting_after`` names nothing in this list."""


def page(session: Session, query: SelectOfScalar[T], limit: int) -> ListPage[T]:
    """The first rows of an ordered query."""
    rows = list(session.exec(query.limit(limit + 1)))
    return ListPage(rows[:limit], len(rows) > limit)


def later(row: Any, *columns: Any, descending: bool = False) -> ColumnElement[bool]:
    """The condition for rows that come after a row, in the order of some columns."""
    clauses = []
    for position, column in enumerate(columns):
        value = getattr(row, column.key)
        beyond = column < value if descending else column > value
        clauses.append(and_(*(c == getattr(row, c.key) for c in columns[:position]), beyond))
    return or_(*clauses)


def organization(session: Session, organization_id: str) -> OrganizationRow | None:
    """An organization."""
    return session.get(OrganizationRow, organization_id)


def organizations(
    session: Session, limit: int, after: str | None, waiting_for: Collection[str] = ()
) -> ListPage[OrganizationRow]:
    """All organizations, the oldest first; those only that wait for somebody in certain roles, if any are given."""
    order = (col(OrganizationRow.created_at), col(OrganizationRow.id))
    query = select(OrganizationRow).order_by(*order)
    if waiting_for:
        waiting = select(DocumentRow.organization_id).where(col(DocumentRow.waits_for).in_(waiting_for))
        query = query.where(col(OrganizationRow.id).in_(waiting))
    if after:
        query = query.where(later(known(session.get(OrganizationRow, after)), *order))
    return page(session, query, limit)


def document(session: Session, organization_id: str, document_id: str) -> AnyDocument | None:
    """One document of an organization."""
    row = session.get(DocumentRow, (organization_id, document_id))
    return stored_document(row.facts) if row else None


def dossiers(
    session: Session, organization_ids: Collection[str], but: Collection[tuple[str, str]] = ()
) -> dict[str, Dossier]:
    """The documents of some organizations, the longest unmoved first.

    Args:
        but: kinds and states of documents that are left out: those in which nothing follows, say, of which the years
            bring more and more. A statement that was paid stays, for it tells that there was one; so does one that
            was replaced and whose replacement has not been issued.
    """
    found = {i: Dossier(organization_id=i) for i in organization_ids}
    own = col(DocumentRow.organization_id).in_(organization_ids)
    query = select(DocumentRow.organization_id, DocumentRow.id, DocumentRow.facts).where(own)
    if but:
        moving = tuple_(col(DocumentRow.machine), col(DocumentRow.state)).not_in(but)
        was_paid = (DocumentRow.machine == "statement", DocumentRow.state == StatementState.CLOSED)
        last = (
            select(func.max(DocumentRow.id)).where(own, *was_paid).group_by(col(DocumentRow.organization_id))
        )
        query = query.where(or_(moving, col(DocumentRow.id).in_(last), to_be_replaced()))
    for organization_id, document_id, facts in session.exec(
        query.order_by(col(DocumentRow.since), col(DocumentRow.id))
    ):
        found[organization_id].documents[document_id] = stored_document(facts)
    return found


def to_be_replaced() -> ColumnElement[bool]:
    """Whether a document is a statement that was replaced, and nothing has been issued in its place."""
    replacing = exists().where("statement/" + col(StatementRow.replaces) == col(DocumentRow.id))
    return and_(
        col(DocumentRow.machine) == "statement",
        col(DocumentRow.state) == StatementState.REPLACED,
        ~replacing,
    )


def counts(session: Session, organization_id: str, machines: Collection[str]) -> dict[str, dict[str, int]]:
    """How many documents of some kinds an organization has in each state."""
    query = (
        select(DocumentRow.machine, DocumentRow.state, func.count())
        .where(DocumentRow.organization_id == organization_id, col(DocumentRow.machine).in_(machines))
        .group_by(DocumentRow.machine, DocumentRow.state)
    )
    found: dict[str, dict[str, int]] = {machine: {} for machine in machines}
    for machine, state, count in session.exec(query):
        found[machine][state] = count
    return found


def named(session: Session, organization_id: str, document_ids: Collection[str]) -> Dossier:
    """Those of some documents that an organization has."""
    query = select(DocumentRow.id, DocumentRow.facts).where(
        DocumentRow.organization_id == organization_id, col(DocumentRow.id).in_(document_ids)
    )
    documents = {i: stored_document(facts) for i, facts in session.exec(query.order_by(DocumentRow.id))}
    return Dossier(organization_id=organization_id, documents=documents)


def timeline(
    session: Session, organization_id: str, limit: int, after: int | None, document_id: str | None = None
) -> ListPage[TransitionRow]:
    """What has happened in an organization, the newest first."""
    query = select(TransitionRow).where(TransitionRow.organization_id == organization_id)
    if document_id:
        query = query.where(TransitionRow.document_id == document_id)
    if after is not None:
        query = query.where(col(TransitionRow.sequence) < after)
    return page(session, query.order_by(col(TransitionRow.sequence).desc()), limit)


def newest_transition(session: Session, organization_id: str) -> int:
    """The sequence of what happened last in an organization; 0 before anything has."""
    query = select(func.max(TransitionRow.sequence)).where(TransitionRow.organization_id == organization_id)
    return session.exec(query).one() or 0


def files(session: Session, organization_id: str, limit: int, after: str | None) -> ListPage[FileRow]:
    """The files of an organization, the newest first."""
    order = (col(FileRow.created_at), col(FileRow.id))
    query = select(FileRow).where(FileRow.organization_id == organization_id)
    if after:
        query = query.where(later(known(file(session, organization_id, after)), *order, descending=True))
    return page(session, query.order_by(*(column.desc() for column in order)), limit)


def file(session: Session, organization_id: str, file_id: str) -> FileRow | None:
    """One file of an organization."""
    row = session.get(FileRow, file_id)
    return row if row and row.organization_id == organization_id else None


def games(session: Session, organization_id: str, limit: int, after: str | None) -> ListPage[GameRow]:
    """The registered games of an organization, the oldest first."""
    order = (col(GameRow.created_at), col(GameRow.id))
    registered = select(DocumentRow.id).where(
        DocumentRow.organization_id == organization_id, DocumentRow.machine == "launch"
    )
    query = select(GameRow).where(
        GameRow.organization_id == organization_id, ("launch/" + col(GameRow.id)).in_(registered)
    )
    query = query.order_by(*order)
    if after:
        query = query.where(later(known(game(session, organization_id, after)), *order))
    return page(session, query, limit)


def game(session: Session, organization_id: str, game_id: str) -> GameRow | None:
    """One game of an organization."""
    row = session.get(GameRow, game_id)
    return row if row and row.organization_id == organization_id else None


def game_names(session: Session, organization_id: str) -> dict[str, str]:
    """What the games of an organization are called."""
    query = select(GameRow).where(GameRow.organization_id == organization_id)
    return {row.id: row.name for row in session.exec(query)}


def contract_text(session: Session, feature: str, version: int) -> ContractTextRow | None:
    """The text of a contract version."""
    return session.get(ContractTextRow, (feature, version))


def statements(
    session: Session,
    organization_id: str,
    limit: int,
    after: str | None,
    *,
    state: str | None = None,
    stream: str | None = None,
    since: date | None = None,
    until: date | None = None,
    game_id: str | None = None,
) -> ListPage[StatementRow]:
    """The statements of an organization, the newest period first.

    Args:
        since: only periods that end on this day or later.
        until: only periods that begin on this day or earlier.
        game_id: only statements with a line of this game.
    """
    order = (col(StatementRow.period_end), col(StatementRow.id))
    query = select(StatementRow).where(StatementRow.organization_id == organization_id)
    if stream:
        query = query.where(StatementRow.stream == stream)
    if since:
        query = query.where(StatementRow.period_end >= since)
    if until:
        query = query.where(StatementRow.period_start <= until)
    if state:
        standing = select(DocumentRow.id).where(
            DocumentRow.organization_id == organization_id, DocumentRow.state == state
        )
        query = query.where(("statement/" + col(StatementRow.id)).in_(standing))
    if game_id:
        with_game = select(StatementLineRow.statement_id).where(StatementLineRow.game_id == game_id)
        query = query.where(col(StatementRow.id).in_(with_game))
    if after:
        last = known(statement(session, organization_id, after))
        query = query.where(later(last, *order, descending=True))
    return page(session, query.order_by(*(column.desc() for column in order)), limit)


def statement(session: Session, organization_id: str, statement_id: str) -> StatementRow | None:
    """One statement of an organization."""
    row = session.get(StatementRow, statement_id)
    return row if row and row.organization_id == organization_id else None


def statement_lines(
    session: Session, statement_id: str, game_id: str | None = None
) -> list[StatementLineRow]:
    """The lines of a statement, or those of one game."""
    query = select(StatementLineRow).where(StatementLineRow.statement_id == statement_id)
    if game_id:
        query = query.where(StatementLineRow.game_id == game_id)
    return list(session.exec(query.order_by(col(StatementLineRow.position))))


def statement_line(session: Session, statement_id: str, position: int) -> StatementLineRow | None:
    """One line of a statement."""
    return session.get(StatementLineRow, (statement_id, position))


def lines_of_statements(
    session: Session, statement_ids: Collection[str], game_id: str | None = None
) -> list[StatementLineRow]:
    """The lines of some statements, or those of one game, in their order."""
    query = select(StatementLineRow).where(col(StatementLineRow.statement_id).in_(statement_ids))
    if game_id:
        query = query.where(StatementLineRow.game_id == game_id)
    return list(session.exec(query.order_by(StatementLineRow.statement_id, col(StatementLineRow.position))))


def documents(
    session: Session,
    organization_id: str,
    machine: str,
    limit: int,
    after: str | None,
    state: str | None = None,
) -> ListPage[AnyDocument]:
    """The documents of one kind of an organization, the one that moved last first.

    Args:
        after: the document id of the last one seen.
    """
    order = (col(DocumentRow.since), col(DocumentRow.id))
    query = select(DocumentRow).where(
        DocumentRow.organization_id == organization_id, DocumentRow.machine == machine
    )
    if state:
        query = query.where(DocumentRow.state == state)
    if after:
        last = known(session.get(DocumentRow, (organization_id, after)))
        query = query.where(later(last, *order, descending=True))
    found = page(session, query.order_by(*(column.desc() for column in order)), limit)
    return ListPage([stored_document(row.facts) for row in found.data], found.has_more)


def invoice(session: Session, organization_id: str, invoice_id: str) -> InvoiceRow | None:
    """One invoice of an organization."""
    row = session.get(InvoiceRow, invoice_id)
    return row if row and row.organization_id == organization_id else None


def attempts(session: Session, payout_id: str) -> list[PayoutAttemptRow]:
    """All attempts at a payout, the first first."""
    query = select(PayoutAttemptRow).where(PayoutAttemptRow.payout_id == payout_id)
    return list(session.exec(query.order_by(col(PayoutAttemptRow.attempt))))


def known(row: T | None) -> T:
    """The row that a cursor names; raises UnknownCursor when there is none."""
    if row is None:
        raise UnknownCursor
    return row


def names(session: Session, organization_ids: Collection[str]) -> dict[str, str]:
    """What some organizations are called."""
    query = select(OrganizationRow).where(col(OrganizationRow.id).in_(organization_ids))
    return {row.id: row.name for row in session.exec(query)}


def latest_transition(
    session: Session, organization_id: str, document_id: str, action: str
) -> TransitionRow | None:
    """The last time that something happened to a document."""
    query = select(TransitionRow).where(
        TransitionRow.organization_id == organization_id,
        TransitionRow.document_id == document_id,
        TransitionRow.action == action,
    )
    return session.exec(query.order_by(col(TransitionRow.sequence).desc())).first()
