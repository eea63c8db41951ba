"""What must hold of settlement whatever is reported, in whatever order, and however often it is run."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, literal, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.documents import Feature
from models.earnings import AdDay, OrderEvent
from models.money import half_even
from models.tables import (
    AdDayRow,
    AdSettlementRow,
    ContractTextRow,
    OrderEventRow,
    StatementLineRow,
    StatementRow,
)
from models.wire.steps import Period
from storage.database import Database
from storage.settlement import batches, statement_lines
from storage.settlement.batches import IssuedStatement
from storage.settlement.digest import digest_of
from storage.settlement.replacement import replace_statement
from storage.settlement.trace import line_sources
from tests.storage.studio import ADS_EARLY, JANUARY, NOON, POLICY, Studio

EACH_DATABASE_ONCE = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@EACH_DATABASE_ONCE
@given(
    numerators=st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=50),
    denominator=st.sampled_from([1, 2, 3, 10, 1_000, 10_000, 1_000_000]),
)
def test_half_even_in_sql_is_half_even(database: Database, numerators: list[int], denominator: int) -> None:
    ties = [n * denominator + denominator // 2 for n in range(-3, 4)]
    wanted = [*numerators, *ties]
    columns = [statement_lines.half_even(literal(n, BigInteger), denominator) for n in wanted]
    with database.reading() as session:
        rounded = tuple(session.execute(select(*columns)).one())
    assert rounded == tuple(half_even(n, denominator) for n in wanted)


def months(period: Period) -> list[Period]:
    """The period and eight more after it."""
    starts = [period.start + timedelta(days=30 * n) for n in range(10)]
    return [
        period.model_copy(update={"start": start, "end": following - timedelta(days=1)})
        for start, following in pairwise(starts)
    ]


DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 29))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), DAYS, st.integers(1, 3_333_333), st.sampled_from(["US", "GB"])),
        st.tuples(st.just("change"), DAYS, st.integers(0, 10**9), st.integers(0, 100)),
        st.tuples(st.just("settle"), st.integers(0, 3), st.booleans(), st.just(None)),
        st.tuples(st.just("replace"), st.integers(0, 100), st.just(None), st.just(None)),
    ),
    min_size=4,
    max_size=14,
)


@pytest.mark.parametrize(
    ("first", "advanced"),
    [(JANUARY, False), (JANUARY, True), (ADS_EARLY, False)],
    ids=["purchases", "advances", "ads"],
)
@EACH_DATABASE_ONCE
@given(steps=STEPS)
def test_everything_is_settled_once(
    database: Database, first: Period, advanced: bool, steps: Sequence[tuple[Any, ...]]
) -> None:
    """Orders, refunds, corrections, settlements and replacements in any order; then settlements until all is reconciled."""
    studio = Studio(database).live("racer", "chess", country="BR")
    if advanced:
        in_advance(studio)
    periods = months(first)
    reports: list[OrderEvent] | list[AdDay] = []
    issued: list[IssuedStatement] = []
    end = [("settle", number, True, None) for number in range(4, 9)]
    for kind, a, b, c in [*steps, ("earn", date(2026, 5, 5), 1, "US"), *end]:
        if kind == "earn":
            report = report_of(studio, first, a, b, c)
            reports.append(report)  # type: ignore[arg-type]
            studio.earn(report)
        elif kind == "change" and reports:
            studio.earn(changed(studio, reports, a, b, c))
        elif kind == "settle":
            issued += studio.settle(periods[a].model_copy(update={"newest": b}))
        elif kind == "replace" and issued:
            old = issued[a % len(issued)]
            if studio.statement(old.statement_id).carried_into is None:
                new = replace_statement(database, old.statement_id, studio.id, POLICY, NOON)
                issued[a % len(issued)] = new
    check(studio, first)


def in_advance(studio: Studio) -> None:
    """From 10 February a Bean is settled at an odd price first."""
    with studio.database.transaction() as session:
        if session.get(ContractTextRow, ("iap", 2)) is None:
            version = ContractTextRow(feature="iap", version=2, text="", sha256="", share_basis_points=3_000)
            version.advance_bean_micros = 8_333
            session.add(version)
    studio.contract(Feature.IAP, datetime(2026, 2, 10, 12, tzinfo=UTC), version=2)


def report_of(studio: Studio, period: Period, day: date, amount: int, region: str) -> OrderEvent | AdDay:
    game = ("racer", "chess")[amount % 2]
    if period.stream == "iaa":
        return studio.ad_day(amount, day, game, region=region)
    return studio.order(amount, day, game, region=region)


def changed(studio: Studio, reports: Any, day: date, amount: int, which: int) -> OrderEvent | AdDay:
    """A refund of one of the orders, or a correction of one of the ad days."""
    report: OrderEvent | AdDay = reports[which % len(reports)]
    if isinstance(report, OrderEvent):
        return studio.refund(report, 1 + amount % report.beans, max(day, report.at.date()))
    corrected = report.model_copy(update={"revision": report.revision + 1, "revenue_micros": amount})
    reports[which % len(reports)] = corrected
    return corrected


def check(studio: Studio, period: Period) -> None:
    with studio.database.reading() as session:
        mine = select_rows(StatementRow).where(StatementRow.organization_id == studio.id)
        statements = list(session.exec(mine))
        void = {statement.replaces for statement in statements}
        live = [statement for statement in statements if statement.id not in void]
        lines = {
            statement.id: list(
                session.exec(
                    select_rows(StatementLineRow).where(StatementLineRow.statement_id == statement.id)
                )
            )
            for statement in statements
        }
        if period.stream == "iaa":
            days = session.exec(select_rows(AdDayRow).where(AdDayRow.organization_id == studio.id)).all()
            micros = sum(day.revenue_micros for day in days)
            parts = session.exec(
                select_rows(AdSettlementRow).where(
                    col(AdSettlementRow.statement_id).in_([s.id for s in live])
                )
            ).all()
            for day in days:
                assert day.settled_micros == day.revenue_micros
                assert sum(p.micros for p in parts if p.report_id == day.report_id) == day.revenue_micros
        else:
            orders = session.exec(
                select_rows(OrderEventRow).where(OrderEventRow.organization_id == studio.id)
            ).all()
            micros = sum(order.beans for order in orders) * POLICY.bean_price_micros
            assert {order.settled_in for order in orders} <= {statement.id for statement in live}
            check_orders(session, orders, [line for statement in live for line in lines[statement.id]])
    settled = sum(
        (line.gross - line.refunds) * 10_000 + line.remainder_micros
        for statement in live
        for line in lines[statement.id]
    )
    assert settled == micros
    for statement in statements:
        check_bridge(statement, lines[statement.id])
    debts = {statement.id: statement for statement in live if statement.net < 0}
    for statement in debts.values():
        takers = [s for s in live if s.id == statement.carried_into]
        assert len(takers) == (statement.carried_into is not None)
    carried = [line for s in live for line in lines[s.id] if line.kind == "carried_forward"]
    assert sum(line.net for line in carried) == sum(s.net for s in debts.values() if s.carried_into)


def check_orders(
    session: Session, orders: Sequence[OrderEventRow], lines: Sequence[StatementLineRow]
) -> None:
    """Every order is a source of one line in force, and of one reconciliation if it was an advance."""
    settled: list[str] = []
    reconciled: list[str] = []
    for line in lines:
        sources = line_sources(session, line, 1_000).data
        if line.sources_digest:
            assert digest_of((source.id, source.micros) for source in sources) == line.sources_digest
        (reconciled if line.kind == "reconciliation" else settled).extend(s.id for s in sources)
    assert sorted(settled) == sorted(order.event_id for order in orders)
    advances = [order.event_id for order in orders if order.advance_bean_micros is not None]
    assert sorted(reconciled) == sorted(advances)


def check_bridge(statement: StatementRow, lines: list[StatementLineRow]) -> None:
    earned = [line for line in lines if line.kind == "earning"]
    for line in lines:
        if line.kind in ("earning", "adjustment", "reconciliation"):
            assert line.platform_share == half_even((line.gross - line.refunds) * 3_000, 10_000)
            assert line.net == line.gross - line.refunds - line.platform_share
        assert abs(line.remainder_micros) <= 10_000
    assert statement.gross == sum(line.gross for line in earned)
    assert statement.refunds == sum(line.refunds for line in earned)
    assert statement.platform_share == sum(line.platform_share for line in earned)
    assert statement.adjustments == sum(line.net for line in lines if line not in earned)
    before_tax = sum(line.net for line in lines)
    assert statement.us_source == sum(line.us_net for line in lines)
    taxed = max(0, min(before_tax, statement.us_source))
    assert statement.tax_withheld == half_even(taxed * 3_000, 10_000)
    assert statement.net == before_tax - statement.tax_withheld


def test_two_runs_at_once_issue_each_statement_once(studio: Studio) -> None:
    studio.live("racer").earn(*(studio.order(100, date(2026, 1, 5)) for _ in range(50)))
    ready = threading.Barrier(8)

    def run(_: int) -> list[IssuedStatement]:
        ready.wait()
        while True:
            try:
                return studio.settle(JANUARY)
            except DBAPIError as error:  # as Temporal would, try again
                assert error.orig is not None

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(8)))
    assert len({statement.statement_id for result in results for statement in result}) == 1
    assert {statement.net.amount for result in results for statement in result} == {3_500}
    assert studio.count("statements") == 1


def test_what_is_imported_half_way_through_a_settlement_waits_for_its_end(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refund waits for its order, which turns up meanwhile: neither counts before the next time."""
    if studio.database.engine.name == "sqlite":
        pytest.skip("nobody else writes while SQLite settles")
    studio.live("racer")
    order = studio.order(1000, date(2025, 12, 31))
    studio.earn(studio.refund(order, 1000, date(2026, 1, 5)), studio.order(3000, date(2026, 1, 5)))
    waited: list[bool] = []

    with ThreadPoolExecutor(1) as pool:

        def meanwhile(*arguments: Any) -> None:
            importing = pool.submit(studio.earn, order)
            waited.append(not wait([importing], timeout=1).done)
            statement_lines.write_lines(*arguments)

        monkeypatch.setattr(batches, "write_lines", meanwhile)
        [issued] = studio.settle(JANUARY)
    assert waited == [True]
    assert issued.net.amount == 2100
    assert studio.count("order_events") == 3


def test_what_is_imported_during_a_settlement_is_not_lost(studio: Studio) -> None:
    studio.live("racer")
    stop = threading.Event()
    earned: list[OrderEvent] = []

    def import_on() -> None:
        while not stop.is_set():
            order = studio.order(100, date(2026, 1, 5))
            studio.earn(order)
            earned.append(order)

    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(import_on)
        while len(earned) < 10:
            pass
        [january] = studio.settle(JANUARY)
        while len(earned) < 20:
            pass
        stop.set()
        importing.result()
    studio.earn(studio.order(100, date(2026, 2, 5)))
    [february] = studio.settle(
        JANUARY.model_copy(update={"start": date(2026, 2, 1), "end": date(2026, 2, 28)})
    )
    assert sum(line.source_count for s in (january, february) for line in studio.lines(s.statement_id)) == (
        len(earned) + 1
    )
