"""Statements to download: one, or all of a range, line by line."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from api.http.attachments import CSV, PDF, XLSX, attachment, file_of, platform
from api.http.problems import FieldProblem, Problem, not_found
from api.http.routing import StatementId, organization_router
from api.installation import Here, Installation
from api.routes.earnings.statements import InState, OfGame, successor
from api.security.identity import Reader, Reading
from api.services.organization_snapshot import Standing, stand_with_history
from lifecycle.machines import state_of
from models.documents import Invoice, Payout, Statement, Stream
from models.identity import payout_document_id
from models.tables import OrganizationRow, StatementRow
from papers.statement import (
    LinePaper,
    StatementPaper,
    statement_csv,
    statement_pdf,
    statement_xlsx,
    statements_csv,
    statements_xlsx,
)
from storage.organizations import queries

router: APIRouter = organization_router("downloads")

MOST_STATEMENTS = 2_000
"""How many statements one file holds at most; more than an organization gathers in twenty years."""

PAID = ("paid", "closed")
"""The states of a payout whose money has arrived and has not come back."""

Since = Annotated[date | None, Query(description="periods that end on this day or later")]
Until = Annotated[date | None, Query(description="periods that begin on this day or earlier")]


@router.get("/statements.csv", **file_of(CSV))
def download_statements_csv(
    reader: Reading,
    here: Here,
    since: Since = None,
    until: Until = None,
    stream: Stream | None = None,
    state: InState = None,
    game_id: OfGame = None,
) -> Response:
    """Statements line by line, each with the day on which it was paid; with `game_id`, the lines of that game."""
    papers = statement_papers(reader, here, since, until, stream, state, game_id)
    return attachment(statements_csv(papers), CSV, "statements.csv")


@router.get("/statements.xlsx", **file_of(XLSX))
def download_statements_xlsx(
    reader: Reading,
    here: Here,
    since: Since = None,
    until: Until = None,
    stream: Stream | None = None,
    state: InState = None,
    game_id: OfGame = None,
) -> Response:
    """The same as a workbook: a sheet of statements, and one of their lines."""
    papers = statement_papers(reader, here, since, until, stream, state, game_id)
    return attachment(statements_xlsx(papers), XLSX, "statements.xlsx")


@router.get("/statements/{statement_id}.csv", **file_of(CSV))
def download_statement_csv(reader: Reading, here: Here, statement_id: StatementId) -> Response:
    """A statement line by line."""
    paper = statement_paper(reader, here, statement_id)
    return attachment(statement_csv(paper), CSV, f"{name_of(paper)}.csv")


@router.get("/statements/{statement_id}.xlsx", **file_of(XLSX))
def download_statement_xlsx(reader: Reading, here: Here, statement_id: StatementId) -> Response:
    """A statement as a workbook."""
    paper = statement_paper(reader, here, statement_id)
    return attachment(statement_xlsx(paper), XLSX, f"{name_of(paper)}.xlsx")


@router.get("/statements/{statement_id}.pdf", **file_of(PDF))
def download_statement_pdf(reader: Reading, here: Here, statement_id: StatementId) -> Response:
    """A statement as an accessible PDF."""
    paper = statement_paper(reader, here, statement_id)
    return attachment(statement_pdf(paper), PDF, f"{name_of(paper)}.pdf")


def name_of(paper: StatementPaper) -> str:
    """What a statement's file is called."""
    return f"statement-{paper.stream.value}-{paper.period_start}-{paper.statement_id}"


def statement_paper(reader: Reader, here: Installation, statement_id: str) -> StatementPaper:
    """A statement as it stands now; 404 when the organization has none of that id."""
    with here.database.reading() as session:
        row = queries.statement(session, reader.organization_id, statement_id)
        papers = written(session, reader, here, [row] if row else [], None)
    if not papers:
        raise not_found("This statement")
    return papers[0]


def statement_papers(
    reader: Reader,
    here: Installation,
    since: date | None,
    until: date | None,
    stream: Stream | None,
    state: str | None,
    game_id: str | None,
) -> list[StatementPaper]:
    """The statements of a range, the newest period first."""
    with here.database.reading() as session:
        page = queries.statements(
            session,
            reader.organization_id,
            MOST_STATEMENTS,
            None,
            state=state,
            stream=stream,
            since=since,
            until=until,
            game_id=game_id,
        )
        if page.has_more:
            detail = f"More than {MOST_STATEMENTS} statements; ask for a shorter range."
            error = FieldProblem(pointer="#query/since", code="too_many", detail=detail)
            raise Problem(422, "invalid_request", errors=[error])
        return written(session, reader, here, page.data, game_id)


def written(
    session: Session, reader: Reader, here: Installation, rows: Sequence[StatementRow], game_id: str | None
) -> list[StatementPaper]:
    """Statements as they are written down; without those whose document is not there yet."""
    organization = queries.organization(session, reader.organization_id)
    assert organization is not None
    standing = stand_with_history(session, here, reader)
    names = queries.game_names(session, reader.organization_id)
    lines: dict[str, list[LinePaper]] = {row.id: [] for row in rows}
    for line in queries.lines_of_statements(session, list(lines), game_id):
        own = line.model_dump(include=set(LinePaper.model_fields))
        paper = LinePaper.model_validate({**own, "game_name": names.get(line.game_id or "")})
        lines[line.statement_id].append(paper)
    papers = (paper_of(standing, here, organization, row, lines[row.id], game_id) for row in rows)
    return [paper for paper in papers if paper]


def paper_of(
    standing: Standing,
    here: Installation,
    organization: OrganizationRow,
    row: StatementRow,
    lines: Sequence[LinePaper],
    game_id: str | None,
) -> StatementPaper | None:
    """One statement, with how it stands and when it was paid."""
    document = standing.dossier.get(f"statement/{row.id}", Statement)
    if document is None:
        return None
    invoice = standing.dossier.get(document.invoice_id or "", Invoice)
    own = row.model_dump(include=set(StatementPaper.model_fields))
    return StatementPaper.model_validate(
        {
            **own,
            "statement_id": row.id,
            "organization_name": organization.name,
            "issuer": platform(here).name,
            "time_zone": here.policy.settlement_time_zone,
            "state": document.state,
            "meaning": state_of(document).description,
            "replaced_by": successor(standing, document.id),
            "invoice_number": invoice.number if invoice else None,
            "paid_on": paid_on(standing, invoice) if invoice else None,
            "of_game": game_id,
            "lines": lines,
        }
    )


def paid_on(standing: Standing, invoice: Invoice) -> date | None:
    """The day on which an invoice was paid; ``None`` while it is not, or when the money came back."""
    invoice_id = invoice.id.removeprefix("invoice/")
    payout = standing.dossier.get(payout_document_id(invoice_id), Payout)
    return payout.paid_at.date() if payout and payout.paid_at and payout.state in PAID else None
