"""The tax forms of the US: W-9 for its own businesses, W-8BEN-E for all others; how each is asked for, and checked.

That a number is well-formed does not mean that it exists: the tax desk asks the authority.
"""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from forms.findings import Finding, failed, not_checked, passed
from forms.names import Name
from forms.tax.numbers import Judgement, judged
from models.programme.withholding import TaxForm
from models.typed_numbers import dash_folded, unseen
from words.codes import CLASSIFICATIONS, ENTITY_TYPES
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


@dataclass(frozen=True)
class Asked:
    """How people are asked for a field of a form.

    Attributes:
        options: what there is to choose from, in words; empty where it is typed.
    """

    label: str
    hint: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    needed: bool = True


BackupWithholding = Annotated[
    bool,
    Asked(
        Sentence("Are payments to the business subject to US backup withholding?"),
        Sentence("Only if the US tax authority has told you so."),
        {"false": Sentence("No"), "true": Sentence("Yes")},
    ),
]


class Filed(BaseModel, ABC):
    """What every tax form has. A new one says who files it, what else it asks for, and what makes its number right.

    Attributes:
        asked_because: why the business is asked for it.
        name: the name on the form; left out, it is the entity's name.
        backup_withholding: the tax authority has told the business that payments to it are withheld from.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    asked_because: ClassVar[str]

    name: Annotated[
        Name | None,
        Asked(
            Sentence("Name on the tax form"),
            Sentence("Only if it differs from the name of the business."),
            needed=False,
        ),
    ] = None
    backup_withholding: BackupWithholding

    @classmethod
    def called(cls) -> TaxForm:
        """Its name."""
        name: TaxForm = get_args(cls.model_fields["form"].annotation)[0]
        return name

    @classmethod
    @abstractmethod
    def is_for(cls, country: str) -> bool:
        """Whether businesses of a country (ISO 3166) file it."""

    @classmethod
    def questions(cls) -> dict[str, Asked]:
        """What it asks for, by field: its own first, then what all forms ask for."""
        fields = sorted(cls.model_fields.items(), key=lambda field: field[0] in Filed.model_fields)
        return {name: asked for name, about in fields for asked in about.metadata if isinstance(asked, Asked)}

    @abstractmethod
    def number_finding(self, country: str) -> Finding:
        """Whether the tax number is well-formed for the country of the business."""


class W9(Filed):
    """W-9: a US business, with its EIN."""

    asked_because = Sentence("US businesses are asked for it by US law.")

    form: Literal["W-9"]
    federal_classification: Annotated[
        FederalClassification, Asked(Sentence("Federal tax classification"), options=CLASSIFICATIONS)
    ]
    tax_number: Annotated[
        TaxNumber,
        Asked(
            Sentence("Employer identification number (EIN)"),
            Sentence("Nine digits, such as 12-3456789. Kept encrypted, never shown in full."),
        ),
        Field(description="The EIN"),
    ]

    @classmethod
    def is_for(cls, country: str) -> bool:
        """A business of the US."""
        return country == "US"

    def number_finding(self, country: str) -> Finding:
        """Whether it is an EIN."""
        if judged(self.tax_number, "US") is Judgement.WELL_FORMED:
            return passed(*TAX_NUMBER)
        return failed(
            *TAX_NUMBER,
            Sentence("This is no EIN: nine digits that begin with a prefix that the IRS has given out."),
            Sentence("Copy it from the IRS's letter (CP 575 or 147C)."),
        )


class W8BenE(Filed):
    """W-8BEN-E: a business outside the US, with its foreign TIN."""

    asked_because = Sentence(
        "Businesses outside the US are asked for it by US law: it decides how much tax is withheld from what you "
        "earn in the US."
    )

    form: Literal["W-8BEN-E"]
    entity_type: Annotated[EntityType, Asked(Sentence("Type of entity"), options=ENTITY_TYPES)]
    tax_number: Annotated[
        TaxNumber,
        Asked(
            Sentence("Tax number in your country (foreign TIN)"),
            Sentence("Kept encrypted, never shown in full."),
        ),
        Field(description="The foreign TIN"),
    ]
    backup_withholding: BackupWithholding = False

    @classmethod
    def is_for(cls, country: str) -> bool:
        """A business of any other country."""
        return country != "US"

    def number_finding(self, country: str) -> Finding:
        """Whether it is a tax number of the country."""
        found = judged(self.tax_number, country)
        if found is Judgement.WELL_FORMED:
            return passed(*TAX_NUMBER)
        if found is Judgement.WRONG:
            return failed(
                *TAX_NUMBER,
                Sentence("This is no tax number of that country: its length or its check digit is wrong."),
                Sentence("Copy it from the tax authority's letter, or correct the country of the business."),
            )
        return not_checked(*TAX_NUMBER, WHY_OPEN[found])


FiledTaxForm = Annotated[W8BenE | W9, Field(discriminator="form")]

TAX_FORMS: tuple[type[Filed], ...] = get_args(get_args(FiledTaxForm)[0])
TAX_NUMBER = ("tax_number", "/tax/tax_number")


def forms_for(country: str) -> list[type[Filed]]:
    """The forms that businesses of a country may file, at least one."""
    return [form for form in TAX_FORMS if form.is_for(country)]


def tax_findings(form: Filed, country: str) -> list[Finding]:
    """What can be said of a tax form of a business in a country (ISO 3166)."""
    return [fits_country(form, country), form.number_finding(country), withholding_finding(form)]


def fits_country(form: Filed, country: str) -> Finding:
    """Whether it is a form for that country."""
    name, pointer = "tax_form", "/tax/form"
    if form.is_for(country):
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        Sentence(
            "A business of this country files a {form}.",
            form=" or ".join(other.called() for other in forms_for(country)),
        ),
        Sentence("Choose the form for the country of the business, or correct the country."),
    )


def withholding_finding(form: Filed) -> Finding:
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
