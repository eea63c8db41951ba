"""Revenue: what is settled beside what is estimated, and the statements."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.figures.chart import Chart, Values, key
from api.console.figures.sorting import Sorting
from api.console.page import OfOrganization
from api.services.earnings.statements import STATES, StatementView, show_statements
from api.services.payments.forecast import estimated, show_balance
from models.documents import Statement, Stream
from models.estimates import Estimate
from models.programme.periods import last_months
from models.states import StatementState
from storage.organizations import queries

router = APIRouter(prefix="/organizations/{organization_id}/revenue", include_in_schema=False)

PAGE = 24
MOST_SORTED = 500
"""How many statements are put in another order; more than any organization has in many years."""

MONTHS = 12
BY_WHAT = ("period", "gross", "deductions", "net", "state")

Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Game = Annotated[str, Query(pattern=r"^(game_[0-9A-Za-z]{1,40})?$")]
Column = Annotated[str, Query(pattern=r"^[a-z_]{0,40}$")]
Order = Annotated[str, Query(pattern=r"^(asc|desc)$")]


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
    sort: Column = "",
    order: Order = "desc",
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
    sorting = Sorting(sort if sort in BY_WHAT else "", order == "desc", chosen)
    with page.snapshot(history=True) as snapshot:
        accrued, statements = estimated(snapshot), snapshot.dossier.of(Statement)
        limit = MOST_SORTED if sorting.column else PAGE
        found = show_statements(snapshot, limit, None if sorting.column else after or None, **wanted)
        return page.show(
            snapshot.session,
            "earnings/revenue.html",
            found=found,
            rows=sorting.apply(found.data, value_of),
            sorting=sorting,
            chosen=chosen,
            filtered=any(chosen.values()),
            query=query_of(chosen),
            download=query_of(downloads),
            chart=chart_of(statements, accrued, snapshot.now.date()),
            balance=show_balance(snapshot, accrued),
            estimates=accrued,
            games=queries.game_names(snapshot.session, snapshot.organization_id),
            states=[name for name in STATES if name == state or any(one.state == name for one in statements)],
            streams=[
                one.value for one in Stream if one == stream or any(each.stream == one for each in statements)
            ],
        )


def value_of(statement: StatementView, column: str) -> Any:
    """What statements are sorted by."""
    match column:
        case "period":
            return statement.period_start, statement.period_end
        case "deductions":
            return statement.net.amount - statement.gross.amount
        case "state":
            return STATES.index(statement.state)
        case _:
            return getattr(statement, column).amount


def query_of(chosen: dict[str, str]) -> str:
    """What was chosen, as the query of an address."""
    return urlencode({name: value for name, value in chosen.items() if value})


def chart_of(statements: Sequence[Statement], accrued: Sequence[Estimate], today: date) -> Chart:
    """The nets of the last twelve months by stream, on statements and estimated; replaced ones do not count."""
    settled = by_month(one for one in statements if one.state != StatementState.REPLACED)
    streams = [stream.value for stream in Stream]
    return Chart(last_months(today, MONTHS), streams, settled, by_month(accrued))


def by_month(nets: Iterable[Statement | Estimate]) -> Values:
    """Nets by the month in which their period begins, and by stream."""
    values: dict[tuple[str, str], int] = {}
    for one in nets:
        place = key(one.period_start, one.stream.value)
        values[place] = values.get(place, 0) + one.net.amount
    return values
