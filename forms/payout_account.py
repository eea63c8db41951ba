"""The form of a payout account, business, tax and bank, and everything that is checked before it is taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from forms.bank.accounts import BankAccount, Country, bank_findings
from forms.findings import Finding, failed, not_checked, passed
from forms.lookalikes import mixes_scripts
from forms.names import Name, closest
from forms.tax.forms import FiledTaxForm, tax_findings
from words.labels import label_of
from words.voice import Sentence

ProofFile = Annotated[str, StringConstraints(pattern=r"^file_[0-9a-z]{1,40}$")]


class Business(BaseModel):
    """Who is paid."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    entity_name: Name
    country: Country
    permanent_address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
    registration_file_id: Annotated[ProofFile | None, Field(description="needed outside the US")] = None


@dataclass(frozen=True)
class Known:
    """What is known of a business before it fills in the form.

    Attributes:
        verified: its verified names, in the local language and in English; empty while they are not known.
        country: the country of its verification.
        contracts: the name on each contract that it has signed, by feature.
        unpayable: countries to whose banks the platform does not pay.
    """

    verified: Sequence[str] = ()
    country: str | None = None
    contracts: tuple[tuple[str, str], ...] = ()
    unpayable: Sequence[str] = ()


@dataclass(frozen=True)
class PayoutForm:
    """A whole form; ``proven``: documents are attached that prove whose account it is."""

    business: Business | None
    tax: FiledTaxForm | None
    bank: BankAccount
    proven: bool = False

    def findings(self, known: Known) -> list[Finding]:
        """Everything that can be said of the form at once."""
        missing = [
            failed(
                part,
                f"/{part}",
                Sentence("The part “{part}” is missing.", part=label_of(part)),
                Sentence("Fill it in."),
            )
            for part in ("business", "tax")
            if getattr(self, part) is None
        ]
        parts = (
            self.business_findings(known),
            self.own_tax_findings(),
            bank_findings(self.bank, known.unpayable),
            self.name_findings(known),
        )
        return [*missing, *(finding for part in parts for finding in part)]

    def business_findings(self, known: Known) -> list[Finding]:
        """Whether the business is the verified one, and its registration document is there where it must be."""
        if self.business is None:
            return []
        registered = self.business.country == "US" or self.business.registration_file_id is not None
        document = (
            passed("registration_document", "/business/registration_file_id")
            if registered
            else failed(
                "registration_document",
                "/business/registration_file_id",
                Sentence("A business outside the US adds its registration document."),
                Sentence("Add it as a PDF or an image, such as an extract from the commercial register."),
            )
        )
        return [document, country_finding(self.business.country, known.country)]

    def own_tax_findings(self) -> list[Finding]:
        """What can be said of the tax form."""
        if self.tax is None or self.business is None:
            return []
        return tax_findings(self.tax, self.business.country)

    def name_findings(self, known: Known) -> list[Finding]:
        """Whether all names are the verified one; proven ones are left to an operator."""
        names = [("account_name", "/bank/account_name", self.bank.account_name)]
        if self.business is not None:
            names.append(("entity_name", "/business/entity_name", self.business.entity_name))
        if self.tax is not None and self.tax.name is not None:
            names.append(("tax_form_name", "/tax/name", self.tax.name))
        found = [
            name_finding(check, pointer, name, known.verified, self.proven) for check, pointer, name in names
        ]
        return [*found, *contract_findings(known)]


def country_finding(country: str, verified: str | None) -> Finding:
    """Whether the business is of the country for which it was verified."""
    name, pointer = "business_country", "/business/country"
    if verified is None:
        return not_checked(name, pointer, Sentence("The business has not been verified yet."))
    if country == verified:
        return passed(name, pointer)
    return failed(
        name,
        pointer,
        Sentence("The business was verified in another country."),
        Sentence("Correct the country, or have the business verified anew."),
    )


PROVE = Sentence(
    "Use the verified name, or attach documents that prove whose account it is, such as a letter of the bank."
)


def name_finding(
    check: str, pointer: str, name: str, verified: Sequence[str], proven: bool = False, fix: Sentence = PROVE
) -> Finding:
    """How a name relates to the verified ones; what only resembles them, and a proven difference, is for a person."""
    if not verified:
        why = Sentence("The verified name is not known now: business verification is not complete.")
        return not_checked(check, pointer, why).model_copy(update={"found": (name,)})
    nearest, comparison = closest(verified, name)
    seen = {"expected": nearest, "found": (name,)}
    if mixes_scripts(name) and comparison.likeness != "differs":
        why = Sentence(
            "A word of it mixes letters of several scripts, which look alike; a person compares the two."
        )
        return not_checked(check, pointer, why).model_copy(update=seen)
    if comparison.likeness == "same":
        return passed(check, pointer).model_copy(update=seen)
    if comparison.likeness == "differs_in_form":
        why = Sentence("It is the verified name, written in another form.")
        return passed(check, pointer).model_copy(update={**seen, "why": why})
    if comparison.likeness == "resembles":
        why = Sentence("It may be the verified name, but signs or accents differ; a person compares the two.")
        return not_checked(check, pointer, why).model_copy(update=seen)
    if proven:
        why = Sentence(
            "The name differs from the verified one; an operator compares the documents that are attached."
        )
        return not_checked(check, pointer, why).model_copy(update=seen)
    return failed(
        check,
        pointer,
        Sentence("The name differs from that of the verified business."),
        fix,
    ).model_copy(update={**seen, "differing": (*comparison.only_first, *comparison.only_second)})


def contract_findings(known: Known) -> list[Finding]:
    """Whether the names on the contracts are still the verified one; that does not stop a payout account."""
    return [
        name_finding(f"contract_name_{feature}", "", name, known.verified).model_copy(
            update={"blocking": False}
        )
        for feature, name in known.contracts
    ]


def for_an_operator(findings: Sequence[Finding]) -> bool:
    """Whether an operator must compare the names, because the machine could not say that they agree."""
    compared = ("account_name", "entity_name", "tax_form_name")
    return any(finding.name in compared and finding.result != "passed" for finding in findings)
