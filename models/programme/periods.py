"""The calendar of settlement: which periods are settled, and when their statements are delivered."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, pairwise

from models.documents import Stream
from models.programme.policy import Policy, SettlementCycle, default_policy, time_zone
from models.wire.steps import Period

DAY = timedelta(days=1)

FAST_EVERY_DAYS = 3
"""How often settlement runs where time runs faster."""


@dataclass(frozen=True)
class Expected:
    """A period whose statement may still come.

    Attributes:
        period: ``newest`` if it then takes what is late of earlier days, too.
        on: the day of the settlement that brings it.
    """

    period: Period
    on: date


def day_of(moment: datetime, policy: Policy | None = None) -> date:
    """The day on which a moment falls, as days of earnings are reckoned (``Policy.settlement_time_zone``)."""
    return moment.astimezone(time_zone((policy or default_policy()).settlement_time_zone)).date()


def due_periods(now: datetime, policy: Policy | None = None) -> list[Period]:
    """The periods delivered by a programme time and within the catching-up window before it, oldest first.

    What is earned before the window is not lost: it comes as an adjustment with the newest period.
    """
    rules = policy or default_policy()
    return due_on(day_of(now, rules), rules)


def due_on(today: date, rules: Policy) -> list[Period]:
    """The periods that a settlement on a day settles, in that order."""
    since = today - rules.settlement_window
    due: list[Period] = []
    for stream in Stream:
        cycles = rules.iaa_cycles if stream is Stream.IAA else rules.iap_cycles
        delivered = [p for p in periods(stream, cycles, since, today) if since < p.delivered_on <= today]
        due += [period.model_copy(update={"newest": period is delivered[-1]}) for period in delivered]
    return sorted(due, key=lambda period: (period.delivered_on, period.start, period.stream))


def to_come(stream: Stream, policy: Policy, today: date, issued: Container[date]) -> list[Expected]:
    """The periods of a stream that have begun and whose statements may still come, in the order in which they do.

    Args:
        issued: the first days of the periods that have a statement; no other comes for them.
    """
    cycles = policy.iaa_cycles if stream is Stream.IAA else policy.iap_cycles
    last = max(p.delivered_on for p in periods(stream, cycles, today, today) if p.start <= today)
    found: dict[date, Expected] = {}
    for day in run_days(policy, today):
        for period in due_on(day, policy):
            if period.stream is stream and period.start not in found and period.start not in issued:
                found[period.start] = Expected(period, max(period.delivered_on, day))
        if day >= last:
            return [each for each in found.values() if each.period.start <= today]
    raise AssertionError("settlement never ends")


def run_days(policy: Policy, today: date) -> Iterator[date]:
    """The days on which settlement runs, today perhaps among them, without end."""
    days = {cycle.delivered_day for cycle in (*policy.iaa_cycles, *policy.iap_cycles)}
    fast = policy.clock.speed != 1
    for number in count(FAST_EVERY_DAYS if fast else 0, FAST_EVERY_DAYS if fast else 1):
        day = today + number * DAY
        if fast or day.day in days:
            yield day


def periods(
    stream: Stream, cycles: tuple[SettlementCycle, ...], since: date, until: date
) -> Iterator[Period]:
    """The periods of a stream, in order, from the months before ``since`` to ``until``."""
    opening = first_of_month(first_of_month(first_of_month(since) - DAY) - DAY)
    starts = []
    while opening <= until + timedelta(days=31):
        starts += [(opening.replace(day=cycle.first_day), cycle) for cycle in cycles]
        opening = first_of_month(opening + timedelta(days=31))
    for (start, cycle), (following, _) in pairwise(starts):
        end = following - DAY
        yield Period(
            stream=stream, start=start, end=end, delivered_on=next_day_of_month(end, cycle.delivered_day)
        )


def start_of_cycle_before(period: Period, policy: Policy) -> date:
    """The first day of the cycle before a period."""
    cycles = policy.iaa_cycles if period.stream is Stream.IAA else policy.iap_cycles
    earlier = periods(period.stream, cycles, period.start, period.start)
    return max(p.start for p in earlier if p.end < period.start)


def first_of_month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def last_months(today: date, count: int) -> list[date]:
    """The first days of the last months, the oldest first."""
    found, first = [], today.replace(day=1)
    for _ in range(count):
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]


def next_day_of_month(after: date, day_of_month: int) -> date:
    """The first such day of a month that comes after a day."""
    here = after.replace(day=day_of_month)
    return (
        here
        if here > after
        else first_of_month(here.replace(day=1) + timedelta(days=31)).replace(day=day_of_month)
    )
