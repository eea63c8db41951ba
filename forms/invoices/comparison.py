"""What an invoice's PDF says, compared with what was typed about it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forms.findings import Finding, failed, not_checked, passed
from forms.invoices.labelled_amounts import beside_amount_labels, beside_payable_labels
from forms.invoices.printed_amounts import amounts_in, as_ascii
from forms.invoices.printed_currencies import is_named, others_named
from forms.names import mentions
from models.money import EXPONENTS, Money
from models.typed_numbers import folded, number_key
from words.voice import Sentence

MOST_SHOWN = 8
NUMBER_LABEL = re.compile(
    r"(?:invoice|rechnung|facture|factura|fattura)s?(?:nummer)?\s*(?:number|no\.?|nr\.?|n[°º]|#|id)?\s*[:#]?\s*"
    r"([A-Z0-9][A-Z0-9./_-]{1,63})",
    re.IGNORECASE,
)
CERTAIN_NUMBER_LABEL = re.compile(
    r"(?:invoice|rechnungs?|facture|factura|fattura)\s*-?\s*(?:number|nummer|no\.?|nr\.?|n[°º]|#|№)\s*[:#]?\s*"
    r"(?=[A-Z./_-]*\d)([A-Z0-9][A-Z0-9./_-]{0,63})",
    re.IGNORECASE,
)
"""What says of a word that it is an invoice's number, and nothing else."""
NO_CLAIM = re.compile(
    r"^\W*(?:credit\s+(?:note|memo|invoice)|gutschrift|storno(?:rechnung)?|rechnungskorrektur|facture\s+d.avoir"
    r"|avoir(?=\s*(?:n|du|:|\d|$))|nota\s+d[ei]\s+cr[eé]dito|credit(?:nota|factuur)|kredit(?:nota|faktura)|faktura\s+koryguj"
    r"|кредит-нота|红字|贷项|pro[ -]?forma|quotation|quote|angebot|devis|presupuesto)(?!\w)",
    re.IGNORECASE | re.MULTILINE,
)
"""A title of what is no invoice: credit notes, drafts, offers."""
SIGNS_OF_CREDIT = re.compile(r"[-()]|\bCR\b", re.IGNORECASE)
BETWEEN = r"[\W_]{0,5}"
LETTER = r"[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
GLUED_BEFORE = rf"(?<!{LETTER})(?<!{LETTER}[-/._])"
GLUED_AFTER = rf"(?!{LETTER})(?![-/._]{LETTER})"
"""No part of a longer number; scripts that are written without spaces may stand right beside it."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

WHY_UNREAD = {
    "not_a_pdf": (Sentence("The file is no PDF."), Sentence("Save the invoice as a PDF.")),
    "encrypted": (Sentence("The PDF has a password."), Sentence("Remove the password first.")),
    "too_large": (Sentence("The PDF is larger than 10 MB."), Sentence("Save it in a smaller size.")),
    "too_many_pages": (
        Sentence("The PDF has more than 50 pages."),
        Sentence("Upload the invoice only, without its annexes."),
    ),
    "no_pages": (Sentence("The PDF has no pages."), Sentence("Save the invoice as a PDF again.")),
    "unreadable": (Sentence("The PDF is damaged."), Sentence("Print the invoice into a new PDF.")),
}

UNJUDGED = {
    "unfinished": Sentence(
        "The PDF could not be read in the time there is for it. The reviewer compares it."
    ),
    "too_complicated": Sentence(
        "The PDF could not be read: it is too complicated for that. The reviewer compares it."
    ),
}
"""What says nothing of an invoice but that a person has to look at it."""


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
    if trouble in UNJUDGED:
        return [not_checked("pdf", "/file_id", UNJUDGED[trouble])]
    if trouble is not None:
        return [failed("pdf", "/file_id", *WHY_UNREAD.get(trouble, WHY_UNREAD["unreadable"]))]
    if not text.strip():
        why = Sentence(
            "The PDF could not be read: it has no text, as a scan has none. The reviewer compares it."
        )
        return [not_checked("pdf", "/file_id", why)]
    plain = unicodedata.normalize("NFKC", text)
    return [
        passed("pdf", "/file_id"),
        number_finding(typed.number, plain),
        amount_finding(typed.amount, plain),
        currency_finding(typed.amount.currency, plain),
        date_finding(typed.dated, plain),
        name_on_paper(typed.names, plain),
        *doubts(typed, plain),
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
            Sentence("Another invoice number stands on the PDF."),
            Sentence("Type it as it stands on the PDF, or upload the right file."),
        ).model_copy(update={"expected": number, "found": shown})
    why = Sentence("The invoice number could not be read on the PDF; the reviewer looks at it.")
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
            Sentence("Another amount stands on the PDF."),
            Sentence(
                "The invoice must be for exactly the selected total: correct it, or upload the right file."
            ),
        ).model_copy(update=seen)
    why = Sentence("The amount could not be read on the PDF; the reviewer looks at it.")
    return not_checked(name, pointer, why).model_copy(update=seen)


def contradicted(minor: int, exponent: int, text: str) -> bool:
    """Whether an amount stands beside its label, and the one that is looked for nowhere, not even torn apart."""
    plain = as_ascii(text)
    if str(minor) in "".join(sign for sign in plain if sign in "0123456789"):
        return False
    return bool(beside_amount_labels(text, exponent))


def doubts(typed: Typed, text: str) -> list[Finding]:
    """What a person should look at although all that is looked for may stand in the text."""
    found = []
    exponent = EXPONENTS.get(typed.amount.currency, 2)
    amount = typed.amount.amount
    standing = amounts_in(text, exponent)
    below_zero = amount not in standing and amount in amounts_in(
        SIGNS_OF_CREDIT.sub(" ", as_ascii(text)), exponent
    )
    if below_zero or NO_CLAIM.search(text):
        why = Sentence(
            "The PDF may be a credit note, a draft or an offer, which claims nothing; the reviewer looks at it."
        )
        found.append(not_checked("kind_on_pdf", "/file_id", why))
    payable = beside_payable_labels(text, exponent)
    if amount in standing and payable and not any(amount in one for one in payable):
        why = Sentence(
            "The amount stands on the PDF, but beside another one as what is to be paid; the reviewer looks at it."
        )
        found.append(not_checked("other_total_on_pdf", "/amount", why))
    numbers = {number_key(number) for number in CERTAIN_NUMBER_LABEL.findall(text)}
    others = {n for n in numbers if not scattered(typed.number, n) and not scattered(n, typed.number)}
    if number_key(typed.number) in numbers and others:
        why = Sentence(
            "The PDF has more than one invoice number, as when several invoices are in it; the reviewer looks at it."
        )
        found.append(not_checked("other_number_on_pdf", "/number", why))
    return found


def currency_finding(currency: str, text: str) -> Finding:
    """Whether the text speaks of the invoice's currency, or only of another one."""
    name, pointer = "currency_on_pdf", "/amount/currency"
    if is_named(currency, text):
        return passed(name, pointer)
    if named := others_named(text):
        return failed(
            name,
            pointer,
            Sentence("The PDF is in another currency."),
            Sentence("Invoices are in the currency of the statements; correct it and upload it again."),
        ).model_copy(update={"expected": currency, "found": named[:MOST_SHOWN]})
    return not_checked(
        name, pointer, Sentence("The PDF names no currency that is known here; the reviewer looks at it.")
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
    return not_checked(
        name, pointer, Sentence("The date was not found on the PDF; the reviewer looks at it.")
    )


def name_on_paper(names: Sequence[str], text: str) -> Finding:
    """Whether one of the names stands in the text."""
    name, pointer = "name_on_pdf", "/name"
    if not names:
        return not_checked(name, pointer, Sentence("The verified name is not known now."))
    if mentions(text, names):
        return passed(name, pointer)
    why = Sentence("The name on the contract was not found on the PDF; the reviewer looks at it.")
    return not_checked(name, pointer, why).model_copy(update={"expected": names[0]})
