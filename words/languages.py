"""The languages in which people are spoken to: their catalogues, and how money, numbers and days are written in them.

A catalogue is a file of translators, ``locale/<language>.po``, and is read as it is; English is the text in the code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from models.money import EXPONENTS, Money
from models.texts.sentences import plain_list
from words.voice import ENGLISH, Voice

COMPLETE = {"en": "English", "zh_CN": "简体中文", "de": "Deutsch"}
"""The languages that are offered, in which nothing is left in English, by what their readers call them."""

LOCALES = (
    "en_US", "en_GB", "en_IN", "en_ZA", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CA", "fr_CH", "es_ES", "es_MX",
    "es_AR", "es_US", "pt_BR", "pt_PT", "it_IT", "it_CH", "nl_NL", "sv_SE", "nb_NO", "da_DK", "fi_FI", "pl_PL",
    "cs_CZ", "sk_SK", "hu_HU", "ro_RO", "bg_BG", "el_GR", "tr_TR", "uk_UA", "ru_RU", "he_IL", "hi_IN", "bn_BD",
    "id_ID", "ms_MY", "vi_VN", "th_TH", "ja_JP", "ko_KR", "zh_CN", "zh_TW", "zh_HK",
)  # fmt: skip
"""Conventions for numbers and amounts, of a language the most usual first."""

SAME = {"no": "nb", "nn": "nb", "iw": "he", "in": "id"}
"""Languages whose numbers are written like another's, or that have an older code."""

REGIONS = {"es_419": "es_MX", "zh_Hant": "zh_TW", "zh_SG": "zh_CN", "zh_MO": "zh_HK"}
"""Tags that do not mean the language's most usual conventions."""

WEIGHT = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


# ---------------------------------------------------------------------- which language


def negotiate(chosen: str, accepted: str) -> str:
    """The conventions of a reader, such as ``zh_CN``: what they have chosen, or else what their browser asks for most.

    Args:
        chosen: the language tag of their profile; empty follows the browser.
        accepted: the browser's ``Accept-Language`` (RFC 9110, 12.5.4).
    """
    asked = [found for tag in wishes(accepted) if (found := known(tag))]
    wanted = known(chosen) if chosen else None
    if wanted is None:
        return asked[0] if asked else LOCALES[0]
    if not re.search(r"[-_]", chosen):  # a language alone: the browser says which country's conventions
        wanted = next((code for code in asked if written_language(code) == written_language(wanted)), wanted)
    return wanted


def wishes(accepted: str) -> Iterator[str]:
    """The language tags that a browser asks for, the most wanted first."""
    asked = accepted.split(",")[:20]
    return (
        wish.partition(";")[0].strip() for wish in sorted(asked, key=weight, reverse=True) if weight(wish)
    )


def weight(wish: str) -> float:
    """How much one of a browser's wishes counts; nothing if it cannot be read."""
    _, _, quality = wish.partition(";")
    if not quality.strip():
        return 1.0
    found = WEIGHT.fullmatch(quality.strip())
    return float(found[1]) if found else 0.0


@lru_cache(1_024)
def known(tag: str) -> str | None:
    """The known conventions that are nearest to a language tag, such as ``de-AT`` or ``zh-Hant-TW``."""
    language, *rest = tag.replace("_", "-").split("-")
    language = SAME.get(language.lower(), language.lower())
    script = next((part.title() for part in rest if len(part) == 4), "")
    region = next((part.upper() for part in rest if len(part) in (2, 3)), "")
    if (language, script) == ("zh", "Hans"):
        return "zh_CN"
    if (language, script) == ("zh", "Hant") and region not in ("HK", "MO"):
        return "zh_TW"
    asked = f"{language}_{region or script}"
    asked = REGIONS.get(asked, asked)
    return asked if asked in LOCALES else next((it for it in LOCALES if it.startswith(f"{language}_")), None)


def written_language(code: str) -> str:
    """What tells languages apart that are written differently: Chinese by its script, others by their name."""
    return "zh_Hant" if code in ("zh_TW", "zh_HK") else code.partition("_")[0]


