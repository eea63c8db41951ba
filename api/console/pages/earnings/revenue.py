"""Revenue: what is settled beside what is estimated, and what games earn."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.chart import Chart, months
from api.console.page import OfOrganization
from api.http.problems import Problem
from api.services.earnings.game_metrics import Question, measure, show_metrics
from api.services.earnings.statements import STATES, show_statements
from api.services.payments.forecast import estimated, show_balance
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


@router.get("")
def revenue(
    page: OfOrganization,
    since: Day = "",
    until: Day = "",
    stream: Annotated[str, Query(pattern=r"^(iaa|iap_subscription|iap_non_subscription)?$")] = "",
    state: Annotated[str, Query(pattern=r"^[a-z_]{0,40}$")] = "",
    game: Game = "",
    after: str = "",
) -> HTMLResponse:
    """Settled beside estimated, a year as a chart and a table, and the statements; the filters are in the address."""
    state = state if state in STATES else ""
    chosen = {"since": since, "until": until, "stream": stream, "state": state, "game": game}
    downloads = {"since": since, "until": until, "stream": stream, "state": state, "game_id": game}
    wanted = {
        "state": state or None,
        "stream": Stream(stream) if stream else None,
        "since": day(since),
        "until": day(until),
        "game_id": game or None,
    }
    with page.snapshot(history=True) as snapshot:
        accrued = estimated(snapshot)
        return page.show(
            snapshot.session,
            "earnings/revenue.html",
            found=show_statements(snapshot, PAGE, after or None, **wanted),
            chosen=chosen,
            filtered=any(chosen.values()),
            query=query_of(chosen),
            download=query_of(downloads),
            chart=chart_of(snapshot.dossier.of(Statement), snapshot.now.date()),
            balance=show_balance(snapshot, accrued),
            estimates=accrued,
            games=queries.game_names(snapshot.session, snapshot.organization_id),
            states=STATES,
        )


def query_of(chosen: dict[str, str]) -> str:
    """What was chosen, as the query of an address."""
    return urlencode({name: value for name, value in chosen.items() if value})


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
    page: OfOrganization,
    start: Day = "",
    end: Day = "",
    game: Game = "",
    region: Annotated[str, Query(pattern=r"^([A-Za-z]{2})?$")] = "",
    placement: Annotated[str, Query(max_length=100)] = "",
    by: Annotated[str, Query(pattern=r"^(day|game|region|placement)$")] = "day",
) -> HTMLResponse:
    """What games earn, before anything is settled."""
    region, own, today = region.upper(), page.reader.organization_id, page.installation.now().date()
    downloads = {"start": start, "end": end, "game_id": game, "region": region, "placement": placement}
    question = Question(day(start), day(end), game or None, region or None, placement or None, [by])
    with page.reading() as session:
        problem, view = None, None
        try:
            view = show_metrics(measure(session, own, question, today), page.installation.policy)
        except Problem as found:
            problem = found
        return replace(page, problem=problem).show(
            session,
            "earnings/metrics.html",
            view=view,
            chosen={
                "start": start, "end": end, "game": game, "region": region, "placement": placement, "by": by,
            },
            download=query_of({**downloads, "group_by": by}),
            games=queries.game_names(session, own),
        )  # fmt: skip
