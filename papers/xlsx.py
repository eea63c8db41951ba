"""Excel workbooks: numbers and days as such, texts never as formulas or links."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from papers.csv import FORMULA_STARTS
from papers.tables import Cell, Table
from words.columns import header

MADE = datetime(2026, 1, 1)
"""When every workbook says that it was made, so that the same tables give the same bytes."""

EXACT_DIGITS = 15
"""How many digits of a number Excel keeps; longer ones are written as texts."""

LONGEST_TEXT = 32_767

FORMATS: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "bottom": 1},
    "text": {},
    "like a formula": {"quote_prefix": True},
    "count": {"num_format": "#,##0"},
    "day": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm:ss"},
}


def xlsx_file(*tables: Table) -> bytes:
    """A workbook with a sheet for each table."""
    out = io.BytesIO()
    options = {"in_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(out, options) as workbook:
        workbook.set_properties({"created": MADE})
        formats = {name: workbook.add_format({"align": "left", **how}) for name, how in FORMATS.items()}
        for name in ("count", "day", "moment"):
            formats[name].set_align("right")
        for table in tables:
            sheet = workbook.add_worksheet(table.name)
            for column, name in enumerate(table.columns):
                sheet.write_string(0, column, header(name), formats["header"])
            for row, cells in enumerate(table.rows, start=1):
                for column, cell in enumerate(cells):
                    write(workbook, sheet, formats, row, column, cell)
            sheet.freeze_panes(1, 0)
            sheet.autofit(max_width=400)
    return out.getvalue()


def write(workbook: Any, sheet: Any, formats: dict[str, Any], row: int, column: int, cell: Cell) -> None:
    """One cell by its type."""
    match cell:
        case None | "":
            pass
        case str():
            kind = "like a formula" if cell.startswith(FORMULA_STARTS) else "text"
            sheet.write_string(row, column, cell[:LONGEST_TEXT], formats[kind])
        case bool():
            sheet.write_string(row, column, "yes" if cell else "no", formats["text"])
        case Decimal() if len(cell.as_tuple().digits) > EXACT_DIGITS:
            sheet.write_string(row, column, f"{cell:f}", formats["text"])
        case Decimal():
            name = f"#,##0.{'0' * places}" if (places := -int(cell.as_tuple().exponent)) else "#,##0"
            if name not in formats:
                formats[name] = workbook.add_format({"num_format": name, "align": "right"})
            sheet.write_number(row, column, cell, formats[name])
        case int():
            sheet.write_number(row, column, cell, formats["count"])
        case datetime():
            moment = cell.astimezone(UTC).replace(tzinfo=None)
            sheet.write_datetime(row, column, moment, formats["moment"])
        case date():
            sheet.write_datetime(row, column, cell, formats["day"])
