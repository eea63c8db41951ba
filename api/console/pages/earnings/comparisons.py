"""Comparisons: one's own records of orders beside the platform's."""

from functools import partial

from fastapi import APIRouter, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted, Submitted
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import request_of, show_again, when_not_in_flight
from api.http.idempotency import AlreadyAnswered
from api.http.parameters import ComparisonId, Position
from api.http.problems import Problem, field_problems
from api.queues import in_thread
from api.services.earnings import comparison
from api.services.earnings.statements import show_statements
from models.comparison import DifferenceKind
from models.documents import Stream
from models.states import StatementState

router = APIRouter(prefix="/organizations/{organization_id}/revenue/comparisons", include_in_schema=False)

PAGE = 50


@router.get("")
def show_comparisons(page: OfOrganization, statement_id: str = "") -> HTMLResponse:
    """Compare with one's own records."""
    return draw(page, statement_id)


def draw(page: OrganizationPage, statement_id: str) -> HTMLResponse:
    """The form to upload records, and what was compared before."""
    with page.snapshot(history=True) as snapshot:
        statements = show_statements(snapshot, PAGE).data
        return page.show(
            snapshot.session,
            "earnings/comparisons.html",
            found=comparison.list_comparisons(snapshot.session, snapshot.organization_id, PAGE),
            statements=[
                s for s in statements if s.stream is not Stream.IAA and s.state != StatementState.REPLACED
            ],
            chosen=statement_id,
        )


@router.post("")
async def compare(page: OfOrganization, form: Posted) -> Response:
    """Compare an uploaded file."""
    again = partial(draw, statement_id=form.first("statement_id") or "")
    try:
        made_id = await compare_once(page, form)
    except RequestValidationError as error:
        problem = Problem(422, "invalid_request", errors=field_problems(error))
        return await show_again(page, form, problem, again)
    except Problem as problem:
        return await show_again(page, form, problem, again)
    return RedirectResponse(f"{page.base}/revenue/comparisons/{made_id}", 303)


async def compare_once(page: OrganizationPage, form: Submitted) -> str:
    """The id of the comparison; of the first one when a form is posted twice."""
    request = request_of(page, form)
    try:
        await in_thread(request.raise_if_answered)
    except AlreadyAnswered as before:
        return str(before.response["id"])
    chosen = form.files.get("file", [])
    scope = comparison.read_scope({name: form.first(name) for name in ("statement_id", "since", "until")})
    content, name = (await chosen[0].read(), chosen[0].filename or "") if chosen else (b"", "")
    view = await when_not_in_flight(
        lambda: comparison.compare_in_turn(page.installation, page.admin(), request, content, name, scope)
    )
    return view.id


@router.get("/{comparison_id}")
def show_comparison(
    page: OfOrganization, comparison_id: ComparisonId, kind: str = "", after: Position = 0
) -> HTMLResponse:
    """What differs, order by order."""
    wanted = DifferenceKind(kind) if kind in set(DifferenceKind) else None
    with page.reading() as session:
        view = comparison.read_comparison(
            session, page.reader.organization_id, comparison_id, PAGE, after, wanted
        )
        return page.show(session, "earnings/comparison.html", view=view, kind=kind)
