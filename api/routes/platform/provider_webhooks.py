"""News of external systems: signed, checked, and handed to the workflow that waits for them."""

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from anyio import to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from structlog.contextvars import bind_contextvars

from api.http.problems import Problem, Unavailable, documented, not_found
from api.installation import CurrentInstallation, Installation
from api.queues import WEBHOOK_THREADS
from api.workflow_client import NotRunning
from config.settings import listed
from lifecycle.machines import state_of
from lifecycle.pipeline import STEPS
from lifecycle.steps.payout.overpaid import contradicts
from models.commands import ProviderEvent
from models.desks import Desk
from models.documents import Payout
from models.earnings import Aside, OrderEvent, WhyAside, complaint, read_report, unread
from models.identity import organization_workflow_id
from models.wire.strict_json import Unreadable, read_json
from providers.failures import NotFound, SignatureError
from providers.http.reviews import ReviewDecided
from providers.http.signature import HEADER, verify
from providers.payments.registry import WEBHOOK_NAMES
from storage.earnings.reports import import_orders, put_unread_aside
from storage.organizations import queries
from words.voice import Sentence

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

M = TypeVar("M", bound=BaseModel)

_log = structlog.get_logger("api.routes.platform.provider_webhooks")

MACHINE_OF_DESK = {desk: name for name, step in STEPS.items() for desk in step.reviewed_by}
"""What a desk may decide on."""


class Receipt(BaseModel):
    """News that was taken in, or that was known before.

    Attributes:
        put_aside: why an order is not counted, or not yet; sending it again changes nothing.
    """

    received: bool = True
    put_aside: WhyAside | None = None


@router.post("/{provider}", responses=documented(401, 404, 413, 422, 500, 503))
async def receive(request: Request, installation: CurrentInstallation, provider: str) -> Receipt:
    """News of a provider: a desk of reviews, `orders`, or a payment provider's; signed over the raw bytes.

    `payments` is the external systems' own payment provider. Another one, such as `stripe`, is there only where it
    moves the money, and signs as it does everywhere, in its own header; what does not concern us is answered 200, too.

    Send it again until it is answered 2xx; news that are known already are answered 200 as well.
    """
    body = await request.body()
    if provider in WEBHOOK_NAMES:
        return await receive_payment(request, installation, provider, body)
    with signed_in(HEADER):
        verify(
            listed(installation.settings.webhook_secrets), request.headers.get(HEADER), body, int(time.time())
        )
    take = HANDLERS.get(provider)
    if take is None:
        raise not_found(Sentence("This provider does not exist here."))
    bind_contextvars(provider=provider)
    return await take(installation, provider, body) or Receipt()


async def receive_payment(
    request: Request, installation: Installation, provider: str, body: bytes
) -> Receipt:
    """A payment has moved, or may have: the workflow of its payout hears of it."""
    webhook = installation.payment_webhooks.get(provider)
    if webhook is None:
        raise not_found(Sentence("This provider does not exist here."))
    with signed_in(webhook.header):
        webhook.authenticate(request.headers.get(webhook.header), body)
    bind_contextvars(provider=provider)
    try:
        with understood():
            news = webhook.read(body)
    except NotFound:
        raise not_found(Sentence("This payment does not exist here.")) from None
    if news is not None:
        await signal_payout(installation, news.organization_id, news.event)
    return Receipt()


async def handle_review(installation: Installation, provider: str, body: bytes) -> None:
    """A desk has decided: its organization's workflow judges whether that answers what it asked."""
    news = parsed(ReviewDecided, body)
    event = news.event
    if event.action.partition(".")[0] != MACHINE_OF_DESK[Desk(provider)]:
        raise unreadable(Sentence("This desk does not decide on that."))
    bind_contextvars(organization_id=news.organization_id, event_id=event.id, document_id=event.document_id)
    check_command(event)
    await to_thread.run_sync(known_organization, installation, news.organization_id, limiter=WEBHOOK_THREADS)
    workflow_id = organization_workflow_id(news.organization_id)
    try:
        await installation.workflow_client.signal(workflow_id, event)
    except NotRunning:
        await start_and_signal(installation, news.organization_id, event)


