"""Every page at every width, light and dark: nothing goes sideways, and all rules of axe hold.

In German, whose words are the longest; ``test_pages`` looks at English pages, and ``test_languages`` at Chinese ones.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.filled import PAGES, STAFF, Filled
from tests.browser.test_pages import AXE, SCHEMES, wrong

WIDTHS = (320, 390, 576, 641, 720, 768, 1090, 1440)
"""Phones, both sides of where tables become cards, 1440 at 200 %, and desks."""

MARGINS = """() => [...document.querySelectorAll('main > *, .frame .container > *')]
  .filter((each) => each.getClientRects().length && !each.matches('.skip'))
  .flatMap((each) => [each.getBoundingClientRect().left, innerWidth - each.getBoundingClientRect().right])"""

TABS = "[...document.querySelectorAll('.tabs')].some((each) => each.scrollWidth > each.clientWidth)"


@pytest.fixture(scope="module")
def pages(shelf: Filled, browser: Browser) -> Iterator[dict[str, Page]]:
    """A page for an admin and one for the staff."""
    found = {who: opened(shelf, browser, who) for who in ("admin", "staff")}
    yield found
    for page in found.values():
        page.context.close()


def opened(shelf: Filled, browser: Browser, who: str) -> Page:
    return shelf.context(browser, who, locale="de-DE", reduced_motion="reduce", bypass_csp=True).new_page()


@pytest.mark.parametrize("name", [*PAGES, *STAFF])
def test_a_page_fits_every_width_with_margins_and_passes_all_rules(pages: dict[str, Page], name: str) -> None:
    page = pages["admin" if name in PAGES else "staff"]
    answer = page.goto((PAGES | STAFF)[name])
    assert answer and answer.status == (404 if name == "not-found" else 200)
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide: int = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{width}: scrolls sideways to {wide}")
        if page.evaluate(TABS):
            found.append(f"{width}: a tab is cut off")
        if (least := min(page.evaluate(MARGINS))) < 15:
            found.append(f"{width}: a margin of {least}")
    page.add_script_tag(path=AXE)
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{width}, {scheme}: {each}" for each in wrong(page, width)]
    assert not found, "\n".join(found)
