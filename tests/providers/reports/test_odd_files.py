"""Files as people really have them: everyday ones are read, damage costs the damaged rows only or the whole file."""

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pa_parquet  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.earnings import AdDay, Aside, OrderEvent
from providers.reports.files import ReportFile, Unusable
from tests.providers.reports.test_files import ADS, HEADER, row, rows_of, written

WHOLE = f"{HEADER}\n{row(1)}\n{row(2)}true\n"
ORDER = {
    "event_id": "e", "type": "refund_traceback", "organization_id": "o", "game_id": "g", "order_id": "x",
    "product": "one_time", "beans": 5, "refund_amount": 2, "user_id": "u", "region": "GB",
    "at": datetime(2026, 1, 5, tzinfo=UTC), "is_sandbox": True,
}  # fmt: skip


def good(path: Path) -> list[str]:
    return [report.event_id for _, report in rows_of(path) if isinstance(report, OrderEvent)]


EVERYDAY: dict[str, bytes] = {
    "no final line break": WHOLE[:-1].encode(),
    "carriage returns": WHOLE.replace("\n", "\r\n").encode(),
    "byte order mark": WHOLE.encode("utf-8-sig"),
    "utf-16": WHOLE.encode("utf-16"),
    "utf-32": WHOLE.encode("utf-32"),
    "sep": b"sep=,\n" + WHOLE.encode(),
    "sep after a mark": ("sep=;\r\n" + WHOLE.replace(",", ";")).encode("utf-8-sig"),
    "semicolons": WHOLE.replace(",", ";").encode(),
    "tabs": WHOLE.replace(",", "\t").encode(),
    "blanks in the header": WHOLE.replace(HEADER, HEADER.replace(",", " , ")).encode(),
    "capitals in the header": WHOLE.replace(HEADER, HEADER.upper().replace("_", " ")).encode(),
    "quoted header": WHOLE.replace(HEADER, '"' + HEADER.replace(",", '","') + '"').encode(),
    "an index of pandas": ("," + WHOLE.replace("\ne1", "\n0,e1").replace("\ne2", "\n1,e2")).encode(),
    "an empty column at the end": "".join(f"{line},\n" for line in WHOLE.splitlines()).encode(),
    "floats": WHOLE.replace(",100,", ",100.0,").encode(),
    "blank lines before it": b"\r\n \r\n" + WHOLE.encode(),
    "blank lines after sep": b"sep=,\n\n" + WHOLE.encode(),
    "moments of a data warehouse": WHOLE.replace("2026-01-05T12:00:00Z", "2026-01-05 12:00:00 UTC").encode(),
    "pandas' moments": WHOLE.replace("2026-01-05T12:00:00Z", "2026-01-05 12:00:00+00:00").encode(),
}


@pytest.mark.parametrize(
    ("written_as", "beans"),
    [("100.", 100), ("100.0", 100), ("100.00", 100), ("100.0000", 100), ("1000.000", 1000)],
)
def test_a_whole_number_may_have_a_fraction_of_nothing(tmp_path: Path, written_as: str, beans: int) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(WHOLE.replace(",100,", f",{written_as},"))
    assert [report.beans for _, report in rows_of(path) if isinstance(report, OrderEvent)] == [beans, beans]


