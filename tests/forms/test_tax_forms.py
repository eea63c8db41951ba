"""W-9 and W-8BEN-E: the form fits the country, and the number can be one of that country."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

import api.console
from forms.tax.forms import TAX_FORMS, Filed, FiledTaxForm, forms_for, tax_findings
from models.programme.withholding import TaxForm

TEMPLATES = Path(api.console.__file__).parent / "templates"
FORMS: TypeAdapter[FiledTaxForm] = TypeAdapter(FiledTaxForm)
W9 = {
    "form": "W-9",
    "federal_classification": "c_corporation",
    "tax_number": "12-3456789",
    "backup_withholding": False,
}
W8 = {"form": "W-8BEN-E", "entity_type": "corporation", "tax_number": "DE136695976"}


def results(form: dict[str, Any], country: str) -> dict[str, str]:
    return {f.name: f.result for f in tax_findings(FORMS.validate_python(form), country)}


def failing(form: dict[str, Any], country: str) -> set[str]:
    return {name for name, result in results(form, country).items() if result == "failed"}


def test_every_form_that_the_api_takes_is_known_to_the_payout_account() -> None:
    taken = {form.called() for form in TAX_FORMS}
    assert taken == set(get_args(TaxForm)), (
        "models/programme/withholding.py: TaxForm, and forms/tax/forms.py: FiledTaxForm"
    )


@pytest.mark.parametrize("form", TAX_FORMS)
def test_every_field_of_a_form_is_asked_for(form: type[Filed]) -> None:
    assert set(form.questions()) == set(form.model_fields) - {"form"}, "forms/tax/forms.py: Asked(…)"
    assert all(asked.label for asked in form.questions().values())


@pytest.mark.parametrize("form", TAX_FORMS)
def test_what_there_is_to_choose_from_has_words(form: type[Filed]) -> None:
    for name, asked in form.questions().items():
        kind = form.model_fields[name].annotation
        if kind is bool:
            assert set(asked.options) == {"false", "true"}
        elif get_origin(kind) is Literal:
            assert set(asked.options) == set(get_args(kind)), f"{form.called()}: {name}"


@pytest.mark.parametrize("country", ["US", "DE", "CN", "ZZ"])
def test_each_country_has_a_form(country: str) -> None:
    assert forms_for(country)


def test_right_forms_pass() -> None:
    assert failing(W9, "US") == failing(W8, "DE") == set()


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("DE136695976", "DE"),
        ("181/815/08155", "DE"),
        ("1955839661", "GB"),
        ("552008443", "FR"),
        ("5-8356-7825-6246", "JP"),
        ("91110000600037341L", "CN"),
        ("1348672683", "KR"),
        ("00192200M", "SG"),
        ("51824753556", "AU"),
        ("995525828", "NO"),
        ("111222333", "NL"),
        ("59-119/9013", "AT"),
        ("123456782", "CA"),
        ("49-098-576", "NZ"),
    ],
)
def test_foreign_numbers_are_known_by_their_country(number: str, country: str) -> None:
    assert results(W8 | {"tax_number": number}, country)["tax_number"] == "passed"
    assert results(W8 | {"tax_number": number[:-1] + "?"}, country)["tax_number"] == "failed"


@pytest.mark.parametrize(
    ("number", "country"), [("123/4567", "DE"), ("12345678", "GB"), ("A1234567X", "SG"), ("123456789", "MT")]
)
def test_a_number_of_a_kind_that_cannot_be_checked_is_left_to_the_tax_desk(number: str, country: str) -> None:
    assert results(W8 | {"tax_number": number}, country)["tax_number"] == "not_run"


@pytest.mark.parametrize(("number", "country"), [("995525829", "NO"), ("51824753557", "AU"), ("???", "MT")])
def test_a_number_that_is_certainly_wrong_is_refused(number: str, country: str) -> None:
    assert results(W8 | {"tax_number": number}, country)["tax_number"] == "failed"


@pytest.mark.parametrize("country", ["AE", "HK", "ZZ"])
def test_numbers_of_other_countries_could_not_be_checked(country: str) -> None:
    [found] = [f for f in tax_findings(FORMS.validate_python(W8), country) if f.name == "tax_number"]
    assert found.result == "not_run" and "cannot be checked" in found.why and not found.blocks


@pytest.mark.parametrize(
    "ein", ["12–3456789", "１２－３４５６７８９", " 12-3456789\u200b", "12\u20113456789"]
)
def test_an_ein_is_taken_as_it_is_printed_or_pasted(ein: str) -> None:
    assert failing(W9 | {"tax_number": ein}, "US") == set()


@pytest.mark.parametrize("ein", ["00-3456789", "07-1234567", "12-345678", "123456789012", "12-34567A9"])
def test_an_ein_has_nine_digits_and_a_prefix_that_was_given_out(ein: str) -> None:
    assert failing(W9 | {"tax_number": ein}, "US") == {"tax_number"}


def test_the_form_fits_the_country() -> None:
    assert "tax_form" in failing(W9, "DE") and "tax_form" in failing(W8, "US")


@pytest.mark.parametrize(("form", "country"), [(W9, "US"), (W8, "DE")])
def test_backup_withholding_is_refused(form: dict[str, Any], country: str) -> None:
    assert failing(form | {"backup_withholding": True}, country) == {"backup_withholding"}


@pytest.mark.parametrize(
    "form",
    [
        W9 | {"federal_classification": "good"},
        W8 | {"entity_type": "good"},
        W9 | {"form": "W-7"},
        W9 | {"entity_type": "corporation"},
        {name: value for name, value in W9.items() if name != "backup_withholding"},
        W9 | {"name": "two\nlines"},
        W9 | {"tax_number": ""},
    ],
)
def test_what_is_no_such_form_is_refused(form: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FORMS.validate_python(form)


def test_errors_never_repeat_the_number() -> None:
    for form, country in ((W9 | {"tax_number": "00-CANARY"}, "US"), (W8 | {"tax_number": "CANARY"}, "DE")):
        for finding in tax_findings(FORMS.validate_python(form), country):
            assert "CANARY" not in finding.model_dump_json()
