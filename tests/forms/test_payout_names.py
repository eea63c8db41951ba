"""Names on a payout account's form: what is not proven to be the same name goes to an operator."""

import pytest

from forms.payout_account import for_an_operator, name_finding


@pytest.mark.parametrize(
    ("verified", "name"),
    [
        ("C++ Studio", "C Studio"),
        ("Studio 2.1", "Studio 21"),
        ("Лайка", "Лаика"),
        ("Müller GmbH", "Mueller GmbH"),
        ("Example", "Exam\u200bple"),
        ("Example", "Ехаmple"),
        ("Coco", "Сосо"),
        ("Pаypal", "Pаypal"),
        ("Pаypal Ltd", "PАYPAL Limited"),
    ],
)
def test_a_name_that_only_resembles_the_verified_one_is_taken_and_compared_by_an_operator(
    verified: str, name: str
) -> None:
    finding = name_finding("account_name", "/bank/account_name", name, [verified])
    assert finding.result == "not_run" and not finding.blocks
    assert for_an_operator([finding])


@pytest.mark.parametrize(
    ("verified", "name"),
    [
        ("राम ट्रेडर्स", "रोमा ट्रेडर्स"),
        ("X GmbH", "X AG"),
        ("株式会社見本", "見本株式会社"),
        ("Example", "Examp1e"),
        ("Пример", "Sample"),
    ],
)
def test_another_name_never_passes_by_itself(verified: str, name: str) -> None:
    assert name_finding("account_name", "/bank/account_name", name, [verified]).blocks
    proven = name_finding("account_name", "/bank/account_name", name, [verified], proven=True)
    assert not proven.blocks and for_an_operator([proven])


@pytest.mark.parametrize(
    ("verified", "name"),
    [
        ("Example Games Ltd", "EXAMPLE GAMES LIMITED"),
        ("Ｅxample", "example"),
        ("ООО «Пример»", 'ООО "Пример"'),
        ("Пример Games", "ПРИМЕР Games"),
        ("LINEヤフー", "ＬＩＮＥヤフー"),
    ],
)
def test_the_same_name_in_another_form_needs_nobody(verified: str, name: str) -> None:
    assert not for_an_operator([name_finding("account_name", "/bank/account_name", name, [verified])])
