"""Names of businesses: what is proven to be the same name passes by itself, what may be is for a person.

Proven are case, width and compatibility forms (NFKC), spacing, and how a legal form is written at either end.
Accents, other marks, signs, dots and invisible characters tell businesses apart, so a person looks at them.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern="^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
    ),
]
"""A name of one line."""

Likeness = Literal["same", "differs_in_form", "resembles", "differs"]

LEGAL_FORMS: dict[str, str] = {
    "limited": "ltd",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "limited liability company": "llc",
    "public limited company": "plc",
    "limited liability partnership": "llp",
    "gesellschaft mit beschrankter haftung": "gmbh",
    "gesellschaft mit beschraenkter haftung": "gmbh",
    "unternehmergesellschaft": "ug",
    "aktiengesellschaft": "ag",
    "kommanditgesellschaft": "kg",
    "societe anonyme": "sa",
    "sociedad anonima": "sa",
    "societe a responsabilite limitee": "sarl",
    "societe par actions simplifiee": "sas",
    "sociedad limitada": "sl",
    "societa per azioni": "spa",
    "societa a responsabilita limitata": "srl",
    "besloten vennootschap": "bv",
    "naamloze vennootschap": "nv",
    "proprietary": "pty",
    "private": "pte",
    "aktiebolag": "ab",
    "osakeyhtio": "oy",
    "sp z o o": "spzoo",
    "spolka z ograniczona odpowiedzialnoscia": "spzoo",
    "kabushiki kaisha": "kk",
    "株式会社": "kk",
    "(株)": "kk",
}
"""Long and local ways to write a legal form, and the short one that stands for all of them."""

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
JOINED = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "œ": "oe", "ı": "i"})
SHORT_FORMS = frozenset(
    word for short in LEGAL_FORMS.values() for word in short.split() if word.isascii()
) | {
    "gbr",
    "ohg",
    "se",
    "lp",
    "pc",
    "ek",
    "oyj",
    "as",
    "asa",
    "aps",
    "doo",
    "kft",
    "sro",
    "pvt",
    "bhd",
    "sdn",
}
"""Legal forms that are written shortly already."""
GLUED_FORMS = {
    "株式会社": "kk",
    "(株)": "kk",
    "有限会社": "yk",
    "(有)": "yk",
    "合同会社": "gk",
    "주식회사": "jusik",
    "(주)": "jusik",
}
"""Legal forms that stand before or after a name without a space."""
MOST_WORDS_OF_A_FORM = 4
LONGEST_FORMS_FIRST = sorted(LEGAL_FORMS, key=len, reverse=True)


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


def exact(name: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
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


def form_at_end(tokens: Sequence[str]) -> tuple[int, str] | None:
    """How many of the last words are a legal form, and its short form; never the whole name."""
    for length in range(min(MOST_WORDS_OF_A_FORM, len(tokens) - 1), 0, -1):
        last = tokens[-length:]
        plain = " ".join(form_word(token) for token in last)
        if plain in LEGAL_FORMS or plain in SHORT_FORMS:
            return length, LEGAL_FORMS.get(plain, plain)
        if plain in ("& co", "and co", "& company", "and company"):
            return length, "and co"
        initials = "".join(form_word(token) for token in last)
        if all(re.fullmatch(r"\w\.", token) for token in last) and initials in SHORT_FORMS:
            return length, initials
    return None


def form_word(token: str) -> str:
    """A word as legal forms are listed: without accents, dots between single letters and the last dot."""
    plain = without_marks(token)
    if re.fullmatch(r"(?:\w\.)+\w?", plain):
        return plain.replace(".", "")
    return plain.removesuffix(".")


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


def without_marks(text: str) -> str:
    """A text without accents and the like; scripts whose marks are letters keep them."""
    decomposed = unicodedata.normalize("NFD", text)
    kept = (c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", "".join(kept))


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether a text contains one of some names, however it is written and broken into lines."""
    where = f" {' '.join(words(text))} "
    joined = where.replace(" ", "")
    return any(f" {' '.join(words(name))} " in where or "".join(words(name)) in joined for name in names)
