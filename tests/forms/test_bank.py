"""Bank accounts: what each country asks for, and what cannot be right."""

from collections import defaultdict
from typing import Any

import pytest
from pydantic import ValidationError
from schwifty import IBAN, registry

from forms.bank.accounts import BankAccount, bank_findings
from forms.bank.bank_names import bank_name
from forms.bank.countries import NATIONAL, bank_country
from models.programme.policy import Policy
from models.texts.complaints import in_words

US = {"country": "US", "account_number": "000123456789", "routing_number": "110000000"}
DE = {"country": "DE", "iban": "DE89370400440532013000"}
HK = {"country": "HK", "account_number": "000123456", "swift_bic": "HSBCHKHH"}


def account(**numbers: Any) -> BankAccount:
    return BankAccount(account_name="Example Games", institution="Example Bank", **numbers)


def failing(**numbers: Any) -> set[str]:
    return {finding.name for finding in bank_findings(account(**numbers)) if finding.result == "failed"}


@pytest.mark.parametrize(
    "numbers",
    [
        US,
        DE,
        HK,
        DE | {"iban": "de89 3704 0044 0532 0130 00"},
        DE | {"swift_bic": "COBADEFFXXX"},
        {"country": "GB", "iban": "GB33BUKB20201555555555"},
        *({"country": of, "iban": "GB33BUKB20201555555555"} for of in ("JE", "GG", "IM")),
        *({"country": of, "iban": "FR1420041010050500013M02606"} for of in ("RE", "NC", "GF")),
        {"country": "JE", "account_number": "12345678", "swift_bic": "RBOSJESH"},
        HK | {"swift_bic": "HSBCSGSG"},
        DE | {"iban": "ＤＥ89-3704-0044\u200b0532 0130 00\u202c"},
    ],
)
def test_accounts_that_can_be_right_pass(numbers: dict[str, Any]) -> None:
    assert failing(**numbers) == set()


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ({"country": "US"}, {"account_number_given", "routing_number_given"}),
        (US | {"routing_number": "110000001"}, {"routing_number"}),
        (US | {"routing_number": "12345"}, {"routing_number"}),
        (US | {"virtual": True}, {"virtual_account"}),
        ({"country": "DE", "account_number": "12345678", "swift_bic": "COBADEFF"}, {"iban_given"}),
        (DE | {"iban": "DE89370400440532013001"}, {"iban"}),
        (DE | {"iban": "DE8937040044053201300"}, {"iban"}),
        (DE | {"iban": "US89370400440532013000"}, {"iban"}),
        (DE | {"iban": "X"}, {"iban"}),
        (DE | {"iban": "FR1420041010050500013M02606"}, {"iban"}),
        (DE | {"swift_bic": "DEUTDEFF"}, {"bank_of_iban"}),
        (DE | {"swift_bic": "BARCGB22"}, {"bank_of_iban"}),
        (DE | {"swift_bic": "NONSENSE"}, {"swift_bic"}),
        (DE | {"routing_number": "110000000"}, {"routing_number"}),
        ({"country": "HK", "account_number": "000123456"}, {"swift_bic_given"}),
        ({"country": "HK", "swift_bic": "HSBCHKHH"}, {"account_number_given"}),
    ],
)
def test_what_cannot_be_right_is_named(numbers: dict[str, Any], found: set[str]) -> None:
    assert failing(**numbers) == found


def test_errors_say_why_and_never_what_was_typed() -> None:
    for numbers in (US | {"routing_number": "987654321"}, DE | {"iban": "DE00CANARY"}):
        for finding in bank_findings(account(**numbers)):
            said = f"{finding.why} {finding.fix}"
            assert "987654321" not in said and "CANARY" not in said
            assert finding.result == "passed" or (finding.why and finding.fix and finding.pointer)


def test_a_bank_that_is_not_known_is_not_held_against_anybody() -> None:
    numbers = {"country": "MT", "iban": "MT84MALT011000012345MTLCAST001S", "swift_bic": "MALTMTMT"}
    results = {finding.name: finding.result for finding in bank_findings(account(**numbers))}
    assert results["bank_of_iban"] in ("passed", "not_run")


@pytest.mark.parametrize("iban", ["", "A" * 41, "DE89\x0037", "١٢٣"])
def test_shapes_that_no_number_has_are_refused(iban: str) -> None:
    with pytest.raises(ValidationError):
        account(country="DE", iban=iban)


