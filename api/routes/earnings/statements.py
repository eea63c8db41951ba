"""Statements: read line by line, confirmed or appealed."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.http.parameters import InState, Limit, OfGame, StartingAfter, StatementId
from api.http.routing import COMMAND, MATCHED, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommandWithKey
from api.security.organization_access import Reading
from api.services.earnings import statements
from api.services.earnings.statements import Appeal, StatementDetail, StatementView
from api.services.organization_snapshot import open_snapshot
from api.services.views import Done, Paged
from models.documents import Stream
from storage.settlement.trace import Source

router: APIRouter = organization_router("statements")


@router.get("/statements", responses=READ)
def list_statements(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
    state: InState = None,
    stream: Stream | None = None,
    since: Annotated[date | None, Query(description="periods that end on this day or later")] = None,
    until: Annotated[date | None, Query(description="periods that begin on this day or earlier")] = None,
    game_id: OfGame = None,
) -> Paged[StatementView]:
    """The organization's statements, the newest period first."""
    wanted = {"state": state, "stream": stream, "since": since, "until": until, "game_id": game_id}
    with open_snapshot(installation, reader, history=True) as snapshot:
        return statements.show_statements(snapshot, limit, starting_after, **wanted)


@router.get("/statements/{statement_id}", responses=READ)
def read_statement(
    reader: Reading,
    installation: CurrentInstallation,
    statement_id: StatementId,
    response: Response,
    game_id: OfGame = None,
) -> StatementDetail:
    """A statement with its lines, or those of one game. Its `ETag` is needed to confirm or appeal it."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        view = statements.find_statement(snapshot, statement_id, game_id)
        response.headers["ETag"] = snapshot.etag(view.document_id)
    return view


@router.get("/statements/{statement_id}/lines/{position}/sources", responses=READ)
def list_line_sources(
    reader: Reading,
    installation: CurrentInstallation,
    statement_id: StatementId,
    position: Annotated[int, Path(ge=1, le=2**31 - 1)],
    limit: Annotated[int, Query(ge=1, le=1_000, description="how many at most")] = 100,
    starting_after: Annotated[
        str | None,
        Query(min_length=1, max_length=100, pattern=r"^[^\x00]*$", description="the id of the last one"),
    ] = None,
) -> Paged[Source]:
    """The orders, refunds or ad days of a line, in the order of their ids, and what each counts there.

    Their micros add up to the line's gross_micros less its refunds_micros; docs/statements.md says how their
    digest is made.
    """
    with installation.database.reading() as session:
        return statements.sources_of_line(
            session, reader.organization_id, statement_id, position, limit, starting_after
        )


@router.post(takes("statement.confirm", "/statements/{statement_id}/confirm"), responses=COMMAND | MATCHED)
async def confirm_statement(context: AdminCommandWithKey, statement_id: StatementId) -> Done:
    """Confirm a statement; it can be invoiced from then on, and no longer be appealed."""
    return await statements.confirm_statement(context, statement_id)


@router.post(takes("statement.appeal", "/statements/{statement_id}/appeal"), responses=COMMAND | MATCHED)
async def appeal_statement(context: AdminCommandWithKey, statement_id: StatementId, body: Appeal) -> Done:
    """Appeal a statement, once; the clock of its confirmation stands still meanwhile."""
    return await statements.appeal_statement(context, statement_id, body)
