"""The staff's figures of money in one currency, as rows with bars that can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.console.figures.chart import Chart
from models.figures import OWED_FOR, Figures, MoneyCount, MoneyFigure, Sum

OWED = tuple(OWED_FOR)
UNDER_WAY = (MoneyFigure.TO_SEND, MoneyFigure.IN_TRANSIT, MoneyFigure.HELD)
FAILED = (
    MoneyFigure.FAILED_TRANSIENT,
    MoneyFigure.FAILED_UNKNOWN,
    MoneyFigure.FAILED_ACCOUNT,
    MoneyFigure.FAILED_PAYER,
    MoneyFigure.FAILED_FINAL,
    MoneyFigure.RETURNED,
    MoneyFigure.PAID_WRONGLY,
)
PAID = (MoneyFigure.PAID,)
TABLES = (OWED, (*UNDER_WAY, *FAILED), PAID)
"""Which figures are compared with each other."""


@dataclass(frozen=True)
class Board:
    """The figures of one currency."""

    currency: str
    counts: Sequence[MoneyCount]

    def rows(self, figures: Sequence[MoneyFigure]) -> list[MoneyCount]:
        """Those of some figures, in their order; what there is nothing of is left out."""
        return [one for figure in figures for one in self.counts if one.figure is figure]

    def total(self, figures: Sequence[MoneyFigure]) -> Sum:
        """What some figures come to together."""
        return Sum(amount=sum(one.amount.amount for one in self.rows(figures)), currency=self.currency)

    def share(self, one: MoneyCount) -> int:
        """How long the bar of a figure is, in percent of the longest that it is compared with."""
        table = next(table for table in TABLES if one.figure in table)
        largest = max(other.amount.amount for other in self.rows(table))
        return max(1, 100 * one.amount.amount // largest) if largest > 0 else 0


def boards(figures: Figures, first: str) -> list[Board]:
    """A board for each currency in which there is money, the settlement's first."""
    others = sorted({one.amount.currency for one in figures.money} - {first})
    return [
        Board(currency, [one for one in figures.money if one.amount.currency == currency])
        for currency in (first, *others)
    ]


def paid_chart(figures: Figures, months: Sequence[date], currency: str) -> Chart:
    """What was paid by month, in one currency."""
    paid = {
        (f"{one.month:%Y-%m}", "paid"): one.amount.amount
        for one in figures.paid
        if one.amount.currency == currency
    }
    return Chart(months, ["paid"], paid, {})
