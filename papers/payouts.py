"""Payouts to download."""

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from models.money import Money
from papers.amounts import decimal
from papers.csv import csv_file
from papers.tables import Cell, Table
from words import state
from words.codes import failure


class PayoutPaper(BaseModel):
    """The payment of an invoice; ``paid_on`` is empty while the money has not arrived, or has come back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payout_id: str
    invoice_number: str | None
    state: str
    since: datetime
    amount: Money
    attempts: int
    sent_at: datetime | None
    paid_on: date | None
    returned: bool
    failure_code: str | None


COLUMNS = (
    "payout_id",
    "invoice_number",
    "state",
    "since",
    "amount",
    "currency",
    "attempts",
    "sent_at",
    "paid_on",
    "returned",
    "failure_code",
)


def payouts_csv(papers: Sequence[PayoutPaper]) -> bytes:
    """Payouts as CSV, a row for each."""
    rows = [[cell(paper, name) for name in COLUMNS] for paper in papers]
    return csv_file(Table("Payouts", COLUMNS, rows))


def cell(paper: PayoutPaper, column: str) -> Cell:
    """What stands in a column about a payout."""
    if column == "currency":
        return paper.amount.currency
    if column == "state":
        return state("payout", paper.state)
    if column == "failure_code":
        return failure(paper.failure_code) if paper.failure_code else None
    value: Cell | Money = getattr(paper, column)
    return decimal(value) if isinstance(value, Money) else value
