"""A chart of stacked columns, worked out here and drawn as SVG: no script is needed to see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 220, 64, 24, 10


@dataclass(frozen=True)
class Column:
    """A part of a column: where it stands, in pixels."""

    series: str
    x: float
    y: float
    width: float
    height: float
    amount: int


@dataclass(frozen=True)
class Chart:
    """Amounts by month and series.

    Args:
        labels: the months, ``2026-01``.
        series: from the bottom up.
        values: minor units by month and series; negative ones are in the table only.
    """

    labels: Sequence[str]
    series: Sequence[str]
    values: Mapping[tuple[str, str], int]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(self.values.get((label, name)) for label in self.labels for name in self.series)

    def amount(self, label: str, series: str) -> int:
        """One amount."""
        return self.values.get((label, series), 0)

    def total(self, label: str) -> int:
        """What a month comes to."""
        return sum(self.amount(label, name) for name in self.series)

    @property
    def top(self) -> int:
        """The highest column, rounded up to a number that reads well."""
        highest = max(
            (sum(max(0, self.amount(label, name)) for name in self.series) for label in self.labels),
            default=0,
        )
        step = int(10 ** max(2, len(str(highest)) - 1))
        return max(step, -(-highest // step) * step)

    @property
    def step(self) -> float:
        """How far apart columns stand."""
        return (WIDTH - LEFT) / max(1, len(self.labels))

    def x(self, label: str) -> float:
        """The middle of a column."""
        return round(LEFT + self.step * (list(self.labels).index(label) + 0.5), 1)

    def columns(self) -> list[Column]:
        """All parts of all columns."""
        found, scale = [], (HEIGHT - BOTTOM - TOP) / self.top
        for label in self.labels:
            y = float(HEIGHT - BOTTOM)
            for name in self.series:
                height = max(0, self.amount(label, name)) * scale
                y -= height
                if height > 0:
                    x = self.x(label) - self.step * 0.3
                    part = Column(
                        name, round(x, 1), round(y, 1), round(self.step * 0.6, 1), round(height, 1),
                        self.amount(label, name),
                    )  # fmt: skip
                    found.append(part)
        return found


def months(today: date, count: int) -> list[str]:
    """The last months, the oldest first: ``2026-01``."""
    found, first = [], today.replace(day=1)
    for _ in range(count):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]
