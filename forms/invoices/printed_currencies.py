"""How currencies are printed, by CLDR: their codes, and the signs that those who pay in them use."""

import re
import unicodedata
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import list_currencies

CODE_BESIDE_AMOUNT = re.compile(
    r"(?<![A-Za-z])([A-Z]{3}) ?[-+(]?\d[\d' ]{0,12}[.,]\d|[.,]\d{1,3} ?([A-Z]{3})(?![A-Za-z])"
)
"""Elsewhere three capitals may be a word, as ALL, TOP and TRY are."""
NO_WORDS = re.compile(r"(?<![A-Za-z])(USD|EUR|GBP|JPY|CHF|CNY|AUD|CAD)(?![A-Za-z])")
"""Codes that are no words."""
SYMBOL = re.compile(r"[A-Z]{0,3}[$€£¥₩₹₽₺₫₪฿₴₦₱]")
IN_CHARACTERS = {"JPY": "円", "CNY": "元", "KRW": "원", "TWD": "元"}
"""Beside the signs of CLDR."""


@cache
def signs(currency: str) -> frozenset[str]:
    """What may stand for a currency: its code, and its signs where it is used and in English."""
    found = {currency, IN_CHARACTERS.get(currency, currency)}
    for name in ("en", *locales_that_pay_in(currency)):
        try:
            found.add(Locale.parse(name).currency_symbols.get(currency, currency))
        except (UnknownLocaleError, ValueError):
            continue
    return frozenset(unicodedata.normalize("NFKC", sign).strip("\u200e\u200f") for sign in found)


def locales_that_pay_in(currency: str) -> list[str]:
    """The languages of the territories whose money it is today."""
    territories = [
        territory
        for territory, used in get_global("territory_currencies").items()
        if any(code == currency and end is None for code, _, end, *_ in used)
    ]
    return [
        f"{language}_{t}"
        for t in territories
        for language in get_official_languages(t, regional=True, de_facto=True)
    ]


def is_named(currency: str, text: str) -> bool:
    """Whether a text may speak of a currency."""
    return any(stands_in(sign, text) for sign in signs(currency))


def stands_in(sign: str, text: str) -> bool:
    """Whether a sign stands in a text by itself: the ``$`` of ``CA$`` does not."""
    before = r"(?<![A-Za-z])" if sign[0].isascii() else ""
    after = r"(?![A-Za-z])" if sign[-1].isascii() and sign[-1].isalpha() else ""
    return re.search(before + re.escape(sign) + after, text) is not None


def others_named(text: str) -> tuple[str, ...]:
    """The codes and signs of currencies that certainly stand in a text, as they are written."""
    codes = {one or other for one, other in CODE_BESIDE_AMOUNT.findall(text)} & known_codes()
    return tuple(sorted({*codes, *NO_WORDS.findall(text), *SYMBOL.findall(text)}))


@cache
def known_codes() -> frozenset[str]:
    """The codes of all currencies, those of the past too."""
    return frozenset(list_currencies())
