"""Contracts: listed, read, and signed as they were read."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page
from api.console.prerequisites import locks
from api.routes.onboarding.contracts import Signature, list_contracts, read_contract, sign_contract
from api.services.commands import Asking
from api.services.views import Done
from models.documents import Feature

router = APIRouter(prefix="/organizations/{organization_id}/contracts", include_in_schema=False)


def draw(page: Page, feature: Feature) -> HTMLResponse:
    """A feature's contract with the form to sign it."""
    assert page.reader is not None
    read = Response()
    view = read_contract(page.reader, page.here, feature, read)
    locked = locks(page.standing(), "contract.sign", view.document_id)
    return page.show("onboarding/contract.html", view=view, etag=read.headers["ETag"], locks=locked)


@router.get("")
def contracts(page: OrganizationPage) -> HTMLResponse:
    """The contracts, one for each feature."""
    assert page.reader is not None
    views = list_contracts(page.reader, page.here)
    standing = page.standing()
    locked = {view.document_id: locks(standing, "contract.sign", view.document_id) for view in views}
    return page.show("onboarding/contracts.html", views=views, locks=locked)


@router.get("/{feature}")
def contract(page: OrganizationPage, feature: Feature) -> HTMLResponse:
    """A feature's contract."""
    return draw(page, feature)


@router.post("/{feature}/sign")
async def sign(page: OrganizationPage, feature: Feature, form: Posted) -> Response:
    """Sign it."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        body = sent.read(Signature, {"accept": sent.first("accept") == "true"})
        return await sign_contract(asking, feature, body)

    return await page.carry_out(form, act, lambda again: draw(again, feature))
