"""The self-billed invoice: drawn by the platform, in the seller's name, for confirmed statements."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import add

from papers.amounts import decimal, printed
from papers.parties import InvoicedStatement, Party
from papers.pdf import typeset

__all__ = ["InvoicedStatement", "Party", "self_billed_invoice"]


def self_billed_invoice(
    *, number: str, dated: date, seller: Party, buyer: Party, statements: Sequence[InvoicedStatement]
) -> bytes:
    """The PDF of an invoice; ``number`` and the total (``USD 1,204.50``) stand in it as text.

    Args:
        seller: the organization, as on its payout account.
        buyer: the platform, which issues the invoice in the seller's name.
        statements: at least one, all in one currency; the total is the sum of their nets.

    Raises:
        ValueError: when there is no statement, or their currencies differ.
    """
    if not statements:
        raise ValueError("an invoice claims at least one statement")
    total = reduce(add, (statement.net for statement in statements))
    return typeset(
        "invoice.typ",
        {
            "number": number,
            "dated": dated.isoformat(),
            "seller": seller.model_dump(),
            "buyer": buyer.model_dump(),
            "currency": total.currency,
            "total": printed(decimal(total)),
            "statements": [statement.printed() for statement in statements],
        },
    )
