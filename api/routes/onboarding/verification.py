"""Business verification and industry qualification."""

from fastapi import APIRouter

from api.http.routing import COMMAND, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommand
from api.security.organization_access import Reading
from api.services.onboarding import verification
from api.services.onboarding.verification import (
    Information,
    QualificationForm,
    QualificationView,
    VerificationForm,
    VerificationView,
)
from api.services.organization_snapshot import open_snapshot
from api.services.views import Done

router: APIRouter = organization_router("verification")


@router.get("/verification", responses=READ)
def read_verification(reader: Reading, installation: CurrentInstallation) -> VerificationView:
    """The business verification: where it stands, and what was submitted."""
    with open_snapshot(installation, reader) as snapshot:
        return verification.show_verification(snapshot)


@router.post(takes("verification.submit", "/verification"), responses=COMMAND)
async def submit_verification(context: AdminCommand, body: VerificationForm) -> Done:
    """Submit the business for verification, or again after it could not be verified."""
    return await verification.submit_verification(context, body)


@router.post(takes("verification.renew", "/verification/renewal"), responses=COMMAND)
async def renew_verification(context: AdminCommand, body: VerificationForm) -> Done:
    """Submit renewed documents before those in force expire."""
    return await verification.renew_verification(context, body)


@router.post(takes("verification.provide_information", "/verification/information"), responses=COMMAND)
async def provide_information(context: AdminCommand, body: Information) -> Done:
    """Provide what the reviewer asked for; it is added to the form."""
    return await verification.provide_information(context, body)


@router.get("/qualification", responses=READ)
def read_qualification(reader: Reading, installation: CurrentInstallation) -> QualificationView:
    """The industry qualification."""
    with open_snapshot(installation, reader) as snapshot:
        return verification.show_qualification(snapshot)


@router.post(takes("qualification.submit", "/qualification"), responses=COMMAND)
async def submit_qualification(context: AdminCommand, body: QualificationForm) -> Done:
    """Submit a link to a playable game."""
    return await verification.submit_qualification(context, body)
