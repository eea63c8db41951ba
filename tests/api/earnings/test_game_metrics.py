"""Metrics as people and spreadsheets get them, and what staff see of the reports that are not counted."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.documents import Launch
from models.earnings import AdDay, OrderEvent, WhyAside
from models.states import LaunchState
from storage.earnings.reports import import_ad_days, import_orders
from tests.api.support.server import Server, problem
from tests.papers.reading import rows as by_column
from tests.storage.studio import POLICY

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = {"start": "2026-01-01", "end": "2026-01-31"}
GAMES = [
    Launch(id=f"launch/game_{name}", state=LaunchState.LIVE, since=NOW, game_id=f"game_{name}")
    for name in "ab"
]


def order(studio: str, number: int, beans: int, day: int, **more: Any) -> OrderEvent:
    values: dict[str, Any] = {
        "event_id": f"{studio}-{number}",
        "type": "minis.trade_order.redeem.success",
        "organization_id": studio,
        "game_id": "game_a",
        "order_id": f"{studio}-order-{number}",
        "product": "one_time",
        "beans": beans,
        "user_id": "user_1",
        "region": "GB",
        "at": datetime(2026, 1, day, 12, tzinfo=UTC),
    }
    return OrderEvent(**(values | more))


def ad_day(studio: str, number: int, micros: int, **more: Any) -> AdDay:
    values: dict[str, Any] = {
        "report_id": f"{studio}-{number}",
        "revision": 1,
        "organization_id": studio,
        "game_id": "game_a",
        "placement": "rewarded",
        "region": "GB",
        "day": date(2026, 1, 1),
        "requests": 3_000,
        "impressions": 2_000,
        "clicks": 25,
        "revenue_micros": micros,
    }
    return AdDay(**(values | more))


@pytest.fixture(scope="module")
def studio(server: Server) -> str:
    """Three orders on two days by two users, one refund, one sandbox order, and ads of three placements."""
    made = server.settled_organization(*GAMES)
    first = order(made, 1, 1_099, 1)
    orders = [
        first,
        order(made, 2, 101, 2),
        order(made, 3, 200, 2, user_id="user_2", game_id="game_b", region="US"),
        order(made, 4, 5_000, 2, is_sandbox=True),
        first.model_copy(
            update={"event_id": f"{made}-r", "type": "refund_traceback", "refund_amount": 99, "at": NOW}
        ).model_copy(update={"at": datetime(2026, 1, 2, tzinfo=UTC)}),
    ]
    assert import_orders(server.database, orders, NOW, POLICY).accepted == 5
    days = [
        ad_day(made, 1, 9_000_001),
        ad_day(made, 2, 0, placement="=SUM(A1:A9)", impressions=0, clicks=0),
        ad_day(made, 3, 1, placement="interstitial", game_id="game_b"),
    ]
    assert import_ad_days(server.database, days, NOW).accepted == 3
    return made


def test_by_day_and_game_and_altogether(server: Server, studio: str) -> None:
    answer = server.person("ada").get(f"/v1/organizations/{studio}/metrics", **SPAN)
    groups = [(g["day"], g["game_id"], g["orders"], g["gmv"], g["revenue_micros"]) for g in answer["data"]]
    assert groups == [
        ("2026-01-01", "game_a", 1, {"amount": 1_099, "currency": "USD"}, 9_000_001),
        ("2026-01-01", "game_b", 0, {"amount": 0, "currency": "USD"}, 1),
        ("2026-01-02", "game_a", 1, {"amount": 101, "currency": "USD"}, 0),
        ("2026-01-02", "game_b", 1, {"amount": 200, "currency": "USD"}, 0),
    ]
    whole = answer["totals"]
    assert (whole["orders"], whole["paying_users"], whole["repeat_payers"]) == (3, 2, 1)
    assert (whole["gmv_beans"], whole["arppu_beans"]) == (1_400, 700)
    assert (whole["refunds"], whole["refunded"]) == (1, {"amount": 99, "currency": "USD"})
    assert (whole["day"], whole["game_id"], whole["placement"]) == (None, None, None)


def test_filters_and_groups(server: Server, studio: str) -> None:
    path, ada = f"/v1/organizations/{studio}/metrics", server.person("ada")
    regions = ada.get(path, **SPAN, group_by="region")["data"]
    assert [(g["region"], g["gmv_beans"]) for g in regions] == [("GB", 1_200), ("US", 200)]
    placements = ada.get(path, **SPAN, group_by="placement", game_id="game_a")["data"]
    assert [(g["placement"], g["orders"], g["ctr_basis_points"]) for g in placements] == [
        ("=SUM(A1:A9)", None, None),
        ("rewarded", None, 125),
    ]
    assert ada.get(path, **SPAN, region="US")["totals"]["gmv_beans"] == 200
    assert ada.get(path, **SPAN, placement="rewarded")["totals"]["revenue_micros"] == 9_000_001
    for query in (
        "group_by=user_id",
        "group_by=",
        "region=usa",
        "placement=",
        "start=2026-01-02&end=2026-01-01",
    ):
        problem(ada.call("GET", f"{path}?{query}"), 422, "invalid_request")


def test_as_a_table_for_spreadsheets(server: Server, studio: str) -> None:
    ada = server.person("ada")
    path = f"/v1/organizations/{studio}/metrics.csv"
    answer = ada.call("GET", path, params=SPAN)
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "metrics-2026-01-01-2026-01-31.csv" in answer.headers["content-disposition"]
    rows = by_column(answer.content)
    assert [row["day"] for row in rows] == ["2026-01-01", "2026-01-01", "2026-01-02", "2026-01-02"]
    assert {
        name: rows[0][name] for name in ("game_id", "currency", "gmv", "arppu", "revenue", "ecpm", "ctr")
    } == {
        "game_id": "game_a",
        "currency": "USD",
        "gmv": "10.99",
        "arppu": "10.99",
        "revenue": "9.000001",
        "ecpm": "4.500000",
        "ctr": "0.0125",
    }
    by_placement = ada.call("GET", path, params=SPAN | {"group_by": "placement"}).text
    assert "\n'=SUM(A1:A9)," in by_placement, "a spreadsheet must not take a name for a formula"
    problem(server.person("max").call("GET", path), 403)
    problem(server.call("GET", path), 401)


def test_staff_see_what_is_not_counted(server: Server, studio: str) -> None:
    bad = [
        order(studio, 1, 7, 1),
        order(studio, 9, 1, 1, game_id="game_none"),
        order(studio, 2, 101, 2, event_id=f"{studio}-x", type="refund_traceback", refund_amount=102),
    ]
    done = import_orders(server.database, bad, NOW, POLICY, "file")
    assert [done.aside[place].why for place in range(3)] == [
        WhyAside.CONTRADICTS,
        WhyAside.UNKNOWN_GAME,
        WhyAside.TOO_MUCH,
    ]
    path = "/v1/operator/earning-conflicts"
    olga = server.person("olga")
    page = olga.get(path, organization_id=studio, limit=2)
    rest = olga.get(path, organization_id=studio, limit=2, starting_after=page["data"][-1]["id"])
    rows = page["data"] + rest["data"]
    assert page["has_more"] and not rest["has_more"]
    assert {row["reason"] for row in rows} == {aside.why for aside in done.aside.values()}
    assert all(row["meaning"] and row["source"] == "file" for row in rows)
    [waiting] = olga.get(path, organization_id=studio, reason="unknown_game")["data"]
    assert waiting["tried_again"] and waiting["subject"] == f"{studio}-9"
    assert "user_1" not in str(rows)
    problem(olga.call("GET", path, params={"starting_after": 2**40}), 422)
    problem(olga.call("GET", path, params={"reason": "none"}), 422)
    problem(server.person("ada").call("GET", path), 403, "not_staff")
    problem(server.call("GET", path), 401)
