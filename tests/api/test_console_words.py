"""What fields say, for reading."""

from datetime import UTC, date, datetime

import pytest

from api.console.words import READER, filled_in, said
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


def test_what_was_filled_in_is_what_was_typed() -> None:
    form = {
        "name": "file_ the name",
        "certificate_file_id": "file_1",
        "file_ids": ["file_2", "file_3"],
        "file_id": "file_4",
        "checks": [{"name": "pdf", "result": "passed"}],
        "representative": {"full_name": "Ada", "proof_of_representation_file_id": "file_5"},
        "profile_id": "p1",
        "languages": ["en", "de"],
    }
    assert filled_in(form) == {
        "name": "file_ the name",
        "representative": {"full_name": "Ada"},
        "profile_id": "p1",
        "languages": ["en", "de"],
    }
