"""Papers about payments: all payouts, and what one of them was for."""

from api.http.problems import Problem, not_found
from api.services.earnings.statement_downloads import PAID, paid_on
from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle.in_words import meaning
from models.documents import Invoice, Payout, Statement
from models.identity import DocumentId, payout_document_id
from models.tables import PayoutAttemptRow
from papers.parties import InvoicedStatement
from papers.payouts import PayoutPaper, payouts_csv
from papers.remittance import PaidAccount, ending, remittance_advice
from storage.organizations import queries
from storage.organizations.submissions import read as read_submission
from words.voice import Sentence, joined


def payout_paper(snapshot: OrganizationSnapshot, payout: Payout) -> PayoutPaper | None:
    """A payout and its invoice."""
    invoice = snapshot.dossier.get(payout.invoice_id, Invoice)
    if invoice is None:
        return None
    return PayoutPaper(
        payout_id=DocumentId(payout.id).key,
        invoice_number=invoice.number,
        state=payout.state,
        since=payout.since,
        amount=payout.amount,
        attempts=payout.attempt,
        sent_at=payout.sent_at,
        paid_on=paid_on(snapshot, invoice),
        returned=payout.returned,
        failure_code=payout.failure_code,
    )


WHOSE_ENDING = ("iban", "clabe", "cbu", "cci", "account_number")
"""The numbers of an account by whose last digits its owner knows it again."""


def paid_account(snapshot: OrganizationSnapshot, attempt: PayoutAttemptRow) -> PaidAccount:
    """The account that an attempt was sent to, as far as it may be shown."""
    if attempt.account_submission_id is None:
        return PaidAccount(account_name="", institution="", ending="")
    form = read_submission(
        snapshot.session,
        snapshot.installation.keyring,
        snapshot.organization_id,
        attempt.account_submission_id,
    )
    bank = form.fields["bank"]
    return PaidAccount(
        account_name=bank["account_name"],
        institution=bank["institution"],
        ending=ending(next((bank[field] for field in WHOSE_ENDING if bank.get(field)), "")),
    )


def invoiced(snapshot: OrganizationSnapshot, invoice: Invoice) -> list[InvoicedStatement]:
    """The statements that an invoice claims, the oldest period first."""
    found = (snapshot.dossier.get(statement_id, Statement) for statement_id in invoice.statement_ids)
    statements = sorted((s for s in found if s), key=lambda s: (s.period_start, s.stream, s.id))
    return [
        InvoicedStatement(
            statement_id=DocumentId(statement.id).key,
            stream=statement.stream,
            period_start=statement.period_start,
            period_end=statement.period_end,
            net=statement.net,
        )
        for statement in statements
    ]


def payouts_table(snapshot: OrganizationSnapshot) -> bytes:
    """All payouts as CSV, the one that moved last at the end."""
    papers = (payout_paper(snapshot, payout) for payout in snapshot.dossier.of(Payout))
    return payouts_csv([paper for paper in papers if paper])


def remittance(snapshot: OrganizationSnapshot, payout_id: str) -> bytes:
    """What a payment was for and where it went, as PDF; 409 until it is paid."""
    payout = snapshot.dossier.get(payout_document_id(payout_id), Payout)
    invoice = snapshot.dossier.get(f"invoice/{payout_id}", Invoice)
    organization = queries.organization(snapshot.session, snapshot.organization_id)
    if payout is None or invoice is None or organization is None:
        raise not_found(Sentence("This payout does not exist here."))
    arrived = paid_on(snapshot, invoice)
    attempts = queries.attempts(snapshot.session, payout.id)
    attempt = next((one for one in reversed(attempts) if one.attempt == payout.attempt), None)
    if payout.state not in PAID or arrived is None or attempt is None:
        detail = joined(
            Sentence("A remittance advice is there once the payment has arrived."), Sentence(meaning(payout))
        )
        raise Problem(409, "not_paid", detail)
    return remittance_advice(
        payer=snapshot.installation.platform,
        payee=organization.name,
        invoice_number=invoice.number,
        invoice_dated=invoice.dated,
        reference=attempt.reference,
        amount=payout.amount,
        account=paid_account(snapshot, attempt),
        sent_on=attempt.sent_at.date(),
        paid_on=arrived,
        statements=invoiced(snapshot, invoice),
    )
