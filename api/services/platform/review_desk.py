"""The staff's desk: claims, search, and how much waits for how long."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints
from sqlmodel import Session

from api.http.bodies import Body
from api.http.problems import Problem, not_found
from api.installation import Installation
from api.security.staff_access import DecidingStaff
from api.services.platform.decisions import OrganizationSummary, show_organizations
from api.services.views import Paged
from storage.organizations import queries
from storage.people import staff_desk, ticket_search
from storage.people.ticket_search import OF_EACH, Found, Hits
from words.voice import Sentence


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


@dataclass(frozen=True)
class SearchFilter:
    """Which organizations somebody looks for.

    Attributes:
        text: part of a name, or an id.
        before: that began earlier (programme time).
    """

    text: str | None = None
    machine: str | None = None
    state: str | None = None
    waiting_for: str | None = None
    country: str | None = None
    before: datetime | None = None


def search(
    session: Session, installation: Installation, limit: int, after: str | None, wanted: SearchFilter
) -> Paged[OrganizationSummary]:
    """Organizations by name or id, state, actor, country and age."""
    found = staff_desk.search(session, limit, after, **vars(wanted))
    return show_organizations(session, installation, found)


def find(
    session: Session, installation: Installation, text: str, kind: Found | None = None, of_each: int = OF_EACH
) -> Hits:
    """What a text from a support ticket may mean: a name, number, reference, address or period, in part or misspelt."""
    return ticket_search.find(session, installation.keyring, text, kind, of_each)


def claim(installation: Installation, staff: DecidingStaff, case: Case) -> ClaimView:
    """Take a case, so that others see who is at work on it; 409 when somebody else has it."""
    person = staff.person
    with installation.database.transaction() as session:
        if queries.document(session, case.organization_id, case.document_id) is None:
            raise not_found(Sentence("This case does not exist here."))
        row = staff_desk.claim(session, case.organization_id, case.document_id, person.subject, person.name)
        if row.subject != person.subject:
            raise Problem(
                409, "claimed", Sentence("{who} has this case; talk to them, or give it back.", who=row.name)
            )
        return ClaimView.model_validate(row, from_attributes=True)


def unclaim(installation: Installation, staff: DecidingStaff, case: Case) -> None:
    """Give a case back; whoever of the staff may decide may do so for a colleague."""
    with installation.database.transaction() as session:
        staff_desk.unclaim(session, case.organization_id, case.document_id)
