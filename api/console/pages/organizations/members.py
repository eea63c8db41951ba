"""Members: who may act for the organization, who is invited, and joining it."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted
from api.console.page import OfOrganization, OfPerson, OrganizationPage
from api.console.submission import run_once
from api.http.parameters import InvitationId
from api.security.organization_access import JustProved
from api.services.organizations import members
from api.services.organizations.members import Invitation, Removal, RoleChange

router = APIRouter(include_in_schema=False)

ORGANIZATION = "/organizations/{organization_id}/members"


def draw(page: OrganizationPage) -> HTMLResponse:
    """Everybody who belongs to the organization, and who is invited."""
    with page.reading() as session:
        view = members.show_members(session, page.reader.organization_id)
        return page.show(session, "organizations/members.html", view=view)


@router.get(ORGANIZATION)
def list_members(page: OfOrganization) -> HTMLResponse:
    """The members."""
    return draw(page)


@router.post(f"{ORGANIZATION}/invitations")
async def invite(page: OfOrganization, form: Posted, admin: JustProved) -> Response:
    """Invite somebody."""
    return await run_once(
        page,
        form,
        lambda sent: members.invite_member(page.installation, admin, sent.read(Invitation)),
        draw,
    )


@router.post(f"{ORGANIZATION}/invitations/{{invitation_id}}/revoke")
async def revoke(page: OfOrganization, invitation_id: InvitationId, form: Posted) -> Response:
    """Take an invitation back."""
    return await run_once(
        page,
        form,
        lambda sent: members.revoke_invitation(page.installation, page.admin(), invitation_id),
        draw,
    )


@router.post(f"{ORGANIZATION}/role")
async def change_role(page: OfOrganization, form: Posted, admin: JustProved) -> Response:
    """Make somebody an admin, or a plain member."""
    return await run_once(
        page, form, lambda sent: members.change_role(page.installation, admin, sent.read(RoleChange)), draw
    )


@router.post(f"{ORGANIZATION}/remove")
async def remove(page: OfOrganization, form: Posted, admin: JustProved) -> Response:
    """Remove somebody."""
    return await run_once(
        page, form, lambda sent: members.remove_member(page.installation, admin, sent.read(Removal)), draw
    )


@router.get("/invitations/{invitation_id}")
def invitation(page: OfPerson, invitation_id: InvitationId) -> HTMLResponse:
    """An invitation, to be accepted by whom it went to."""
    with page.reading() as session:
        joined = members.read_invitation(session, page.person, invitation_id)
        return page.show(session, "organizations/invitation.html", joined=joined, invitation_id=invitation_id)


@router.post("/invitations/{invitation_id}/accept")
def accept(page: OfPerson, invitation_id: InvitationId) -> Response:
    """Join the organization."""
    joined = members.accept_invitation(page.installation, page.person, invitation_id)
    return RedirectResponse(
        f"/organizations/{joined.organization_id}" if joined.role == "admin" else "/", 303
    )