def test_a_bic_of_another_country_is_left_to_the_bank_desk() -> None:
    [found] = [f for f in bank_findings(account(**HK | {"swift_bic": "HSBCSGSG"})) if f.name == "swift_bic"]
    assert found.result == "not_run" and not found.blocks


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("12-3456-7890123-00", "123456789012300"),
        ("000 123 456", "000123456"),
        ("１２３４５６７", "1234567"),
        ("\ufeff000123456\u200e", "000123456"),
        ("000–123—456", "000123456"),
    ],
)
def test_account_numbers_are_taken_as_they_are_printed(printed: str, kept: str) -> None:
    assert account(**HK | {"account_number": printed}).account_number == kept


@pytest.mark.parametrize(
    ("field", "printed", "kept"),
    [
        ("iban", "IBAN: DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("iban", "IBAN DE89370400440532013000", "DE89370400440532013000"),
        ("iban", "\u00a0iban\tDE89370400440532013000", "DE89370400440532013000"),
        ("swift_bic", "BIC/SWIFT: COBADEFFXXX", "COBADEFFXXX"),
        ("swift_bic", "SWIFT code COBADEFF", "COBADEFF"),
        ("swift_bic", "BICIBFBX", "BICIBFBX"),
        ("swift_bic", "BICI BF BX", "BICIBFBX"),
        ("bank_code", "БИК 049805746", "049805746"),
        ("bsb", "BSB： 062-000", "062000"),
        ("account_number", "A/c no.: 0001 2345", "00012345"),
    ],
)
def test_what_a_number_is_called_may_be_pasted_with_it(field: str, printed: str, kept: str) -> None:
    assert account(country="DE", **{field: printed}).number(field) == kept  # type: ignore[arg-type]


IN = {"country": "IN", "account_number": "00123456789", "ifsc": "SBIN0001234"}
JP = {
    "country": "JP",
    "bank_code": "0001",
    "branch_code": "001",
    "account_type": "ordinary",
    "account_number": "0123456",
}
AU = {"country": "AU", "bsb": "062-000", "account_number": "1234 5678"}
GB = {"country": "GB", "sort_code": "12-34-56", "account_number": "12345678"}
CN = {"country": "CN", "cnaps": "102100099996", "account_number": "6222 0212 3456 7890 123"}
MX = {"country": "MX", "clabe": "032180000118359719"}
BR = {
    "country": "BR",
    "bank_code": "001",
    "branch_code": "1234-5",
    "account_number": "123456-X",
    "account_type": "checking",
    "holder_tax_number": "11.222.333/0001-81",
}
CA = {"country": "CA", "bank_code": "003", "branch_code": "01234", "account_number": "1234567"}
NZ = {"country": "NZ", "account_number": "01-0902-0068389-00"}
AR = {"country": "AR", "cbu": "2850590940090418135201"}
ZA = {"country": "ZA", "branch_code": "250655", "account_number": "62001234567"}
VN = {"country": "VN", "bank_code": "970436", "account_number": "0011001234567"}
PH = {"country": "PH", "bank_code": "01-004-0018", "account_number": "0012-3456-7890"}
CO = {
    "country": "CO",
    "bank_code": "1007",
    "account_type": "savings",
    "account_number": "001-234567-89",
    "holder_tax_number": "901.458.652-7",
}
PE = {"country": "PE", "cci": "011-366-000100032542-21"}
NG = {"country": "NG", "bank_code": "011", "account_number": "0000014579"}
RU = {"country": "RU", "bank_code": "049805746", "account_number": "40602810700000000025"}
NATIONALLY = [IN, JP, AU, GB, CN, MX, BR, CA, NZ, AR, ZA, VN, PH, CO, PE, NG, RU]


@pytest.mark.parametrize("numbers", NATIONALLY, ids=lambda numbers: numbers["country"])
def test_accounts_are_taken_by_the_numbers_of_their_own_country(numbers: dict[str, Any]) -> None:
    assert failing(**numbers) == set()


@pytest.mark.parametrize(
    "country", sorted({numbers["country"] for numbers in NATIONALLY} - {"GB", "BR", "NZ", "US"})
)
def test_accounts_of_countries_without_ibans_are_still_taken_by_account_number_and_bic(country: str) -> None:
    assert failing(country=country, account_number="000123456", swift_bic=f"AAAA{country}22") == set()


@pytest.mark.parametrize("country", ["ML", "SN", "DZ", "JE", "RU"])
def test_accounts_are_taken_either_way_where_ibans_are_not_everywhere(country: str) -> None:
    assert failing(country=country, account_number="000123456", swift_bic=f"AAAA{country}22") == set()


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        (IN | {"ifsc": "SBIN1001234"}, {"ifsc"}),
        (IN | {"ifsc": "SBIN000123"}, {"ifsc"}),
        (JP | {"bank_code": "00001"}, {"bank_code"}),
        (JP | {"branch_code": "1"}, {"branch_code"}),
        (JP | {"account_type": "checking"}, {"account_type"}),
        (JP | {"account_type": None}, {"account_type_given"}),
        (AU | {"bsb": "06200"}, {"bsb"}),
        (GB | {"sort_code": "12345"}, {"sort_code"}),
        (CN | {"cnaps": "10210009999"}, {"cnaps"}),
        (MX | {"clabe": "032180000118359718"}, {"clabe"}),
        (BR | {"holder_tax_number": "11.222.333/0001-82"}, {"holder_tax_number"}),
        (BR | {"bank_code": "1"}, {"bank_code"}),
        (CA | {"branch_code": "1234"}, {"branch_code"}),
        (AR | {"cbu": "2850590940090418135202"}, {"cbu"}),
        (RU | {"account_number": "40602810600000000025"}, {"account_number"}),
        (RU | {"account_number": "40602810700000000026"}, {"account_number"}),
        (RU | {"bank_code": "049805747"}, {"account_number"}),
        (PE | {"cci": "0113660001000325422"}, {"cci"}),
        (PH | {"bank_code": "01004001"}, {"bank_code"}),
        (CO | {"bank_code": "10075"}, {"bank_code"}),
        (CO | {"holder_tax_number": None}, {"holder_tax_number_given"}),
        (VN | {"bank_code": "9704366"}, {"bank_code"}),
        ({"country": "PE"}, {"cci_given"}),
        (MX | {"cci": "01136600010003254221"}, {"cci"}),
        ({"country": "IN", "account_number": "00123456789"}, {"ifsc_given"}),
        ({"country": "MX"}, {"clabe_given"}),
        (DE | {"ifsc": "SBIN0001234"}, {"ifsc"}),
        (US | {"sort_code": "123456"}, {"sort_code"}),
        (HK | {"bsb": "062000"}, {"bsb"}),
    ],
)
def test_national_numbers_that_cannot_be_right_are_named(numbers: dict[str, Any], found: set[str]) -> None:
    assert failing(**numbers) == found


