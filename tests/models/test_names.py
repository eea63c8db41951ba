"""Names of businesses: spelling counts, the form of writing does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.names import Likeness, closest, compare, mentions

FORM: Likeness = "differs_in_form"
PERSON: Likeness = "resembles"

PAIRS: list[tuple[str, str, Likeness]] = [
    ("Example Games LLC", "Example Games LLC", "same"),
    ("Example Games LLC", " Example Games LLC ", "same"),
    ("Zoé Jeux", "Zoe\u0301 Jeux", "same"),
    ("Example Games LLC", "EXAMPLE  GAMES, L.L.C.", FORM),
    ("Example Games Ltd", "Example Games Limited", FORM),
    ("Example Inc.", "Example Incorporated", FORM),
    ("Muster GmbH", "Muster Gesellschaft mit beschränkter Haftung", FORM),
    ("Müller GmbH", "Mueller GmbH", PERSON),
    ("Müller GmbH", "Muller GmbH", PERSON),
    ("Straße AG", "Strasse AG", PERSON),
    ("Société Exemple S.A.", "SOCIETE EXEMPLE SA", PERSON),
    ("Example & Co.", "Example and Company", FORM),
    ("Przykład Sp. z o.o.", "Przyklad sp z o o", PERSON),
    ("O’Example Ltd", "OExample Ltd.", PERSON),
    ("ＥＸＡＭＰＬＥ", "Example", FORM),
    ("株式会社見本", "(株)見本", FORM),
    ("Example-Games", "Example Games", PERSON),
    ("Example Games LLC", "Example Games Inc", "differs"),
    ("Example Games LLC", "Example Games", "differs"),
    ("Example Games", "Examp1e Games", "differs"),
    ("Example", "Ехаmple", "differs"),
    ("Muller", "Mueller", "differs"),
    ("見本", "株式会社他人", "differs"),
    ("Example One", "Example Two", "differs"),
    ("...", "!!!", "differs"),
    ("राम ट्रेडर्स", "रोमा ट्रेडर्स", "differs"),
    ("கமல்", "கமலா", "differs"),
    ("มานะ", "มานี", "differs"),
    ("Лайка", "Лаика", PERSON),
    ("ガス", "カス", "differs"),
    ("C++ Studio", "C Studio", PERSON),
    ("C# Studio", "C++ Studio", PERSON),
    ("Studio 2.1", "Studio 21", PERSON),
    ("Studio 2 1", "Studio 21", PERSON),
    ("Alpha & Beta", "Alpha and Beta", PERSON),
    ("Işık", "Isik", PERSON),
    ("İzmir Oyun", "IZMIR OYUN", PERSON),
    ("Exa\u200bmple", "Example", PERSON),
    ("Example\u202e", "Example", PERSON),
    ("Fit Games", "ﬁt games", FORM),
    ("ExampleGames", "Example Games", FORM),
    ("Example GmbH & Co. KG", "EXAMPLE GmbH & Co KG", FORM),
    ("Example GmbH & Co. KG", "Example GmbH", "differs"),
    ("Example GmbH", "Example AG", "differs"),
    ("Al AG", "Alag", PERSON),
    ("Limited", "Ltd", PERSON),
    ("株式会社見本", "見本株式会社", "differs"),
    ("주식회사 견본", "(주)견본", FORM),
    ("Example S. A.", "Example Société Anonyme", FORM),
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


LEGAL: list[tuple[str, str, Likeness]] = [
    ("ООО «Пример»", "Общество с ограниченной ответственностью «Пример»", FORM),
    ("ООО «Пример»", "ооо «ПРИМЕР»", FORM),
    ("АО Пример", "Акционерное общество Пример", FORM),
    ("ИП Пример Иван", "Индивидуальный предприниматель Пример Иван", FORM),
    ("ТОВ «Зразок»", "Товариство з обмеженою відповідальністю «Зразок»", FORM),
    ("Пример ООД", "Пример Дружество с ограничена отговорност", FORM),
    ("PT Contoh Tbk", "P.T. Contoh Tbk.", FORM),
    ("PT Contoh", "Perseroan Terbatas Contoh", FORM),
    ("Công ty TNHH Ví Dụ", "Công ty trách nhiệm hữu hạn Ví Dụ", FORM),
    ("SARL Exemple", "Société à responsabilité limitée Exemple", FORM),
    ("UAB Pavyzdys", "Uždaroji akcinė bendrovė Pavyzdys", FORM),
    ("OÜ Näide", "Osaühing Näide", FORM),
    ("Example S.à r.l.", "Example SARL", FORM),
    ("Example Pvt. Ltd.", "Example Private Limited", FORM),
    ("Example (P) Ltd", "Example Private Limited", FORM),
    ("Ejemplo S.A. de C.V.", "Ejemplo Sociedad Anónima de Capital Variable", FORM),
    ("Ejemplo S. de R.L. de C.V.", "Ejemplo S de RL de CV", FORM),
    ("Contoh Sdn. Bhd.", "Contoh Sendirian Berhad", FORM),
    ("Primer d.o.o.", "Primer društvo s ograničenom odgovornošću", FORM),
    ("Örnek A.Ş.", "Örnek Anonim Şirketi", FORM),
    ("Eksempel A/S", "Eksempel Aktieselskab", FORM),
    ("ООО «Пример»", 'ООО "Пример"', PERSON),
    ("ООО «Пример»", "ООО Пример", PERSON),
    ("ООО «Пример»", "АО «Пример»", "differs"),
    ("ООО «Пример»", "Пример", "differs"),
    ("ООО «Пример»", "«Пример» ООО", "differs"),
    ("ООО «Лайка»", "Общество с ограниченной ответственностью «Лаика»", PERSON),
    ("PT Contoh", "Contoh PT", "differs"),
    ("PT Contoh", "CV Contoh", "differs"),
    ("PT Contoh", "Contoh", "differs"),
    ("Às Games", "AS Games", PERSON),
    ("Studio Sã", "Studio SA", PERSON),
    ("Private Games", "Pte Games", PERSON),
    ("Casa De Pepe", "CasaDe Pepe", FORM),
    ("Game S", "Game", "differs"),
]


@pytest.mark.parametrize(("first", "second", "likeness"), LEGAL)
def test_legal_forms_may_be_written_long_or_short_on_the_side_where_they_stand(
    first: str, second: str, likeness: Likeness
) -> None:
    assert compare(first, second).likeness == likeness
    assert compare(second, first).likeness == likeness


def test_a_text_mentions_a_name_however_it_is_broken_into_lines() -> None:
    assert mentions("Invoice from\nEXAMPLE\nGames L.L.C.\nTotal", ["Somebody", "Example Games LLC"])
    assert not mentions("Invoice from Example Games Inc", ["Example Games LLC"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Seller:Example Games, L.L.C.\nTotal", "Example Games LLC"),
        ("from\nExample\nGames Limited Liability Company, 1 Main Street", "Example Games LLC"),
        ("(EXAMPLE GAMES LLC)", "Example Games LLC"),
        ("Продавец: Общество с ограниченной ответственностью «Пример», ИНН 77", "ООО «Пример»"),
        ("PT. Contoh Tbk\nJakarta", "PT Contoh Tbk"),
        ("請求者 株式会社 見本 御中", "株式会社見本"),
        ("C++ Studio. Total", "C++ Studio"),
        ("Total due to Studio 2.1", "Studio 2.1"),
        ("रोमा ट्रेडर्स, दिल्ली", "रोमा ट्रेडर्स"),
        ("ExampleGames LLC", "Example Games LLC"),
    ],
)
def test_a_name_is_found_where_it_provably_stands(text: str, name: str) -> None:
    assert mentions(text, [name])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("C++ Studio", "C Studio"),
        ("C Studio", "C++ Studio"),
        ("Studio 21", "Studio 2.1"),
        ("Studio 2.1", "Studio 21"),
        ("Kalag Total", "Al AG"),
        ("Palace Ltd", "Ace Ltd"),
        ("Example Gamesmanship LLC", "Example Games LLC"),
        ("रोमा ट्रेडर्स", "राम ट्रेडर्स"),
        ("रामा ट्रेडर्स", "राम"),
        ("Лаика", "Лайка"),
        ("Société Exemple SA", "Societe Exemple SA"),
        ("Exa\u200bmple Games LLC", "Example Games LLC"),
        ("Example Games GmbH", "Example Games LLC"),
        ("", "Example"),
        ("Example", "..."),
    ],
)
def test_another_name_or_a_part_of_one_is_not_taken_for_it(text: str, name: str) -> None:
    assert not mentions(text, [name])


@pytest.mark.parametrize(
    "text", [")" * 100_000 + "x", "a " * 50_000, "a" * 100_000, "a." * 50_000, "co " * 33_000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    assert not mentions(text, ["A & B Co", "Example Games LLC"])
