"""Reports may come late, twice, in any order and corrected: they are kept once."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import select

from models.documents import Stream
from models.earnings import REFUNDED, Imported, OrderEvent
from models.tables import AdDayRow, OrderEventRow
from storage.database import Database
from storage.earnings.reports import cursor, import_ad_days, import_orders, keep_orders, save_cursor
from tests.storage.studio import POLICY, Studio

FIRST = date(2026, 1, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def order_rows(studio: Studio) -> list[OrderEventRow]:
    with studio.database.reading() as session:
        mine = select(OrderEventRow).where(OrderEventRow.organization_id == studio.id)
        return list(session.exec(mine.order_by(OrderEventRow.event_id)))


def test_an_order_is_kept_once(studio: Studio) -> None:
    order = studio.order(500, FIRST)
    other = order.model_copy(update={"beans": 9_999})
    first = import_orders(studio.database, [order, other, order], NOW, POLICY)
    assert (first.accepted, first.known, list(first.aside)) == (1, 1, [1])
    again = import_orders(studio.database, [other, studio.order(1, FIRST)], NOW, POLICY)
    assert (again.accepted, again.known, list(again.aside)) == (1, 0, [0])
    assert import_orders(studio.database, [], NOW, POLICY) == Imported()
    assert sorted(row.beans for row in order_rows(studio)) == [1, 500]


def test_what_is_kept_of_an_order(studio: Studio) -> None:
    at = datetime(2026, 2, 1, 3, tzinfo=timezone(timedelta(hours=8)))
    order = studio.order(500, FIRST, at=at, product="subscription", is_sandbox=True)
    refund = {"event_id": "z", "type": REFUNDED, "refund_amount": 200}
    studio.earn(order, order.model_copy(update=refund))
    bought, refunded = order_rows(studio)
    assert (bought.day, bought.at) == (date(2026, 1, 31), at.astimezone(UTC)), "a day is a day in UTC"
    assert (bought.stream, bought.is_sandbox, bought.settled_in) == (Stream.IAP_SUBSCRIPTION, True, None)
    assert (bought.beans, refunded.beans) == (500, -200)


def test_many_orders_at_once(studio: Studio) -> None:
    orders = [studio.order(n, FIRST) for n in range(3_000)]
    assert import_orders(studio.database, orders, NOW, POLICY).accepted == 3_000
    again = import_orders(studio.database, [*orders, studio.order(1, FIRST)], NOW, POLICY)
    assert (again.accepted, again.known, again.aside) == (1, 3_000, {})


def test_the_work_for_a_report_is_the_same_however_many_organizations_report(database: Database) -> None:
    """SQLite counts the steps that it takes: as many for each of 150 organizations as for each of 50."""
    if database.engine.name != "sqlite":
        pytest.skip("PostgreSQL does not count its steps")
    few, many = ([of_its_own(Studio(database)) for _ in range(number)] for number in (50, 150))
    assert steps(database, many) < 3.5 * steps(database, few)


def of_its_own(studio: Studio) -> OrderEvent:
    """An order of a game that nobody else has."""
    return studio.order(5, FIRST, f"game of {studio.id}")


def steps(database: Database, orders: list[OrderEvent]) -> int:
    """How many steps, in hundreds, SQLite takes to keep orders."""
    taken = count()
    with database.transaction() as session:
        connection: Any = session.connection().connection.driver_connection
        connection.set_progress_handler(lambda: next(taken) < 0, 100)
        assert keep_orders(session, orders, NOW, POLICY).accepted == len(orders)
        connection.set_progress_handler(None, 0)
    return next(taken)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), max_size=5), min_size=1, max_size=4
    )
)
def test_the_highest_revision_of_an_ad_day_is_kept(
    database: Database, batches: list[list[tuple[str, int]]]
) -> None:
    studio = Studio(database)
    best: dict[str, int] = {}
    for batch in batches:
        days = [
            studio.ad_day(revision * 1_000, FIRST, report_id=f"{studio.id}-{name}", revision=revision)
            for name, revision in batch
        ]
        before = dict(best)
        for name, revision in batch:
            best[name] = max(best.get(name, 0), revision)
        done = import_ad_days(database, days, NOW)
        assert done.accepted + done.known == len(days) and not done.aside
        assert done.accepted >= sum(before.get(name) != best[name] for name in best)
    with database.reading() as session:
        rows = session.exec(select(AdDayRow).where(AdDayRow.organization_id == studio.id)).all()
    assert {row.report_id[-1]: row.revision for row in rows} == best
    assert all(row.revenue_micros == row.revision * 1_000 and row.settled_micros == 0 for row in rows)


def test_a_cursor_is_remembered(database: Database) -> None:
    assert cursor(database, "orders") is None
    for place in ("10", "20"):
        save_cursor(database, "orders", place)
        assert cursor(database, "orders") == place
    assert cursor(database, "ad_days") is None


@pytest.mark.parametrize(
    "poison",
    [
        {"event_id": ""},
        {"event_id": "a\x00b"},
        {"user_id": "x" * 101},
        {"beans": -1},
        {"beans": 2**63},
        {"beans": "500"},
        {"refund_amount": 10**12},
        {"region": "usa"},
        {"at": "9999-12-31T23:59:59-01:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "2026-01-01T00:00:00"},
        {"product": "gift"},
    ],
    ids=str,
)
def test_what_no_database_could_keep_is_refused_at_the_door(studio: Studio, poison: dict[str, Any]) -> None:
    body = studio.order(1, FIRST).model_dump(mode="json") | poison
    with pytest.raises(ValidationError):
        OrderEvent.model_validate(body)


@pytest.mark.parametrize("beans", [0, 10**9])
def test_the_largest_order_is_kept(studio: Studio, beans: int) -> None:
    studio.earn(studio.order(beans, FIRST))
    assert [row.beans for row in order_rows(studio)] == [beans]
