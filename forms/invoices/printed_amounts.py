"""Amounts as they are printed, whichever country's way it is; which ways there are is known from CLDR, by the tests."""

import re
import unicodedata

MOST_GROUPS = 5
"""So many groups of digits, apart by spaces, may be one number."""
LONGEST_NUMBER = 30
LARGEST = 2**53

MARKS = re.compile(r"[\u061c\u200b-\u200f\u2060-\u2064\ufeff\u00ad]")
"""Characters that nobody sees, which direct the writing or the breaking of lines."""
SPACES = re.compile(r"[^\S\n]")
APOSTROPHES = re.compile(r"[’‘ʼʹ′`´＇]")
DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
ARABIC = str.maketrans("٫٬،⹁", ".,,,")

NUMBERS = re.compile(
    r"(?<![\d.,])(?<!\w[-/_])(?:(?<=\b[A-Z]{3})|(?<![A-Za-z_]))"
    r"\d(?:[\d.,' ]*\d)?"
    r"(?!\d)(?:(?=[A-Z]{3}\b)|(?=[A-Z]{1,3}\$)|(?![A-Za-z_]))"
)
"""Numbers that may be amounts: not the digits of ``INV-200``, ``a0b`` or a date, but those of ``USD200`` are."""

GROUPED = re.compile(
    r"\d{1,3}(?:(?P<a>[.,' ])\d{3})(?:(?P=a)\d{3})*|\d{1,2}(?:(?P<b>[., ])\d{2})+(?P=b)\d{3}|\d+"
)
"""Digits in groups of three, or as in India in one of three and others of two, or not in groups."""

TORN = re.compile(r" ?([.,]) ?")
"""A point or comma that a PDF's text layer has set apart from its digits."""

FRACTION = re.compile(r"(?P<whole>.+)(?P<point>[.,])(?P<fraction>\d+)")

CURRENCY = r"(?:[A-Z]{3}|[A-Z]{0,3}[^\w\s.,'()-])"
MINUS_BEFORE = re.compile(rf"(?<![\w-])-(?:{CURRENCY} ?)?$|[^\w\s.,'()-]- $")
OPENED = re.compile(rf"\( ?(?:{CURRENCY} ?)?$")
MINUS_AFTER = re.compile(r"-(?![\w-])|(?: ?\(?CR\b)", re.IGNORECASE)
CLOSED = re.compile(rf" ?(?:{CURRENCY} ?)?\)")


def amounts_in(text: str, exponent: int) -> set[int]:
    """All amounts of a text as minor units: ``1,204.50``, ``1.204,5`` and ``1 204,50`` are 120450.

    What is below zero is not among them: it is no claim, but a credit.
    """
    plain, found = as_ascii(text), set[int]()
    for number in NUMBERS.finditer(plain):
        parts = number[0].split(" ")
        credit_first, credit_last = signs_of(plain, number.start(), number.end())
        for first in range(len(parts)):
            for last in range(first, min(first + MOST_GROUPS, len(parts))):
                if (credit_first and first == 0) or (credit_last and last == len(parts) - 1):
                    continue
                printed = " ".join(parts[first : last + 1]).strip(".,'")
                found |= minor_units(printed, exponent) | minor_units(TORN.sub(r"\1", printed), exponent)
    return found


def as_ascii(text: str) -> str:
    """A text with the digits, spaces, apostrophes, points and dashes of all scripts as ASCII has them."""
    plain = MARKS.sub("", text.translate(ARABIC))
    for kind, sign in ((SPACES, " "), (APOSTROPHES, "'"), (DASHES, "-")):
        plain = kind.sub(sign, plain)
    if plain.isascii():
        return plain
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)


def signs_of(plain: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether something before a number, and something after it, makes it less than zero."""
    before, after = plain[max(0, start - 8) : start], plain[end : end + 8]
    if OPENED.search(before) and CLOSED.match(after):
        return True, True
    return bool(MINUS_BEFORE.search(before)), bool(MINUS_AFTER.match(after))


def minor_units(token: str, exponent: int) -> set[int]:
    """What a printed number may stand for, in minor units; nothing when it is printed as no amount is."""
    if len(token) > LONGEST_NUMBER:
        return set()
    found = set()
    if GROUPED.fullmatch(token):
        found.add(int(re.sub(r"\D", "", token) + "0" * exponent))
    parts = FRACTION.fullmatch(token)
    if parts and parts["point"] not in parts["whole"] and GROUPED.fullmatch(parts["whole"]):
        fraction = parts["fraction"]
        if len(fraction) <= max(exponent, 2) and not fraction[exponent:].strip("0"):
            whole = re.sub(r"\D", "", parts["whole"])
            found.add(int(whole + fraction[:exponent].ljust(exponent, "0")))
    return {value for value in found if value <= LARGEST}
