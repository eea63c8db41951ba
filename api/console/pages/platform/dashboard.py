"""The staff's dashboard, and the lists that its figures lead to."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.figures import money_board
from api.console.page import OfStaff
from api.http.parameters import QueueCursor
from api.queues import in_thread
from api.services.platform import dashboard
from lifecycle.machines import MACHINES
from lifecycle.views.promises import REVIEWED
from models.documents import Stream
from models.figures import MoneyFigure, Promise
from models.programme.periods import last_months

router = APIRouter(prefix="/operators", include_in_schema=False)

PAGE, MOST = 25, 100
MONTHS = 12
KINDS = [name for name in MACHINES if any(name == kind for kind, _ in REVIEWED)]


@router.get("/dashboard")
async def show_dashboard(page: OfStaff) -> HTMLResponse:
    """Money, reviews and settlement, and how much waits for whom and how long."""
    run = await dashboard.last_run(page.installation.workflow_client)

    def draw() -> HTMLResponse:
        with page.reading() as session:
            view = dashboard.show_dashboard(session, page.installation, run)
            currency = page.installation.policy.settlement_currency
            last = last_months(view.counted_at.date(), MONTHS)
            return page.show(
                session,
                "platform/dashboard.html",
                view=view,
                figures=view.figures,
                machines=MACHINES,
                boards=money_board.boards(view.figures, currency),
                groups=money_board,
                chart=money_board.paid_chart(view.figures, last, currency),
            )

    return await in_thread(draw)


@router.get("/money")
def list_money(
    page: OfStaff,
    figure: MoneyFigure = MoneyFigure.IN_TRANSIT,
    month: date | None = None,
    after: QueueCursor = None,
) -> HTMLResponse:
    """The statements, payouts or payments behind a figure."""
    month = month if figure is MoneyFigure.PAID else None
    with page.reading() as session:
        found = dashboard.list_money(session, page.installation, figure, PAGE, after or None, month)
        chosen = {"figure": figure.value, "month": month and month.isoformat()}
        return page.show(
            session,
            "platform/money.html",
            found=found,
            figure=figure,
            month=month,
            figures=list(MoneyFigure),
            query=urlencode({name: value for name, value in chosen.items() if value}),
        )


@router.get("/reviews")
def list_reviews(
    page: OfStaff,
    machine: str = "",
    promise: Annotated[Promise | None, Query()] = None,
    after: QueueCursor = None,
) -> HTMLResponse:
    """Reviews under way, by kind and by how they stand to the day of their promise."""
    kind = machine if machine in KINDS else None
    with page.reading() as session:
        found = dashboard.list_reviews(session, page.installation, PAGE, after or None, kind, promise)
        chosen = {"machine": kind, "promise": promise}
        return page.show(
            session,
            "platform/reviews.html",
            found=found,
            kinds=KINDS,
            chosen=chosen,
            query=urlencode({name: value for name, value in chosen.items() if value}),
        )


@router.get("/statements-to-come")
def list_to_come(
    page: OfStaff, stream: Stream | None = None, period_start: date | None = None
) -> HTMLResponse:
    """The organizations that have statements of due periods to come."""
    with page.reading() as session:
        found = dashboard.list_to_come(session, page.installation, MOST, stream, period_start)
        narrowed = bool(stream or period_start)
        return page.show(session, "platform/to_come.html", found=found, narrowed=narrowed)
