"""Names of businesses: what is proven to be the same name passes by itself, what may be is for a person.

Proven are case, width and compatibility forms (NFKC), spacing, the style of quotation marks and hyphens, and how a
legal form is written at either end. Accents, other marks, signs, dots, invisible characters and letters that look like
those of another script tell businesses apart, so a person looks at them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import StringConstraints

from forms.legal_forms import (
    GLUED_LONGEST_FIRST,
    LEGAL_FORMS,
    LONGEST_FORMS_FIRST,
    MOST_WORDS_OF_A_FORM,
    form_at_end,
    form_at_start,
    form_word,
    short_form,
    without_marks,
)
from forms.lookalikes import as_latin
from models.typed_numbers import dash_folded

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
IN_BRACKETS = re.compile(r"^(?:[^\s:]*:)?[\"'(]*|[\"'),;:.]*$")
"""What may stand around a name in a text: a label with its colon, brackets, quotation marks, full stops."""

QUOTES = str.maketrans({**dict.fromkeys("«»“”„‟‹›「」『』〝〞〟״", '"'), **dict.fromkeys("‘’‚‛׳", "'")})
"""Quotation marks and apostrophes, and the plain ones that all styles of them stand for."""

OPTIONAL_MARKS = re.compile("[\u0591-\u05c7\u0640\u064b-\u0652\u0670]")
"""Vowel points of Hebrew and Arabic, and the stroke that only stretches a word."""

KEYBOARDS = str.maketrans({"ك": "ک", "ي": "ی", "ى": "ی", "ة": "ه", "أ": "ا", "إ": "ا", "آ": "ا"})
"""Arabic letters that keyboards and registers exchange."""

BESIDE_A_NAME = frozenset(
    (
        "from",
        "by",
        "to",
        "for",
        "seller",
        "supplier",
        "vendor",
        "payee",
        "issuer",
        "invoice",
        "御中",
        "様",
        "귀하",
        "귀중",
    )
)
"""Words that stand right beside a name without being a part of it."""

ADDING = frozenset(("&", "+", "and", "und", "et", "y", "e", "i", "и"))
"""What goes on with a name."""

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
    if one and any(
        not spellings(read(first)).isdisjoint(spellings(read(second))) for read in (str, as_latin)
    ):
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
    for form, short in GLUED_LONGEST_FIRST:
        if folded.startswith(form) and folded != form:
            folded, before = folded.removeprefix(form).strip(), [short]
        elif folded.endswith(form) and folded != form:
            folded, after = folded.removesuffix(form).strip(), [short]
    tokens = re.sub(r"(?<=[^\W\d]),(?=[^\W\d])|(?<=[^\W\d]\.),(?=[^\W\d])", ", ", folded).split()
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
    return tuple(" ".join(before).split()), own, tuple(" ".join(after).split())


def folded_case(name: str) -> str:
    """A name in one case, width, compatibility form and style of quotation marks; ``ß`` is a letter of its own."""
    styled = "".join(map(dash_folded, unicodedata.normalize("NFKC", name).translate(QUOTES)))
    composed = styled.replace("ẞ", "ß")
    folded = "".join(letter if letter == "ß" else letter.casefold() for letter in composed)
    return unicodedata.normalize("NFKC", folded).strip()


def spellings(name: str) -> set[str]:
    """All ways in which a name may be spelt in plain letters: ``Müller`` is ``muller`` and ``mueller``."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return {"".join(words(name)), "".join(words(composed.translate(UMLAUTS)))}


def words(name: str) -> list[str]:
    """A name's words in plain letters, with legal forms in their short form."""
    plain = (
        without_marks(unicodedata.normalize("NFKC", name).casefold()).translate(JOINED).translate(KEYBOARDS)
    )
    plain = "".join(str(unicodedata.decimal(c, c)) for c in OPTIONAL_MARKS.sub("", plain))
    for form in ("株式会社", "(株)"):
        plain = plain.replace(form, " kk ")
    plain = re.sub(r"(?<=\w)['’‘ʻʼ`.](?=\w)|(?<=\b\w)\.", "", plain.replace("&", " and "))
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in plain)
    spaced = " ".join("".join(kept).split())
    for long in LONGEST_FORMS_FIRST:
        spaced = re.sub(rf"\b{re.escape(long)}\b", LEGAL_FORMS[long], spaced)
    return spaced.split()


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether a text has one of some names in it, provably, however it is broken into lines.

    A name within another word or another name, or with other signs, is none.
    """
    lines = [line.split() for line in unicodedata.normalize("NFKC", text).splitlines()]
    printed = [word for line in lines for word in line]
    ends = frozenset(accumulate(map(len, lines)))
    tokens = [folded_case(word) for word in printed]
    return any(_mentioned(Words(printed, tokens, ends), exact(name)) for name in names)


@dataclass(frozen=True)
class Words:
    """The words of a text.

    Attributes:
        printed: as they stand there.
        folded: as they are compared.
        ends: how many words there are up to the end of each line.
    """

    printed: Sequence[str]
    folded: Sequence[str]
    ends: frozenset[int]

    def alone(self, first: int, last: int, name: Exact, written: str) -> bool:
        """Whether a name that some words are has no more to it in the words beside them.

        Args:
            written: the name without what belongs to the sentence around it.
        """
        window = " ".join(self.folded[first:last])
        begins = window.find(written)
        small = self.printed[first].islower()
        before = first == 0 or first in self.ends or begins > 0 or bool(name[0]) or name[1].startswith('"')
        if not before:
            neighbour = self.printed[first - 1]
            before = neighbour[-1] in ":;,|)" or not self.may_belong(first - 1, small)
        if last in self.ends:
            return before
        following = self.folded[last]
        if following in ADDING or short_form(form_word(following.strip("(),"))):
            return False
        closed = begins + len(written) < len(window) or bool(name[2]) or name[1].endswith('"')
        return before and (closed or not self.may_belong(last, small))

    def may_belong(self, place: int, small: bool) -> bool:
        """Whether a word may be a part of a name beside it; ``small``: the name is in small letters."""
        if self.folded[place].strip("():,.") in BESIDE_A_NAME:
            return False
        first = next((c for c in self.printed[place] if c.isalnum()), None)
        return self.folded[place] in ADDING or (first is not None and (small or not first.islower()))


def _mentioned(words: Words, name: Exact) -> bool:
    """Whether some words in a row are a name and nothing but it."""
    own, tokens = name[1].replace(" ", ""), words.folded
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
        for a in befores if name[0] else [first]:
            for b in afters if name[2] else [last]:
                if any(
                    exact(written) == name and words.alone(a, b, name, written)
                    for written in _readings(tokens[a:b])
                ):
                    return True
        found = joined.find(own, found + 1)
    return False


def _readings(window: Sequence[str]) -> tuple[str, ...]:
    """Some words, and the same without what belongs to the sentence around them; none of too many."""
    if sum(map(len, window)) > LONGEST_WINDOW:
        return ()
    written = " ".join(window)
    return written, IN_SENTENCE.sub("", written), IN_BRACKETS.sub("", written)
