"""A failure keeps its class and its code from the provider to whoever must act."""

import pytest

from lifecycle.messages import tell_organization
from models.documents import Payout
from models.reasons.failures import FAILURES, Failure, FailureClass, class_of
from providers.failures import ProviderFailure
from providers.payments.events import failure_event, payment_event
from providers.payments.messages import PaymentResult
from tests.lifecycle.life import Life, sent

ONE = "payout/1"


def heard(failure: Failure) -> Life:
    """A payout that was sent, once it has heard of a failure."""
    life = sent()
    life.take(failure_event(failure, "event", ONE, life[ONE].reference or "").command("payments"))
    return life


@pytest.mark.parametrize("code", FAILURES)
@pytest.mark.parametrize("failure_class", FailureClass)
def test_what_a_provider_failed_for_is_what_the_payout_and_its_invoice_say(
    failure_class: FailureClass, code: str
) -> None:
    life = heard(ProviderFailure(failure_class, code).failure)
    payout = life[ONE]
    assert isinstance(payout, Payout)
    assert payout.failure == Failure(failure_class, code)
    told = tell_organization(payout)
    if failure_class in (FailureClass.TRANSIENT, FailureClass.UNKNOWN):
        assert told is None or "failure_class" not in told.facts, "nobody must act"
    else:
        assert told is not None
        assert (told.facts["failure_class"], told.facts["failure_code"]) == (failure_class, code)


def test_how_long_to_wait_and_whether_it_was_taken_come_along() -> None:
    busy = ProviderFailure(FailureClass.TRANSIENT, "rate_limited", 7_200).failure
    assert busy == Failure(FailureClass.TRANSIENT, "rate_limited", 7_200, not_taken=True)
    payout = heard(busy)[ONE]
    assert payout.not_taken and (payout.act_at - payout.since).total_seconds() == 7_200
    assert not heard(Failure(FailureClass.TRANSIENT, "network"))[ONE].not_taken


@pytest.mark.parametrize("code", [*FAILURES, "never_heard_of"])
def test_a_payment_that_a_provider_calls_failed_is_in_the_class_of_its_code(code: str) -> None:
    result = PaymentResult(provider_id="t", reference=f"{ONE}/1", status="failed", failure_code=code)
    life = sent()
    life.take(payment_event(result, "event", ONE).command("payments"))
    assert life[ONE].failure == Failure(class_of(code), code)
