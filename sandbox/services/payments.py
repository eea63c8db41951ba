"""The payment provider: accepts each transfer once, and tells what becomes of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session, col, func, or_, select

from models.money import EXPONENTS, Money
from models.programme.clock import add_working_days
from providers.answers import Reference
from providers.payments.messages import (
    PaymentNews,
    PaymentOrder,
    PaymentRecord,
    PaymentRecordPage,
    PaymentResult,
    PaymentVoid,
)
from sandbox.decisions import texts_in
from sandbox.faults import Answer, Disturbance, Kind, take
from sandbox.problems import Problem, problems
from sandbox.services.desks import IdempotencyKey, check_key
from sandbox.state import Here, World
from sandbox.store import PaymentRow, RefusalRow, digest, fingerprint, opaque
from sandbox.webhook_sender import announce

router = APIRouter(tags=["payments"])

After = Annotated[
    Reference | None, Query(description="`next_cursor` of the page before; none: from the beginning")
]
Limit = Annotated[int, Query(ge=1, le=1000)]

_AGAIN: dict[int | str, dict[str, object]] = {
    200: {"model": PaymentResult, "description": "The transfer was accepted before"}
}

FAILS_LATER = {
    "000111111113": "account_closed",
    "000111111116": "no_account",
    "000111111114": "bank_account_restricted",
    "000111111115": "incorrect_account_holder_name",
    "000999999992": "declined",
}
"""Account numbers to which a transfer is accepted, and fails at the bank after a day or two."""

REFUSED_AT_ONCE = {
    "000111111112": "invalid_account_number",
    "000444444440": "invalid_currency",
    "000222222227": "insufficient_funds",
}
"""Account numbers for which a transfer is refused when it is sent."""

FAILS_ONCE = {"000888888883": "bank_processing_error"}
"""Account numbers to which an invoice's first transfer fails at the bank, and the next arrives."""

CANCELLED = "payment_cancelled"
"""Why a payment that was voided is not made."""

REFUSED_ONCE = frozenset({"insufficient_funds"})
"""Refusals that an invoice meets once: the payer mends them."""

RETURNED = "000999999991"
RETURNED_AFTER_DAYS = 5.0


@router.post(
    "/payments",
    status_code=201,
    response_model=PaymentResult,
    responses=_AGAIN | problems(402, 409),
)
def send_payment(order: PaymentOrder, here: Here, idempotency_key: IdempotencyKey = None) -> Answer:
    """Send money. The same key moves it once: a repetition is answered 200 with the transfer as it stands.

    A refusal (4xx with a `code`) is definite: nothing was sent, and nothing ever will be under this reference.
    `503` with `X-Not-Processed: true` says that the order was not looked at.
    """
    check_key(idempotency_key, order.idempotency_key)
    with here.store.write() as session:
        call = Disturbance(session, here, "payments", order.organization_id, "request")
        if error := call.instead():
            return error
        known = session.exec(
            select(PaymentRow).where(
                or_(
                    PaymentRow.reference == order.reference,
                    PaymentRow.idempotency_key == order.idempotency_key,
                )
            )
        ).first()
        if known is not None:
            if known.digest != digest(order):
                raise Problem(409, "reference_conflict", "This reference was used for another transfer.")
            return call.answer(result_of(known))
        if code := _refusal(session, order):
            session.merge(RefusalRow(reference=order.reference, invoice_id=order.invoice_id, code=code))
            return call.refusal(Problem(402 if code == "insufficient_funds" else 422, code))
        row = _accept(session, here, order)
        if call.accepted and call.accepted.days:
            row.visible_at += timedelta(days=call.accepted.days)
        session.add(row)
        answer = call.answer(result_of(row), 201)
    here.stir()
    return answer


@router.get("/payments", response_model=PaymentResult, responses=problems(404))
def ask_payment(reference: Annotated[Reference, Query()], here: Here) -> Answer:
    """Where a transfer stands; 404 with the code `unknown_reference` if none was accepted."""
    with here.store.write() as session:
        row = session.get(PaymentRow, reference)
        call = Disturbance(session, here, "payments", row.organization_id if row else None, "ask")
        if error := call.instead():
            return error
        if row is None or row.visible_at > here.now():
            return call.refusal(Problem(404, "unknown_reference"))
        return call.answer(result_of(row))


@router.post("/payments/void", response_model=PaymentResult, responses=problems())
def void_payment(void: PaymentVoid, here: Here) -> Answer:
    """See to it that nothing is paid under a reference, whatever comes later; where its transfer stands afterwards.

    What has not arrived yet is stopped, and is `failed` with the code `payment_cancelled`; so is what was never
    accepted, and is refused from now on. What has arrived stays as it is.
    """
    with here.store.write() as session:
        row = session.get(PaymentRow, void.reference)
        call = Disturbance(session, here, "payments", row.organization_id if row else None, "ask")
        if error := call.instead():
            return error
        if row is None:
            if session.get(RefusalRow, void.reference) is None:
                session.add(RefusalRow(reference=void.reference, invoice_id="", code=CANCELLED))
            never = PaymentResult(
                provider_id="none", reference=void.reference, status="failed", failure_code=CANCELLED
            )
            return call.answer(never)
        if row.status == "in_transit":
            row.status, row.failure_code = "failed", CANCELLED
            row.next_status = row.next_code = row.next_at = None
            session.add(row)
        return call.answer(result_of(row))


