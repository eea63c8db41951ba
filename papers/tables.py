"""Tables of values, to be written as CSV or Excel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | Decimal | date | datetime | None
"""A text, a number, a day, a moment (UTC), or nothing."""


@dataclass(frozen=True)
class Table:
    """Rows under a header; ``columns`` are names such as ``platform_share``, and `words.columns` says what people read."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
