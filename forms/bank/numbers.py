"""What bank accounts go by: the kinds of numbers, what each looks like, and how its check digits are looked at."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from stdnum import luhn
from stdnum.exceptions import ValidationError

from words.voice import Sentence

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
    "cci",
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
    "cci": "CCI",
    "holder_tax_number": "tax number of the account holder",
}
"""What the numbers are called where a country has no word of its own for them."""

ALWAYS_TAKEN: Route = ("account_number", "iban", "swift_bic")
"""Numbers that are given beside others everywhere, and do no harm."""


ON_STATEMENTS = "Bank statements and online banking show it."


@dataclass(frozen=True)
class Shape:
    """What a number of a country looks like.

    Attributes:
        label: what banks there call it.
        pattern: what it is without spaces and dashes, as a regular expression.
        words: the same in words.
        example: one that fits.
        where: where its holder finds it.
        valid: whether its check digits can be right.
        certain: what does not fit cannot be right.
        usual: whether its check digits are as they should be, where not every bank keeps to them.
        options: the few of which it is one, as people read them.
    """

    label: str
    pattern: str
    words: str
    example: str
    where: str = ON_STATEMENTS
    valid: Callable[[str], bool] | None = None
    certain: bool = True
    usual: Callable[[str], bool] | None = None
    options: tuple[Sentence, ...] = ()

    def fits(self, number: str) -> bool:
        """Whether a number can be right."""
        return re.fullmatch(self.pattern, number) is not None and (self.valid is None or self.valid(number))


@dataclass(frozen=True)
class AccountKey:
    """How a digit of a country's account numbers checks them together with the bank's code.

    Attributes:
        fits: whether a bank code and an account number go together; nothing where that cannot be said of them.
        certain: what does not fit cannot be right.
    """

    fits: Callable[[str, str], bool | None]
    certain: bool


@dataclass(frozen=True)
class BankCountry:
    """How accounts of a country are paid to.

    Attributes:
        routes: the ways, the usual one first; one of them must be complete.
        shapes: what is known of its numbers.
        key: how its account numbers are checked together with ``bank_code``.
    """

    routes: tuple[Route, ...]
    shapes: Mapping[NumberField, Shape]
    key: AccountKey | None = None

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


def nuban_fits(bank: str, account: str) -> bool | None:
    """Whether the last digit of a Nigerian account number checks the bank's code (3, 5 or 6 digits) and the others.

    By the Central Bank's standard codes of three digits have zeros before them, and those of five a nine.
    """
    code = {3: f"000{bank}", 5: f"9{bank}", 6: bank}.get(len(bank))
    if code is None or not re.fullmatch("[0-9]{10}", account):
        return None
    weighed = sum(
        int(digit) * weight for digit, weight in zip(code + account[:9], (3, 7, 3) * 5, strict=True)
    )
    return -weighed % 10 == int(account[9])


def russian_key_fits(bik: str, account: str) -> bool | None:
    """Whether the ninth digit of a Russian account checks the others and its bank (Bank of Russia, order 515).

    Accounts at the Bank of Russia itself go by another part of the BIK, treasury accounts by other rules.
    """
    if not re.fullmatch("40[5-8][0-9]{17}", account) or not re.fullmatch("[0-9]{9}", bik):
        return None
    if bik[6:] in ("000", "001", "002"):
        return None
    weights = (7, 1, 3) * 8
    weighed = sum(int(d) * weight for d, weight in zip(bik[6:] + account, weights, strict=False))
    return weighed % 10 == 0


def cci_usual(number: str) -> bool:
    """Whether the last two digits of a Peruvian CCI check its bank and branch, and its account."""
    return luhn.is_valid(number[:6] + number[18]) and luhn.is_valid(number[6:18] + number[19])


INTERNATIONAL: Route = ("account_number", "swift_bic")
BY_IBAN: Route = ("iban",)

TYPES = {"ordinary": "Ordinary", "checking": "Checking", "current": "Current", "savings": "Savings"}
"""Kinds of accounts, as the API names them, and as people read them."""


def account_types(*names: str) -> Shape:
    """The kinds of accounts that a country tells apart."""
    options = tuple(Sentence(TYPES[name]) for name in names)
    words = " or ".join(f"“{name}”" for name in names)
    return Shape("type of account", "|".join(names), words, names[0], options=options)


def digits(
    label: str,
    count: str,
    words: str,
    example: str,
    where: str = ON_STATEMENTS,
    *,
    certain: bool = True,
    usual: Callable[[str], bool] | None = None,
) -> Shape:
    """A number of digits only."""
    return Shape(label, rf"[0-9]{{{count}}}", words, example, where, certain=certain, usual=usual)


def account_digits(count: str, words: str, example: str) -> Shape:
    """Account numbers vary among banks and times, so an unusual one is left to the bank desk."""
    return digits("account number", count, words, example, certain=False)
