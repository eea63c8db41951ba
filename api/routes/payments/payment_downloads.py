"""Papers about payments: all payouts, and what one of them was for."""

from fastapi import APIRouter, Response

from api.http.attachments import CSV, PDF, attachment, file_of
from api.http.parameters import InvoiceId
from api.http.problems import documented
from api.http.routing import READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import Reading
from api.services.organization_snapshot import open_snapshot
from api.services.payments.payment_downloads import payouts_table, remittance

router: APIRouter = organization_router("downloads")


@router.get("/payouts.csv", **file_of(CSV))
def download_payouts(reader: Reading, installation: CurrentInstallation) -> Response:
    """All payouts, the one that moved last at the end."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        table = payouts_table(snapshot)
    return attachment(table, CSV, "payouts.csv")


@router.get("/payouts/{payout_id}/remittance.pdf", **file_of(PDF, READ | documented(409)))
def download_remittance(reader: Reading, installation: CurrentInstallation, payout_id: InvoiceId) -> Response:
    """What a payment was for and where it went; there is one once it is paid."""
    with open_snapshot(installation, reader, history=True) as snapshot:
        paper = remittance(snapshot, payout_id)
    return attachment(paper, PDF, f"remittance-{payout_id}.pdf")
