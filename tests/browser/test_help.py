"""Help: every word that a page explains is on the help page, and the help page is a link away from everywhere."""

from playwright.sync_api import Browser, expect

from tests.browser.filled import PAGES, Filled
from words.glossary import TERMS

EXPLAINING = ("revenue", "statement", "payouts", "payout", "payout-account")


def test_each_page_leads_to_the_help_and_explains_its_words_there(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser, java_script_enabled=False) as page:
        page.goto("/help")
        explained = set(page.locator("dt[id]").evaluate_all("all => all.map((each) => each.id)"))
        assert len(explained) == len(TERMS)
        for name in EXPLAINING:
            page.goto(PAGES[name])
            links = page.locator(".what-is dt a")
            led = set(links.evaluate_all("all => all.map((each) => each.hash.slice(1))"))
            assert led and led <= explained, name
        page.goto(PAGES["overview"])
        page.get_by_role("contentinfo").get_by_role("link", name="Help").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Help")
        expect(page.locator("main")).to_contain_text("Whom to ask")
