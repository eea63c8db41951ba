"""A failure of a payment stays one: from the provider's answer over the payout and its invoice to what people read."""

import pytest

from lifecycle.messages import tell_organization
from lifecycle.steps.payout.attempts import CLASSES
from models.documents import Invoice, Payout, PayoutAccount, stored_document
from models.reasons.failures import EVENTS, FAILURES, GENERAL, Failure, FailureClass
from providers.failures import ProviderFailure
from providers.payments.events import failure_event
from tests.lifecycle.life import Life, organization, sent

CODES = [(listed.failure_class, code) for code, listed in FAILURES.items()]
TOLD = (FailureClass.ACCOUNT, FailureClass.PAYER, FailureClass.FINAL)
"""Classes by which somebody must act, so that the organization hears of them."""


def after(failure: Failure) -> Life:
    """A payout whose attempt has come to this."""
    life = sent()
    event = failure_event(failure, "event-1", "payout/1", life["payout/1"].reference)
    life.take(event.command("payments"))
    return life


@pytest.mark.parametrize(("failure_class", "code"), [*CODES, *((one, "a_new_code") for one in GENERAL)])
def test_the_payout_keeps_what_the_provider_said(failure_class: FailureClass, code: str) -> None:
    said = ProviderFailure(failure_class, code).failure
    kept = after(said)["payout/1"].failure
    assert (kept.failure_class, kept.code, kept.words) == (said.failure_class, said.code, said.words)


@pytest.mark.parametrize(("failure_class", "code"), [one for one in CODES if one[0] in TOLD])
def test_its_invoice_the_account_and_the_inbox_say_the_same(failure_class: FailureClass, code: str) -> None:
    said = ProviderFailure(failure_class, code).failure
    payout = after(said)["payout/1"]
    message = tell_organization(payout)
    assert message is not None
    life = organization()
    life.invoiced(life.confirmed())
    life.take(message)
    invoice, account = life["invoice/1"], life["payout_account"]
    assert isinstance(invoice, Invoice) and isinstance(account, PayoutAccount)
    assert invoice.failure == payout.failure
    assert any(said.words.why in told and said.words.fix in told for told in life.told)
    if failure_class is FailureClass.ACCOUNT:
        assert account.failure == payout.failure


@pytest.mark.parametrize("failure_class", [FailureClass.TRANSIENT, FailureClass.UNKNOWN])
def test_nobody_is_told_of_what_mends_itself(failure_class: FailureClass) -> None:
    assert tell_organization(after(Failure(failure_class, "timeout"))["payout/1"]) is None


def test_the_event_names_the_class_both_ways() -> None:
    assert {CLASSES[event]: event for event in EVENTS.values()} == EVENTS
    assert set(EVENTS) == set(FailureClass)


def test_what_was_recorded_before_is_read_as_the_same_failure() -> None:
    payout = after(Failure(FailureClass.FINAL, "declined"))["payout/1"]
    row = payout.model_dump(mode="json")
    assert (row["failure_class"], row["failure_code"]) == ("final", "declined")
    read = stored_document(row)
    assert isinstance(read, Payout) and read.failure == Failure(FailureClass.FINAL, "declined")
