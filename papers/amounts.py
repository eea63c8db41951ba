"""Amounts as exact decimal numbers, and as they are printed."""

from decimal import Decimal

from models.money import EXPONENTS, Money

MINUS = "−"


def decimal(money: Money) -> Decimal:
    """An amount in the major unit of its currency: ``-1204.50``."""
    return Decimal(money.amount).scaleb(-EXPONENTS.get(money.currency, 2))


def decimal_of_micros(micros: int) -> Decimal:
    """An exact sum in the major unit: ``12.345678``."""
    return Decimal(micros).scaleb(-6)


def printed(number: Decimal | int) -> str:
    """A number for people: ``−1,204.50``."""
    return f"{number:,f}".replace("-", MINUS) if isinstance(number, Decimal) else f"{number:,}"
