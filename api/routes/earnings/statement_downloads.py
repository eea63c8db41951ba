"""Statements to download: one, or all of a range, line by line."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.http.attachments import CSV, PDF, XLSX, attachment, file_of
from api.http.parameters import InState, OfGame, StatementId
from api.http.routing import organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import Reading
from api.services.earnings.statement_downloads import Chosen, name_of, statement_paper, statement_papers
from api.services.organization_snapshot import open_snapshot
from models.documents import Stream
from papers.statement import statement_csv, statement_pdf, statement_xlsx, statements_csv, statements_xlsx

router: APIRouter = organization_router("downloads")


async def choose(
    since: Annotated[date | None, Query(description="periods that end on this day or later")] = None,
    until: Annotated[date | None, Query(description="periods that begin on this day or earlier")] = None,
    stream: Stream | None = None,
    state: InState = None,
    game_id: OfGame = None,
) -> Chosen:
    """Which statements a request asks for."""
    return Chosen(since, until, stream, state, game_id)


Choice = Annotated[Chosen, Depends(choose)]


@router.get("/statements.csv", **file_of(CSV))
def download_statements_csv(reader: Reading, installation: CurrentInstallation, chosen: Choice) -> Response:
    """Statements line by line, each with the day on which it was paid; with `game_id`, the lines of that game."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        papers = statement_papers(snapshot, chosen)
    return attachment(statements_csv(papers), CSV, "statements.csv")


@router.get("/statements.xlsx", **file_of(XLSX))
def download_statements_xlsx(reader: Reading, installation: CurrentInstallation, chosen: Choice) -> Response:
    """The same as a workbook: a sheet of statements, and one of their lines."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        papers = statement_papers(snapshot, chosen)
    return attachment(statements_xlsx(papers), XLSX, "statements.xlsx")


@router.get("/statements/{statement_id}.csv", **file_of(CSV))
def download_statement_csv(
    reader: Reading, installation: CurrentInstallation, statement_id: StatementId
) -> Response:
    """A statement line by line."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        paper = statement_paper(snapshot, statement_id)
    return attachment(statement_csv(paper), CSV, f"{name_of(paper)}.csv")


@router.get("/statements/{statement_id}.xlsx", **file_of(XLSX))
def download_statement_xlsx(
    reader: Reading, installation: CurrentInstallation, statement_id: StatementId
) -> Response:
    """A statement as a workbook."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        paper = statement_paper(snapshot, statement_id)
    return attachment(statement_xlsx(paper), XLSX, f"{name_of(paper)}.xlsx")


@router.get("/statements/{statement_id}.pdf", **file_of(PDF))
def download_statement_pdf(
    reader: Reading, installation: CurrentInstallation, statement_id: StatementId
) -> Response:
    """A statement as an accessible PDF."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        paper = statement_paper(snapshot, statement_id)
    return attachment(statement_pdf(paper), PDF, f"{name_of(paper)}.pdf")