@pytest.mark.parametrize(
    "numbers",
    [
        {"country": "NZ", "account_number": "12-3456-7890123-00"},
        JP | {"account_number": "12345678"},
        GB | {"account_number": "1234567"},
        IN | {"account_number": "1234"},
        NG | {"account_number": "0000014578"},
        NG | {"bank_code": "057"},
        NG | {"bank_code": "50211"},
        VN | {"account_number": "12345"},
        {"country": "MY", "swift_bic": "MBBEMYKL", "account_number": "1234"},
        RU | {"account_number": "4060281070000000002"},
    ],
)
def test_an_account_number_that_looks_unusual_is_left_to_the_bank_desk(numbers: dict[str, Any]) -> None:
    [found] = [f for f in bank_findings(account(**numbers)) if f.name == "account_number"]
    assert found.result == "not_run" and not found.blocks and "bank desk" in found.why


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        (CN | {"cnaps": "102100099997"}, "cnaps"),
        (CN | {"cnaps": "402873300152"}, "cnaps"),
        (PE | {"cci": "01136600010003254231"}, "cci"),
        (PE | {"cci": "01136600010003254222"}, "cci"),
    ],
)
def test_a_check_digit_that_some_banks_do_not_keep_to_is_left_to_the_bank_desk(
    numbers: dict[str, Any], field: str
) -> None:
    [found] = [f for f in bank_findings(account(**numbers)) if f.name == field]
    assert found.result == "not_run" and not found.blocks and "bank desk" in found.why


@pytest.mark.parametrize(
    "cnaps", ["313651027012", "313522004113", "402795602394", "402871040060", "105100000017", "104100000004"]
)
def test_the_codes_of_chinese_branches_check_themselves(cnaps: str) -> None:
    assert {f.result for f in bank_findings(account(**CN | {"cnaps": cnaps}))} == {"passed"}


@pytest.mark.parametrize(
    "numbers",
    [
        NG | {"account_number": "0000000220"},
        NG | {"bank_code": "000011"},
        NG | {"bank_code": "0011"},
        RU | {"account_number": "03214643000000013900"},
        RU | {"bank_code": "049805000"},
        *(
            {"country": "RU", "account_number": "40602810600000000025", "swift_bic": bic}
            for bic in ("SABRRUMM",)
        ),
    ],
)
def test_account_numbers_are_held_against_their_bank_only_where_they_check_it(
    numbers: dict[str, Any],
) -> None:
    assert {f.result for f in bank_findings(account(**numbers))} == {"passed"}


