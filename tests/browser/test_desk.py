"""Decisions of the platform's people, and what an organization does with the papers of its money, all of it clicked."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from playwright.sync_api import FilePayload, Locator, expect
from pypdf import PdfReader

from tests.browser.desk import (
    approve_invoice,
    decide,
    fill_in_invoice,
    set_up_by_decisions,
    submit_invoice,
)
from tests.browser.money import A_MONTH, open_a_statement
from tests.browser.studio import Console, Person, Studio
from tests.papers.reading import rows as by_column


@pytest.fixture(scope="module")
def decided(console: Console) -> Studio:
    """An organization that was set up by decisions of the platform's people."""
    return set_up_by_decisions(console)


@pytest.fixture
def cyd(console: Console, decided: Studio) -> Iterator[Person]:
    """Its admin."""
    with console.person("cyd", decided) as found:
        yield found


@pytest.fixture
def olga(console: Console) -> Iterator[Person]:
    """An operator."""
    with console.person("olga") as found:
        yield found


def test_whatever_was_sent_back_stands_in_the_history_with_its_reason(cyd: Person) -> None:
    cyd.go("/activity")
    for said in (
        "Please send a bill that is not older than six months.",
        "The certificate says C1234567.",
        "Please let a managing director sign.",
        "It does not start on small phones.",
    ):
        cyd.sees(said)


def test_a_case_is_taken_by_one_of_the_staff_at_a_time(
    console: Console, decided: Studio, olga: Person
) -> None:
    case = f"/operators/cases/{decided.organization_id}/verification"
    with console.person("femi") as femi:
        for each in (olga, femi):
            each.page.goto(case)
        olga.press("Take this case")
        olga.sees("Olga Operator is at work on this.")
        femi.press("Take this case")
        femi.sees("Olga Operator has this case; talk to them, or give it back.")
        olga.press("Give back")
        expect(olga.page.get_by_role("button", name="Take this case")).to_be_visible()
        femi.page.goto(case)
        femi.press("Take this case")
        femi.sees("Femi Finance is at work on this.")
        femi.press("Give back")


def test_own_records_are_compared_and_are_the_evidence_of_an_appeal(
    cyd: Person, olga: Person, decided: Studio
) -> None:
    statement_id = appeal_with_comparison(cyd)
    cyd.sees("The appeal is being reviewed")
    cyd.page.get_by_text("The appeal as it was submitted").click()
    cyd.sees("Two orders differ.")
    document_id = f"statement/{statement_id}"
    olga.page.goto(f"/operators/cases/{decided.organization_id}/{document_id}")
    olga.sees("Comparison with your own records")
    decide(olga, decided, document_id, "Reject appeal", "statement_correct", "All orders are there.")
    cyd.go("/activity")
    cyd.sees("All orders are there.")


def appeal_with_comparison(cyd: Person) -> str:
    """Compare a statement with records in which some orders differ, and appeal it; the statement's id.

    One that has confirmed itself meanwhile, as it does after 28 short days, can no longer be appealed: then the next.
    """
    for _ in range(4):
        open_a_statement(cyd)
        statement_id = cyd.page.url.split("/")[-1].partition("?")[0]
        orders = orders_of(cyd, statement_id)
        if len(orders) < 2:
            cyd.sees("The statement is confirmed and can be invoiced.", A_MONTH)
            continue
        compare(cyd, statement_id, orders)
        see_differences(cyd, *(order_id for order_id, _ in orders[:2]))
        cyd.page.get_by_role("link", name="To the statement, to confirm or appeal it").click()
        cyd.sees("From gross to net")
        if cyd.page.get_by_role("button", name="Appeal this statement").is_visible():
            cyd.page.get_by_label("What is wrong").fill("Orders are missing")
            cyd.page.get_by_label("Description").fill("Two orders differ.")
            cyd.page.get_by_label("A comparison with your own records").select_option(index=1)
            cyd.press("Appeal this statement")
            cyd.sees(
                re.compile("The appeal is being reviewed|It has changed meanwhile|can no longer be appealed")
            )
            if "The appeal is being reviewed" in cyd.page.locator("main").inner_text():
                return statement_id
    raise AssertionError("no statement could be appealed in time")


