"""The calendar of settlement: which periods are settled, and when their statements are delivered."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

from models.documents import Stream
from models.policy import Policy, SettlementCycle, default_policy, time_zone
from models.steps import Period

DAY = timedelta(days=1)


def day_of(moment: datetime, policy: Policy | None = None) -> date:
    """The day on which a moment falls, as days of earnings are reckoned (``Policy.settlement_time_zone``)."""
    return moment.astimezone(time_zone((policy or default_policy()).settlement_time_zone)).date()


def due_periods(now: datetime, policy: Policy | None = None) -> list[Period]:
    """The periods delivered by a programme time and within the catching-up window before it, oldest first.

    What is earned before the window is not lost: it comes as an adjustment with the newest period.
    """
    rules = policy or default_policy()
    today, since = day_of(now, rules), day_of(now - rules.settlement_window, rules)
    due: list[Period] = []
    for stream in Stream:
        cycles = rules.iaa_cycles if stream is Stream.IAA else rules.iap_cycles
        delivered = [p for p in periods(stream, cycles, since, today) if since < p.delivered_on <= today]
        due += [period.model_copy(update={"newest": period is delivered[-1]}) for period in delivered]
    return sorted(due, key=lambda period: (period.delivered_on, period.start, period.stream))


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


def next_day_of_month(after: date, day_of_month: int) -> date:
    """The first such day of a month that comes after a day."""
    here = after.replace(day=day_of_month)
    return (
        here
        if here > after
        else first_of_month(here.replace(day=1) + timedelta(days=31)).replace(day=day_of_month)
    )
