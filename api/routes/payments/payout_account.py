"""The payout account: business, tax and bank."""

from fastapi import APIRouter

from api.http.problems import documented
from api.http.routing import COMMAND, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommand, AdminCommandWithKey
from api.security.organization_access import Admin, Reading
from api.services.organization_snapshot import open_snapshot
from api.services.payments import payout_account
from api.services.payments.payout_account import (
    PayoutAccountChange,
    PayoutAccountForm,
    PayoutAccountView,
    Proof,
)
from api.services.preflight import PreflightView
from api.services.views import Done

router: APIRouter = organization_router("payout account")


@router.get("/payout-account", responses=READ)
def read_payout_account(reader: Reading, installation: CurrentInstallation) -> PayoutAccountView:
    """The payout account, masked, and a change that is under way."""
    with open_snapshot(installation, reader) as snapshot:
        return payout_account.show_payout_account(snapshot)


@router.post("/payout-account/preflight", responses=READ | documented(413, 415))
def preflight_payout_account(
    admin: Admin, installation: CurrentInstallation, body: PayoutAccountChange
) -> PreflightView:
    """Everything that submitting this would find; nothing is stored. What is left out is as it is now."""
    with installation.database.reading() as session:
        return payout_account.preflight(session, installation, admin.organization_id, body)


@router.post(takes("payout_account.submit", "/payout-account"), responses=COMMAND)
async def submit_payout_account(context: AdminCommand, body: PayoutAccountForm) -> Done:
    """Set up the payout account, or again after it was rejected."""
    return await payout_account.submit_payout_account(context, body)


@router.post(takes("payout_account.provide_documents", "/payout-account/documents"), responses=COMMAND)
async def prove_payout_account(context: AdminCommand, body: Proof) -> Done:
    """Prove whose account it is, when its name does not match; the documents are added to the form."""
    return await payout_account.prove_payout_account(context, body)


@router.post(takes("payout_account.change", "/payout-account/change"), responses=COMMAND)
async def change_payout_account(context: AdminCommandWithKey, body: PayoutAccountChange) -> Done:
    """Ask for a change: two of the platform's people must agree, then it cools off; payments wait meanwhile."""
    return await payout_account.change_payout_account(context, body)


@router.post(takes("payout_account.withdraw_change", "/payout-account/change/withdraw"), responses=COMMAND)
async def withdraw_change(context: AdminCommandWithKey) -> Done:
    """Withdraw a change that is not finished."""
    return await payout_account.withdraw_change(context)
