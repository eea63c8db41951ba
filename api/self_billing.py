"""Invoices that the platform writes for an organization, where its contracts allow that."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, Field
from sqlmodel import Session

from api.bodies import Body, unique
from api.commands import AsAdminWithKey, Asking, Form
from api.invoices import BareStatementId
from api.lists import COMMAND, organization_router
from api.preflight import fields_of_form
from api.problems import refused
from api.responses import Done
from lifecycle.machines import state_of
from models.commands import Refusal
from models.documents import Contract, Feature, Invoice, PayoutAccount, Statement, Stream
from models.dossier import Dossier
from models.identity import new_id
from models.money import Money
from models.tables import FileRow, real_now
from papers.invoice import InvoicedStatement, Party, self_billed_invoice
from storage import reading
from storage.dossiers import load_dossier
from storage.invoices import next_serial
from storage.submissions import add_file

router: APIRouter = organization_router("invoices")


class SelfBilled(Body):
    """The statements that the platform is to write an invoice for."""

    statement_ids: Annotated[
        list[BareStatementId], Field(min_length=1, max_length=200), AfterValidator(unique)
    ]


@dataclass(frozen=True)
class Written:
    """An invoice that was written: the facts of its command, and its PDF."""

    claim: dict[str, Any]
    file_id: str


@router.post("/invoices/self-billed", responses=COMMAND)
async def submit_self_billed(asking: AsAdminWithKey, body: SelfBilled) -> Done:
    """Have the platform write, number and submit an invoice; only where the contracts allow it."""
    invoice_id = f"invoice/{asking.new_id('inv')}"
    written = await run_in_threadpool(write, asking, body, invoice_id)
    number = str(written.claim["number"])
    fields = {**written.claim, "amount": written.claim["total"]}
    form = Form("invoice", fields, [written.file_id] if written.file_id else [], variant=number)
    return await asking.give("invoice.submit", invoice_id, written.claim, form)


def write(asking: Asking, body: SelfBilled, invoice_id: str) -> Written:
    """Number and draw the invoice; the one that a repeated request has submitted before is not written anew."""
    with asking.here.database.reading() as session:
        dossier = load_dossier(session, asking.organization_id)
        submitted = dossier.get(invoice_id, Invoice)
        if submitted is not None:
            return Written(
                claim_of(submitted.number, submitted.statement_ids, submitted.total, submitted.dated), ""
            )
        statements = [claimed(dossier, f"statement/{statement_id}") for statement_id in body.statement_ids]
        check_allowed(session, dossier, statements)
        number = f"{asking.here.policy.self_billed_prefix}{next_serial(session, asking.organization_id)}"
        seller = seller_of(session, asking, dossier)
    total = statements[0].net
    for statement in statements[1:]:
        total += statement.net
    claim = claim_of(number, [s.id for s in statements], total, asking.here.now().date())
    return Written(claim, keep_pdf(asking, claim, seller, statements))


def claim_of(number: str, statement_ids: list[str], total: Money, dated: date) -> dict[str, Any]:
    """The facts of an invoice that the platform writes."""
    return {
        "number": number,
        "statement_ids": statement_ids,
        "total": total.model_dump(),
        "dated": dated.isoformat(),
        "self_billed": True,
    }


def claimed(dossier: Dossier, statement_id: str) -> Statement:
    """A statement that can be invoiced; otherwise the refusal that submitting would end in."""
    statement = dossier.get(statement_id, Statement)
    if statement is None:
        raise refused(
            Refusal(code="unknown_statement", reason="Select only statements of this organization.")
        )
    if statement.state != "confirmed":
        reason = (
            f"Select only statements that are confirmed and not yet invoiced: {state_of(statement).meaning}"
        )
        raise refused(Refusal(code="statement_not_confirmed", reason=reason))
    return statement


def check_allowed(session: Session, dossier: Dossier, statements: list[Statement]) -> None:
    """Refuse unless each contract that the statements are settled under lets the platform write invoices."""
    features = {Feature.IAA if s.stream is Stream.IAA else Feature.IAP for s in statements}
    for feature in features:
        contract = dossier.get(f"contract/{feature}", Contract)
        version = contract.version if contract else None
        text = reading.contract_text(session, feature, version) if version is not None else None
        if text is None or not text.self_billing:
            reason = "Your contract does not let the platform write your invoices; submit one of your own."
            raise refused(Refusal(code="self_billing_not_agreed", reason=reason))


def seller_of(session: Session, asking: Asking, dossier: Dossier) -> Party:
    """The organization as it stands on its payout account."""
    account = dossier.get("payout_account", PayoutAccount)
    form = fields_of_form(
        session, asking.here, asking.organization_id, account.submission_id if account else None
    )
    business = form.get("business")
    if not isinstance(business, dict):
        reason = "The payout account must be set up and active before an invoice is submitted."
        raise refused(Refusal(code="payout_account_not_active", reason=reason))
    return Party(name=str(business["entity_name"]), address=str(business["permanent_address"]))


def keep_pdf(asking: Asking, claim: dict[str, Any], seller: Party, statements: list[Statement]) -> str:
    """Draw the invoice and keep it as a file of the organization; its id. The same again is the same file."""
    settings = asking.here.settings
    content = self_billed_invoice(
        number=claim["number"],
        dated=date.fromisoformat(claim["dated"]),
        seller=seller,
        buyer=Party(name=settings.platform_name, address=settings.platform_address),
        statements=[
            InvoicedStatement(
                statement_id=statement.id.removeprefix("statement/"),
                stream=statement.stream,
                period_start=statement.period_start,
                period_end=statement.period_end,
                net=statement.net,
            )
            for statement in statements
        ],
    )
    row = FileRow(
        id=new_id("file"),
        organization_id=asking.organization_id,
        name=f"{claim['number']}.pdf",
        content_type="application/pdf",
        size=len(content),
        sha256=asking.here.files.save(content),
        created_by=asking.actor.id,
        created_at=real_now(),
    )
    with asking.here.database.transaction() as session:
        return add_file(session, row).id
