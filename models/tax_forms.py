"""The tax forms of the US: W-9 for its own businesses, W-8BEN-E for all others; the rules that can be checked here.

That a number is well-formed does not mean that it exists: the tax desk asks the authority.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError
from stdnum.us import ein

from models.findings import Finding, failed, not_checked, passed
from models.names import Name

FederalClassification = Literal[
    "sole_proprietor",
    "c_corporation",
    "s_corporation",
    "partnership",
    "trust_or_estate",
    "llc_c_corporation",
    "llc_s_corporation",
    "llc_partnership",
    "other",
]
"""Line 3a of the W-9."""

EntityType = Literal[
    "corporation",
    "partnership",
    "simple_trust",
    "complex_trust",
    "grantor_trust",
    "estate",
    "tax_exempt_organization",
    "private_foundation",
    "disregarded_entity",
    "international_organization",
    "central_bank_of_issue",
    "foreign_government_controlled_entity",
    "foreign_government_integral_part",
]
"""Line 4 of the W-8BEN-E: the status for chapter 3."""

TaxNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]

KINDS_OF_NUMBER: dict[str, tuple[str, ...]] = {
    "AR": ("cuit",),
    "AT": ("tin", "uid"),
    "AU": ("abn", "acn", "tfn"),
    "BR": ("cnpj",),
    "CA": ("bn",),
    "CH": ("uid",),
    "CL": ("rut",),
    "CN": ("uscc",),
    "CO": ("nit",),
    "DE": ("stnr", "idnr"),
    "DK": ("cvr",),
    "EE": ("kmkr", "registrikood"),
    "ES": ("nif", "cif"),
    "FI": ("ytunnus",),
    "FR": ("siren", "siret"),
    "GB": ("utr",),
    "ID": ("npwp",),
    "IL": ("hp",),
    "IN": ("pan", "gstin"),
    "IS": ("kennitala",),
    "IT": ("codicefiscale", "iva"),
    "JP": ("cn",),
    "KR": ("brn",),
    "MX": ("rfc",),
    "NL": ("bsn",),
    "NO": ("orgnr",),
    "NZ": ("ird",),
    "PE": ("ruc",),
    "PL": ("nip",),
    "PT": ("nif",),
    "SE": ("orgnr",),
    "SG": ("uen",),
    "TH": ("tin",),
    "TR": ("vkn",),
    "TW": ("ubn",),
    "UA": ("edrpou", "rntrc"),
    "UY": ("rut",),
    "VN": ("mst",),
    "ZA": ("tin",),
}
"""The tax numbers that businesses have beside the one that VAT goes by, as python-stdnum calls their modules."""

ALL_KINDS_KNOWN = frozenset(
    ["AU", "BR", "CN", "DK", "ES", "FI", "FR", "IN", "IT", "JP", "KR", "NO", "PL", "PT"]
)
"""Countries where a business has no tax number of another kind than those that can be checked."""

IN_TAX_NUMBERS = re.compile(r"[^\W_]+(?:[ ./&+-]*[^\W_]+)*")
"""Letters, digits and what stands between them: nothing else is in any country's tax numbers."""


class Filed(BaseModel):
    """What both forms say.

    Attributes:
        name: the name on the form; left out, it is the entity's name.
        backup_withholding: the tax authority has told the business that payments to it are withheld from.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name | None = None


class W8BenE(Filed):
    """W-8BEN-E: a business outside the US, with its foreign TIN."""

    form: Literal["W-8BEN-E"]
    entity_type: EntityType
    tax_number: Annotated[TaxNumber, Field(description="the foreign TIN")]
    backup_withholding: bool = False


class W9(Filed):
    """W-9: a US business, with its EIN."""

    form: Literal["W-9"]
    federal_classification: FederalClassification
    tax_number: Annotated[TaxNumber, Field(description="the EIN")]
    backup_withholding: bool


FiledTaxForm = Annotated[W8BenE | W9, Field(discriminator="form")]


def tax_findings(form: W8BenE | W9, country: str) -> list[Finding]:
    """What can be said of a tax form of a business in a country (ISO 3166)."""
    return [fits_country(form, country), number_finding(form, country), withholding_finding(form)]


def fits_country(form: W8BenE | W9, country: str) -> Finding:
    """Whether it is the form for that country."""
    name, pointer = "tax_form", "/tax/form"
    if (country == "US") == (form.form == "W-9"):
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        "A US business files a W-9, any other a W-8BEN-E.",
        "Choose the form for the country of the business, or correct the country.",
    )


def number_finding(form: W8BenE | W9, country: str) -> Finding:
    """Whether the tax number is well-formed for its country."""
    name, pointer = "tax_number", "/tax/tax_number"
    if form.form == "W-9":
        if well_formed(ein, form.tax_number):
            return passed(name, pointer)
        return failed(
            name,
            pointer,
            "This is no EIN: nine digits that begin with a prefix that the IRS has given out.",
            "Copy it from the IRS's letter (CP 575 or 147C).",
        )
    modules = [
        module
        for kind in ("vat", *KINDS_OF_NUMBER.get(country, ()))
        if (module := get_cc_module(country, kind))
    ]
    if not modules:
        return not_checked(
            name, pointer, "Tax numbers of this country cannot be checked here; the tax desk looks at it."
        )
    if any(well_formed(module, form.tax_number) for module in modules):
        return passed(name, pointer)
    possible = IN_TAX_NUMBERS.fullmatch(form.tax_number) and any(map(str.isdigit, form.tax_number))
    if possible and country not in ALL_KINDS_KNOWN:
        why = "This is none of the tax numbers that can be checked here; the tax desk looks at it."
        return not_checked(name, pointer, why)
    return failed(
        name,
        pointer,
        "This is no tax number of that country: its length or its check digit is wrong.",
        "Copy it from the tax authority's letter, or correct the country of the business.",
    )


def well_formed(module: object, number: str) -> bool:
    """Whether a module of python-stdnum takes a number."""
    try:
        module.validate(number)  # type: ignore[attr-defined]
    except ValidationError:
        return False
    return True


def withholding_finding(form: W8BenE | W9) -> Finding:
    """Whether the business is free of backup withholding."""
    name, pointer = "backup_withholding", "/tax/backup_withholding"
    if not form.backup_withholding:
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        "An organization under US backup withholding cannot be paid.",
        "Settle it with the IRS; when it is lifted, submit the form again.",
    )
