"""The review desks: take requests in, decide when due, tell the application."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Query
from sqlmodel import Session, col, func, select

from models.commands import ProviderEvent
from models.desks import Desk
from providers.answers import Reference
from providers.http.reviews import ReviewAnswer, ReviewDecided, ReviewRequest
from sandbox.decisions import decide, due, refuse
from sandbox.faults import Answer, Disturbance, Kind, take
from sandbox.problems import Problem, problems
from sandbox.state import Here, World
from sandbox.store import ReviewRow, digest, opaque
from sandbox.webhook_sender import announce

router = APIRouter(tags=["reviews"])

IdempotencyKey = Annotated[
    str | None, Header(description="the same as the reference (the id, for notices) in the body")
]
_PENDING: dict[int | str, dict[str, object]] = {
    202: {"model": ReviewAnswer, "description": "Pending: the decision comes by webhook"}
}


@router.post("/{desk}/reviews", response_model=ReviewAnswer, responses=_PENDING | problems(409))
def request_review(
    desk: Desk, review: ReviewRequest, here: Here, idempotency_key: IdempotencyKey = None
) -> Answer:
    """Hand in a request. The same reference is the same request; with another body it is a conflict (409)."""
    check_key(idempotency_key, review.reference)
    if review.kind is not desk:
        raise Problem(422, "wrong_desk", "The kind of the request is not this desk's.")
    with here.store.write() as session:
        call = Disturbance(session, here, desk.value, review.organization_id, "request")
        if error := call.instead():
            return error
        row = session.get(ReviewRow, (desk.value, review.reference))
        if row is None:
            row = _take_in(session, here, review)
            session.add(row)
        elif row.digest != digest(review):
            raise Problem(409, "reference_conflict", "This reference was used for another request.")
        answer = _answer(call, row)
    here.stir()
    return answer


@router.get("/{desk}/reviews", response_model=ReviewAnswer, responses=_PENDING | problems(404))
def ask_review(desk: Desk, reference: Annotated[Reference, Query()], here: Here) -> Answer:
    """What became of a request; 404 with the code `unknown_reference` if it was never handed in."""
    with here.store.write() as session:
        row = session.get(ReviewRow, (desk.value, reference))
        call = Disturbance(session, here, desk.value, row.organization_id if row else None, "ask")
        if error := call.instead():
            return error
        if row is None:
            return call.refusal(Problem(404, "unknown_reference"))
        return _answer(call, row)


def check_key(key: str | None, reference: str) -> None:
    """Refuse an idempotency key that contradicts the body."""
    if key is not None and key != reference:
        raise Problem(422, "idempotency_key_differs", "Idempotency-Key is not the key in the body.")


def decide_due(session: Session, world: World, now: datetime) -> None:
    """Decide what is due and send word."""
    ready = select(ReviewRow).where(col(ReviewRow.decided).is_(False), ReviewRow.due_at <= now)
    for row in session.exec(ready.order_by(col(ReviewRow.due_at)).limit(200)):
        conclude(session, world, row)


def conclude(session: Session, world: World, row: ReviewRow) -> None:
    """Make the decision known."""
    row.decided = True
    session.add(row)
    event = ProviderEvent.model_validate_json(row.event)
    news = ReviewDecided(event_id=event.id, organization_id=row.organization_id, event=event)
    announce(session, world, row.desk, row.organization_id, event.id, news)


def next_due(session: Session) -> datetime | None:
    """When the next decision is due."""
    return session.exec(select(func.min(ReviewRow.due_at)).where(col(ReviewRow.decided).is_(False))).one()


def _take_in(session: Session, world: World, review: ReviewRequest) -> ReviewRow:
    now = world.now()
    chance = world.chance(review.kind.value, review.reference)
    due_at = due(review.kind, now, chance)
    place = ([review.kind.value], review.organization_id)
    forced = take(session, world, [Kind.REFUSE], *place)
    late = take(session, world, [Kind.ANSWER_LATE], *place)
    if late:
        due_at += timedelta(days=late.days or 0)
    before = session.exec(
        select(ReviewRow.magic).where(
            ReviewRow.desk == review.kind.value,
            ReviewRow.organization_id == review.organization_id,
            ReviewRow.document_id == review.document_id,
        )
    )
    worked = [word for word in before if word]
    decision = refuse(review, forced, chance) if forced else decide(review, worked, chance)
    event = ProviderEvent(
        id=opaque("ev", world.seed, review.kind.value, review.reference),
        action=decision.action,
        document_id=review.document_id,
        reference=review.reference,
        facts=decision.facts,
        reasons=decision.reasons,
    )
    return ReviewRow(
        desk=review.kind.value,
        reference=review.reference,
        organization_id=review.organization_id,
        document_id=review.document_id,
        digest=digest(review),
        magic=decision.magic,
        event=event.model_dump_json(),
        received_at=now,
        due_at=due_at,
        decided=due_at <= now,
    )


def _answer(call: Disturbance, row: ReviewRow) -> Answer:
    if not row.decided:
        return call.answer(ReviewAnswer(status="pending"), 202)
    return call.answer(ReviewAnswer(status="decided", event=ProviderEvent.model_validate_json(row.event)))
