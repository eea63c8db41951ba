"""How things are put on a page: money, days, states and steps, in the reader's conventions."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from fastapi import Request
from jinja2 import Environment

from lifecycle.machines import BAD, GOOD, STATES
from models.commands import Role
from models.mail.console_pages import page_path
from models.money import EXPONENTS, MICROS, Money
from models.programme.policy import Policy

LOCALES = (
    *("en_US", "en_GB", "en_IN", "en_ZA", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CA", "fr_CH"),
    *(
        "es_ES",
        "es_MX",
        "es_AR",
        "es_US",
        "pt_BR",
        "pt_PT",
        "it_IT",
        "it_CH",
        "nl_NL",
        "sv_SE",
        "nb_NO",
        "da_DK",
    ),
    *(
        "fi_FI",
        "pl_PL",
        "cs_CZ",
        "sk_SK",
        "hu_HU",
        "ro_RO",
        "bg_BG",
        "el_GR",
        "tr_TR",
        "uk_UA",
        "ru_RU",
        "he_IL",
    ),
    *("hi_IN", "bn_BD", "id_ID", "ms_MY", "vi_VN", "th_TH", "ja_JP", "ko_KR", "zh_CN", "zh_TW", "zh_HK"),
)
"""Conventions for numbers and amounts, of a language the most usual first; all words, months too, are English for now."""

LANGUAGES = {"no": "nb", "nn": "nb", "iw": "he", "in": "id"}
"""Languages whose numbers are written like another's, or that have an older code."""

REGIONS = {"es_419": "es_MX", "zh_Hant": "zh_TW"}
"""Tags without a country that do not mean the language's most usual one."""

ENGLISH = Locale.parse("en_US")


def locale_of(request: Request) -> str:
    """The conventions that the browser asks for most, of those that are known (RFC 9110, 12.5.4)."""
    wishes = request.headers.get("accept-language", "").split(",")[:20]
    for tag in sorted(wishes, key=weight, reverse=True):
        if weight(tag) and (found := known(tag.partition(";")[0].strip())):
            return found
    return LOCALES[0]


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
    language = LANGUAGES.get(language.lower(), language.lower())
    script = next((part.title() for part in rest if len(part) == 4), "")
    region = next((part.upper() for part in rest if len(part) in (2, 3)), "")
    asked = f"{language}_{region or script}"
    asked = REGIONS.get(asked, asked)
    return asked if asked in LOCALES else next((it for it in LOCALES if it.startswith(f"{language}_")), None)


WEIGHT = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)

READER: ContextVar[tuple[str, datetime]] = ContextVar("READER")
"""The conventions and the present of the page that is drawn; macros see no more of a page than this."""


def conventions() -> Locale:
    """Those of the page that is drawn."""
    return locale(READER.get()[0])


@cache
def locale(code: str) -> Locale:
    """One of the known conventions; to read them takes as long as to write a number by them."""
    return Locale.parse(code)


def money(amount: Money | None) -> str:
    """``$1,204.50``."""
    return money_in(amount, READER.get()[0]) if amount is not None else "–"


def money_in(amount: Money, code: str) -> str:
    """The same by some conventions."""
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


def axis_money(amount: int) -> str:
    """Minor units of the settlement currency as short as an axis has room for: ``$2.5K``."""
    whole = amount / 100
    if whole < 1_000:
        return str(format_currency(whole, "USD", "¤#,##0.##", locale=conventions(), currency_digits=False))
    return str(format_compact_currency(whole, "USD", locale=conventions(), fraction_digits=2))


def cents(amount: int) -> str:
    """Minor units of the settlement currency as ``$1,204.50``."""
    return money(Money(amount=amount))


def micros(amount: int, digits: int = 6) -> str:
    """Millionths of a US dollar, with as many digits."""
    pattern = f"¤#,##0.{'0' * digits}"
    exact = Decimal(amount) / MICROS
    return str(format_currency(exact, "USD", pattern, locale=conventions(), currency_digits=False))


def day(value: date | datetime | None) -> str:
    """``30 Nov 2026``."""
    return format_date(value, "d MMM y", locale=ENGLISH) if value else "–"


def month(value: date) -> str:
    """``Nov 2026``."""
    return format_date(value, "MMM y", locale=ENGLISH)


