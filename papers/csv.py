"""CSV: UTF-8, RFC 4180, ISO 8601 days, plain decimal numbers.

The file begins with a byte order mark, without which Excel reads UTF-8 as the system's old code page.
"""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

from papers.tables import Cell, Table
from words.columns import header

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet would take for a formula."""


WITHIN = re.compile(r"([;\t\r\n] *)(?=[=+@＝＋－＠-])")
"""Where a spreadsheet that separates by other signs than commas would begin a cell with a formula."""


def csv_file(table: Table) -> bytes:
    """A table as a file; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([header(column) for column in table.columns])
    writer.writerows([written(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def written(cell: Cell) -> str:
    """A cell as it is written; numbers stay numbers, whatever they begin with."""
    match cell:
        case None:
            return ""
        case str():
            harmless = WITHIN.sub(r"\1'", cell)
            return f"'{harmless}" if cell.lstrip(" \xa0").startswith(FORMULA_STARTS) else harmless
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date() | int():
            return str(cell)
