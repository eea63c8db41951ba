"""A chart of stacked columns, worked out here and drawn as SVG: no script is needed to see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 280, 92, 56, 36
"""Of the drawing; its margins have room for the letters of a phone, which are twice as large beside the columns."""

STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""What a number that reads well begins with."""

NEAR_AN_EDGE = 200
"""How near to an edge words would not fit if they stood centred."""

Values = Mapping[tuple[str, str], int]
"""Minor units by month and series."""


@dataclass(frozen=True)
class Column:
    """A part of a column: where it stands, in pixels.

    Attributes:
        estimated: it is on no statement yet, and drawn hatched.
    """

    series: str
    estimated: bool
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Amounts by month and series: settled ones, and on top of them estimated ones.

    Args:
        labels: the first days of the months.
        all_series: from the bottom up; those without any amount are left out.
        settled: what statements say; negative amounts are in the table only.
        estimated: what is on no statement yet.
    """

    labels: Sequence[date]
    all_series: Sequence[str]
    settled: Values
    estimated: Values

    @property
    def series(self) -> list[str]:
        """The series in use."""
        return [name for name in self.all_series if any(self.amount(label, name) for label in self.labels)]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.series

    @property
    def has_estimates(self) -> bool:
        """Whether something of it is estimated."""
        return any(self.is_estimated(label) for label in self.labels)

    @property
    def goes_below_zero(self) -> bool:
        """Whether some amounts cannot be drawn."""
        return any(self.amount(label, name) < 0 for label in self.labels for name in self.series)

    def amount(self, label: date, series: str) -> int:
        """One amount, settled and estimated together."""
        return sum(part.get(key(label, series), 0) for part in self.parts)

    def total(self, label: date) -> int:
        """What a month comes to."""
        return sum(self.amount(label, name) for name in self.series)

    def is_estimated(self, label: date) -> bool:
        """Whether some of a month is on no statement yet."""
        return any(self.estimated.get(key(label, name)) for name in self.all_series)

    @property
    def parts(self) -> tuple[Values, Values]:
        """What is drawn, from the bottom up."""
        return self.settled, self.estimated

    @property
    def top(self) -> int:
        """The end of the axis: the highest column, rounded up to a number that reads well."""
        highest = max((self.drawn(label) for label in self.labels), default=0)
        size = 10 ** max(2, len(str(highest)) - 1)
        return next((int(step * size) for step in STEPS if step * size >= highest), 10 * size)

    def drawn(self, label: date) -> int:
        """How much of a month is drawn."""
        return sum(max(0, part.get(key(label, name), 0)) for part in self.parts for name in self.series)

    @property
    def step(self) -> float:
        """How far apart columns stand."""
        return (WIDTH - LEFT) / max(1, len(self.labels))

    def x(self, label: date) -> float:
        """The middle of a column."""
        return round(LEFT + self.step * (list(self.labels).index(label) + 0.5), 1)

    def anchor(self, label: date) -> str:
        """How words about a month are placed so that they stay within the drawing."""
        x = self.x(label)
        return "start" if x < NEAR_AN_EDGE else "end" if x > WIDTH - NEAR_AN_EDGE else "middle"

    def y(self, share: float) -> float:
        """The height of a share of the axis."""
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def columns(self, label: date) -> list[Column]:
        """The parts of a month's column."""
        found, drawn = [], 0
        x, width = round(self.x(label) - self.step * 0.3, 1), round(self.step * 0.6, 1)
        for part in self.parts:
            for name in self.series:
                amount = max(0, part.get(key(label, name), 0))
                if amount > 0:
                    below, above = self.y(drawn / self.top), self.y((drawn + amount) / self.top)
                    estimated = part is self.estimated
                    found.append(Column(name, estimated, x, round(above, 1), width, round(below - above, 1)))
                drawn += amount
        return found


def key(month: date, series: str) -> tuple[str, str]:
    """Under what the amount of a month and series is found."""
    return f"{month:%Y-%m}", series
