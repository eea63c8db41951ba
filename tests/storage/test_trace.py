"""A line's sources: from what is shown alone, anyone can recompute its sum and its digest."""

import hashlib
from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, literal, select, union_all

from models.documents import Stream
from models.money import Money
from models.tables import StatementLineRow
from storage.database import Database
from storage.settlement.batches import IssuedStatement
from storage.settlement.digest import digest_of, sources_digest
from storage.settlement.replacement import replace_statement
from storage.settlement.trace import Source, line_sources
from tests.storage.studio import ADS_EARLY, ADS_LATE, FEBRUARY, JANUARY, NOON, POLICY, Studio
from tests.storage.test_advances import MARCH, advanced

__all__ = ["advanced"]


def sources_of(studio: Studio, line: StatementLineRow, limit: int = 2) -> list[Source]:
    """All sources of a line, page by page."""
    found: list[Source] = []
    with studio.database.reading() as session:
        while True:
            page = line_sources(session, line, limit, found[-1].id if found else None)
            found += page.data
            if not page.has_more:
                return found


def recomputed(sources: Iterable[Source]) -> str:
    """The digest as docs/statements.md tells it, written anew."""
    text = b""
    for source in sorted(sources, key=lambda source: source.id.encode()):
        octets = source.id.encode()
        text += b"%d:%b:%d\n" % (len(octets), octets, source.micros)
    return hashlib.sha256(text).hexdigest()


def check(studio: Studio, issued: IssuedStatement) -> list[list[Source]]:
    """Every line that has sources is what they come to; returns them."""
    found = []
    for line in studio.lines(issued.statement_id):
        sources = sources_of(studio, line)
        if line.kind in ("carried_forward", "appeal"):
            assert (sources, line.sources_digest) == ([], None)
            continue
        assert len(sources) == line.source_count
        assert sum(s.micros for s in sources if s.kind != "refund") == line.gross_micros
        assert -sum(s.micros for s in sources if s.kind == "refund") == line.refunds_micros
        assert recomputed(sources) == line.sources_digest
        assert {source.game_id for source in sources} == {line.game_id}
        found.append(sources)
    return found


def test_orders_and_refunds_of_a_month(studio: Studio) -> None:
    studio.live("racer", "chess")
    order = studio.order(1999, date(2026, 1, 5))
    studio.earn(
        order,
        studio.refund(order, 200, date(2026, 1, 9)),
        *(studio.order(100 + n, date(2026, 1, 20), "chess") for n in range(5)),
        studio.order(5000, date(2026, 1, 20), is_sandbox=True),
    )
    [issued] = studio.settle(JANUARY)
    chess, racer = check(studio, issued)
    assert sorted(source.micros for source in chess) == [1_000_000 + 10_000 * n for n in range(5)]
    assert [(s.kind, s.beans, s.micros, s.day) for s in sorted(racer, key=lambda s: s.kind)] == [
        ("order", 1999, 19_990_000, date(2026, 1, 5)),
        ("refund", -200, -2_000_000, date(2026, 1, 9)),
    ]
    assert {source.order_id for source in racer} == {order.order_id}


def test_ad_days_and_their_corrections(studio: Studio) -> None:
    """What a line counts of a corrected day is the difference."""
    studio.live("racer")
    report = studio.ad_day(10_000_000, date(2026, 1, 15))
    studio.earn(report, studio.ad_day(5, date(2026, 1, 14)))
    [early] = studio.settle(ADS_EARLY)
    studio.earn(report.model_copy(update={"revision": 2, "revenue_micros": 9_000_000}))
    studio.earn(studio.ad_day(2_000_000, date(2026, 1, 16)))
    [late] = studio.settle(ADS_LATE)
    [first] = check(studio, early)
    assert sorted(source.micros for source in first) == [5, 10_000_000]
    earned, corrected = check(studio, late)
    assert [(s.id, s.kind, s.placement, s.micros) for s in corrected] == [
        (report.report_id, "ad_day", "rewarded", -1_000_000)
    ]
    assert [source.micros for source in earned] == [2_000_000]
    replacement = replace_statement(studio.database, late.statement_id, studio.id, POLICY, NOON)
    assert check(studio, replacement) == check(studio, late)


def test_a_replaced_statement_keeps_its_sources(advanced: Studio) -> None:
    advanced.earn(advanced.order(1000, date(2026, 1, 5)), advanced.order(10, date(2026, 1, 6), "racer"))
    [january] = advanced.settle(JANUARY)
    before = check(advanced, january)
    [march] = advanced.settle(MARCH)
    reconciled = check(advanced, march)
    assert sorted(source.micros for source in reconciled[0]) == [20_000, 2_000_000]
    advanced.earn(advanced.order(7, date(2026, 1, 7)))
    new = replace_statement(
        advanced.database, january.statement_id, advanced.id, POLICY, NOON, Money(amount=5)
    )
    assert check(advanced, january) == before
    assert len(check(advanced, new)[0]) == 3
    assert check(advanced, march) == reconciled
    newer = replace_statement(advanced.database, march.statement_id, advanced.id, POLICY, NOON)
    assert check(advanced, march) == reconciled
    assert len(check(advanced, newer)[0]) == 3, "what came late is reconciled with it"


def test_a_refund_stays_in_the_line_that_counts_it(studio: Studio) -> None:
    """What is reported later does not move a source from one line to another."""
    studio.live("racer")
    order = studio.order(1000, date(2026, 1, 5))
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(studio.refund(order, 300, date(2026, 2, 5)), studio.order(500, date(2026, 1, 6)))
    [february] = studio.settle(FEBRUARY)
    earned, late = check(studio, february)
    assert [source.kind for source in earned] == ["refund"]
    assert [source.kind for source in late] == ["order"]


NAMES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=8),
        st.integers(-(10**15), 10**15),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sources=NAMES)
def test_the_digest_in_sql_is_the_digest(database: Database, sources: list[tuple[str, int]]) -> None:
    """Whatever the ids contain: separators, line feeds, letters that sort differently in other languages."""
    rows = union_all(
        *(select(literal(i).label("id"), literal(m, BigInteger).label("micros")) for i, m in sources)
    ).subquery()
    with database.reading() as session:
        in_sql = session.scalar(select(sources_digest(rows.c.id, rows.c.micros)))
    assert in_sql == digest_of(sources) == digest_of(reversed(sources))
    shown = [
        Source(id=i, kind="order", game_id="", day=date(2026, 1, 1), region="GB", micros=m)
        for i, m in sources
    ]
    assert in_sql == recomputed(shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", 1), ("b", 2)], [("a", 1), ("b", 3)]),
        ([("a", 1), ("b", 2)], [("a:1\n1:b", 2)]),
        ([("a", 11)], [("a1", 1)]),
        ([("a", 1)], [("a", -1)]),
    ],
)
def test_other_sources_have_another_digest(one: list[tuple[str, int]], other: list[tuple[str, int]]) -> None:
    assert digest_of(one) != digest_of(other)


def test_streams_do_not_mix(studio: Studio) -> None:
    studio.live("racer").earn(
        studio.order(1000, date(2026, 1, 5)),
        studio.order(2000, date(2026, 1, 5), product="subscription"),
    )
    subscriptions = JANUARY.model_copy(update={"stream": Stream.IAP_SUBSCRIPTION})
    for period, beans in ((JANUARY, 1000), (subscriptions, 2000)):
        [issued] = studio.settle(period)
        assert [[source.beans for source in line] for line in check(studio, issued)] == [[beans]]
