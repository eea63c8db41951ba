"""Organizations: their beginning, where they stand, and what has happened."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.bodies import StrictRoute
from api.http.idempotency import KeyHeader, idempotent_request
from api.http.parameters import Limit
from api.http.routing import COMMAND, READ, organization_router
from api.installation import CurrentInstallation
from api.security.in_person import InPerson
from api.security.organization_access import Reading
from api.security.turns import OWN_TURN
from api.services.organization_snapshot import open_snapshot
from api.services.organizations import organizations
from api.services.organizations.organizations import (
    BlockersView,
    NewOrganization,
    OrganizationView,
)
from api.services.organizations.timeline import EventView, show_timeline
from api.services.payments.forecast import estimated
from api.services.views import Paged

beginnings = APIRouter(prefix="/v1/organizations", tags=["organization"], route_class=StrictRoute)
router: APIRouter = organization_router("organization")


@beginnings.post("", status_code=201, responses=COMMAND, dependencies=[OWN_TURN])
async def create(
    request: Request,
    response: Response,
    person: InPerson,
    installation: CurrentInstallation,
    body: NewOrganization,
    key: KeyHeader = None,
) -> OrganizationView:
    """Begin an organization's life. Send an Idempotency-Key, so that a repeated request makes it once."""
    request_once = await idempotent_request(request, installation.database, f"new/{person.subject}", key)
    founded = await organizations.found_organization(installation, person, request_once, body)
    if founded.before:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Location"] = f"/v1/organizations/{founded.view.id}"
    return founded.view


@router.get("", responses=READ)
def read_organization(reader: Reading, installation: CurrentInstallation) -> OrganizationView:
    """Where the organization stands, what to do next, and what stands between it and its money."""
    with open_snapshot(installation, reader) as snapshot:
        return organizations.show_organization(snapshot)


@router.get("/blockers", responses=READ)
def read_blockers(reader: Reading, installation: CurrentInstallation) -> BlockersView:
    """Why am I not paid? Everything at once: who must act, until when, and which money waits for it."""
    with open_snapshot(installation, reader) as snapshot:
        return organizations.show_blockers(snapshot, estimated(snapshot))


@router.get("/timeline", responses=READ)
def read_timeline(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    document_id: Annotated[
        str | None, Query(pattern=r"^[a-z_]+(/[0-9A-Za-z_]+){0,2}$", max_length=200)
    ] = None,
) -> Paged[EventView]:
    """What has happened, the newest first; of one document, if it is named."""
    after = int(starting_after) if starting_after else None
    with installation.database.reading() as session:
        return show_timeline(session, reader, limit, after, document_id)
