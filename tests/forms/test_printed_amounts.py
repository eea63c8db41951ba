"""Amounts and currencies as the countries print them; which ways there are, CLDR says."""

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_currency, format_decimal

from forms.invoices.comparison import Typed, paper_findings
from forms.invoices.printed_amounts import amounts_in
from models.money import Money

LOCALES = [Locale.parse(name) for name in locale_identifiers() if not name.startswith("tok")]
"""All but Toki Pona, an invented language that puts digits in twos, as no business does."""


def results(text: str, amount: int = 120_450, currency: str = "USD") -> dict[str, str]:
    typed = Typed("INV-1", date(2026, 3, 2), Money(amount=amount, currency=currency))
    found = paper_findings(typed, f"Invoice INV-1\n{text}", None)
    return {finding.name: finding.result for finding in found}


@pytest.mark.parametrize("units", ["1204.5", "123456", "1234567.89", "0.5", "12345678.9"])
def test_every_locale_s_way_of_writing_a_number_is_understood(units: str) -> None:
    amount, missed = Decimal(units), set()
    for locale in LOCALES:
        for system in {"latn", locale.default_numbering_system} & set(locale.number_symbols):
            for grouped in (True, False):
                shown = format_decimal(
                    amount, locale=locale, numbering_system=system, group_separator=grouped
                )
                if int(amount * 100) not in amounts_in(f"Total {shown} ", 2):
                    missed.add((str(locale), shown))
    assert not missed


def test_every_locale_s_way_of_writing_dollars_is_understood_and_nowhere_contradicts_them() -> None:
    missed = set()
    for locale in LOCALES:
        for kind in ("standard", "accounting"):
            shown = format_currency(Decimal("1204.5"), "USD", locale=locale, format_type=kind)
            found = results(f"Total {shown}")
            if found["amount_on_pdf"] != "passed" or found["currency_on_pdf"] == "failed":
                missed.add((str(locale), shown))
    assert not missed


@pytest.mark.parametrize(
    "printed",
    [
        "1,204.50", "1.204,5", "1204.5", "1 204,50", "1\u2009204,50", "1\u202f204.50", "1\u00a0204,50", "1'204.50",
        "1’204.50", "١٬٢٠٤٫٥٠", "۱٬۲۰۴٫۵۰", "१,२०४.५०", "１，２０４．５０", "USD 1,204.50", "1,204.50 USD", "$1,204.50",
        "US$ 1.204,50", "1,204.50$", "(incl. tax USD 1,204.50)",
        "1,204 .50", "1, 204. 50", "1.204 ,50",
    ],
)  # fmt: skip
def test_an_amount_is_found_however_it_is_printed(printed: str) -> None:
    assert results(f"Total USD: {printed}")["amount_on_pdf"] == "passed"


@pytest.mark.parametrize(
    "printed", ["1204", "1,204", "1.204,--", "1.204,-", "1'204.–", "1204.—", "1 204", "1,204.00", "1204,0", "Rs. 1204/-"]
)  # fmt: skip
def test_a_whole_amount_is_found_however_it_is_printed(printed: str) -> None:
    assert results(f"Total USD: {printed}", 120_400)["amount_on_pdf"] == "passed"


@pytest.mark.parametrize("printed", ["1,23,456.00", "1,23,456", "₹1,23,456.0", "१,२३,४५६.००"])
def test_amounts_in_groups_as_in_india_are_found(printed: str) -> None:
    assert results(f"Total {printed}", 12_345_600, "INR")["amount_on_pdf"] == "passed"


@pytest.mark.parametrize(
    "printed",
    [
        "1,204.50-", "-1,204.50", "\u22121,204.50", "\u20101,204.50", "\u20111,204.50", "1.204,50\u2212", "$-1,204.50",
        "-$1,204.50", "-USD 1,204.50", "(1,204.50)", "($1,204.50)", "(US$ 1.204,50)", "( 1,204.50 )", "(1.204,50 €)",
        "(USD 1,204.50)", "(1.204,50 USD)", "(US$1,204.50)", "1,204.50 CR", "1.204,50\u2013", "１，２０４．５０－",
    ],
)  # fmt: skip
def test_a_credit_is_no_claim_and_goes_to_the_reviewer(printed: str) -> None:
    assert results(f"Total USD {printed}")["amount_on_pdf"] == "not_run"


def test_in_every_locale_an_amount_below_zero_is_no_claim() -> None:
    claimed = set()
    for locale in LOCALES:
        for kind in ("standard", "accounting"):
            shown = format_currency(Decimal("-1204.5"), "EUR", locale=locale, format_type=kind)
            if 120_450 in amounts_in(f"Total {shown}", 2):
                claimed.add((str(locale), shown))
    assert not claimed


def test_a_credit_beside_the_amount_takes_nothing_from_it() -> None:
    assert results("Discount -1,204.50 USD\nTotal 1,204.50 USD")["amount_on_pdf"] == "passed"


@pytest.mark.parametrize("printed", ["1.204,6", "1,23,457.00", "1'204.–", "१,२०४.५१", "1,204.5 1"])
def test_another_amount_is_another_however_it_is_printed(printed: str) -> None:
    assert results(f"Total USD: {printed}", 120_449)["amount_on_pdf"] == "failed"


@pytest.mark.parametrize(
    ("currency", "printed", "result"),
    [
        ("CAD", "$1,204.50", "passed"),
        ("AUD", "$1,204.50", "passed"),
        ("MXN", "$1,204.50", "passed"),
        ("CAD", "CA$1,204.50", "passed"),
        ("CNY", "¥1,204.50", "passed"),
        ("BRL", "R$ 1.204,50", "passed"),
        ("SEK", "1 204,50 kr", "passed"),
        ("EUR", "$1,204.50", "failed"),
        ("USD", "CA$1,204.50", "failed"),
        ("USD", "A$1,204.50", "failed"),
        ("USD", "1.204,50 €", "failed"),
        ("USD", "CHF 1'204.50", "failed"),
        ("USD", "SEK 1 204,50", "failed"),
        ("GBP", "1.204,50 PLN", "failed"),
        ("USD", "1,204.50, ALL 3 items", "not_run"),
        ("USD", "1,204.50", "not_run"),
    ],
)
def test_a_sign_contradicts_only_a_currency_that_does_not_write_itself_so(
    currency: str, printed: str, result: str
) -> None:
    assert results(f"Total {printed}", currency=currency)["currency_on_pdf"] == result
