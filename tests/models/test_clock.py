"""Programme time: a real calendar, which may run faster than the world."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from models.programme.clock import Moment, ProgrammeClock, add_working_days, next_weekday, working_day

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
SOON = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 20), timezones=st.just(UTC))
SECOND_A_DAY = ProgrammeClock(anchor=ANCHOR, seconds_per_day=1)


@given(MOMENTS)
def test_in_production_programme_time_is_real_time(moment: datetime) -> None:
    assert ProgrammeClock().programme(moment) == moment == ProgrammeClock().real(moment)


def test_a_day_may_last_a_second() -> None:
    assert SECOND_A_DAY.programme(ANCHOR + timedelta(seconds=30)) == ANCHOR + timedelta(days=30)
    assert SECOND_A_DAY.real_delay(timedelta(days=90)) == timedelta(seconds=90)


@given(MOMENTS)
def test_the_two_times_are_each_others_inverse(moment: datetime) -> None:
    error = SECOND_A_DAY.programme(SECOND_A_DAY.real(moment)) - moment
    assert abs(error) <= timedelta(seconds=1), (
        "real time has microseconds, which are a tenth of a second here"
    )


@given(SOON, SOON)
def test_programme_time_never_runs_backwards(one: datetime, other: datetime) -> None:
    assert (one <= other) == (SECOND_A_DAY.programme(one) <= SECOND_A_DAY.programme(other))


@given(MOMENTS, st.integers(0, 60))
def test_working_days_are_counted_one_by_one(start: datetime, days: int) -> None:
    end = add_working_days(start, days)
    between = (start.date() + timedelta(days=n + 1) for n in range((end.date() - start.date()).days))
    assert sum(day.weekday() < 5 for day in between) == days
    assert end.time() == start.time()
    assert days == 0 or end.weekday() < 5


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("2026-03-06", 1, "2026-03-09"), ("2026-03-07", 1, "2026-03-09"), ("2026-03-02", 5, "2026-03-09")],
)
def test_weekends_are_no_working_days(start: str, days: int, end: str) -> None:
    assert add_working_days(datetime.fromisoformat(start), days) == datetime.fromisoformat(end)


@given(MOMENTS, st.integers(0, 6))
def test_the_next_weekday_begins_within_a_week(start: datetime, weekday: int) -> None:
    following = next_weekday(start, weekday)
    assert timedelta(0) < following - start <= timedelta(days=7)
    assert (following.weekday(), following.hour, following.minute, following.second) == (weekday, 0, 0, 0)


@given(MOMENTS)
def test_a_working_day_stays_and_a_weekend_becomes_monday(moment: datetime) -> None:
    found = working_day(moment)
    assert found == moment if moment.weekday() < 5 else found == next_weekday(moment, 0)


def test_a_moment_always_has_an_offset() -> None:
    read = TypeAdapter(Moment).validate_python
    assert read("2026-03-02") == datetime(2026, 3, 2, tzinfo=UTC)
    assert read("2026-03-02T00:00:00+08:00") == datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=8)))
