"""Payouts: each invoice's payment, attempt by attempt."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.parameters import InvoiceId, Limit, StartingAfter, states_of
from api.http.routing import COMMAND, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommandWithKey
from api.security.organization_access import Reading
from api.services.organization_snapshot import open_snapshot
from api.services.payments import payouts
from api.services.payments.payouts import PayoutDetail, PayoutView
from api.services.views import Done, Paged

router: APIRouter = organization_router("payouts")


@router.get("/payouts", responses=READ)
def list_payouts(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
    state: Annotated[str | None, Query(pattern=states_of("payout"))] = None,
) -> Paged[PayoutView]:
    """The organization's payouts, the one that moved last first."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        return payouts.show_payouts(snapshot, limit, starting_after, state)


@router.get("/payouts/{payout_id}", responses=READ)
def read_payout(reader: Reading, installation: CurrentInstallation, payout_id: InvoiceId) -> PayoutDetail:
    """A payout and its attempts; its id is that of its invoice."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        return payouts.find_payout(snapshot, payout_id)


@router.post(takes("payout.retry", "/payouts/{payout_id}/retry"), responses=COMMAND)
async def retry_payout(context: AdminCommandWithKey, payout_id: InvoiceId) -> Done:
    """Try a payment again now, instead of when it is tried by itself."""
    return await payouts.retry_payout(context, payout_id)
