"""Names of businesses: what is proven to be the same name passes by itself, what may be is for a person.

Proven are case, width and compatibility forms (NFKC), spacing, and how a legal form is written at either end.
Accents, other marks, signs, dots and invisible characters tell businesses apart, so a person looks at them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import StringConstraints

from models.legal_forms import (
    GLUED_FORMS,
    LEGAL_FORMS,
    LONGEST_FORMS_FIRST,
    MOST_WORDS_OF_A_FORM,
    form_at_end,
    form_at_start,
    without_marks,
)

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern="^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
    ),
]
"""A name of one line."""

Exact = tuple[tuple[str, ...], str, tuple[str, ...]]
"""A name taken apart: the legal forms before it, itself, and those after it."""

Likeness = Literal["same", "differs_in_form", "resembles", "differs"]

IN_SENTENCE = re.compile(r"^(?:[^\s:]*:)?|[,;:.]*$")
IN_BRACKETS = re.compile(r"^(?:[^\s:]*:)?[\"'(«“„]*|[\"'),;:.»”“]*$")
"""What may stand around a name in a text: a label with its colon, brackets, quotation marks, full stops."""

LONGEST_WINDOW = 500
"""So many characters of a text may be a name with what is around it."""

MOST_PLACES = 50
"""At so many places of a text a name is looked for."""

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
JOINED = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "œ": "oe", "ı": "i"})


@dataclass(frozen=True)
class Comparison:
    """How two names relate.

    Attributes:
        only_first: the words that only the first has, as they are compared.
        only_second: the words that only the second has.
    """

    likeness: Likeness
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()


def compare(first: str, second: str) -> Comparison:
    """How two names relate: the same, provably so in another form, perhaps the same, or different."""
    if unicodedata.normalize("NFC", first).strip() == unicodedata.normalize("NFC", second).strip():
        return Comparison("same")
    if any(map(str.isalnum, first)) and exact(first) == exact(second):
        return Comparison("differs_in_form")
    one, other = words(first), words(second)
    differing = (
        tuple(word for word in one if word not in other),
        tuple(word for word in other if word not in one),
    )
    if one and not spellings(first).isdisjoint(spellings(second)):
        return Comparison("resembles", *differing)
    return Comparison("differs", *differing)


def closest(names: Sequence[str], other: str) -> tuple[str, Comparison]:
    """Which of some names (at least one) another name is closest to, and how they relate."""
    order = ("same", "differs_in_form", "resembles", "differs")

    def distance(found: tuple[str, Comparison]) -> tuple[int, int]:
        comparison = found[1]
        return order.index(comparison.likeness), len(comparison.only_first) + len(comparison.only_second)

    return min(((name, compare(name, other)) for name in names), key=distance)


def exact(name: str) -> Exact:
    """A name with every sign that tells it apart: the legal forms before it, itself, and those after it.

    On which side a legal form stands is kept: of two companies in one town only that may differ.
    """
    folded = folded_case(name)
    before: list[str] = []
    after: list[str] = []
    for form, short in GLUED_FORMS.items():
        if folded.startswith(form) and folded != form:
            folded, before = folded.removeprefix(form).strip(), [short]
        elif folded.endswith(form) and folded != form:
            folded, after = folded.removesuffix(form).strip(), [short]
    tokens = folded.split()
    while found := form_at_start(tokens):
        length, short = found
        before.append(short)
        tokens = tokens[length:]
    while found := form_at_end(tokens):
        length, short = found
        after.insert(0, short)
        tokens = tokens[:-length]
        tokens[-1] = tokens[-1].removesuffix(",")
    # Digits apart are other numbers than digits together.
    own = re.sub(r"(?<!\d) +| +(?!\d)", "", " ".join(tokens))
    return tuple(before), own, tuple(after)


def folded_case(name: str) -> str:
    """A name in one case, width and compatibility form; ``ß`` is a letter of its own."""
    composed = unicodedata.normalize("NFKC", name).replace("ẞ", "ß")
    folded = "".join(letter if letter == "ß" else letter.casefold() for letter in composed)
    return unicodedata.normalize("NFKC", folded).strip()


def spellings(name: str) -> set[str]:
    """All ways in which a name may be spelt in plain letters: ``Müller`` is ``muller`` and ``mueller``."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return {"".join(words(name)), "".join(words(composed.translate(UMLAUTS)))}


def words(name: str) -> list[str]:
    """A name's words in plain letters, with legal forms in their short form."""
    plain = without_marks(unicodedata.normalize("NFKC", name).casefold()).translate(JOINED)
    for form in ("株式会社", "(株)"):
        plain = plain.replace(form, " kk ")
    plain = re.sub(r"(?<=\w)['’.](?=\w)|(?<=\b\w)\.", "", plain.replace("&", " and "))
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain)
    spaced = " ".join("".join(kept).split())
    for long in LONGEST_FORMS_FIRST:
        spaced = re.sub(rf"\b{re.escape(long)}\b", LEGAL_FORMS[long], spaced)
    return spaced.split()


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether a text has one of some names in it, provably, however it is broken into lines.

    A name within another word, or with other signs, is none.
    """
    tokens = folded_case(text).split()
    return any(_mentioned(tokens, exact(name)) for name in names)


def _mentioned(tokens: Sequence[str], name: Exact) -> bool:
    """Whether some words in a row are a name and nothing but it."""
    own = name[1].replace(" ", "")
    if not any(map(str.isalnum, own)):
        return False
    starts = list(accumulate(map(len, tokens), initial=0))
    joined = "".join(tokens)
    found = joined.find(own)
    for _ in range(MOST_PLACES):
        if found < 0:
            return False
        first, last = bisect_right(starts, found) - 1, bisect_right(starts, found + len(own) - 1)
        befores = range(first, max(first - MOST_WORDS_OF_A_FORM, 0) - 1, -1)
        afters = range(last, min(last + MOST_WORDS_OF_A_FORM, len(tokens)) + 1)
        windows = (
            tokens[a:b] for a in (befores if name[0] else [first]) for b in (afters if name[2] else [last])
        )
        short = (window for window in windows if sum(map(len, window)) <= LONGEST_WINDOW)
        if any(exact(written) == name for window in short for written in _readings(window)):
            return True
        found = joined.find(own, found + 1)
    return False


def _readings(window: Sequence[str]) -> tuple[str, ...]:
    """Some words, and the same without what belongs to the sentence around them."""
    written = " ".join(window)
    return written, IN_SENTENCE.sub("", written), IN_BRACKETS.sub("", written)
