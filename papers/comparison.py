"""The differences between an organization's own records and the platform's, to download."""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from papers.amounts import decimal_of_micros
from papers.csv import csv_file
from papers.tables import Cell, Table
from words.codes import code

COLUMNS = (
    "kind",
    "order_id",
    "row",
    "own",
    "own_refunded",
    "own_day",
    "platform",
    "platform_refunded",
    "platform_day",
    "difference",
    "statement_id",
)


class DifferencePaper(BaseModel):
    """One order that differs; micros are millionths of a US dollar, gross at the base price."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    order_id: str
    row: int | None
    own_micros: int
    own_refunded_micros: int
    own_day: date | None
    platform_micros: int
    platform_refunded_micros: int
    platform_day: date | None
    statement_id: str | None

    def cells(self) -> list[Cell]:
        """As a row; ``difference`` is how much more the platform counts."""
        more = (self.platform_micros - self.platform_refunded_micros) - (
            self.own_micros - self.own_refunded_micros
        )
        amounts = {
            "own": self.own_micros,
            "own_refunded": self.own_refunded_micros,
            "platform": self.platform_micros,
            "platform_refunded": self.platform_refunded_micros,
            "difference": more,
        }
        words = {"kind": code(self.kind, "differences")}
        return [
            decimal_of_micros(amounts[name])
            if name in amounts
            else words.get(name, getattr(self, name, None))
            for name in COLUMNS
        ]


def comparison_csv(papers: Iterable[DifferencePaper]) -> bytes:
    """Differences as CSV, a row for each order."""
    return csv_file(Table("Differences", COLUMNS, [paper.cells() for paper in papers]))
