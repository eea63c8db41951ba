"""The staff's dashboard, and the lists behind its figures."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.http.bodies import StrictRoute
from api.http.parameters import Limit, QueueCursor
from api.http.routing import READ
from api.installation import CurrentInstallation
from api.queues import in_thread
from api.security.staff_access import AsStaff
from api.services.platform import dashboard
from api.services.platform.dashboard import Dashboard, ToCome
from api.services.views import Paged
from lifecycle.machines import MACHINES
from models.documents import Stream
from models.figures import MoneyFigure, MoneyRow, Promise, ReviewRow

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=StrictRoute)
MACHINE = f"^({'|'.join(MACHINES)})$"


@router.get("/dashboard", responses=READ)
async def read_dashboard(staff: AsStaff, installation: CurrentInstallation) -> Dashboard:
    """How much waits for whom, and for how long; money, reviews against their promise, and the settlement."""
    run = await dashboard.last_run(installation.workflow_client)

    def read() -> Dashboard:
        with installation.database.reading() as session:
            return dashboard.show_dashboard(session, installation, run)

    return await in_thread(read)


@router.get("/money", responses=READ)
def list_money(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: QueueCursor = None,
    figure: MoneyFigure = MoneyFigure.IN_TRANSIT,
    month: Annotated[
        date | None,
        Query(description="a day of the month in which it was paid, instead of the last thirty days"),
    ] = None,
) -> Paged[MoneyRow]:
    """The statements, payouts or payments behind a figure of the dashboard, the oldest first."""
    with installation.database.reading() as session:
        return dashboard.list_money(session, installation, figure, limit, starting_after, month)


@router.get("/reviews", responses=READ)
def list_reviews(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: QueueCursor = None,
    machine: Annotated[str | None, Query(pattern=MACHINE)] = None,
    promise: Annotated[
        Promise | None, Query(description="how they stand to the day of their promise")
    ] = None,
) -> Paged[ReviewRow]:
    """Reviews under way, by people of the platform and at outside desks, the longest waiting first."""
    with installation.database.reading() as session:
        return dashboard.list_reviews(session, installation, limit, starting_after, machine, promise)


@router.get("/statements-to-come", responses=READ)
def list_to_come(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    stream: Stream | None = None,
    period_start: date | None = None,
) -> Paged[ToCome]:
    """The organizations that have statements of due periods to come, the oldest periods first.

    A run of the settlement settles them, or says why it cannot. There are no further pages: ask for one period.
    """
    with installation.database.reading() as session:
        return dashboard.list_to_come(session, installation, limit, stream, period_start)
