"""What a payment provider's word amounts to."""

import re

from models.commands import ProviderEvent
from models.documents import FailureClass
from providers.failures import classify_failure
from providers.payments.messages import PaymentResult

_REFERENCE = re.compile(r"(payout/inv_[0-9A-Za-z]{1,40})/[0-9]{1,9}")

EVENTS = {"in_transit": "accept", "paid": "pay", "returned": "return"}
FAILURES = {
    FailureClass.TRANSIENT: "fail_transient",
    FailureClass.ACCOUNT: "fail_account",
    FailureClass.PAYER: "fail_payer",
    FailureClass.FINAL: "fail_final",
    FailureClass.UNKNOWN: "lose",
}
"""The event of a payout for each class of failure."""


def payout_of(reference: str) -> str | None:
    """The id of the payout that a reference of ours is an attempt of; ``None`` if it cannot be ours."""
    found = _REFERENCE.fullmatch(reference)
    return found[1] if found else None


def payment_event(result: PaymentResult, event_id: str, payout_id: str) -> ProviderEvent:
    """News of a payment as the event of its payout; ``event_id`` is what it is deduplicated by."""
    if result.status == "failed":
        code = result.failure_code or "declined"
        return failure_event(classify_failure(code), code, event_id, payout_id, result.reference)
    code = result.failure_code or "returned"
    return ProviderEvent(
        id=event_id,
        action=f"payout.{EVENTS[result.status]}",
        document_id=payout_id,
        reference=result.reference,
        facts={"failure_code": code} if result.status == "returned" else {},
    )


def failure_event(
    failure: FailureClass,
    code: str,
    event_id: str,
    payout_id: str,
    reference: str,
    retry_after_seconds: int | None = None,
    *,
    not_taken: bool = False,
) -> ProviderEvent:
    """A failed payment as the event of its payout.

    Args:
        not_taken: the provider has said nothing of the payment itself, so that it may be given it again as it is.
    """
    facts: dict[str, object] = {"failure_code": code}
    if failure in (FailureClass.TRANSIENT, FailureClass.FINAL) and not_taken:
        facts["not_taken"] = True
    if failure is FailureClass.TRANSIENT and retry_after_seconds:
        facts["retry_after_seconds"] = retry_after_seconds
    return ProviderEvent(
        id=event_id,
        action=f"payout.{FAILURES[failure]}",
        document_id=payout_id,
        reference=reference,
        facts=facts,
    )
