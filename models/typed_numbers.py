"""Numbers that people type from paper: invoice numbers, references; as printed, compared however they are written."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from models.texts.sentences import Sentence

UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"))
"""Categories of characters that nobody can see or type: controls, direction marks, joiners, and what is no character."""

BLANK = frozenset(
    map(
        chr,
        (
            0x034F,
            *(0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
            *(0x180B, 0x180C, 0x180D, 0x180F, 0x2800),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
"""Letters, signs and marks that are drawn as nothing: fillers and selectors of variants."""

OTHER_DASHES = frozenset("\u2212\u2043")
"""Dashes that Unicode does not count among them: the minus sign and the bullet of a list."""


def unseen(letter: str) -> bool:
    """Whether a character cannot be seen, so that two numbers that look the same would differ in it."""
    return unicodedata.category(letter) in UNSEEN or letter in BLANK


def folded(text: str) -> str:
    """A text in one width, case, kind of dash and kind of digits, without what cannot be seen; spaces stay."""
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(_folded_letter(c) for c in plain if c.isspace() or not unseen(c))
    return unicodedata.normalize("NFKC", kept.casefold())


def number_key(number: str) -> str:
    """A number as it is compared: folded, without spaces (2026-1-12 is not 2026-11-2)."""
    return "".join(folded(number).split())


def dash_folded(letter: str) -> str:
    """A character, or the plain hyphen for any kind of dash."""
    return "-" if unicodedata.category(letter) == "Pd" or letter in OTHER_DASHES else letter


def _folded_letter(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else dash_folded(letter)


def as_typed(number: str) -> str:
    """A number without what cannot be seen, and not of signs alone; raises ValueError saying what to do."""
    if any(map(unseen, number)):
        raise ValueError(
            Sentence("Type it by hand, in one line: it holds a character that cannot be seen, from copying.")
        )
    if not any(map(str.isalnum, number)):
        raise ValueError(Sentence("Type it as it stands on the paper: it has at least one letter or digit."))
    return number


InvoiceNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(as_typed),
    Field(
        description="as it stands on the invoice: letters and digits of any script, signs and spaces, in one line"
    ),
]
"""The number of an invoice as its writer gave it."""

Reference = Annotated[
    str,
    StringConstraints(min_length=3, max_length=120),
    AfterValidator(as_typed),
    Field(description="as it stands there: letters and digits of any script, signs and spaces, in one line"),
]
"""The number of a case, a statement or a transfer, as somebody else gave it."""
