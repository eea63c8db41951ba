"""The staff's desk: claims, search, and how much waits for how long."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.http.bodies import Moment, StrictRoute
from api.http.parameters import Limit, StartingAfter
from api.http.routing import COMMAND, READ
from api.installation import CurrentInstallation
from api.security.staff_access import AsDecidingStaff, AsStaff
from api.services.platform import review_desk
from api.services.platform.decisions import OrganizationSummary
from api.services.platform.review_desk import Case, ClaimView, SearchFilter
from api.services.views import Paged
from lifecycle.machines import MACHINES
from models.commands import Role
from storage.people.ticket_search import OF_EACH, Found, Hits

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=StrictRoute)
MACHINE = f"^({'|'.join(MACHINES)})$"


@router.get("/search", responses=READ)
def search(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
    text: Annotated[str | None, Query(max_length=100, description="part of a name, or an id")] = None,
    machine: Annotated[str | None, Query(pattern=MACHINE)] = None,
    state: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    waiting_for: Role | None = None,
    country: Annotated[str | None, Query(pattern=r"^[A-Z]{2}$")] = None,
    before: Annotated[Moment | None, Query(description="that began earlier (programme time)")] = None,
) -> Paged[OrganizationSummary]:
    """Organizations by name or id, state, actor, country and age."""
    wanted = SearchFilter(text, machine, state, waiting_for, country, before)
    with installation.database.reading() as session:
        return review_desk.search(session, installation, limit, starting_after, wanted)


@router.get("/find", responses=READ)
def find(
    staff: AsStaff,
    installation: CurrentInstallation,
    text: Annotated[str, Query(max_length=100, description="three characters at least")] = "",
    kind: Annotated[Found | None, Query(description="only that kind")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="how many of each kind at most")] = OF_EACH,
) -> Hits:
    """What a support ticket may mean: the name of an organization, game or person, an e-mail address, the number of an
    invoice, the reference of a payment, the period of a statement (`October 2026`, `2026-10-15`), a whole registration
    number or an id.

    A part of it is enough; where nothing has it in it, you get what is spelt alike. The shortest names come first. Where
    `more` names a kind, ask for that kind alone with a higher `limit`, or for a longer text.
    """
    with installation.database.reading() as session:
        return review_desk.find(session, installation, text, kind, limit)


@router.post("/claims", responses=COMMAND)
def claim(staff: AsDecidingStaff, installation: CurrentInstallation, body: Case) -> ClaimView:
    """Take a case, so that others see who is at work on it; 409 when somebody else has it."""
    return review_desk.claim(installation, staff, body)


@router.post("/claims/unclaim", responses=COMMAND)
def unclaim(staff: AsDecidingStaff, installation: CurrentInstallation, body: Case) -> Literal["unclaimed"]:
    """Give a case back."""
    review_desk.unclaim(installation, staff, body)
    return "unclaimed"
