"""Statements: from gross to net, line by line, order by order; confirmed or appealed."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import submit
from api.http.parameters import StatementId
from api.services.earnings import statements
from api.services.earnings.comparison import list_comparisons
from api.services.earnings.statements import Appeal
from api.services.organizations.timeline import show_timeline
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}/revenue/statements", include_in_schema=False)

PAGE = 50
MOST_SOURCES = 100


@router.get("/{statement_id}")
def show_statement(page: OfOrganization, statement_id: StatementId) -> HTMLResponse:
    """A statement: its bridge, its lines, its history, and what may be done with it."""
    return draw(page, statement_id)


def draw(page: OrganizationPage, statement_id: str) -> HTMLResponse:
    """A statement, also after a problem."""
    with page.snapshot(history=True) as snapshot:
        view = statements.find_statement(snapshot, statement_id)
        compared = list_comparisons(snapshot.session, snapshot.organization_id, PAGE).data
        return page.show(
            snapshot.session,
            "earnings/statement.html",
            view=view,
            etag=snapshot.etag(view.document_id),
            events=show_timeline(
                snapshot.session, page.reader, PAGE, document_id=view.document_id, voice=page.voice
            ),
            comparisons=[one for one in compared if one.statement_id == view.id],
            games=queries.game_names(snapshot.session, snapshot.organization_id),
        )


@router.post("/{statement_id}/confirm")
async def confirm(page: OfOrganization, statement_id: StatementId, form: Posted) -> Response:
    """Confirm it."""
    return await submit(
        page,
        form,
        lambda context, sent: statements.confirm_statement(context, statement_id),
        partial(draw, statement_id=statement_id),
        f"{page.base}/revenue/statements/{statement_id}",
    )


@router.post("/{statement_id}/appeal")
async def appeal(page: OfOrganization, statement_id: StatementId, form: Posted) -> Response:
    """Appeal it."""

    def read(sent: Submitted) -> Appeal:
        more: dict[str, Any] = {"file_ids": sent.fields.get("file_ids[]", [])}
        return sent.read(Appeal, more)

    return await submit(
        page,
        form,
        lambda context, sent: statements.appeal_statement(context, statement_id, read(sent)),
        partial(draw, statement_id=statement_id),
        f"{page.base}/revenue/statements/{statement_id}",
    )


@router.get("/{statement_id}/lines/{position}")
def show_line(
    page: OfOrganization,
    statement_id: StatementId,
    position: Annotated[int, Path(ge=1, le=2**31 - 1)],
    after: str = "",
) -> HTMLResponse:
    """The very orders or ad days of a line."""
    own = page.reader.organization_id
    with page.snapshot(history=True) as snapshot:
        session, view = snapshot.session, statements.find_statement(snapshot, statement_id)
        found = statements.sources_of_line(session, own, statement_id, position, MOST_SOURCES, after or None)
        (line,) = [one for one in view.lines if one.position == position]
        games = queries.game_names(session, own)
        return page.show(session, "earnings/line.html", view=view, line=line, found=found, games=games)
