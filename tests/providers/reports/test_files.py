"""Files of reports: whole or refused, read row by row, in little memory."""

import re
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pa_parquet  # type: ignore[import-untyped]
import pytest

from models.earnings import AdDay, Aside, OrderEvent, WhyAside
from providers.reports.files import ReportFile, Unusable, column_types

ROOT = Path(__file__).parents[3]
HEADER = (
    "event_id,type,organization_id,game_id,order_id,product,beans,refund_amount,user_id,region,at,is_sandbox"
)
ROW = "e{n},minis.trade_order.redeem.success,org_1,game_1,o{n},one_time,{beans},,u,GB,2026-01-05T12:00:00Z,"
ADS: dict[str, Any] = {
    "report_id": "r",
    "revision": 1,
    "organization_id": "org_1",
    "game_id": "game_1",
    "placement": "rewarded",
    "region": "GB",
    "day": date(2026, 1, 5),
    "requests": 3,
    "impressions": 2,
    "clicks": 1,
    "revenue_micros": 1_234_567,
}


def row(n: int, beans: object = 100) -> str:
    return ROW.format(n=n, beans=beans)


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "orders.csv"
    path.write_text("".join(f"{line}\n" for line in (header, *lines)))
    return path


def rows_of(path: Path) -> list[tuple[int, OrderEvent | Aside]]:
    return [item for batch in ReportFile(path, OrderEvent).batches() for item in batch]


def test_rows_and_their_numbers(tmp_path: Path) -> None:
    """Bad rows are told by number, whether their cells are wrong or there are too few or too many of them."""
    lines = [
        row(1),
        "cut,off",
        row(3, "1.5"),
        "",
        row(4),
        row(5) + ",more",
        row(6, -1),
        row(7, 2**53),
        "short",
    ]
    found = rows_of(written(tmp_path, *lines))
    assert ReportFile(tmp_path / "orders.csv", OrderEvent).rows == 8
    assert [number for number, _ in found] == list(range(1, 9))
    good = {number: report.beans for number, report in found if isinstance(report, OrderEvent)}
    assert good == {1: 100, 4: 100}
    bad = {number: report for number, report in found if isinstance(report, Aside)}
    assert all(report.why is WhyAside.MALFORMED for report in bad.values())
    assert bad[3].subject == "e3" and bad[3].detail.startswith("beans: ")
    for number in (2, 5, 8):
        assert "cells" in bad[number].detail
    assert bad[6].detail.startswith("beans: ") and bad[7].detail.startswith("beans: ")


@pytest.mark.parametrize("cell", ["NaN", "1e3", "0x10", "１２", " 1", "1_000", "1,5", "true", "9" * 30])
def test_a_number_is_written_in_digits(tmp_path: Path, cell: str) -> None:
    [(number, report)] = rows_of(written(tmp_path, row(1, f'"{cell}"')))
    assert isinstance(report, Aside) and number == 1 and "beans" in report.detail


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("FALSE", False), ("", False)])
def test_flags(tmp_path: Path, cell: str, value: bool) -> None:
    [(_, report)] = rows_of(written(tmp_path, row(1) + cell))
    assert isinstance(report, OrderEvent) and report.is_sandbox is value


