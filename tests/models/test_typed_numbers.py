"""Numbers as businesses write them: all can be typed, the same one is the same however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.typed_numbers import InvoiceNumber, number_key

NUMBER: TypeAdapter[str] = TypeAdapter(InvoiceNumber)


@pytest.mark.parametrize(
    "number",
    [
        "#1001",
        "№ 12",
        "发票20260001",
        "СЧ-2026/7",
        "INV 2026/007",
        "(2026) 12 a",
        "F‑2026‑7",
        "R\u00a07",
        "फ़ा-12",
        "١٢٣",
        "請求書2026年1号",
        "A+B&C*7",
        "’26-1",
        "7",
    ],
)
def test_numbers_of_businesses_can_be_typed_and_are_kept_as_typed(number: str) -> None:
    assert NUMBER.validate_python(f" {number}\n") == number


@pytest.mark.parametrize(
    "number",
    [
        "A\u200b1",
        "A\u202e1",
        "A\u20661",
        "A\x001",
        "A\n1",
        "A\t1",
        "A\u00ad1",
        "A\u20281",
        "A\ufe0f1",
        "A\u31641",
        "A\u034f1",
        "A\ue0001",
        "A\U000e01001",
    ],
)
def test_what_cannot_be_seen_is_refused_with_what_to_do(number: str) -> None:
    with pytest.raises(ValidationError, match="Type it by hand"):
        NUMBER.validate_python(number)


@pytest.mark.parametrize("number", ["", "   ", "#", "- / -", "№", "A" * 65])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValidationError):
        NUMBER.validate_python(number)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("INV-7", "inv - 7"),
        ("INV-7", "ＩＮＶ－７"),
        ("INV-7", "INV\u20107"),
        ("INV-7", "INV\u20117"),
        ("INV-7", "INV\u20137"),
        ("INV-7", "INV\u20147"),
        ("INV-7", "INV\u22127"),
        ("№ 12", "No12"),
        ("١٢٣", "123"),
        ("счёт 1", "СЧЁТ1"),
        ("Zoé-1", "ZOE\u0301-1"),
        ("INV\u200b-7", "INV-7"),
    ],
)
def test_the_same_number_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert number_key(one) == number_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2026-1-12", "2026-11-2"), ("#1001", "1001"), ("СЧ-1", "CЧ-1"), ("A.1", "A-1"), ("ーA", "-A")],
)
def test_other_numbers_stay_apart(one: str, other: str) -> None:
    assert number_key(one) != number_key(other)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,63}", fullmatch=True))
def test_keys_of_numbers_from_before_stay_as_they_are(number: str) -> None:
    assert number_key(number) == "".join(number.casefold().split())
    assert NUMBER.validate_python(number) == number.strip()


@given(st.text(max_size=64))
def test_what_is_taken_has_a_key_that_holds(number: str) -> None:
    try:
        taken = NUMBER.validate_python(number)
    except ValidationError:
        return
    assert number_key(taken) and number_key(number_key(taken)) == number_key(taken)
