"""What an invoice's PDF says, compared with what was typed about it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.findings import Finding, failed, not_checked, passed
from models.money import EXPONENTS, Money
from models.names import mentions
from models.printed_amounts import amounts_in, as_ascii
from models.printed_currencies import is_named, others_named
from models.typed_numbers import folded, number_key

MOST_SHOWN = 8
NUMBER_LABEL = re.compile(
    r"(?:invoice|rechnung|facture|factura|fattura)s?(?:nummer)?\s*(?:number|no\.?|nr\.?|n[°º]|#|id)?\s*[:#]?\s*"
    r"([A-Z0-9][A-Z0-9./_-]{1,63})",
    re.IGNORECASE,
)
AMOUNT_LABEL = re.compile(
    r"(?:total|amount|balance|sum(?:me|a)?\b|betrag|gesamt|montant|importe|totale|zahlbar|合計|总计|金额|請求|합계|итого|сумма)"
    r"([^\d\n]{0,40}\n?[^\d\n]{0,12}\d[\d.,' ]{0,30}(?: ?[-)]|[.,]-{1,2})?)",
    re.IGNORECASE,
)
"""An amount beside what says that it is one."""
LONGEST_LABELLED = 48
BETWEEN = r"[\W_]{0,5}"
LETTER = r"[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
GLUED_BEFORE = rf"(?<!{LETTER})(?<!{LETTER}[-/._])"
GLUED_AFTER = rf"(?!{LETTER})(?![-/._]{LETTER})"
"""No part of a longer number; scripts that are written without spaces may stand right beside it."""
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


def read_together(one: Sequence[Finding], other: Sequence[Finding]) -> list[Finding]:
    """What two readers of the same PDF say: what either found is there; only what both contradict is contradicted."""
    by_name = {finding.name: finding for finding in other}
    together = []
    for finding in one:
        both = (finding, by_name.get(finding.name, finding))
        best = next((f for f in both if f.result == "passed"), None)
        doubt = next((f for f in both if f.result != "failed"), None)
        together.append(best or doubt or finding)
    return together


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
    plain = as_ascii(text)
    if str(minor) in "".join(sign for sign in plain if sign in "0123456789"):
        return False
    return any(amounts_in(found[-LONGEST_LABELLED:], exponent) for found in AMOUNT_LABEL.findall(plain))


def currency_finding(currency: str, text: str) -> Finding:
    """Whether the text speaks of the invoice's currency, or only of another one."""
    name, pointer = "currency_on_pdf", "/amount/currency"
    if is_named(currency, text):
        return passed(name, pointer)
    if named := others_named(text):
        return failed(
            name,
            pointer,
            "The PDF is in another currency.",
            "Invoices are in the currency of the statements; correct it and upload it again.",
        ).model_copy(update={"expected": currency, "found": named[:MOST_SHOWN]})
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
