"""How a reader is spoken to: their language, their way to write amounts and days, and the names that they know."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from models.documents import AnyDocument, Feature, Stream
from models.money import Money
from models.texts.sentences import (
    NOTHING,
    Period,
    Sentence,
    Several,
    Thing,
    Words,
    filled_in,
    joined,
    plain_amount,
    plain_day,
    plain_list,
    plain_period,
)

__all__ = ["NOTHING", "Period", "Sentence", "Several", "Thing", "Words", "joined"]

STREAMS: Mapping[str, str] = {
    Stream.IAA: "in-app ads",
    Stream.IAP_SUBSCRIPTION: "subscriptions",
    Stream.IAP_NON_SUBSCRIPTION: "one-time purchases",
}
FEATURES: Mapping[str, str] = {Feature.IAA: "in-app ads", Feature.IAP: "in-app purchases"}
"""As they stand within a sentence."""


SENTENCE_ENDS = re.compile(r"(?<=[.!?]) ")


@dataclass(frozen=True)
class Voice:
    """How a reader is spoken to.

    Attributes:
        translate: a text of these tables in the reader's language, its names in braces still in it.
        amount: an amount of money as the reader writes it.
        day: a day.
        period: the days from the first to the last.
        number: a whole number.
        listed: some things one after the other; the second says with which word before the last, “or” or “and”.
    """

    translate: Callable[[str], str] = Sentence
    amount: Callable[[Money], str] = plain_amount
    day: Callable[[date], str] = plain_day
    period: Callable[[date, date], str] = plain_period
    number: Callable[[int], str] = "{:,}".format
    listed: Callable[[Sequence[str], str], str] = plain_list

    def say(self, text: str) -> str:
        """A sentence, or a text of the tables, in the reader's language."""
        if not isinstance(text, Sentence):
            return self.recall(text) if text else ""
        if self is ENGLISH or not text:
            return text
        return filled_in(self.translate(text.template), text.things, self.name)

    def recall(self, text: str) -> str:
        """A text as it was kept: one of the tables, or some of them one after the other."""
        said = self.translate(text)
        if said != text or self is ENGLISH:
            return said
        for end in reversed([found.start() for found in SENTENCE_ENDS.finditer(text)]):
            first = self.translate(text[:end])
            if first != text[:end]:
                return self.say(
                    Sentence("{first} {second}", first=first, second=self.recall(text[end + 1 :]))
                )
        return text

    def name(self, thing: Thing) -> str:
        """A thing within a sentence, as the reader writes it."""
        match thing:
            case Sentence():
                return self.say(thing)
            case Money():
                return self.amount(thing)
            case Period():
                return self.period(thing.first, thing.last)
            case Several():
                return self.listed([self.name(one) for one in thing.things], thing.last)
            case date():
                return self.day(thing)
            case int():
                return self.number(thing)
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
