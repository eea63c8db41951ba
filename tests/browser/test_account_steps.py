"""The payout account is filled in step by step, with and without script; what is typed is kept at each step."""

from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from api.security.identity import SESSION_COOKIE
from models.tables import DraftRow
from tests.browser.filled import HALFWAY, PAID, Filled

ACCOUNT = f"/organizations/{HALFWAY}/payout-account"
IBAN = "DE89370400440532013000"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(request: pytest.FixtureRequest, shelf: Filled, browser: Browser) -> Iterator[Page]:
    with shelf.database.transaction() as session:
        session.execute(delete(DraftRow))
    with shelf.page(browser, java_script_enabled=request.param) as found:
        found.set_default_timeout(30_000)
        yield found


def scripted(page: Page) -> bool:
    return page.locator("html.scripted").count() == 1


def goes_on(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


def chooses(page: Page, label: str, country: str, then: str) -> None:
    """Choose a country; its fields come by themselves, or with the button of a browser without script."""
    page.get_by_label(label, exact=True).select_option(country)
    if not scripted(page):
        page.get_by_role("button", name="Show the fields of this country").click()
    expect(page.get_by_label(then)).to_be_visible()


def fills_in_business(page: Page) -> None:
    page.goto(f"{ACCOUNT}?step=business")
    page.get_by_label("Name of the business").fill("Example")
    page.get_by_label("Permanent address").fill("1 Example Street")
    goes_on(page)


def fills_in_tax(page: Page) -> None:
    page.get_by_label("Federal tax classification").select_option("llc_partnership")
    page.get_by_label("Employer identification number").fill("12-3456789")
    page.get_by_label("Are payments to the business").select_option("false")
    goes_on(page)


@pytest.mark.parametrize(
    "sent", ["business=x", "tax=x&bank=y", "bank=&business.country=DE", "business=%00&tax="]
)
def test_what_stands_in_the_place_of_a_part_is_refused_as_one_that_is_missing(
    shelf: Filled, sent: str
) -> None:
    with httpx2.Client(base_url=shelf.url, timeout=60) as client:
        answer = client.post(
            ACCOUNT,
            content=f"{sent}&_key=0123456789abcdef0123",
            headers={
                "Accept": "text/html",
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"{SESSION_COOKIE}={shelf.secrets['admin']}",
                "Sec-Fetch-Site": "same-origin",
            },
        )
    assert answer.status_code in (400, 422), answer.text


def test_each_step_is_kept_and_the_summary_shows_all_of_them(page: Page) -> None:
    fills_in_business(page)
    fills_in_tax(page)
    page.get_by_label("Name of the account").fill("Example")
    chooses(page, "Country of the bank", "IN", "IFSC")
    expect(page.get_by_label("IBAN", exact=True)).to_have_count(0)
    chooses(page, "Country of the bank", "DE", "IBAN")
    expect(page.get_by_label("Name of the account")).to_have_value("Example")
    page.get_by_label("IBAN", exact=True).fill(IBAN)
    page.get_by_role("button", name="Check what you filled in").click()
    expect(page.locator("main")).to_contain_text("Everything fits: it can be submitted")
    for said in ("1 Example Street", "12-3456789", IBAN, "Germany", "Commerzbank"):
        expect(page.locator(".summary").filter(has_text=said)).to_have_count(1)
    page.go_back()
    expect(page.get_by_label("IBAN", exact=True)).to_have_value(IBAN)
    page.goto(ACCOUNT)
    expect(page.get_by_text("What you had filled in before is here.")).to_be_visible()
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    page.get_by_role("button", name="Begin anew").click()
    page.goto(f"{ACCOUNT}?step=business")
    expect(page.get_by_label("Permanent address")).to_have_value("")


def test_a_step_with_something_wrong_in_it_is_not_left(page: Page) -> None:
    fills_in_business(page)
    page.get_by_label("Employer identification number").fill("12-34")
    goes_on(page)
    expect(page.locator("#problem")).to_contain_text("Correct what is marked.")
    assert page.url.endswith("?step=tax&checked=true")
    number = page.get_by_label("Employer identification number")
    expect(number).to_have_value("12-34")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#problem").get_by_role("link")).to_contain_text(
        ["Federal tax classification", "Employer identification number (EIN)"]
    )
    expect(page.get_by_label("Federal tax classification")).to_have_attribute("aria-invalid", "true")


def test_a_part_that_is_wholly_empty_marks_each_of_its_fields(page: Page) -> None:
    page.goto(f"{ACCOUNT}?step=business")
    page.get_by_label("Name of the business").fill("")
    page.get_by_label("Country", exact=True).select_option("")
    goes_on(page)
    for label in ("Name of the business", "Country", "Permanent address"):
        expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#problem").get_by_role("link", name=label, exact=True)).to_have_count(1)


def test_what_cannot_be_paid_is_said_before_anything_is_typed(page: Page) -> None:
    page.goto(f"{ACCOUNT}?step=business")
    first = page.locator("main .note").filter(has_text="Before you begin")
    expect(first).to_contain_text("The platform cannot pay to banks in: Cuba, Iran, North Korea.")
    expect(first).to_contain_text("tax number")
    page.goto(f"{ACCOUNT}?step=bank")
    assert page.get_by_label("Country of the bank").locator("option[value=KP]").count() == 0


def test_a_change_asks_for_the_bank_only_unless_more_is_wanted(page: Page) -> None:
    page.goto(f"/organizations/{PAID}/payout-account")
    page.get_by_text("Change it", exact=True).click()
    expect(page.get_by_role("list", name="Steps").get_by_role("listitem")).to_have_text(
        ["Bank account", "Check and submit"]
    )
    page.get_by_role("link", name="Change business and tax as well").click()
    expect(page.get_by_role("list", name="Steps").get_by_role("listitem")).to_have_count(4)


def test_a_field_is_checked_when_it_is_left_and_the_bank_is_named(shelf: Filled, browser: Browser) -> None:
    with shelf.database.transaction() as session:
        session.execute(delete(DraftRow))
    with shelf.page(browser) as page:
        page.goto(f"{ACCOUNT}?step=bank")
        chooses(page, "Country of the bank", "DE", "IBAN")
        iban = page.get_by_label("IBAN", exact=True)
        iban.fill("DE00 3704 0044 0532 0130 00")
        iban.press("Tab")
        expect(page.get_by_text("The check digits of this IBAN are wrong.")).to_be_visible()
        expect(iban).to_have_attribute("aria-invalid", "true")
        iban.fill(IBAN)
        iban.press("Tab")
        expect(page.get_by_label("Name of the bank")).to_have_value("Commerzbank")
        expect(iban).not_to_have_attribute("aria-invalid", "true")
        page.goto(f"{ACCOUNT}?step=business")
        page.goto(f"{ACCOUNT}?step=bank")
        expect(page.get_by_label("IBAN", exact=True)).to_have_value(IBAN)
