"""Statements: read line by line, confirmed or appealed."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from api.http.bodies import Body, FileIds, Line, Text
from api.http.problems import not_found
from api.services.commands import CommandContext, Form, fields_of
from api.services.earnings.comparison import check_evidence
from api.services.organization_snapshot import OrganizationSnapshot, V
from api.services.views import DocumentView, Done, FormView, Paged
from lifecycle.machines import MACHINES
from models.documents import Statement, Stream
from models.identity import DocumentId
from models.money import Money
from models.tables import StatementLineRow, StatementRow
from storage.organizations import queries
from storage.settlement.trace import Source, line_sources
from words.voice import Sentence

STATES = tuple(state.name for state in MACHINES["statement"].states)
AMOUNTS = ("gross", "refunds", "platform_share", "adjustments", "tax_withheld", "net")


class StatementLineView(BaseModel):
    """One line of a statement.

    Attributes:
        source_count: how many orders, refunds or ad days are in it.
        gross_micros: what they come to exactly, in micro-units, before it is rounded; likewise `refunds_micros`.
        sources_digest: a SHA-256 over them, which anyone can recompute from the line's sources.
        bean_price_micros: the price at which a Bean counts in this line.
        advance: that price is an advance; a later statement reconciles it.
        reconciles: the statement, and `reconciles_position` the line, that this line reconciles.
    """

    position: int
    kind: str
    game_id: str | None
    contract_version: int | None
    source_count: int
    gross: Money
    refunds: Money
    platform_share: Money
    net: Money
    gross_micros: int
    refunds_micros: int
    sources_digest: str | None
    bean_price_micros: int | None
    advance: bool
    reconciles: str | None
    reconciles_position: int | None
    note: str


class StatementView(DocumentView):
    """A statement, from gross to net.

    Attributes:
        confirm_by: when it confirms itself.
        tax_basis_points: the rate of the tax withheld from the part earned in the US.
        final: the contract has ended; nothing can be earned after this period.
    """

    id: str
    stream: Stream
    period_start: date
    period_end: date
    issue: int
    gross: Money
    refunds: Money
    platform_share: Money
    adjustments: Money
    tax_withheld: Money
    tax_basis_points: int
    net: Money
    final: bool
    issued_at: datetime
    confirm_by: datetime | None
    confirmed_on: date | None
    appealed: bool
    invoice_id: str | None
    replaces: str | None
    replaced_by: str | None


class StatementDetail(StatementView):
    """A statement with its lines, and its appeal as it was submitted."""

    lines: list[StatementLineView]
    appeal: FormView | None


class Appeal(Body):
    """What is wrong with a statement; each can be appealed once."""

    subject: Line
    description: Text
    file_ids: FileIds = Field(default_factory=list)
    comparison_id: Annotated[str, StringConstraints(pattern=r"^cmp_[0-9a-z]{1,40}$")] | None = Field(
        default=None, description="a comparison of your own records with this statement, as evidence"
    )


def show_statement(kind: type[V], snapshot: OrganizationSnapshot, row: StatementRow, **more: Any) -> V | None:
    """A statement with its money; ``None`` while its document is not there yet."""
    document = snapshot.dossier.get(f"statement/{row.id}", Statement)
    if document is None:
        return None
    amounts = {name: Money(amount=getattr(row, name), currency=row.currency) for name in AMOUNTS}
    return snapshot.show(
        kind,
        document,
        **amounts,
        id=row.id,
        tax_basis_points=row.tax_basis_points,
        final=row.final,
        issued_at=row.issued_at,
        invoice_id=document.invoice_id and DocumentId(document.invoice_id).key,
        replaces=document.replaces and DocumentId(document.replaces).key,
        replaced_by=successor(snapshot, document.id),
        **more,
    )


def successor(snapshot: OrganizationSnapshot, document_id: str) -> str | None:
    """The id of the statement that took a statement's place."""
    for other in snapshot.dossier.of(Statement):
        if other.replaces == document_id:
            return DocumentId(other.id).key
    return None


def show_line(row: StatementLineRow, currency: str) -> StatementLineView:
    """One line of a statement."""
    amounts = {
        name: Money(amount=getattr(row, name), currency=currency)
        for name in ("gross", "refunds", "platform_share", "net")
    }
    own = row.model_dump(include=set(StatementLineView.model_fields) - set(amounts))
    return StatementLineView.model_validate({**own, **amounts})


def show_statements(
    snapshot: OrganizationSnapshot, limit: int, after: str | None = None, **wanted: Any
) -> Paged[StatementView]:
    """A page of an organization's statements; ``wanted`` is what ``queries.statements`` takes."""
    page = queries.statements(snapshot.session, snapshot.organization_id, limit, after, **wanted)
    shown = (show_statement(StatementView, snapshot, row) for row in page.data)
    return Paged(data=[statement for statement in shown if statement], has_more=page.has_more)


def find_statement(
    snapshot: OrganizationSnapshot, statement_id: str, game_id: str | None = None
) -> StatementDetail:
    """A statement with its lines, or those of one game."""
    session = snapshot.session
    row = queries.statement(session, snapshot.organization_id, statement_id)
    if row is None:
        raise not_found(Sentence("This statement does not exist here."))
    lines = [show_line(line, row.currency) for line in queries.statement_lines(session, row.id, game_id)]
    document = snapshot.dossier.get(f"statement/{row.id}", Statement)
    appeal = snapshot.form(document.submission_id if document else None)
    statement = show_statement(StatementDetail, snapshot, row, lines=lines, appeal=appeal)
    if statement is None:
        raise not_found(Sentence("This statement does not exist here."))
    return statement


def sources_of_line(
    session: Session, organization_id: str, statement_id: str, position: int, limit: int, after: str | None
) -> Paged[Source]:
    """The orders, refunds or ad days of a line, in the order of their ids."""
    statement = queries.statement(session, organization_id, statement_id)
    line = statement and queries.statement_line(session, statement.id, position)
    if not line:
        raise not_found(Sentence("This line does not exist here."))
    page = line_sources(session, line, limit, after)
    return Paged(data=list(page.data), has_more=page.has_more)


async def confirm_statement(context: CommandContext, statement_id: str) -> Done:
    """Confirm a statement; it can be invoiced from then on, and no longer be appealed."""
    return await context.submit("statement.confirm", f"statement/{statement_id}", match=True)


async def appeal_statement(context: CommandContext, statement_id: str, body: Appeal) -> Done:
    """Appeal a statement, once; the clock of its confirmation stands still meanwhile."""

    def check(session: Session) -> None:
        if body.comparison_id is not None:
            check_evidence(session, context.organization_id, body.comparison_id, statement_id)

    form = Form("appeal", fields_of(body, "file_ids"), body.file_ids)
    document_id = f"statement/{statement_id}"
    return await context.submit("statement.appeal", document_id, form=form, check=check, match=True)
