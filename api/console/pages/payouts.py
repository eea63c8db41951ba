"""Payouts: what can be invoiced, invoices, payments with their attempts, and what can be expected."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted, amount_of
from api.console.page import OrganizationPage, Page
from api.http.problems import Problem
from api.http.routing import InvoiceId
from api.queues import in_thread
from api.routes.earnings.statements import StatementView, show_statements
from api.routes.organizations.organizations import read_timeline, show_blockers
from api.routes.payments.forecast import estimated, show_balance, show_forecast
from api.routes.payments.invoices import (
    InvoiceDraft,
    NewInvoice,
    preflight_invoice,
    show_invoices,
    show_one_invoice,
    submit_invoice,
)
from api.routes.payments.payouts import read_payout, retry_payout, show_payouts
from api.routes.payments.self_billing import SelfBilled, submit_self_billed
from api.security.identity import Reader, act_for_organization
from api.services.commands import Asking
from api.services.preflight import PreflightView
from api.services.views import Done
from models.money import Money

router = APIRouter(prefix="/organizations/{organization_id}/payouts", include_in_schema=False)

PAGE = 50
MOST_TO_INVOICE = 100


def reader_of(page: Page) -> Reader:
    """Who looks at the page."""
    assert page.reader is not None
    return page.reader


def to_be_invoiced(page: Page) -> list[StatementView]:
    """The confirmed statements that no invoice claims, the newest first."""
    with page.reading(history=True) as (session, standing):
        return show_statements(session, standing, MOST_TO_INVOICE, state="confirmed").data


@router.get("")
def payouts(page: OrganizationPage) -> HTMLResponse:
    """To be invoiced, invoices, payouts, and where the year's money is."""
    policy = page.here.policy
    with page.reading(history=True) as (session, standing):
        ready = show_statements(session, standing, MOST_TO_INVOICE, state="confirmed").data
        invoices = show_invoices(session, standing, PAGE)
        sent = show_payouts(session, standing, PAGE)
        balance = show_balance(session, standing, estimated(session, standing))
    return page.show(
        "payments/payouts.html",
        ready=ready,
        invoices=invoices,
        payouts=sent,
        numbers={one.id: one.number for one in invoices.data},
        balance=balance,
        minimum=Money(amount=policy.invoice_minimum, currency=policy.settlement_currency),
    )


@router.get("/forecast")
def forecast(page: OrganizationPage) -> HTMLResponse:
    """What can be expected, and why nothing is paid yet."""
    with page.reading(history=True) as (session, standing):
        accrued = estimated(session, standing)
    return page.show(
        "payments/forecast.html",
        view=show_forecast(standing, accrued),
        why=show_blockers(reader_of(page), standing, accrued),
    )


@router.get("/invoices/new")
def new_invoice(
    page: OrganizationPage, statement: Annotated[list[str] | None, Query()] = None
) -> HTMLResponse:
    """The form of an invoice, for the statements that were chosen."""
    return draw(page, statement or [])


def draw(page: Page, chosen: Sequence[str], found: PreflightView | None = None) -> HTMLResponse:
    """The form of an invoice, with what a check before has found."""
    ready = to_be_invoiced(page)
    if page.posted:
        chosen = page.posted.fields.get("statement_ids[]", [])
    picked = [one for one in ready if one.id in chosen] or (ready if not page.posted else [])
    total = sum(one.net.amount for one in picked)
    return page.show(
        "payments/invoice_form.html",
        ready=ready,
        picked={one.id for one in picked},
        total=Money(amount=total, currency=page.here.policy.settlement_currency),
        minimum=Money(amount=page.here.policy.invoice_minimum, currency=page.here.policy.settlement_currency),
        today=page.here.now().date(),
        found=found,
    )


def draft_of(form: Submitted) -> dict[str, Any]:
    """What was filled in, as the API takes it."""
    amount = amount_of(form.first("amount"), "/amount")
    return {
        "statement_ids": form.fields.get("statement_ids[]", []),
        **({"amount": {"amount": amount, "currency": "USD"}} if amount is not None else {}),
    }


@router.post("/invoices/new")
async def submit(request: Request, page: OrganizationPage, form: Posted) -> Response:
    """Check what was filled in beside the PDF, submit it, or have the platform write the invoice."""

    def where(done: Done) -> str:
        return f"{page.base}/payouts/invoices/{done.id}"

    if form.first("_step") == "self_billed":

        async def have_written(asking: Asking, form: Submitted) -> Done:
            chosen = {"statement_ids": form.fields.get("statement_ids[]", [])}
            return await submit_self_billed(asking, SelfBilled.model_validate(chosen))

        return await page.carry_out(form, have_written, lambda again: draw(again, []), where)
    if form.first("_step") == "submit":

        async def act(asking: Asking, form: Submitted) -> Done:
            return await submit_invoice(asking, form.read(NewInvoice, draft_of(form)))

        return await page.carry_out(form, act, lambda again: draw(again, []), where)
    form = await page.keep_files(form)
    shown = Page(request, page.here, page.person, page.reader, posted=form)
    try:
        body = form.read(InvoiceDraft, draft_of(form))
        admin = act_for_organization(reader_of(page))
        found = await preflight_invoice(admin, page.here, body)
    except Problem as problem:
        shown = Page(request, page.here, page.person, page.reader, posted=form, problem=problem)
        return await in_thread(draw, shown, [])
    return await in_thread(draw, shown, [], found)


@router.get("/invoices/{invoice_id}")
def invoice(page: OrganizationPage, invoice_id: InvoiceId) -> HTMLResponse:
    """An invoice: where it stands, what it claims, what was submitted."""
    reader = reader_of(page)
    view = show_one_invoice(reader, page.here, invoice_id)
    with page.reading(history=True) as (session, standing):
        statements = show_statements(session, standing, MOST_TO_INVOICE).data
    return page.show(
        "payments/invoice.html",
        view=view,
        statements=[one for one in statements if one.id in view.statement_ids],
        events=read_timeline(reader, page.here, limit=PAGE, document_id=view.document_id),
    )


@router.get("/{invoice_id}")
def payout(page: OrganizationPage, invoice_id: InvoiceId) -> HTMLResponse:
    """A payment, attempt by attempt."""
    return draw_payout(page, invoice_id)


def draw_payout(page: Page, invoice_id: str) -> HTMLResponse:
    """A payment, also after a problem."""
    reader = reader_of(page)
    view = read_payout(reader, page.here, invoice_id)
    return page.show(
        "payments/payout.html",
        view=view,
        events=read_timeline(reader, page.here, limit=PAGE, document_id=view.document_id),
    )


@router.post("/{invoice_id}/retry")
async def retry(page: OrganizationPage, invoice_id: InvoiceId, form: Posted) -> Response:
    """Try a payment again at once."""

    async def act(asking: Asking, form: Submitted) -> Done:
        return await retry_payout(asking, invoice_id)

    then = f"{page.base}/payouts/{invoice_id}"
    return await page.carry_out(form, act, lambda again: draw_payout(again, invoice_id), then)
