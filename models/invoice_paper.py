"""What an invoice's PDF says, compared with what was typed about it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.findings import Finding, failed, not_checked, passed
from models.money import EXPONENTS, Money
from models.names import mentions
from models.typed_numbers import folded, number_key

MOST_SHOWN = 8
MOST_GROUPS = 4
"""So many groups of digits, apart by spaces, may be one number."""
LONGEST_NUMBER = 30

NUMBERS = re.compile(
    r"(?<![\d.,])(?<!\w[-/_])(?:(?<=\b[A-Z]{3})|(?<![A-Za-z_]))"
    r"\d(?:[\d.,'’ ]*\d)?"
    r"(?!\d)(?:(?=[A-Z]{3}\b)|(?![A-Za-z_]))"
)
"""Numbers that may be amounts: not the digits of ``INV-200``, ``a0b`` or a date, but those of ``USD200`` are."""
NUMBER_LABEL = re.compile(
    r"(?:invoice|rechnung|facture|factura|fattura)s?(?:nummer)?\s*(?:number|no\.?|nr\.?|n[°º]|#|id)?\s*[:#]?\s*"
    r"([A-Z0-9][A-Z0-9./_-]{1,63})",
    re.IGNORECASE,
)
AMOUNT_LABEL = re.compile(
    r"(?:total|amount|balance|sum(?:me|a)?\b|betrag|gesamt|montant|importe|totale|zahlbar|合計|总计|金额|請求|합계|итого|сумма)"
    r"[^\d\n]{0,40}\n?[^\d\n]{0,12}(\d[\d.,'’ ]{0,30})",
    re.IGNORECASE,
)
"""An amount beside what says that it is one."""
LONGEST_LABELLED = 32
BETWEEN = r"[\W_]{0,5}"
LETTER = r"[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
GLUED_BEFORE = rf"(?<!{LETTER})(?<!{LETTER}[-/._])"
GLUED_AFTER = rf"(?!{LETTER})(?![-/._]{LETTER})"
"""No part of a longer number; scripts that are written without spaces may stand right beside it."""
CURRENCIES = {"USD": ("USD", "US$", "$"), "EUR": ("EUR", "€"), "GBP": ("GBP", "£"), "JPY": ("JPY", "¥", "円")}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

WHY_UNREAD = {
    "not_a_pdf": ("The file is no PDF.", "Save the invoice as a PDF."),
    "encrypted": ("The PDF has a password.", "Remove the password first."),
    "too_large": ("The PDF is larger than 10 MB.", "Save it in a smaller size."),
    "too_many_pages": ("The PDF has more than 50 pages.", "Upload the invoice only, without its annexes."),
    "no_pages": ("The PDF has no pages.", "Save the invoice as a PDF again."),
    "too_complicated": ("The PDF is too complicated to be read.", "Print the invoice into a new PDF."),
    "unreadable": ("The PDF is damaged.", "Print the invoice into a new PDF."),
}


@dataclass(frozen=True)
class Typed:
    """What was typed about an invoice.

    Attributes:
        names: the names of the business that may stand on it.
    """

    number: str
    dated: date
    amount: Money
    names: Sequence[str] = ()


def paper_findings(typed: Typed, text: str, trouble: str | None) -> list[Finding]:
    """What a PDF's text says of what was typed; ``trouble`` is why there is no text to look at."""
    if trouble == "unfinished":
        why = "The PDF could not be read in the time there is for it. The reviewer compares it."
        return [not_checked("pdf", "/file_id", why)]
    if trouble is not None:
        return [failed("pdf", "/file_id", *WHY_UNREAD.get(trouble, WHY_UNREAD["unreadable"]))]
    if not text.strip():
        why = "The PDF could not be read: it has no text, as a scan has none. The reviewer compares it."
        return [not_checked("pdf", "/file_id", why)]
    plain = unicodedata.normalize("NFKC", text)
    return [
        passed("pdf", "/file_id"),
        number_finding(typed.number, plain),
        amount_finding(typed.amount, plain),
        currency_finding(typed.amount.currency, plain),
        date_finding(typed.dated, plain),
        name_on_paper(typed.names, plain),
    ]


def number_finding(number: str, text: str) -> Finding:
    """Whether the invoice number stands in the text."""
    key = number_key(number)
    before = GLUED_BEFORE if key[0].isalnum() else ""
    after = GLUED_AFTER if key[-1].isalnum() else ""
    there = re.search(before + r"\s*".join(map(re.escape, key)) + after, folded(text))
    candidates = (found for found in NUMBER_LABEL.findall(text) if any(c.isdigit() for c in found))
    shown = tuple(dict.fromkeys(candidates))[:MOST_SHOWN]
    name, pointer = "invoice_number_on_pdf", "/number"
    if there:
        return passed(name, pointer).model_copy(update={"expected": number, "found": (number,)})
    if shown and not scattered(number, text):
        return failed(
            name,
            pointer,
            "Another invoice number stands on the PDF.",
            "Type it as it stands on the PDF, or upload the right file.",
        ).model_copy(update={"expected": number, "found": shown})
    why = "The invoice number could not be read on the PDF; the reviewer looks at it."
    return not_checked(name, pointer, why).model_copy(update={"expected": number, "found": shown})


