"""For the platform's staff: reports of earnings that were put aside instead of being counted."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.http.bodies import StrictRoute
from api.http.routing import READ, Limit
from api.installation import Here
from api.security.identity import AsStaff
from api.services.views import Paged
from models.earnings import MEANINGS, PASSING, ReportKind, WhyAside
from models.tables import EarningConflictRow
from storage.earnings.quarantine import conflicts

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=StrictRoute)


class EarningConflict(BaseModel):
    """A report of earnings that is not counted, and why.

    Attributes:
        kind: an order (or refund), or a day of ads.
        subject: the order's event id, or the ad day's report id and revision.
        meaning: the reason in a sentence.
        detail: what exactly is wrong.
        source: how it came: webhook, feed or file.
        tried_again: whether it counts by itself once the reason has passed.
        received_at: real time.
    """

    id: int
    kind: ReportKind
    subject: str
    reason: WhyAside
    meaning: str
    detail: str
    source: str
    organization_id: str | None
    order_id: str | None
    tried_again: bool
    received_at: datetime


@router.get("/earning-conflicts", responses=READ)
def list_earning_conflicts(
    staff: AsStaff,
    here: Here,
    limit: Limit = 20,
    starting_after: Annotated[int | None, Query(ge=1, le=2**53, description="the id of the last one")] = None,
    reason: WhyAside | None = None,
    organization_id: Annotated[str | None, Query(pattern=r"^org_[0-9A-Za-z]{1,40}$")] = None,
) -> Paged[EarningConflict]:
    """Reports of earnings that were put aside, the newest first."""
    with here.database.reading() as session:
        page = conflicts(session, limit, starting_after, reason, organization_id)
    return Paged(data=[show_conflict(row) for row in page.data], has_more=page.has_more)


def show_conflict(row: EarningConflictRow) -> EarningConflict:
    """A report that was put aside, for people."""
    why = WhyAside(row.reason)
    shown = row.model_dump(exclude={"report"}) | {"meaning": MEANINGS[why], "tried_again": why in PASSING}
    return EarningConflict.model_validate(shown)
