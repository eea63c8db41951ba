"""Who and what invoices and remittances are about."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from models.documents import Stream
from models.money import Money
from models.texts.sentences import plain_period
from papers.amounts import decimal, printed
from words.codes import STREAM_TITLES


class Party(BaseModel):
    """A business on a paper; ``tax_number`` as it may be shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    address: str
    tax_number: str | None = None


class InvoicedStatement(BaseModel):
    """A statement that an invoice claims."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statement_id: str
    stream: Stream
    period_start: date
    period_end: date
    net: Money

    def printed(self) -> dict[str, str]:
        """As a template shows it."""
        return {
            "id": self.statement_id,
            "stream": STREAM_TITLES[self.stream],
            "period": plain_period(self.period_start, self.period_end),
            "net": printed(decimal(self.net)),
        }
