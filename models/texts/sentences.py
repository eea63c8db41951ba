"""Texts for people that remember what they were made of, so that whoever draws them can say them in a reader's language."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    PlainSerializer,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from models.money import EXPONENTS, Money

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


@dataclass(frozen=True)
class Several:
    """Some things, as a sentence names them one after the other: “a, b or c”."""

    things: tuple["Thing", ...]
    last: Literal["or", "and"] = "or"


Thing = str | int | Money | date | Period | Several
"""What the names in braces of a sentence stand for: another sentence, a name as people call it, money, days."""

HOLE = re.compile(r"\{(\w+)\}")


class Sentence(str):
    """An English text that remembers what it was made of, so that whoever draws it can say it in a reader's language.

    Attributes:
        template: the key for translators, with names in braces.
        things: what they stand for.
    """

    template: str
    things: Mapping[str, Thing]

    def __new__(cls, template: str, /, **things: Thing) -> Self:
        if isinstance(template, cls) and not things:
            return template
        made = super().__new__(cls, filled_in(template, things, plain))
        made.template, made.things = template, things
        return made


def filled_in(template: str, things: Mapping[str, Thing], name: Callable[[Thing], str]) -> str:
    """A template with its names in braces filled in; one that stands for nothing has none."""
    return HOLE.sub(lambda hole: name(things[hole[1]]), template) if things else template


def _kept(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Sentence) else check(value)


Words = Annotated[str, WrapValidator(_kept)]
"""A field of a view that keeps a sentence as it is; a plain text for whoever reads the JSON."""

Said = Annotated[
    Sentence,
    PlainValidator(lambda value: value if isinstance(value, Sentence) else Sentence(str(value))),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""The same where there is always a sentence; a text that another process has sent is one of no parts."""


def plain(thing: Thing) -> str:
    """A thing within an English sentence."""
    match thing:
        case Money():
            return plain_amount(thing)
        case Period():
            return plain_period(thing.first, thing.last)
        case Several():
            return plain_list([plain(one) for one in thing.things], thing.last)
        case date():
            return plain_day(thing)
        case int():
            return f"{thing:,}"
    return str(thing)


def plain_list(things: Sequence[str], last: str) -> str:
    """``a, b or c``."""
    *first, end = things or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


EMPTY = ""
NOTHING = Sentence(EMPTY)


def joined(*sentences: Sentence) -> Sentence:
    """Some sentences one after the other; empty ones are left out."""
    first, *others = [sentence for sentence in sentences if sentence] or [NOTHING]
    for other in others:
        first = Sentence("{first} {second}", first=first, second=other)
    return first


# ---------------------------------------------------------------------- from process to process


def written(thing: Thing) -> Any:
    """A sentence, or a thing in one, as JSON by which another process can say it."""
    match thing:
        case Sentence():
            return {
                "template": thing.template,
                "things": {name: written(one) for name, one in thing.things.items()},
            }
        case Money():
            return {"amount": thing.amount, "currency": thing.currency}
        case Period():
            return {"first": thing.first.isoformat(), "last": thing.last.isoformat()}
        case Several():
            return {"several": [written(one) for one in thing.things], "last": thing.last}
        case date():
            return {"day": thing.isoformat()}
    return thing


def read(value: Any) -> Thing:
    """What ``written`` has made; ValueError where that is something else."""
    match value:
        case {"template": str(template), "things": dict(things)}:
            return Sentence(template, **{str(name): read(one) for name, one in things.items()})
        case {"amount": int(), "currency": str()}:
            return Money.model_validate(value)
        case {"first": str(first), "last": str(last)}:
            return Period(date.fromisoformat(first), date.fromisoformat(last))
        case {"several": list(things), "last": "or" | "and" as last}:
            return Several(tuple(read(one) for one in things), last)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case str() | int():
            return value
    raise ValueError("no part of a sentence")


def said_again(text: str, sent: Any) -> Sentence:
    """A text as the sentence that was sent with it; where that is another, or cannot be read, the text alone."""
    try:
        sentence = read(sent)
    except (ValueError, KeyError):
        return Sentence(text)
    return sentence if isinstance(sentence, Sentence) and sentence == text else Sentence(text)
