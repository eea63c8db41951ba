"""Tables that are sorted by links: the column and the direction stand in the address, so that no script is needed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


@dataclass(frozen=True)
class Sorting:
    """By which column a table is sorted.

    Attributes:
        column: its name; empty for the order in which it comes.
        chosen: what else stands in the address.
    """

    column: str = ""
    descending: bool = True
    chosen: Mapping[str, str] | None = None

    def href(self, column: str) -> str:
        """Where a column's heading leads: the highest first, and when it is that already, the lowest."""
        turned = "asc" if self.column == column and self.descending else "desc"
        others = {name: value for name, value in (self.chosen or {}).items() if value}
        return "?" + urlencode({**others, "sort": column, "order": turned})

    def aria(self, column: str) -> str:
        """What is said of the order to those who cannot see its mark."""
        if self.column != column:
            return "none"
        return "descending" if self.descending else "ascending"

    def apply(self, rows: Iterable[T], value_of: Callable[[T, str], Any]) -> list[T]:
        """The rows in this order; what has no value comes last."""
        found = list(rows)
        if not self.column:
            return found
        valued = [row for row in found if value_of(row, self.column) is not None]
        rest = [row for row in found if value_of(row, self.column) is None]
        return [
            *sorted(valued, key=lambda row: value_of(row, self.column), reverse=self.descending),
            *rest,
        ]
