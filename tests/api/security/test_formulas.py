"""Whatever somebody wrote, no file that we give is a program to a spreadsheet: texts stay texts, numbers numbers."""

import asyncio
import csv
import io
import re
from itertools import cycle
from pathlib import Path

import httpx2
import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]

from papers.csv import FORMULA_STARTS
from tests.api.support.endpoints import doors
from tests.api.support.scripted import browsing

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
BAIT = "HYPERLINK(1)"
BAITS = cycle(f"{start}{BAIT}" for start in FORMULA_STARTS)


def bait(what: str) -> str:
    """A formula; of the worst kind where all tables show it."""
    return f"={BAIT} {what}" if what in ("organizations.name", "games.name") else f"{next(BAITS)} {what}"


async def get_all(folder: Path) -> dict[str, httpx2.Response]:
    """Every table there is to be had, by its operation."""
    found = {}
    async with browsing(folder, bait) as (clients, organization_id):
        admin, path = clients["admin"], f"/v1/organizations/{organization_id}"
        statements = (await admin.get(f"{path}/statements")).json()["data"]
        ids = {
            "organization_id": organization_id,
            "statement_id": statements[0]["id"],
            "comparison_id": "cmp_1",
        }
        for door in doors():
            kind = door.path.rpartition(".")[2]
            if kind in ("csv", "xlsx"):
                name = door.path.rpartition("/")[2]
                query = ""
                if name == "metrics.csv":
                    day = (await admin.get(f"{path}/metrics?group_by=day")).json()["data"][0]["day"]
                    query = f"?group_by=game,region,placement&start={day}&end={day}"
                found[door.path] = await admin.get(door.at(ids) + query)
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, httpx2.Response]:
    return asyncio.run(get_all(tmp_path_factory.mktemp("formulas")))


def test_no_cell_of_a_csv_is_a_formula(files: dict[str, httpx2.Response]) -> None:
    baits, seen = 0, set[str]()
    for path, answer in files.items():
        assert answer.status_code == 200, (path, answer.text)
        if not path.endswith(".csv"):
            continue
        header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
        assert rows, path
        for name, cell in ((name, cell) for row in rows for name, cell in zip(header, row, strict=True)):
            assert not cell.startswith(FORMULA_STARTS) or NUMBER.fullmatch(cell), (path, name, cell)
            baits += BAIT in cell
            seen |= {cell[1] for _ in "x" if cell.startswith("'") and BAIT in cell}
    assert baits > 20 and seen == set(FORMULA_STARTS)


def test_no_cell_of_a_workbook_is_a_formula_and_numbers_are_numbers(
    files: dict[str, httpx2.Response],
) -> None:
    baits, kinds = 0, set[str]()
    for path, answer in files.items():
        if path.endswith(".xlsx"):
            book = load_workbook(io.BytesIO(answer.content))
            for cell in (cell for sheet in book for row in sheet.iter_rows() for cell in row):
                assert cell.data_type != "f" and not cell.hyperlink, (path, cell.coordinate, cell.value)
                assert cell.data_type != "s" or not NUMBER.fullmatch(cell.value), (path, cell.coordinate)
                if isinstance(cell.value, str) and cell.value.startswith(FORMULA_STARTS):
                    assert cell.quotePrefix, (path, cell.coordinate)
                baits += isinstance(cell.value, str) and BAIT in cell.value
                kinds.add(cell.data_type)
    assert baits > 3 and {"s", "n"} <= kinds
