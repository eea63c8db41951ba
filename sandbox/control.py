"""The control API: for tests and the demo, to see what the outside world has seen and to make it fail."""

import time
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlmodel import col, select, update

from models.commands import ProviderEvent
from models.desks import Desk
from models.documents import Reason
from models.money import Money
from providers.answers import Reference
from providers.http.notifications import Notice
from providers.payments.messages import PaymentResult, PaymentStatus
from sandbox.decisions import check_action
from sandbox.faults import DESKS, Fault
from sandbox.problems import Problem, problems
from sandbox.services import oidc, payments, storefront
from sandbox.services.desks import conclude
from sandbox.services.storefront import GameSetting, GameState
from sandbox.state import Here
from sandbox.store import FaultRow, GameRow, NoticeRow, PaymentRow, ReviewRow, WebhookRow

router = APIRouter(prefix="/control", tags=["control"], responses=problems())

Organization = Annotated[Reference | None, Query()]


class ArmedFault(BaseModel):
    """A fault as it stands: how often it may still strike (null: always), and how often it has."""

    id: int
    left: int | None
    struck: int
    fault: Fault


class Transfer(BaseModel):
    """A transfer that was accepted."""

    reference: str
    idempotency_key: str
    provider_id: str
    organization_id: str
    invoice_id: str
    amount: Money
    destination_sha256: Annotated[str, Field(description="fingerprint of the destination's canonical JSON")]
    status: PaymentStatus
    failure_code: str | None
    received_at: datetime


class Transfers(BaseModel):
    """All transfers that were accepted, whatever was answered: the oracle of what really left."""

    data: list[Transfer]


