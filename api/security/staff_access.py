"""Who works for the platform, and may decide for it: what the database says at every request."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.http.problems import Problem
from api.installation import CurrentInstallation, Installation
from api.security.identity import shown_by
from api.security.in_person import InPerson
from api.security.tokens import Person
from api.security.turns import visiting
from models.commands import Actor, Role
from storage.people.roles import staff_roles
from words.voice import Sentence

STAFF = ("operator", "finance", "auditor")


DECIDING = (Role.OPERATOR, Role.FINANCE)


@dataclass(frozen=True)
class Staff:
    """Somebody who works for the platform."""

    person: Person
    roles: frozenset[str]

    @property
    def deciding(self) -> tuple[Role, ...]:
        """The roles in which they may decide."""
        return tuple(role for role in DECIDING if role in self.roles)

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Who they are to the pipeline, in each role in which they may decide."""
        return tuple(Actor(role=role, id=self.person.subject) for role in self.deciding)

    def on_case_of(self, organization_id: str) -> "CaseWorker":
        """The same, before something of an organization."""
        return CaseWorker(self.person, self.roles, organization_id)


@dataclass(frozen=True)
class CaseWorker(Staff):
    """Somebody of the staff who wants to decide on something of an organization."""

    organization_id: str

    @property
    def actor(self) -> Actor:
        """Who they are to the pipeline, until it is known in which of their roles they may do it."""
        return Actor(role=next(iter(self.deciding), Role.OPERATOR), id=self.person.subject)


@dataclass(frozen=True)
class DecidingStaff(Staff):
    """An operator or a finance approver, not an auditor."""


def refuse_onlookers(staff: Staff) -> DecidingStaff:
    """Only those who may decide; 403 for auditors."""
    if not staff.deciding:
        raise Problem(403, "wrong_role", Sentence("Auditors look; they do not take cases."))
    return DecidingStaff(staff.person, staff.roles)


def work_for_platform(person: Person, installation: Installation) -> Staff:
    """Only the platform's staff; 403 for everybody else."""
    with installation.database.reading() as session:
        roles = staff_roles(session, person.subject)
    if not roles.intersection(STAFF):
        raise Problem(
            403, "not_staff", Sentence("Only operators, finance approvers and auditors may use this.")
        )
    return Staff(person, frozenset(roles))


async def work_in_turn(
    request: Request, person: InPerson, installation: CurrentInstallation
) -> AsyncIterator[Staff]:
    """Only the platform's staff, who have a queue of their own."""
    staff = await installation.queues.lookups.run(shown_by(request), work_for_platform, person, installation)
    async with visiting(request, installation.queues.staff, f"staff {person.subject}"):
        yield staff


AsStaff = Annotated[Staff, Depends(work_in_turn, scope="function")]


async def come_to_decide(staff: AsStaff) -> DecidingStaff:
    """Only those of the staff who may decide."""
    return refuse_onlookers(staff)


AsDecidingStaff = Annotated[DecidingStaff, Depends(come_to_decide)]
