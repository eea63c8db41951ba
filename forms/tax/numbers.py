"""Numbers that tax authorities know businesses by, in each country, as far as python-stdnum has their rules.

A number is refused only where its check digit is certainly wrong, or where no number of a business looks like it; one
of another kind is looked at by the tax desk.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, ValidationError


class Rules(Protocol):
    """The rules of a kind of numbers: a module of python-stdnum."""

    def validate(self, number: str) -> str:
        """The number without what is printed between its digits; raises ValidationError."""
        ...


class Judgement(StrEnum):
    """What can be said of a number."""

    WELL_FORMED = "well_formed"
    WRONG = "wrong"
    OF_A_PERSON = "of_a_person"
    OF_ANOTHER_KIND = "of_another_kind"
    NO_RULES = "no_rules"


KINDS_OF_NUMBER: Mapping[str, tuple[str, ...]] = {
    "AD": ("nrt",),
    "AL": ("nipt",),
    "AR": ("cuit",),
    "AT": ("tin", "uid", "businessid"),
    "AU": ("abn", "acn", "tfn"),
    "AZ": ("voen",),
    "BR": ("cnpj",),
    "BY": ("unp",),
    "CA": ("bn",),
    "CH": ("uid", "vat"),
    "CL": ("rut",),
    "CN": ("uscc",),
    "CO": ("nit",),
    "CR": ("cpj",),
    "CZ": ("dic",),
    "DE": ("stnr", "idnr", "handelsregisternummer"),
    "DK": ("cvr",),
    "DO": ("rnc",),
    "DZ": ("nif",),
    "EC": ("ruc",),
    "EE": ("kmkr", "registrikood"),
    "EG": ("tn",),
    "ES": ("nif", "cif"),
    "FI": ("ytunnus", "alv", "associationid"),
    "FO": ("vn",),
    "FR": ("siren", "siret", "tva", "rcs"),
    "GB": ("utr",),
    "GH": ("tin",),
    "GN": ("nifp",),
    "GT": ("nit",),
    "HR": ("oib",),
    "HU": ("anum",),
    "ID": ("npwp",),
    "IL": ("hp",),
    "IN": ("pan", "gstin"),
    "IS": ("kennitala", "vsk"),
    "IT": ("codicefiscale", "iva"),
    "JP": ("cn",),
    "KE": ("pin",),
    "KR": ("brn",),
    "LI": ("peid",),
    "LT": ("pvm",),
    "LU": ("tva",),
    "LV": ("pvn",),
    "MA": ("ice",),
    "MC": ("tva",),
    "MD": ("idno",),
    "ME": ("pib",),
    "MK": ("edb",),
    "MX": ("rfc",),
    "MZ": ("nuit",),
    "NL": ("bsn", "btw"),
    "NO": ("orgnr", "mva"),
    "NZ": ("ird",),
    "PE": ("ruc",),
    "PL": ("nip", "regon"),
    "PT": ("nif",),
    "PY": ("ruc",),
    "RO": ("cf", "cui", "onrc"),
    "RS": ("pib",),
    "RU": ("inn", "ogrn"),
    "SE": ("orgnr",),
    "SG": ("uen",),
    "SI": ("ddv", "maticna"),
    "SK": ("dph",),
    "SM": ("coe",),
    "SN": ("ninea",),
    "SV": ("nit",),
    "TH": ("tin", "moa"),
    "TN": ("mf",),
    "TR": ("vkn",),
    "TW": ("ubn",),
    "UA": ("edrpou", "rntrc"),
    "US": ("ein",),
    "UY": ("rut",),
    "VE": ("rif",),
    "VN": ("mst",),
    "ZA": ("tin",),
}
"""The numbers of businesses, as python-stdnum calls their modules, beside the one that it calls ``vat``.

