"""Contracts: listed, read, and signed as they were read."""

from functools import partial

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OfOrganization, OrganizationPage
from api.console.prerequisites import unmet_prerequisites
from api.console.submission import submit
from api.services.onboarding.contracts import Signature, show_contract, show_contracts, sign_contract
from models.documents import Feature

router = APIRouter(prefix="/organizations/{organization_id}/contracts", include_in_schema=False)


def draw(page: OrganizationPage, feature: Feature) -> HTMLResponse:
    """A feature's contract with the form to sign it."""
    with page.snapshot() as snapshot:
        view = show_contract(snapshot, feature)
        return page.show(
            snapshot.session,
            "onboarding/contract.html",
            view=view,
            etag=snapshot.etag(view.document_id),
            unmet_prerequisites=unmet_prerequisites(snapshot, "contract.sign", view.document_id),
        )


@router.get("")
def contracts(page: OfOrganization) -> HTMLResponse:
    """The contracts, one for each feature."""
    with page.snapshot() as snapshot:
        views = show_contracts(snapshot)
        unmet = {
            view.document_id: unmet_prerequisites(snapshot, "contract.sign", view.document_id)
            for view in views
        }
        return page.show(
            snapshot.session, "onboarding/contracts.html", views=views, unmet_prerequisites=unmet
        )


@router.get("/{feature}")
def contract(page: OfOrganization, feature: Feature) -> HTMLResponse:
    """A feature's contract."""
    return draw(page, feature)


@router.post("/{feature}/sign")
async def sign(page: OfOrganization, feature: Feature, form: Posted) -> Response:
    """Sign it."""

    def signature(sent: Submitted) -> Signature:
        return sent.read(Signature, {"accept": sent.first("accept") == "true"})

    return await submit(
        page,
        form,
        lambda context, sent: sign_contract(context, feature, signature(sent)),
        partial(draw, feature=feature),
    )
