"""An organization's own records: everyday files are read, and what may mean two things is asked about."""

import pytest

from api.http.problems import Problem
from api.services.earnings.order_records import read_own_records

ORDERS = "order_id,beans,amount_left_alone\no1,100,x\no2,200,y\n"


def read(text: str, encoding: str = "utf-8") -> list[tuple[int, str, int]]:
    return [
        (record.row, record.order_id, record.micros)
        for record in read_own_records(text.encode(encoding), 1_000)
    ]


@pytest.mark.parametrize(
    ("text", "first_row"),
    [
        (ORDERS, 2),
        ("\ufeff" + ORDERS, 2),
        (ORDERS.replace("\n", "\r\n"), 2),
        (ORDERS.replace(",", ";"), 2),
        ("sep=,\n" + ORDERS, 3),
        ("sep=;\r\n" + ORDERS.replace(",", ";"), 3),
        ('"SEP=\t"\n' + ORDERS.replace(",", "\t"), 3),
        ("\n\n" + ORDERS, 4),
        (ORDERS.replace("100", "100.0").replace("200", "200.00"), 2),
    ],
)
def test_everyday_files_are_read_and_rows_are_counted_as_a_spreadsheet_does(
    text: str, first_row: int
) -> None:
    assert read(text) == [(first_row, "o1", 100_000), (first_row + 1, "o2", 200_000)]


@pytest.mark.parametrize(
    "beans", ["1.000", "12.000", "999.000", "1,000", "1e3", "-0", "+1", "NaN", "1.5", "١٠"]
)
def test_beans_that_may_be_a_thousand_or_are_no_number_are_asked_about(beans: str) -> None:
    with pytest.raises(Problem) as refused:
        read(f"order_id;beans\no1;{beans}\n")
    [error] = refused.value.errors or []
    assert (error.pointer, error.code) == ("/file/2/beans", "unfit")


@pytest.mark.parametrize(
    ("separator", "amount", "micros"),
    [
        (";", "1.50", 1_500_000),
        (",", "1.500", 1_500_000),
        (";", "0.125", 125_000),
        (";", "1500.000", 1_500_000_000),
        (";", "1.500", None),
        (";", "12.345", None),
        (";", "1,50", None),
        (";", "1.500,00", None),
    ],
)
def test_an_amount_is_read_only_where_its_point_can_be_no_separator(
    separator: str, amount: str, micros: int | None
) -> None:
    text = f"order_id{separator}amount\no1{separator}{amount}\n"
    if micros is None:
        with pytest.raises(Problem):
            read(text)
    else:
        assert read(text) == [(2, "o1", micros)]
