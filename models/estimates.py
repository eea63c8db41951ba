"""What is earned and on no statement yet: worked out as its statement would be today, and likely to change."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from models.documents import Stream
from models.money import Money


class Estimate(BaseModel):
    """What the next statement of one stream and period would say if it were issued now.

    Attributes:
        delivered_on: the day on which it is to be issued.
        promised_on: the day on which it was to be issued, if that has passed.
        gross: what the period has earned so far, before refunds.
        adjustments: what came late for earlier periods, after refunds and share.
        carried: debts of earlier statements that it takes up; zero or negative.
        tax_withheld: at the rate that holds for the organization today.
        net: what would be owed for it; negative is carried to the statement after it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: Stream
    period_start: date
    period_end: date
    delivered_on: date
    promised_on: date | None = None
    gross: Money
    refunds: Money
    platform_share: Money
    adjustments: Money
    carried: Money
    tax_withheld: Money
    net: Money

    @property
    def id(self) -> str:
        """What names it beside documents: ``earnings/iaa/2026-03-01``."""
        return f"earnings/{self.stream}/{self.period_start}"
