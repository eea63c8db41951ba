"""What fields say, for reading."""

from datetime import UTC, date, datetime

import pytest

from api.console.words import READER, said
from models.money import Money


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "Yes"),
        (False, "No"),
        ("llc_partnership", "Llc partnership"),
        ("sub_405ec9b40x9z2xna19je", "sub_405ec9b40x9z2xna19je"),
        ("Example Games LLC", "Example Games LLC"),
        (Money(amount=120_450), "$1,204.50"),
        ({"amount": 5, "currency": "USD"}, "$0.05"),
        (date(2026, 11, 30), "30 Nov 2026"),
        (["us_eu", "Example"], "Us eu, Example"),
        (30, "30"),
    ],
)
def test_a_field_says_what_it_means(value: object, words: str) -> None:
    token = READER.set(("en_US", datetime(2026, 11, 22, tzinfo=UTC)))
    try:
        assert said(value) == words
    finally:
        READER.reset(token)
