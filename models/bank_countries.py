"""Which numbers bank accounts go by in each country, as its own banks print them, and what can be checked of each."""

from collections.abc import Mapping

from schwifty import registry
from schwifty.exceptions import InvalidCountryCode
from stdnum.ar import cbu
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.nz import bankaccount
from stdnum.us import rtn

from models.bank_numbers import (
    BY_IBAN,
    INTERNATIONAL,
    BankCountry,
    NumberField,
    Shape,
    account_digits,
    account_types,
    clabe_valid,
    digits,
    taken_by,
)

GB_SHAPES: Mapping[NumberField, Shape] = {
    "sort_code": digits("sort code", "6", "six digits"),
    "account_number": account_digits("8", "eight digits"),
}

NATIONAL: Mapping[str, BankCountry] = {
    "US": BankCountry(
        (("account_number", "routing_number"),),
        {
            "routing_number": Shape(
                "routing number",
                "[0-9]{9}",
                "nine digits, the last of which checks the others",
                taken_by(rtn),
            ),
            "account_type": account_types("checking", "savings"),
        },
    ),
    "IN": BankCountry(
        (("account_number", "ifsc"), INTERNATIONAL),
        {
            "ifsc": Shape("IFSC", "[A-Z]{4}0[A-Z0-9]{6}", "four letters, a zero, and six letters or digits"),
            "account_number": account_digits("9,18", "9 to 18 digits"),
        },
    ),
    "JP": BankCountry(
        (("bank_code", "branch_code", "account_type", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "4", "four digits"),
            "branch_code": digits("branch code", "3", "three digits"),
            "account_type": account_types("ordinary", "current", "savings"),
            "account_number": account_digits("7", "seven digits, with zeros before them if there are fewer"),
        },
    ),
    "AU": BankCountry(
        (("bsb", "account_number"), INTERNATIONAL),
        {
            "bsb": digits("BSB", "6", "six digits"),
            "account_number": account_digits("5,10", "5 to 10 digits"),
        },
    ),
    "GB": BankCountry((("sort_code", "account_number"), BY_IBAN), GB_SHAPES),
    **{
        country: BankCountry((BY_IBAN, ("sort_code", "account_number"), INTERNATIONAL), GB_SHAPES)
        for country in ("GG", "IM", "JE")
    },
    "CN": BankCountry(
        (("cnaps", "account_number"), INTERNATIONAL),
        {"cnaps": digits("CNAPS code", "12", "twelve digits")},
    ),
    "MX": BankCountry(
        (("clabe",), INTERNATIONAL),
        {
            "clabe": Shape(
                "CLABE", "[0-9]{18}", "eighteen digits, the last of which checks the others", clabe_valid
            )
        },
    ),
    "BR": BankCountry(
        (
            ("bank_code", "branch_code", "account_number", "account_type", "holder_tax_number"),
            BY_IBAN,
        ),
        {
            "bank_code": Shape("bank code", "[0-9]{3}|[0-9]{8}", "three digits (or the eight of the ISPB)"),
            "branch_code": Shape("branch (agência)", "[0-9]{1,4}[0-9X]?", "four digits, and its check digit"),
            "account_type": account_types("checking", "savings"),
            "holder_tax_number": Shape(
                "CPF or CNPJ of the account holder",
                "[0-9A-Z]{11}|[0-9A-Z]{14}",
                "eleven (CPF) or fourteen (CNPJ) characters, the last two of which check the others",
                taken_by(cpf, cnpj),
            ),
        },
    ),
    "CA": BankCountry(
        (("bank_code", "branch_code", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("institution number", "3", "three digits"),
            "branch_code": digits("transit number", "5", "five digits"),
        },
    ),
    "KR": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {"bank_code": digits("bank code", "3", "three digits")},
    ),
    "HK": BankCountry(
        (INTERNATIONAL, ("bank_code", "account_number")),
        {
            "bank_code": digits("bank code", "3", "three digits"),
            "branch_code": digits("branch code", "3", "three digits"),
        },
    ),
    "SG": BankCountry(
        (INTERNATIONAL, ("bank_code", "branch_code", "account_number")),
        {
            "bank_code": digits("bank code", "4", "four digits"),
            "branch_code": digits("branch code", "3", "three digits"),
        },
    ),
    "TW": BankCountry(
        (("bank_code", "branch_code", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "3", "three digits"),
            "branch_code": digits("branch code", "4", "four digits"),
        },
    ),
    "NZ": BankCountry(
        (("account_number",),),
        {
            "account_number": Shape(
                "account number",
                "[0-9]{15,16}",
                "15 or 16 digits: bank, branch, account and suffix",
                taken_by(bankaccount),
                certain=False,
            )
        },
    ),
    "ID": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {"bank_code": digits("bank code", "3", "three digits")},
    ),
    "TH": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {"bank_code": digits("bank code", "3", "three digits")},
    ),
    "ZA": BankCountry(
        (("branch_code", "account_number"), INTERNATIONAL),
        {"branch_code": digits("branch code", "6", "six digits")},
    ),
    "AR": BankCountry(
        (("cbu",), INTERNATIONAL),
        {
            "cbu": Shape(
                "CBU", "[0-9]{22}", "22 digits, the 8th and the last of which check the others", taken_by(cbu)
            )
        },
    ),
    "CL": BankCountry(
        (("bank_code", "account_type", "account_number", "holder_tax_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "3", "three digits"),
            "account_type": account_types("checking", "savings"),
            "holder_tax_number": Shape(
                "RUT of the account holder",
                "[0-9]{7,8}[0-9K]",
                "its digits and its check character",
                taken_by(rut),
            ),
        },
    ),
    "NG": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "3,6", "three to six digits"),
            "account_number": account_digits("10", "ten digits"),
        },
    ),
    "RU": BankCountry(
        (("bank_code", "account_number"), BY_IBAN, INTERNATIONAL),
        {
            "bank_code": digits("BIK", "9", "nine digits"),
            "account_number": account_digits("20", "20 digits"),
        },
    ),
    "BD": BankCountry(
        (("routing_number", "account_number"), INTERNATIONAL),
        {"routing_number": digits("routing number", "9", "nine digits")},
    ),
}
"""Countries whose banks go by other numbers than an IBAN, or by them as well."""

IBANS_OF = {
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    **dict.fromkeys(("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"), "FR"),
    "AX": "FI",
    "SJ": "NO",
}
"""Territories whose banks give out the IBANs of another country."""


def bank_country(country: str) -> BankCountry:
    """How accounts of a country (ISO 3166) are paid to.

    By its national numbers where they are listed; elsewhere by IBAN if it has them, or by account number and BIC.
    Territories with the IBANs of another country may be paid either way, and so may countries whose IBANs are not
    in the official registry yet.
    """
    if country in NATIONAL:
        return NATIONAL[country]
    if country in IBANS_OF or (has_ibans(country) and registry.get_iban_spec(country).aspirational):
        return BankCountry((BY_IBAN, INTERNATIONAL), {})
    return BankCountry((BY_IBAN if has_ibans(country) else INTERNATIONAL,), {})


def has_ibans(country: str) -> bool:
    """Whether banks of a country have IBANs."""
    try:
        registry.get_iban_spec(IBANS_OF.get(country, country))
    except InvalidCountryCode:
        return False
    return True
