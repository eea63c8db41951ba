"""Every page in Chinese: what is left in English are names, addresses and codes. And pages that are read from the right."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser

from api.security.identity import SESSION_COOKIE
from tests.browser.filled import PAGES, STAFF, Filled
from tests.browser.test_plain_words import Seen

NARROW, WIDE = 320, 1440

NAMES = (
    # people, organizations and games of the tests
    *("Nina Überspiele GmbH", "Halfway Studio", "Beginning Studio", "Rocky Road", "Ada Example"),
    *("Marmalade Falls: Extended Edition", "Admin", "Staff"),
    # what somebody has written: a contract, a reason, a message of before
    *("Terms of in-app", "The bank says that the account is closed.", "A statement has come."),
    # what has no other name
    *(
        "API",
        "W-8BEN-E",
        "W-9",
        "CSV",
        "JPEG",
        "PDF",
        "PNG",
        "XLSX",
        "UTC",
        "UTF-8",
        "SHA-256",
        "IBAN",
        "SWIFT/BIC",
        "COBADEFF",
    ),
    *("Webhook", "webhook-id", "Temporal", "Stripe", "eCPM", "https://"),
    # a key of the keyboard, and how a period is typed into the search
    *("Enter", "October 2026"),
)
"""What may stand in English on a Chinese page; a text that begins with the first words of a contract is its text."""

WRITTEN = ("Terms of in-app",)

CODES = re.compile(r"\S+@\S+|\b[a-z]+(?:[._][a-z0-9_]+)+|\b[0-9a-f]{16,}|\b[A-Z]{2}(?:[A-Z0-9 ]{4,})\b")


@pytest.fixture(scope="module")
def reader(shelf: Filled) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=shelf.url, timeout=60) as client:
        yield client


def english(page: str) -> list[str]:
    """The texts of a page in which English words are left."""
    found = []
    for text in Seen(page).texts:
        left = CODES.sub("", text)
        for name in sorted(NAMES, key=len, reverse=True):
            left = left.replace(name, "")
        if re.search(r"[A-Za-z]{3,}", left) and not text.startswith(WRITTEN):
            found.append(text)
    return found


def test_an_english_sentence_is_found_and_a_name_is_none() -> None:
    page = "<p>付款已取消。</p><p>The payout was cancelled.</p><b>Rocky Road：上线</b><i>CSV</i><i>st_0001x invoice.paid</i>"
    assert english(page) == ["The payout was cancelled."]


@pytest.mark.parametrize("name", [*PAGES, *STAFF])
def test_a_page_in_chinese_has_no_english_sentence(name: str, shelf: Filled, reader: httpx2.Client) -> None:
    secret = shelf.secrets["admin" if name in PAGES else "staff"]
    headers = {"Accept": "text/html", "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    answer = reader.get((PAGES | STAFF)[name], headers={**headers, "Cookie": f"{SESSION_COOKIE}={secret}"})
    assert answer.status_code in (200, 404), answer.text
    assert '<html lang="zh-CN" dir="ltr"' in answer.text
    assert not english(answer.text)


@pytest.mark.parametrize("who", ["admin", "staff"])
def test_a_page_that_is_read_from_the_right_does_not_scroll_sideways(
    who: str, shelf: Filled, browser: Browser
) -> None:
    """No language that is offered is written so yet; the pages are ready for one."""
    found: list[str] = []
    with shelf.page(browser, who, locale="zh-CN", reduced_motion="reduce") as page:
        for name, path in (PAGES if who == "admin" else STAFF).items():
            page.goto(path)
            page.evaluate("document.documentElement.dir = 'rtl'")
            for width in (NARROW, WIDE):
                page.set_viewport_size({"width": width, "height": 900})
                over: int = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                if over > 0:
                    found.append(f"{name}, {width}: {over} pixels sideways")
    assert not found, "\n".join(found)