@router.get("/payments/records", response_model=PaymentRecordPage, responses=problems())
def read_records(here: Here, after: After = None, limit: Limit = 100) -> Answer:
    """The provider's own record: every transfer that was accepted, in the order of the references."""
    with here.store.write() as session:
        call = Disturbance(session, here, "payments", None, "ask")
        if error := call.instead():
            return error
        following = select(PaymentRow).where(
            PaymentRow.reference > (after or ""), PaymentRow.visible_at <= here.now()
        )
        rows = session.exec(following.order_by(col(PaymentRow.reference)).limit(limit + 1)).all()
        page = rows[:limit]
        return call.answer(
            PaymentRecordPage(
                payments=[record_of(row) for row in page],
                next_cursor=page[-1].reference if page else after,
                has_more=len(rows) > limit,
            )
        )


def result_of(row: PaymentRow) -> PaymentResult:
    """What the provider says of a transfer."""
    return PaymentResult.model_validate(row, from_attributes=True)


def record_of(row: PaymentRow) -> PaymentRecord:
    """What the provider's record says of a transfer."""
    amount = Money(amount=row.amount, currency=row.currency)
    return PaymentRecord(amount=amount, **result_of(row).model_dump())


def move_due(session: Session, world: World, now: datetime) -> None:
    """Let transfers arrive, fail or come back when it is time, and send word."""
    ready = select(PaymentRow).where(col(PaymentRow.next_at) <= now).order_by(col(PaymentRow.next_at))
    for row in session.exec(ready.limit(200)):
        move(session, world, row)


def move(session: Session, world: World, row: PaymentRow) -> None:
    """Let one transfer take its next step."""
    assert row.next_status is not None and row.next_at is not None
    row.status, row.failure_code = row.next_status, row.next_code
    row.next_status = row.next_code = None
    if row.status == "paid" and row.return_after_days is not None:
        row.next_status, row.next_code = "returned", row.return_code
        row.next_at += timedelta(days=row.return_after_days)
    else:
        row.next_at = None
    session.add(row)
    news = PaymentNews.model_validate(
        {
            "event_id": opaque("pe", world.seed, row.reference, row.status),
            "type": f"payment.{row.status}",
            "organization_id": row.organization_id,
            "payment": result_of(row).model_dump(),
        }
    )
    announce(session, world, "payments", row.organization_id, news.event_id, news)


def next_due(session: Session) -> datetime | None:
    """When the next transfer takes a step."""
    return session.exec(select(func.min(PaymentRow.next_at))).one()


def _refusal(session: Session, order: PaymentOrder) -> str | None:
    """Why the transfer is refused, if it is: for good reasons, or as it was before."""
    if refused := session.get(RefusalRow, order.reference):
        return refused.code
    if order.amount.amount <= 0:
        return "invalid_amount"
    if order.amount.currency not in EXPONENTS:
        return "invalid_currency"
    code = _by_account(order, REFUSED_AT_ONCE)
    if code in REFUSED_ONCE:
        earlier = select(RefusalRow).where(RefusalRow.invoice_id == order.invoice_id, RefusalRow.code == code)
        return None if session.exec(earlier).first() else code
    return code


def _failure(session: Session, order: PaymentOrder) -> str | None:
    """Why the transfer will fail at the bank, if it will."""
    if code := _by_account(order, FAILS_LATER):
        return code
    earlier = select(PaymentRow).where(PaymentRow.invoice_id == order.invoice_id)
    return None if session.exec(earlier).first() else _by_account(order, FAILS_ONCE)


def _by_account(order: PaymentOrder, codes: Mapping[str, str]) -> str | None:
    return next((codes[text] for text in texts_in(order.destination) if text in codes), None)


def _accept(session: Session, world: World, order: PaymentOrder) -> PaymentRow:
    now = world.now()
    chance = world.chance("payments", order.reference)
    place = (["payments"], order.organization_id)
    forced = take(session, world, [Kind.REFUSE], *place)
    late = take(session, world, [Kind.ANSWER_LATE], *place)
    comes_back = take(session, world, [Kind.RETURN_PAYMENT_AFTER], *place)
    failure = (forced.code or "declined") if forced else _failure(session, order)
    days = chance.randint(1, 2) if failure else chance.randint(3, 5)
    arrives = add_working_days(now, days) - timedelta(hours=chance.uniform(2, 10))
    returned = RETURNED in texts_in(order.destination)
    return PaymentRow(
        reference=order.reference,
        idempotency_key=order.idempotency_key,
        provider_id=opaque("tr", world.seed, order.reference),
        organization_id=order.organization_id,
        invoice_id=order.invoice_id,
        amount=order.amount.amount,
        currency=order.amount.currency,
        destination_sha256=fingerprint(order.destination),
        digest=digest(order),
        received_at=now,
        visible_at=now,
        next_status="failed" if failure else "paid",
        next_code=failure,
        next_at=arrives + timedelta(days=(late.days or 0) if late else 0),
        return_after_days=comes_back.days if comes_back else RETURNED_AFTER_DAYS if returned else None,
        return_code=(comes_back.code if comes_back else None) or "account_closed",
    )
