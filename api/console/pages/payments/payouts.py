"""Payouts: what can be invoiced, invoices, payments with their attempts, and what can be expected."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted, Submitted, amount_of
from api.console.kept.drafts import keep_draft
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import keep_files, show_again, submit
from api.http.parameters import InvoiceId
from api.http.problems import Problem
from api.queues import in_thread
from api.services.commands import CommandContext
from api.services.earnings.statements import StatementView, show_statements
from api.services.organization_snapshot import OrganizationSnapshot
from api.services.organizations.organizations import show_blockers
from api.services.organizations.timeline import show_timeline
from api.services.payments import invoices, payouts
from api.services.payments.forecast import estimated, show_balance, show_forecast
from api.services.payments.invoices import InvoiceDraft, NewInvoice
from api.services.payments.self_billing import SelfBilled, submit_self_billed
from api.services.preflight import PreflightView
from api.services.views import Done
from models.money import Money
from models.programme.policy import Policy
from words.voice import Sentence

router = APIRouter(prefix="/organizations/{organization_id}/payouts", include_in_schema=False)

D = TypeVar("D", bound=InvoiceDraft)

PAGE = 50
MOST_TO_INVOICE = 100


def to_be_invoiced(snapshot: OrganizationSnapshot) -> list[StatementView]:
    """The confirmed statements that no invoice claims, the newest first."""
    return show_statements(snapshot, MOST_TO_INVOICE, state="confirmed").data


def smallest_invoice(policy: Policy) -> Money:
    """What an invoice must come to at least."""
    return Money(amount=policy.invoice_minimum, currency=policy.settlement_currency)


@router.get("")
def show_payouts(page: OfOrganization) -> HTMLResponse:
    """To be invoiced, invoices, payouts, and where the year's money is."""
    with page.snapshot(history=True) as snapshot:
        claims = invoices.show_invoices(snapshot, PAGE)
        return page.show(
            snapshot.session,
            "payments/payouts.html",
            ready=to_be_invoiced(snapshot),
            invoices=claims,
            payouts=payouts.show_payouts(snapshot, PAGE),
            numbers={one.id: one.number for one in claims.data},
            balance=show_balance(snapshot, estimated(snapshot)),
            minimum=smallest_invoice(snapshot.policy),
        )


@router.get("/forecast")
def forecast(page: OfOrganization) -> HTMLResponse:
    """What can be expected, and why nothing is paid yet."""
    with page.snapshot(history=True) as snapshot:
        accrued = estimated(snapshot)
        return page.show(
            snapshot.session,
            "payments/forecast.html",
            view=show_forecast(snapshot, accrued),
            why=show_blockers(snapshot, accrued),
        )


@router.get("/invoices/new")
async def new_invoice(
    page: OfOrganization, statement: Annotated[list[str] | None, Query()] = None, checked: bool = False
) -> HTMLResponse:
    """The form of an invoice, for the statements that were chosen, and as far as it was filled in before.

    Args:
        checked: say what submitting it would find; so that going back to this page asks for nothing to be sent again.
    """
    kept = await in_thread(kept_form, page) if checked else None
    if kept is None:
        return await in_thread(draw_form, page, statement or [])
    try:
        body = read_draft(kept, InvoiceDraft)
        found = await invoices.preflight(page.installation, page.admin().organization_id, body)
    except Problem as problem:
        return await in_thread(draw_form, replace(page, problem=problem), [])
    return await in_thread(draw_form, page, [], found)


def kept_form(page: OrganizationPage) -> Submitted | None:
    """The form as it was filled in before, if it was."""
    with page.reading() as session:
        typed = page.draft(session)
    return Submitted(typed, {}) if typed else None


def draw_form(
    page: OrganizationPage, chosen: Sequence[str] = (), found: PreflightView | None = None
) -> HTMLResponse:
    """The form of an invoice, with what a check before has found."""
    with page.snapshot(history=True) as snapshot:
        ready = to_be_invoiced(snapshot)
        draft = page.draft(snapshot.session)
        typed = page.posted.fields if page.posted else draft
        if page.posted or not chosen:
            chosen = typed.get("statement_ids[]", [])
        elif list(chosen) != draft.get("statement_ids[]"):
            draft = {name: texts for name, texts in draft.items() if name != "amount"}
        picked = [one for one in ready if one.id in chosen] or (ready if not page.posted else [])
        total = sum(one.net.amount for one in picked)
        return page.show(
            snapshot.session,
            "payments/invoice_form.html",
            draft=draft,
            drafted=bool(draft) and not page.posted and not page.problem and not found,
            ready=ready,
            picked={one.id for one in picked},
            total=Money(amount=total, currency=snapshot.policy.settlement_currency),
            minimum=smallest_invoice(snapshot.policy),
            today=snapshot.now.date(),
            found=found,
        )


