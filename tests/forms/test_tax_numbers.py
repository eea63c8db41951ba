"""Tax numbers of businesses: every kind that the library knows is considered, and no right one is refused."""

import pkgutil
from importlib import import_module
from typing import Any

import pytest
import stdnum
from stdnum import get_cc_module

from forms.tax.forms import W8BenE
from forms.tax.numbers import ALL_KINDS_KNOWN, CERTAIN, KINDS_OF_NUMBER, OF_PERSONS, Judgement, judged

NOT_FOR_TAX = {
    "AR": {"cbu"},
    "AT": {"postleitzahl"},
    "BE": {"iban", "ogm_vcs"},
    "CA": {"bc_phn"},
    "CH": {"esr"},
    "CZ": {"bankaccount"},
    "DE": {"leitweg", "wkn"},
    "DO": {"ncf"},
    "ES": {"cae", "ccc", "cups", "iban", "postal_code", "referenciacatastral"},
    "FR": {"accise"},
    "GB": {"nhs", "sedol", "upn"},
    "IT": {"aic"},
    "ME": {"iban"},
    "NL": {"brin", "identiteitskaartnummer", "onderwijsnummer", "postcode"},
    "NO": {"iban", "kontonr"},
    "NZ": {"bankaccount"},
    "SE": {"postnummer"},
    "US": {"rtn"},
}
"""Modules for accounts, places, drugs and the like."""

NO_COUNTRIES = {"EU", "ISO7064"}


def library() -> dict[str, set[str]]:
    """All modules of the library by country, without the plain ``vat``, which is always considered."""
    found = {}
    for package in pkgutil.iter_modules(stdnum.__path__):
        country = package.name.rstrip("_").upper()
        if package.ispkg and country not in NO_COUNTRIES:
            path = import_module(f"stdnum.{package.name}").__path__
            found[country] = {module.name for module in pkgutil.iter_modules(path)} - {"vat"}
    return found


@pytest.mark.parametrize(("country", "names"), sorted(library().items()))
def test_every_kind_that_the_library_knows_has_its_place(country: str, names: set[str]) -> None:
    places = (
        set(KINDS_OF_NUMBER.get(country, ())),
        set(OF_PERSONS.get(country, ())),
        NOT_FOR_TAX.get(country, set()),
    )
    assert set().union(*places) - {"vat"} == names, (
        "say what the module is for: a business, a person, neither"
    )
    assert sum(map(len, places)) == len(set().union(*places)), "one place each"


@pytest.mark.parametrize("country", sorted(KINDS_OF_NUMBER.keys() | OF_PERSONS.keys()))
def test_every_kind_that_is_named_exists(country: str) -> None:
    for kind in (*KINDS_OF_NUMBER.get(country, ()), *OF_PERSONS.get(country, ())):
        assert get_cc_module(country, kind) is not None, kind