@pytest.mark.parametrize("written_as", ["1.000", "100.000", "10.000", "1.000.000", "1,000", "1'000", "1 000"])
def test_a_number_in_groups_is_not_taken_for_a_small_one(tmp_path: Path, written_as: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(WHOLE.replace(",", ";").replace(";100;", f";{written_as};"))
    assert [type(report) for _, report in rows_of(path)] == [Aside, Aside]


@pytest.mark.parametrize("name", EVERYDAY)
def test_everyday_files_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(EVERYDAY[name])
    found = rows_of(path)
    assert good(path) == ["e1", "e2"], found
    assert [report.beans for _, report in found if isinstance(report, OrderEvent)] == [100, 100]
    assert [report.is_sandbox for _, report in found if isinstance(report, OrderEvent)] == [False, True]


@pytest.mark.parametrize(
    "at", ["20260105120000", "1767614400", "1767614400000", "20260105", "2026-01-05T12:00:00"]
)
def test_a_moment_is_written_out(tmp_path: Path, at: str) -> None:
    [(_, report)] = rows_of(written(tmp_path, row(1).replace("2026-01-05T12:00:00Z", at)))
    assert isinstance(report, Aside) and report.detail.startswith("at: ")


def test_a_cell_without_a_column_is_no_play_money_lost(tmp_path: Path) -> None:
    header = HEADER.replace("is_sandbox", "")
    [(_, sandbox), (_, real)] = rows_of(written(tmp_path, row(1) + "true", row(2), header=header))
    assert isinstance(sandbox, Aside) and isinstance(real, OrderEvent)


@pytest.mark.parametrize("stray", ['e500,"minis', '"e500,minis', 'e500,minis.x"y,"z', 'e500,"a"b'])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_stray_quotation_mark_costs_its_own_row(tmp_path: Path, stray: str, quoted: bool) -> None:
    lines = [row(n).replace(",u,", ',"u, jr",') if quoted else row(n) for n in range(1, 1_001)]
    lines[499] = stray + lines[499][10:]
    found = rows_of(written(tmp_path, *lines))
    assert len(found) == 1_000
    assert [number for number, report in found if isinstance(report, Aside)] == [500]


def test_quoted_line_breaks_are_read_wherever_they_stand(tmp_path: Path) -> None:
    """A block of any size may end within one."""
    lines = [row(n).replace(",u,", f',"u{chr(10)}{"x" * (n % 40)}",') for n in range(60_000)]
    path = written(tmp_path, *lines)
    assert path.stat().st_size > 2 * 4 * 1024 * 1024 - 2_500_000
    found = rows_of(path)
    assert len(found) == 60_000
    assert all(isinstance(report, OrderEvent) and report.user_id.startswith("u\n") for _, report in found)


def test_rows_within_a_quoted_cell_earn_nothing(tmp_path: Path) -> None:
    """Whoever chooses a name that looks like a row gets no row, even if the name is too long to be one."""
    inner = "\n".join(["x" * 200, row(7, 999_999), ""])
    found = rows_of(written(tmp_path, row(1).replace(",u,", f',"{inner}",'), row(2)))
    assert [getattr(report, "event_id", None) for _, report in found] == [None, "e2"]


def parquet(path: Path, **columns: pa.Array) -> Path:
    count = len(next(iter(columns.values())))
    table = pa.table({name: [value] * count for name, value in ADS.items()} | columns)
    pa_parquet.write_table(table, path)
    return path


def ad_rows(path: Path) -> list[AdDay | Aside]:
    return [report for batch in ReportFile(path, AdDay).batches() for _, report in batch]


COLUMNS: dict[str, dict[str, Any]] = {
    "floats": {"revenue_micros": pa.array([5.0, 1.5, None, float("inf")])},
    "decimals": {"clicks": pa.array([Decimal("5.00"), Decimal("1.50"), None, Decimal("-1.00")])},
    "string views": {"placement": pa.array(["rewarded", "", None, "x" * 101], pa.string_view())},
    "large strings": {"placement": pa.array(["rewarded", "", None, "\0"], pa.large_string())},
    "dictionaries": {"region": pa.array(["GB", "gb", None, ""]).dictionary_encode()},
    "bytes": {"region": pa.array([b"GB", b"\xff\xff", None, b"gb"])},
    "broken texts": {"region": pa.array([b"GB", b"\xff\xff", None, b"gb"]).view(pa.string())},
    "days as moments": {
        "day": pa.array([datetime(2026, 1, 5), datetime(2026, 1, 5, 7), None, datetime(1999, 1, 1)])
    },
    "nanoseconds": {"day": pa.array([1_767_571_200 * 10**9, 1, None, -1], pa.timestamp("ns"))},
    "the year 10000": {"day": pa.array([20_458, 2_932_897, None, 2**31 - 1], pa.date32())},
    "far milliseconds": {
        "day": pa.array([1_767_571_200_000, 2**53, None, 86_400_000 * 3_000_000], pa.date64())
    },
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_value_of_parquet_that_is_odd_costs_its_own_row(tmp_path: Path, name: str) -> None:
    first, *others = ad_rows(parquet(tmp_path / "days.parquet", **COLUMNS[name]))
    assert isinstance(first, AdDay) and len(others) == 3
    assert all(isinstance(report, Aside) for report in others), others


@pytest.mark.parametrize(
    ("unit", "zone", "values", "readable"),
    [
        ("ns", "UTC", [1_767_571_200_000_000_001, 1_767_571_200_000_000_000], 2),
        ("us", "Z", [1_767_571_200_000_000, 2**62], 1),
        ("ms", "+05:30", [1_767_571_200_000, -(2**62)], 1),
        ("s", "Europe/Berlin", [1_767_571_200, 253_402_300_800], 1),
        ("us", "Nowhere/Atall", [1_767_571_200_000_000], 1),
    ],
)
def test_moments_of_parquet_in_any_unit_and_zone(
    tmp_path: Path, unit: str, zone: str, values: list[int], readable: int
) -> None:
    moments = pa.array(values, pa.timestamp(unit, zone))
    columns = {name: [value] * len(values) for name, value in ORDER.items()} | {"at": moments}
    pa_parquet.write_table(pa.table(columns), tmp_path / "orders.parquet")
    found = rows_of(tmp_path / "orders.parquet")
    assert [isinstance(report, OrderEvent) for _, report in found] == [
        number < readable for number in range(len(values))
    ]
    assert isinstance(found[0][1], OrderEvent) and found[0][1].at == datetime(2026, 1, 5, tzinfo=UTC)


def test_what_pandas_keeps_as_no_number_is_no_refund(tmp_path: Path) -> None:
    order = {**ORDER, "type": "minis.trade_order.redeem.success"}
    columns: dict[str, Any] = {name: [value] * 2 for name, value in order.items()}
    columns |= {"refund_amount": [0.0, float("nan")], "event_id": ["e1", "e2"]}
    pa_parquet.write_table(pa.table(columns), tmp_path / "orders.parquet")
    assert good(tmp_path / "orders.parquet") == ["e1", "e2"]


def test_a_page_that_is_not_what_its_checksum_says_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    names = {"event_id": [f"event-{number}" for number in range(50)]}
    table = pa.table({name: [value] * 50 for name, value in ORDER.items()} | names)
    pa_parquet.write_table(
        table, path, compression="none", use_dictionary=False, write_page_checksum=True, store_schema=False
    )
    assert len(good(path)) == 50
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"event-23", b"event-99", 1))
    with pytest.raises(Unusable, match="damaged"):
        ReportFile(path, OrderEvent)