def draft_of(form: Submitted) -> tuple[Submitted, dict[str, Any]]:
    """What was filled in, as the API takes it; an amount that is none is marked beside all else that is wrong."""
    more: dict[str, Any] = {"statement_ids": form.fields.get("statement_ids[]", [])}
    try:
        amount = amount_of(form.first("amount"), "/amount")
    except Problem as problem:
        return replace(form, wrong=[*form.wrong, *problem.errors]), more
    if amount is not None:
        more["amount"] = {"amount": amount, "currency": "USD"}
    return form, more


def read_draft(form: Submitted, kind: type[D]) -> D:
    """The form as a body; 422 with all that is wrong in it."""
    read, more = draft_of(form)
    return read.read(kind, more)


@router.post("/invoices/new")
async def submit_form(page: OfOrganization, form: Posted) -> Response:
    """Check what was filled in beside the PDF, submit it, or have the platform write the invoice."""
    step = form.first("_step")
    if step not in ("submit", "self_billed"):
        return await check(page, form)

    async def command(context: CommandContext, sent: Submitted) -> Done:
        if step == "submit":
            return await invoices.submit_invoice(context, read_draft(sent, NewInvoice))
        chosen = {"statement_ids": sent.fields.get("statement_ids[]", [])}
        return await submit_self_billed(context, SelfBilled.model_validate(chosen))

    return await submit(
        page, form, command, draw_form, lambda done: f"{page.base}/payouts/invoices/{done.id}"
    )


async def check(page: OrganizationPage, form: Submitted) -> Response:
    """Keep what was filled in, and go on to all that submitting it would find; nothing is submitted."""
    page.admin()
    sent = await keep_files(page, form)
    if sent.wrong:
        problem = Problem(
            422, "invalid_request", Sentence("Correct what is marked."), errors=list(sent.wrong)
        )
        return await show_again(page, sent, problem, draw_form)
    await in_thread(keep_draft, page, form, sent.typed())
    return RedirectResponse(f"{page.origin_of(form)}?checked=true", 303)


@router.get("/invoices/{invoice_id}")
def show_invoice(page: OfOrganization, invoice_id: InvoiceId) -> HTMLResponse:
    """An invoice: where it stands, what it claims, what was submitted."""
    with page.snapshot(history=True) as snapshot:
        view = invoices.find_invoice(snapshot, invoice_id)
        statements = show_statements(snapshot, MOST_TO_INVOICE).data
        return page.show(
            snapshot.session,
            "payments/invoice.html",
            view=view,
            statements=[one for one in statements if one.id in view.statement_ids],
            events=show_timeline(
                snapshot.session, page.reader, PAGE, document_id=view.document_id, voice=page.voice
            ),
        )


@router.get("/{invoice_id}")
def show_payout(page: OfOrganization, invoice_id: InvoiceId) -> HTMLResponse:
    """A payment, attempt by attempt."""
    return draw_payout(page, invoice_id)


def draw_payout(page: OrganizationPage, invoice_id: str) -> HTMLResponse:
    """A payment, also after a problem."""
    with page.snapshot(history=True) as snapshot:
        view = payouts.find_payout(snapshot, invoice_id)
        return page.show(
            snapshot.session,
            "payments/payout.html",
            view=view,
            events=show_timeline(
                snapshot.session, page.reader, PAGE, document_id=view.document_id, voice=page.voice
            ),
        )


@router.post("/{invoice_id}/retry")
async def retry(page: OfOrganization, invoice_id: InvoiceId, form: Posted) -> Response:
    """Try a payment again at once."""
    return await submit(
        page,
        form,
        lambda context, sent: payouts.retry_payout(context, invoice_id),
        partial(draw_payout, invoice_id=invoice_id),
        f"{page.base}/payouts/{invoice_id}",
    )
