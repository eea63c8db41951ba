"""Members: who may act for the organization, who is invited, and joining it."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, OwnPage, Page
from api.routes.organizations import members
from api.security.identity import JustSignedIn, Reader

router = APIRouter(include_in_schema=False)

ORGANIZATION = "/organizations/{organization_id}/members"


def draw(page: Page) -> HTMLResponse:
    """Everybody who belongs to the organization, and who is invited."""
    assert page.reader is not None
    return page.show("organization/members.html", view=members.list_members(page.reader, page.here))


@router.get(ORGANIZATION)
def list_members(page: OrganizationPage) -> HTMLResponse:
    """The members."""
    return draw(page)


async def change(page: Page, form: Submitted, how: Callable[[Reader, Submitted], object]) -> Response:
    """Have the members changed."""

    def work(admin: Reader, sent: Submitted) -> None:
        how(admin, sent)

    return await page.carry_out_once(form, work, draw)


@router.post(f"{ORGANIZATION}/invitations")
async def invite(page: OrganizationPage, form: Posted, person: JustSignedIn) -> Response:
    """Invite somebody."""

    def how(admin: Reader, sent: Submitted) -> object:
        return members.invite_member(admin, person, page.here, sent.read(members.Invitation))

    return await change(page, form, how)


@router.post(f"{ORGANIZATION}/invitations/{{invitation_id}}/revoke")
async def revoke(page: OrganizationPage, invitation_id: members.InvitationId, form: Posted) -> Response:
    """Take an invitation back."""

    def how(admin: Reader, sent: Submitted) -> object:
        return members.revoke_invitation(admin, admin.person, page.here, invitation_id)

    return await change(page, form, how)


@router.post(f"{ORGANIZATION}/role")
async def change_role(page: OrganizationPage, form: Posted, person: JustSignedIn) -> Response:
    """Make somebody an admin, or a plain member."""

    def how(admin: Reader, sent: Submitted) -> object:
        return members.change_role(admin, person, page.here, sent.read(members.RoleChange))

    return await change(page, form, how)


@router.post(f"{ORGANIZATION}/remove")
async def remove(page: OrganizationPage, form: Posted, person: JustSignedIn) -> Response:
    """Remove somebody."""

    def how(admin: Reader, sent: Submitted) -> object:
        return members.remove_member(admin, person, page.here, sent.read(members.Removal))

    return await change(page, form, how)


@router.get("/invitations/{invitation_id}")
def invitation(page: OwnPage, invitation_id: members.InvitationId) -> HTMLResponse:
    """An invitation, to be accepted by whom it went to."""
    assert page.person is not None
    joined = members.read_invitation(page.person, page.here, invitation_id)
    return page.show("organization/invitation.html", joined=joined, invitation_id=invitation_id)


@router.post("/invitations/{invitation_id}/accept")
def accept(page: OwnPage, invitation_id: members.InvitationId) -> Response:
    """Join the organization."""
    assert page.person is not None
    joined = members.accept_invitation(page.person, page.here, invitation_id)
    return RedirectResponse(
        f"/organizations/{joined.organization_id}" if joined.role == "admin" else "/", 303
    )
