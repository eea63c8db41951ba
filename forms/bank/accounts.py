"""Bank accounts: which numbers each country asks for, and whether they can be right.

Well-formed does not mean that the account exists: the bank desk asks the bank.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from schwifty import BIC, IBAN
from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException

from forms.bank.countries import IBANS_OF, bank_country
from forms.bank.numbers import (
    ALWAYS_TAKEN,
    LABELS,
    NUMBER_FIELDS,
    ON_STATEMENTS,
    BankCountry,
    NumberField,
    Route,
    Shape,
)
from forms.findings import Finding, failed, not_checked, passed
from forms.names import Name
from models.typed_numbers import folded, unseen
from words.voice import NOTHING, Sentence, Several, joined

LONGEST_PRINTED = 80
CALLED = re.compile(
    r"\s*(?:[^\d:]*:|(?:IBAN|BIC|SWIFT[ -]?CODE|SWIFT[ /-]?BIC|SWIFT|IFSC|BSB|CLABE|CBU|CCI|CNAPS|BIK|БИК)(?=\s))",
    re.IGNORECASE,
)
"""What a number is called, where that was copied with it."""


def _as_kept(value: object) -> object:
    """A number as it is kept: without its name, and what is printed or pasted between its letters and digits."""
    if not isinstance(value, str) or len(value) > LONGEST_PRINTED:
        return value
    plain = CALLED.sub("", unicodedata.normalize("NFKC", value), count=1)
    return "".join(c for c in plain if not c.isspace() and not _between(c))


def _between(letter: str) -> bool:
    """Whether a character is only printed or pasted between letters and digits, as a dash or what cannot be seen."""
    invisible = unseen(letter) and unicodedata.category(letter) != "Cc"
    return invisible or letter in "./" or folded(letter) == "-"


def _code(value: object) -> object:
    kept = _as_kept(value)
    return kept.upper() if isinstance(kept, str) else kept


def _kind(value: object) -> object:
    kept = _as_kept(value)
    return kept.lower() if isinstance(kept, str) else kept


def _letters_and_digits(least: int, most: int) -> Callable[[str], str]:
    """Takes what has so many letters (A to Z) and digits, and nothing else."""

    def taken(number: str) -> str:
        if not (number.isascii() and number.isalnum()):
            raise ValueError(
                Sentence("Copy it from the bank statement: it has letters A to Z and digits only.")
            )
        if not least <= len(number) <= most:
            raise ValueError(
                Sentence(
                    "Copy it from the bank statement: it has {least} to {most} letters and digits.",
                    least=least,
                    most=most,
                )
            )
        return number

    return taken


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Digits = Annotated[str, BeforeValidator(_as_kept), AfterValidator(_letters_and_digits(4, 34))]
Code = Annotated[str, BeforeValidator(_code), AfterValidator(_letters_and_digits(1, 40))]
Kind = Annotated[str, BeforeValidator(_kind), AfterValidator(_letters_and_digits(1, 40))]


class BankAccount(BaseModel):
    """A bank account, with the numbers that its country asks for; virtual accounts are not paid to.

    Spaces, dashes, dots and slashes in its numbers are left out.

    Attributes:
        virtual: the number was given out by a payment service and stands for another account.
        stripe_account: the connected account, where payments go through Stripe.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    account_name: Name
    country: Country
    institution: Name
    account_number: Annotated[Digits | None, Field(description="as it is printed, check digits included")] = (
        None
    )
    account_type: Annotated[
        Kind | None, Field(description="BR, CL, CO, JP: `checking`, `savings`, `ordinary` or `current`")
    ] = None
    bank_code: Annotated[
        Code | None,
        Field(
            description="BR, CL, CO, HK, ID, JP (Zengin), KR, NG, SG, TH, TW, VN: the bank; CA: the institution number; "
            "PH: BRSTN; RU: BIK"
        ),
    ] = None
    branch_code: Annotated[
        Code | None,
        Field(description="BR (agência), HK, JP (Zengin), SG, TW, ZA: the branch; CA: the transit number"),
    ] = None
    bsb: Annotated[Code | None, Field(description="AU: six digits")] = None
    cbu: Annotated[Code | None, Field(description="AR: 22 digits")] = None
    cci: Annotated[Code | None, Field(description="PE: 20 digits")] = None
    clabe: Annotated[Code | None, Field(description="MX: 18 digits")] = None
    cnaps: Annotated[Code | None, Field(description="CN: the bank's branch, twelve digits")] = None
    holder_tax_number: Annotated[
        Code | None,
        Field(description="BR: CPF or CNPJ of the account holder; CL: RUT; CO: NIT or document number"),
    ] = None
    iban: Code | None = None
    ifsc: Annotated[Code | None, Field(description="IN: the bank's branch, eleven characters")] = None
    routing_number: Annotated[Code | None, Field(description="US: nine digits (ABA); BD: nine digits")] = None
    sort_code: Annotated[Code | None, Field(description="GB: six digits")] = None
    swift_bic: Code | None = None
    virtual: bool = False
    stripe_account: Annotated[str | None, StringConstraints(pattern=r"^acct_[A-Za-z0-9]{1,60}$")] = None

    def number(self, field: NumberField) -> str | None:
        """The number in a field, if it is given."""
        given: str | None = getattr(self, field)
        return given


