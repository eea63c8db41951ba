"""What an e-invoice says beside what was typed and what its pages say: refused only where that is certain."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.findings import Finding
from forms.invoices.comparison import Typed
from forms.invoices.e_invoice import EInvoice, XmlTrouble
from forms.invoices.e_invoice_comparison import CREDITS, e_invoice_findings
from forms.invoices.pdf_text import InvoiceText
from forms.invoices.readings import another_reader_may_help, judged
from models.money import Money

TYPED = Typed("INV-2026/007", date(2026, 3, 2), Money(amount=120_450), ("Example Games LLC",))
RIGHT = EInvoice(
    file="factur-x.xml",
    numbers=("INV-2026/007",),
    types=("380",),
    dates=("102:20260302",),
    currencies=("USD",),
    due=("1204.50",),
    grand=("1204.50",),
    net=("1204.50",),
    sellers=("Example Games, L.L.C.",),
)
PAGE = "INVOICE No. INV-2026/007\n2 March 2026\nExample Games LLC\nTotal: USD 1,204.50"


def but(**other: object) -> EInvoice:
    return RIGHT.model_copy(update=other)


def by_name(*found: EInvoice, typed: Typed = TYPED) -> dict[str, Finding]:
    return {finding.name: finding for finding in e_invoice_findings(typed, found)}


def of_pdf(text: str, *found: EInvoice, **other: bool) -> dict[str, str]:
    read = InvoiceText(pages=1, text=text, e_invoices=found, partial=other.get("partial", False))
    return {finding.name: finding.result for finding in judged(TYPED, read, InvoiceText(pages=1, text=text))}


def test_a_right_e_invoice_passes_and_says_what_was_read_from_where() -> None:
    found = by_name(RIGHT)
    assert {finding.result for finding in found.values()} == {"passed"}
    assert found["e_invoice"].found == ("factur-x.xml",) and "as well as" in found["e_invoice"].why
    assert found["e_invoice_amount"].found == ("USD 1204.50",)


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"numbers": ("INV-2026/008",)}, "e_invoice_number"),
        ({"numbers": ("4711",)}, "e_invoice_number"),
        ({"numbers": ("INV-2026/0070",)}, "e_invoice_number"),
        ({"due": ("1204.51",), "grand": ("1204.51",), "net": ("1204.51",)}, "e_invoice_amount"),
        ({"due": ("-1204.50",), "grand": ("-1204.50",), "net": ("-1204.50",)}, "e_invoice_amount"),
        ({"due": ("120450",), "grand": ("120450",), "net": ()}, "e_invoice_amount"),
        ({"due": (), "grand": ("1204.505",), "net": ()}, "e_invoice_amount"),
        ({"currencies": ("EUR",)}, "e_invoice_currency"),
        ({"currencies": ("cad",)}, "e_invoice_currency"),
        *(({"types": (code,)}, "e_invoice_type") for code in sorted(CREDITS)),
        ({"credit_note": True}, "e_invoice_type"),
    ],
)
def test_a_certain_contradiction_is_refused_with_the_way_to_mend_it(
    other: dict[str, object], name: str
) -> None:
    [failing] = [finding for finding in by_name(but(**other)).values() if finding.result != "passed"]
    assert failing.name == name and failing.blocks and failing.why and "into a new PDF" in failing.fix


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"numbers": ()}, "e_invoice_number"),
        ({"numbers": ("INV-2026",)}, "e_invoice_number"),
        ({"numbers": ("2026/007",)}, "e_invoice_number"),
        ({"numbers": ("INV-2026/007", "INV-2026/008")}, "e_invoice_number"),
        ({"due": ("0.00",)}, "e_invoice_amount"),
        ({"due": ("1445.40",), "grand": ("1445.40",)}, "e_invoice_amount"),
        ({"due": ("1204.50", "99.00")}, "e_invoice_amount"),
        ({"due": (), "grand": (), "net": ("1204.50",)}, "e_invoice_amount"),
        ({"due": ("1,204.50",)}, "e_invoice_amount"),
        ({"due": ("NaN",), "grand": ("99.00",)}, "e_invoice_amount"),
        ({"currencies": ()}, "e_invoice_currency"),
        ({"currencies": ("Dollar",)}, "e_invoice_currency"),
        ({"currencies": ("USD", "EUR")}, "e_invoice_currency"),
        ({"types": ()}, "e_invoice_type"),
        ({"types": ("384",)}, "e_invoice_type"),
        ({"types": ("325",)}, "e_invoice_type"),
        ({"types": ("380", "381")}, "e_invoice_type"),
        ({"dates": ("102:20260303",)}, "e_invoice_date"),
        ({"dates": ("610:202603",)}, "e_invoice_date"),
        ({"dates": ("102:20269999",)}, "e_invoice_date"),
        ({"sellers": ("Somebody Else",)}, "e_invoice_seller"),
        ({"sellers": ()}, "e_invoice_seller"),
        ({"tests": ("true",)}, "e_invoice"),
    ],
)
def test_a_doubt_goes_to_the_reviewer(other: dict[str, object], name: str) -> None:
    [doubt] = [finding for finding in by_name(but(**other)).values() if finding.result != "passed"]
    assert doubt.name == name and doubt.result == "not_run" and not doubt.blocks and "reviewer" in doubt.why


@pytest.mark.parametrize(
    "other",
    [
        {"numbers": ("inv-2026/007",)},
        {"numbers": ("INV–2026/007",)},
        {"due": ("1204.5",)},
        {"due": ("1204.500000",)},
        {"due": ("+1204.50",)},
        {"due": ("1204.50 USD",), "grand": ("1110.00 EUR", "1204.50 USD")},
        {"due": (), "net": ("1000.00",)},
        {"grand": ("5000.00",), "net": ("5000.00",)},
        {"dates": ("2026-03-02+01:00",)},
        {"types": ("751",)},
        {"tests": ("false",)},
        {"sellers": ("Trading name", "EXAMPLE GAMES LLC")},
    ],
)
def test_what_is_right_passes_however_it_is_written(other: dict[str, object]) -> None:
    assert {finding.result for finding in by_name(but(**other)).values()} == {"passed"}


@pytest.mark.parametrize("amount", [200, 120_450])
def test_an_amount_in_a_currency_without_fractions_is_compared_as_it_is(amount: int) -> None:
    typed = Typed(
        "INV-2026/007", date(2026, 3, 2), Money(amount=amount, currency="JPY"), ("Example Games LLC",)
    )
    yen = but(currencies=("JPY",), due=(f"{amount}.00",), grand=(), net=())
    assert by_name(yen, typed=typed)["e_invoice_amount"].result == "passed"


def test_of_several_e_invoices_only_what_all_say_counts() -> None:
    same = by_name(RIGHT, but(file="xrechnung.xml"))
    assert {finding.result for finding in same.values()} == {"passed"}
    other = by_name(RIGHT, but(numbers=("B-1",)))
    assert (other["e_invoice"].result, other["e_invoice_number"].result) == ("not_run", "not_run")
    assert other["e_invoice_amount"].result == "passed"
    both = by_name(but(numbers=("A-1",)), but(numbers=("B-1",)))
    assert both["e_invoice_number"].result == "failed", "none of them is the one that was typed"


@pytest.mark.parametrize("trouble", XmlTrouble.__args__)  # type: ignore[attr-defined]
def test_one_that_cannot_be_read_is_told_and_refuses_nothing(trouble: XmlTrouble) -> None:
    [doubt] = e_invoice_findings(TYPED, [EInvoice(file="factur-x.xml", trouble=trouble)])
    assert doubt.result == "not_run" and "reviewer" in doubt.why and doubt.found == ("factur-x.xml",)
    assert of_pdf("", EInvoice(trouble=trouble))["pdf"] == "not_run", "and speaks for no page"
    beside = by_name(RIGHT, EInvoice(trouble=trouble))
    assert beside["e_invoice"].result == "not_run", "nor does a right one beside it"


@pytest.mark.parametrize(
    "text", ["", "Scanned with Example Scanner", "INVOICE No. \ufffd\ufffd\ufffd Total \ufffd\ufffd"]
)
def test_a_right_e_invoice_knows_what_could_not_be_read_on_the_pages(text: str) -> None:
    assert set(of_pdf(text, RIGHT).values()) == {"passed"}
    assert set(of_pdf(text).values()) != {"passed"}


@pytest.mark.parametrize(
    "other", [{"currencies": ()}, {"types": ("384",)}, {"tests": ("1",)}, {"numbers": ()}, {"due": ("0",)}]
)
def test_an_e_invoice_that_is_not_right_in_all_that_decides_knows_nothing_of_the_pages(
    other: dict[str, object],
) -> None:
    found = of_pdf("Scanned with Example Scanner", but(**other))
    assert (found["invoice_number_on_pdf"], found["amount_on_pdf"]) == ("not_run", "not_run")


@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        ("1,204.50", "99.00", "amount_on_pdf"),
        ("INV-2026/007", "INV-2026/008", "invoice_number_on_pdf"),
        ("USD", "EUR", "currency_on_pdf"),
    ],
)
def test_pages_that_contradict_a_right_e_invoice_are_neither_refused_nor_passed(
    was: str, now: str, name: str
) -> None:
    assert of_pdf(PAGE.replace(was, now))[name] == "failed", "alone they are"
    assert of_pdf(PAGE.replace(was, now), RIGHT)[name] == "not_run"


@pytest.mark.parametrize(
    "text",
    [
        PAGE.replace("1,204.50", "1,204.50-"),
        "CREDIT NOTE\n" + PAGE,
        PAGE + "\nInvoice No. INV-2026/008",
        PAGE + "\nVAT 240.90\nAmount due: USD 1,445.40",
    ],
)
def test_what_speaks_against_the_pages_stays_a_doubt_beside_a_right_e_invoice(text: str) -> None:
    found = of_pdf(text, RIGHT)
    assert "not_run" in found.values() and "failed" not in found.values()


def test_a_wrong_e_invoice_is_refused_though_its_pages_are_right() -> None:
    found = of_pdf(PAGE, but(due=("99.00",), grand=("99.00",), net=("99.00",)))
    assert (found["amount_on_pdf"], found["e_invoice_amount"]) == ("passed", "failed")


def test_pages_that_nobody_could_read_stay_a_doubt_beside_a_right_e_invoice() -> None:
    read = InvoiceText(trouble="too_complicated", e_invoices=(RIGHT,))
    found = {f.name: f.result for f in judged(TYPED, read, InvoiceText(trouble="unfinished"))}
    assert found["pdf"] == "not_run" and found["e_invoice_amount"] == "passed"


def test_the_second_reader_is_not_asked_for_what_the_e_invoice_knows() -> None:
    scan = InvoiceText(pages=1, e_invoices=(RIGHT,))
    assert not another_reader_may_help(scan, judged(TYPED, scan))
    assert another_reader_may_help(InvoiceText(pages=1), judged(TYPED, InvoiceText(pages=1)))


said = st.lists(st.text(max_size=20), max_size=3).map(tuple)


@given(
    st.fixed_dictionaries(
        dict.fromkeys(("numbers", "types", "dates", "currencies", "due", "grand", "sellers"), said)
    )
)
def test_whatever_an_e_invoice_says_it_can_be_compared(other: dict[str, object]) -> None:
    by_name(but(**other))
