"""What an invoice's text says of what was typed, however it is written."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.invoices.comparison import UNJUDGED, WHY_UNREAD, Typed, paper_findings
from forms.invoices.pdf_text import Trouble
from forms.invoices.printed_amounts import amounts_in
from forms.invoices.readings import read_together
from models.money import Money

TYPED = Typed("INV-2026/007", date(2026, 3, 2), Money(amount=120_450), ("Example Games LLC",))
TEXT = "INVOICE No. INV-2026/007\n2 March 2026\nExample Games L.L.C.\nTotal: USD 1,204.50"


def results(text: str, typed: Typed = TYPED) -> dict[str, str]:
    return {finding.name: finding.result for finding in paper_findings(typed, text, None)}


def test_an_honest_invoice_passes() -> None:
    assert set(results(TEXT).values()) == {"passed"}


@pytest.mark.parametrize(
    "amount",
    [
        "1204.50",
        "1,204.50",
        "1.204,50",
        "1 204,50",
        "1\u202f204,50",
        "1'204.50",
        "USD1,204.50",
        "1,204.50USD",
        "$1,204.50.",
    ],
)
def test_amounts_are_found_however_they_are_written(amount: str) -> None:
    assert 120_450 in amounts_in(f"3 x 9,99 {amount} 2026", 2)


@pytest.mark.parametrize(
    "amount", ["1204.51", "12,04.50", "1204,05", "1.204.50", "120450", "1,204.500", "21,204.50"]
)
def test_other_amounts_are_not_taken_for_it(amount: str) -> None:
    assert 120_450 not in amounts_in(f"Total {amount}", 2)


@pytest.mark.parametrize(
    "words", ["INV-200", "INV-2026/200", "a200b", "a0b", "200x", "No_200", "2026-12-200"]
)
def test_digits_of_a_number_or_a_date_are_no_amount(words: str) -> None:
    assert amounts_in(f"Invoice {words} of", 2) <= {2026_00}


@pytest.mark.parametrize(
    "words", ["USD200", "200USD", "US$200", "200円", "計200円", "200,-", "(of USD 200)", "- 200"]
)
def test_digits_beside_a_currency_are_an_amount(words: str) -> None:
    assert 200_00 in amounts_in(f"Total {words}", 2)


@given(st.integers(0, 2**53), st.sampled_from(["{:,.2f}", "{:.2f}"]))
def test_every_amount_is_found(amount: int, form: str) -> None:
    printed = f"{amount // 100:{',' if ',' in form else ''}}.{amount % 100:02}"
    assert amount in amounts_in(f"Total {printed} USD", 2)


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    results(text)


@pytest.mark.parametrize("hostile", ["1" * 100_000, "1 " * 50_000, "invoice " * 12_000, "1," * 50_000])
def test_hostile_texts_take_no_time(hostile: str) -> None:
    assert results(hostile)["amount_on_pdf"] != "passed"


@pytest.mark.parametrize(
    "text",
    [
        "Scanned with Example Scanner",
        "INVOICE No. \ufffd\ufffd\ufffd Total \ufffd\ufffd",
        "I N V - 2 0 2 6 / 0 0 7 Total 1 , 2 0 4 . 5 0",
        "发票INV-2026/007 Total due1,204.50",
        "Invoice INV-2026/\n007\nTotal 1,204\n.50 USD",
        "Page 1 of 3, 2026-03-02, tel. 0170 1234567",
        "",
    ],
)
def test_what_a_text_layer_leaves_out_or_tears_apart_contradicts_nothing(text: str) -> None:
    assert "failed" not in results(text).values()


@pytest.mark.parametrize(
    "text",
    [
        "Invoice number: INV-2026/008, Total USD 1,204.50",
        "Rechnung Nr. 4711, Gesamt 1.204,50 USD",
        "INV-2026/007 Amount due: 1,204.51 USD",
        "INV-2026/007 Summe 99,00 USD",
        "INV-2026/007 合計 1,000.00 USD",
    ],
)
def test_another_number_or_amount_beside_its_label_is_refused(text: str) -> None:
    assert "failed" in results(text).values()


@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        ("1,204.50", "1,204.51", "amount_on_pdf"),
        ("INV-2026/007", "INV-2026/0070", "invoice_number_on_pdf"),
        ("INV-2026/007", "INV-2026/008", "invoice_number_on_pdf"),
        ("USD", "EUR", "currency_on_pdf"),
    ],
)
def test_a_definite_mismatch_fails_and_shows_what_stands_there(was: str, now: str, name: str) -> None:
    found = paper_findings(TYPED, TEXT.replace(was, now), None)
    [failing] = [finding for finding in found if finding.result == "failed"]
    assert failing.name == name and failing.blocks
    assert any(now in shown for shown in failing.found)


@pytest.mark.parametrize("number", ["inv-2026/007", "INV - 2026/007", "INV-2026 / 007"])
def test_numbers_are_compared_without_case_and_spaces(number: str) -> None:
    assert results(TEXT.replace("INV-2026/007", number))["invoice_number_on_pdf"] == "passed"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("INV-2026/007", "INV\u20102026/007"),
        ("INV-2026/007", "INV\u20112026/007"),
        ("INV-2026/007", "INV\u20132026/007"),
        ("INV–2026/007", "INV-2026/007"),
        ("INV-2026/007", "ＩＮＶ－２０２６／００７"),
        ("INV-2026/007", "INV\u200b-\u00ad2026/007"),
        ("#1001", "#1001"),
        ("1001", "#1001"),
        ("№ 12", "№12"),
        ("发票20260001", "发票 20260001"),
        ("20260001", "发票20260001"),
        ("счёт-7", "СЧЁТ-7"),
        ("١٢٣", "123"),
    ],
)
def test_a_number_is_found_however_paper_and_form_write_it(typed: str, printed: str) -> None:
    found = results(TEXT.replace("INV-2026/007", printed), replace(TYPED, number=typed))
    assert found["invoice_number_on_pdf"] == "passed"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [("#1001", "1001"), ("№ 12", "No. 12"), ("INV-2026", "INV-2026/007"), ("发票1001", "号 1001")],
)
def test_a_number_of_which_only_a_part_agrees_is_left_to_the_reviewer(typed: str, printed: str) -> None:
    found = results(TEXT.replace("INV-2026/007", printed), replace(TYPED, number=typed))
    assert found["invoice_number_on_pdf"] == "not_run"


@pytest.mark.parametrize("typed", ["#1002", "№ 13", "发票20260002", "СЧ-8"])
def test_another_number_beside_its_label_is_refused_in_whatever_script(typed: str) -> None:
    assert results(TEXT, replace(TYPED, number=typed))["invoice_number_on_pdf"] == "failed"


@pytest.mark.parametrize(
    "day",
    ["2026-03-02", "02.03.2026", "3/2/2026", "2 Mar 2026", "March 2nd, 2026", "2026年3月2日"],
)
def test_dates_are_found_in_the_usual_forms(day: str) -> None:
    assert results(TEXT.replace("2 March 2026", day))["date_on_pdf"] == "passed"


def test_what_may_be_written_in_many_ways_is_left_to_the_reviewer() -> None:
    found = results(TEXT.replace("Example", "Other").replace("March", "Ventôse"))
    assert found["name_on_pdf"] == found["date_on_pdf"] == "not_run"


@pytest.mark.parametrize("trouble", ["unfinished", "too_complicated"])
def test_what_could_not_be_read_in_time_is_left_to_the_reviewer(trouble: str) -> None:
    [finding] = paper_findings(TYPED, "", trouble)
    assert finding.result == "not_run" and not finding.blocks and "reviewer" in finding.why


@pytest.mark.parametrize("trouble", sorted({*Trouble.__args__} - {*UNJUDGED}))  # type: ignore[attr-defined]
def test_every_trouble_is_explained(trouble: str) -> None:
    [finding] = paper_findings(TYPED, "", trouble)
    assert finding.blocks and finding.why and finding.fix and trouble in WHY_UNREAD


RIGHT, OTHER, NOTHING = "Total USD 1,204.50", "Total USD 99.00", "Total \ufffd\ufffd"


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        (RIGHT, RIGHT, "passed"),
        (NOTHING, RIGHT, "passed"),
        (OTHER, RIGHT, "passed"),
        (RIGHT, OTHER, "passed"),
        (OTHER, NOTHING, "not_run"),
        (NOTHING, OTHER, "not_run"),
        (NOTHING, NOTHING, "not_run"),
        (OTHER, OTHER, "failed"),
    ],
)
def test_what_either_reader_finds_is_there_and_only_what_both_contradict_is_refused(
    one: str, other: str, result: str
) -> None:
    found = read_together(paper_findings(TYPED, one, None), paper_findings(TYPED, other, None))
    assert {finding.name: finding.result for finding in found}["amount_on_pdf"] == result