def test_a_file_with_a_header_only_has_no_rows(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path)) == []


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b"\n", "is empty"),
    "missing column": (HEADER.replace("beans,", "").encode() + b"\n", "beans is missing"),
    "misspelt column": (HEADER.replace("is_sandbox", "sandbox").encode() + b"\n", "no column 'sandbox'"),
    "column twice": (HEADER.encode() + b",beans\n", "twice"),
    "spreadsheet": (b"PK\x03\x04\x14\x00", "save it as CSV"),
    "compressed": (b"\x1f\x8b\x08\x00", "unpack it first"),
    "cut off in a quotation": (f'{HEADER}\n{row(1)}\ne2,"minis'.encode(), "cut off"),
    "cut off": (f"{HEADER}\n{row(1)[:-10]}".encode(), "cut off"),
    "latin-1": (f"{HEADER}\n{row(1)}\n".encode().replace(b",u,", b",\xe9,"), "not UTF-8"),
    "latin-1 later": (f"{HEADER}\n{(row(1) + chr(10)) * 100_000}".encode() + b"\xe9,\n", "not UTF-8"),
    "utf-16 and more": (f"{HEADER}\n".encode("utf-16") + b"\n", "not UTF-16"),
    "utf-16 without a mark": (f"{HEADER}\n".encode("utf-16-le"), "not UTF-8"),
    "parquet": (b"PAR1\x15\x04\x00\n", "--format parquet"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_csv_file_that_is_not_whole_is_refused(tmp_path: Path, name: str) -> None:
    content, said = BROKEN[name]
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(Unusable, match=said):
        ReportFile(path, OrderEvent)


def parquet(folder: Path, rows: int, columns: dict[str, Any]) -> Path:
    path = folder / "days.parquet"
    pa_parquet.write_table(pa.table({name: [value] * rows for name, value in ADS.items()} | columns), path)
    return path


def test_parquet(tmp_path: Path) -> None:
    path = parquet(tmp_path, 3, {"report_id": ["a", None, "c"], "clicks": [1, 2, -3]})
    [batch] = ReportFile(path, AdDay).batches()
    assert batch[0] == (1, AdDay(**{**ADS, "report_id": "a"}))
    assert [(n, report.detail.partition(":")[0]) for n, report in batch[1:] if isinstance(report, Aside)] == [
        (2, "report_id"),
        (3, "clicks"),
    ]


def test_parquet_moments_need_a_zone(tmp_path: Path) -> None:
    order = {
        "event_id": "e", "type": "refund_traceback", "organization_id": "o", "game_id": "g", "order_id": "x",
        "product": "one_time", "beans": 5, "refund_amount": 2, "user_id": "u", "region": "GB",
        "at": datetime(2026, 1, 5, tzinfo=UTC), "is_sandbox": True,
    }  # fmt: skip
    path = tmp_path / "orders.parquet"
    pa_parquet.write_table(pa.Table.from_pylist([order]), path)
    assert rows_of(path) == [(1, OrderEvent(**order))]  # type: ignore[arg-type]
    pa_parquet.write_table(pa.Table.from_pylist([order | {"at": datetime(2026, 1, 5)}]), path)
    with pytest.raises(Unusable, match="at holds timestamp"):
        ReportFile(path, OrderEvent)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("revenue_micros", ["1"], "revenue_micros holds string; it must hold whole numbers"),
        ("placement", [7], "placement holds int64; it must hold texts"),
        ("day", [20260105], "day holds int64; it must hold days"),
        ("notes", ["x"], "no column 'notes'"),
    ],
)
def test_parquet_of_the_wrong_type_is_refused(
    tmp_path: Path, column: str, values: list[Any], said: str
) -> None:
    with pytest.raises(Unusable, match=re.escape(said)):
        ReportFile(parquet(tmp_path, 1, {column: values}), AdDay)


def test_parquet_that_was_cut_off_or_is_none_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path, 1_000, {})
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"a,b\n", whole[:-4] + b"PAR0"):
        path.write_bytes(content)
        with pytest.raises(Unusable, match=r"cut off"):
            ReportFile(path, AdDay)


def test_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    path = written(tmp_path, *(row(n) for n in range(60_000)))
    tracemalloc.start()
    rows = sum(len(batch) for batch in ReportFile(path, OrderEvent).batches())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 60_000 and peak < 60_000_000, "two batches are there at once; all six take 103 MB"


@pytest.mark.parametrize(("title", "kind"), [("Orders and refunds", OrderEvent), ("Ad days", AdDay)])
def test_the_columns_are_documented(title: str, kind: type[OrderEvent] | type[AdDay]) -> None:
    section = (ROOT / "docs/earnings.md").read_text().split(f"## {title}\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([a-z_]+)` \|", section, re.M) == list(column_types(kind))


def test_the_reasons_are_documented() -> None:
    section = (ROOT / "docs/earnings.md").read_text().split("## What is put aside\n")[1]
    assert set(re.findall(r"^\| `([a-z_]+)` \|", section, re.M)) == set(WhyAside)
