"""News of external systems: signed, checked, and handed to the workflow that waits for them."""

import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from anyio import to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from structlog.contextvars import bind_contextvars

from api.http.bodies import Unreadable, read_json
from api.http.problems import Problem, Unavailable, documented, not_found
from api.installation import Here, Installation
from api.queues import WEBHOOK_THREADS
from api.workflow_client import NotRunning
from lifecycle.machines import state_of
from lifecycle.steps.payout.overpaid import contradicts
from models.commands import ProviderEvent
from models.documents import Payout
from models.earnings import Aside, OrderEvent, WhyAside, complaint, read_report, unread
from models.identity import organization_workflow_id
from providers.http.reviews import Desk, ReviewDecided
from providers.http.signature import HEADER, SignatureError, verify
from providers.payments.events import payment_event
from providers.payments.messages import PaymentNews
from providers.stripe.payments import stripe_hint
from storage.earnings.reports import import_orders, put_unread_aside
from storage.organizations import queries

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

M = TypeVar("M", bound=BaseModel)

_log = structlog.get_logger("api.routes.platform.provider_webhooks")

MACHINE_OF_DESK = {
    Desk.VERIFICATION: "verification",
    Desk.QUALIFICATION: "qualification",
    Desk.CONTRACTS: "contract",
    Desk.INTEGRATIONS: "integration",
    Desk.RELEASES: "release",
    Desk.TAX_FORMS: "payout_account",
    Desk.BANK_ACCOUNTS: "payout_account",
    Desk.INVOICES: "invoice",
}
"""What a desk may decide on."""

STRIPE_HEADER = "Stripe-Signature"
PAYMENT = re.compile(r"(payout/inv_[0-9A-Za-z]{1,40})/[0-9]{1,9}")


class Receipt(BaseModel):
    """News that was taken in, or that was known before.

    Attributes:
        put_aside: why an order is not counted, or not yet; sending it again changes nothing.
    """

    received: bool = True
    put_aside: WhyAside | None = None


@router.post("/stripe", responses=documented(401, 404, 413, 422, 500, 503))
async def receive_stripe(request: Request, here: Here) -> Receipt:
    """An event of Stripe's, signed in `Stripe-Signature`; only where Stripe moves the money.

    It is no more than a hint: the payment that it is about is asked how it stands. Events about anything else
    are answered 200 and forgotten.
    """
    if here.settings.payments != "stripe":
        raise not_found("This provider")
    body = await request.body()
    secrets = here.settings.stripe_webhook_secrets.get_secret_value().split(",")
    bind_contextvars(provider="stripe")
    try:
        hint = stripe_hint([s.strip() for s in secrets], request.headers.get(STRIPE_HEADER), body)
    except SignatureError as error:
        raise Problem(401, error.code, headers={"WWW-Authenticate": STRIPE_HEADER}) from None
    except ValidationError:
        raise unreadable("This is no event.") from None
    reference = PAYMENT.fullmatch(hint.reference) if hint else None
    if hint and reference:
        event = ProviderEvent(
            id=f"stripe/{hint.event_id}",
            action="payout.ask",
            document_id=reference[1],
            reference=hint.reference,
        )
        await tell_payout(here, hint.organization_id, event)
    return Receipt()


@router.post("/{provider}", responses=documented(401, 404, 413, 422, 500, 503))
async def receive(request: Request, here: Here, provider: str) -> Receipt:
    """News of a provider: a desk of reviews, `payments`, or `orders`; signed over the raw bytes.

    Send it again until it is answered 2xx; news that are known already are answered 200 as well.
    """
    body = await request.body()
    secrets = here.settings.webhook_secrets.get_secret_value().split(",")
    try:
        verify([s.strip() for s in secrets], request.headers.get(HEADER), body, int(time.time()))
    except SignatureError as error:
        raise Problem(401, error.code, headers={"WWW-Authenticate": HEADER}) from None
    take = TAKERS.get(provider)
    if take is None:
        raise not_found("This provider")
    bind_contextvars(provider=provider)
    return await take(here, provider, body) or Receipt()


async def take_review(here: Installation, provider: str, body: bytes) -> None:
    """A desk has decided: its organization's workflow judges whether that answers what it asked."""
    news = parsed(ReviewDecided, body)
    event = news.event
    if event.action.partition(".")[0] != MACHINE_OF_DESK[Desk(provider)]:
        raise unreadable("This desk does not decide on that.")
    bind_contextvars(organization_id=news.organization_id, event_id=event.id, document_id=event.document_id)
    check_command(event)
    await to_thread.run_sync(known_organization, here, news.organization_id, limiter=WEBHOOK_THREADS)
    workflow_id = organization_workflow_id(news.organization_id)
    try:
        await here.pipeline.tell(workflow_id, event)
    except NotRunning:
        await start_and_tell(here, news.organization_id, event)


