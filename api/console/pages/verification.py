"""Business verification and industry qualification: filled in, corrected, renewed."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.console.form_prefill import filled, marked
from api.console.formatting import unpayable
from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page
from api.console.prerequisites import locks
from api.routes.onboarding.verification import (
    Information,
    QualificationForm,
    VerificationForm,
    provide_information,
    read_qualification,
    read_verification,
    renew_verification,
    submit_qualification,
    submit_verification,
)
from api.services.commands import Asking
from api.services.views import Done
from models.states import VerificationState

router = APIRouter(prefix="/organizations/{organization_id}", include_in_schema=False)


def draw_verification(page: Page) -> HTMLResponse:
    """The business verification with the form that its state asks for."""
    assert page.reader is not None
    view = read_verification(page.reader, page.here)
    form = {} if view.state == VerificationState.INFORMATION_NEEDED else filled(view.form)
    return page.show(
        "onboarding/verification.html",
        view=view,
        filled=form,
        marks=marked(view.reasons),
        unpayable=list(unpayable(page.here.policy).values()),
    )


@router.get("/verification")
def verification(page: OrganizationPage) -> HTMLResponse:
    """The business verification."""
    return draw_verification(page)


@router.post("/verification")
async def submit(page: OrganizationPage, form: Posted) -> Response:
    """Submit the business."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await submit_verification(asking, sent.read(VerificationForm))

    return await page.carry_out(form, act, draw_verification)


@router.post("/verification/renewal")
async def renew(page: OrganizationPage, form: Posted) -> Response:
    """Submit renewed documents."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await renew_verification(asking, sent.read(VerificationForm))

    return await page.carry_out(form, act, draw_verification)


@router.post("/verification/information")
async def inform(page: OrganizationPage, form: Posted) -> Response:
    """Provide what the reviewer asked for."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await provide_information(asking, sent.read(Information))

    return await page.carry_out(form, act, draw_verification)


def draw_qualification(page: Page) -> HTMLResponse:
    """The industry qualification with its form."""
    assert page.reader is not None
    view = read_qualification(page.reader, page.here)
    locked = locks(page.standing(), "qualification.submit", "qualification")
    return page.show(
        "onboarding/qualification.html",
        view=view,
        filled=filled(view.form),
        marks=marked(view.reasons),
        locks=locked,
    )


@router.get("/qualification")
def qualification(page: OrganizationPage) -> HTMLResponse:
    """The industry qualification."""
    return draw_qualification(page)


@router.post("/qualification")
async def qualify(page: OrganizationPage, form: Posted) -> Response:
    """Submit a link to a playable game."""

    async def act(asking: Asking, sent: Submitted) -> Done:
        return await submit_qualification(asking, sent.read(QualificationForm))

    return await page.carry_out(form, act, draw_qualification)