def scattered(value: str, text: str) -> bool:
    """Whether a value's letters and digits stand in the text one after the other, whatever is between and around them.

    A PDF's text layer may tear a word apart or glue it to its neighbours, which contradicts nothing.
    """
    letters = [re.escape(letter) for letter in number_key(value) if letter.isalnum()]
    pattern = r"(?<!\d)" + BETWEEN.join(letters) + r"(?!\d)"
    return bool(letters) and re.search(pattern, folded(text)) is not None


def amount_finding(amount: Money, text: str) -> Finding:
    """Whether the amount stands in the text, however its digits are grouped."""
    exponent = EXPONENTS.get(amount.currency, 2)
    found = amounts_in(text, exponent)
    name, pointer = "amount_on_pdf", "/amount"
    if amount.amount in found:
        return passed(name, pointer).model_copy(update={"expected": str(amount), "found": (str(amount),)})
    largest = sorted(found, reverse=True)[:MOST_SHOWN]
    seen = {
        "expected": str(amount),
        "found": tuple(str(Money(amount=a, currency=amount.currency)) for a in largest),
    }
    if contradicted(amount.amount, exponent, text):
        return failed(
            name,
            pointer,
            "Another amount stands on the PDF.",
            "The invoice must be for exactly the selected total: correct it, or upload the right file.",
        ).model_copy(update=seen)
    why = "The amount could not be read on the PDF; the reviewer looks at it."
    return not_checked(name, pointer, why).model_copy(update=seen)


def contradicted(minor: int, exponent: int, text: str) -> bool:
    """Whether an amount stands beside its label, and the one that is looked for nowhere, not even torn apart."""
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdigit())
    if str(minor) in digits:
        return False
    return any(amounts_in(found[-LONGEST_LABELLED:], exponent) for found in AMOUNT_LABEL.findall(text))


def amounts_in(text: str, exponent: int) -> set[int]:
    """All numbers of a text as minor units: ``1,204.50``, ``1.204,50`` and ``1 204,50`` are 120450."""
    found = set()
    for token in NUMBERS.findall(re.sub(r"[\u00a0\u202f\u2009]", " ", text)):
        parts = token.split(" ")
        spans = ((i, i + length) for i in range(len(parts)) for length in range(1, MOST_GROUPS + 1))
        values = (minor_units(" ".join(parts[a:b]).strip(".,'’"), exponent) for a, b in spans)
        found |= {value for value in values if value is not None and value <= 2**53}
    return found


def minor_units(token: str, exponent: int) -> int | None:
    """A printed number as minor units; ``None`` when it is printed as no amount is."""
    if len(token) > LONGEST_NUMBER:
        return None
    fraction = re.search(r"([.,])(\d*)$", token)
    if fraction is not None and len(fraction[2]) == exponent:
        whole = token[: fraction.start()]
        if exponent and re.fullmatch(r"\d{1,3}(?:[.,'’ ]?\d{3})*", whole) and fraction[1] not in whole:
            return int(re.sub(r"\D", "", token))
        return None
    if re.fullmatch(r"\d+|\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*", token):
        return int(re.sub(r"\D", "", token) + "0" * exponent)
    return None


def currency_finding(currency: str, text: str) -> Finding:
    """Whether the text speaks of the invoice's currency, or only of another one."""
    name, pointer = "currency_on_pdf", "/amount/currency"
    named = [code for code, signs in CURRENCIES.items() if any(sign in text for sign in signs)]
    if currency in named:
        return passed(name, pointer)
    if named:
        return failed(
            name,
            pointer,
            "The PDF is in another currency.",
            "Invoices are in the currency of the statements; correct it and upload it again.",
        ).model_copy(update={"expected": currency, "found": tuple(named)})
    return not_checked(
        name, pointer, "The PDF names no currency that is known here; the reviewer looks at it."
    )


def date_finding(day: date, text: str) -> Finding:
    """Whether the date stands in the text, in one of the usual forms."""
    name, pointer = "date_on_pdf", "/date"
    y, m, d = day.year, day.month, day.day
    month = rf"{MONTHS[m - 1]}[a-z]*\.?"
    forms = (
        rf"{y}\s*[-./年]\s*0?{m}\s*[-./月]\s*0?{d}",
        rf"0?{d}\s*[-./]\s*0?{m}\s*[-./]\s*{y}",
        rf"0?{m}\s*[-./]\s*0?{d}\s*[-./]\s*{y}",
        rf"0?{d}(?:st|nd|rd|th|\.)?\s+{month}\s*,?\s*{y}",
        rf"{month}\s+0?{d}(?:st|nd|rd|th)?\s*,?\s*{y}",
    )
    if any(re.search(rf"(?<!\d){form}(?!\d)", text, re.IGNORECASE) for form in forms):
        return passed(name, pointer)
    return not_checked(name, pointer, "The date was not found on the PDF; the reviewer looks at it.")


def name_on_paper(names: Sequence[str], text: str) -> Finding:
    """Whether one of the names stands in the text."""
    name, pointer = "name_on_pdf", "/name"
    if not names:
        return not_checked(name, pointer, "The verified name is not known now.")
    if mentions(text, names):
        return passed(name, pointer)
    why = "The name on the contract was not found on the PDF; the reviewer looks at it."
    return not_checked(name, pointer, why).model_copy(update={"expected": names[0]})
