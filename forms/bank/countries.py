"""Which numbers bank accounts go by in each country, as its own banks print them, and what can be checked of each."""

from collections.abc import Mapping

from schwifty import registry
from schwifty.exceptions import InvalidCountryCode
from stdnum.ar import cbu
from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.iso7064 import mod_11_10
from stdnum.nz import bankaccount
from stdnum.us import rtn

from forms.bank.numbers import (
    BY_IBAN,
    INTERNATIONAL,
    AccountKey,
    BankCountry,
    NumberField,
    Shape,
    account_digits,
    account_types,
    cci_usual,
    clabe_valid,
    digits,
    nuban_fits,
    russian_key_fits,
    taken_by,
)

ON_CHEQUES = "Cheques, bank statements and online banking show it."
ZENGIN = "The passbook and online banking show it."

GB_SHAPES: Mapping[NumberField, Shape] = {
    "sort_code": digits("sort code", "6", "six digits", "200000", ON_CHEQUES),
    "account_number": account_digits("8", "eight digits", "55779911"),
}

NATIONAL: Mapping[str, BankCountry] = {
    "US": BankCountry(
        (("account_number", "routing_number"),),
        {
            "routing_number": Shape(
                "routing number",
                "[0-9]{9}",
                "nine digits, the last of which checks the others",
                "021000021",
                "Cheques show it at the lower left, and online banking shows it.",
                taken_by(rtn),
            ),
            "account_type": account_types("checking", "savings"),
        },
    ),
    "IN": BankCountry(
        (("account_number", "ifsc"), INTERNATIONAL),
        {
            "ifsc": Shape(
                "IFSC",
                "[A-Z]{4}0[A-Z0-9]{6}",
                "four letters, a zero, and six letters or digits",
                "SBIN0001234",
                "Cheques, passbooks and online banking show it.",
            ),
            "account_number": account_digits("9,18", "9 to 18 digits", "00123456789"),
        },
    ),
    "JP": BankCountry(
        (("bank_code", "branch_code", "account_type", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "4", "four digits", "0001", ZENGIN),
            "branch_code": digits("branch code", "3", "three digits", "001", ZENGIN),
            "account_type": account_types("ordinary", "current", "savings"),
            "account_number": account_digits(
                "7", "seven digits, with zeros before them if there are fewer", "0123456"
            ),
        },
    ),
    "AU": BankCountry(
        (("bsb", "account_number"), INTERNATIONAL),
        {
            "bsb": digits("BSB", "6", "six digits", "062000"),
            "account_number": account_digits("5,10", "5 to 10 digits", "12345678"),
        },
    ),
    "GB": BankCountry((("sort_code", "account_number"), BY_IBAN), GB_SHAPES),
    **{
        country: BankCountry((BY_IBAN, ("sort_code", "account_number"), INTERNATIONAL), GB_SHAPES)
        for country in ("GG", "IM", "JE")
    },
    "CN": BankCountry(
        (("cnaps", "account_number"), INTERNATIONAL),
        {
            "cnaps": digits(
                "CNAPS code",
                "12",
                "twelve digits, the last of which checks the others",
                "102100099996",
                "Ask the branch that keeps the account for its code (联行号), or look it up in online banking.",
                usual=mod_11_10.is_valid,
            )
        },
    ),
    "MX": BankCountry(
        (("clabe",), INTERNATIONAL),
        {
            "clabe": Shape(
                "CLABE",
                "[0-9]{18}",
                "eighteen digits, the last of which checks the others",
                "032180000118359719",
                valid=clabe_valid,
            )
        },
    ),
    "BR": BankCountry(
        (
            ("bank_code", "branch_code", "account_number", "account_type", "holder_tax_number"),
            BY_IBAN,
        ),
        {
            "bank_code": Shape(
                "bank code", "[0-9]{3}|[0-9]{8}", "three digits (or the eight of the ISPB)", "001"
            ),
            "branch_code": Shape(
                "branch (agência)", "[0-9]{1,4}[0-9X]?", "four digits, and its check digit", "12345"
            ),
            "account_type": account_types("checking", "savings"),
            "holder_tax_number": Shape(
                "CPF or CNPJ of the account holder",
                "[0-9A-Z]{11}|[0-9A-Z]{14}",
                "eleven (CPF) or fourteen (CNPJ) characters, the last two of which check the others",
                "11222333000181",
                "The registration card of the tax authority (Receita Federal) shows it.",
                taken_by(cpf, cnpj),
            ),
        },
    ),
    "CA": BankCountry(
        (("bank_code", "branch_code", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("institution number", "3", "three digits", "003", ON_CHEQUES),
            "branch_code": digits("transit number", "5", "five digits", "01234", ON_CHEQUES),
        },
    ),
    "KR": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {"bank_code": digits("bank code", "3", "three digits", "088")},
    ),
    "HK": BankCountry(
        (INTERNATIONAL, ("bank_code", "account_number")),
        {
            "bank_code": digits("bank code", "3", "three digits", "004"),
            "branch_code": digits("branch code", "3", "three digits", "001"),
        },
    ),
    "SG": BankCountry(
        (INTERNATIONAL, ("bank_code", "branch_code", "account_number")),
        {
            "bank_code": digits("bank code", "4", "four digits", "7171"),
            "branch_code": digits("branch code", "3", "three digits", "001"),
        },
    ),
    "TW": BankCountry(
        (("bank_code", "branch_code", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "3", "three digits", "004"),
            "branch_code": digits("branch code", "4", "four digits", "0037"),
        },
    ),
    "NZ": BankCountry(
        (("account_number",),),
        {
            "account_number": Shape(
                "account number",
                "[0-9]{15,16}",
                "15 or 16 digits: bank, branch, account and suffix",
                "010902006838900",
                valid=taken_by(bankaccount),
                certain=False,
            )
        },
    ),
    "ID": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {"bank_code": digits("bank code", "3", "three digits", "014")},
    ),
    "TH": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {"bank_code": digits("bank code", "3", "three digits", "002")},
    ),
    "ZA": BankCountry(
        (("branch_code", "account_number"), INTERNATIONAL),
        {"branch_code": digits("branch code", "6", "six digits", "250655")},
    ),
    "AR": BankCountry(
        (("cbu",), INTERNATIONAL),
        {
            "cbu": Shape(
                "CBU",
                "[0-9]{22}",
                "22 digits, the 8th and the last of which check the others",
                "2850590940090418135201",
                valid=taken_by(cbu),
            )
        },
    ),
    "CL": BankCountry(
        (("bank_code", "account_type", "account_number", "holder_tax_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "3", "three digits", "012"),
            "account_type": account_types("checking", "savings"),
            "holder_tax_number": Shape(
                "RUT of the account holder",
                "[0-9]{7,8}[0-9K]",
                "its digits and its check character",
                "125319092",
                "The identity card, and the tax authority's (SII) certificate, show it.",
                taken_by(rut),
            ),
        },
    ),
    "NG": BankCountry(
        (("bank_code", "account_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "3,6", "three to six digits", "011"),
            "account_number": account_digits(
                "10", "ten digits, the last of which checks the others", "0000014579"
            ),
        },
        AccountKey(nuban_fits, certain=False),
    ),
    "RU": BankCountry(
        (("bank_code", "account_number"), BY_IBAN, INTERNATIONAL),
        {
            "bank_code": digits("BIK", "9", "nine digits", "049805746"),
            "account_number": account_digits(
                "20", "20 digits, the 9th of which checks the others", "40602810700000000025"
            ),
        },
        AccountKey(russian_key_fits, certain=True),
    ),
    "VN": BankCountry(
        (INTERNATIONAL, ("bank_code", "account_number")),
        {
            "bank_code": Shape(
                "bank code",
                "[0-9]{6}|[0-9]{8}",
                "six digits (NAPAS), or eight (State Bank)",
                "970436",
                "The bank's payment code (VietQR) begins with it; or ask the bank.",
            ),
            "account_number": Shape(
                "account number",
                "[0-9A-Z]{6,19}",
                "6 to 19 digits or letters",
                "0011001234567",
                certain=False,
            ),
        },
    ),
    "PH": BankCountry(
        (INTERNATIONAL, ("bank_code", "account_number")),
        {
            "bank_code": digits("BRSTN", "9", "nine digits", "010040018", ON_CHEQUES),
            "account_number": account_digits("6,17", "6 to 17 digits", "001234567890"),
        },
    ),
    "MY": BankCountry(
        (INTERNATIONAL,),
        {"account_number": account_digits("5,17", "5 to 17 digits", "514012345678")},
    ),
    "CO": BankCountry(
        (("bank_code", "account_type", "account_number", "holder_tax_number"), INTERNATIONAL),
        {
            "bank_code": digits("bank code", "2,4", "two to four digits", "1007"),
            "account_type": account_types("checking", "savings"),
            "account_number": account_digits("6,17", "6 to 17 digits", "00123456789"),
            "holder_tax_number": Shape(
                "NIT or document number of the account holder",
                "[0-9A-Z]{5,15}",
                "9 digits and the check digit (NIT), or the digits of an identity document",
                "9014586527",
                "The tax register (RUT) shows the NIT; an identity card its own number.",
            ),
        },
    ),
    "PE": BankCountry(
        (("cci",), INTERNATIONAL),
        {
            "cci": digits(
                "CCI",
                "20",
                "twenty digits, the last two of which check the others",
                "01136600010003254221",
                "Bank statements and online banking show it beside the account number (Código de Cuenta Interbancario).",
                usual=cci_usual,
            )
        },
    ),
    "BD": BankCountry(
        (("routing_number", "account_number"), INTERNATIONAL),
        {"routing_number": digits("routing number", "9", "nine digits", "010261726", ON_CHEQUES)},
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
