"""Long forms: what is wrong is said at each field in its own words, and nothing that was typed is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from cli.demo.papers import pdf
from models.states import StatementState
from models.tables import DocumentRow
from tests.browser.filled import BEGINNING, PAGES, PAID, STATEMENT, Filled

VERIFICATION, INVOICE = f"/organizations/{BEGINNING}/verification", PAGES["invoice-new"]
NAMES = """() => [...document.querySelectorAll('#problem li a')].map((link) => {
  const field = document.getElementById(link.hash.slice(1));
  const label = document.querySelector(`label[for="${link.hash.slice(1)}"]`) || field?.querySelector('legend');
  return [link.textContent, label?.firstChild.textContent.trim(), field?.getAttribute('aria-invalid') || field?.tagName];
})"""


@pytest.fixture
def page(shelf: Filled, browser: Browser) -> Iterator[Page]:
    with shelf.page(browser, bypass_csp=True) as page:
        yield page


@pytest.fixture
def confirmed(shelf: Filled) -> Iterator[None]:
    """A statement that can be invoiced, for the length of a test."""
    with shelf.database.transaction() as session:
        statement = session.get_one(DocumentRow, (PAID, f"statement/{STATEMENT}"))
        before = statement.state, statement.waits_for, statement.facts
        statement.state, statement.waits_for = StatementState.CONFIRMED, "admin"
        statement.facts = statement.facts | {"state": StatementState.CONFIRMED}
    yield
    with shelf.database.transaction() as session:
        statement = session.get_one(DocumentRow, (PAID, f"statement/{STATEMENT}"))
        statement.state, statement.waits_for, statement.facts = before


def sends_all_the_same(page: Page, button: str) -> None:
    page.locator("form[data-draft]").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name=button, exact=True).click()


def test_an_empty_form_names_every_field_by_its_label_and_leads_to_it(page: Page) -> None:
    page.goto(VERIFICATION)
    sends_all_the_same(page, "Submit for verification")
    expect(page.locator("#problem")).to_be_visible()
    found: list[list[str]] = page.evaluate(NAMES)
    assert len(found) >= 12
    for link, label, mark in found:
        assert (link, mark) == (label, "true")
    expect(page.locator("#registration_number-error")).to_have_text("Fill this in, such as HRB 123456.")
    expect(page.locator("[id='primary_representative.full_name-error']")).to_contain_text("such as")
    expect(page.locator("#certificate_file_id-error")).to_have_text("Add a file: PDF, PNG or JPEG.")


def test_what_is_typed_into_a_long_form_is_there_again(page: Page) -> None:
    page.goto(VERIFICATION)
    field = page.get_by_label("Registration number")
    field.fill("HRB 4711")
    with page.expect_response("**/drafts"):
        field.blur()
    page.goto(PAGES["overview-beginning"])
    page.goto(VERIFICATION)
    expect(page.get_by_label("Registration number")).to_have_value("HRB 4711")
    page.get_by_role("button", name="Begin anew").click()
    expect(page.get_by_label("Registration number")).to_have_value("")


@pytest.mark.usefixtures("confirmed")
def test_going_back_after_checking_an_invoice_sends_nothing_again(page: Page) -> None:
    page.goto(INVOICE)
    page.get_by_label("Invoice number").fill("EX-1")
    page.get_by_label("Amount in US dollars").fill("much")
    page.locator("#file_id").set_input_files(
        files={"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": pdf("Invoice EX-1")}
    )
    sends_all_the_same(page, "Check it first")
    page.wait_for_url("**/invoices/new?checked=true")
    link = page.locator("#problem").get_by_role("link", name="Amount in US dollars")
    expect(link).to_have_attribute("href", "#amount")
    expect(page.locator("#amount-error")).to_have_text("Write the amount in US dollars, such as 1204.50.")
    expect(page.locator("main")).to_contain_text("invoice.pdf")
    page.get_by_role("link", name="Payouts").first.click()
    page.wait_for_url("**/payouts")
    page.go_back()
    expect(page.get_by_label("Invoice number")).to_have_value("EX-1")
    expect(page.get_by_label("Amount in US dollars")).to_have_value("much")
