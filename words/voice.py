"""How a reader is spoken to: their language, their way to write amounts and days, and the names that they know."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Self

from pydantic import SkipValidation

from models.documents import AnyDocument, Feature, Stream
from models.money import EXPONENTS, Money

STREAMS: Mapping[str, str] = {
    Stream.IAA: "in-app ads",
    Stream.IAP_SUBSCRIPTION: "subscriptions",
    Stream.IAP_NON_SUBSCRIPTION: "one-time purchases",
}
FEATURES: Mapping[str, str] = {Feature.IAA: "in-app ads", Feature.IAP: "in-app purchases"}
"""As they stand within a sentence."""

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def plain_amount(amount: Money) -> str:
    """``$1,204.50``."""
    exponent = EXPONENTS.get(amount.currency, 2)
    whole, rest = divmod(abs(amount.amount), 10**exponent)
    fraction = f".{rest:0{exponent}d}" if exponent else ""
    sign = SIGNS.get(amount.currency, f"{amount.currency} ")
    return f"{'-' if amount.amount < 0 else ''}{sign}{whole:,}{fraction}"


def plain_day(day: date) -> str:
    """``15 October 2026``."""
    return f"{day.day} {day:%B %Y}"


def plain_period(first: date, last: date) -> str:
    """``1–15 October 2026``; as much of the first day as differs from the last."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{plain_day(last)}" if first != last else plain_day(last)
    begin = f"{first.day} {first:%B}" if first.year == last.year else plain_day(first)
    return f"{begin} – {plain_day(last)}"


@dataclass(frozen=True)
class Period:
    """The days of a period, as a sentence names them."""

    first: date
    last: date


Thing = str | int | Money | date | Period
"""What the names in braces of a sentence stand for: another sentence, a name as people call it, money, days."""


class Sentence(str):
    """An English text that remembers what it was made of, so that whoever draws it can say it in a reader's language.

    Attributes:
        template: the key for translators, with names in braces.
        things: what they stand for.
    """

    template: str
    things: Mapping[str, Thing]

    def __new__(cls, template: str, /, **things: Thing) -> Self:
        text = (
            template.format(**{name: plain(thing) for name, thing in things.items()}) if things else template
        )
        made = super().__new__(cls, text)
        made.template, made.things = template, things
        return made


Words = Annotated[str, SkipValidation]
"""A field of a view that keeps a sentence as it is; a plain text for whoever reads the JSON."""


def plain(thing: Thing) -> str:
    """A thing within an English sentence."""
    match thing:
        case Money():
            return plain_amount(thing)
        case Period():
            return plain_period(thing.first, thing.last)
        case date():
            return plain_day(thing)
    return str(thing)


@dataclass(frozen=True)
class Voice:
    """How a reader is spoken to.

    Attributes:
        translate: a text of these tables in the reader's language, its names in braces still in it.
        amount: an amount of money as the reader writes it.
        day: a day.
        period: the days from the first to the last.
    """

    translate: Callable[[str], str] = Sentence
    amount: Callable[[Money], str] = plain_amount
    day: Callable[[date], str] = plain_day
    period: Callable[[date, date], str] = plain_period

    def say(self, text: str) -> str:
        """A sentence, or a text of the tables, in the reader's language."""
        if not isinstance(text, Sentence):
            return self.translate(text) if text else ""
        if self is ENGLISH:
            return text
        said = self.translate(text.template)
        return (
            said.format(**{name: self.name(thing) for name, thing in text.things.items()})
            if text.things
            else said
        )

    def name(self, thing: Thing) -> str:
        """A thing within a sentence, as the reader writes it."""
        match thing:
            case Sentence():
                return self.say(thing)
            case Money():
                return self.amount(thing)
            case Period():
                return self.period(thing.first, thing.last)
            case date():
                return self.day(thing)
        return str(thing)


ENGLISH = Voice()


class Later(Mapping[str, str]):
    """Names that are read when one of them is asked for, and not before."""

    def __init__(self, read: Callable[[], Mapping[str, str]]) -> None:
        self._read = read

    @cached_property
    def _known(self) -> Mapping[str, str]:
        return self._read()

    def __getitem__(self, key: str) -> str:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


@dataclass(frozen=True)
class Names:
    """What a reader knows the things of one organization by.

    Attributes:
        organization: its name.
        games: the names of its games, by id.
        people: the names of people, by the id under which they act.
        documents: the documents that may be spoken of, by id.
        reader: the id of whoever reads, who is spoken to as “you”.
    """

    organization: str = ""
    games: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, AnyDocument] = field(default_factory=dict)
    reader: str | None = None


NOBODY_KNOWN = Names()
