"""Amounts beside what says that they are one: which of them speak of what is to be paid."""

import re
from collections.abc import Iterator

from forms.invoices.printed_amounts import amounts_in, as_ascii
from forms.invoices.printed_currencies import IN_CHARACTERS, SYMBOL, known_codes

VALUE = r"(?P<gap>[^\d\n]{0,40}\n?[^\d\n]{0,12})(?P<number>\d[\d.,' ]{0,30}(?: ?[-)]|[.,]-{1,2})?)"

AMOUNT = re.compile(
    r"(?P<sub>\bsub[- ]?|zwischen|sous-)?"
    r"(?:total|amount|balance|sum(?:me|a)?\b|betrag|gesamt|montant|importe|totale|zahlbar|合計|总计|金额|請求|합계|итого|сумма)"
    + VALUE,
    re.IGNORECASE,
)
"""An amount beside what says that it is one."""

PAYABLE = re.compile(
    r"(?P<sub>\bsub[- ]?)?"
    r"(?:(?:total|amount|balance)\s+(?:due|payable)|grand\s+total|amount\s+to\s+pay|zahlbetrag|rechnungsbetrag"
    r"|gesamtbetrag|zu\s+zahlen|net\s+[àa]\s+payer|total\s+ttc|total\s+a\s+pagar|totale\s+da\s+pagare|te\s+betalen"
    r"|att\s+betala|do\s+zapłaty|к\s+оплате|請求金額|ご請求|应付金额|应付总额)" + VALUE,
    re.IGNORECASE,
)
"""The amount that is to be paid, beside what says so."""

TAX = re.compile(
    r"\b(?:vat|tax|tva|iva|gst|mwst|ust|moms|btw|discount|rabatt|remise|saved|paid|net|netto)\b", re.I
)
WITH_TAX = re.compile(r"\b(?:incl\w*|inkl\w*|with|plus|mit|ttc|brutto|gross|after)\b", re.I)
COUNTED = re.compile(
    r"\b(?:hours?|hrs|days?|months?|units?|qty|quantity|items?|pages?|lines?|impressions|clicks|users|downloads|rate"
    r"|stunden|tage|menge|stück|of|in\s+words)\b|\band\s*$",
    re.I,
)
COUNTED_AFTER = re.compile(
    r"\s*(?:%|/ ?\d|per ?cent|(?:hours?|hrs?|h|days?|units?|items?|pcs|kg|pages?)\b)", re.I
)
"""What says that a number counts or measures something, and is no money."""

FRACTION = re.compile(r"[.,]\d{1,2}(?!\d)")
CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
NO_FRACTION = re.compile(r"[.,] ?-{1,3}(?!\w)")
"""What stands where the fraction would, as in ``200,--``."""
NEAR = 6


def beside_amount_labels(text: str, exponent: int) -> set[int]:
    """The amounts that certainly stand beside a word for a total, in minor units."""
    return {amount for found in labelled(AMOUNT, text, exponent) for amount in found}


def beside_payable_labels(text: str, exponent: int) -> list[set[int]]:
    """What each amount that is to be paid may be, in minor units; none where it is a credit."""
    return list(labelled(PAYABLE, text, exponent))


def labelled(label: re.Pattern[str], text: str, exponent: int) -> Iterator[set[int]]:
    """The amounts beside each such label, but for those of which it is not certain that they are the total."""
    plain = as_ascii(text)
    for found in label.finditer(plain):
        gap, number = found["gap"], found["number"]
        after = plain[found.end() : found.end() + NEAR]
        if found["sub"] or (TAX.search(gap) and not WITH_TAX.search(gap)):
            continue
        if COUNTED.search(gap) or COUNTED_AFTER.match(after) or not is_money(gap, number, after):
            continue
        yield amounts_in(gap[-NEAR:] + number + after[:1], exponent)


def is_money(gap: str, number: str, after: str) -> bool:
    """Whether a number is printed as money is: with a fraction, or beside a currency."""
    if FRACTION.search(number) or NO_FRACTION.search(number):
        return True
    beside = (gap[-NEAR:], after)
    if any(SYMBOL.search(part) or any(sign in part for sign in IN_CHARACTERS.values()) for part in beside):
        return True
    return any(code in known_codes() for part in beside for code in CODE.findall(part))
