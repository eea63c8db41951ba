"""What bank accounts go by: the kinds of numbers, what each looks like, and how its check digits are looked at."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from stdnum.exceptions import ValidationError

NumberField = Literal[
    "iban",
    "account_number",
    "routing_number",
    "swift_bic",
    "bank_code",
    "branch_code",
    "account_type",
    "ifsc",
    "bsb",
    "sort_code",
    "cnaps",
    "clabe",
    "cbu",
    "holder_tax_number",
]
"""The fields of a bank account that some countries ask for."""

Route = tuple[NumberField, ...]
"""Numbers that together lead to an account."""

NUMBER_FIELDS: tuple[NumberField, ...] = get_args(NumberField)

LABELS: Mapping[NumberField, str] = {
    "iban": "IBAN",
    "account_number": "account number",
    "routing_number": "routing number",
    "swift_bic": "SWIFT/BIC",
    "bank_code": "bank code",
    "branch_code": "branch code",
    "account_type": "type of account",
    "ifsc": "IFSC",
    "bsb": "BSB",
    "sort_code": "sort code",
    "cnaps": "CNAPS code",
    "clabe": "CLABE",
    "cbu": "CBU",
    "holder_tax_number": "tax number of the account holder",
}
"""What the numbers are called where a country has no word of its own for them."""

ALWAYS_TAKEN: Route = ("account_number", "iban", "swift_bic")
"""Numbers that are given beside others everywhere, and do no harm."""


@dataclass(frozen=True)
class Shape:
    """What a number of a country looks like.

    Attributes:
        label: what banks there call it.
        pattern: what it is without spaces and dashes, as a regular expression.
        words: the same in words.
        valid: whether its check digits can be right.
        certain: what does not fit cannot be right.
    """

    label: str
    pattern: str
    words: str
    valid: Callable[[str], bool] | None = None
    certain: bool = True

    def fits(self, number: str) -> bool:
        """Whether a number can be right."""
        return re.fullmatch(self.pattern, number) is not None and (self.valid is None or self.valid(number))


@dataclass(frozen=True)
class BankCountry:
    """How accounts of a country are paid to.

    Attributes:
        routes: the ways, the usual one first; one of them must be complete.
        shapes: what is known of its numbers.
    """

    routes: tuple[Route, ...]
    shapes: Mapping[NumberField, Shape]

    @property
    def fields(self) -> Route:
        """All numbers that are asked for, those of the usual way first."""
        return tuple(dict.fromkeys(field for route in self.routes for field in route))

    @property
    def needed(self) -> frozenset[str]:
        """The numbers without which no way is complete."""
        return frozenset.intersection(*(frozenset(route) for route in self.routes))


def taken_by(*modules: object) -> Callable[[str], bool]:
    """Whether one of some modules of python-stdnum takes a number."""

    def valid(number: str) -> bool:
        for module in modules:
            try:
                module.validate(number)  # type: ignore[attr-defined]
            except ValidationError:
                continue
            return True
        return False

    return valid


def clabe_valid(number: str) -> bool:
    """Whether the last digit of a CLABE checks the others: weights 3, 7, 1, each product modulo ten."""
    weighed = sum(int(digit) * weight % 10 for digit, weight in zip(number[:17], (3, 7, 1) * 6, strict=False))
    return (10 - weighed % 10) % 10 == int(number[17])


INTERNATIONAL: Route = ("account_number", "swift_bic")
BY_IBAN: Route = ("iban",)

TYPES = {"ordinary": "Ordinary", "checking": "Checking", "current": "Current", "savings": "Savings"}
"""Kinds of accounts, as the API names them, and as people read them."""


def account_types(*names: str) -> Shape:
    """The kinds of accounts that a country tells apart."""
    return Shape("type of account", "|".join(names), " or ".join(f"“{name}”" for name in names))


def digits(label: str, count: str, words: str, certain: bool = True) -> Shape:
    """A number of digits only."""
    return Shape(label, rf"[0-9]{{{count}}}", words, certain=certain)


def account_digits(count: str, words: str) -> Shape:
    """Account numbers vary among banks and times, so an unusual one is left to the bank desk."""
    return digits("account number", count, words, certain=False)
