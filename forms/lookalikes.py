"""Letters of one script that look like those of another: what is written in both is for a person to compare."""

import re
import unicodedata

LOOKING_ALIKE = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"))
"""Scripts, as Unicode's names of letters begin with them, in which many letters are drawn as in another."""

DRAWN_AS_LATIN = str.maketrans(
    "АВЕЅІЈКМНОРСТУХԚԜавеѕіјкмнорстухԁһԛԝӏѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβικνορτυχՏՕհոսօ",
    "ABESIJKMHOPCTYXQWabesijkmhopctyxdhqwlvABEZHIKMNOPTYXabikvoptuxSOhnuo",
)
"""Cyrillic, Greek and Armenian letters, and the Latin ones that they are taken for."""

WORD = re.compile(r"[^\W\d_]+")


def as_latin(text: str) -> str:
    """A text as a reader of Latin letters sees it; to be compared only, never shown."""
    return unicodedata.normalize("NFKC", text).translate(DRAWN_AS_LATIN)


def mixes_scripts(text: str) -> bool:
    """Whether a word has letters of two scripts that look alike, as ``Pаypal`` with a Cyrillic ``а`` has."""
    plain = unicodedata.normalize("NFKC", text)
    return any(len(scripts_of(word)) > 1 for word in WORD.findall(plain))


def scripts_of(word: str) -> set[str]:
    """Which of the scripts that look alike a word's letters are of."""
    return {unicodedata.name(letter, "").split(" ")[0] for letter in word} & LOOKING_ALIKE
