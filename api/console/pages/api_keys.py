"""API keys: made, shown once, revoked."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page
from api.http.problems import Problem
from api.queues import in_thread
from api.routes.organizations import api_keys
from api.security.identity import JustSignedIn, Reader, act_for_organization
from api.services.commands import Asking

router = APIRouter(prefix="/organizations/{organization_id}/api-keys", include_in_schema=False)


def draw(page: Page, made: api_keys.MadeApiKey | None = None) -> HTMLResponse:
    """The organization's keys; one that was made just now with its token, this once."""
    assert page.reader is not None
    admin = act_for_organization(page.reader)
    keys = api_keys.list_api_keys(admin, admin.person, page.here)
    return page.show("organization/api_keys.html", keys=keys, made=made)


@router.get("")
def keys(page: OrganizationPage) -> HTMLResponse:
    """The keys."""
    return draw(page)


@router.post("")
async def make(request: Request, page: OrganizationPage, form: Posted, person: JustSignedIn) -> Response:
    """Make a key; the answer shows its token and cannot be had again."""

    async def act(asking: Asking, sent: Submitted) -> api_keys.MadeApiKey:
        assert page.reader is not None
        body = sent.read(api_keys.NewApiKey)
        return await in_thread(api_keys.make_api_key, asking.keyed, page.reader, person, page.here, body)

    try:
        made = await page.once(form, act)
    except Problem as problem:
        if problem.code in ("unauthenticated", "recent_sign_in_needed"):
            raise
        again = Page(request, page.here, page.person, page.reader, posted=form, problem=problem)
        return await in_thread(draw, again)
    return await in_thread(draw, page, made)


@router.post("/{key_id}/revoke")
async def revoke(page: OrganizationPage, key_id: api_keys.KeyId, form: Posted) -> Response:
    """End a key."""

    def work(admin: Reader, sent: Submitted) -> None:
        api_keys.revoke_api_key(admin, admin.person, page.here, key_id)

    return await page.carry_out_once(form, work, draw, f"{page.base}/api-keys")
