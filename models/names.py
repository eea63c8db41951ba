"""Names of businesses, compared as people compare them: spelling counts, the form of writing does not."""

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

Likeness = Literal["same", "differs_in_form", "differs"]

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
    """How two names relate: the same, differing only in how they are written, or different."""
    if unicodedata.normalize("NFC", first).strip() == unicodedata.normalize("NFC", second).strip():
        return Comparison("same")
    one, other = words(first), words(second)
    if one and not spellings(first).isdisjoint(spellings(second)):
        return Comparison("differs_in_form")
    return Comparison(
        "differs",
        tuple(word for word in one if word not in other),
        tuple(word for word in other if word not in one),
    )


def closest(names: Sequence[str], other: str) -> tuple[str, Comparison]:
    """Which of some names (at least one) another name is closest to, and how they relate."""
    order = ("same", "differs_in_form", "differs")

    def distance(found: tuple[str, Comparison]) -> tuple[int, int]:
        comparison = found[1]
        return order.index(comparison.likeness), len(comparison.only_first) + len(comparison.only_second)

    return min(((name, compare(name, other)) for name in names), key=distance)


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
    spaced = " ".join(re.sub(r"[\W_]+", " ", plain).split())
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
