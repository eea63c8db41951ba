"""Money as integers: an amount in minor units, its ISO 4217 currency and that currency's exponent."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

EXPONENTS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KRW": 0, "KWD": 3}
"""How many digits of the minor unit (ISO 4217) the currencies have that money is counted in here.

CLDR says how many digits are *shown*, which is another thing: for IQD, LBP, RSD and ten more it would count a hundred or a
thousand times too much. Of those that stand here both say the same.
"""
MICROS = 1_000_000
LARGEST_ADJUSTMENT = 10**12
"""Minor units; with it, all sums of a statement stay within 64 bits, even in micro-units."""

LARGEST_STATEMENT = 10**13
"""Minor units that no total of a statement goes beyond: 900 of them, 25 years unpaid, are still an amount of money here."""

LARGEST_AMOUNT = 2**53
"""Minor units that an amount of money may have: as many as JSON's numbers hold everywhere."""

MinorUnits = Annotated[int, Field(strict=True, ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]


class Money(BaseModel):
    """An exact amount of one currency.

    Attributes:
        amount: minor units (cents for USD); negative means owed to the platform.
        currency: ISO 4217 code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: MinorUnits
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")

    def __add__(self, other: "Money") -> "Money":
        """The sum; raises ValueError when the currencies differ."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __str__(self) -> str:
        """For logs and terminals: ``USD 1,204.50``."""
        exponent = EXPONENTS.get(self.currency, 2)
        sign = "-" if self.amount < 0 else ""
        whole, rest = divmod(abs(self.amount), 10**exponent)
        fraction = f".{rest:0{exponent}d}" if exponent else ""
        return f"{self.currency} {sign}{whole:,}{fraction}"


def sum_of(amounts: Iterable[Money]) -> Money | None:
    """The sum of some money; ``None`` when there is none."""
    total: Money | None = None
    for amount in amounts:
        total = amount if total is None else total + amount
    return total


def half_even(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` rounded half to even, exactly, for any sign; the denominator is positive."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient


def minor_from_micros(micros: int, currency: str = "USD") -> int:
    """Micro-units of a currency as minor units, rounded half to even: 1,234,567 micro-USD is 123 cents."""
    return half_even(micros * 10 ** EXPONENTS[currency], MICROS)
