"""The form of a bank account asks for the numbers of the chosen country, and for no others."""

import pytest

from api.console.account.fields import numbers, ways
from forms.bank.accounts import BankAccount
from forms.bank.countries import NATIONAL, bank_country

COUNTRIES = [*sorted(NATIONAL), "DE", "LK", "RE", "ML"]


def fields(country: str) -> list[str]:
    return [asked.field for asked in numbers(country)]


@pytest.mark.parametrize(
    ("country", "asked"),
    [
        ("US", ["account_number", "routing_number"]),
        ("DE", ["iban", "swift_bic"]),
        ("IN", ["account_number", "ifsc", "swift_bic"]),
        ("JP", ["bank_code", "branch_code", "account_type", "account_number", "swift_bic"]),
        ("GB", ["sort_code", "account_number", "iban", "swift_bic"]),
        ("MX", ["clabe", "account_number", "swift_bic"]),
        ("VN", ["account_number", "swift_bic", "bank_code"]),
        ("MY", ["account_number", "swift_bic"]),
        ("PE", ["cci", "account_number", "swift_bic"]),
        ("CO", ["bank_code", "account_type", "account_number", "holder_tax_number", "swift_bic"]),
    ],
)
def test_the_usual_numbers_come_first(country: str, asked: list[str]) -> None:
    assert fields(country) == asked


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_number_that_is_asked_for_is_a_field_of_the_api(country: str) -> None:
    assert set(fields(country)) <= set(BankAccount.model_fields)
    assert set(bank_country(country).shapes) <= set(BankAccount.model_fields)
    for asked in numbers(country):
        assert asked.label and not set("^[]{}\\|") & set(asked.hint)
        assert asked.hint or asked.options, "each says what it looks like and where to find it"
        assert (asked.field == "account_type") == bool(asked.options)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_number_is_needed_only_where_no_way_goes_without_it(country: str) -> None:
    needed = {asked.field for asked in numbers(country) if asked.needed}
    assert all(needed <= set(route) for route in bank_country(country).routes)
    assert needed or ways(country), "somebody must be told what is enough"
