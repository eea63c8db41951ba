"""Names of businesses: spelling counts, the form of writing does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.names import Likeness, closest, compare, mentions

FORM: Likeness = "differs_in_form"

PAIRS: list[tuple[str, str, Likeness]] = [
    ("Example Games LLC", "Example Games LLC", "same"),
    ("Example Games LLC", " Example Games LLC ", "same"),
    ("Zoé Jeux", "Zoe\u0301 Jeux", "same"),
    ("Example Games LLC", "EXAMPLE  GAMES, L.L.C.", FORM),
    ("Example Games Ltd", "Example Games Limited", FORM),
    ("Example Inc.", "Example Incorporated", FORM),
    ("Muster GmbH", "Muster Gesellschaft mit beschränkter Haftung", FORM),
    ("Müller GmbH", "Mueller GmbH", FORM),
    ("Müller GmbH", "Muller GmbH", FORM),
    ("Straße AG", "Strasse AG", FORM),
    ("Société Exemple S.A.", "SOCIETE EXEMPLE SA", FORM),
    ("Example & Co.", "Example and Company", FORM),
    ("Przykład Sp. z o.o.", "Przyklad sp z o o", FORM),
    ("O’Example Ltd", "OExample Ltd.", FORM),
    ("ＥＸＡＭＰＬＥ", "Example", FORM),
    ("株式会社見本", "(株)見本", FORM),
    ("Example-Games", "Example Games", FORM),
    ("Example Games LLC", "Example Games Inc", "differs"),
    ("Example Games LLC", "Example Games", "differs"),
    ("Example Games", "Examp1e Games", "differs"),
    ("Example", "Ехаmple", "differs"),
    ("Muller", "Mueller", "differs"),
    ("見本", "株式会社他人", "differs"),
    ("Example One", "Example Two", "differs"),
    ("...", "!!!", "differs"),
]


@pytest.mark.parametrize(("first", "second", "likeness"), PAIRS)
def test_how_two_names_relate(first: str, second: str, likeness: Likeness) -> None:
    assert compare(first, second).likeness == likeness
    assert compare(second, first).likeness == likeness


def test_the_parts_that_differ_are_named() -> None:
    found = compare("Example Games LLC", "Example Toys Limited")
    assert (found.only_first, found.only_second) == (("games", "llc"), ("toys", "ltd"))


def test_a_name_is_compared_with_the_closest() -> None:
    name, found = closest(["見本ゲーム株式会社", "Example Games K.K."], "Example Games Kabushiki Kaisha")
    assert (name, found.likeness) == ("Example Games K.K.", FORM)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared_either_way_round(first: str, second: str) -> None:
    assert compare(first, second).likeness == compare(second, first).likeness
    assert compare(first, first).likeness == "same"


def test_a_text_mentions_a_name_however_it_is_broken_into_lines() -> None:
    assert mentions("Invoice from\nEXAMPLE\nGames L.L.C.\nTotal", ["Somebody", "Example Games LLC"])
    assert not mentions("Invoice from Example Games Inc", ["Example Games LLC"])
