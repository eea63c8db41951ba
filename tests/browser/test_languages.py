"""Every page in every language: only names, addresses and codes are in English. And pages that are read from the right."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser

from api.security.identity import SESSION_COOKIE
from tests.browser.filled import PAGES, STAFF, Filled
from tests.browser.test_plain_words import Seen
from words.languages import COMPLETE, script_of

NARROW, WIDE = 320, 1440

NAMES = (
    # people, organizations and games of the tests
    *("Nina Überspiele GmbH", "Halfway Studio", "Beginning Studio", "Rocky Road", "Ada Example"),
    *("Marmalade Falls: Extended Edition", "Admin", "Staff"),
    # what somebody has written: a reason, a message of before
    *("The bank says that the account is closed.", "A statement has come."),
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
    # a country that German calls so, too
    "Isle of Man",
    # a key of the keyboard, and how a period is typed into the search
    *("Enter", "October 2026"),
)
"""What may stand in English on a page in another language."""

CONTRACT = re.compile(r'<div class="contract".*?</div>', re.DOTALL)
"""The text of a contract, which is in the language in which it is signed."""

CODES = re.compile(r"\S+@\S+|\b[a-z]+(?:[._][a-z0-9_]+)+|\b[0-9a-f]{16,}|\b[A-Z]{2}(?:[A-Z0-9 ]{4,})\b")

LEFT = {
    "zh_CN": re.compile("[A-Za-z]{3,}"),
    "de": re.compile(
        r"(?i)\b(?:the|of|to|for|by|is|are|were|has|have|not|this|that|and|or|on|at|with|no|your|you|it|its|be|"
        r"can|yet|each|who|until|waits?|paid|payout|statement|invoice)\b"
    ),
}
"""What tells English in a text of each other language: any word in Latin letters, or one that German has not."""


def test_every_language_that_is_offered_is_looked_at() -> None:
    assert set(LEFT) == set(COMPLETE) - {"en"}


@pytest.fixture(scope="module")
def reader(shelf: Filled) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=shelf.url, timeout=60) as client:
        yield client


def english(page: str, language: str) -> list[str]:
    """The texts of a page in which English words are left."""
    found = []
    for text in Seen(CONTRACT.sub("", page)).texts:
        left = CODES.sub("", text)
        for name in sorted(NAMES, key=len, reverse=True):
            left = left.replace(name, "")
        if LEFT[language].search(left):
            found.append(text)
    return found


@pytest.mark.parametrize(
    ("language", "page", "left"),
    [
        ("zh_CN", "<p>付款已取消。</p><p>It was cancelled.</p><b>Rocky Road：上线</b>", "It was cancelled."),
        ("de", "<p>Die Auszahlung ist unterwegs.</p><p>On its way</p><b>Rocky Road</b>", "On its way"),
    ],
)
def test_an_english_sentence_is_found_and_a_name_is_none(language: str, page: str, left: str) -> None:
    assert english(page + "<i>CSV</i><i>st_0001x invoice.paid</i>", language) == [left]


@pytest.mark.parametrize("name", [*PAGES, *STAFF])
def test_a_page_in_another_language_has_no_english_sentence(
    name: str, shelf: Filled, reader: httpx2.Client
) -> None:
    cookie = f"{SESSION_COOKIE}={shelf.secrets['admin' if name in PAGES else 'staff']}"
    for language in LEFT:
        lang = script_of(language).lang
        headers = {"Accept": "text/html", "Accept-Language": f"{lang},en;q=0.8", "Cookie": cookie}
        answer = reader.get((PAGES | STAFF)[name], headers=headers)
        assert answer.status_code in (200, 404), answer.text
        assert f'<html lang="{lang}" dir="ltr"' in answer.text
        assert not english(answer.text, language)


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
