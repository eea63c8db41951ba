"""The calendar of settlement, as the domain document has it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from lifecycle.views.balance import year_start
from models.documents import Stream
from models.programme.periods import day_of, start_of_cycle_before
from models.programme.policy import Policy
from models.wire.steps import Period
from storage.settlement.batches import due_periods

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("stream", "start", "end", "delivered_on"),
    [
        (Stream.IAA, date(2026, 1, 1), date(2026, 1, 15), date(2026, 2, 1)),
        (Stream.IAA, date(2026, 1, 16), date(2026, 1, 31), date(2026, 2, 15)),
        (Stream.IAA, date(2026, 2, 16), date(2026, 2, 28), date(2026, 3, 15)),
        (Stream.IAA, date(2028, 2, 16), date(2028, 2, 29), date(2028, 3, 15)),
        (Stream.IAA, date(2026, 12, 16), date(2026, 12, 31), date(2027, 1, 15)),
        (Stream.IAP_SUBSCRIPTION, date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 15)),
        (Stream.IAP_NON_SUBSCRIPTION, date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 15)),
    ],
)
def test_when_a_period_is_delivered(stream: Stream, start: date, end: date, delivered_on: date) -> None:
    delivery = datetime(delivered_on.year, delivered_on.month, delivered_on.day, tzinfo=UTC)
    [period] = [p for p in due_periods(delivery) if (p.stream, p.start) == (stream, start)]
    assert (period.end, period.delivered_on, period.newest) == (end, delivered_on, True)
    assert start not in [p.start for p in due_periods(delivery - DAY) if p.stream is stream]


def test_every_day_is_settled_once_in_each_stream() -> None:
    due = due_periods(datetime(2029, 1, 1, tzinfo=UTC), Policy(settlement_window=timedelta(days=1000)))
    for stream in Stream:
        days = [
            p.start + n * DAY for p in due if p.stream is stream for n in range((p.end - p.start).days + 1)
        ]
        assert days == [days[0] + n * DAY for n in range(len(days))]
        assert len(days) > 900


def test_only_the_window_is_caught_up_with() -> None:
    due = due_periods(datetime(2026, 5, 2, tzinfo=UTC))
    assert min(p.delivered_on for p in due) == date(2026, 2, 1)
    assert max(p.delivered_on for p in due) == date(2026, 5, 1)
    assert sorted(p.stream for p in due if p.newest) == sorted(Stream)
    assert due == sorted(due, key=lambda p: (p.delivered_on, p.start))
    assert due_periods(datetime(2026, 5, 2, tzinfo=UTC), Policy(settlement_window=timedelta(0))) == []


@pytest.mark.parametrize(("time_zone", "day"), [("UTC", date(2026, 1, 31)), ("Asia/Tokyo", date(2026, 2, 1))])
def test_a_day_is_one_of_the_policys_time_zone(time_zone: str, day: date) -> None:
    policy = Policy(settlement_time_zone=time_zone)
    moment = datetime(2026, 1, 31, 20, tzinfo=UTC)
    assert day_of(moment, policy) == day
    delivery = datetime(2026, 1, 31, 20, tzinfo=UTC)
    delivered = [p for p in due_periods(delivery, policy) if p.delivered_on == date(2026, 2, 1)]
    assert bool(delivered) == (time_zone == "Asia/Tokyo")


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="time zone"):
        Policy(settlement_time_zone="Europe/Atlantis")


@pytest.mark.parametrize(
    ("stream", "start", "end", "before"),
    [
        (Stream.IAP_SUBSCRIPTION, date(2026, 3, 1), date(2026, 3, 31), date(2026, 2, 1)),
        (Stream.IAP_SUBSCRIPTION, date(2026, 1, 1), date(2026, 1, 31), date(2025, 12, 1)),
        (Stream.IAA, date(2026, 3, 1), date(2026, 3, 15), date(2026, 2, 16)),
        (Stream.IAA, date(2026, 3, 16), date(2026, 3, 31), date(2026, 3, 1)),
    ],
)
def test_the_cycle_before(stream: Stream, start: date, end: date, before: date) -> None:
    period = Period(stream=stream, start=start, end=end, delivered_on=end)
    assert start_of_cycle_before(period, Policy()) == before


def test_the_year_begins_where_the_day_does() -> None:
    tokyo = Policy(settlement_time_zone="Asia/Tokyo")
    new_year = datetime(2025, 12, 31, 15, tzinfo=UTC)
    assert year_start(new_year, tokyo) == new_year
    assert year_start(new_year, Policy()) == datetime(2025, 1, 1, tzinfo=UTC)
