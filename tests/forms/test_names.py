"""Names of businesses: spelling counts, the form of writing does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.names import Likeness, closest, compare, mentions

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
    ("Example", "Ехаmple", PERSON),
    ("Paypal", "Pаypal", PERSON),
    ("Coco", "Сосо", PERSON),
    ("ACE Ltd", "ΑCE Ltd", PERSON),
    ("Пример", "Sample", "differs"),
    ("O'Example Ltd", "O’Example Ltd", FORM),
    ("L‘Exemple", "L'Exemple", FORM),
    ("Alpha-Beta", "Alpha‑Beta", FORM),
    ("Alpha-Beta", "Alpha–Beta", FORM),
    ("Oʻrnak", "O'rnak", PERSON),
    ("كتاب", "کتاب", PERSON),
    ("محمد", "مُحَمَّد", PERSON),
    ("שלום", "שָׁלוֹם", PERSON),
    ("Studio १२", "Studio 12", PERSON),
    ("Studio १२", "Studio 13", "differs"),
    ("Công ty Ví Dụ", "CO\u0302NG TY VÍ DU\u0323", FORM),
    ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "same"),
    ("ΠΑΡΑΔΕΙΓΜΟΣ", "παραδειγμος", FORM),
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
    ("ООО «Пример»", 'ООО "Пример"', FORM),
    ("ООО «Пример»", "ООО „Пример“", FORM),
    ("ООО «Пример»", "ООО “Пример”", FORM),
    ("Example Co.,Ltd.", "Example Co., Ltd.", FORM),
    ("Example (Pty) Ltd", "Example Proprietary Limited", FORM),
    ("Example (Pvt.) Ltd", "Example (Private) Limited", FORM),
    ("Example P/L", "Example Pty Ltd", FORM),
    ("Exemplo, Lda.", "Exemplo Limitada", FORM),
    ("Příklad, spol. s r.o.", "Příklad s.r.o.", FORM),
    ("Przykład Sp. z o. o.", "Przykład spółka z o.o.", FORM),
    ("Példa Zrt.", "Példa Zártkörűen Működő Részvénytársaság", FORM),
    ("Παράδειγμα Α.Ε.", "Παράδειγμα Ανώνυμη Εταιρεία", FORM),
    ('דוגמה בע"מ', "דוגמה בע״מ", FORM),
    ("مثال ذ.م.م", "مثال ذ م م", FORM),
    ("ÖRNEK LTD. ŞTİ.", "Örnek Limited Şirketi", FORM),
    ("示例有限公司", "示例有限责任公司", FORM),
    ("示例有限公司", "示例股份有限公司", "differs"),
    ("示例股份有限公司", "示例股份有限责任公司", "differs"),
    ("Dæmi ehf.", "Dæmi ehf", FORM),
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
        ('Исполнитель ООО "Пример" ИНН 77', "ООО «Пример»"),
        ("Seller: Studio | Invoice 7", "Studio"),
        ("Studio\nMain Street 1", "Studio"),
        ("payable to Studio, Berlin", "Studio"),
        ("INVOICE Studio", "Studio"),
        ("Invoice Example Games LLC Invoice 7", "Example Games LLC"),
        ("見本 御中", "見本"),
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
        ("Studio Nord GmbH", "Studio"),
        ("Seller: Studio Nord", "Studio"),
        ("studio nord gmbh", "Studio"),
        ("Studio, Inc.", "Studio"),
        ("Studio (Nord) GmbH", "Studio"),
        ("Blue Studio", "Studio"),
        ("Nord Studio GmbH", "Studio GmbH"),
        ("Studio GmbH & Co. KG", "Studio GmbH"),
        ("Studio & Partner", "Studio"),
        ("見本 ゲームズ", "見本"),
        ("Studio 21", "Studio"),
    ],
)
def test_another_name_or_a_part_of_one_is_not_taken_for_it(text: str, name: str) -> None:
    assert not mentions(text, [name])


@pytest.mark.parametrize(
    "text", [")" * 100_000 + "x", "a " * 50_000, "a" * 100_000, "a." * 50_000, "co " * 33_000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    assert not mentions(text, ["A & B Co", "Example Games LLC"])
