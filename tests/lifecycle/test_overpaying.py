"""A provider that takes its last word back: the attempt counts if no other does, and else is claimed back."""

from typing import Any

import pytest

from models.commands import Command, Role
from models.money import Money
from tests.lifecycle.life import DAY, Life, payout, sent

ONE = "payout/1"
FIRST, SECOND = "payout/1/1", "payout/1/2"


def word(life: Life, event: str, reference: str, **facts: Any) -> Command:
    """What the provider says of one attempt."""
    command = life.command(Role.PROVIDER, f"payout.{event}", ONE, **facts)
    return command.model_copy(update={"reference": reference})


def says(life: Life, event: str, reference: str, **facts: Any) -> str:
    return life.take(word(life, event, reference, **facts))


def asked(life: Life) -> tuple[str, str]:
    """What was asked of the provider last."""
    return life.effects[-1].name, life.effects[-1].reference


def failed_once() -> Life:
    """An attempt that the provider has failed for good, and the next one on its way."""
    life = sent()
    life.provider("payout.fail_final", ONE, failure_code="declined")
    life.operator("payout.retry", ONE, why="cause_mended")
    assert life[ONE].reference == SECOND
    return life


def paid_after_a_failure() -> Life:
    life = failed_once()
    life.provider("payout.pay", ONE)
    return life


def overpaid() -> Life:
    life = paid_after_a_failure()
    assert says(life, "pay_late", FIRST) == "overpaid"
    return life


@pytest.mark.parametrize("event", ["pay", "accept", "ask"])
def test_a_word_on_an_attempt_that_was_given_up_is_looked_into_wherever_the_payout_stands(event: str) -> None:
    for life in (failed_once(), paid_after_a_failure()):
        before = life.state(ONE)
        assert says(life, event, FIRST) == before
        assert asked(life) == ("recheck_payment", FIRST)


def test_what_is_old_or_known_already_is_not_asked_again() -> None:
    life = failed_once()
    for event, reference in (("fail_final", FIRST), ("return", FIRST)):
        facts = {"failure_code": "declined"}
        assert life.refusal(word(life, event, reference, **facts)).code == "stale"
    life = overpaid()
    assert life.refusal(word(life, "pay", FIRST)).code == "wrong_state"
    assert life.refusal(word(life, "pay_late", FIRST)).code == "known_already"


@pytest.mark.parametrize(
    "reference", ["payout/2/1", "payout/1/3", "payout/1/0", "payout/1/01", "payout/1/1/1", ""]
)
@pytest.mark.parametrize("event", ["pay", "pay_late", "accept_late", "recheck"])
def test_a_word_on_what_was_never_sent_is_no_word(event: str, reference: str) -> None:
    life = failed_once()
    assert life.refusal(word(life, event, reference)).code in ("stale", "nothing_sent")


@pytest.mark.parametrize(("event", "state"), [("pay_late", "paid"), ("accept_late", "in_transit")])
def test_an_attempt_that_arrived_after_all_counts_and_nothing_more_is_sent(event: str, state: str) -> None:
    life = failed_once()
    life.provider("payout.fail_final", ONE, failure_code="declined")
    assert says(life, event, FIRST) == state
    assert (life[ONE].reference, life[ONE].overpaid) == (FIRST, None)
    assert life.refused(Role.OPERATOR, "payout.retry", ONE, why="cause_mended") == "wrong_state"


def test_a_payment_that_came_back_is_no_longer_owed_once_an_earlier_attempt_has_arrived() -> None:
    life = paid_after_a_failure()
    life.provider("payout.return", ONE, failure_code="account_closed")
    assert life.state(ONE) == "returned"
    assert says(life, "pay_late", FIRST) == "paid"


@pytest.mark.parametrize("event", ["pay_late", "accept_late"])
def test_an_earlier_attempt_that_arrives_while_the_next_is_under_way_is_paid_and_the_next_is_too_much(
    event: str,
) -> None:
    life = failed_once()
    assert says(life, event, FIRST) == "overpaid"
    document = life[ONE]
    assert (document.reference, document.duplicates) == (FIRST, [SECOND])
    assert document.overpaid == document.amount
    assert life.effects[-1].name == "tell_organization"
    # What the next attempt is still said to have is known; that it failed is looked into, and ends it.
    assert life.refusal(word(life, "accept", SECOND)).code == "wrong_state"
    assert says(life, "fail_final", SECOND, failure_code="declined") == "overpaid"
    assert asked(life) == ("recheck_payment", SECOND)
    assert says(life, "end_late", SECOND) == "paid"
    assert (life[ONE].duplicates, life[ONE].overpaid) == ([], None)