def month_name(value: date) -> str:
    """``Nov``."""
    return format_date(value, "MMM", locale=ENGLISH)


def change(basis_points: int) -> str:
    """``+12%``: how much something has changed."""
    return format_percent(basis_points / 10_000, "+#,##0\u00a0%;-#,##0\u00a0%", locale=conventions())


def period(start: date, end: date) -> str:
    """``1–15 Oct 2026``: what both days have in common is said once."""
    if start.year != end.year:
        return f"{day(start)} – {day(end)}"
    if start.month != end.month:
        return f"{format_date(start, 'd MMM', locale=ENGLISH)} – {day(end)}"
    return f"{start.day}–{day(end)}" if start != end else day(end)


def moment(value: datetime | None) -> str:
    """A moment in UTC, which the page says at its foot."""
    return format_datetime(value, "d MMM y, HH:mm", locale=ENGLISH) if value else "–"


def until(value: datetime | None) -> str:
    """``in 3 days``, from the page's present."""
    if value is None:
        return ""
    ahead: timedelta = value - READER.get()[1]
    return format_timedelta(ahead, add_direction=True, locale=ENGLISH)


def span(value: timedelta) -> str:
    """How long something lasts: ``26 days``."""
    return format_timedelta(value, locale=ENGLISH)


def number(value: float | None) -> str:
    """``12,345``."""
    return "–" if value is None else format_decimal(value, locale=conventions())


def percent(basis_points: int | None) -> str:
    """Basis points as ``30 %``."""
    if basis_points is None:
        return "–"
    return format_percent(basis_points / 10_000, "#,##0.##\u00a0%", locale=conventions())


YOURS = frozenset(name for (_, name), state in STATES.items() if state.waits_for is Role.ADMIN)
"""The names of the states in which an organization's admin is waited for."""


def tone(state: str) -> str:
    """Whether a state is done (green), has failed (red), is the organization's turn (blue) or waits for others.

    The word always stands beside the colour.
    """
    return "good" if state in GOOD else "bad" if state in BAD else "yours" if state in YOURS else "open"


NOT_TYPED = re.compile(r"(.+_)?file_ids?|checks")
"""Fields of forms that name files, and what was found when they were checked."""


def filled_in(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed into a form; its files are listed by their names, and what was checked in a table."""
    return {
        name: filled_in(value) if isinstance(value, Mapping) else value
        for name, value in fields.items()
        if not NOT_TYPED.fullmatch(name)
    }


def flat(fields: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """The fields of a form one by one, each by its dotted name, as a form posts them."""
    found: list[tuple[str, str]] = []
    for name, value in fields.items():
        if isinstance(value, Mapping):
            found += flat(value, f"{above}{name}.")
        elif isinstance(value, list):
            found += [(f"{above}{name}[]", str(item)) for item in value]
        elif isinstance(value, bool):
            found.append((f"{above}{name}", "true" if value else "false"))
        elif value is not None:
            found.append((f"{above}{name}", str(value)))
    return found


NO_COUNTRIES = frozenset(("EU", "EZ", "UN", "ZZ", "QO", "XA", "XB", "CQ"))


@cache
def countries() -> dict[str, str]:
    """Countries by their ISO 3166 code, in the order of their names."""
    names = Locale.parse("en").territories
    found = {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}
    return dict(sorted((item for item in found.items() if item[0] not in NO_COUNTRIES), key=itemgetter(1)))


def unpayable(policy: Policy) -> dict[str, str]:
    """The countries to which the platform cannot pay, by their ISO 3166 code."""
    return {code: countries().get(code, code) for code in policy.unpayable_countries}


def install_filters(environment: Environment) -> None:
    """Make an environment's templates know all of this."""
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    filters: dict[str, Any] = {
        "money": money,
        "cents": cents,
        "axis_money": axis_money,
        "month": month,
        "month_name": month_name,
        "change": change,
        "micros": micros,
        "day": day,
        "moment": moment,
        "until": until,
        "number": number,
        "percent": percent,
        "tone": tone,
        "filled_in": filled_in,
        "flat": flat,
    }
    environment.filters.update(filters)
    environment.globals.update(page_path=page_path, period=period, countries=countries)
