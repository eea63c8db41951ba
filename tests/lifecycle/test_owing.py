"""Money that comes back after it was settled: looked into, owed again, before finance until it was paid otherwise."""

from collections.abc import Callable

import pytest

from lifecycle.views.blockers import blockers
from lifecycle.views.pending import waiting
from models.commands import Role
from models.money import Money
from tests.lifecycle.life import DAY, Life
from tests.lifecycle.test_overpaying import (
    FIRST,
    ONE,
    SECOND,
    asked,
    failed_once,
    overpaid,
    paid_after_a_failure,
    says,
    word,
)


def closed() -> Life:
    life = paid_after_a_failure()
    life.wait(100 * DAY)
    assert life.state(ONE) == "closed"
    return life


def repaid() -> Life:
    """A payout that was paid twice, of which the organization has paid one back."""
    life = overpaid()
    assert life.finance("payout.recover", ONE, why="repaid", evidence="case 0001") == "paid"
    return life


@pytest.mark.parametrize("event", ["return", "fail_account", "fail_final", "fail_transient"])
def test_what_comes_back_after_it_was_closed_is_looked_into_whatever_the_provider_calls_it(
    event: str,
) -> None:
    life = closed()
    assert says(life, event, SECOND, failure_code="account_closed") == "closed"
    assert asked(life) == ("recheck_payment", SECOND)
    assert says(life, "return_late", SECOND) == "owed_again"
    assert life[ONE].owed == Money(amount=life[ONE].amount.amount)
    # Nothing is told to its invoice, whose time is over; the organization's admins read it.
    assert life.effects[-1].name == "recheck_payment"


@pytest.mark.parametrize("event", ["return", "fail_account"])
def test_what_comes_back_although_it_was_paid_back_is_looked_into(event: str) -> None:
    life = repaid()
    assert says(life, event, FIRST, failure_code="account_closed") == "paid"
    assert asked(life) == ("recheck_payment", FIRST)
    assert says(life, "return_late", FIRST) == "owed_again"


@pytest.mark.parametrize(
    ("begin", "reference", "state"), [(closed, SECOND, "closed"), (repaid, FIRST, "paid")]
)
def test_only_finance_ends_it_and_says_how(begin: Callable[[], Life], reference: str, state: str) -> None:
    life = begin()
    says(life, "return_late", reference)
    facts = {"evidence": "case 0002"}
    assert life.refused(Role.OPERATOR, "payout.settle", ONE, why="paid_otherwise", **facts) == "wrong_role"
    assert life.refused(Role.FINANCE, "payout.settle", ONE, why="paid_otherwise") == "invalid_facts"
    assert life.refused(Role.FINANCE, "payout.settle", ONE, why="lost", **facts) == "reason_unknown"
    assert life.finance("payout.settle", ONE, why="paid_otherwise", **facts) == state
    assert (life[ONE].owed, life[ONE].owed_again) == (None, [])


def test_two_that_have_come_back_are_owed_both_and_settled_one_by_one() -> None:
    life = repaid()
    says(life, "return_late", FIRST)
    # The one that counted comes back meanwhile.
    assert says(life, "return", SECOND, failure_code="account_closed") == "owed_again"
    assert asked(life) == ("recheck_payment", SECOND)
    assert says(life, "return_late", SECOND) == "owed_again"
    assert life[ONE].owed == Money(amount=2 * life[ONE].amount.amount)
    for state in ("owed_again", "paid"):
        assert life.finance("payout.settle", ONE, why="set_off", evidence="case 0003") == state


def test_what_is_said_to_be_there_after_all_is_no_longer_owed() -> None:
    life = closed()
    says(life, "return_late", SECOND)
    assert says(life, "pay", SECOND) == "owed_again"
    assert asked(life) == ("recheck_payment", SECOND)
    assert says(life, "pay_late", SECOND) == "closed"
    assert life[ONE].owed is None


def test_nothing_comes_back_twice_or_that_was_never_there() -> None:
    life = closed()
    says(life, "return_late", SECOND)
    assert life.refusal(word(life, "return_late", SECOND)).code == "not_arrived"
    for reference in ("payout/1/3", "payout/2/1"):
        assert life.refusal(word(life, "return_late", reference)).code in ("stale", "not_arrived")


@pytest.mark.parametrize("times", [1, 2])
def test_finance_is_told_what_to_do_however_many_there_are(times: int) -> None:
    owing, too_much = repaid(), overpaid()
    for reference in (FIRST, SECOND)[:times]:
        says(owing, "return_late", reference)
    if times == 2:
        too_much = failed_once()
        too_much.provider("payout.fail_final", ONE, failure_code="declined")
        too_much.operator("payout.retry", ONE, why="cause_mended")
        too_much.provider("payout.pay", ONE)
        for reference in (FIRST, SECOND):
            says(too_much, "pay_late", reference)
    for life in (owing, too_much):
        [item] = [item for item in waiting(life.dossier, life.now, life.policy) if item.document_id == ONE]
        assert item.who is Role.FINANCE and "record it" in item.todo
        [blocker] = [one for one in blockers(life.dossier, life.now, life.policy, []) if ONE in one.documents]
        assert "record it" in blocker.todo
