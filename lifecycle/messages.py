"""What an organization and its payouts tell each other: each is a workflow of its own, joined by messages.

A payout tells its organization on the effect ``tell_organization``; an organization tells its payouts on the
effects ``start_payout`` and ``tell_payouts``. Each message is a command like any other. Its id follows from
what it says, so that a message sent twice is applied once.
"""

from lifecycle.machines import state_of
from models.commands import PIPELINE, Command
from models.documents import FailureClass, Invoice, Payout, PayoutAccount
from models.dossier import Dossier, payments_blocked_by
from models.identity import DocumentId, payout_document_id


def tell_organization(payout: Payout) -> Command | None:
    """What a payout tells its organization about the invoice; ``None`` when its state is no news there."""
    event = state_of(payout).news
    if not event:
        return None
    facts: dict[str, object] = {}
    if event in ("fail_payment", "return_payment"):
        if payout.failure is None:
            return None
        facts = payout.failure.facts()
        if payout.failure.failure_class is FailureClass.ACCOUNT:
            facts["refused_account"] = payout.refused_account
    return Command(
        id=f"{payout.id}@{payout.revision}",
        action=f"invoice.{event}",
        document_id=payout.invoice_id,
        actor=PIPELINE,
        facts=facts,
    )


def tell_payout(dossier: Dossier, invoice_id: str) -> Command:
    """What an organization tells the payout of one of its invoices: whether the account can be paid to."""
    payout_id = payout_of(invoice_id)
    versions = [
        f"{document_id}@{document.revision}"
        for document_id in ("verification", "payout_account")
        if (document := dossier.documents.get(document_id))
    ]
    return Command(
        id=f"{payout_id}/account_changed/{'+'.join(versions)}",
        action="payout.account_changed",
        document_id=payout_id,
        actor=PIPELINE,
        facts=account_facts(dossier),
    )


def schedule_payout(dossier: Dossier, invoice: Invoice) -> Command:
    """The command with which the payout of an approved invoice begins."""
    payout_id = payout_of(invoice.id)
    return Command(
        id=f"{payout_id}/schedule",
        action="payout.schedule",
        document_id=payout_id,
        actor=PIPELINE,
        facts={
            "invoice_id": invoice.id,
            "amount": invoice.total,
            "initiated_by": invoice.approved_by,
            **account_facts(dossier),
        },
    )


def account_facts(dossier: Dossier) -> dict[str, object]:
    """What a payout must know about the account and the business behind it."""
    account = dossier.get("payout_account", PayoutAccount)
    blocked_by = payments_blocked_by(dossier)
    return {
        "account_usable": blocked_by is None,
        "blocked_by": blocked_by,
        "account_submission_id": account and account.submission_id,
    }


def payout_of(invoice_id: str) -> str:
    """The document id, and Temporal workflow id, of the payout of the invoice ``invoice/…``."""
    return payout_document_id(DocumentId(invoice_id).key)
