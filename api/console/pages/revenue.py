"""Revenue: what is settled beside what is estimated, statement by statement, line by line, and what games earn."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.chart import Chart, months
from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page, answered_once
from api.http.idempotency import AnsweredBefore
from api.http.problems import Problem, field_problems
from api.http.routing import StatementId
from api.queues import in_thread
from api.routes.earnings.comparison import (
    ComparisonId,
    Position,
    list_comparisons,
    read_comparison,
    read_scope,
)
from api.routes.earnings.comparison import compare as compare_file
from api.routes.earnings.game_metrics import ask, read_metrics
from api.routes.earnings.statements import (
    STATES,
    Appeal,
    appeal_statement,
    confirm_statement,
    list_line_sources,
    read_statement,
    show_statements,
)
from api.routes.organizations.organizations import read_timeline
from api.routes.payments.forecast import estimated, show_balance
from api.security.identity import Reader, act_for_organization
from api.services.commands import Asking
from api.services.views import Done
from models.comparison import DifferenceKind
from models.documents import Statement, Stream
from models.states import StatementState
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}/revenue", include_in_schema=False)

PAGE = 50
MONTHS = 12

Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Game = Annotated[str, Query(pattern=r"^(game_[0-9A-Za-z]{1,40})?$")]


def day(text: str) -> date | None:
    """A day of the address; ``None`` for none, and for one that is not in the calendar."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def reader_of(page: Page) -> Reader:
    """Who looks at the page."""
    assert page.reader is not None
    return page.reader


def game_names(page: Page) -> dict[str, str]:
    """What the organization's games are called."""
    with page.here.database.reading() as session:
        return queries.game_names(session, reader_of(page).organization_id)


@router.get("")
def revenue(
    page: OrganizationPage,
    since: Day = "",
    until: Day = "",
    stream: Annotated[str, Query(pattern=r"^(iaa|iap_subscription|iap_non_subscription)?$")] = "",
    state: Annotated[str, Query(pattern=r"^[a-z_]{0,40}$")] = "",
    game: Game = "",
    after: str = "",
) -> HTMLResponse:
    """Settled beside estimated, a year as a chart and a table, and the statements; the filters are in the address."""
    chosen = {
        "since": since,
        "until": until,
        "stream": stream,
        "state": state if state in STATES else "",
        "game": game,
    }
    wanted = {
        "state": chosen["state"] or None,
        "stream": Stream(stream) if stream else None,
        "since": day(since),
        "until": day(until),
        "game_id": game or None,
    }
    with page.reading(history=True) as (session, standing):
        accrued = estimated(session, standing)
        found = show_statements(session, standing, PAGE, after or None, **wanted)
        balance = show_balance(session, standing, accrued)
        games = queries.game_names(session, standing.dossier.organization_id)
    downloads = {"since": since, "until": until, "stream": stream, "state": chosen["state"], "game_id": game}
    return page.show(
        "earnings/revenue.html",
        found=found,
        chosen=chosen,
        filtered=any(chosen.values()),
        query=urlencode({name: value for name, value in chosen.items() if value}),
        download=urlencode({name: value for name, value in downloads.items() if value}),
        chart=chart_of(standing.dossier.of(Statement), standing.now.date()),
        balance=balance,
        estimates=accrued,
        games=games,
        states=STATES,
    )


def chart_of(statements: Sequence[Statement], today: date) -> Chart:
    """The nets of the last twelve months' statements, by stream; replaced ones do not count."""
    values: dict[tuple[str, str], int] = {}
    for one in statements:
        if one.state != StatementState.REPLACED:
            key = (f"{one.period_start:%Y-%m}", one.stream.value)
            values[key] = values.get(key, 0) + one.net.amount
    return Chart(months(today, MONTHS), [stream.value for stream in Stream], values)


@router.get("/metrics")
def metrics(
    page: OrganizationPage,
    start: Day = "",
    end: Day = "",
    game: Game = "",
    region: Annotated[str, Query(pattern=r"^([A-Za-z]{2})?$")] = "",
    placement: Annotated[str, Query(max_length=100)] = "",
    by: Annotated[str, Query(pattern=r"^(day|game|region|placement)$")] = "day",
) -> HTMLResponse:
    """What games earn, before anything is settled."""
    chosen = {
        "start": start, "end": end, "game": game, "region": region.upper(), "placement": placement, "by": by,
    }  # fmt: skip
    problem, view = None, None
    try:
        asked = ask(
            reader_of(page),
            page.here,
            day(start),
            day(end),
            game or None,
            region.upper() or None,
            placement or None,
            by,
        )
        view = read_metrics(asked, page.here)
    except Problem as found:
        problem = found
    names = {"start": start, "end": end, "game_id": game, "region": region.upper(), "placement": placement}
    download = urlencode({name: value for name, value in {**names, "group_by": by}.items() if value})
    shown = Page(page.request, page.here, page.person, page.reader, problem=problem)
    return shown.show(
        "earnings/metrics.html", view=view, chosen=chosen, download=download, games=game_names(page)
    )