def test_parquet_of_pandas_is_read(tmp_path: Path) -> None:
    days = ad_rows(
        parquet(
            tmp_path / "days.parquet",
            __index_level_0__=pa.array([0, 1]),
            currency=pa.nulls(2),
            requests=pa.array([3.0, 4.0]),
        )
    )
    assert [day.requests for day in days if isinstance(day, AdDay)] == [3, 4]
    capitals = {name.title(): [value] for name, value in ADS.items()}
    pa_parquet.write_table(pa.table(capitals), tmp_path / "days.parquet")
    assert ad_rows(tmp_path / "days.parquet") == [AdDay(**ADS)]
    pa_parquet.write_table(pa.table(capitals | {"day": [date(2026, 1, 5)]}), tmp_path / "days.parquet")
    with pytest.raises(Unusable, match="twice"):
        ReportFile(tmp_path / "days.parquet", AdDay)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), signs=st.text('",;\n\r\0e1é\ufeff', max_size=4), cut=st.booleans())
def test_damage_to_a_text_costs_the_rows_that_it_touches(
    tmp_path: Path, seed: int, signs: str, cut: bool
) -> None:
    """A row is as it was written, or it is malformed; and nothing but refusing the whole file costs more than it touches."""
    chance = random.Random(seed)
    lines = [row(n).replace(",u,", ',"u, ""jr""",' if n % 3 else ",u,") for n in range(30)]
    text = f"{HEADER}\n" + "".join(f"{line}\n" for line in lines)
    place = chance.randrange(len(HEADER) + 1, len(text))
    damaged = text[:place] + signs + ("" if cut else text[place + chance.randrange(3) :])
    path = tmp_path / "orders.csv"
    path.write_text(damaged, newline="")
    try:
        found = {report.event_id: report for _, report in rows_of(path) if isinstance(report, OrderEvent)}
    except Unusable:
        return
    hit = text[:place].count("\n") - 1
    for number in range(30):
        if number < hit or (number > hit + 1 and not cut):
            assert f"e{number}" in found, (number, hit, damaged)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 8))
def test_damaged_parquet_is_refused_or_read_and_never_fails_on_its_way(
    tmp_path: Path, seed: int, flips: int
) -> None:
    chance = random.Random(seed)
    path = tmp_path / "days.parquet"
    table = pa.table({name: [value] * 50 for name, value in ADS.items()})
    pa_parquet.write_table(table, path, write_page_checksum=True)
    damaged = bytearray(path.read_bytes())
    for _ in range(flips):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(damaged))
    try:
        file = ReportFile(path, AdDay)
    except Unusable:
        return
    assert sum(len(batch) for batch in file.batches()) == file.rows
