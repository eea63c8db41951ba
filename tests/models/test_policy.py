"""The numbers of the programme: the published ones, versioned, and carried exactly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.desks import Decider, Desk
from models.programme.policy import Policy, RetrySchedule, default_policy, fast_policy

SPREADS = st.floats(0, 1)


def test_the_published_numbers() -> None:
    policy = default_policy()
    assert (policy.name, policy.version) == ("default", 1)
    assert policy.verification_review_days == 3
    assert policy.document_min_validity_days == 30
    assert policy.expiry_warnings == (30, 14, 7)
    assert policy.information_reminders == (7, 2)
    assert policy.contract_review_days == 2
    assert policy.launch_review_days == 3
    assert policy.confirm_days == 28
    assert policy.confirm_reminders == (14, 7, 2)
    assert policy.invoice_minimum == 10_000
    assert policy.payment_days == 15
    assert policy.payout_weekday == 4
    assert policy.cooling_off_days == 3
    assert policy.payout_approval_above == 5_000_000
    assert policy.return_watch_days == 90
    assert policy.unknown_escalate == timedelta(days=1)
    assert policy.file_limit_bytes == 10 * 1024 * 1024
    assert policy.image_min_pixels == 480


def test_retries_are_fast_then_slow() -> None:
    retry = default_policy().payout_retry
    waits = [retry.wait(tries, 0).total_seconds() for tries in range(1, 13)]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 3_600, 3_600]


@given(st.integers(1, 10**9), SPREADS)
def test_a_wait_is_lengthened_by_its_jitter_and_never_without_end(tries: int, spread: float) -> None:
    retry = default_policy().payout_retry
    assert (
        retry.wait(tries, 0) <= retry.wait(tries, spread) <= retry.wait(tries, 0) * 1.2 + timedelta(seconds=1)
    )
    assert retry.wait(tries, spread) <= timedelta(hours=2)


@given(st.integers(1, 10**9), st.timedeltas(timedelta(microseconds=1), timedelta(days=400)))
def test_a_wait_can_be_told_however_long_the_first_is_and_however_many_follow(
    tries: int, first: timedelta
) -> None:
    longest = timedelta(days=400)
    retry = RetrySchedule(first=first, longest=longest, fast=10**9, slow=longest)
    assert first <= retry.wait(tries, 0) <= longest
    assert retry.wait(min(tries, 2), 0) == min(first * min(tries, 2), longest)


@given(st.integers(1, 100), SPREADS)
def test_an_unknown_outcome_is_asked_about_without_jitter(asks: int, spread: float) -> None:
    ask = default_policy().unknown_ask
    assert ask.wait(asks, spread) == ask.wait(asks, 0) <= timedelta(hours=1)
    assert ask.wait(asks, 0) <= ask.wait(asks + 1, 0)


@pytest.mark.parametrize("policy", [default_policy(), fast_policy(datetime(2026, 5, 1, tzinfo=UTC))])
def test_a_policy_is_carried_exactly(policy: Policy) -> None:
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def test_the_fast_policy_changes_the_speed_but_not_the_calendar() -> None:
    fast, default = fast_policy(datetime(2026, 5, 1, tzinfo=UTC)), default_policy()
    assert fast.day == timedelta(seconds=1)
    for name in ("confirm_days", "payment_days", "cooling_off_days", "return_watch_days", "invoice_minimum"):
        assert getattr(fast, name) == getattr(default, name)


def test_a_policy_does_not_change_under_a_running_life() -> None:
    with pytest.raises(ValidationError):
        setattr(default_policy(), "confirm_days", 1)  # noqa: B010
    with pytest.raises(ValidationError):
        RetrySchedule.model_validate({"first": 1, "longest": 1, "fast": 1, "slow": 1, "unknown": 1})


def test_a_policy_is_named_by_its_numbers_alone() -> None:
    policy = default_policy()
    renewed = policy.model_copy(update={"since": datetime(2026, 5, 1, tzinfo=UTC), "earlier": (policy,)})
    assert (
        policy.identity == renewed.identity == Policy.model_validate_json(policy.model_dump_json()).identity
    )
    assert policy.identity.startswith("default-1-")
    assert policy.model_copy(update={"confirm_days": 29}).identity != policy.identity


def test_what_began_under_an_earlier_policy_goes_by_it() -> None:
    first, second, third = (Policy(version=n, since=datetime(2026, n, 1, tzinfo=UTC)) for n in (1, 2, 3))
    policy = third.model_copy(update={"earlier": (second, first)})
    moments = [datetime(2025, 12, 1, tzinfo=UTC), *(datetime(2026, n, 1, tzinfo=UTC) for n in (1, 2, 3, 4))]
    assert [policy.at(moment).version for moment in moments] == [1, 1, 2, 3, 3]
    assert [kept.version for kept in policy.kept_for(moments[2:]).earlier] == [2]
    assert policy.kept_for([]).earlier == ()
    assert default_policy().at(moments[0]) is default_policy()


def test_a_policy_can_be_looked_up_by_whoever_decides_in_it() -> None:
    by_people = Policy(decided_by={Desk.INVOICES: Decider.PEOPLE})
    assert {by_people: "people", Policy(): "provider"}[by_people.model_copy()] == "people"
