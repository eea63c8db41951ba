"""How things are put on a page: money, days, states and steps, in the reader's conventions."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any

from babel import Locale
from babel.dates import format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from fastapi import Request
from jinja2 import Environment

from lifecycle.machines import BAD, GOOD, STATES
from models.commands import Role
from models.figures import Sum
from models.mail.console_pages import page_path
from models.money import MICROS, Money
from models.programme.policy import Policy
from words import languages
from words.voice import Sentence


def locale_of(request: Request, chosen: str = "") -> str:
    """The conventions of whoever asks: of the language they have chosen, or else what their browser asks for most."""
    return languages.negotiate(chosen, request.headers.get("accept-language", ""))


READER: ContextVar[tuple[str, datetime]] = ContextVar(
    "READER", default=("en_US", datetime.min.replace(tzinfo=UTC))
)
"""The conventions and the present of the page that is drawn; macros see no more of a page than this."""


def conventions() -> Locale:
    """Those of the page that is drawn."""
    return languages.locale(READER.get()[0])


def language() -> str:
    """The language of the words on the page that is drawn."""
    return languages.language_of(READER.get()[0])


def say(text: str) -> str:
    """A text of ours in the language of the page that is drawn."""
    return languages.voice_of(READER.get()[0]).say(text)


def drawn(value: object) -> object:
    """What a page shows; sentences are said in its reader's language."""
    return say(value) if isinstance(value, Sentence) else value


def money(amount: Money | None) -> str:
    """``$1,204.50``."""
    return languages.money_in(amount, READER.get()[0]) if amount is not None else "–"


def axis_money(amount: int) -> str:
    """Minor units of the settlement currency as short as an axis has room for: ``$2.5K``."""
    whole = amount / 100
    if whole < 1_000:
        return in_dollars(whole, "##")
    return str(format_compact_currency(whole, "USD", locale=conventions(), fraction_digits=2))


def cents(amount: int) -> str:
    """Minor units of the settlement currency as ``$1,204.50``."""
    return money(Sum(amount=amount))


def micros(amount: int, digits: int = 6) -> str:
    """Millionths of a US dollar, with as many digits."""
    return in_dollars(Decimal(amount) / MICROS, "0" * digits)


def in_dollars(amount: Decimal | float, fraction: str) -> str:
    """US dollars with another number of digits than usual; the sign stands where it always does."""
    usual = conventions().currency_formats["standard"].pattern
    pattern = usual.replace("0.00", f"0.{fraction}")
    return str(format_currency(amount, "USD", pattern, locale=conventions(), currency_digits=False))


def day(value: date | datetime | None) -> str:
    """``30 Nov 2026``."""
    return languages.day_in(value, language()) if value else "–"


def month(value: date) -> str:
    """``Nov 2026``."""
    return format_skeleton("yMMM", value, locale=words_locale())


def month_name(value: date) -> str:
    """``Nov``."""
    return format_skeleton("MMM", value, locale=words_locale())


def change(basis_points: int) -> str:
    """``+12%``: how much something has changed."""
    return format_percent(basis_points / 10_000, "+#,##0\u00a0%;-#,##0\u00a0%", locale=conventions())


def period(start: date, end: date) -> str:
    """``1–15 Oct 2026``: what both days have in common is said once."""
    return languages.period_in(start, end, language())


def moment(value: datetime | None) -> str:
    """A moment in UTC, which the page says at its foot."""
    if value is None:
        return "–"
    joined = str(words_locale().datetime_formats["medium"])
    return joined.format(format_datetime(value, "HH:mm", locale=words_locale()), day(value))


def until(value: datetime | None) -> str:
    """``in 3 days``, from the page's present."""
    if value is None:
        return ""
    ahead: timedelta = value - READER.get()[1]
    return format_timedelta(ahead, add_direction=True, locale=words_locale())


def capitalized(words: str) -> str:
    """Words as they begin a sentence; the others keep their letters, as the nouns of German."""
    return words[:1].upper() + words[1:]


def span(value: timedelta) -> str:
    """How long something lasts: ``26 days``."""
    return format_timedelta(value, locale=words_locale())


def words_locale() -> Locale:
    """The language of the page that is drawn, as Babel knows it."""
    return languages.locale(language())


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


def countries() -> dict[str, str]:
    """Countries by their ISO 3166 code, in the order of their names."""
    return countries_in(language())


@cache
def countries_in(language_: str) -> dict[str, str]:
    """The same in a language."""
    names = languages.locale(language_).territories
    found = {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}
    return dict(sorted((item for item in found.items() if item[0] not in NO_COUNTRIES), key=itemgetter(1)))


def unpayable(policy: Policy) -> dict[str, str]:
    """The countries to which the platform cannot pay, by their ISO 3166 code."""
    return {code: countries().get(code, code) for code in policy.unpayable_countries}


def install_filters(environment: Environment) -> None:
    """Make an environment's templates know all of this."""
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: languages.translated(language(), text),
        lambda one, many, count: languages.catalogue(language()).ngettext(one, many, count),
        newstyle=True,
    )
    environment.finalize = drawn
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
        "capitalized": capitalized,
        "number": number,
        "percent": percent,
        "tone": tone,
        "filled_in": filled_in,
        "flat": flat,
        "say": say,
    }
    environment.filters.update(filters)
    environment.globals.update(page_path=page_path, period=period, countries=countries)
