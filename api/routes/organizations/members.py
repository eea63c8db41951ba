"""Members: who may act for an organization; invited by mail, made admins, removed."""

from fastapi import APIRouter

from api.http.bodies import StrictRoute
from api.http.parameters import InvitationId
from api.http.routing import COMMAND, READ, organization_router
from api.installation import CurrentInstallation
from api.security.in_person import InPerson
from api.security.organization_access import ActsInPerson, JustProved, Reading
from api.security.turns import OWN_TURN
from api.services.organizations import members
from api.services.organizations.members import (
    Invitation,
    InvitationView,
    Joined,
    MembersView,
    Removal,
    RoleChange,
)

router: APIRouter = organization_router("members")
joining = APIRouter(prefix="/v1/invitations", tags=["members"], route_class=StrictRoute)


@router.get("/members", responses=READ)
def list_members(reader: Reading, installation: CurrentInstallation) -> MembersView:
    """Who belongs to the organization, and who is invited."""
    with installation.database.reading() as session:
        return members.show_members(session, reader.organization_id)


@router.post("/members/invitations", status_code=201, responses=COMMAND)
def invite_member(admin: JustProved, installation: CurrentInstallation, body: Invitation) -> InvitationView:
    """Invite somebody by mail, for 14 days; inviting the same address again replaces the invitation."""
    return members.invite_member(installation, admin, body)


@router.post("/members/invitations/{invitation_id}/revoke", responses=COMMAND)
def revoke_invitation(
    admin: ActsInPerson, installation: CurrentInstallation, invitation_id: InvitationId
) -> MembersView:
    """Take an invitation back."""
    return members.revoke_invitation(installation, admin, invitation_id)


@router.post("/members/role", responses=COMMAND)
def change_role(admin: JustProved, installation: CurrentInstallation, body: RoleChange) -> MembersView:
    """Make a member an admin, or an admin a plain member; never the last admin.

    What a former admin has made ends as if they were removed.
    """
    return members.change_role(installation, admin, body)


@router.post("/members/remove", responses=COMMAND)
def remove_member(admin: JustProved, installation: CurrentInstallation, body: Removal) -> MembersView:
    """Remove a member, at once; never the last admin.

    Their invitations and API keys end for good; webhook endpoints that they made are disabled until a colleague
    enables them.
    """
    return members.remove_member(installation, admin, body)


@joining.get("/{invitation_id}", responses=READ, dependencies=[OWN_TURN])
def read_invitation(
    person: InPerson, installation: CurrentInstallation, invitation_id: InvitationId
) -> Joined:
    """What an invitation of yours is to."""
    with installation.database.reading() as session:
        return members.read_invitation(session, person, invitation_id)


@joining.post("/{invitation_id}/accept", responses=COMMAND, dependencies=[OWN_TURN])
def accept_invitation(
    person: InPerson, installation: CurrentInstallation, invitation_id: InvitationId
) -> Joined:
    """Accept an invitation of yours: the issuer must have verified the address that it went to."""
    return members.accept_invitation(installation, person, invitation_id)
