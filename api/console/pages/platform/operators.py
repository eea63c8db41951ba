"""The platform's side: what waits for its staff, case by case, and how everything stands."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.console.page import OfStaff
from api.console.pages.platform.queue_filter import OfQueue
from api.http.parameters import QueueCursor
from api.http.problems import Problem
from api.queues import in_thread
from api.services.platform import decisions, review_desk
from api.services.platform.review_desk import SearchFilter
from lifecycle.machines import MACHINES
from storage.people.ticket_search import Hits

router = APIRouter(prefix="/operators", include_in_schema=False)

PAGE = 25


@router.get("")
def show_queue(page: OfStaff, asked: OfQueue, after: QueueCursor = None) -> HTMLResponse:
    """What waits for the staff, the urgent first; the filters are in the address."""
    with page.reading() as session:
        found = decisions.show_queue(
            session, page.installation, page.staff, PAGE, after or None, asked.wanted
        )
        counted = {one.machine: one.count for one in found.totals.kinds}
        return page.show(
            session,
            "platform/queue.html",
            found=found,
            tabs={name: counted[name] for name in MACHINES if name in counted},
            asked=asked,
        )


@router.get("/organizations")
def organizations(
    page: OfStaff,
    text: Annotated[str, Query(max_length=100)] = "",
    machine: str = "",
    state: Annotated[str, Query(pattern=r"^[a-z_]{0,40}$")] = "",
    waiting_for: Annotated[str, Query(pattern="^(admin|operator|finance|provider|clock)?$")] = "",
    country: Annotated[str, Query(pattern="^([A-Za-z]{2})?$")] = "",
    after: str | None = None,
) -> HTMLResponse:
    """Organizations by name, id, state, actor and country."""
    chosen = {
        "text": text.strip(),
        "machine": machine if machine in MACHINES else "",
        "state": state,
        "waiting_for": waiting_for,
        "country": country.upper(),
    }
    named: dict[str, Any] = {name: value or None for name, value in chosen.items()}
    wanted = SearchFilter(**named)
    with page.reading() as session:
        hits = Hits() if after else review_desk.find(session, page.installation, chosen["text"])
        return page.show(
            session,
            "platform/organizations.html",
            hits=hits,
            found=review_desk.search(session, page.installation, PAGE, after or None, wanted),
            chosen=chosen,
            machines=MACHINES,
            query=urlencode({name: value for name, value in chosen.items() if value}),
        )


@router.get("/settlements")
async def settlements(page: OfStaff) -> HTMLResponse:
    """The runs of the settlement, and how far they have come."""
    try:
        runs, away = await page.installation.workflow_client.settlements(), False
    except Problem:
        runs, away = [], True

    def draw() -> HTMLResponse:
        with page.reading() as session:
            return page.show(session, "platform/settlements.html", runs=runs, away=away)

    return await in_thread(draw)
