"""Programme time: the calendar by which every deadline, period and review of the programme runs.

In production programme time is UTC. In a demo or a test a day of the programme may last a second, so
that months of it can be watched; the calendar stays a real one (months, weekdays, working days).
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

SECONDS_PER_DAY = 86_400.0


def in_utc(moment: datetime) -> datetime:
    """The moment itself; one without an offset is meant in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(in_utc)]
"""A moment that can be compared with any other: as people and providers send it, but never without an offset."""


class ProgrammeClock(BaseModel):
    """How programme time relates to real time.

    Attributes:
        anchor: the real moment (UTC) at which programme time and real time were equal.
        seconds_per_day: how many real seconds a day of the programme lasts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    anchor: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    seconds_per_day: float = SECONDS_PER_DAY

    @property
    def speed(self) -> float:
        """Programme seconds per real second; 1 in production."""
        return SECONDS_PER_DAY / self.seconds_per_day

    def programme(self, real: datetime) -> datetime:
        """The programme time at a real moment."""
        if self.speed == 1:
            return real
        return self.anchor + (real - self.anchor) * self.speed

    def real(self, programme: datetime) -> datetime:
        """The real moment at which programme time is the given one."""
        if self.speed == 1:
            return programme
        return self.anchor + (programme - self.anchor) / self.speed

    def real_delay(self, span: timedelta) -> timedelta:
        """How long a span of programme time takes in reality."""
        return span / self.speed

    def now(self) -> datetime:
        """The programme time now, by this machine's clock; never called from a workflow."""
        return self.programme(datetime.now(UTC))


def add_working_days(start: datetime, days: int) -> datetime:
    """The same time of day, ``days`` working days (Monday to Friday, UTC) after ``start``."""
    moment = start
    while days > 0:
        moment += timedelta(days=1)
        if moment.weekday() < 5:
            days -= 1
    return moment


def working_day(moment: datetime) -> datetime:
    """The moment itself on a working day, otherwise the Monday midnight (UTC) that follows."""
    return moment if moment.weekday() < 5 else next_weekday(moment, 0)


def next_weekday(start: datetime, weekday: int) -> datetime:
    """Midnight (UTC) of the first given weekday (Monday is 0) that begins after ``start``."""
    days = (weekday - start.weekday() - 1) % 7 + 1
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days)