def test_what_may_be_refused_is_of_a_kind_that_is_known() -> None:
    for country, kinds in CERTAIN.items():
        assert set(kinds) <= set(KINDS_OF_NUMBER[country])
    assert KINDS_OF_NUMBER.keys() >= ALL_KINDS_KNOWN and not ALL_KINDS_KNOWN & CERTAIN.keys()


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AT", "59-119/9013"),
        ("AT", "FN 122119m"),
        ("AT", "ATU13585627"),
        ("AU", "51 824 753 556"),
        ("AU", "004 085 616"),
        ("BR", "16.727.230/0001-97"),
        ("CH", "CHE-100.155.212"),
        ("CH", "CHE-107.787.577 IVA"),
        ("CN", "91110000600037341L"),
        ("DE", "181/815/08155"),
        ("DE", "DE136695976"),
        ("DK", "DK 13585628"),
        ("DK", "13585628"),
        ("FI", "2077474-0"),
        ("FR", "732 829 320"),
        ("GB", "1955839661"),
        ("IN", "AAPFU0939F"),
        ("IN", "27AAPFU0939F1ZV"),
        ("IT", "00743110157"),
        ("JP", "5835678256246"),
        ("JP", "T5835678256246"),
        ("JP", "Ｔ５８３５６７８２５６２４６"),
        ("KR", "134-86-72683"),
        ("LI", "1234567"),
        ("MD", "1008600038413"),
        ("MX", "MAB-930714-8T4"),
        ("NL", "111222333"),
        ("NO", "995 525 828"),
        ("NO", "995 525 828 MVA"),
        ("PL", "8567346215"),
        ("PL", "192598184"),
        ("PT", "501 964 843"),
        ("RO", "18547290"),
        ("SE", "1234567897"),
        ("SG", "00192200M"),
        ("TW", "00501503"),
        ("UA", "32855961"),
        ("ZA", "0001339050"),
    ],
)
def test_the_numbers_of_businesses_pass_with_vat_and_without(country: str, number: str) -> None:
    assert judged(as_filed(number), country) is Judgement.WELL_FORMED


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("PL", "0000123456"),
        ("KR", "110111-1234567"),
        ("JP", "0100-01-123456"),
        ("IN", "U72200KA2013PTC097389"),
        ("IN", "BLRA12345B"),
        ("CN", "110108012345678"),
        ("BR", "110.042.490.114"),
        ("DK", "1012345678"),
        ("NL", "12345678"),
        ("GB", "SC123456"),
        ("DE", "HRB 12345"),
        ("CZ", "IČO 12345678"),
        ("HU", "12345678-1-42"),
        ("AU", "ABN 51 824 753 556"),
        ("CH", "CH-020.3.020.910-7"),
        ("ID", "0123456789012345"),
        ("MT", "C 12345"),
        ("KE", "PVT-AB12CD3"),
    ],
)
def test_a_number_of_an_open_kind_is_left_to_the_tax_desk(country: str, number: str) -> None:
    assert judged(as_filed(number), country) in (Judgement.OF_ANOTHER_KIND, Judgement.NO_RULES)


@pytest.mark.parametrize(
    ("country", "number"),
    [("NO", "15108695088"), ("KR", "971013-9019902"), ("FR", "2 95 10 99 126 111 93"), ("PL", "44051401359")],
)
def test_a_persons_number_is_left_to_the_tax_desk(country: str, number: str) -> None:
    assert judged(number, country) is Judgement.OF_A_PERSON


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("NO", "995525829"),
        ("NO", "12345"),
        ("DK", "13585627"),
        ("JP", "T5835678256247"),
        ("KR", "???"),
        ("CN", "91110000600037342L"),
        ("IN", "27AAPFU0939F1ZW"),
        ("BR", "16.727.230/0001-98"),
        ("AU", "51824753557"),
        ("FR", "732829321"),
        ("IT", "00743110158"),
        ("MT", "???"),
        ("DE", "none"),
    ],
)
def test_a_slip_is_refused(country: str, number: str) -> None:
    assert judged(number, country) is Judgement.WRONG


def as_filed(number: str) -> Any:
    """A number as a form keeps it."""
    return W8BenE(form="W-8BEN-E", entity_type="corporation", tax_number=number).tax_number


@pytest.mark.parametrize(
    "printed", ["13‑58‑56‑28", "１３５８５６２８", "\u200b13585628\u202c", "13–58–56–28"]
)
def test_a_number_is_taken_as_it_is_printed_or_pasted(printed: str) -> None:
    assert judged(as_filed(printed), "DK") is Judgement.WELL_FORMED


@pytest.mark.parametrize(
    ("country", "printed"),
    [
        ("DK", "CVR-nr.: 13 58 56 28"),
        ("IN", "GSTIN: 27AAPFU0939F1ZV"),
        ("FR", "N° TVA : FR 40 303 265 045"),
        ("DE", "USt-IdNr.:DE136695976"),
        ("NO", "Org.nr: 995 525 828"),
    ],
)
def test_what_a_number_is_called_may_be_copied_with_it(country: str, printed: str) -> None:
    assert judged(as_filed(printed), country) is Judgement.WELL_FORMED