def compare(cyd: Person, statement_id: str, orders: list[tuple[str, int]]) -> None:
    """Upload what the platform says itself, but the first order left out, the second changed, and one too many."""
    _, (changed, beans), *others = orders
    written = io.StringIO()
    csv.writer(written).writerows(
        [("order_id", "beans"), (changed, beans + 5), *others, ("order_of_nobody", 100)]
    )
    cyd.page.get_by_role("link", name="Compare with your own records first").click()
    expect(cyd.page.get_by_label("Compare with")).to_have_value(statement_id)
    own = FilePayload(name="orders.csv", mimeType="text/csv", buffer=written.getvalue().encode())
    cyd.upload("Your orders", own)
    cyd.page.get_by_role("button", name="Compare").click()
    cyd.sees("Your records beside ours")


def orders_of(cyd: Person, statement_id: str) -> list[tuple[str, int]]:
    """The orders of a statement, and their Beans."""
    path = f"/v1{cyd.base}/statements/{statement_id}"
    return [
        (one["order_id"], one["beans"])
        for line in cyd.page.request.get(path).json()["lines"]
        for one in cyd.page.request.get(f"{path}/lines/{line['position']}/sources?limit=1000").json()["data"]
        if one["kind"] == "order"
    ]


def see_differences(cyd: Person, left_out: str, changed: str) -> None:
    """Each order that differs, on the page and in the file to download; and those of one kind alone."""
    kinds = {
        left_out: "Not in your file",
        changed: "Another amount",
        "order_of_nobody": "Only in your file",
    }
    for order, kind in kinds.items():
        expect(cyd.page.get_by_role("row").filter(has_text=order)).to_contain_text(kind)
    said = {
        row["order_id"]: row["kind"] for row in read_csv(download(cyd, "Download all differences as CSV"))
    }
    assert said.items() >= kinds.items()
    cyd.page.get_by_role("link", name="Another amount").click()
    expect(cyd.page.get_by_role("row").filter(has_text=changed)).to_be_visible()
    expect(cyd.page.get_by_role("row").filter(has_text="order_of_nobody")).to_have_count(0)


def download(person: Person, name: str, among: Locator | None = None) -> Path:
    """What a link gives when it is clicked, under the name that the browser would give it."""
    with person.page.expect_download() as found:
        (among or person.page.locator("main")).get_by_role("link", name=name, exact=True).click()
    file = Path(found.value.path())
    return file.rename(file.with_name(found.value.suggested_filename))


def amount(text: str) -> Decimal:
    """``−$1,204.50``."""
    digits = Decimal(re.sub(r"[^\d.]", "", text))
    return -digits if re.search(r"[-−(]", text) else digits


BRIDGE = {
    "Gross": "gross",
    "Refunds and chargebacks": "refunds",
    "Platform share": "platform_share",
    "Adjustments": "adjustments",
    "Tax withheld": "tax_withheld",
    "Net": "net",
}


def test_a_statement_is_downloaded_in_each_form_with_the_amounts_of_the_page(cyd: Person) -> None:
    cyd.go("/revenue")
    period = cyd.page.get_by_role("table", name="Statements").locator("tbody a").first
    expect(period).to_be_visible(timeout=A_MONTH)
    period.click()
    cyd.sees("From gross to net")
    rows = cyd.page.get_by_role("table", name="From gross to net").get_by_role("row")
    page = {
        BRIDGE[row.locator("th").inner_text().split("\n")[0]]: abs(amount(row.locator("td").inner_text()))
        for row in rows.all()
    }
    assert set(page) == set(BRIDGE.values()) and page["net"] > 0

    (first, *_) = written = read_csv(download(cyd, "CSV"))
    assert {name: abs(Decimal(first[f"statement_{name}"])) for name in page} == page
    assert abs(sum(Decimal(row["net"]) for row in written)) == page["net"]

    book = load_workbook(download(cyd, "XLSX"), read_only=True)
    said = {str(name).lower(): value for name, value, *_ in book["Statement"].iter_rows(values_only=True)}
    assert {name: cents(said[name.replace("_", " ")]) for name in page} == page
    _, *lines = book["Lines"].iter_rows(values_only=True)
    assert len(lines) == len(written)

    paper = PdfReader(download(cyd, "PDF"))
    text = " ".join(each.extract_text() for each in paper.pages)
    for value in page.values():
        assert f"{value:,.2f}" in text


def read_csv(path: Path) -> list[dict[str, str]]:
    return by_column(path.read_bytes())