class Return(BaseModel):
    """Why a paid transfer comes back."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)] = "account_closed"


class Review(BaseModel):
    """A request at a desk: when it is (or was) due, and what the decision is going to be."""

    desk: Desk
    reference: str
    organization_id: str
    received_at: datetime
    due_at: datetime
    decided: bool
    event: ProviderEvent


class Verdict(BaseModel):
    """A decision to be made now, instead of the one that was due; without an action the one that was due."""

    model_config = ConfigDict(extra="forbid")

    desk: Desk
    reference: Reference
    action: str | None = None
    facts: dict[str, JsonValue] = {}
    reasons: list[Reason] = []


class Webhook(BaseModel):
    """A piece of news for the application, and whether it has arrived."""

    id: int
    event_id: str
    provider: str
    organization_id: str
    state: Literal["pending", "delivered", "dropped"]
    attempts: int
    last_status: int | None


@router.post("/faults", status_code=201)
def arm(fault: Fault, here: Here) -> ArmedFault:
    """Have something go wrong. Faults outlive a restart; delete them when done."""
    if fault.action is not None and fault.provider in DESKS:
        check_action(Desk(fault.provider), fault.action)
    with here.store.write() as session:
        row = FaultRow(fault=fault.model_dump_json(exclude_unset=True), left=fault.times)
        session.add(row)
        session.flush()
        return _armed(row)


@router.get("/faults")
def list_faults(here: Here) -> list[ArmedFault]:
    """All faults, also those that are used up."""
    with here.store.read() as session:
        return [_armed(row) for row in session.exec(select(FaultRow).order_by(col(FaultRow.id)))]


@router.delete("/faults", status_code=204)
def clear_faults(here: Here, organization_id: Organization = None) -> None:
    """Have nothing go wrong any more (for one organization: only what was meant for it)."""
    with here.store.write() as session:
        for row in session.exec(select(FaultRow)):
            meant_for = Fault.model_validate_json(row.fault).organization_id
            if organization_id in (None, meant_for):
                session.delete(row)


@router.get("/payments")
def list_payments(
    here: Here, organization_id: Organization = None, invoice_id: Organization = None
) -> Transfers:
    """What really left, first to last."""
    query = select(PaymentRow).order_by(col(PaymentRow.received_at), col(PaymentRow.reference))
    if organization_id is not None:
        query = query.where(PaymentRow.organization_id == organization_id)
    if invoice_id is not None:
        query = query.where(PaymentRow.invoice_id == invoice_id)
    with here.store.read() as session:
        return Transfers(data=[_transfer(row) for row in session.exec(query)])


@router.post("/payments/{reference:path}/return", responses=problems(404, 409))
def return_payment(reference: str, here: Here, wish: Return | None = None) -> PaymentResult:
    """Have a paid transfer come back, now."""
    with here.store.write() as session:
        row = session.get(PaymentRow, reference)
        if row is None:
            raise Problem(404, "unknown_reference")
        if row.status != "paid":
            raise Problem(409, "not_paid", f"The transfer is {row.status}.")
        row.next_status, row.next_code = "returned", (wish or Return()).code
        row.next_at = here.now()
        payments.move(session, here, row)
        result = payments.result_of(row)
    here.stir()
    return result


@router.post("/payments/{reference:path}/pay", responses=problems(404, 409))
def pay_after_all(reference: str, here: Here) -> PaymentResult:
    """Have a transfer arrive now, also one that had failed: the provider takes its last word back."""
    with here.store.write() as session:
        row = session.get(PaymentRow, reference)
        if row is None:
            raise Problem(404, "unknown_reference")
        if row.status == "paid":
            raise Problem(409, "paid_already", "The transfer has arrived.")
        row.next_status, row.next_code, row.next_at = "paid", None, here.now()
        payments.move(session, here, row)
        result = payments.result_of(row)
    here.stir()
    return result


@router.get("/reviews")
def list_reviews(
    here: Here, organization_id: Organization = None, decided: bool | None = None
) -> list[Review]:
    """The requests at all desks, first to last."""
    query = select(ReviewRow).order_by(col(ReviewRow.received_at), col(ReviewRow.reference))
    if organization_id is not None:
        query = query.where(ReviewRow.organization_id == organization_id)
    if decided is not None:
        query = query.where(ReviewRow.decided == decided)
    with here.store.read() as session:
        return [_review(row) for row in session.exec(query)]


@router.post("/reviews/decide", responses=problems(404, 409))
def decide_now(verdict: Verdict, here: Here) -> Review:
    """Decide a pending request now, as a person at the desk would."""
    with here.store.write() as session:
        row = session.get(ReviewRow, (verdict.desk.value, verdict.reference))
        if row is None:
            raise Problem(404, "unknown_reference")
        if row.decided:
            raise Problem(409, "already_decided")
        if verdict.action is not None:
            check_action(verdict.desk, verdict.action)
            event = ProviderEvent.model_validate_json(row.event)
            facts = event.facts if verdict.action == event.action else {}
            event.action, event.facts, event.reasons = verdict.action, facts | verdict.facts, verdict.reasons
            row.event = event.model_dump_json()
        conclude(session, here, row)
        review = _review(row)
    here.stir()
    return review


@router.post("/games", responses=problems(409))
def set_game(wish: GameSetting, here: Here) -> GameState:
    """Say how much a game earns, or give it a past."""
    return storefront.set_game(here, wish)


@router.get("/games")
def list_games(here: Here) -> list[GameState]:
    """All games that the storefront knows."""
    with here.store.read() as session:
        return [storefront.state_of(row) for row in session.exec(select(GameRow).order_by(GameRow.game_id))]


@router.get("/notices")
def list_notices(here: Here, organization_id: Organization = None) -> list[Notice]:
    """The mails that were handed in, first to last."""
    query = select(NoticeRow).order_by(col(NoticeRow.received_at), col(NoticeRow.id))
    if organization_id is not None:
        query = query.where(NoticeRow.organization_id == organization_id)
    with here.store.read() as session:
        return [Notice.model_validate_json(row.notice) for row in session.exec(query)]


@router.get("/webhooks")
def list_webhooks(
    here: Here, organization_id: Organization = None, state: str | None = None
) -> list[Webhook]:
    """The news for the application, first to last."""
    query = select(WebhookRow).order_by(col(WebhookRow.id))
    if organization_id is not None:
        query = query.where(WebhookRow.organization_id == organization_id)
    if state is not None:
        query = query.where(WebhookRow.state == state)
    with here.store.read() as session:
        return [Webhook.model_validate(row, from_attributes=True) for row in session.exec(query)]


@router.post("/webhooks/{event_id}/resend", status_code=202, responses=problems(404))
def resend(event_id: Reference, here: Here) -> None:
    """Send a piece of news once more, whatever became of it."""
    with here.store.write() as session:
        found = session.exec(select(WebhookRow).where(WebhookRow.event_id == event_id)).first()
        if found is None:
            raise Problem(404, "unknown_event")
        session.exec(
            update(WebhookRow)
            .where(col(WebhookRow.id) == found.id)
            .values(state="pending", due_at=time.time(), attempts=0)
        )
    here.stir()


@router.post("/oidc/rotate")
def rotate_key(here: Here) -> dict[str, str]:
    """Sign tokens with a new key from now on."""
    with here.store.write() as session:
        return {"kid": oidc.rotate(session)}


def _armed(row: FaultRow) -> ArmedFault:
    assert row.id is not None
    return ArmedFault(id=row.id, left=row.left, struck=row.struck, fault=Fault.model_validate_json(row.fault))


def _transfer(row: PaymentRow) -> Transfer:
    amount = Money(amount=row.amount, currency=row.currency)
    return Transfer.model_validate({**row.model_dump(), "amount": amount})


def _review(row: ReviewRow) -> Review:
    return Review.model_validate({**row.model_dump(), "event": ProviderEvent.model_validate_json(row.event)})
