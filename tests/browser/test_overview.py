"""The first page: the money, one list of what to do, and the setup, each as it truly is."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.filled import BEGINNING, HALFWAY, PAID, Filled


def test_the_money_stands_first_with_what_the_next_payment_takes(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser) as page:
        page.goto(f"/organizations/{PAID}")
        money = page.get_by_role("region", name="Money")
        figures = {
            one.locator("h2").inner_text(): one.inner_text() for one in money.locator(".figures > div").all()
        }
        assert list(figures) == ["Available", "In review", "Estimated this period", "Next payment"]
        assert all(re.search(r"\$[0-9,]+\.[0-9]{2}", figure) for figure in figures.values())
        assert re.search(r"on \d+ \w+ 20\d\d at the earliest", figures["Next payment"])
        headings = page.locator("main h2").all_inner_texts()
        assert headings.index("Next payment") < headings.index("2 things need you")


def test_the_setup_is_folded_once_it_is_complete_and_open_before(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser) as page:
        page.goto(f"/organizations/{PAID}")
        step = page.get_by_role("link", name="Business verification")
        expect(step).to_be_hidden()
        page.get_by_text("Setup is complete").click()
        expect(step).to_be_visible()
        page.goto(f"/organizations/{HALFWAY}")
        expect(page.get_by_role("heading", name="Setup: 2 of 5 done")).to_be_visible()
        expect(step).to_be_visible()


def test_others_are_waited_for_only_where_the_reader_is_not(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser) as page:
        page.goto(f"/organizations/{HALFWAY}")
        others = page.get_by_role("region", name="Others are waited for")
        expect(others).to_contain_text("The qualification is being reviewed.")
        expect(others).not_to_contain_text("waiting for you")
        page.goto(f"/organizations/{BEGINNING}")
        expect(page.get_by_role("heading", name="One thing needs you")).to_be_visible()
        expect(others).to_have_count(0)


def test_a_lock_is_not_red(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser) as page:
        page.goto(f"/organizations/{BEGINNING}")
        locked = page.locator(".checklist .badge").filter(has_text="Locked")
        expect(locked).not_to_have_count(0)
        assert all(one.get_attribute("class").split() == ["badge"] for one in locked.all())  # type: ignore[union-attr]
