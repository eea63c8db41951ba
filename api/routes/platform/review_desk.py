"""The staff's desk: claims, search, and how much waits for how long."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, StringConstraints

from api.http.bodies import Body, Moment, StrictRoute
from api.http.problems import Problem, not_found
from api.http.routing import COMMAND, READ, Limit, StartingAfter
from api.installation import Here
from api.routes.platform.decisions import OrganizationSummary, show_organizations
from api.security.identity import AsStaff
from api.services.views import Paged
from lifecycle.machines import MACHINES
from models.commands import Role
from storage.organizations import queries
from storage.people import staff_desk

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=StrictRoute)

MACHINE = f"^({'|'.join(MACHINES)})$"


class StateCount(BaseModel):
    """How many documents stand in a state, whom they wait for, and since when the oldest does (programme time)."""

    machine: str
    state: str
    waits_for: Role | None
    count: int
    oldest: datetime


class Dashboard(BaseModel):
    """Where everything stands: how much waits for whom, how long, and what has failed.

    Attributes:
        counted_at: when (programme time). To count millions of documents takes a while, so an answer is given again
            for twenty times as long as that took.
    """

    counted_at: datetime
    states: list[StateCount]
    waiting_for_staff: int
    failed_payouts: int


class Case(Body):
    """A document that somebody of the staff works on."""

    organization_id: Annotated[str, StringConstraints(pattern=r"^org_[0-9A-Za-z]{1,40}$")]
    document_id: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(/[0-9A-Za-z_]+){0,2}$", max_length=200)]


class ClaimView(BaseModel):
    """Who has a case (real time)."""

    organization_id: str
    document_id: str
    subject: str
    name: str
    since: datetime


FAILED = (
    "awaiting_account",
    "awaiting_funds",
    "declined",
    "outcome_unresolved",
    "resolution_proposed",
    "returned",
    "overpaid",
    "paid_in_error",
    "owed_again",
)
"""States of payouts in which somebody must do something."""


@router.get("/dashboard", responses=READ)
def read_dashboard(staff: AsStaff, here: Here) -> Dashboard:
    """How much waits for whom, and for how long."""
    counted_at, counted = here.dashboard.get()
    return Dashboard(
        counted_at=counted_at,
        states=[StateCount.model_validate(count, from_attributes=True) for count in counted],
        waiting_for_staff=sum(count.count for count in counted if count.waits_for in staff_desk.STAFF),
        failed_payouts=sum(
            count.count for count in counted if count.machine == "payout" and count.state in FAILED
        ),
    )


@router.get("/search", responses=READ)
def search(
    staff: AsStaff,
    here: Here,
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
    with here.database.reading() as session:
        found = staff_desk.search(
            session, limit, starting_after, text, machine, state, waiting_for, country, before
        )
        return show_organizations(session, here, found)


@router.post("/claims", responses=COMMAND)
def claim(staff: AsStaff, here: Here, body: Case) -> ClaimView:
    """Take a case, so that others see who is at work on it; 409 when somebody else has it."""
    if not staff.deciding:
        raise Problem(403, "wrong_role", "Auditors look; they do not take cases.")
    with here.database.transaction() as session:
        if queries.document(session, body.organization_id, body.document_id) is None:
            raise not_found("This case")
        person = staff.person
        row = staff_desk.claim(session, body.organization_id, body.document_id, person.subject, person.name)
        if row.subject != person.subject:
            raise Problem(409, "claimed", f"{row.name} has this case; talk to them, or give it back.")
        return ClaimView.model_validate(row, from_attributes=True)


@router.post("/claims/release", responses=COMMAND)
def give_back(staff: AsStaff, here: Here, body: Case) -> Literal["released"]:
    """Give a case back."""
    if not staff.deciding:
        raise Problem(403, "wrong_role", "Auditors look; they do not take cases.")
    with here.database.transaction() as session:
        staff_desk.release(session, body.organization_id, body.document_id)
    return "released"