def bank_findings(bank: BankAccount, unpayable: Collection[str] = ()) -> list[Finding]:
    """What can be said of a bank account without asking the bank.

    Args:
        unpayable: countries to which the platform cannot pay.
    """
    rules = bank_country(bank.country)
    findings = [payable(bank.country, unpayable, "/bank/country"), *numbers_asked_for(bank, rules)]
    if bank.iban is not None:
        findings.append(iban_finding(bank.iban, bank.country))
    if bank.swift_bic is not None:
        findings.append(bic_finding(bank.swift_bic, bank.country, bank.iban))
    if bank.iban is not None and bank.swift_bic is not None:
        findings.append(same_bank(bank.iban, bank.swift_bic))
    findings += national_findings(bank, rules)
    findings.append(virtual_finding(bank))
    return findings


def payable(country: str, unpayable: Collection[str], pointer: str) -> Finding:
    """Whether the platform can pay to a country at all."""
    if country not in unpayable:
        return passed("payable_country", pointer)
    return failed(
        "payable_country",
        pointer,
        Sentence("The platform cannot pay to this country."),
        Sentence("Name an account of the business in another country."),
    )


def numbers_asked_for(bank: BankAccount, rules: BankCountry) -> list[Finding]:
    """Whether everything is there for one of the ways in which accounts of the bank's country are paid to."""

    def lacking(route: Route) -> tuple[bool, int]:
        missing = sum(bank.number(field) is None for field in route)
        return (missing == len(route), 0 if missing == len(route) else missing)

    chosen = min(rules.routes, key=lacking)
    others = [in_words(route, rules) for route in rules.routes if route != chosen]
    instead = Sentence("Or give {others} instead.", others=Several(tuple(others))) if others else NOTHING
    return [
        passed(f"{field}_given", f"/bank/{field}")
        if bank.number(field) is not None
        else failed(
            f"{field}_given",
            f"/bank/{field}",
            Sentence("An account in this country needs its {number}.", number=label(field, rules)),
            joined(where(field, rules), instead),
        )
        for field in chosen
    ]


def national_findings(bank: BankAccount, rules: BankCountry) -> list[Finding]:
    """Whether the numbers that only some countries have can be right, and are asked for by this one."""
    found = []
    for field in NUMBER_FIELDS:
        number, shape = bank.number(field), rules.shapes.get(field)
        if number is None or (shape is None and field in ALWAYS_TAKEN):
            continue
        pointer = f"/bank/{field}"
        if shape is None:
            why = Sentence(
                "Accounts in this country have no {number} of their own.", number=label(field, rules)
            )
            found.append(failed(field, pointer, why, Sentence("Leave it out.")))
        elif shape.fits(number) and (shape.usual is None or shape.usual(number)):
            found.append(key_finding(bank, rules) if field == "account_number" else passed(field, pointer))
        elif shape.fits(number):
            why = Sentence(
                "The check digits of this {number} are unusual; the bank desk asks.",
                number=label(field, rules),
            )
            found.append(not_checked(field, pointer, why))
        elif shape.certain:
            why = misshapen(shape)
            found.append(
                failed(field, pointer, why, joined(Sentence("Copy it unchanged."), where(field, rules)))
            )
        elif uses_national(bank, rules):
            why = Sentence(
                "A number of accounts in this country has {shape}; the bank desk asks.",
                shape=Sentence(shape.words),
            )
            found.append(not_checked(field, pointer, why))
    return found


def key_finding(bank: BankAccount, rules: BankCountry) -> Finding:
    """Whether an account number goes together with the code of its bank, where one of its digits says so."""
    name, pointer = "account_number", "/bank/account_number"
    if rules.key is None or bank.bank_code is None or bank.account_number is None:
        return passed(name, pointer)
    if rules.key.fits(bank.bank_code, bank.account_number) is not False:
        return passed(name, pointer)
    called = label("bank_code", rules)
    if rules.key.certain:
        return failed(
            name,
            pointer,
            Sentence(
                "The account number and the {number} do not go together: the check digit is wrong.",
                number=called,
            ),
            Sentence("Copy both from the same bank statement."),
        )
    why = Sentence(
        "The check digit of the account number does not go with the {number}; the bank desk asks.",
        number=called,
    )
    return not_checked(name, pointer, why)


def uses_national(bank: BankAccount, rules: BankCountry) -> bool:
    """Whether an account is given by the numbers that its own country's banks go by."""
    own = rules.routes[:1] if rules.routes[0] != ("iban",) else ()
    national = (*own, *(route for route in rules.routes if not {"iban", "swift_bic"} & set(route)))
    return any(all(bank.number(field) for field in route) for route in national)


