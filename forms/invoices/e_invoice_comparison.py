"""What the e-invoice inside a PDF says, compared with what was typed; the rules are those of ADR 29."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from forms.findings import Finding, failed, not_checked, passed
from forms.invoices.comparison import Typed, scattered
from forms.invoices.e_invoice import EInvoice, amount_of, day_of
from forms.invoices.printed_currencies import known_codes
from forms.names import compare
from models.money import EXPONENTS
from models.typed_numbers import number_key
from words.voice import Sentence, joined

INVOICES = frozenset(("380", "751"))
"""UNTDID 1001: a commercial invoice, and the data of one for bookkeeping."""
CREDITS = frozenset(("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"))
"""UNTDID 1001: notes by which the seller owes something."""

LEAVE_OUT = Sentence("Or print the invoice into a new PDF: that leaves these data out.")

WHY_UNREAD = {
    "too_large": Sentence("An e-invoice inside the PDF is too large."),
    "malformed": Sentence("An e-invoice inside the PDF is damaged."),
    "defines_entities": Sentence(
        "An e-invoice inside the PDF has a document type definition, which no e-invoice has."
    ),
    "too_complicated": Sentence("An e-invoice inside the PDF is built or packed in no usual way."),
    "no_invoice": Sentence("An e-invoice inside the PDF is no invoice of a kind that is known here."),
    "too_many": Sentence("An e-invoice inside the PDF is one of too many."),
}

DECIDING = ("e_invoice", "e_invoice_type", "e_invoice_number", "e_invoice_amount", "e_invoice_currency")
"""What has to be right before an e-invoice may speak for pages that could not be read."""


def e_invoice_findings(typed: Typed, found: Sequence[EInvoice]) -> list[Finding]:
    """What the e-invoices in a PDF say of what was typed; nothing if there are none.

    Of several only what all of them say counts.
    """
    if not found:
        return []
    names = tuple(dict.fromkeys(one.file for one in found if one.file))
    unread = next((one for one in found if one.trouble), None)
    read = [one for one in found if not one.trouble]
    if unread is not None and unread.trouble is not None:
        why = joined(WHY_UNREAD[unread.trouble], Sentence("The reviewer compares the pages."))
        first = not_checked("e_invoice", "/file_id", why)
    elif len({one.model_copy(update={"file": ""}) for one in found}) > 1:
        why = Sentence("The PDF holds several e-invoices that differ; the reviewer looks at them.")
        first = not_checked("e_invoice", "/file_id", why)
    elif any(one.tests and one.tests[0] in ("true", "1") for one in read):
        why = Sentence("The e-invoice inside the PDF calls itself a test; the reviewer looks at it.")
        first = not_checked("e_invoice", "/file_id", why)
    else:
        why = Sentence(
            "The PDF holds an e-invoice, data for programs: they were read from it as well as from the pages."
        )
        first = passed("e_invoice", "/file_id").model_copy(update={"why": why})
    each = [[check(typed, one) for check in CHECKS] for one in read]
    return [first.model_copy(update={"found": names}), *map(agreed, zip(*each, strict=True))]


def agreed(said: tuple[Finding, ...]) -> Finding:
    """One answer for the same check of several e-invoices."""
    if len({finding.result for finding in said}) == 1:
        return said[0]
    why = Sentence("The e-invoices inside the PDF differ in this; the reviewer looks at it.")
    found = tuple(dict.fromkeys(value for finding in said for value in finding.found))
    one = next(finding for finding in said if finding.result != "passed")
    return not_checked(one.name, one.pointer, why).model_copy(
        update={"expected": one.expected, "found": found}
    )


def type_finding(_: Typed, invoice: EInvoice) -> Finding:
    """Whether it is an invoice, not a credit note."""
    name, pointer = "e_invoice_type", "/file_id"
    if invoice.credit_note or (invoice.types and set(invoice.types) <= CREDITS):
        return failed(
            name,
            pointer,
            Sentence("The e-invoice inside the PDF is a credit note."),
            joined(Sentence("Upload the invoice, or correct the type code in its data."), LEAVE_OUT),
        ).model_copy(update={"expected": "380", "found": invoice.types})
    if invoice.types and set(invoice.types) <= INVOICES:
        return passed(name, pointer).model_copy(update={"found": invoice.types})
    why = Sentence(
        "The e-invoice inside the PDF is of another kind than a usual invoice; the reviewer looks at it."
    )
    return not_checked(name, pointer, why).model_copy(update={"expected": "380", "found": invoice.types})


def number_finding(typed: Typed, invoice: EInvoice) -> Finding:
    """Whether it has the number that was typed."""
    name, pointer = "e_invoice_number", "/number"
    seen = {"expected": typed.number, "found": invoice.numbers}
    key, keys = number_key(typed.number), {number_key(number) for number in invoice.numbers}
    if keys == {key}:
        return passed(name, pointer).model_copy(update=seen)
    alike = any(scattered(typed.number, n) or scattered(n, typed.number) for n in invoice.numbers)
    if keys and key not in keys and not alike:
        return failed(
            name,
            pointer,
            Sentence("Another invoice number stands in the e-invoice inside the PDF."),
            joined(Sentence("Type it as it stands there, or correct it there."), LEAVE_OUT),
        ).model_copy(update=seen)
    why = Sentence(
        "The number in the e-invoice inside the PDF is missing, or only resembles this one; the reviewer looks at it."
    )
    return not_checked(name, pointer, why).model_copy(update=seen)


def amount_finding(typed: Typed, invoice: EInvoice) -> Finding:
    """Whether it asks for the amount that is owed, with all taxes."""
    name, pointer = "e_invoice_amount", "/amount"
    owed = Decimal(typed.amount.amount).scaleb(-EXPONENTS.get(typed.amount.currency, 2))
    due, grand, net = (amounts(field, invoice) for field in (invoice.due, invoice.grand, invoice.net))
    claimed = due or grand
    currency = invoice.currencies[0] if len(invoice.currencies) == 1 else ""
    totals = dict.fromkeys((*due, *grand, *net))
    seen = {
        "expected": str(typed.amount),
        "found": tuple(f"{currency} {total:f}".strip() for total in totals),
    }
    unread = any(amount_of(one) is None for one in (*invoice.due, *invoice.grand))
    if claimed == [owed] and not unread:
        return passed(name, pointer).model_copy(update=seen)
    if not claimed or unread:
        why = Sentence(
            "The e-invoice inside the PDF has no amount that could be read; the reviewer looks at it."
        )
        return not_checked(name, pointer, why).model_copy(update=seen)
    if owed in totals:
        why = Sentence(
            "The e-invoice inside the PDF has this amount, but asks for another one, with tax or what was paid before; "
            "the reviewer looks at it."
        )
        return not_checked(name, pointer, why).model_copy(update=seen)
    return failed(
        name,
        pointer,
        Sentence("Another amount stands in the e-invoice inside the PDF."),
        joined(
            Sentence(
                "The invoice must be for exactly the selected total: correct it, or upload the right file."
            ),
            LEAVE_OUT,
        ),
    ).model_copy(update=seen)


def amounts(written: Iterable[str], invoice: EInvoice) -> list[Decimal]:
    """The different amounts of a field, without those in the currency of the taxes' accounts."""
    found = (amount_of(one) for one in written)
    said = {code.upper() for code in invoice.currencies}
    kept = (one[0] for one in found if one and (one[1] is None or not said or one[1] in said))
    return list(dict.fromkeys(kept))


