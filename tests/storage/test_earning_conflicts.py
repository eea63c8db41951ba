"""What cannot be counted is put aside, with its reason; it changes nothing, holds up nothing, and is not lost."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.earnings import MEANINGS, PASSING, AdDay, OrderEvent, WhyAside, read_report
from storage.database import Database
from storage.earnings.quarantine import conflicts
from storage.earnings.reports import import_ad_days, import_orders, retry_aside
from tests.storage.studio import POLICY, Studio

FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def counted(studio: Studio) -> list[tuple[Any, ...]]:
    """Everything that statements could be made of."""
    with studio.database.reading() as session:
        orders = session.execute(text("SELECT event_id, beans, game_id, user_id FROM order_events")).all()
        days = session.execute(text("SELECT report_id, revision, revenue_micros, clicks FROM ad_days")).all()
    return sorted([tuple(row) for row in orders], key=str) + sorted([tuple(row) for row in days], key=str)


def aside(studio: Studio) -> list[tuple[str, str]]:
    with studio.database.reading() as session:
        return [(row.subject, row.reason) for row in reversed(conflicts(session, 1_000).data)]


def test_refunds_beyond_their_order(studio: Studio) -> None:
    """60 of 100 Beans are given back; then 41 more are too many, 40 are not, and after that 1 is."""
    order = studio.order(100, FIRST)
    refunds = [studio.refund(order, beans, SECOND) for beans in (60, 41, 40, 1)]
    done = import_orders(studio.database, [order, *refunds], NOW, POLICY)
    assert (done.accepted, sorted(done.aside)) == (3, [2, 4])
    assert sorted(row[1] for row in counted(studio)) == [-60, -40, 100]
    assert aside(studio) == [
        (refunds[1].event_id, "more_than_its_order"),
        (refunds[3].event_id, "more_than_its_order"),
    ]
    assert (
        done.aside[2].detail == "the order cost 100 Beans, 60 were given back before, this would give back 41"
    )
    before = counted(studio)
    alone = import_orders(studio.database, [studio.refund(order, 101, SECOND)], NOW, POLICY)
    assert alone.aside[0].why is WhyAside.TOO_MUCH and counted(studio) == before


def test_a_refund_waits_for_its_order(studio: Studio) -> None:
    order = studio.order(100, FIRST)
    early = [studio.refund(order, beans, SECOND) for beans in (70, 20, 20)]
    for refund in early:
        done = import_orders(studio.database, [refund], NOW, POLICY)
        assert done.aside[0].why is WhyAside.WAITING
    assert counted(studio) == []
    again = import_orders(studio.database, early, NOW, POLICY)
    assert again.accepted == 0 and len(aside(studio)) == 3, "it is not put aside twice"
    done = import_orders(studio.database, [order], NOW, POLICY)
    assert (done.accepted, done.caught_up, done.aside) == (1, 2, {})
    assert sorted(row[1] for row in counted(studio)) == [-70, -20, 100]
    assert aside(studio) == [(early[2].event_id, "more_than_its_order")], (
        "what waited is judged like any other"
    )
    assert import_orders(studio.database, [order, *early], NOW, POLICY).known == 3


def test_a_waiting_refund_of_somebody_elses_order_keeps_waiting(studio: Studio) -> None:
    other = Studio(studio.database)
    order = studio.order(100, FIRST)
    foreign = studio.refund(order, 10, SECOND).model_copy(update={"organization_id": other.id})
    other.know(other.id, "racer")
    done = import_orders(studio.database, [foreign, order], NOW, POLICY)
    assert (done.accepted, done.caught_up, done.aside[0].why) == (1, 0, WhyAside.WAITING)
    assert len(counted(studio)) == 1


def test_the_same_order_with_other_values_is_a_conflict_and_the_first_one_stands(studio: Studio) -> None:
    order = studio.order(500, FIRST)
    studio.earn(order)
    before = counted(studio)
    changes: list[dict[str, Any]] = [
        {"beans": 501},
        {"user_id": "user-2"},
        {"at": order.at + timedelta(hours=1)},
        {"product": "subscription"},
        {"region": "US"},
        {"is_sandbox": True},
        {"order_id": "another"},
        {"organization_id": "org_other"},
        {"event_id": "another", "beans": 400},
    ]
    for change in changes:
        done = import_orders(studio.database, [order.model_copy(update=change)], NOW, POLICY)
        assert done.aside[0].why is WhyAside.CONTRADICTS, change
        assert order.event_id in done.aside[0].detail
    renamed = order.model_copy(update={"event_id": "second-news"})
    assert import_orders(studio.database, [renamed], NOW, POLICY).known == 1, (
        "an order is paid once, whatever its news are called"
    )
    assert counted(studio) == before


def test_a_refund_is_of_the_same_game_product_region_and_money(studio: Studio) -> None:
    order = studio.order(500, FIRST, is_sandbox=True)
    studio.know(studio.id, "chess")
    studio.earn(order)
    before = counted(studio)
    for change, named in (
        ({"is_sandbox": False}, "is_sandbox"),
        ({"game_id": "chess"}, "game_id"),
        ({"product": "subscription"}, "product"),
        ({"region": "US"}, "region"),
    ):
        refund = studio.refund(order, 10, SECOND).model_copy(update=change)
        done = import_orders(studio.database, [refund], NOW, POLICY)
        assert (done.aside[0].why, done.aside[0].detail) == (WhyAside.UNLIKE_ORDER, named)
    assert counted(studio) == before


def test_the_same_revision_with_other_numbers_is_a_conflict(studio: Studio) -> None:
    day = studio.ad_day(1_000_000, FIRST, revision=2)
    studio.earn(day)
    before = counted(studio)
    numbers: list[dict[str, Any]] = [
        {"revenue_micros": 1},
        {"clicks": 21},
        {"impressions": 0},
        {"requests": 0},
    ]
    places: list[dict[str, Any]] = [
        {"game_id": "chess"},
        {"region": "US"},
        {"placement": "x"},
        {"day": SECOND},
    ]
    for change in numbers:
        done = import_ad_days(studio.database, [day.model_copy(update=change)], NOW)
        assert done.aside[0].why is WhyAside.CONTRADICTS and "same revision" in done.aside[0].detail
    for change in places:
        later = day.model_copy(update={**change, "revision": 3})
        done = import_ad_days(studio.database, [later], NOW)
        assert done.aside[0].why is WhyAside.CONTRADICTS and "another day" in done.aside[0].detail
    older = day.model_copy(update={"revision": 1, "revenue_micros": 5})
    assert import_ad_days(studio.database, [day, older], NOW).known == 2
    assert counted(studio) == before


def test_an_ad_day_needs_no_earlier_revision(studio: Studio) -> None:
    studio.earn(studio.ad_day(7, FIRST, report_id="r", revision=3))
    assert [row[2] for row in counted(studio)] == [7]


def test_what_belongs_nowhere_yet_is_counted_as_soon_as_it_does(studio: Studio) -> None:
    home = Studio(studio.database)
    theirs = home.order(1, FIRST, "theirs")
    reports = [
        studio.order(1, FIRST, organization_id="org_nobody"),
        theirs.model_copy(update={"organization_id": studio.id, "event_id": "stolen"}),
        studio.order(3, NOW.date(), at=NOW + timedelta(days=1, seconds=1)),
        studio.order(4, NOW.date(), at=NOW + timedelta(days=1)),
    ]
    done = import_orders(studio.database, reports, NOW, POLICY)
    assert [done.aside[place].why for place in range(3)] == [
        WhyAside.UNKNOWN_ORGANIZATION,
        WhyAside.UNKNOWN_GAME,
        WhyAside.FUTURE,
    ]
    days = [
        studio.ad_day(5, NOW.date() + timedelta(days=2)),
        studio.ad_day(6, NOW.date() + timedelta(days=1)),
        studio.ad_day(7, FIRST).model_copy(update={"game_id": "later"}),
    ]
    held = import_ad_days(studio.database, days, NOW)
    assert {place: found.why for place, found in held.aside.items()} == {
        0: WhyAside.FUTURE,
        2: WhyAside.UNKNOWN_GAME,
    }
    assert len(counted(studio)) == 2
    assert retry_aside(studio.database, NOW, POLICY, limit=1) == 0 and len(aside(studio)) == 5
    studio.know(studio.id, "later")
    studio.know(studio.id, "theirs")
    assert retry_aside(studio.database, NOW + timedelta(days=1), POLICY, limit=2) == 4
    assert [reason for _, reason in aside(studio)] == ["unknown_organization"]
    assert len(counted(studio)) == 6


def test_a_refund_whose_order_is_aside_follows_it(studio: Studio) -> None:
    order = studio.order(9, FIRST).model_copy(update={"game_id": "later"})
    import_orders(studio.database, [order, studio.refund(order, 2, SECOND)], NOW, POLICY)
    assert counted(studio) == []
    studio.know(studio.id, "later")
    retry_aside(studio.database, NOW, POLICY)
    retry_aside(studio.database, NOW, POLICY)
    assert sorted(row[1] for row in counted(studio)) == [-2, 9] and aside(studio) == []


BAD_ORDERS: dict[str, dict[str, Any]] = {
    "negative": {"beans": -1},
    "too large": {"beans": 2**53 + 1},
    "not a number": {"beans": float("nan")},
    "a fraction": {"beans": 99.5},
    "a text": {"beans": "100"},
    "refund of nothing": {"type": "refund_traceback", "refund_amount": 0},
    "order with a refund": {"refund_amount": 5},
    "sandbox in words": {"is_sandbox": "yes"},
    "missing": {"at": None},
}
BAD_DAYS: dict[str, dict[str, Any]] = {
    "negative": {"revenue_micros": -1},
    "too large": {"revenue_micros": 2**53 + 1},
    "not a number": {"revenue_micros": float("nan")},
    "infinite": {"impressions": float("inf")},
    "units": {"revenue_micros": "1.50"},
    "currency": {"currency": "EUR"},
    "revision": {"revision": 0},
    "a moment": {"day": "2026-01-01T10:00:00Z"},
    "long ago": {"day": "0001-01-01"},
}


@pytest.mark.parametrize("name", BAD_ORDERS)
def test_an_order_that_cannot_be_read_says_why(studio: Studio, name: str) -> None:
    [field] = [key for key in BAD_ORDERS[name] if name != "refund of nothing" or key != "type"]
    found = read_report(OrderEvent, studio.order(1, FIRST).model_dump(mode="json") | BAD_ORDERS[name])
    assert not isinstance(found, OrderEvent) and found.why is WhyAside.MALFORMED
    assert field in found.detail and found.subject.startswith("event-")


@pytest.mark.parametrize("name", BAD_DAYS)
def test_an_ad_day_that_cannot_be_read_says_why(studio: Studio, name: str) -> None:
    [field] = BAD_DAYS[name]
    found = read_report(AdDay, studio.ad_day(1, FIRST).model_dump(mode="json") | BAD_DAYS[name])
    assert not isinstance(found, AdDay) and found.detail.startswith(f"{field}: ")


@pytest.mark.parametrize(
    "raw", [None, 7, "x", [], {"event_id": 7}, {"event_id": "a\nb"}, {"event_id": "\ud800"}]
)
def test_what_has_no_id_is_known_by_its_digest(raw: Any) -> None:
    found = read_report(OrderEvent, raw)
    assert not isinstance(found, OrderEvent)
    assert found.subject.startswith("sha256:") and found.subject == read_report(OrderEvent, raw).subject


def test_every_reason_has_a_meaning() -> None:
    assert set(MEANINGS) == set(WhyAside) and set(PASSING) < set(WhyAside)


def test_two_imports_at_once_refund_an_order_only_once(studio: Studio) -> None:
    orders = [studio.order(100, FIRST) for _ in range(20)]
    studio.earn(*orders)
    refunds = [studio.refund(order, 60, SECOND) for order in orders for _ in range(4)]
    random.Random(5).shuffle(refunds)
    with ThreadPoolExecutor(8) as many:
        done = list(many.map(lambda refund: import_orders(studio.database, [refund], NOW, POLICY), refunds))
    assert sum(one.accepted for one in done) == 20
    assert Counter(reason for _, reason in aside(studio)) == {"more_than_its_order": 60}


def test_the_database_takes_no_order_twice(studio: Studio) -> None:
    studio.earn(studio.order(1, FIRST, order_id="o"))
    copy = "INSERT INTO order_events SELECT 'x', " + ", ".join(
        name for name in order_columns(studio) if name != "event_id"
    )
    with pytest.raises(IntegrityError), studio.database.transaction() as session:
        session.execute(text(f"{copy} FROM order_events"))


def order_columns(studio: Studio) -> list[str]:
    with studio.database.reading() as session:
        return list(session.execute(text("SELECT * FROM order_events")).keys())


def test_a_batch_is_a_handful_of_statements(studio: Studio) -> None:
    orders = [studio.order(n + 1, FIRST) for n in range(400)]
    refunds = [studio.refund(order, 1, SECOND) for order in orders]
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    sqlalchemy_event.listen(studio.database.engine, "before_cursor_execute", note)
    try:
        import_orders(studio.database, [*refunds, *orders], NOW, POLICY)
        import_ad_days(studio.database, [studio.ad_day(n, FIRST) for n in range(400)], NOW)
    finally:
        sqlalchemy_event.remove(studio.database.engine, "before_cursor_execute", note)
    assert len(seen) < 20, seen


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    refunds=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 60)), max_size=8),
    shuffle=st.randoms(use_true_random=False),
    cuts=st.lists(st.integers(0, 12), max_size=4),
)
def test_in_any_order_no_order_is_refunded_beyond_its_price_and_nothing_is_lost(
    database: Database, refunds: list[tuple[int, int]], shuffle: random.Random, cuts: list[int]
) -> None:
    studio = Studio(database)
    orders = [studio.order(100, FIRST) for _ in range(3)]
    reports = [*orders, *(studio.refund(orders[n], beans, SECOND) for n, beans in refunds)]
    reports += reports[:2]
    shuffle.shuffle(reports)
    parts = sorted({0, len(reports), *(min(cut, len(reports)) for cut in cuts)})
    for start, end in pairwise(parts):
        import_orders(database, reports[start:end], NOW, POLICY)
    with database.reading() as session:
        kept = session.execute(
            text("SELECT order_id, beans, event_id FROM order_events WHERE organization_id = :o"),
            {"o": studio.id},
        ).all()
        left = {row.subject for row in conflicts(session, 1_000, organization_id=studio.id).data}
    net = Counter[str]()
    for order_id, beans, _ in kept:
        net[order_id] += beans
    assert set(net) == {order.order_id for order in orders} and min(net.values()) >= 0
    assert {row.event_id for row in kept} | left == {report.event_id for report in reports}
    assert not {row.event_id for row in kept} & left
