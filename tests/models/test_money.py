"""Money: integers, one currency at a time, rounded half to even."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from babel.numbers import get_currency_precision
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.money import EXPONENTS, Money, half_even, minor_from_micros


def test_the_currencies_here_have_as_many_digits_as_cldr_shows() -> None:
    assert {currency: get_currency_precision(currency) for currency in EXPONENTS} == EXPONENTS


AMOUNTS = st.integers(-(2**53), 2**53)


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**12))
@example(5, 2)
@example(-5, 2)
@example(7, 2)
@example(-7, 2)
@example(0, 1)
def test_half_even_is_decimals_half_even(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    if (exact * denominator) == numerator:
        expected = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
        assert half_even(numerator, denominator) == expected
    assert abs(2 * (half_even(numerator, denominator) * denominator - numerator)) <= denominator


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_half_even_is_odd(numerator: int, denominator: int) -> None:
    assert half_even(-numerator, denominator) == -half_even(numerator, denominator)


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(EXPONENTS)))
def test_micros_become_minor_units_as_decimal_rounds(micros: int, currency: str) -> None:
    unit = Decimal(1).scaleb(-EXPONENTS[currency])
    rounded = (Decimal(micros) / 1_000_000).quantize(unit, rounding=ROUND_HALF_EVEN)
    assert minor_from_micros(micros, currency) == int(rounded / unit)


@pytest.mark.parametrize(
    ("micros", "cents"),
    [(1_234_567, 123), (5_000, 0), (15_000, 2), (25_000, 2), (-5_000, 0), (-15_000, -2), (0, 0)],
)
def test_some_micros(micros: int, cents: int) -> None:
    assert minor_from_micros(micros) == cents


@given(st.integers(-(2**52), 2**52), st.integers(-(2**52), 2**52))
def test_sums_are_exact(one: int, other: int) -> None:
    assert (Money(amount=one) + Money(amount=other)).amount == one + other


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot add EUR to USD"):
        Money(amount=1) + Money(amount=1, currency="EUR")


@pytest.mark.parametrize("amount", [1.0, "1", True, None, 2**53 + 1, -(2**53) - 1])
def test_amounts_are_integers_that_every_program_can_hold(amount: object) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount})


@pytest.mark.parametrize("currency", ["usd", "US", "USDT", ""])
def test_currencies_are_iso_4217(currency: str) -> None:
    with pytest.raises(ValidationError):
        Money(amount=1, currency=currency)


@given(AMOUNTS)
def test_money_survives_json(amount: int) -> None:
    money = Money(amount=amount)
    assert Money.model_validate_json(money.model_dump_json()) == money


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(amount=120_450), "USD 1,204.50"),
        (Money(amount=-5), "USD -0.05"),
        (Money(amount=1_234, currency="JPY"), "JPY 1,234"),
        (Money(amount=1_234, currency="KWD"), "KWD 1.234"),
    ],
)
def test_money_is_shown(money: Money, text: str) -> None:
    assert str(money) == text
