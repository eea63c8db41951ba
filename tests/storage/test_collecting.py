"""Reading the feeds: one bad row holds up neither its page nor the next, and what was early is counted later."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.installation import assemble
from activities.settlement import SettlementSteps
from config.settings import Settings
from models.wire.steps import Collected
from storage.earnings.quarantine import conflicts
from storage.earnings.reports import cursor
from tests.providers.http.broken import BrokenServer, http
from tests.storage.studio import Studio

FIRST = date(2026, 1, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def collected(studio: Studio, url: str, folder: Path, page: dict[str, Any], now: datetime = NOW) -> Collected:
    """What a collection brings in from feeds that both answer with a page."""
    body = json.dumps({"next_cursor": "9", "has_more": False, "events": [], "days": []} | page).encode()
    with BrokenServer(http("200 OK", body)) as server:
        settings = Settings(state_dir=folder, database_url=url, provider_url=server.url)
        steps = SettlementSteps(assemble(settings, cast(Client, None)))
        return ActivityEnvironment().run(steps.collect_earnings, now)


def test_bad_rows_are_put_aside_and_the_feed_goes_on(studio: Studio, url: str, tmp_path: Path) -> None:
    good, day = studio.order(100, FIRST), studio.ad_day(5, FIRST)
    late = studio.order(7, FIRST).model_copy(update={"game_id": "later"})
    order = good.model_dump(mode="json")
    events: list[Any] = [
        order | {"event_id": "bad-1", "beans": -1},
        order,
        None,
        order | {"event_id": "bad-2", "region": "usa"},
        order | {"beans": 101},
        late.model_dump(mode="json"),
        studio.refund(good, 101, FIRST).model_dump(mode="json"),
    ]
    days = [
        day.model_dump(mode="json"),
        day.model_dump(mode="json") | {"currency": "EUR", "report_id": "bad-3"},
    ]
    done = collected(studio, url, tmp_path, {"events": events, "days": days})
    assert done == Collected(orders=1, ad_days=1)
    assert (cursor(studio.database, "orders"), cursor(studio.database, "ad_days")) == ("9", "9")
    with studio.database.reading() as session:
        found = {row.subject: row.reason for row in conflicts(session, 100).data}
    assert {found.pop("bad-1"), found.pop("bad-2"), found.pop("bad-3")} == {"malformed"}
    assert sorted(found.values()) == [
        "contradicts_an_earlier_report",
        "malformed",
        "more_than_its_order",
        "unknown_game",
    ]
    assert collected(studio, url, tmp_path, {"events": events, "days": days}) == Collected(
        orders=0, ad_days=0
    )
    studio.know(studio.id, "later")
    collected(studio, url, tmp_path, {})
    assert studio.count("order_events") == 2 and studio.count("earning_conflicts") == 6


def test_a_row_that_says_something_unknown_or_twice_is_put_aside(
    studio: Studio, url: str, tmp_path: Path
) -> None:
    """A misspelt ``is_sandbox`` would let play money earn, a misspelt ``currency`` let yen count as dollars."""
    rows = {
        name: studio.order(100, FIRST, event_id=name).model_dump(mode="json")
        for name in ("camel", "known", "short", "twice", "huge")
    }
    rows["camel"]["isSandbox"] = True
    rows["short"]["sandbox"] = False
    rows["huge"]["beans"] = "HUGE"
    body = json.dumps({"events": list(rows.values()), "next_cursor": "5", "has_more": False}).encode()
    twice = json.dumps(rows["twice"])
    doubled = twice.replace('"is_sandbox": false', '"is_sandbox": true, "is_sandbox": false')
    body = body.replace(twice.encode(), doubled.encode()).replace(b'"HUGE"', b"9" * 5_000)
    with BrokenServer(http("200 OK", body)) as server:
        settings = Settings(state_dir=tmp_path, database_url=url, provider_url=server.url)
        steps = SettlementSteps(assemble(settings, cast(Client, None)))
        assert ActivityEnvironment().run(steps.collect_orders, NOW) == 1
    with studio.database.reading() as session:
        found = {row.subject: (row.reason, row.detail) for row in conflicts(session, 100).data}
    assert found.pop("huge")[0] == "malformed"
    assert found == {
        "camel": ("unknown_field", "isSandbox: there is no such field"),
        "short": ("unknown_field", "sandbox: there is no such field"),
        "twice": ("malformed", "a name occurs twice in it"),
    }
    day = studio.ad_day(5, FIRST, report_id="day").model_dump(mode="json")
    del day["currency"]
    collected(studio, url, tmp_path, {"days": [day | {"Currency": "JPY"}]})
    assert studio.count("ad_days") == 0
    collected(studio, url, tmp_path, {"days": [day], "events": [rows["known"]]})
    assert studio.count("ad_days") == 1 and studio.count("order_events") == 1


def test_a_page_that_says_its_rows_twice_is_not_taken(studio: Studio, url: str, tmp_path: Path) -> None:
    row = studio.order(100, FIRST).model_dump_json()
    body = f'{{"events": [{row}], "events": [], "next_cursor": "5", "has_more": false}}'.encode()
    with BrokenServer(http("200 OK", body)) as server:
        settings = Settings(state_dir=tmp_path, database_url=url, provider_url=server.url)
        steps = SettlementSteps(assemble(settings, cast(Client, None)))
        with pytest.raises(ApplicationError, match="malformed_answer"):
            ActivityEnvironment().run(steps.collect_orders, NOW)
    assert cursor(studio.database, "orders") is None


@pytest.mark.parametrize("word", ["isSandbox", "Currency", "nextCursor", "is_sandbox"])
def test_the_rows_of_a_page_that_says_something_unknown_of_them_are_put_aside(
    studio: Studio, url: str, tmp_path: Path, word: str
) -> None:
    row = studio.order(100, FIRST, event_id="o").model_dump(mode="json")
    day = studio.ad_day(5, FIRST, report_id="d").model_dump(mode="json")
    assert collected(studio, url, tmp_path, {"events": [row], "days": [day], word: "odd"}) == Collected(
        orders=0, ad_days=0
    )
    with studio.database.reading() as session:
        found = {row.subject: (row.reason, row.detail) for row in conflicts(session, 100).data}
    assert found == dict.fromkeys(("o", "d"), ("unknown_field", f"{word}: a page has no such field"))
    assert cursor(studio.database, "orders") == "9", "the feed goes on"
    again = collected(studio, url, tmp_path, {"events": [row], "days": [day]})
    assert again == Collected(orders=1, ad_days=1), "reported correctly, it counts"
