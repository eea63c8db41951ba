"""Invoices that the platform writes for an organization, where its contracts allow that."""

from fastapi import APIRouter

from api.http.routing import COMMAND, organization_router
from api.routes.dependencies import AdminCommandWithKey
from api.services.payments import self_billing
from api.services.payments.self_billing import SelfBilled
from api.services.views import Done

router: APIRouter = organization_router("invoices")


@router.post("/invoices/self-billed", responses=COMMAND)
async def submit_self_billed(context: AdminCommandWithKey, body: SelfBilled) -> Done:
    """Have the platform write, number and submit an invoice; only where the contracts allow it.

    It is numbered when it is recorded, and its PDF is drawn then: it is among the files of the invoice's form soon after.
    """
    return await self_billing.submit_self_billed(context, body)
