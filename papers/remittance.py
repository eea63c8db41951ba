"""The remittance advice: what a payment was for, and where it went."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from models.money import Money
from papers.amounts import decimal, printed
from papers.parties import InvoicedStatement, Party
from papers.pdf import typeset

LAST = 4


class PaidAccount(BaseModel):
    """The bank account that was paid to; of its number nothing but the last four characters is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account_name: str
    institution: str
    ending: str


def ending(number: str) -> str:
    """What may be shown of an account's number: its last four characters, if it is long enough to hide the rest."""
    return number[-LAST:] if len(number) >= 2 * LAST else ""


def remittance_advice(
    *,
    payer: Party,
    payee: str,
    invoice_number: str,
    invoice_dated: date,
    reference: str,
    amount: Money,
    account: PaidAccount,
    sent_on: date,
    paid_on: date,
    statements: Sequence[InvoicedStatement],
) -> bytes:
    """The PDF of a remittance advice.

    Args:
        payee: the organization's name.
        reference: what the payment is called at the bank and at the provider.
        sent_on: the day on which the payment left.
        paid_on: the day on which it arrived.
        statements: what the invoice claims; their nets add up to the amount.
    """
    return typeset(
        "remittance.typ",
        {
            "payer": payer.model_dump(),
            "payee": payee,
            "invoice_number": invoice_number,
            "invoice_dated": invoice_dated.isoformat(),
            "reference": reference,
            "currency": amount.currency,
            "amount": printed(decimal(amount)),
            "account": account.model_dump(),
            "sent_on": sent_on.isoformat(),
            "paid_on": paid_on.isoformat(),
            "statements": [statement.printed() for statement in statements],
        },
    )