The Dutch RSIN of a company has the rules of ``bsn``.
"""

OF_PERSONS: Mapping[str, tuple[str, ...]] = {
    "AR": ("dni",),
    "AT": ("vnr",),
    "BE": ("bis", "eid", "nn", "ssn"),
    "BG": ("egn", "pnf"),
    "BR": ("cpf",),
    "CA": ("sin",),
    "CH": ("ssn",),
    "CN": ("ric",),
    "CR": ("cpf", "cr"),
    "CU": ("ni",),
    "CZ": ("rc",),
    "DK": ("cpr",),
    "DO": ("cedula",),
    "EC": ("ci",),
    "EE": ("ik",),
    "ES": ("dni", "nie"),
    "FI": ("hetu", "veronumero"),
    "FR": ("nif", "nir"),
    "GR": ("amka",),
    "ID": ("nik",),
    "IE": ("pps",),
    "IL": ("idnr",),
    "IN": ("aadhaar", "epic", "vid"),
    "JP": ("in_",),
    "KR": ("rrn",),
    "LT": ("asmens",),
    "MU": ("nid",),
    "MX": ("curp",),
    "MY": ("nric",),
    "NO": ("fodselsnummer",),
    "PE": ("cui",),
    "PK": ("cnic",),
    "PL": ("pesel",),
    "PT": ("cc",),
    "RO": ("cnp",),
    "SE": ("personnummer",),
    "SI": ("emso",),
    "SK": ("rc",),
    "TH": ("pin",),
    "TR": ("tckimlik",),
    "US": ("atin", "itin", "ptin", "ssn", "tin"),
    "ZA": ("idnr",),
}
"""The numbers of persons, by which some authorities know sole traders, too."""

ALL_KINDS_KNOWN = frozenset(("ES", "FI", "FR", "IT", "NO", "PT"))
"""Countries where a business has no number of another kind than those above."""

CERTAIN: Mapping[str, tuple[str, ...]] = {
    "AU": ("abn",),
    "BR": ("cnpj",),
    "CN": ("uscc",),
    "DK": ("cvr",),
    "IN": ("gstin",),
    "JP": ("cn",),
}
"""Kinds in whose form no other number of the country's businesses is, so that a wrong check digit is a slip."""

MARKED: Mapping[str, str] = {"JP": "T"}
"""What some authorities put before the number on invoices: the Japanese number of a taxable person."""

IN_TAX_NUMBERS = re.compile(r"[^\W_]+(?:[ ./&+-]*[^\W_]+)*")
"""Letters, digits and what stands between them: nothing else is in any country's tax numbers."""


LABEL = re.compile(r"[^\d:]*:\s*")
"""What a number is called, where that was copied with it: ``GSTIN: ``."""


def judged(number: str, country: str) -> Judgement:
    """What can be said of a business's tax number by itself; ``country`` is in ISO 3166."""
    number = LABEL.sub("", number, count=1)
    mark = MARKED.get(country, "")
    bare = number.removeprefix(mark).removeprefix(mark.lower()).strip()
    if country == "US":
        return Judgement.WELL_FORMED if taken(modules("US", ("ein",)), bare) else Judgement.WRONG
    known = modules(country, ("vat", *KINDS_OF_NUMBER.get(country, ())))
    if taken(known, bare):
        return Judgement.WELL_FORMED
    if not IN_TAX_NUMBERS.fullmatch(number) or not any(map(str.isdigit, number)):
        return Judgement.WRONG if known else Judgement.NO_RULES
    if taken(modules(country, OF_PERSONS.get(country, ())), bare):
        return Judgement.OF_A_PERSON
    slip = any(only_check_digit_wrong(module, bare) for module in modules(country, CERTAIN.get(country, ())))
    if slip or country in ALL_KINDS_KNOWN:
        return Judgement.WRONG
    return Judgement.OF_ANOTHER_KIND if known else Judgement.NO_RULES


def modules(country: str, kinds: Iterable[str]) -> list[Rules]:
    """The modules of python-stdnum for some kinds of numbers of a country, as far as it has them."""
    return [module for kind in kinds if (module := get_cc_module(country, kind))]


def taken(known: Iterable[Rules], number: str) -> bool:
    """Whether one of some modules takes a number."""
    for module in known:
        try:
            module.validate(number)
        except ValidationError:
            continue
        return True
    return False


def only_check_digit_wrong(module: Rules, number: str) -> bool:
    """Whether a number is in the form of a kind, but for its check digit."""
    try:
        module.validate(number)
    except InvalidChecksum:
        return True
    except ValidationError:
        return False
    return False
