"""What is said of invoices as the programs of the world draw them: read for what they say, or left to the reviewer."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from api.services.payments.invoices import on_paper
from cli.demo.papers import pdf
from forms.invoices.comparison import Typed
from models.money import Money
from tests.providers.invoice_reading.e_invoices import SAID, cii, holding
from tests.providers.invoice_reading.odd_pages import (
    LINES,
    a_sign_at_a_time,
    document,
    in_a_form,
    in_glyphs,
    kerned,
    lines,
    numbered_names,
    with_glyphs,
)
from tests.providers.invoice_reading.test_process import nested_bomb, with_content

TYPED = Typed("INV-7", date(2026, 3, 2), Money(amount=120_450), ("Example Games LLC",))


def results(content: bytes, typed: Typed = TYPED) -> dict[str, str]:
    return {finding.name: finding.result for finding in on_paper(content, typed)}


RIGHT = {
    "a glyph at a time": document(a_sign_at_a_time(*LINES)),
    "kerned": document(kerned(*LINES)),
    "a glyph that the font lacks": with_glyphs(in_glyphs([*LINES, "\u2713 paid"], "\u2713"), True),
    "a glyph that is nothing": with_glyphs(in_glyphs([*LINES, "\u2713 paid"], "\u2713"), True, ""),
    "a glyph that is zero": with_glyphs(in_glyphs([*LINES, "\u2713 paid"], "\u2713"), True, "0000"),
    "turned by the page": document(lines(*LINES), page=b"/Rotate 90"),
    "turned by what is drawn": document(b"q 0 1 -1 0 842 0 cm " + lines(*LINES) + b" Q"),
    "in forms": in_a_form(*LINES),
    "glyphs called by numbers": document(lines(*LINES), numbered_names()),
    "on the second page": document(lines("Dear customer"), pages=[lines(*LINES)]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_invoice_is_read_however_it_is_drawn(name: str) -> None:
    found = results(RIGHT[name])
    assert (found["invoice_number_on_pdf"], found["amount_on_pdf"], found["currency_on_pdf"]) == (
        "passed",
        "passed",
        "passed",
    ), found


DOUBTFUL = {
    "a glyph lacks in the number and the amount": with_glyphs(in_glyphs(LINES, "7,"), True, ""),
    "no word of what the glyphs are": with_glyphs(in_glyphs(LINES), False),
    "glued": document(lines("FacturaINV-7", *LINES[1:3], "Total dueUSD1,204.50")),
    "the amount is a picture": document(lines(*LINES[:3], "Subtotal 1,000.00 USD", "Total due:")),
    "a page is a picture": document(lines("Invoice INV-1", "Total USD 99.00"), pages=[b"q Q"]),
    "more than is read": document(
        lines("Invoice number INV-1", "Total USD 99.00", *["x" * 5000] * 22, *LINES)
    ),
    "too much for the first reader": with_content(
        zlib.compress(b"BT /F1 12 Tf " + b"(abc) Tj " * 300_000 + b"ET", 9), "/FlateDecode"
    ),
    "a bomb": nested_bomb(),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_could_not_be_read_is_left_to_the_reviewer(name: str) -> None:
    found = results(DOUBTFUL[name])
    assert "failed" not in found.values() and "not_run" in found.values(), found


def test_a_wrong_invoice_is_refused_however_it_is_drawn() -> None:
    wrong = [line.replace("INV-7", "INV-8").replace("1,204.50", "99.00") for line in LINES]
    for content in (
        document(kerned(*wrong)),
        with_glyphs(in_glyphs([*wrong, "\u2713 paid"], "\u2713"), True),
        in_a_form(*wrong),
        document(lines(*wrong), page=b"/Rotate 90"),
    ):
        found = results(content)
        assert (found["invoice_number_on_pdf"], found["amount_on_pdf"]) == ("failed", "failed")


def test_text_that_is_not_drawn_is_read_and_shown_to_the_reviewer() -> None:
    seen = lines("Invoice INV-8", "Total USD 99.00")
    found = results(document(seen + b" " + lines(*LINES, mode=3)))
    assert found["unseen_text"] == "not_run" and "failed" not in found.values()
    assert "unseen_text" not in results(RIGHT["kerned"])


def with_e_invoice(page: bytes, **other: str) -> bytes:
    return holding(("factur-x.xml", cii(**SAID | {"number": "INV-7"} | other)), page=page)


SCAN: Callable[[], bytes] = lambda: document(b"q Q")  # noqa: E731


def test_a_right_e_invoice_in_a_scan_leaves_no_doubt() -> None:
    assert set(results(with_e_invoice(SCAN())).values()) == {"passed"}


def test_a_wrong_e_invoice_is_refused_and_said_where_it_stands() -> None:
    [failing] = [
        finding
        for finding in on_paper(with_e_invoice(pdf(*LINES), number="INV-8"), TYPED)
        if finding.result == "failed"
    ]
    assert (failing.name, failing.found) == ("e_invoice_number", ("INV-8",))


def test_an_e_invoice_is_read_though_the_pages_are_too_much_for_the_reader() -> None:
    found = results(with_e_invoice(DOUBTFUL["too much for the first reader"]))
    assert found["e_invoice_amount"] == "passed" and "failed" not in found.values()
    assert "not_run" in found.values(), "the pages are still looked at by somebody"


def test_a_hostile_e_invoice_keeps_nobody_from_reading_the_pages() -> None:
    hostile = b'<!DOCTYPE a [<!ENTITY a "x">]>' + cii()[39:]
    found = results(holding(("factur-x.xml", hostile), page=pdf(*LINES)))
    assert found.pop("e_invoice") == "not_run" and set(found.values()) == {"passed"}
    wrong = replace(TYPED, number="INV-8")
    assert (
        results(holding(("factur-x.xml", hostile), page=pdf(*LINES)), wrong)["invoice_number_on_pdf"]
        == "failed"
    )
