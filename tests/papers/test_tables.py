"""CSV and Excel: exact, and safe to open in a spreadsheet."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]

from papers.csv import csv_file
from papers.statement import statement_csv, statement_xlsx, statements_csv, statements_xlsx
from papers.tables import Table
from papers.xlsx import xlsx_file
from tests.papers.examples import LINES, payouts, statement
from tests.papers.reading import NAMES, rows
from words.columns import COLUMNS


def test_what_stands_above_a_column_is_for_people() -> None:
    assert len(NAMES) == len(COLUMNS), "two columns are called the same"
    assert all(re.fullmatch(r"[A-Z][A-Za-z :,/-]+|eCPM", words) for words in NAMES), COLUMNS
    head = statement_csv(statement()).decode("utf-8-sig").splitlines()[0].split(",")
    assert head[:6] == ["Organization id", "Organization", "Statement id", "Stream", "First day", "Last day"]


def test_what_stands_in_a_cell_is_in_words() -> None:
    (first, *_) = rows(statement_csv(statement()))
    assert (first["stream"], first["state"]) == ("One-time purchases", "Confirmed, to be invoiced")


def test_a_statements_rows_add_up_to_its_net() -> None:
    found = rows(statement_csv(statement()))
    assert [row["kind"] for row in found] == [
        "Earned",
        "Carried forward",
        "Granted on appeal",
        "Tax withheld",
    ]
    assert (
        sum(Decimal(row["net"]) for row in found) == Decimal(found[0]["statement_net"]) == Decimal("8556.53")
    )
    first = found[0]
    assert first["gross"] == "12345.67" and first["exact_gross"] == "12345.671234"
    assert first["period_start"] == "2026-02-01" and first["issued_at"] == "2026-03-15T06:00:00Z"
    assert first["final"] == "no" and first["time_zone"] == "UTC" and first["paid_on"] == ""
    assert found[1]["net"] == "-12.00"
    bridge = ("gross", "refunds", "platform_share", "adjustments", "tax_withheld", "net")
    gross, refunds, share, adjustments, tax, net = (Decimal(first[f"statement_{name}"]) for name in bridge)
    assert gross - refunds - share + adjustments - tax == net


def test_the_lines_of_one_game_leave_the_statements_tax_out() -> None:
    found = rows(statements_csv([statement(of_game="game_1", lines=LINES[:1])]))
    assert [row["kind"] for row in found] == ["Earned"]


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_a_text_is_no_formula_and_a_number_stays_one(start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    found = rows(statement_csv(statement(organization_name=name)))
    assert found[0]["organization_name"] == f"'{name}"
    assert found[1]["net"] == "-12.00"
    workbook = load_workbook(io.BytesIO(statement_xlsx(statement(organization_name=name))))
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert [cell for cell in cells if str(cell.value).endswith(name.strip())]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (";=HYPERLINK(1)", ";'=HYPERLINK(1)"),
        ("Studio; @SUM(1)", "Studio; '@SUM(1)"),
        ("Studio\n=HYPERLINK(1)", "Studio\n'=HYPERLINK(1)"),
        ("Studio\t＝HYPERLINK(1)", "Studio\t'＝HYPERLINK(1)"),
        ("  =HYPERLINK(1)", "'  =HYPERLINK(1)"),
        ("a;-1;+2", "a;'-1;'+2"),
        ("A, B - C + D = E; F", "A, B - C + D = E; F"),
        ("ada@example.com", "ada@example.com"),
    ],
)
def test_a_spreadsheet_that_separates_otherwise_finds_no_formula_either(text: str, told: str) -> None:
    assert rows(csv_file(Table("Odd", ["note"], [[text]]))) == [{"note": told}]


def test_texts_with_commas_quotes_and_lines_survive() -> None:
    odd = 'a, "b"\nc; d'
    made = csv_file(Table("Odd", ["note"], [[odd]]))
    assert rows(made) == [{"note": odd}] and made.startswith(b"\xef\xbb\xbfNote\r\n")


@pytest.mark.parametrize("name", ["株式会社サンプル", "Ünïcode Gämes", "उदाहरण गेम्स", "Пример"])
def test_a_spreadsheet_is_told_that_a_file_is_utf_8(name: str) -> None:
    for made in (statement_csv(statement(organization_name=name)), statements_csv([])):
        assert made.startswith(b"\xef\xbb\xbf") and made.count(b"\xef\xbb\xbf") == 1
    assert rows(statement_csv(statement(organization_name=name)))[0]["organization_name"] == name


def test_a_workbook_holds_numbers_and_days() -> None:
    workbook = load_workbook(io.BytesIO(statement_xlsx(statement())))
    assert workbook.sheetnames == ["Statement", "Lines"]
    facts = {name.value: value for name, value in workbook["Statement"].iter_rows(min_row=2)}
    assert facts["Net"].value == 8556.53 and facts["Net"].number_format == "#,##0.00"
    assert facts["First day"].value == datetime(2026, 2, 1)
    assert facts["Issued"].value == datetime(2026, 3, 15, 6)
    header, first, second, *_ = workbook["Lines"].iter_rows(values_only=True)
    line = dict(zip(header, first, strict=True))
    assert line["Gross"] == 12345.67 and line["Exact gross"] == 12345.671234 and line["Made of"] == 12_345
    assert dict(zip(header, second, strict=True))["Net"] == -12


def test_many_statements_are_a_sheet_of_statements_and_one_of_lines() -> None:
    papers = [statement(), statement(statement_id="st_other", paid_on=date(2026, 4, 8))]
    workbook = load_workbook(io.BytesIO(statements_xlsx(papers)))
    assert workbook.sheetnames == ["Statements", "Lines"]
    assert workbook["Statements"].max_row == 3 and workbook["Lines"].max_row == 9
    header, _, other = workbook["Statements"].iter_rows(values_only=True)
    assert dict(zip(header, other, strict=True))["Paid on"] == datetime(2026, 4, 8)
    assert rows(statements_csv([])) == [] and statements_csv([]).startswith(b"\xef\xbb\xbfOrganization id,")


def test_a_number_longer_than_excel_keeps_is_written_out() -> None:
    exact, long = Decimal("9999999999999.99"), Decimal("90071992547409.93")
    made = xlsx_file(Table("Sums", ["amount"], [[exact], [long], [-long]]))
    values: list[Any] = [cell.value for cell in load_workbook(io.BytesIO(made))["Sums"]["A"]]
    assert values == ["Amount", 9999999999999.99, "90071992547409.93", "-90071992547409.93"]


def test_payouts_say_when_they_were_paid() -> None:
    (row,) = rows(payouts())
    assert row["amount"] == "2469.13" and row["currency"] == "USD" and row["paid_on"] == "2026-04-08"
    (back,) = rows(payouts(paid_on=None, returned=True, since=datetime(2026, 5, 1, tzinfo=UTC)))
    assert back["paid_on"] == "" and back["returned"] == "yes"
