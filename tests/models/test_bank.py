"""Bank accounts: what each country asks for, and what cannot be right."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.bank import BankAccount, bank_findings

US = {"country": "US", "account_number": "000123456789", "routing_number": "110000000"}
DE = {"country": "DE", "iban": "DE89370400440532013000"}
HK = {"country": "HK", "account_number": "000123456", "swift_bic": "HSBCHKHH"}


def account(**numbers: Any) -> BankAccount:
    return BankAccount(account_name="Example Games", institution="Example Bank", **numbers)


def failing(**numbers: Any) -> set[str]:
    return {finding.name for finding in bank_findings(account(**numbers)) if finding.result == "failed"}


@pytest.mark.parametrize(
    "numbers",
    [
        US,
        DE,
        HK,
        DE | {"iban": "de89 3704 0044 0532 0130 00"},
        DE | {"swift_bic": "COBADEFFXXX"},
        {"country": "GB", "iban": "GB33BUKB20201555555555"},
        *({"country": of, "iban": "GB33BUKB20201555555555"} for of in ("JE", "GG", "IM")),
        *({"country": of, "iban": "FR1420041010050500013M02606"} for of in ("RE", "NC", "GF")),
        {"country": "JE", "account_number": "12345678", "swift_bic": "RBOSJESH"},
        HK | {"swift_bic": "HSBCSGSG"},
        DE | {"iban": "ＤＥ89-3704-0044\u200b0532 0130 00\u202c"},
    ],
)
def test_accounts_that_can_be_right_pass(numbers: dict[str, Any]) -> None:
    assert failing(**numbers) == set()


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ({"country": "US"}, {"account_number_given", "routing_number_given"}),
        (US | {"routing_number": "110000001"}, {"routing_number"}),
        (US | {"routing_number": "12345"}, {"routing_number"}),
        (US | {"virtual": True}, {"virtual_account"}),
        ({"country": "DE", "account_number": "12345678", "swift_bic": "COBADEFF"}, {"iban_given"}),
        (DE | {"iban": "DE89370400440532013001"}, {"iban"}),
        (DE | {"iban": "DE8937040044053201300"}, {"iban"}),
        (DE | {"iban": "US89370400440532013000"}, {"iban"}),
        (DE | {"iban": "X"}, {"iban"}),
        (DE | {"iban": "FR1420041010050500013M02606"}, {"iban"}),
        (DE | {"swift_bic": "DEUTDEFF"}, {"bank_of_iban"}),
        (DE | {"swift_bic": "BARCGB22"}, {"bank_of_iban"}),
        (DE | {"swift_bic": "NONSENSE"}, {"swift_bic"}),
        (DE | {"routing_number": "110000000"}, {"routing_number"}),
        ({"country": "HK", "account_number": "000123456"}, {"swift_bic_given"}),
        ({"country": "HK", "swift_bic": "HSBCHKHH"}, {"account_number_given"}),
    ],
)
def test_what_cannot_be_right_is_named(numbers: dict[str, Any], found: set[str]) -> None:
    assert failing(**numbers) == found


def test_errors_say_why_and_never_what_was_typed() -> None:
    for numbers in (US | {"routing_number": "987654321"}, DE | {"iban": "DE00CANARY"}):
        for finding in bank_findings(account(**numbers)):
            said = f"{finding.why} {finding.mend}"
            assert "987654321" not in said and "CANARY" not in said
            assert finding.result == "passed" or (finding.why and finding.mend and finding.pointer)


def test_a_bank_that_is_not_known_is_not_held_against_anybody() -> None:
    numbers = {"country": "MT", "iban": "MT84MALT011000012345MTLCAST001S", "swift_bic": "MALTMTMT"}
    results = {finding.name: finding.result for finding in bank_findings(account(**numbers))}
    assert results["bank_of_iban"] in ("passed", "not_run")


@pytest.mark.parametrize("iban", ["", "A" * 41, "DE89\x0037", "١٢٣"])
def test_shapes_that_no_number_has_are_refused(iban: str) -> None:
    with pytest.raises(ValidationError):
        account(country="DE", iban=iban)


def test_a_bic_of_another_country_is_left_to_the_bank_desk() -> None:
    [found] = [f for f in bank_findings(account(**HK | {"swift_bic": "HSBCSGSG"})) if f.name == "swift_bic"]
    assert found.result == "not_run" and not found.blocks


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("12-3456-7890123-00", "123456789012300"),
        ("000 123 456", "000123456"),
        ("１２３４５６７", "1234567"),
        ("\ufeff000123456\u200e", "000123456"),
        ("000–123—456", "000123456"),
    ],
)
def test_account_numbers_are_taken_as_they_are_printed(printed: str, kept: str) -> None:
    assert account(**HK | {"account_number": printed}).account_number == kept
