"""Who may read an organization, and who acts for it: what the database says at every request."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Path, Request
from sqlmodel import Session

from api.http.problems import Problem, not_found
from api.installation import CurrentInstallation, Installation
from api.security.identity import SignedIn, shown_by
from api.security.in_person import InPerson, JustSignedIn, refuse_key
from api.security.staff_access import DECIDING, STAFF
from api.security.tokens import Person
from api.security.turns import visiting
from models.commands import Actor, Role
from models.tables import OrganizationRow
from storage.people.roles import admins, membership, staff_roles
from words.voice import Sentence

OrganizationId = Annotated[str, Path(pattern=r"^org_[0-9A-Za-z]{1,40}$")]


@dataclass(frozen=True)
class Reader:
    """Somebody who may read an organization.

    Attributes:
        role: as an admin of it, or as platform staff (an auditor counts as nobody in particular).
    """

    person: Person
    organization_id: str
    role: Role | None

    @property
    def actor(self) -> Actor | None:
        """Who they are to the pipeline; ``None`` for auditors, who can do nothing."""
        return Actor(role=self.role, id=self.person.subject) if self.role else None

    @property
    def share(self) -> str:
        """In whose share they read: the platform's staff not in that of the organization."""
        return self.organization_id if self.role is Role.ADMIN else f"staff {self.person.subject}"


def read_organization(person: Person, installation: Installation, organization_id: str) -> Reader:
    """Admins and staff may read; 403 for other members, 404 for strangers."""
    with installation.database.reading() as session:
        return reader_of(session, person, organization_id)


def reader_of(session: Session, person: Person, organization_id: str) -> Reader:
    """As what somebody may read an organization; raises Problem."""
    if person.key is not None:
        # The database has just said that its maker is an admin there.
        if person.key.organization_id != organization_id:
            raise not_found(Sentence("This organization does not exist here."))
        return Reader(person, organization_id, Role.ADMIN)
    member = membership(session, organization_id, person.subject)
    if member == "admin":
        return Reader(person, organization_id, Role.ADMIN)
    roles = staff_roles(session, person.subject)
    exists = session.get(OrganizationRow, organization_id) is not None
    if exists and roles.intersection(STAFF):
        able = () if member else DECIDING  # they may look, but not decide for their own organization
        return Reader(person, organization_id, next((role for role in able if role in roles), None))
    if member is None:
        raise not_found(Sentence("This organization does not exist here."))
    names = ", ".join(admin.name for admin in admins(session, organization_id))
    raise Problem(
        403,
        "not_an_admin",
        Sentence("Only registered organization admins may use this. The admins are: {names}.", names=names),
    )


async def come_to_organization(
    request: Request, person: SignedIn, installation: CurrentInstallation, organization_id: OrganizationId
) -> Reader:
    """Only those who may read an organization."""
    return await installation.queues.lookups.run(
        shown_by(request), read_organization, person, installation, organization_id
    )


MayRead = Annotated[Reader, Depends(come_to_organization)]


async def read_in_turn(
    request: Request, installation: CurrentInstallation, reader: MayRead
) -> AsyncIterator[Reader]:
    """Whoever reads an organization, in its share, or in the staff's."""
    queue = installation.queues.pages if reader.role is Role.ADMIN else installation.queues.staff
    async with visiting(request, queue, reader.share):
        yield reader


Reading = Annotated[Reader, Depends(read_in_turn, scope="function")]


async def make_in_turn(installation: CurrentInstallation, reader: MayRead) -> AsyncIterator[None]:
    """For what makes a file: its turn is waited for before one of the shared threads is asked for."""
    async with installation.queues.made_files.turn(reader.share):
        yield


IN_TURN = Depends(make_in_turn, scope="function")


@dataclass(frozen=True)
class OrganizationAdmin(Reader):
    """An admin of an organization, who may act for it; a machine with a key of theirs, too."""

    role: Literal[Role.ADMIN] = Role.ADMIN

    @property
    def actor(self) -> Actor:
        """Who they are to the pipeline."""
        return Actor(role=self.role, id=self.person.subject)


@dataclass(frozen=True)
class AdminInPerson(OrganizationAdmin):
    """An admin who has signed in, not a machine."""


@dataclass(frozen=True)
class RecentAdmin(AdminInPerson):
    """An admin who has proved in the last minutes who they are: for what gives somebody power, or sends something out."""


def act_for_organization(reader: Reader) -> OrganizationAdmin:
    """Only admins act for an organization; staff may look."""
    if reader.role is not Role.ADMIN:
        raise Problem(
            403,
            "staff_may_not",
            Sentence("Only the organization's admins may do this. Staff decide at /v1/operator/decisions."),
        )
    key = reader.person.key
    if key is not None and "act" not in key.scopes:
        raise Problem(
            403, "scope_missing", Sentence("This API key may only read; make one with the scope act.")
        )
    return OrganizationAdmin(reader.person, reader.organization_id)


def act_in_person(reader: Reader, person: Person) -> AdminInPerson:
    """Only admins who have signed in; no keys."""
    return AdminInPerson(refuse_key(person), act_for_organization(reader).organization_id)


async def come_as_admin(reader: Reading) -> OrganizationAdmin:
    """Only an organization's admins."""
    return act_for_organization(reader)


Admin = Annotated[OrganizationAdmin, Depends(come_as_admin)]


async def come_as_admin_in_person(admin: Admin, person: InPerson) -> AdminInPerson:
    """Only admins who have signed in; no keys."""
    return act_in_person(admin, person)


async def come_as_recent_admin(admin: Admin, person: JustSignedIn) -> RecentAdmin:
    """Only admins who have just signed in."""
    return RecentAdmin(person, admin.organization_id)


ActsInPerson = Annotated[AdminInPerson, Depends(come_as_admin_in_person)]


JustProved = Annotated[RecentAdmin, Depends(come_as_recent_admin)]
