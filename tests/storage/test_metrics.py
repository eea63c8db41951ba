"""What the console shows of a game's days, worked out by hand."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from storage.earnings.metrics import Metrics, Wanted, metrics, queries, totals
from tests.storage.studio import Studio

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)


def wanted(studio: Studio, **what: Any) -> Wanted:
    return Wanted(**{"organization_id": studio.id, "start": FIRST, "end": SECOND, **what})


def found(studio: Studio, **what: Any) -> list[Metrics]:
    with studio.database.reading() as session:
        return metrics(session, wanted(studio, **what), 100)


def all_together(studio: Studio, **what: Any) -> Metrics:
    with studio.database.reading() as session:
        return totals(session, wanted(studio, **what))


def test_purchases(studio: Studio) -> None:
    """On the second day user-1 comes back, user-2 is new and buys twice, user-3 bought elsewhere only."""
    early = studio.order(100, FIRST)
    studio.earn(
        early,
        studio.order(70, FIRST, "chess", user_id="user-3"),
        studio.order(999, FIRST, user_id="user-2", is_sandbox=True),
        studio.order(200, SECOND),
        studio.order(300, SECOND, user_id="user-2"),
        studio.order(301, SECOND, user_id="user-2"),
        studio.order(50, SECOND, user_id="user-3"),
        studio.refund(early, 40, SECOND),
        studio.order(1, THIRD),
    )
    chess, first, second = found(studio)
    assert (chess.game_id, chess.day, chess.orders, chess.gmv_beans) == ("chess", FIRST, 1, 70)
    assert (first.orders, first.paying_users, first.repeat_payers, first.gmv_beans) == (1, 1, 0, 100)
    assert (second.day, second.orders, second.paying_users, second.repeat_payers) == (SECOND, 4, 3, 1)
    assert (second.gmv_beans, second.refunds, second.refunded_beans) == (851, 1, 40)
    assert (second.arppu_beans, second.impressions, second.ecpm_micros) == (284, 0, None)
    assert second.ctr_basis_points is None


def test_a_range_counts_each_user_once(studio: Studio) -> None:
    """Three days of the same two users are two paying users, one of whom came back; not five."""
    studio.earn(
        *(studio.order(100, day) for day in (FIRST, SECOND, THIRD)),
        *(studio.order(50, FIRST, user_id="user-2") for _ in range(2)),
    )
    days = found(studio, end=THIRD, group_by=["day"])
    assert [day.paying_users for day in days] == [2, 1, 1]
    whole = all_together(studio, end=THIRD)
    assert (whole.orders, whole.paying_users, whole.repeat_payers) == (5, 2, 1)
    assert (whole.gmv_beans, whole.arppu_beans, whole.day, whole.game_id) == (400, 200, None, None)
    [game] = found(studio, end=THIRD, group_by=["game_id"])
    assert game.model_dump(exclude={"game_id"}) == whole.model_dump(exclude={"game_id"})


def test_ads(studio: Studio) -> None:
    report = studio.ad_day(5_000_000, FIRST)
    studio.earn(report, studio.ad_day(3_000_000, FIRST, placement="interstitial", clicks=5))
    studio.earn(report.model_copy(update={"revision": 2, "revenue_micros": 6_000_000}))
    [day] = found(studio)
    assert (day.requests, day.impressions, day.clicks) == (2_400, 2_000, 25)
    assert (day.revenue_micros, day.ecpm_micros, day.ctr_basis_points) == (9_000_000, 4_500_000, 125)
    assert (day.orders, day.arppu_beans) == (0, None)


def test_both_on_one_day_of_one_game(studio: Studio) -> None:
    other = Studio(studio.database)
    studio.earn(studio.order(100, FIRST), studio.ad_day(1, FIRST), studio.ad_day(1, SECOND, "chess"))
    other.earn(other.order(100, FIRST), other.ad_day(1, FIRST))
    assert [(day.game_id, day.day, day.orders, day.revenue_micros) for day in found(studio)] == [
        ("racer", FIRST, 1, 1),
        ("chess", SECOND, 0, 1),
    ]
    assert [day.game_id for day in found(studio, game_id="chess")] == ["chess"]
    assert found(studio, game_id="unknown") == []


def test_by_region_and_placement(studio: Studio) -> None:
    studio.earn(
        studio.order(10, FIRST),
        studio.order(20, FIRST, region="US", user_id="user-2"),
        studio.ad_day(1_000, FIRST, region="US"),
        studio.ad_day(2_000, FIRST, region="GB"),
        studio.ad_day(4_000, SECOND, region="US", placement="interstitial"),
    )
    assert [(m.region, m.gmv_beans, m.revenue_micros) for m in found(studio, group_by=["region"])] == [
        ("GB", 10, 2_000),
        ("US", 20, 5_000),
    ]
    assert [(m.placement, m.orders, m.revenue_micros) for m in found(studio, group_by=["placement"])] == [
        ("interstitial", None, 4_000),
        ("rewarded", None, 3_000),
    ]
    assert all_together(studio, region="US").gmv_beans == 20
    only = all_together(studio, placement="rewarded", region="US")
    assert (only.revenue_micros, only.gmv_beans, only.arppu_beans) == (1_000, None, None)
    parts = found(studio, group_by=["day", "game_id", "region", "placement"])
    assert [(m.day, m.region, m.placement) for m in parts] == [
        (FIRST, "GB", "rewarded"),
        (FIRST, "US", "rewarded"),
        (SECOND, "US", "interstitial"),
    ]
    assert found(studio, group_by=[]) == [all_together(studio)]


def test_nothing_at_all(studio: Studio) -> None:
    assert found(studio) == []
    assert all_together(studio).model_dump(exclude_none=True) == dict.fromkeys(
        ("orders", "paying_users", "repeat_payers", "gmv_beans", "refunds", "refunded_beans", "requests",
         "impressions", "clicks", "revenue_micros"), 0)  # fmt: skip


@pytest.mark.parametrize("groups", [[], ["day", "game_id"]])
def test_metrics_never_read_other_organizations(studio: Studio, groups: list[str]) -> None:
    """Both databases find an organization's days, and a user's earlier purchases, by an index."""
    other = Studio(studio.database)
    for one in (studio, other):
        one.earn(*(one.order(n, FIRST, user_id=f"user-{n % 200}") for n in range(2_000)))
        one.earn(*(one.ad_day(n, FIRST) for n in range(500)))
    sqlite = studio.database.engine.name == "sqlite"
    with studio.database.transaction() as session:
        session.execute(text("ANALYZE"))
        if not sqlite:  # it prefers to read tables whole while they are small
            session.execute(text("SET LOCAL enable_seqscan = off"))
        for query in queries(wanted(studio), groups):
            explained = ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + str(
                query.compile(studio.database.engine, compile_kwargs={"literal_binds": True})
            )
            plan = "\n".join(str(tuple(row)) for row in session.execute(text(explained.replace(":", r"\:"))))
            assert "_by_day" in plan and "SCAN order_events" not in plan and "Seq Scan" not in plan, plan
            if "order_events" in plan:
                found = "COVERING INDEX orders_by_user" if sqlite else "Index Only Scan using orders_by_user"
                assert found in plan, plan
