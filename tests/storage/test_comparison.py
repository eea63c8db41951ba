"""Own records beside the platform's: every order that differs is found once, and the differences explain the sums."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from models.comparison import DifferenceKind, OwnRecord
from models.earnings import OrderEvent
from models.identity import new_id
from models.tables import ComparisonRow, DifferenceRow, FileRow, real_now
from storage.database import Database
from storage.earnings.own_records import compare, comparison_of, comparisons, differences, platform_orders
from storage.organizations.queries import UnknownCursor
from tests.storage.studio import FEBRUARY, JANUARY, NOON, Studio

PRICE = 10_000
DAY = date(2026, 1, 10)


def own(order: OrderEvent | str, row: int, beans: int, refund: int = 0, day: date | None = None) -> OwnRecord:
    order_id = order if isinstance(order, str) else order.order_id
    return OwnRecord(row, order_id, beans * PRICE, refund * PRICE, day)


def compared(studio: Studio, records: list[OwnRecord], **scope: Any) -> ComparisonRow:
    with studio.database.transaction() as session:
        file = FileRow(
            id=new_id("file"),
            organization_id=studio.id,
            name="orders.csv",
            content_type="text/csv",
            size=1,
            sha256="0" * 64,
            created_by="ada",
            created_at=real_now(),
        )
        session.add(file)
        session.flush()
        comparison = ComparisonRow(
            id=new_id("cmp"),
            organization_id=studio.id,
            file_id=file.id,
            created_by="ada",
            created_at=NOON,
            **scope,
        )
        compare(session, comparison, records, PRICE)
    return comparison


def found(studio: Studio, comparison: ComparisonRow) -> dict[str, DifferenceRow]:
    with studio.database.reading() as session:
        rows = session.exec(select(DifferenceRow).where(DifferenceRow.comparison_id == comparison.id)).all()
    assert sorted(row.position for row in rows) == list(range(1, len(rows) + 1))
    assert len({row.order_id for row in rows}) == len(rows)
    return {row.order_id: row for row in rows}


def explained(comparison: ComparisonRow) -> bool:
    """Whether the differences add up to the difference of the sums."""
    by_kind = comparison.differences.values()
    apart: int = sum(kind["platform_micros"] - kind["own_micros"] for kind in by_kind)
    return comparison.platform_micros - comparison.own_micros == apart


def test_each_kind_of_difference_is_found_once(studio: Studio) -> None:
    studio.live("racer")
    same, amount, refunded, day, absent = (studio.order(100, DAY) for _ in range(5))
    old = studio.order(70, DAY)
    play = studio.order(50, DAY, is_sandbox=True)
    studio.earn(same, amount, refunded, day, absent, play)
    studio.earn(studio.refund(refunded, 30, DAY), studio.refund(same, 10, DAY))
    (issued,) = studio.settle(JANUARY)
    late = studio.order(80, date(2026, 2, 3))
    studio.earn(old, late)
    records = [
        own(same, 2, 100, 10, DAY),
        own(amount, 3, 90),
        own(refunded, 4, 100),
        own(day, 5, 100, day=DAY + timedelta(days=1)),
        own(play, 6, 50),
        own(late, 7, 80),
        own("never-seen", 8, 40),
    ]
    comparison = compared(studio, records, statement_id=issued.statement_id)
    rows = found(studio, comparison)
    assert {order_id: row.kind for order_id, row in rows.items()} == {
        amount.order_id: "other_amount",
        refunded.order_id: "refunded",
        day.order_id: "other_day",
        absent.order_id: "missing_in_file",
        play.order_id: "sandbox",
        late.order_id: "other_period",
        "never-seen": "missing_on_platform",
    }
    assert {row.kind for row in rows.values()} == {kind.value for kind in DifferenceKind}
    assert (comparison.own_orders, comparison.own_micros) == (7, 550 * PRICE)
    assert (comparison.platform_orders, comparison.platform_micros) == (5, 460 * PRICE)
    assert explained(comparison)
    assert rows[late.order_id].platform_day == date(2026, 2, 3) and rows[late.order_id].statement_id is None
    assert rows[absent.order_id].row is None and rows[amount.order_id].row == 3
    assert rows[amount.order_id].statement_id == issued.statement_id
    assert comparison.differences["other_amount"] == {
        "count": 1,
        "own_micros": 90 * PRICE,
        "platform_micros": 100 * PRICE,
    }


def test_a_refund_of_an_earlier_statements_order_is_a_refund(studio: Studio) -> None:
    studio.live("racer")
    order, other = studio.order(100, DAY), studio.order(60, date(2026, 2, 3))
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(other, studio.refund(order, 40, date(2026, 2, 5)))
    (issued,) = studio.settle(FEBRUARY)
    comparison = compared(studio, [own(other, 2, 60)], statement_id=issued.statement_id)
    (row,) = found(studio, comparison).values()
    assert (row.kind, row.order_id, row.platform_refunded_micros) == ("refunded", order.order_id, 40 * PRICE)
    assert explained(comparison)
    with_it = compared(studio, [own(other, 2, 60), own(order, 3, 100, 40)], statement_id=issued.statement_id)
    (row,) = found(studio, with_it).values()
    assert row.kind == "other_period" and row.platform_day == DAY and explained(with_it)


def test_days_are_compared_whether_settled_or_not(studio: Studio) -> None:
    studio.live("racer")
    inside, outside = studio.order(100, DAY), studio.order(60, date(2026, 2, 3))
    studio.earn(inside, outside, studio.order(50, DAY, is_sandbox=True))
    scope = {"since": date(2026, 1, 1), "until": date(2026, 1, 31)}
    comparison = compared(studio, [own(inside, 2, 100, day=DAY)], **scope)
    assert found(studio, comparison) == {} and comparison.differences == {}
    assert compared(studio, [], **scope).platform_orders == 1
    assert compared(studio, [own(outside, 2, 60)], **scope).differences.keys() == {
        "missing_in_file",
        "other_period",
    }


def test_another_organizations_orders_are_unknown(studio: Studio) -> None:
    studio.live("racer")
    other = Studio(studio.database, "Other Games").live("puzzle")
    theirs = other.order(100, DAY)
    other.earn(theirs)
    scope = {"since": date(2026, 1, 1), "until": date(2026, 1, 31)}
    comparison = compared(studio, [own(theirs, 2, 100)], **scope)
    assert {row.kind for row in found(studio, comparison).values()} == {"missing_on_platform"}
    with studio.database.reading() as session:
        assert comparison_of(session, studio.id, comparison.id) is not None
        assert comparison_of(session, other.id, comparison.id) is None
        with pytest.raises(UnknownCursor):
            comparisons(session, other.id, 10, comparison.id)


def test_differences_come_page_by_page(studio: Studio) -> None:
    records = [own(f"order-x{n:02}", n + 2, 10) for n in range(25)]
    comparison = compared(studio, records, since=DAY, until=DAY)
    seen: list[int] = []
    with studio.database.reading() as session:
        more = True
        while more:
            part = differences(session, comparison.id, 10, seen[-1] if seen else 0)
            seen += [row.position for row in part.data]
            more = part.has_more
        assert not differences(session, comparison.id, 10, kind="sandbox").data
        assert [row.id for row in comparisons(session, studio.id, 10, None).data] == [comparison.id]
    assert seen == list(range(1, 26))


def test_orders_are_counted_up_to_a_limit(studio: Studio) -> None:
    studio.earn(*(studio.order(1, DAY) for _ in range(5)))
    scope = ComparisonRow(
        id="cmp", organization_id=studio.id, file_id="", created_by="", created_at=NOON, since=DAY, until=DAY
    )
    with studio.database.reading() as session:
        assert platform_orders(session, scope, 10) == 5 and platform_orders(session, scope, 3) == 4


def test_nothing_is_left_of_the_file(studio: Studio) -> None:
    """The same connection compares again, and a failure in between leaves nothing."""
    record = own("order-x", 2, 1)
    compared(studio, [record], since=DAY, until=DAY)
    with pytest.raises(Exception, match=r"(?i)unique"):
        compared(studio, [record, record._replace(row=3)], since=DAY, until=DAY)
    compared(studio, [record], since=DAY, until=DAY)
    with studio.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM comparisons")).scalar_one() == 2


EVENT = st.tuples(
    st.integers(0, 5),  # which order
    st.integers(0, 60),  # beans
    st.integers(0, 70),  # refund; 0 means none
    st.booleans(),  # sandbox
    st.integers(0, 3),  # day
)
RECORD = st.tuples(st.integers(0, 7), st.integers(0, 60), st.integers(0, 60), st.integers(0, 3) | st.none())


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=st.lists(EVENT, unique_by=lambda e: e[0]), records=st.lists(RECORD, unique_by=lambda r: r[0]))
def test_differences_always_explain_the_sums(url: str, events: Any, records: Any) -> None:

    studio = Studio(Database(url)).live("racer")
    for number, beans, refund, sandbox, offset in events:
        order = studio.order(
            beans,
            DAY + timedelta(days=offset),
            order_id=f"{studio.id}-{number}",
            is_sandbox=sandbox,
            at=datetime(2026, 1, 10 + offset, tzinfo=UTC),
        )
        studio.earn(order)
        if refund and beans:
            studio.earn(studio.refund(order, min(refund, beans), DAY + timedelta(days=offset + refund % 3)))
    mine = [
        own(f"{studio.id}-{n}", row, beans, refund, None if day is None else DAY + timedelta(days=day))
        for row, (n, beans, refund, day) in enumerate(records, start=2)
    ]
    comparison = compared(studio, mine, since=DAY + timedelta(days=1), until=DAY + timedelta(days=2))
    rows = found(studio, comparison)
    assert explained(comparison)
    assert comparison.own_orders == len(records)
    named = {row.order_id for row in rows.values() if row.row is not None}
    assert named <= {record.order_id for record in mine}
