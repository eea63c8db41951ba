"""Figures as people use them: values of a chart by keyboard and mouse, tables that sort, and phones without a wall."""

from playwright.sync_api import Browser, expect

from tests.browser.filled import PAGES, Filled

PHONE = {"width": 390, "height": 800}


def test_a_month_says_its_value_when_it_is_focused_or_pointed_at(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser, java_script_enabled=False) as page:
        page.goto(PAGES["revenue"])
        months = page.locator("svg .month")
        expect(months).to_have_count(12)
        for number, show in ((9, "focus"), (3, "hover")):
            month = months.nth(number)
            expect(month.locator(".value")).to_be_hidden()
            getattr(month, show)()
            expect(month.locator(".value")).to_be_visible()
        expect(page.locator("svg .month .value:visible")).to_have_count(1)


def test_tables_are_sorted_by_their_headings_without_script(shelf: Filled, browser: Browser) -> None:
    with shelf.page(browser, java_script_enabled=False) as page:
        page.goto(PAGES["metrics"])
        sold = page.locator("tbody td[data-label='Sold']")
        for order in ("descending", "ascending"):
            page.get_by_role("columnheader", name="Sold").get_by_role("link").click()
            expect(page.get_by_role("columnheader", name="Sold")).to_have_attribute("aria-sort", order)
            amounts = [float(text.strip(" \n$").replace(",", "")) for text in sold.all_inner_texts()]
            assert amounts == sorted(amounts, reverse=order == "descending")
        page.get_by_role("link", name="Last 7 days").click()
        expect(page.locator("tbody tr")).to_have_count(7)
        page.goto(PAGES["revenue"] + "?sort=net&order=asc")
        expect(page.locator("[aria-sort='ascending']")).to_have_text("Net ▲")


def test_metrics_on_a_phone_show_three_figures_of_a_day_and_are_no_wall(
    shelf: Filled, browser: Browser
) -> None:
    with shelf.page(browser, viewport=PHONE) as page:
        page.goto(PAGES["metrics"])
        expect(page.locator("tbody tr").first.locator("td:visible")).to_have_count(3)
        height: int = page.evaluate("document.documentElement.scrollHeight")
        assert height < 4_500
