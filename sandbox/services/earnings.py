"""The platform's reports of orders and ad days, as two feeds with cursors."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import col, select

from providers.http.earnings import AdDay, AdDayPage, OrderEvent, OrderPage
from sandbox.faults import Answer, Disturbance
from sandbox.market import Kind
from sandbox.problems import problems
from sandbox.state import Here, World
from sandbox.store import FeedRow

router = APIRouter(prefix="/earnings", tags=["earnings"])

After = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the page before; none: from the beginning"),
]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/orders", response_model=OrderPage, responses=problems())
def read_orders(here: Here, after: After = None, limit: Limit = 100) -> Answer:
    """Orders and refunds in the order in which they were reported, which is not that in which they happened.

    Everything is here; webhooks are only news of some. An order may be reported days late.
    """
    with here.store.write() as session:
        call = Disturbance(session, here, "earnings", None, "ask")
    if error := call.instead():
        return error
    rows, more = _page(here, "order", after, limit)
    events = [OrderEvent.model_validate_json(row.payload) for row in rows]
    return call.answer(OrderPage(events=events, next_cursor=_cursor(rows, after), has_more=more))


@router.get("/ad-days", response_model=AdDayPage, responses=problems())
def read_ad_days(here: Here, after: After = None, limit: Limit = 100) -> Answer:
    """Ad reports in the order in which they came; a higher `revision` of a `report_id` replaces a lower one."""
    with here.store.write() as session:
        call = Disturbance(session, here, "earnings", None, "ask")
    if error := call.instead():
        return error
    rows, more = _page(here, "ad_day", after, limit)
    days = [AdDay.model_validate_json(row.payload) for row in rows]
    return call.answer(AdDayPage(days=days, next_cursor=_cursor(rows, after), has_more=more))


def _page(here: World, kind: Kind, after: str | None, limit: int) -> tuple[list[FeedRow], bool]:
    """The next rows of a feed, and whether there are more."""
    following = select(FeedRow).where(FeedRow.kind == kind, col(FeedRow.sequence) > int(after or 0))
    with here.store.read() as session:
        rows = list(session.exec(following.order_by(col(FeedRow.sequence)).limit(limit + 1)))
        session.expunge_all()
    return rows[:limit], len(rows) > limit


def _cursor(rows: list[FeedRow], after: str | None) -> str | None:
    return str(rows[-1].sequence) if rows else after