@router.get("/statements/{statement_id}")
def statement(page: OrganizationPage, statement_id: StatementId) -> HTMLResponse:
    """A statement: its bridge, its lines, its history, and what may be done with it."""
    return draw(page, statement_id)


def draw(page: Page, statement_id: str) -> HTMLResponse:
    """A statement, also after a problem."""
    reader, read = reader_of(page), Response()
    view = read_statement(reader, page.here, statement_id, read)
    compared = list_comparisons(reader, page.here, limit=PAGE).data
    return page.show(
        "earnings/statement.html",
        view=view,
        etag=read.headers["ETag"],
        events=read_timeline(reader, page.here, limit=PAGE, document_id=view.document_id),
        comparisons=[one for one in compared if one.statement_id == view.id],
        games=game_names(page),
    )


@router.post("/statements/{statement_id}/confirm")
async def confirm(page: OrganizationPage, statement_id: StatementId, form: Posted) -> Response:
    """Confirm it."""

    async def act(asking: Asking, form: Submitted) -> Done:
        return await confirm_statement(asking, statement_id)

    then = f"{page.base}/revenue/statements/{statement_id}"
    return await page.carry_out(form, act, lambda again: draw(again, statement_id), then)


@router.post("/statements/{statement_id}/appeal")
async def appeal(page: OrganizationPage, statement_id: StatementId, form: Posted) -> Response:
    """Appeal it."""

    async def act(asking: Asking, form: Submitted) -> Done:
        more: dict[str, Any] = {"file_ids": form.fields.get("file_ids[]", [])}
        return await appeal_statement(asking, statement_id, form.read(Appeal, more))

    then = f"{page.base}/revenue/statements/{statement_id}"
    return await page.carry_out(form, act, lambda again: draw(again, statement_id), then)


@router.get("/statements/{statement_id}/lines/{position}")
def line(
    page: OrganizationPage,
    statement_id: StatementId,
    position: Annotated[int, Path(ge=1, le=2**31 - 1)],
    after: str = "",
) -> HTMLResponse:
    """The very orders or ad days of a line."""
    reader = reader_of(page)
    view = read_statement(reader, page.here, statement_id, Response())
    found = list_line_sources(
        reader, page.here, statement_id, position, limit=100, starting_after=after or None
    )
    (one,) = [own for own in view.lines if own.position == position]
    return page.show("earnings/line.html", view=view, line=one, found=found, games=game_names(page))


@router.get("/comparisons")
def comparisons(page: OrganizationPage, statement_id: str = "") -> HTMLResponse:
    """Compare with one's own records."""
    return draw_comparisons(page, statement_id)


def draw_comparisons(page: Page, statement_id: str) -> HTMLResponse:
    """The form to upload records, and what was compared before."""
    reader = reader_of(page)
    found = list_comparisons(reader, page.here, limit=PAGE)
    with page.reading(history=True) as (session, standing):
        statements = show_statements(session, standing, PAGE).data
    purchases = [
        one for one in statements if one.stream is not Stream.IAA and one.state != StatementState.REPLACED
    ]
    return page.show("earnings/comparisons.html", found=found, statements=purchases, chosen=statement_id)


@router.post("/comparisons")
async def compare(request: Request, page: OrganizationPage, form: Posted) -> Response:
    """Compare an uploaded file."""
    chosen = form.first("statement_id") or ""

    async def show_again(problem: Problem) -> Response:
        again = Page(request, page.here, page.person, page.reader, posted=form, problem=problem)
        return await in_thread(draw_comparisons, again, chosen)

    try:
        await in_thread(page.asking(form).keyed.answered)
        files = form.files.get("file", [])
        scope = read_scope({name: form.first(name) for name in ("statement_id", "since", "until")})
        content = await files[0].read() if files else b""
        name = files[0].filename or "" if files else ""
        asking = page.asking(form)
        admin = act_for_organization(reader_of(page))
        queue, work = page.here.queues.strangers_files, partial(compare_file, page.here, admin)
        made = await answered_once(
            lambda: queue.run(admin.organization_id, work, asking.keyed, content, name, scope)
        )
    except AnsweredBefore as before:
        return RedirectResponse(f"{page.base}/revenue/comparisons/{before.response['id']}", 303)
    except RequestValidationError as error:
        return await show_again(Problem(422, "invalid_request", errors=field_problems(error)))
    except Problem as problem:
        return await show_again(problem)
    return RedirectResponse(f"{page.base}/revenue/comparisons/{made.id}", 303)


@router.get("/comparisons/{comparison_id}")
def comparison(
    page: OrganizationPage,
    comparison_id: ComparisonId,
    kind: str = "",
    after: Position = 0,
) -> HTMLResponse:
    """What differs, order by order."""
    wanted = DifferenceKind(kind) if kind in set(DifferenceKind) else None
    view = read_comparison(
        reader_of(page), page.here, comparison_id, limit=PAGE, starting_after=after, kind=wanted
    )
    return page.show("earnings/comparison.html", view=view, kind=kind)
