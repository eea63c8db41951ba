"""What an organization sees that was paid, all of it clicked: every page, light and dark, wide and narrow."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.browser.pages import look_over
from tests.browser.studio import Console, Studio

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
RUN_AXE = """async (rules) => {
  const runOnly = rules.length ? {runOnly: rules} : {};
  const found = await axe.run(document, {resultTypes: ["violations"], ...runOnly});
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}"""
SIZES = (1200, 320)
SCHEMES: dict[Literal["light", "dark"], tuple[str, ...]] = {"light": (), "dark": ("color-contrast",)}
"""What is looked for in each: everything, and then only what colours may change."""


def test_every_page_is_accessible_and_fits_its_window(console: Console, paid: Studio) -> None:
    found: list[str] = []
    for person, name in look_over(console, paid, bypass_csp=True, reduced_motion="reduce"):
        person.page.add_script_tag(path=AXE)
        for width in SIZES:
            person.page.set_viewport_size({"width": width, "height": 900})
            for scheme, rules in SCHEMES.items():
                person.page.emulate_media(color_scheme=scheme)
                found += [f"{name}, {width}, {scheme}: {each}" for each in wrong(person.page, width, rules)]
    assert not found, "\n".join(found)


def wrong(page: Page, width: int, rules: Sequence[str] = ()) -> list[str]:
    """What is wrong with a page as it is shown now; by some rules, or by all."""
    found: list[str] = page.evaluate(RUN_AXE, list(rules))
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    return [*found, *([f"scrolls sideways: {wide}"] if wide > width else [])]


def test_a_page_that_is_wrong_is_found(console: Console, studio: Studio) -> None:
    with console.person("ada", studio, bypass_csp=True) as ada:
        ada.go()
        ada.page.add_script_tag(path=AXE)
        ada.page.evaluate(
            "document.querySelector('main').innerHTML += '<img src=data:,><div style=width:2000px>x</div>'"
        )
        found = wrong(ada.page, 1280)
    assert any(each.startswith("image-alt") for each in found)
    assert any(each.startswith("scrolls sideways") for each in found)


def test_a_payment_that_failed_is_explained_and_its_advice_is_there(console: Console, paid: Studio) -> None:
    with console.person("ada", paid) as ada:
        ada.go("/payouts")
        ada.page.locator("main a[href*='/payouts/inv_']").first.click()
        ada.sees(re.compile("The payment is made|Paid, and the time for returns is over"))
        attempts = ada.page.get_by_role("table", name="Attempts").get_by_role("row")
        assert "The bank account is closed." in attempts.nth(1).inner_text()
        assert "Paid" in attempts.last.inner_text()
        with ada.page.expect_download() as download:
            ada.page.get_by_role("link", name="Remittance advice (PDF)").click()
        assert download.value.path().read_bytes().startswith(b"%PDF")


def test_the_ledger_agrees_with_what_was_clicked(console: Console, paid: Studio) -> None:
    verified = console.up.run("ledger", "verify", "--json")
    assert verified.code == 0, verified
    assert json.loads(verified.out)["ok"] is True
