"""Business verification and industry qualification: filled in, corrected, renewed."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.formatting import unpayable
from api.console.forms import Posted
from api.console.kept.prefill import marked, prefilled
from api.console.page import OfOrganization, OrganizationPage
from api.console.prerequisites import unmet_prerequisites
from api.console.submission import submit
from api.services.onboarding import verification
from api.services.onboarding.verification import Information, QualificationForm, VerificationForm
from models.states import VerificationState

router = APIRouter(prefix="/organizations/{organization_id}", include_in_schema=False)


def draw_verification(page: OrganizationPage) -> HTMLResponse:
    """The business verification with the form that its state asks for."""
    with page.snapshot() as snapshot:
        view = verification.show_verification(snapshot)
        return page.show(
            snapshot.session,
            "onboarding/verification.html",
            view=view,
            prefilled={} if view.state == VerificationState.INFORMATION_NEEDED else prefilled(view.form),
            marks=marked(view.reasons, "verification"),
            unpayable=list(unpayable(snapshot.policy).values()),
        )


@router.get("/verification")
def show_verification(page: OfOrganization) -> HTMLResponse:
    """The business verification."""
    return draw_verification(page)


@router.post("/verification")
async def submit_verification(page: OfOrganization, form: Posted) -> Response:
    """Submit the business."""
    return await submit(
        page,
        form,
        lambda context, sent: verification.submit_verification(context, sent.read(VerificationForm)),
        draw_verification,
    )


@router.post("/verification/renewal")
async def renew(page: OfOrganization, form: Posted) -> Response:
    """Submit renewed documents."""
    return await submit(
        page,
        form,
        lambda context, sent: verification.renew_verification(context, sent.read(VerificationForm)),
        draw_verification,
    )


@router.post("/verification/information")
async def inform(page: OfOrganization, form: Posted) -> Response:
    """Provide what the reviewer asked for."""
    return await submit(
        page,
        form,
        lambda context, sent: verification.provide_information(context, sent.read(Information)),
        draw_verification,
    )


def draw_qualification(page: OrganizationPage) -> HTMLResponse:
    """The industry qualification with its form."""
    with page.snapshot() as snapshot:
        view = verification.show_qualification(snapshot)
        return page.show(
            snapshot.session,
            "onboarding/qualification.html",
            view=view,
            prefilled=prefilled(view.form),
            marks=marked(view.reasons, "verification"),
            unmet_prerequisites=unmet_prerequisites(snapshot, "qualification.submit", view.document_id),
        )


@router.get("/qualification")
def show_qualification(page: OfOrganization) -> HTMLResponse:
    """The industry qualification."""
    return draw_qualification(page)


@router.post("/qualification")
async def qualify(page: OfOrganization, form: Posted) -> Response:
    """Submit a link to a playable game."""
    return await submit(
        page,
        form,
        lambda context, sent: verification.submit_qualification(context, sent.read(QualificationForm)),
        draw_qualification,
    )
