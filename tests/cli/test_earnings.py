"""Importing files from the command line: what a person and a script are told, and what is kept."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pa_parquet  # type: ignore[import-untyped]
import pytest

from models.earnings import AdDay, OrderEvent
from storage.database import Database, connect
from storage.schema import upgrade
from tests.cli.runner import Ended, monetization
from tests.storage.studio import Studio

FIRST = date(2026, 1, 1)


class Place:
    """A state directory with a database and a studio, and files to be imported there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'state' / 'monetization.db'}"
        upgrade(self.url)
        self.studio = Studio(Database(self.url))

    def run(self, *arguments: str) -> Ended:
        return monetization("earnings", *arguments, "--state-dir", str(self.folder / "state"))

    def csv(self, *reports: OrderEvent | AdDay, name: str = "reports.csv") -> str:
        names = list(type(reports[0]).model_fields)
        lines = [",".join(names)]
        for report in reports:
            values = report.model_dump(mode="json")
            lines.append(",".join(str(values[name]) for name in names))
        (self.folder / name).write_text("\n".join(lines) + "\n")
        return str(self.folder / name)

    def kept(self) -> tuple[int, int, int]:
        return tuple(  # type: ignore[return-value]
            self.studio.count(table) for table in ("order_events", "ad_days", "earning_conflicts")
        )


@pytest.fixture(scope="module")
def make_place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Place]:
    return lambda: Place(tmp_path_factory.mktemp("place"))


def test_an_import_and_its_repetition(make_place: Callable[[], Place]) -> None:
    place = make_place()
    studio = place.studio
    orders = [studio.order(100 + n, FIRST) for n in range(6_000)]
    refund = studio.refund(orders[-1], 50, FIRST)
    unknown = studio.order(1, FIRST).model_copy(update={"game_id": "game_x"})
    other = orders[0].model_copy(update={"beans": 7})
    file = place.csv(refund, *orders, unknown, other, studio.refund(orders[0], 101, FIRST))
    dry = place.run("import", "orders", file, "--json", "--dry-run")
    assert place.kept() == (0, 0, 0), "a dry run keeps nothing"
    done = place.run("import", "orders", file, "--json")
    assert done.code == dry.code == 1, done.err
    expected: dict[str, Any] = {
        "rows": 6_004,
        "accepted": 6_000,
        "known": 0,
        "caught_up": 1,
        "put_aside": {
            "waiting_for_its_order": 1,
            "unknown_game": 1,
            "contradicts_an_earlier_report": 1,
            "more_than_its_order": 1,
        },
    }
    for said in (dry.json(), done.json()):
        assert {name: said[name] for name in expected} == expected
        assert [row["row"] for row in said["first"]] == [1, 6_002, 6_003, 6_004]
    assert place.kept() == (6_001, 0, 3)
    again = place.run("import", "orders", file, "--json").json()
    assert (again["accepted"], again["known"]) == (0, 6_001) and place.kept() == (6_001, 0, 3)
    said = place.run("import", "orders", file)
    assert said.code == 1 and "6,001 known already, 3 put aside" in said.out
    assert "6002" in said.out and "The organization has no such game" in said.out
    listed = place.run("conflicts", "--json").json()
    assert {row["reason"] for row in listed} == set(expected["put_aside"]) - {"waiting_for_its_order"}
    one = place.run("conflicts", "--reason", "unknown_game")
    assert one.code == 0 and unknown.event_id in one.out and "user-1" not in one.out


def test_an_import_that_was_killed_is_finished_by_the_next(make_place: Callable[[], Place]) -> None:
    """Each batch stays by itself: whatever part of a file is in already, the rest comes with the next import."""
    place = make_place()
    orders = [place.studio.order(n, FIRST) for n in range(300)]
    place.studio.earn(*orders[100:200])
    said = place.run("import", "orders", place.csv(*orders), "--json")
    assert said.code == 0
    assert (said.json()["accepted"], said.json()["known"]) == (200, 100) and place.kept()[0] == 300


def test_refunds_that_only_wait_are_no_problem(make_place: Callable[[], Place]) -> None:
    place = make_place()
    order = place.studio.order(100, FIRST)
    said = place.run("import", "orders", place.csv(place.studio.refund(order, 5, FIRST)))
    assert said.code == 0 and "waiting_for_its_order" in said.out
    said = place.run("import", "orders", place.csv(order))
    assert "1 refunds that had waited" in said.out and place.kept() == (2, 0, 0)


def test_ad_days_in_parquet(make_place: Callable[[], Place]) -> None:
    place = make_place()
    days = [place.studio.ad_day(n, FIRST) for n in range(50)]
    days += [days[0].model_copy(update={"revision": 2, "revenue_micros": 9})]
    days += [place.studio.ad_day(1, date(2099, 1, 1))]
    path = place.folder / "days.parquet"
    pa_parquet.write_table(pa.Table.from_pylist([day.model_dump() for day in days]), path)
    said = place.run("import", "ad-days", str(path), "--json")
    assert (said.code, said.json()["accepted"], said.json()["put_aside"]) == (1, 51, {"in_the_future": 1})
    assert place.kept() == (0, 50, 1)
    renamed = shutil.copy(path, place.folder / "days")
    assert place.run("import", "ad-days", str(renamed), "--format", "parquet", "--json").json()["known"] == 51


def test_what_cannot_be_imported_says_why_and_changes_nothing(make_place: Callable[[], Place]) -> None:
    place = make_place()
    file = Path(place.csv(place.studio.order(100, FIRST), place.studio.order(200, FIRST)))
    whole = file.read_bytes()
    for content, said in (
        (whole[:-30], "cut off"),
        (b"", "is empty"),
        (whole.replace(b"beans", b"coins", 1), "The column beans is missing"),
        (whole.replace(b"user-1", b"\xff\xfe"), "not UTF-8"),
    ):
        file.write_bytes(content)
        ended = place.run("import", "orders", str(file))
        assert ended.code == 1 and said in ended.err and "Nothing was imported" in ended.err, ended
        assert "Traceback" not in ended.err and ended.out == ""
    assert place.run("import", "orders", str(place.folder / "none.csv")).code == 2
    assert place.run("import", "statements", str(file)).code == 2
    assert place.run("import", "orders", str(file), "--format", "xml").code == 2
    assert place.kept() == (0, 0, 0)
    shutil.rmtree(place.folder / "state")
    connect(place.url).dispose()
    file.write_bytes(whole)
    ended = place.run("import", "orders", str(file))
    assert ended.code == 3 and "There is no database" in ended.err


def test_the_clock_of_the_programme_decides_what_the_future_is(make_place: Callable[[], Place]) -> None:
    place = make_place()
    ahead = place.studio.order(1, FIRST, at=datetime(2099, 1, 1, tzinfo=UTC))
    said = place.run("import", "orders", place.csv(ahead), "--json")
    assert json.loads(said.out)["put_aside"] == {"in_the_future": 1}