def test_money_that_left_twice_waits_for_finance_at_once_and_until_it_is_back() -> None:
    life = overpaid()
    assert life[ONE].overpaid == Money(amount=life[ONE].amount.amount)
    assert (
        life.refused(Role.OPERATOR, "payout.recover", ONE, why="repaid", evidence="case 0001") == "wrong_role"
    )
    assert life.refused(Role.FINANCE, "payout.recover", ONE, why="repaid") == "invalid_facts"
    assert (
        life.refused(Role.FINANCE, "payout.recover", ONE, why="lost", evidence="case 0001")
        == "reason_unknown"
    )
    assert life.finance("payout.recover", ONE, why="repaid", evidence="case 0001") == "paid"
    assert life[ONE].overpaid is None


def test_each_attempt_that_is_paid_is_asked_about_in_turn_meanwhile() -> None:
    life = overpaid()
    life.effects.clear()
    life.wait(3 * DAY)
    asked = [effect.reference for effect in life.effects if effect.name == "recheck_payment"]
    assert len(asked) >= 2 and set(asked) == {FIRST, SECOND}


def test_when_the_payment_that_counted_comes_back_the_other_takes_its_place() -> None:
    life = overpaid()
    assert life.provider("payout.return", ONE, failure_code="account_closed") == "paid"
    assert (life[ONE].reference, life[ONE].overpaid) == (FIRST, None)
    life.wait(100 * DAY)
    assert life.state(ONE) == "closed"


def test_what_is_said_to_have_failed_after_it_was_paid_is_looked_into() -> None:
    life = paid_after_a_failure()
    assert says(life, "fail_account", SECOND, failure_code="account_closed") == "paid"
    assert asked(life) == ("recheck_payment", SECOND)


def test_a_payment_made_twice_is_found_long_after_the_payout_was_closed() -> None:
    life = paid_after_a_failure()
    life.wait(100 * DAY)
    assert life.state(ONE) == "closed"
    assert says(life, "pay", FIRST) == "closed"
    assert says(life, "pay_late", FIRST) == "overpaid"
    assert life.finance("payout.recover", ONE, why="repaid", evidence="case 0001") == "closed"


def test_a_payment_of_a_cancelled_payout_is_claimed_back_whole() -> None:
    life = sent()
    life.provider("payout.fail_final", ONE, failure_code="declined")
    life.operator("payout.cancel", ONE, why="declined_for_good")
    assert life.state(ONE) == "cancelled"
    assert says(life, "pay", FIRST) == "cancelled"
    assert asked(life) == ("recheck_payment", FIRST)
    assert says(life, "pay_late", FIRST) == "paid_in_error"
    assert life[ONE].overpaid == life[ONE].amount
    assert life.finance("payout.recover", ONE, why="reversed", evidence="case 0001") == "cancelled"


# ---------------------------------------------------------------------- cancelling what may be on its way


def on_its_way() -> Life:
    """A payout whose order the provider was not found to have; it may still be on its way there."""
    life = sent()
    life.provider("payout.outcome_unknown", ONE)
    life.wait(DAY)
    life.provider("payout.not_received", ONE)
    assert life.state(ONE) == "retrying"
    return life


def test_what_may_be_on_its_way_is_stopped_at_the_provider_before_it_is_cancelled() -> None:
    life = on_its_way()
    assert life.operator("payout.cancel", ONE, why="paid_otherwise") == "voiding"
    assert asked(life) == ("void_payment", FIRST)
    assert life.provider("payout.void", ONE) == "cancelled"
    assert [reason.code for reason in life[ONE].reasons] == ["paid_otherwise"]
    assert life.effects[-1].name == "tell_organization"


def test_it_is_stopped_again_and_again_until_the_provider_answers() -> None:
    life = on_its_way()
    life.operator("payout.cancel", ONE, why="paid_otherwise")
    life.effects.clear()
    life.wait(DAY)
    assert {(effect.name, effect.reference) for effect in life.effects} == {("void_payment", FIRST)}
    assert len(life.effects) > 5


@pytest.mark.parametrize(("event", "state"), [("pay", "paid"), ("accept", "in_transit")])
def test_what_could_be_stopped_no_more_is_paid_and_not_cancelled(event: str, state: str) -> None:
    life = on_its_way()
    life.operator("payout.cancel", ONE, why="paid_otherwise")
    assert life.provider(f"payout.{event}", ONE) == state


@pytest.mark.parametrize("kind", ["account", "payer", "final"])
def test_what_was_never_sent_or_failed_for_good_is_cancelled_at_once(kind: str) -> None:
    assert payout().operator("payout.cancel", ONE, why="wrong_invoice") == "cancelled"
    life = sent()
    life.provider(f"payout.fail_{kind}", ONE, failure_code="code")
    assert life.operator("payout.cancel", ONE, why="wrong_invoice") == "cancelled"
