"""Invoices: a claim for confirmed statements, with its PDF."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.parameters import InvoiceId, Limit, StartingAfter, states_of
from api.http.problems import documented
from api.http.routing import COMMAND, READ, organization_router, takes
from api.installation import CurrentInstallation
from api.routes.dependencies import AdminCommandWithKey
from api.security.organization_access import Admin, Reading
from api.services.organization_snapshot import open_snapshot
from api.services.payments import invoices
from api.services.payments.invoices import InvoiceDraft, InvoiceForm, InvoiceView, NewInvoice
from api.services.preflight import PreflightView
from api.services.views import Done, Paged

router: APIRouter = organization_router("invoices")


@router.get("/invoices", responses=READ)
def list_invoices(
    reader: Reading,
    installation: CurrentInstallation,
    limit: Limit = 20,
    starting_after: StartingAfter = None,
    state: Annotated[str | None, Query(pattern=states_of("invoice"))] = None,
) -> Paged[InvoiceView]:
    """The organization's invoices, the one that moved last first."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        return invoices.show_invoices(snapshot, limit, starting_after, state)


@router.get("/invoices/{invoice_id}", responses=READ)
def show_one_invoice(
    reader: Reading, installation: CurrentInstallation, invoice_id: InvoiceId
) -> InvoiceForm:
    """An invoice, with what was submitted."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        return invoices.find_invoice(snapshot, invoice_id)


@router.post("/invoices/preflight", responses=READ | documented(413, 415))
async def preflight_invoice(
    admin: Admin, installation: CurrentInstallation, body: InvoiceDraft
) -> PreflightView:
    """Everything that submitting this would find, the PDF compared with what was typed; nothing is stored."""
    return await invoices.preflight(installation, admin.organization_id, body)


@router.post(takes("invoice.submit", "/invoices"), responses=COMMAND)
async def submit_invoice(context: AdminCommandWithKey, body: NewInvoice) -> Done:
    """Submit an invoice; `id` in the answer is the invoice's, and later its payout's.

    What was typed must stand on the PDF; a PDF without text, as a scan has none, is left to the reviewer.
    """
    return await invoices.submit_invoice(context, body)
