"""The tax forms of the US: W-9 for its own businesses, W-8BEN-E for all others; the rules that can be checked here.

That a number is well-formed does not mean that it exists: the tax desk asks the authority.
"""

import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from forms.findings import Finding, failed, not_checked, passed
from forms.names import Name
from forms.tax.numbers import Judgement, judged
from models.typed_numbers import dash_folded, unseen
from words.voice import Sentence

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

LONGEST_PRINTED = 80


def _as_printed(value: object) -> object:
    """A number in one width and kind of dash, without what cannot be seen."""
    if not isinstance(value, str) or len(value) > LONGEST_PRINTED:
        return value
    plain = unicodedata.normalize("NFKC", value)
    return "".join(dash_folded(c) for c in plain if c.isspace() or not unseen(c))


TaxNumber = Annotated[
    str,
    BeforeValidator(_as_printed),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=40),
]


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
        Sentence("A US business files a W-9, any other a W-8BEN-E."),
        Sentence("Choose the form for the country of the business, or correct the country."),
    )


def number_finding(form: W8BenE | W9, country: str) -> Finding:
    """Whether the tax number is well-formed for its country."""
    name, pointer = "tax_number", "/tax/tax_number"
    if form.form == "W-9":
        if judged(form.tax_number, "US") is Judgement.WELL_FORMED:
            return passed(name, pointer)
        return failed(
            name,
            pointer,
            Sentence("This is no EIN: nine digits that begin with a prefix that the IRS has given out."),
            Sentence("Copy it from the IRS's letter (CP 575 or 147C)."),
        )
    found = judged(form.tax_number, country)
    if found is Judgement.WELL_FORMED:
        return passed(name, pointer)
    if found is Judgement.WRONG:
        return failed(
            name,
            pointer,
            Sentence("This is no tax number of that country: its length or its check digit is wrong."),
            Sentence("Copy it from the tax authority's letter, or correct the country of the business."),
        )
    return not_checked(name, pointer, WHY_OPEN[found])


def withholding_finding(form: W8BenE | W9) -> Finding:
    """Whether the business is free of backup withholding."""
    name, pointer = "backup_withholding", "/tax/backup_withholding"
    if not form.backup_withholding:
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        Sentence("An organization under US backup withholding cannot be paid."),
        Sentence("Settle it with the IRS; when it is lifted, submit the form again."),
    )


WHY_OPEN = {
    Judgement.NO_RULES: Sentence(
        "Tax numbers of this country cannot be checked here; the tax desk looks at it."
    ),
    Judgement.OF_A_PERSON: Sentence(
        "This looks like a person's number, not a business's; the tax desk looks at it."
    ),
    Judgement.OF_ANOTHER_KIND: Sentence(
        "This is none of the tax numbers that can be checked here; the tax desk looks at it."
    ),
}
"""Why the tax desk looks at a number."""
