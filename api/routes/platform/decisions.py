"""The platform's side: what waits for its staff, and their decisions."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from api.http.bodies import StrictRoute
from api.http.idempotency import KeyHeader, idempotent_request, principal_of
from api.http.parameters import IfMatch, Limit, QueueCursor, StartingAfter
from api.http.routing import COMMAND, READ
from api.installation import CurrentInstallation
from api.security.staff_access import AsStaff
from api.services.commands import command_context
from api.services.platform import decisions, replacement
from api.services.platform.decisions import Decision, OrganizationSummary, QueueFilter, QueuePage
from api.services.platform.replacement import ReplacementView, WantedReplacement
from api.services.views import Done, Paged
from lifecycle.machines import MACHINES, moves_money
from models.commands import Role

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=StrictRoute)
MACHINE = f"^({'|'.join(MACHINES)})$"
WaitingFor = Annotated[Literal["operator", "finance"] | None, Query(description="only for that role")]


@router.get("/queue", responses=READ)
def read_queue(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: QueueCursor = None,
    waiting_for: WaitingFor = None,
    machine: Annotated[str | None, Query(pattern=MACHINE)] = None,
    late: bool | None = None,
    organization_id: Annotated[str | None, Query(pattern=r"^org_[0-9A-Za-z]{1,40}$")] = None,
    assignee: Annotated[
        Literal["me", "nobody"] | None, Query(description="only your own cases, or those that nobody has")
    ] = None,
) -> QueuePage:
    """What people of the platform must decide or may: urgent cases first, and of those the longest waiting.

    It holds reviews that people decide, those that a provider has left to them (`doubts`), and those that are late at
    an outside desk. `totals` counts all of it, and what is at outside desks and not late, whatever the filters.
    """
    wanted = QueueFilter(waiting_for, machine, late, organization_id, assignee)
    with installation.database.reading() as session:
        return decisions.show_queue(session, installation, staff, limit, starting_after, wanted)


@router.get("/organizations", responses=READ)
def list_organizations(
    staff: AsStaff,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
    waiting_for: Annotated[Role | None, Query(description="only those that wait for that role")] = None,
) -> Paged[OrganizationSummary]:
    """All organizations, the oldest first."""
    with installation.database.reading() as session:
        return decisions.list_organizations(session, installation, limit, starting_after, waiting_for)


@router.post("/decisions", responses=COMMAND)
async def decide(
    request: Request,
    staff: AsStaff,
    installation: CurrentInstallation,
    body: Decision,
    key: KeyHeader = None,
    if_match: IfMatch = None,
) -> Done:
    """Decide on a document, as an operator or a finance approver, whichever the rules ask for.

    With `If-Match` (the `etag` of the queue) only on what was read: 412 when it is another by now.

    Decisions that move money need an `Idempotency-Key`: those on payouts and payout accounts, `invoice.approve` and
    `statement.replace`.
    """
    principal = principal_of(body.organization_id, staff.person)
    required = moves_money(body.action)
    request_once = await idempotent_request(request, installation.database, principal, key, required)
    worker = staff.on_case_of(body.organization_id)
    context = command_context(request, installation, worker, request_once, if_match)
    return await decisions.decide(context, staff, body)


@router.post("/replacements/preview", responses=COMMAND)
def preview_replacement(
    staff: AsStaff, installation: CurrentInstallation, body: WantedReplacement
) -> ReplacementView:
    """The statement that `statement.replace` would issue now, beside the appealed one; nothing of it is kept.

    It is worked out in the same way as it is issued. Send its `digest` as the decision's `preview`, and nothing but what
    you have seen is agreed to: 409 (`preview_outdated`) when something was reported meanwhile that counts in it.
    """
    return replacement.preview(installation, staff, body)