def cents(value: Any) -> Decimal:
    """What a cell of a workbook says."""
    return abs(Decimal(str(value)).quantize(Decimal("0.01")))


def test_a_range_of_statements_is_downloaded_as_it_is_filtered(cyd: Person) -> None:
    cyd.go("/revenue?stream=iap_non_subscription")
    table = cyd.page.get_by_role("table", name="Statements")
    newest = table.locator("tbody tr").first
    expect(newest).to_be_visible(timeout=A_MONTH)
    until = cyd.page.request.get(f"/v1{cyd.base}/statements?stream=iap_non_subscription").json()["data"][0][
        "period_end"
    ]
    cyd.page.get_by_label("To", exact=True).fill(until)
    cyd.press("Filter")
    cyd.page.wait_for_url(re.compile(f"until={until}"))
    nets = [amount(each.inner_text()) for each in table.locator("tbody td[data-label='Net']").all()]
    assert nets
    links = cyd.page.get_by_text("Download these:")

    book = load_workbook(download(cyd, "XLSX", links), read_only=True)
    head, *rows = book["Statements"].iter_rows(values_only=True)
    assert [cents(row[head.index("Net")]) for row in rows] == nets
    assert {row[head.index("Stream")] for row in rows} == {"One-time purchases"}
    lines = read_csv(download(cyd, "CSV", links))
    assert sum(Decimal(row["net"]) for row in lines) == sum(nets)


def test_a_payout_is_cancelled_and_after_another_invoice_tried_again(
    cyd: Person, olga: Person, decided: Studio
) -> None:
    payout = approve_invoice(cyd, olga, decided, submit_invoice(cyd, "EX-20"))
    why = "You wanted one payment for both months."
    decide(olga, decided, payout, "Cancel payout", "requested_by_organization", why)
    cyd.sees("The payout was cancelled.")
    cyd.sees(why)
    payout = approve_invoice(cyd, olga, decided, submit_invoice(cyd, "EX-21"))
    decide(olga, decided, payout, "Try payout again", "funded")
    cyd.sees("The payment is made", A_MONTH)


def test_an_invoice_is_rejected_and_the_outcome_of_its_payment_found_out_by_two_people(
    console: Console, cyd: Person, olga: Person, decided: Studio
) -> None:
    rejected = submit_invoice(cyd, "EX-10")
    olga.page.goto(f"/operators/cases/{decided.organization_id}/invoice/{rejected}")
    on_pdf = olga.page.get_by_role("table", name="What was checked").get_by_role(
        "row", name="Invoice number on the PDF"
    )
    expect(on_pdf).to_contain_text("Passed")
    expect(olga.page.locator("main")).not_to_contain_text("{")
    why = "The PDF says another amount."
    decide(olga, decided, f"invoice/{rejected}", "Reject invoice", "amount_differs", why)
    cyd.page.reload()
    cyd.sees(why)
    cyd.page.get_by_role("button", name="Submit another for the same statements").click()
    fill_in_invoice(cyd, "EX-11")
    payout = approve_invoice(cyd, olga, decided, cyd.page.url.split("/")[-1].partition("?")[0])

    why = "You asked us to wait."
    decide(olga, decided, payout, "Hold payout", "requested_by_organization", why)
    cyd.sees("The platform holds the payout.")
    cyd.sees(why)
    # From here on the provider says nothing of payments any more, so this is the organization's last one.
    console.fails("payments", "accept_then_truncate", decided, operation="request", times=1)
    console.fails("payments", "error", decided, operation="ask", status=503)
    console.fails("payments", "drop_webhook", decided)
    decide(olga, decided, payout, "Release payout", "cleared")
    cyd.sees("The outcome stayed unknown for too long", A_MONTH)

    found = {"proposed_outcome": "paid", "evidence": "provider case 0001"}
    decide(olga, decided, payout, "Propose outcome", "provider_record", **found)
    expect(olga.page.get_by_role("button", name="Confirm that it was paid")).to_have_count(0)
    cyd.sees("The platform has found out what became of the payment")
    with console.person("femi") as femi:
        femi.page.goto(f"/operators/cases/{decided.organization_id}/{payout}")
        femi.sees("provider case 0001")
        decide(femi, decided, payout, "Confirm that it was paid", "bank_statement")
    cyd.sees("The payment is made")