@cache
def language_of(code: str) -> str:
    """The language of the words for a reader of some conventions: one that is complete, or else English."""
    return next((it for it in COMPLETE if written_language(it) == written_language(code)), "en")


def name_of(tag: str) -> str:
    """What the readers of a language call it; the tag itself where that is not known."""
    try:
        return Locale.parse(tag, sep="-" if "-" in tag else "_").get_display_name() or tag
    except (ValueError, UnknownLocaleError):
        return tag


@dataclass(frozen=True)
class Script:
    """How HTML names a language, and which way it is written."""

    lang: str
    direction: str


@cache
def script_of(language: str) -> Script:
    """How a page in a language begins."""
    direction = "rtl" if locale(language).text_direction == "rtl" else "ltr"
    return Script(language.replace("_", "-"), direction)


@cache
def locale(code: str) -> Locale:
    """Some conventions; to read them takes as long as to write a number by them."""
    return Locale.parse(code)


# ---------------------------------------------------------------------- what is said in it


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of a language by the English ones; English itself has none."""
    if language == "en":
        return NullTranslations()
    source = resources.files("words") / "locale" / f"{language}.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def day_in(value: date, language: str) -> str:
    """``30 Nov 2026``."""
    if language == "en":
        return str(format_date(value, "d MMM y", locale=locale(language)))
    return str(format_skeleton("yMMMd", value, locale=locale(language)))


def period_in(start: date, end: date, language: str) -> str:
    """``1–15 Oct 2026``: what both days have in common is said once."""
    if language != "en":
        return str(format_interval(start, end, "yMMMd", locale=locale(language)))
    if start.year != end.year:
        return f"{day_in(start, language)} – {day_in(end, language)}"
    if start.month != end.month:
        return f"{format_date(start, 'd MMM', locale=locale(language))} – {day_in(end, language)}"
    return f"{start.day}–{day_in(end, language)}" if start != end else day_in(end, language)


def list_in(things: Sequence[str], last: str, language: str) -> str:
    """``a, b or c``; English does without a comma before the last."""
    if language == "en":
        return plain_list(things, last)
    return format_list(things, style="or" if last == "or" else "standard", locale=locale(language))


def money_in(amount: Money, code: str) -> str:
    """``$1,204.50``."""
    return written(amount.amount, amount.currency, code)


@lru_cache(8_192)
def written(amount: int, currency: str, code: str) -> str:
    """Minor units by some conventions; a page of a year's money writes two hundred, and many of them again."""
    exponent = EXPONENTS.get(currency, 2)
    return str(
        format_currency(amount / 10**exponent, currency, locale=locale(code))
        if abs(amount) < 2**50
        else str(Money(amount=amount, currency=currency))
    )


def translated(language: str, text: str) -> str:
    """A text of the code in a language; one that is in no catalogue stays as it is."""
    return catalogue(language).gettext(text) if text else ""


@cache
def voice_of(code: str) -> Voice:
    """How a reader of some conventions is spoken to on a page."""
    language = language_of(code)
    return Voice(
        translate=ENGLISH.translate if language == "en" else lambda text: translated(language, text),
        amount=lambda amount: money_in(amount, code),
        day=lambda day: day_in(day, language),
        period=lambda first, last: period_in(first, last, language),
        number=lambda number: str(format_decimal(number, locale=locale(code))),
        listed=lambda things, last: list_in(things, last, language),
    )


def voice_asked_for(accepted: str) -> tuple[str, Voice]:
    """The language that a program asks for, as HTTP names it, and how it is spoken to; its profile says nothing."""
    code = negotiate("", accepted)
    language = language_of(code)
    return script_of(language).lang, ENGLISH if language == "en" else voice_of(code)


def language_by_mail(chosen: str) -> str:
    """The language of mails to a reader, by their profile; without one, English, for no browser says more."""
    code = known(chosen) if chosen else None
    return language_of(code) if code else "en"


def voice_by_mail(chosen: str) -> Voice:
    """How a reader is spoken to by mail; English mails write money and months out in full."""
    language = language_by_mail(chosen)
    return ENGLISH if language == "en" else voice_of(language)