async def signal_payout(installation: Installation, organization_id: str, event: ProviderEvent) -> None:
    """The workflow of a payout hears news of its payment."""
    payout_id = event.document_id
    bind_contextvars(organization_id=organization_id, event_id=event.id, document_id=payout_id)
    check_command(event)

    def find() -> Payout:
        with installation.database.reading() as session:
            payout = queries.document(session, organization_id, payout_id)
        if not isinstance(payout, Payout):
            raise not_found(Sentence("This payment does not exist here."))
        return payout

    payout = await to_thread.run_sync(find, limiter=WEBHOOK_THREADS)
    over = state_of(payout).final
    if over and not contradicts(payout, event.command()):
        _log.info("news of a payout that is over")
        return
    try:
        if over:
            await installation.workflow_client.reopen(payout_id, organization_id, event)
        else:
            await installation.workflow_client.signal(payout_id, event)
    except NotRunning:
        raise Unavailable(
            "not_running", Sentence("The payout's workflow is not running; send it again."), 60
        ) from None


async def handle_order(installation: Installation, _: str, body: bytes) -> Receipt:
    """An order or a refund was reported; the feed of earnings has all of them, this one is early.

    What cannot be counted is put aside and answered 200 like the others: the provider can do nothing about it. What
    is signed but no order is refused; operators find it among what was put aside, too.
    """
    read = order_in(body)
    if isinstance(read, Aside):
        await to_thread.run_sync(
            put_unread_aside, installation.database, [read], "webhook", limiter=WEBHOOK_THREADS
        )
        _log.warning("report put aside", reason=read.why)
        if read.why is WhyAside.MALFORMED:
            raise unreadable(Sentence("Not valid: {detail}", detail=read.detail))
        return Receipt(put_aside=read.why)
    bind_contextvars(organization_id=read.organization_id, event_id=read.event_id)
    done = await to_thread.run_sync(
        import_orders,
        installation.database,
        [read],
        installation.now(),
        installation.policy,
        "webhook",
        limiter=WEBHOOK_THREADS,
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
            raise unreadable(Sentence(str(error))) from None
        return unread(OrderEvent, raw, str(error))


HANDLERS: dict[str, Callable[[Installation, str, bytes], Awaitable[Receipt | None]]] = {
    **{desk.value: handle_review for desk in Desk},
    "orders": handle_order,
}


async def start_and_signal(installation: Installation, organization_id: str, event: ProviderEvent) -> None:
    """Bring a workflow back that Temporal has lost, and tell it; it takes its documents from the database."""
    try:
        await installation.workflow_client.start(organization_id)
        await installation.workflow_client.signal(organization_workflow_id(organization_id), event)
    except NotRunning:
        raise Unavailable("not_running", Sentence("The organization's workflow was ended."), 60) from None


def known_organization(installation: Installation, organization_id: str) -> None:
    """404 for organizations that we do not have."""
    with installation.database.reading() as session:
        if queries.organization(session, organization_id) is None:
            raise not_found(Sentence("This organization does not exist here."))


def check_command(event: ProviderEvent) -> None:
    """Refuse news that no workflow could take: there, they could be refused no longer."""
    try:
        event.command()
    except ValidationError:
        raise unreadable(Sentence("The ids or the action of this event are malformed.")) from None


def parsed(kind: type[M], body: bytes) -> M:
    """The news in a body that was signed by somebody we know, but may be malformed all the same."""
    with understood():
        read_json(body)  # stricter than what follows
        return kind.model_validate_json(body)


@contextmanager
def signed_in(header: str) -> Iterator[None]:
    """401 for what nobody we know has signed in a header."""
    try:
        yield
    except SignatureError as error:
        raise Problem(401, error.code, headers={"WWW-Authenticate": header}) from None


@contextmanager
def understood() -> Iterator[None]:
    """422 for what cannot be read, though it was signed."""
    try:
        yield
    except Unreadable as error:
        raise unreadable(Sentence(str(error))) from None
    except ValidationError as error:
        detail = complaint(error)
        _log.warning("news put aside", reason=detail)
        raise unreadable(Sentence("Not valid: {detail}", detail=detail)) from None


def unreadable(detail: Sentence) -> Problem:
    """News that nobody can take."""
    return Problem(422, "invalid_request", detail)
