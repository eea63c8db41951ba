"""The table of metrics: only the columns that say something, and what changed against the days before."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from api.console.figures.sorting import Sorting
from api.services.earnings.game_metrics import MetricsGroup, MetricsView
from models.money import Money

PRESETS = (7, 28, 90)
"""How many days can be chosen at once."""

USUAL = 28
"""How many are shown until somebody chooses: whole weeks, so that the days before are as many of each weekday."""

COLUMNS = (
    *("orders", "paying_users", "repeat_payers", "gmv", "arppu", "refunded"),
    *("impressions", "ctr_basis_points", "ecpm_micros", "revenue_micros"),
)
"""The figures in their order; each is a field of a group of metrics."""

MATTER = ("gmv", "revenue_micros", "paying_users", "impressions", "orders")
"""Those that matter most, the most telling first: a phone shows three of them."""


@dataclass(frozen=True)
class Figures:
    """What is shown of some metrics, and of the same number of days before.

    Attributes:
        by: what the rows are about.
        games: the names of games, by id.
        days_before: the first and the last of the days before.
        before: all of them together.
    """

    view: MetricsView
    by: str
    games: dict[str, str]
    days_before: tuple[date, date]
    before: MetricsGroup

    @property
    def columns(self) -> list[str]:
        """The columns in which there is anything."""
        groups = [self.view.totals, *self.view.data]
        return [name for name in COLUMNS if any(number_of(group, name) for group in groups)]

    @property
    def main(self) -> list[str]:
        """The three that matter most of these."""
        return [name for name in MATTER if name in self.columns][:3]

    def change(self, column: str) -> int | None:
        """How much a figure has changed against the days before, in basis points; ``None`` where that says nothing."""
        before, now = number_of(self.before, column), number_of(self.view.totals, column)
        return round((now - before) * 10_000 / before) if before and now is not None else None

    def sorting(self, column: str, descending: bool, chosen: dict[str, str]) -> Sorting:
        """By what the rows are sorted: as somebody chose, else the newest day or the largest amount first."""
        usual = self.by if self.by == "day" or not self.main else self.main[0]
        known = column in (self.by, *self.columns)
        return Sorting(column if known else usual, descending or not known, chosen)

    def rows(self, sorting: Sorting) -> list[MetricsGroup]:
        """The groups in that order."""
        return sorting.apply(self.view.data, self.value)

    def value(self, group: MetricsGroup, column: str) -> Any:
        """What a group is sorted by."""
        return self.subject(group) if column == self.by else number_of(group, column)

    def subject(self, group: MetricsGroup) -> Any:
        """What a row is about."""
        if self.by == "game":
            return self.games.get(group.game_id or "", "")
        return getattr(group, self.by)


def number_of(group: MetricsGroup, column: str) -> Any:
    """A figure as a number, for sorting and comparing."""
    value = getattr(group, column)
    return value.amount if isinstance(value, Money) else value


def preset(days: int, today: date) -> tuple[date, date]:
    """The last so many days, today included."""
    return today - timedelta(days=days - 1), today


def days_before(start: date, end: date) -> tuple[date, date]:
    """As many days right before some days, as far as there is a calendar."""
    length = end - start + timedelta(days=1)
    first = start - min(length, start - date.min)
    return first, max(first, start - timedelta(days=1)) if start > date.min else first
