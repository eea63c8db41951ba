"""Statements: confirmed by an admin or by the clock, appealed once."""

from datetime import timedelta

import pytest

from models.commands import Role
from tests.lifecycle.life import DAY, MONDAY, Life

ONE = "statement/1"


def issued(cents: int = 20_000) -> Life:
    life = Life()
    life.statement(1, cents)
    return life


def appealed(after: timedelta = timedelta(0)) -> Life:
    life = issued()
    life.wait(after)
    life.admin("statement.appeal", ONE, submission_id="why")
    return life


def test_a_statement_waits_to_be_confirmed() -> None:
    life = issued()
    assert life.state(ONE) == "pending_confirmation"
    assert life[ONE].confirm_by == MONDAY + 28 * DAY


def test_an_admin_confirms_it() -> None:
    life = issued()
    life.wait(DAY)
    assert life.admin("statement.confirm", ONE) == "confirmed"
    assert life[ONE].confirmed_on == (MONDAY + DAY).date()
    assert life.wait(100 * DAY) == []


def test_it_confirms_itself_after_four_weeks_and_reminds_14_7_and_2_days_before() -> None:
    life = issued()
    life.wait(100 * DAY)
    assert [(event, (when - MONDAY).days) for event, when in life.rang] == [
        ("remind", 14),
        ("remind", 21),
        ("remind", 26),
        ("auto_confirm", 28),
    ]
    assert life.state(ONE) == "confirmed"
    assert life[ONE].confirmed_on == (MONDAY + 28 * DAY).date()


@pytest.mark.parametrize("cents", [0, -1])
def test_what_is_not_positive_is_carried_to_the_next_statement(cents: int) -> None:
    assert issued(cents).state(ONE) == "carried_forward"


def test_a_period_is_settled_once() -> None:
    life = issued()
    facts = {"stream": "iaa", "period_start": "2026-02-01", "period_end": "2026-02-02", "net": {"amount": 1}}
    assert life.refused(Role.PIPELINE, "statement.issue", ONE, **facts) == "already_exists"


# ---------------------------------------------------------------------- appeals


def test_an_appeal_stops_the_clock_which_goes_on_with_what_was_left() -> None:
    life = appealed(10 * DAY)
    assert life.state(ONE) == "appeal_review"
    assert (life[ONE].confirm_by, life[ONE].clock_left) == (None, 18 * DAY)
    assert "auto_confirm" not in life.wait(100 * DAY)
    assert life.operator("statement.reject_appeal", ONE, why="right_as_it_is") == "pending_confirmation"
    assert life[ONE].confirm_by == life.now + 18 * DAY
    back = life.now
    life.rang.clear()
    life.wait(18 * DAY)
    assert [(event, (when - back).days) for event, when in life.rang] == [
        ("remind", 4),
        ("remind", 11),
        ("remind", 16),
        ("auto_confirm", 18),
    ]


def test_reminders_whose_time_has_passed_are_not_given_again() -> None:
    life = appealed(22 * DAY)
    life.operator("statement.reject_appeal", ONE, why="right_as_it_is")
    life.rang.clear()
    life.wait(6 * DAY)
    assert [event for event, _ in life.rang] == ["remind", "auto_confirm"]


def test_a_statement_is_appealed_once() -> None:
    life = appealed()
    life.operator("statement.reject_appeal", ONE, why="right_as_it_is")
    assert life.refused(Role.ADMIN, "statement.appeal", ONE, submission_id="again") == "already_appealed"
    assert life.admin("statement.confirm", ONE) == "confirmed"


def test_what_is_confirmed_is_not_appealed() -> None:
    life = issued()
    life.admin("statement.confirm", ONE)
    assert life.refused(Role.ADMIN, "statement.appeal", ONE, submission_id="why") == "wrong_state"


def test_what_is_appealed_is_not_confirmed() -> None:
    assert appealed().refused(Role.ADMIN, "statement.confirm", ONE) == "wrong_state"


def test_a_granted_appeal_replaces_the_statement() -> None:
    life = appealed()
    assert life.operator("statement.replace", ONE, why="orders_missing") == "replaced"
    assert life.effects[-1].name == "issue_replacement"
    life.pipeline(
        "statement.issue",
        "statement/2",
        stream="iaa",
        period_start="2026-02-01",
        period_end="2026-02-02",
        net={"amount": 30_000},
        issue=2,
        replaces=ONE,
    )
    assert life.state("statement/2") == "pending_confirmation"
    assert life.refused(Role.ADMIN, "statement.confirm", ONE) == "wrong_state"


@pytest.mark.parametrize(
    ("adjustment", "code"),
    [
        ({"amount": 1, "currency": "EUR"}, "adjustment_in_another_currency"),
        ({"amount": 10**12 + 1}, "adjustment_too_large"),
        ({"amount": -(10**12) - 1}, "adjustment_too_large"),
        ({"amount": 2**53 + 1}, "invalid_facts"),
        ({"amount": 1.5}, "invalid_facts"),
        ({"amount": "12"}, "invalid_facts"),
        ({"amount": True}, "invalid_facts"),
        ({"amount": 1, "currency": "usd"}, "invalid_facts"),
        (12, "invalid_facts"),
    ],
)
def test_an_impossible_adjustment_is_refused(adjustment: object, code: str) -> None:
    life = appealed()
    refusal = life.refused(Role.OPERATOR, "statement.replace", ONE, why="right", adjustment=adjustment)
    assert refusal == code
    assert life.state(ONE) == "appeal_review"


@pytest.mark.parametrize("amount", [-(10**12), -1, 0, 1, 10**12])
def test_an_adjustment_adds_or_takes_away(amount: int) -> None:
    life = appealed()
    assert life.operator("statement.replace", ONE, why="right", adjustment={"amount": amount}) == "replaced"
    assert life[ONE].adjustment.amount == amount


@pytest.mark.parametrize("event", ["replace", "reject_appeal"])
def test_an_appeal_is_decided_by_an_operator_who_says_why(event: str) -> None:
    life = appealed()
    assert life.refused(Role.ADMIN, f"statement.{event}", ONE, why="x") == "wrong_role"
    assert life.refused(Role.OPERATOR, f"statement.{event}", ONE) == "reason_missing"


def test_an_appeal_review_is_late_after_five_working_days() -> None:
    life = appealed()
    assert life.wait(7 * DAY - timedelta(seconds=1)) == []
    assert life.wait(timedelta(seconds=1)) == ["review_late"]
