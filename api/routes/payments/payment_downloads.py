"""Papers about payments: all payouts, and what one of them was for."""

from fastapi import APIRouter, Response
from sqlmodel import Session

from api.http.attachments import CSV, PDF, attachment, file_of, platform
from api.http.problems import Problem, documented, not_found
from api.http.routing import READ, InvoiceId, organization_router
from api.installation import Here, Installation
from api.routes.earnings.statement_downloads import PAID, paid_on
from api.security.identity import Reading
from api.services.organization_snapshot import Standing, stand_with_history
from lifecycle.machines import state_of
from models.documents import Invoice, Payout, Statement
from models.identity import payout_document_id
from models.tables import PayoutAttemptRow
from papers.parties import InvoicedStatement
from papers.payouts import PayoutPaper, payouts_csv
from papers.remittance import PaidAccount, ending, remittance_advice
from storage.organizations import queries
from storage.organizations.submissions import read as read_submission

router: APIRouter = organization_router("downloads")


@router.get("/payouts.csv", **file_of(CSV))
def download_payouts(reader: Reading, here: Here) -> Response:
    """All payouts, the one that moved last at the end."""
    with here.database.reading() as session:
        standing = stand_with_history(session, here, reader)
    papers = (payout_paper(standing, payout) for payout in standing.dossier.of(Payout))
    return attachment(payouts_csv([paper for paper in papers if paper]), CSV, "payouts.csv")


def payout_paper(standing: Standing, payout: Payout) -> PayoutPaper | None:
    """A payout and its invoice."""
    invoice = standing.dossier.get(payout.invoice_id, Invoice)
    if invoice is None:
        return None
    return PayoutPaper(
        payout_id=payout.id.removeprefix("payout/"),
        invoice_number=invoice.number,
        state=payout.state,
        since=payout.since,
        amount=payout.amount,
        attempts=payout.attempt,
        sent_at=payout.sent_at,
        paid_on=paid_on(standing, invoice),
        returned=payout.returned,
        failure_code=payout.failure_code,
    )


@router.get("/payouts/{payout_id}/remittance.pdf", **file_of(PDF, READ | documented(409)))
def download_remittance(reader: Reading, here: Here, payout_id: InvoiceId) -> Response:
    """What a payment was for and where it went; there is one once it is paid."""
    with here.database.reading() as session:
        standing = stand_with_history(session, here, reader)
        payout = standing.dossier.get(payout_document_id(payout_id), Payout)
        invoice = standing.dossier.get(f"invoice/{payout_id}", Invoice)
        organization = queries.organization(session, reader.organization_id)
        if payout is None or invoice is None or organization is None:
            raise not_found("This payout")
        arrived = paid_on(standing, invoice)
        attempts = queries.attempts(session, payout.id)
        attempt = next((one for one in reversed(attempts) if one.attempt == payout.attempt), None)
        if payout.state not in PAID or arrived is None or attempt is None:
            detail = (
                f"A remittance advice is there once the payment has arrived. {state_of(payout).description}"
            )
            raise Problem(409, "not_paid", detail)
        content = remittance_advice(
            payer=platform(here),
            payee=organization.name,
            invoice_number=invoice.number,
            invoice_dated=invoice.dated,
            reference=attempt.reference,
            amount=payout.amount,
            account=paid_account(session, here, attempt),
            sent_on=attempt.sent_at.date(),
            paid_on=arrived,
            statements=invoiced(standing, invoice),
        )
    return attachment(content, PDF, f"remittance-{payout_id}.pdf")


WHOSE_ENDING = ("iban", "clabe", "cbu", "cci", "account_number")
"""The numbers of an account by whose last digits its owner knows it again."""


def paid_account(session: Session, here: Installation, attempt: PayoutAttemptRow) -> PaidAccount:
    """The account that an attempt was sent to, as far as it may be shown."""
    if attempt.account_submission_id is None:
        return PaidAccount(account_name="", institution="", ending="")
    form = read_submission(session, here.keyring, attempt.organization_id, attempt.account_submission_id)
    bank = form.fields["bank"]
    return PaidAccount(
        account_name=bank["account_name"],
        institution=bank["institution"],
        ending=ending(next((bank[field] for field in WHOSE_ENDING if bank.get(field)), "")),
    )


def invoiced(standing: Standing, invoice: Invoice) -> list[InvoicedStatement]:
    """The statements that an invoice claims, the oldest period first."""
    found = (standing.dossier.get(statement_id, Statement) for statement_id in invoice.statement_ids)
    statements = sorted((s for s in found if s), key=lambda s: (s.period_start, s.stream, s.id))
    return [
        InvoicedStatement(
            statement_id=statement.id.removeprefix("statement/"),
            stream=statement.stream,
            period_start=statement.period_start,
            period_end=statement.period_end,
            net=statement.net,
        )
        for statement in statements
    ]
