"""Bank accounts: which numbers each country asks for, and whether they can be right.

Well-formed does not mean that the account exists: the bank desk asks the bank.
"""

import unicodedata
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from schwifty import BIC, IBAN, registry
from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException
from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from models.findings import Finding, failed, not_checked, passed
from models.names import Name


def _as_kept(value: object) -> object:
    """A number as it is kept: without what is printed or pasted between its letters and digits."""
    if not isinstance(value, str) or len(value) > 80:
        return value
    plain = unicodedata.normalize("NFKC", value)
    return "".join(
        c for c in plain if not c.isspace() and unicodedata.category(c) not in BETWEEN and c not in "./"
    )


def _code(value: object) -> object:
    kept = _as_kept(value)
    return kept.upper() if isinstance(kept, str) else kept


BETWEEN = ("Cf", "Pd")
"""Invisible characters and dashes, as Unicode calls them."""

IBANS_OF = {
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    **dict.fromkeys(("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"), "FR"),
    "AX": "FI",
    "SJ": "NO",
}
"""Territories whose banks give out the IBANs of another country."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Digits = Annotated[str, BeforeValidator(_as_kept), StringConstraints(pattern=r"^[A-Za-z0-9]{4,34}$")]
Code = Annotated[str, BeforeValidator(_code), StringConstraints(pattern=r"^[A-Z0-9]{1,40}$")]


class BankAccount(BaseModel):
    """A bank account, with the numbers that its country asks for; virtual accounts are not paid to.

    Attributes:
        virtual: the number was given out by a payment service and stands for another account.
        stripe_account: the connected account, where payments go through Stripe.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    account_name: Name
    country: Country
    institution: Name
    account_number: Digits | None = None
    routing_number: Annotated[Code | None, Field(description="US accounts: nine digits (ABA)")] = None
    swift_bic: Code | None = None
    iban: Code | None = None
    virtual: bool = False
    stripe_account: Annotated[str | None, StringConstraints(pattern=r"^acct_[A-Za-z0-9]{1,60}$")] = None


def bank_findings(bank: BankAccount) -> list[Finding]:
    """What can be said of a bank account without asking the bank."""
    findings = [*numbers_asked_for(bank)]
    if bank.iban is not None:
        findings.append(iban_finding(bank.iban, bank.country))
    if bank.swift_bic is not None:
        findings.append(bic_finding(bank.swift_bic, bank.country))
    if bank.iban is not None and bank.swift_bic is not None:
        findings.append(same_bank(bank.iban, bank.swift_bic))
    if bank.routing_number is not None:
        findings.append(routing_finding(bank.routing_number, bank.country))
    findings.append(virtual_finding(bank))
    return findings


def has_ibans(country: str) -> bool:
    """Whether banks of a country have IBANs."""
    try:
        registry.get_iban_spec(IBANS_OF.get(country, country))
    except InvalidCountryCode:
        return False
    return True


def numbers_asked_for(bank: BankAccount) -> list[Finding]:
    """Whether everything is there that the bank's country asks for.

    The US: account and routing number; countries with IBANs: the IBAN; all others: account number and BIC.
    Territories with the IBANs of another country may be paid either way.
    """
    if bank.country == "US":
        asked = {
            "account_number": "A US account needs its account number.",
            "routing_number": "A US account needs its routing number.",
        }
    elif has_ibans(bank.country) and not (
        bank.country in IBANS_OF and bank.account_number and bank.swift_bic
    ):
        asked = {"iban": "An account in this country needs its IBAN."}
    else:
        asked = {
            "account_number": "An account in this country needs its account number.",
            "swift_bic": "An account in this country needs its SWIFT/BIC.",
        }
    return [
        passed(f"{field}_given", f"/bank/{field}")
        if getattr(bank, field) is not None
        else failed(f"{field}_given", f"/bank/{field}", why, "Your bank statement shows it.")
        for field, why in asked.items()
    ]


def iban_finding(iban: str, country: str) -> Finding:
    """Whether an IBAN can be right, and is of the bank's country."""
    name, pointer = "iban", "/bank/iban"
    copied = "Copy the IBAN from your bank statement."
    try:
        IBAN(iban)
    except InvalidChecksumDigits:
        return failed(name, pointer, "The check digits of this IBAN are wrong.", copied)
    except InvalidLength:
        return failed(name, pointer, "This IBAN is too short or too long for its country.", copied)
    except InvalidCountryCode:
        return failed(name, pointer, "This IBAN begins with a country that has no IBANs.", copied)
    except (SchwiftyException, ValueError):
        return failed(name, pointer, "This is no IBAN.", copied)
    if iban[:2] not in (country, IBANS_OF.get(country)):
        return failed(
            name,
            pointer,
            "The IBAN is of another country than the bank.",
            "Correct the country of the bank, or the IBAN.",
        )
    return passed(name, pointer)


def bic_finding(bic: str, country: str) -> Finding:
    """Whether a BIC can be right, and is of the bank's country; a branch may have that of another."""
    name, pointer = "swift_bic", "/bank/swift_bic"
    try:
        parsed = BIC(bic)
    except (SchwiftyException, ValueError):
        return failed(
            name,
            pointer,
            "This is no SWIFT/BIC: it has 8 or 11 characters, with the country in the fifth and sixth.",
            "Copy it from your bank statement.",
        )
    if parsed.country_code not in (country, IBANS_OF.get(country)):
        why = "The SWIFT/BIC is of another country than the bank, as that of a branch may be; the bank desk asks."
        return not_checked(name, pointer, why)
    return passed(name, pointer)


def same_bank(iban: str, bic: str) -> Finding:
    """Whether the BIC is that of the bank that the IBAN names, where its banks are known."""
    name, pointer = "bank_of_iban", "/bank/swift_bic"
    try:
        parsed = IBAN(iban)
        known = banks_of(parsed)
        given = BIC(bic)
    except (SchwiftyException, ValueError):
        return not_checked(name, pointer, "The IBAN or the SWIFT/BIC is wrong by itself.")
    if not known:
        return not_checked(name, pointer, "The banks of this country are not known here; the bank desk asks.")
    if str(given)[:4] in known:
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        "The SWIFT/BIC is of another bank than the IBAN.",
        "Leave the SWIFT/BIC out, or copy both from the same bank statement.",
    )


def banks_of(iban: IBAN) -> set[str]:
    """The bank parts of all SWIFT/BICs that are known for the bank code of an IBAN."""
    try:
        candidates = BIC.candidates_from_bank_code(iban.country_code, iban.bank_code)
    except SchwiftyException:
        candidates = []
    first = iban.bic
    return {str(bic)[:4] for bic in [*candidates, *([first] if first else [])]}


def routing_finding(number: str, country: str) -> Finding:
    """Whether a US routing number can be right."""
    name, pointer = "routing_number", "/bank/routing_number"
    if country != "US":
        return failed(name, pointer, "Only accounts in the US have a routing number.", "Leave it out.")
    try:
        rtn.validate(number)
    except ValidationError:
        return failed(
            name,
            pointer,
            "This is no routing number: nine digits, the last of which checks the others.",
            "Copy it from a cheque or from your bank statement (for ACH).",
        )
    return passed(name, pointer)


def virtual_finding(bank: BankAccount) -> Finding:
    """Whether the account is one of its own."""
    if not bank.virtual:
        return passed("virtual_account", "/bank/virtual")
    return failed(
        "virtual_account",
        "/bank/virtual",
        "Virtual accounts cannot be paid to.",
        "Name an account that the business holds at a bank itself.",
    )
