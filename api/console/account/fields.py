"""The fields of a payout account's form: which numbers a country's banks go by."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.console.formatting import capitalized, say
from forms.bank.accounts import in_words, label
from forms.bank.countries import bank_country
from forms.bank.numbers import ON_STATEMENTS, TYPES, BankCountry, NumberField, Route
from words.voice import Sentence

HINTS: Mapping[NumberField, str] = {
    "iban": Sentence(
        "Two letters for the country, two digits, and what follows. {where}", where=Sentence(ON_STATEMENTS)
    ),
    "swift_bic": Sentence("8 or 11 characters, such as COBADEFF. {where}", where=Sentence(ON_STATEMENTS)),
}
"""What is said of numbers that look alike everywhere."""


@dataclass(frozen=True)
class NumberInput:
    """A number of a bank account as its form asks for it.

    Attributes:
        options: what there is to choose from; empty where it is typed.
    """

    field: str
    label: str
    hint: str
    needed: bool
    options: Mapping[str, str]


def numbers(country: str) -> list[NumberInput]:
    """The numbers by which accounts of a country are paid to, the usual ones first."""
    rules = bank_country(country)
    beside: Route = () if "swift_bic" in rules.fields or country == "US" else ("swift_bic",)
    return [number_input(field, rules) for field in (*rules.fields, *beside)]


def number_input(field: NumberField, rules: BankCountry) -> NumberInput:
    """How one number of a country is asked for."""
    shape, name, needed = rules.shapes.get(field), named(field, rules), field in rules.needed
    if shape is None:
        return NumberInput(field, name, HINTS.get(field) or Sentence(ON_STATEMENTS), needed, {})
    if field == "account_type":
        return NumberInput(
            field, name, "", needed, {kind: Sentence(TYPES[kind]) for kind in shape.pattern.split("|")}
        )
    hint = Sentence(
        "{shape}, such as {example}. {where}",
        shape=Sentence(capitalized(shape.words)),
        example=shape.example,
        where=Sentence(shape.where),
    )
    return NumberInput(field, name, hint, needed, {})


def named(field: NumberField, rules: BankCountry) -> str:
    """What a number is called by the banks of a country, standing alone."""
    return Sentence(capitalized(label(field, rules)))


def ways(country: str) -> str:
    """Which numbers are enough together, where there is more than one way."""
    rules = bank_country(country)
    if len(rules.routes) == 1:
        return ""
    return "; ".join(say(Sentence("{numbers}", numbers=in_words(route, rules))) for route in rules.routes)
