"""Invoices: a claim for confirmed statements, with its PDF."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from api.http.bodies import Body, Day, FileId, unique
from api.http.problems import not_found
from api.installation import Installation
from api.queues import in_thread
from api.services.commands import CommandContext, Form
from api.services.organization_snapshot import OrganizationSnapshot, active_dossier, own_policy
from api.services.preflight import PreflightView, known_business, refuse_blocked, show_preflight
from api.services.views import DocumentView, Done, FormView, Paged
from forms.findings import Finding, failed, not_checked, passed
from forms.invoices.comparison import Typed
from forms.invoices.readings import another_reader_may_help, judged
from forms.names import Name
from forms.payout_account import name_finding
from lifecycle.machines import MACHINES
from lifecycle.views.invoice_findings import invoice_findings
from models.documents import FailureClass, Invoice
from models.identity import DocumentId
from models.money import Money
from models.states import InvoiceState
from models.typed_numbers import InvoiceNumber
from providers.invoice_reading.process import read_invoice
from storage.organizations import queries
from storage.organizations.invoices import number_taken
from words.voice import Sentence

STATES = tuple(state.name for state in MACHINES["invoice"].states)
USE_THE_NAME = Sentence("Write the invoice in the name that is on the contract.")
BareStatementId = Annotated[str, StringConstraints(pattern=r"^st_[0-9A-Za-z]{1,40}$")]


class InvoiceView(DocumentView):
    """An invoice; ``pay_by`` is the promised day of payment."""

    id: str
    number: str
    date: date
    total: Money
    statement_ids: list[str]
    self_billed: bool
    pay_by: datetime | None
    failure_class: FailureClass | None
    failure_code: str | None


class InvoiceForm(InvoiceView):
    """An invoice with what was submitted, and what was found when its PDF was compared with that."""

    form: FormView | None


class InvoiceDraft(Body):
    """A claim for confirmed statements; the amount is the sum of their nets, the file is the PDF.

    Attributes:
        name: the name of the business as it stands on the invoice: the one on the contract.
    """

    statement_ids: Annotated[
        list[BareStatementId], Field(min_length=1, max_length=200), AfterValidator(unique)
    ]
    number: InvoiceNumber
    date: Day
    amount: Money
    name: Name | None = None
    file_id: FileId | None = None


class NewInvoice(InvoiceDraft):
    """A claim for confirmed statements, with its PDF."""

    file_id: FileId


def show_invoice(snapshot: OrganizationSnapshot, invoice: Invoice) -> InvoiceView:
    """An invoice as it stands."""
    return snapshot.show(
        InvoiceView,
        invoice,
        id=DocumentId(invoice.id).key,
        date=invoice.dated,
        statement_ids=[DocumentId(statement_id).key for statement_id in invoice.statement_ids],
    )


def show_invoices(
    snapshot: OrganizationSnapshot, limit: int, after: str | None = None, state: str | None = None
) -> Paged[InvoiceView]:
    """A page of an organization's invoices."""
    page = queries.documents(
        snapshot.session, snapshot.organization_id, "invoice", limit, after and f"invoice/{after}", state
    )
    shown = [show_invoice(snapshot, invoice) for invoice in page.data if isinstance(invoice, Invoice)]
    return Paged(data=shown, has_more=page.has_more)


def claim_of(body: InvoiceDraft) -> dict[str, Any]:
    """The facts of an invoice."""
    return {
        "number": body.number,
        "statement_ids": [f"statement/{statement_id}" for statement_id in body.statement_ids],
        "total": body.amount.model_dump(),
        "dated": body.date.isoformat(),
    }


def on_file(installation: Installation, organization_id: str, body: InvoiceDraft) -> list[Finding]:
    """What the PDF and the names say; submitting is refused for what fails installation."""
    with installation.database.reading() as session:
        known = known_business(session, installation, active_dossier(session, organization_id))
        file = queries.file(session, organization_id, body.file_id) if body.file_id else None
    names = [*(name for _, name in known.contracts), *known.verified]
    findings = (
        [name_finding("invoice_name", "/name", body.name, names, fix=USE_THE_NAME)] if body.name else []
    )
    if body.file_id is None:
        return [
            *findings,
            not_checked("pdf", "/file_id", Sentence("No PDF is named; it is needed when you submit.")),
        ]
    if file is None or file.content_type != "application/pdf":
        return [*findings, failed("not_a_pdf", "/file_id", Sentence("Upload the invoice as a PDF."))]
    typed = Typed(body.number, body.date, body.amount, [body.name] if body.name else names)
    return [*findings, *on_paper(installation.files.read(file.sha256), typed)]


def on_paper(content: bytes, typed: Typed) -> list[Finding]:
    """What an invoice's PDF says of what was typed; a second reader is asked where the first does not find it all."""
    read = read_invoice(content)
    found = judged(typed, read)
    if not another_reader_may_help(read, found):
        return found
    return judged(typed, read, read_invoice(content, "pdfium"))


def in_pipeline(installation: Installation, organization_id: str, body: InvoiceDraft) -> list[Finding]:
    """What the pipeline would say of an invoice; submitting is refused for the first of these."""
    with installation.database.reading() as session:
        dossier = active_dossier(session, organization_id, [f"statement/{i}" for i in body.statement_ids])
        taken = number_taken(session, organization_id, body.number)
        policy = own_policy(session, installation, organization_id)
    now = installation.now()
    draft = {
        "id": "invoice/-",
        "state": InvoiceState.UNDER_REVIEW,
        "since": now,
        "submission_id": "-",
    }
    invoice = Invoice.model_validate({**claim_of(body), **draft})
    number = (
        failed(
            "duplicate_invoice_number",
            "/number",
            Sentence("This number was used before; every invoice needs a new one."),
        )
        if taken
        else passed("duplicate_invoice_number", "/number")
    )
    return [number, *invoice_findings(dossier, invoice, now, policy)]


def find_invoice(snapshot: OrganizationSnapshot, invoice_id: str) -> InvoiceForm:
    """An invoice, with what was submitted."""
    invoice = snapshot.dossier.get(f"invoice/{invoice_id}", Invoice)
    if invoice is None:
        raise not_found(Sentence("This invoice does not exist here."))
    form = snapshot.form(invoice.submission_id)
    return InvoiceForm(**show_invoice(snapshot, invoice).model_dump(), form=form)


async def preflight(installation: Installation, organization_id: str, body: InvoiceDraft) -> PreflightView:
    """Everything that submitting this would find, the PDF compared with what was typed."""
    queue = installation.queues.strangers_files
    found = await queue.run(organization_id, on_file, installation, organization_id, body)
    ahead = await in_thread(in_pipeline, installation, organization_id, body)
    return show_preflight([*found, *ahead])


async def submit_invoice(context: CommandContext, body: NewInvoice) -> Done:
    """Submit an invoice; ``id`` in the answer is the invoice's, and later its payout's."""
    installation, organization_id = context.installation, context.organization_id
    queue = installation.queues.strangers_files
    findings = await queue.run(organization_id, on_file, installation, organization_id, body)
    refuse_blocked(findings)
    claim = claim_of(body)
    checks = [finding.model_dump(mode="json", exclude_defaults=True) for finding in findings]
    fields = {**claim, "amount": claim["total"], "name": body.name, "checks": checks}
    return await context.submit(
        "invoice.submit",
        f"invoice/{context.new_id('inv')}",
        claim,
        Form("invoice", fields, [body.file_id]),
    )
