"""Invoices as submitted: numbered once in the whole history of the account, and by us without gaps."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from models.commands import Transition
from models.documents import AnyDocument, Invoice
from models.identity import DocumentId
from models.tables import InvoiceRow, InvoiceStatementRow
from models.texts.sentences import Sentence
from models.typed_numbers import number_key
from storage.refusals import Refused


def give_numbers(
    session: Session, organization_id: str, transitions: Sequence[Transition], prefix: str
) -> list[AnyDocument]:
    """Number the invoices that the platform writes, in the transaction that records them; returns them as numbered.

    The caller holds the organization's turn, so that no number is given twice, and none to what is then refused.
    """
    numbered: list[AnyDocument] = []
    for transition in transitions:
        invoice = transition.document
        if isinstance(invoice, Invoice) and invoice.self_billed and transition.from_state is None:
            number = f"{prefix}{next_serial(session, organization_id)}"
            transition.document = invoice.model_copy(update={"number": number})
            numbered.append(transition.document)
    return numbered


def record_invoice(session: Session, organization_id: str, invoice: Invoice) -> None:
    """The invoice as submitted; its number must be new in the whole history of the account."""
    invoice_id = DocumentId(invoice.id).key
    if number_taken(session, organization_id, invoice.number):
        raise Refused(
            "duplicate_invoice_number",
            Sentence(
                "The invoice number {number} was used before; every invoice needs a new number.",
                number=invoice.number,
            ),
        )
    session.add(
        InvoiceRow(
            id=invoice_id,
            organization_id=organization_id,
            number=invoice.number,
            number_key=number_key(invoice.number),
            dated=invoice.dated,
            amount=invoice.total.amount,
            currency=invoice.total.currency,
            submission_id=invoice.submission_id,
            self_billed=invoice.self_billed,
        )
    )
    session.flush()
    session.add_all(
        InvoiceStatementRow(invoice_id=invoice_id, statement_id=DocumentId(statement_id).key)
        for statement_id in invoice.statement_ids
    )
    session.flush()


def number_taken(session: Session, organization_id: str, number: str) -> bool:
    """Whether an invoice of the organization has had that number, in whatever spelling."""
    taken = select(InvoiceRow.id).where(
        InvoiceRow.organization_id == organization_id, InvoiceRow.number_key == number_key(number)
    )
    return session.exec(taken).first() is not None


def next_serial(session: Session, organization_id: str) -> str:
    """The serial number of the next invoice that the platform writes for an organization: ``000001`` at first."""
    written = select(func.count()).where(
        InvoiceRow.organization_id == organization_id, col(InvoiceRow.self_billed).is_(True)
    )
    return f"{session.exec(written).one() + 1:06d}"