@pytest.mark.parametrize("country", sorted(NATIONAL))
def test_each_number_has_an_example_that_fits_and_says_where_it_is_found(country: str) -> None:
    for field, shape in NATIONAL[country].shapes.items():
        assert shape.fits(shape.example) and (shape.usual is None or shape.usual(shape.example)), field
        assert len(shape.where) > 20 and shape.where.endswith("."), field


@pytest.mark.parametrize("country", sorted(NATIONAL))
def test_what_a_country_asks_for_is_said_in_words_with_the_other_ways(country: str) -> None:
    rules = bank_country(country)
    asked = [f for f in bank_findings(account(country=country)) if f.name.endswith("_given")]
    assert {f.name for f in asked} == {f"{field}_given" for field in rules.routes[0]}
    for finding in asked:
        assert finding.blocks and ("instead" in finding.fix) == (len(rules.routes) > 1)
        assert not set("^[]{}\\|") & set(f"{finding.why}{finding.fix}")


def test_every_bic_that_the_register_has_for_a_bank_code_is_that_bank() -> None:
    known = defaultdict(set)
    for bank in registry.get_all_banks():
        if bank.bic and bank.bank_code:
            known[bank.country_code, bank.bank_code].add(bank.bic)
    abroad = {(c, code, bic) for (c, code), bics in known.items() for bic in bics if bic[4:6] != c}
    second = {
        (c, code, bic) for (c, code), bics in known.items() if len(bics) > 1 for bic in sorted(bics)[:3]
    }
    assert len(abroad) > 100 and len(second) > 100
    for country, code, bic in sorted(abroad | second):
        iban = IBAN.generate(country, bank_code=code, account_code="1")
        found = bank_findings(account(country=country, iban=str(iban), swift_bic=bic))
        assert {f.result for f in found} == {"passed"}, (country, code, bic)


def test_the_second_bank_of_a_bank_code_is_taken_and_a_third_is_not() -> None:
    iban = str(IBAN.generate("ES", bank_code="0075", account_code="1"))
    for bic, found in (("POPUESMM", set()), ("BSCHESMMXXX", set()), ("CAIXESBB", {"bank_of_iban"})):
        assert failing(country="ES", iban=iban, swift_bic=bic) == found


def test_a_bank_in_kosovo_is_taken() -> None:
    iban = "XK051212012345678906"
    assert failing(country="XK", iban=iban, swift_bic="NCBVXKPR") == set()
    assert failing(country="XK", iban=iban, swift_bic="NCBVXK") == {"swift_bic"}


@pytest.mark.parametrize("country", ["JE", "GG", "IM", "GB"])
def test_a_bank_on_an_island_is_taken_with_the_iban_and_the_bic_that_it_prints(country: str) -> None:
    iban = str(IBAN.generate("GB", bank_code="RBOS", branch_code="166300", account_code="00083292"))
    assert failing(country=country, iban=iban, swift_bic="RBOSJESH") == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_number", "12"),
        ("account_number", "1" * 35),
        ("account_number", "A&12345"),
        ("iban", "(X)"),
        ("ifsc", ""),
        ("swift_bic", "ДОЙЧЕ"),
        ("country", "Germany"),
        ("stripe_account", "acct"),
        ("account_name", "A\nB"),
    ],
)
def test_what_no_number_can_be_is_told_in_words(field: str, value: str) -> None:
    form = {"account_name": "Example Games", "institution": "Example Bank", **DE, field: value}
    with pytest.raises(ValidationError) as refused:
        BankAccount.model_validate(form)
    [error] = refused.value.errors()
    words = in_words(error)
    assert len(words) > 20 and not set("^[]{}\\|") & set(words)


def test_a_country_that_cannot_be_paid_is_named_by_the_policy() -> None:
    numbers = {"country": "CU", "account_number": "12345678", "swift_bic": "AAAACU22"}
    found = {f.name: f for f in bank_findings(account(**numbers), Policy().unpayable_countries)}
    assert found["payable_country"].blocks and found["payable_country"].fix
    assert failing(**numbers) == set(), "no other rule speaks against it"


@pytest.mark.parametrize(
    ("iban", "swift_bic", "name"),
    [
        ("DE89 3704 0044 0532 0130 00", None, "Commerzbank"),
        (None, "barcgb22", "BARCLAYS BANK PLC"),
        ("DE00370400440532013000", None, None),
        (None, "NOSUCHXX", None),
        (None, "?", None),
        (None, None, None),
    ],
)
def test_a_bank_is_named_where_its_code_says_it(
    iban: str | None, swift_bic: str | None, name: str | None
) -> None:
    assert bank_name(iban, swift_bic) == name