def currency_finding(typed: Typed, invoice: EInvoice) -> Finding:
    """Whether it is in the currency of the statements."""
    name, pointer = "e_invoice_currency", "/amount/currency"
    seen = {"expected": typed.amount.currency, "found": invoice.currencies}
    said = {code.upper() for code in invoice.currencies}
    if said == {typed.amount.currency}:
        return passed(name, pointer).model_copy(update=seen)
    if len(said) == 1 and said <= known_codes():
        return failed(
            name,
            pointer,
            Sentence("The e-invoice inside the PDF is in another currency."),
            joined(
                Sentence("Invoices are in the currency of the statements; correct it and upload it again."),
                LEAVE_OUT,
            ),
        ).model_copy(update=seen)
    why = Sentence(
        "The currency of the e-invoice inside the PDF could not be read; the reviewer looks at it."
    )
    return not_checked(name, pointer, why).model_copy(update=seen)


def date_finding(typed: Typed, invoice: EInvoice) -> Finding:
    """Whether it was issued on the day that was typed; a day is typed wrongly too easily to refuse it."""
    name, pointer = "e_invoice_date", "/date"
    days = {day_of(one) for one in invoice.dates}
    seen = {
        "expected": typed.dated.isoformat(),
        "found": tuple(d.isoformat() if (d := day_of(one)) else one for one in invoice.dates),
    }
    if days == {typed.dated}:
        return passed(name, pointer).model_copy(update=seen)
    why = Sentence("The e-invoice inside the PDF does not have this date; the reviewer looks at it.")
    return not_checked(name, pointer, why).model_copy(update=seen)


def seller_finding(typed: Typed, invoice: EInvoice) -> Finding:
    """Whether it was written in a name of the business; names are never refused by what a program compares."""
    name, pointer = "e_invoice_seller", "/name"
    seen = {"expected": typed.names[0] if typed.names else None, "found": invoice.sellers}
    same = ("same", "differs_in_form")
    if any(compare(own, seller).likeness in same for own in typed.names for seller in invoice.sellers):
        return passed(name, pointer).model_copy(update=seen)
    why = Sentence(
        "The seller's name in the e-invoice inside the PDF is not the one on the contract; the reviewer looks at it."
    )
    return not_checked(name, pointer, why).model_copy(update=seen)


Check = Callable[[Typed, EInvoice], Finding]

CHECKS: Sequence[Check] = (
    type_finding,
    number_finding,
    amount_finding,
    currency_finding,
    date_finding,
    seller_finding,
)
