"""Invoice data that programs read (Factur-X, ZUGFeRD, XRechnung, UBL), as it stands in an XML inside an invoice's PDF."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

EXCLUDED_FROM_REPR = Field(default=(), repr=False)

Said = Annotated[tuple[str, ...], EXCLUDED_FROM_REPR]
"""All different values of a field, as they are written; one is usual, several contradict each other. Never logged."""

XmlTrouble = Literal[
    "too_large", "malformed", "defines_entities", "too_complicated", "no_invoice", "too_many"
]


class EInvoice(BaseModel):
    """What an e-invoice says of itself.

    Attributes:
        file: the name of the XML in the PDF.
        trouble: why it could not be read; then it says nothing.
        credit_note: it is written in the form that credit notes have, whatever its type code.
        tests: whether it calls itself a test.
        numbers: of the invoice.
        types: codes of UNTDID 1001: 380 is an invoice, 381 a credit note.
        dates: of issue; ``20260302``, ``2026-03-02``, or with the format that the XML names: ``610:202603``.
        currencies: ISO 4217 codes of the whole invoice.
        due: what is to be paid; like ``grand`` and ``net`` a decimal number, and the currency if it names one.
        grand: the total with tax.
        net: the total without tax.
        sellers: names of who wrote it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, Field(repr=False)] = ""
    trouble: XmlTrouble | None = None
    credit_note: bool = False
    tests: Said = ()
    numbers: Said = ()
    types: Said = ()
    dates: Said = ()
    currencies: Said = ()
    due: Said = ()
    grand: Said = ()
    net: Said = ()
    sellers: Said = ()


LONGEST_AMOUNT = 32


def amount_of(written: str) -> tuple[Decimal, str | None] | None:
    """An amount and its currency; ``None`` where it is none as an XML has them: ``1204.50`` or ``1204.50 USD``."""
    number, _, currency = written.partition(" ")
    if len(number) > LONGEST_AMOUNT or not number.isascii() or not set(number) <= set("+-.0123456789"):
        return None
    try:
        return Decimal(number), currency.strip().upper() or None
    except InvalidOperation:
        return None


def day_of(written: str) -> date | None:
    """A day of issue; ``None`` where it is none, as a mere month is not."""
    plain = written.removeprefix("102:")
    try:
        # With a zone it is still the day that stands there: 2026-03-02+01:00.
        return date.fromisoformat(plain[:10] if "-" in plain[:8] else plain[:8])
    except ValueError:
        return None
