"""Members: who may act for an organization; invited by mail, made admins, removed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints
from sqlmodel import Session

from api.http.bodies import Body, Email
from api.http.problems import Problem, not_found
from api.installation import Installation
from api.security.organization_access import AdminInPerson, RecentAdmin
from api.security.tokens import Person
from api.services.ceilings import ceiling_as_problem
from mails.names import unlinked
from models.tables import InvitationRow
from storage.organizations import queries
from storage.organizations.ceilings import (
    refuse_more_invitations,
    refuse_more_members,
    refuse_more_memberships,
)
from storage.people import members, role_changes
from words.voice import Sentence

MemberRole = Literal["admin", "member"]
Subject = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,150}$")]


class MemberView(BaseModel):
    """Somebody who belongs to the organization; only admins may act."""

    subject: str
    name: str
    email: str | None
    role: str


class InvitationView(BaseModel):
    """An invitation that can still be accepted (real time)."""

    id: str
    email: str
    role: str
    invited_at: datetime
    expires_at: datetime


class MembersView(BaseModel):
    """Everybody who belongs to the organization, and who may join."""

    members: list[MemberView]
    invitations: list[InvitationView]


class Invitation(Body):
    """Whom to invite: the address must be the one that the issuer has verified."""

    email: Email
    role: MemberRole


class RoleChange(Body):
    """What a member is from now on."""

    subject: Subject
    role: MemberRole


class Removal(Body):
    """Who no longer belongs to the organization."""

    subject: Subject


class Joined(BaseModel):
    """The organization that was joined, and as what."""

    organization_id: str
    name: str
    role: str


def show_members(session: Session, organization_id: str) -> MembersView:
    """Everybody, as they stand now."""
    return MembersView(
        members=[
            MemberView(subject=row.subject, name=row.name, email=row.email, role=row.role)
            for row in members.members(session, organization_id)
        ],
        invitations=[
            InvitationView.model_validate(row, from_attributes=True)
            for row in members.invitations(session, organization_id)
        ],
    )


def invitation_text(role: str, organization: str, person: str, address: str) -> str:
    """What the mail of an invitation says: our words first, and the names, which anybody may choose, as names."""
    return (
        f"You are invited to join an organization here as {'an admin' if role == 'admin' else 'a member'}. "
        f"Sign in with this address at {address} to accept.\n\n"
        f"Organization: “{unlinked(organization)}”\n"
        f"Invited by: “{unlinked(person)}”\n\n"
        "These two names are the sender's own words. If you do not know them, ignore this mail: nothing happens then."
    )


def invite_member(installation: Installation, admin: RecentAdmin, body: Invitation) -> InvitationView:
    """Invite somebody by mail, for 14 days; inviting the same address again replaces the invitation."""
    invitation_id, policy = members.new_invitation_id(), installation.policy
    organization_id, person = admin.organization_id, admin.person
    with installation.database.transaction() as session:
        organization = queries.organization(session, organization_id)
        assert organization is not None
        with ceiling_as_problem():
            refuse_more_members(session, organization_id, body.email, policy.most_members)
            refuse_more_invitations(
                session,
                organization_id,
                body.email,
                person.subject,
                policy.most_invitations_a_day,
                policy.most_invitations_to_one,
            )
        address = f"{installation.settings.api_url}/invitations/{invitation_id}"
        text = invitation_text(body.role, organization.name, person.name, address)
        row = members.invite(
            session, organization_id, body.email, body.role, person.subject, text, invitation_id
        )
        return InvitationView.model_validate(row, from_attributes=True)


def revoke_invitation(installation: Installation, admin: AdminInPerson, invitation_id: str) -> MembersView:
    """Take an invitation back."""
    organization_id = admin.organization_id
    with installation.database.transaction() as session:
        if not members.revoke_invitation(session, organization_id, invitation_id, admin.person.subject):
            raise not_found(Sentence("This invitation does not exist here."))
        session.flush()
        return show_members(session, organization_id)


def change_role(installation: Installation, admin: RecentAdmin, body: RoleChange) -> MembersView:
    """Make a member an admin, or an admin a plain member; never the last admin."""
    return changed(installation, admin, body.subject, body.role)


def remove_member(installation: Installation, admin: RecentAdmin, body: Removal) -> MembersView:
    """Remove a member, at once; never the last admin."""
    return changed(installation, admin, body.subject, None)


def changed(installation: Installation, admin: RecentAdmin, subject: str, role: str | None) -> MembersView:
    """Give a member another role, or remove them when there is none."""
    organization_id, by = admin.organization_id, admin.person.subject
    try:
        with installation.database.transaction() as session:
            found = (
                role_changes.change_role(session, organization_id, subject, role, by)
                if role
                else role_changes.remove(session, organization_id, subject, by)
            )
            if not found:
                raise not_found(Sentence("This member does not exist here."))
            session.flush()
            return show_members(session, organization_id)
    except role_changes.LastAdmin:
        raise Problem(
            409, "last_admin", Sentence("This is the last admin; make somebody else an admin first.")
        ) from None


def read_invitation(session: Session, person: Person, invitation_id: str) -> Joined:
    """What somebody's invitation is to."""
    return invitation_to(session, invited(session, person, invitation_id))


def accept_invitation(installation: Installation, person: Person, invitation_id: str) -> Joined:
    """Join the organization that somebody is invited to."""
    with installation.database.transaction() as session:
        if done := members.belongs_already(session, invitation_id, person.subject, person.email):
            return invitation_to(session, done)
        row = invited(session, person, invitation_id)
        joined = invitation_to(session, row)
        with ceiling_as_problem():
            refuse_more_memberships(
                session, row.organization_id, person.subject, installation.policy.most_memberships
            )
        if not members.accept(session, row, person.subject, person.name, person.email):
            raise not_found(Sentence("This invitation does not exist here."))
        return joined


def invited(session: Session, person: Person, invitation_id: str) -> InvitationRow:
    """Somebody's invitation; 404 for everybody else's, and for those that have ended."""
    row = members.open_invitation(session, invitation_id, person.email)
    if row is None:
        raise not_found(Sentence("This invitation does not exist here."))
    return row


def invitation_to(session: Session, row: InvitationRow) -> Joined:
    """What an invitation is to."""
    organization = queries.organization(session, row.organization_id)
    assert organization is not None
    return Joined(organization_id=organization.id, name=organization.name, role=row.role)
