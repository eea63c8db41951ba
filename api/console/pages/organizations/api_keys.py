"""API keys: made, shown once, revoked."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import run_once, show_secret
from api.http.idempotency import IdempotentRequest
from api.http.parameters import KeyId
from api.queues import in_thread
from api.security.organization_access import JustProved
from api.services.organizations import api_keys
from api.services.organizations.api_keys import MadeApiKey, NewApiKey

router = APIRouter(prefix="/organizations/{organization_id}/api-keys", include_in_schema=False)


def draw(page: OrganizationPage, made: MadeApiKey | None = None) -> HTMLResponse:
    """The organization's keys; one that was made just now with its token, this once."""
    with page.reading() as session:
        keys = api_keys.list_api_keys(session, page.admin())
        return page.show(session, "organizations/api_keys.html", keys=keys, made=made)


@router.get("")
def list_keys(page: OfOrganization) -> HTMLResponse:
    """The keys."""
    return draw(page)


@router.post("")
async def make(page: OfOrganization, form: Posted, admin: JustProved) -> Response:
    """Make a key; the answer shows its token and cannot be had again."""

    async def made(request: IdempotentRequest) -> MadeApiKey:
        body = form.read(NewApiKey)
        return await in_thread(api_keys.make_api_key, page.installation, admin, request, body)

    return await show_secret(page, form, made, draw)


@router.post("/{key_id}/revoke")
async def revoke(page: OfOrganization, key_id: KeyId, form: Posted) -> Response:
    """End a key."""
    return await run_once(
        page,
        form,
        lambda sent: api_keys.revoke_api_key(page.installation, page.admin(), key_id),
        draw,
        f"{page.base}/api-keys",
    )
