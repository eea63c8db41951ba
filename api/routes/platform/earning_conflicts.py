"""For the platform's staff: reports of earnings that were put aside instead of being counted."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.bodies import StrictRoute
from api.http.parameters import Limit
from api.http.routing import READ
from api.installation import CurrentInstallation
from api.security.staff_access import AsStaff
from api.services.platform.earning_conflicts import EarningConflict, show_conflict
from api.services.views import Paged
from models.earnings import WhyAside
from storage.earnings.quarantine import conflicts

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=StrictRoute)


@router.get("/earning-conflicts", responses=READ)
def list_earning_conflicts(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: Annotated[int | None, Query(ge=1, le=2**53, description="the id of the last one")] = None,
    reason: WhyAside | None = None,
    organization_id: Annotated[str | None, Query(pattern=r"^org_[0-9A-Za-z]{1,40}$")] = None,
) -> Paged[EarningConflict]:
    """Reports of earnings that were put aside, the newest first."""
    with installation.database.reading() as session:
        page = conflicts(session, limit, starting_after, reason, organization_id)
    return Paged(data=[show_conflict(row) for row in page.data], has_more=page.has_more)
