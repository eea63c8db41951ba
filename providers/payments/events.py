"""What a payment provider's word amounts to."""

import re

from models.commands import ProviderEvent
from models.reasons.failures import Failure, class_of
from providers.payments.messages import PaymentResult

_REFERENCE = re.compile(r"(payout/inv_[0-9A-Za-z]{1,40})/[0-9]{1,9}")

EVENTS = {"in_transit": "accept", "paid": "pay", "returned": "return"}


def payout_of(reference: str) -> str | None:
    """The id of the payout that a reference of ours is an attempt of; ``None`` if it cannot be ours."""
    found = _REFERENCE.fullmatch(reference)
    return found[1] if found else None


def payment_event(result: PaymentResult, event_id: str, payout_id: str) -> ProviderEvent:
    """News of a payment as the event of its payout; ``event_id`` is what it is deduplicated by."""
    if result.status == "failed":
        code = result.failure_code or "declined"
        return failure_event(Failure(class_of(code), code), event_id, payout_id, result.reference)
    code = result.failure_code or "returned"
    return ProviderEvent(
        id=event_id,
        action=f"payout.{EVENTS[result.status]}",
        document_id=payout_id,
        reference=result.reference,
        facts={"failure_code": code} if result.status == "returned" else {},
    )


def failure_event(failure: Failure, event_id: str, payout_id: str, reference: str) -> ProviderEvent:
    """A failed payment as the event of its payout, which is named by the class of the failure."""
    facts = failure.facts()
    del facts["failure_class"]  # the event says it
    return ProviderEvent(
        id=event_id,
        action=f"payout.{failure.event}",
        document_id=payout_id,
        reference=reference,
        facts=facts,
    )