def misshapen(shape: Shape) -> Sentence:
    """What a number that cannot be right should look like."""
    if shape.options:
        return Sentence("Choose one of these: {expected}.", expected=Several(shape.options))
    return Sentence(
        "This is no {number}: it has {shape}, such as {example}.",
        number=Sentence(shape.label),
        shape=Sentence(shape.words),
        example=shape.example,
    )


def label(field: NumberField, rules: BankCountry | None = None) -> Sentence:
    """What a number is called, by the banks of a country if they are known."""
    shape = rules.shapes.get(field) if rules else None
    return Sentence(shape.label if shape else LABELS[field])


def where(field: NumberField, rules: BankCountry) -> Sentence:
    """Where the holder of an account finds a number."""
    shape = rules.shapes.get(field)
    return Sentence(shape.where if shape else ON_STATEMENTS)


def in_words(route: Route, rules: BankCountry) -> Several:
    """Some numbers as they are called: ``the IFSC and the account number``."""
    return Several(tuple(Sentence("the {number}", number=label(field, rules)) for field in route), "and")


def iban_finding(iban: str, country: str) -> Finding:
    """Whether an IBAN can be right, and is of the bank's country."""
    name, pointer = "iban", "/bank/iban"
    copied = Sentence("Copy the IBAN from your bank statement.")
    try:
        IBAN(iban)
    except InvalidChecksumDigits:
        return failed(name, pointer, Sentence("The check digits of this IBAN are wrong."), copied)
    except InvalidLength:
        return failed(name, pointer, Sentence("This IBAN is too short or too long for its country."), copied)
    except InvalidCountryCode:
        return failed(name, pointer, Sentence("This IBAN begins with a country that has no IBANs."), copied)
    except (SchwiftyException, ValueError):
        return failed(name, pointer, Sentence("This is no IBAN."), copied)
    if iban[:2] not in (country, IBANS_OF.get(country)):
        return failed(
            name,
            pointer,
            Sentence("The IBAN is of another country than the bank."),
            Sentence("Correct the country of the bank, or the IBAN."),
        )
    return passed(name, pointer)


def bic_finding(bic: str, country: str, iban: str | None = None) -> Finding:
    """Whether a BIC can be right, and is of the bank's country; a branch may have that of another."""
    name, pointer = "swift_bic", "/bank/swift_bic"
    parsed = read_bic(bic)
    if parsed is None:
        return failed(
            name,
            pointer,
            Sentence(
                "This is no SWIFT/BIC: it has 8 or 11 characters, with the country in the fifth and sixth."
            ),
            Sentence("Copy it from your bank statement."),
        )
    if parsed.country_code in (country, IBANS_OF.get(country)) or (iban and knows(iban, parsed)):
        return passed(name, pointer)
    why = Sentence(
        "The SWIFT/BIC is of another country than the bank, as that of a branch may be; the bank desk asks."
    )
    return not_checked(name, pointer, why)


def read_bic(bic: str) -> BIC | None:
    """A BIC, if it can be one. Kosovo's code XK is not in ISO 3166, which the library goes by."""
    try:
        BIC(bic[:4] + "DE" + bic[6:] if bic[4:6] == "XK" else bic)
    except (SchwiftyException, ValueError):
        return None
    return BIC(bic, allow_invalid=True)


def knows(iban: str, bic: BIC) -> bool:
    """Whether the register of banks has a BIC for the bank code of an IBAN."""
    try:
        return str(bic)[:8] in {known[:8] for known in bics_of(IBAN(iban))}
    except (SchwiftyException, ValueError):
        return False


def same_bank(iban: str, bic: str) -> Finding:
    """Whether the BIC is that of the bank that the IBAN names, where its banks are known."""
    name, pointer = "bank_of_iban", "/bank/swift_bic"
    try:
        known = {known[:4] for known in bics_of(IBAN(iban))}
    except (SchwiftyException, ValueError):
        return not_checked(name, pointer, Sentence("The IBAN is wrong by itself."))
    if read_bic(bic) is None:
        return not_checked(name, pointer, Sentence("The SWIFT/BIC is wrong by itself."))
    if not known:
        return not_checked(
            name, pointer, Sentence("The banks of this country are not known here; the bank desk asks.")
        )
    if bic[:4] in known:
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        Sentence("The SWIFT/BIC is of another bank than the IBAN."),
        Sentence("Leave the SWIFT/BIC out, or copy both from the same bank statement."),
    )


def bics_of(iban: IBAN) -> set[str]:
    """All SWIFT/BICs that are known for the bank code of an IBAN."""
    try:
        candidates = BIC.candidates_from_bank_code(iban.country_code, iban.bank_code)
    except SchwiftyException:
        candidates = []
    first = iban.bic
    return {str(bic) for bic in [*candidates, *([first] if first else [])]}


def virtual_finding(bank: BankAccount) -> Finding:
    """Whether the account is one of its own."""
    if not bank.virtual:
        return passed("virtual_account", "/bank/virtual")
    return failed(
        "virtual_account",
        "/bank/virtual",
        Sentence("Virtual accounts cannot be paid to."),
        Sentence("Name an account that the business holds at a bank itself."),
    )