async def take_payment(here: Installation, _: str, body: bytes) -> None:
    """A payment has moved on: the workflow of its payout hears of it."""
    news = parsed(PaymentNews, body)
    reference = PAYMENT.fullmatch(news.payment.reference)
    if reference is None:
        raise not_found("This payment")
    if news.type != f"payment.{news.payment.status}":
        raise unreadable("The type and the payment's status contradict each other.")
    event = payment_event(news.payment, news.event_id, reference[1])
    await tell_payout(here, news.organization_id, event)


async def tell_payout(here: Installation, organization_id: str, event: ProviderEvent) -> None:
    """The workflow of a payout hears news of its payment."""
    payout_id = event.document_id
    bind_contextvars(organization_id=organization_id, event_id=event.id, document_id=payout_id)
    check_command(event)

    def find() -> Payout:
        with here.database.reading() as session:
            payout = queries.document(session, organization_id, payout_id)
        if not isinstance(payout, Payout):
            raise not_found("This payment")
        return payout

    payout = await to_thread.run_sync(find, limiter=WEBHOOK_THREADS)
    over = state_of(payout).final
    if over and not contradicts(payout, event.command()):
        _log.info("news of a payout that is over")
        return
    try:
        if over:
            await here.pipeline.reopen(payout_id, organization_id, event)
        else:
            await here.pipeline.tell(payout_id, event)
    except NotRunning:
        raise Unavailable("not_running", "The payout's workflow is not running; send it again.", 60) from None


async def take_order(here: Installation, _: str, body: bytes) -> Receipt:
    """An order or a refund was reported; the feed of earnings has all of them, this one is early.

    What cannot be counted is put aside and answered 200 like the others: the provider can do nothing about it. What
    is signed but no order is refused; operators find it among what was put aside, too.
    """
    read = order_in(body)
    if isinstance(read, Aside):
        await to_thread.run_sync(put_unread_aside, here.database, [read], "webhook", limiter=WEBHOOK_THREADS)
        _log.warning("report put aside", reason=read.why)
        if read.why is WhyAside.MALFORMED:
            raise unreadable(f"Not valid: {read.detail}")
        return Receipt(put_aside=read.why)
    bind_contextvars(organization_id=read.organization_id, event_id=read.event_id)
    done = await to_thread.run_sync(
        import_orders, here.database, [read], here.now(), here.policy, "webhook", limiter=WEBHOOK_THREADS
    )
    aside = done.aside.get(0)
    if aside:
        _log.warning("report put aside", reason=aside.why)
    return Receipt(put_aside=aside.why if aside else None)


def order_in(body: bytes) -> OrderEvent | Aside:
    """The order in a body; 422 when there is not even an object of JSON."""
    try:
        return read_report(OrderEvent, read_json(body))
    except Unreadable as error:
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            raise unreadable(str(error)) from None
        return unread(OrderEvent, raw, str(error))


TAKERS: dict[str, Callable[[Installation, str, bytes], Awaitable[Receipt | None]]] = {
    **{desk.value: take_review for desk in Desk},
    "payments": take_payment,
    "orders": take_order,
}


async def start_and_tell(here: Installation, organization_id: str, event: ProviderEvent) -> None:
    """Bring a workflow back that Temporal has lost, and tell it; it takes its documents from the database."""
    try:
        await here.pipeline.start(organization_id)
        await here.pipeline.tell(organization_workflow_id(organization_id), event)
    except NotRunning:
        raise Unavailable("not_running", "The organization's workflow was ended.", 60) from None


def known_organization(here: Installation, organization_id: str) -> None:
    """404 for organizations that we do not have."""
    with here.database.reading() as session:
        if queries.organization(session, organization_id) is None:
            raise not_found("This organization")


def check_command(event: ProviderEvent) -> None:
    """Refuse news that no workflow could take: there, they could be refused no longer."""
    try:
        event.command()
    except ValidationError:
        raise unreadable("The ids or the action of this event are malformed.") from None


def parsed(kind: type[M], body: bytes) -> M:
    """The news in a body that was signed by somebody we know, but may be malformed all the same."""
    try:
        read_json(body)  # stricter than what follows
        return kind.model_validate_json(body)
    except Unreadable as error:
        raise unreadable(str(error)) from None
    except ValidationError as error:
        detail = complaint(error)
        _log.warning("news put aside", reason=detail)
        raise unreadable(f"Not valid: {detail}.") from None


def unreadable(detail: str) -> Problem:
    """News that nobody can take."""
    return Problem(422, "invalid_request", detail)
