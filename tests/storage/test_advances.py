"""Advanced settlement, and the last statement of a contract: worked out by hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from models.documents import Feature
from models.tables import ContractTextRow
from models.wire.steps import Period
from storage.ledger.verification import verify
from storage.settlement.batches import IssuedStatement, organizations_due
from storage.settlement.replacement import replace_statement
from storage.settlement.trace import line_sources
from tests.storage.studio import ADS_EARLY, ADS_LATE, FEBRUARY, JANUARY, POLICY, Studio

MARCH = FEBRUARY.model_copy(
    update={"start": date(2026, 3, 1), "end": date(2026, 3, 31), "delivered_on": date(2026, 4, 15)}
)
APRIL = FEBRUARY.model_copy(
    update={"start": date(2026, 4, 1), "end": date(2026, 4, 30), "delivered_on": date(2026, 5, 15)}
)
MAY_DAY = datetime(2026, 5, 1, tzinfo=UTC)
Lines = list[tuple[str, int, int, int]]


@pytest.fixture
def advanced(studio: Studio) -> Studio:
    """Version 2 from 1 January: a Bean is settled at USD 0.008 first; the share is 30 %."""
    offer(studio, 2, 8_000)
    studio.live("racer").contract(Feature.IAP, version=2)
    return studio


def offer(studio: Studio, version: int, advance_bean_micros: int | None, share: int = 3_000) -> None:
    with studio.database.transaction() as session:
        session.add(
            ContractTextRow(
                feature="iap",
                version=version,
                text="",
                sha256="",
                share_basis_points=share,
                advance_bean_micros=advance_bean_micros,
            )
        )


def replace(studio: Studio, issued: IssuedStatement) -> IssuedStatement:
    return replace_statement(studio.database, issued.statement_id, studio.id, POLICY, MAY_DAY)


def lines_of(studio: Studio, issued: IssuedStatement) -> Lines:
    """Kind, count, exact sum of gross less refunds, and net."""
    return [
        (line.kind, line.source_count, line.gross_micros - line.refunds_micros, line.net)
        for line in studio.lines(issued.statement_id)
    ]


def terminate(studio: Studio, at: datetime, feature: Feature = Feature.IAP) -> None:
    studio.contract(feature, at, "terminated", version=2)


def test_an_advance_is_reconciled_in_the_second_cycle_after(advanced: Studio) -> None:
    """1,000 Beans at 0.008: 8.00, less 2.40. Two months later 2.00, less 0.60: together 7.00, as at 0.01."""
    advanced.earn(advanced.order(1000, date(2026, 1, 5)))
    [january] = advanced.settle(JANUARY)
    [line] = advanced.lines(january.statement_id)
    assert (line.gross, line.platform_share, line.net) == (800, 240, 560)
    assert (line.advance, line.bean_price_micros, line.gross_micros) == (True, 8_000, 8_000_000)
    assert "advance" in line.note
    assert advanced.settle(FEBRUARY) == []
    assert organizations_due(advanced.database, FEBRUARY, None, 10, POLICY) == []
    assert organizations_due(advanced.database, MARCH, None, 10, POLICY) == [advanced.id]
    [march] = advanced.settle(MARCH)
    [line] = advanced.lines(march.statement_id)
    assert (line.kind, line.source_count, line.gross, line.platform_share, line.net) == (
        "reconciliation",
        1,
        200,
        60,
        140,
    )
    assert (line.advance, line.bean_price_micros, line.contract_version) == (False, 2_000, 2)
    assert (line.reconciles, line.reconciles_position) == (january.statement_id, 1)
    assert line.note == "Base price of a Bean instead of the advance, 2026-01-01 to 2026-01-31"
    assert march.net.amount == 140
    statement = advanced.statement(march.statement_id)
    assert (statement.gross, statement.platform_share, statement.adjustments) == (0, 0, 140)
    assert advanced.settle(APRIL) == [], "once and only once"


def test_an_advance_above_the_base_price_is_taken_back(studio: Studio) -> None:
    """At 0.012: 12.00 less 3.60; then 2.00 back, less 0.60. A refund of 500 Beans goes the same way."""
    offer(studio, 2, 12_000)
    studio.live("racer").contract(Feature.IAP, version=2)
    order = studio.order(1000, date(2026, 1, 5))
    studio.earn(order)
    [january] = studio.settle(JANUARY)
    assert lines_of(studio, january) == [("earning", 1, 12_000_000, 840)]
    studio.earn(studio.refund(order, 500, date(2026, 2, 5)))
    [february] = studio.settle(FEBRUARY)
    assert lines_of(studio, february) == [("earning", 1, -6_000_000, -420)]
    [march] = studio.settle(MARCH)
    assert lines_of(studio, march) == [
        ("reconciliation", 1, -2_000_000, -140),
        ("carried_forward", 0, 0, -420),
    ]
    [april] = studio.settle(APRIL)
    assert lines_of(studio, april)[0] == ("reconciliation", 1, 1_000_000, 70)


def test_each_line_is_reconciled_by_itself_to_the_micro(advanced: Studio) -> None:
    """An odd advance: 333 Beans at 0.0083333 are 2.7749889 USD; the rest is 0.5550111. Nothing is lost."""
    offer(advanced, 3, 8_333, share=2_500)
    advanced.contract(Feature.IAP, datetime(2026, 1, 16, tzinfo=UTC), version=3)
    advanced.game("chess")
    advanced.earn(
        advanced.order(333, date(2026, 1, 5)),
        advanced.order(333, date(2026, 1, 16)),
        advanced.order(77, date(2026, 1, 16), "chess"),
    )
    [january] = advanced.settle(JANUARY)
    advanced.earn(advanced.order(55, date(2026, 1, 20), "chess"))
    [february] = advanced.settle(FEBRUARY)
    assert lines_of(advanced, february) == [("adjustment", 1, 55 * 8_333, 34)]
    [march] = advanced.settle(MARCH)
    [april] = advanced.settle(APRIL)
    first, second = advanced.lines(january.statement_id), advanced.lines(march.statement_id)
    assert [(line.reconciles, line.reconciles_position) for line in second] == [
        (january.statement_id, position) for position in (1, 2, 3)
    ]
    for line, rest in zip(first, second, strict=True):
        assert (rest.game_id, rest.contract_version) == (line.game_id, line.contract_version)
        assert (line.gross_micros + rest.gross_micros) % 10_000 == 0
        assert rest.gross * 10_000 + rest.remainder_micros == rest.gross_micros
    assert sum(line.gross_micros for line in first + second) == (333 + 333 + 77) * 10_000
    assert lines_of(advanced, april) == [("reconciliation", 1, 55 * 1_667, 7)]


def test_a_contract_without_an_advance_is_settled_at_the_base_price(advanced: Studio) -> None:
    """Version 3 has none: only what was earned under version 2 is an advance."""
    offer(advanced, 3, None)
    advanced.contract(Feature.IAP, datetime(2026, 1, 16, tzinfo=UTC), version=3)
    advanced.earn(advanced.order(1000, date(2026, 1, 15)), advanced.order(1000, date(2026, 1, 16)))
    [january] = advanced.settle(JANUARY)
    assert [(line.advance, line.gross) for line in advanced.lines(january.statement_id)] == [
        (True, 800),
        (False, 1000),
    ]
    [march] = advanced.settle(MARCH)
    assert lines_of(advanced, march) == [("reconciliation", 1, 2_000_000, 140)]


def test_an_advance_replaced_before_its_reconciliation(advanced: Studio) -> None:
    advanced.earn(advanced.order(1000, date(2026, 1, 5)))
    [january] = advanced.settle(JANUARY)
    advanced.earn(advanced.order(500, date(2026, 1, 6)))
    new = replace(advanced, january)
    assert lines_of(advanced, new) == [("earning", 2, 12_000_000, 840)]
    [march] = advanced.settle(MARCH)
    assert lines_of(advanced, march) == [("reconciliation", 2, 3_000_000, 210)]
    assert advanced.lines(march.statement_id)[0].reconciles == new.statement_id


def test_an_advance_replaced_after_its_reconciliation(advanced: Studio) -> None:
    """Only the order that came late is still to be reconciled."""
    advanced.earn(advanced.order(1000, date(2026, 1, 5)))
    [january] = advanced.settle(JANUARY)
    [march] = advanced.settle(MARCH)
    advanced.earn(advanced.order(500, date(2026, 1, 6)))
    new = replace(advanced, january)
    assert lines_of(advanced, new) == [("earning", 2, 12_000_000, 840)]
    assert lines_of(advanced, march) == [("reconciliation", 1, 2_000_000, 140)]
    [april] = advanced.settle(APRIL)
    assert lines_of(advanced, april) == [("reconciliation", 1, 1_000_000, 70)]
    with advanced.database.reading() as session:
        for issued, count in ((january, 1), (new, 2), (march, 1), (april, 1)):
            [line] = advanced.lines(issued.statement_id)
            assert len(line_sources(session, line, 10).data) == count, "all of them can still be traced"


def test_what_was_reconciled_keeps_its_terms(advanced: Studio) -> None:
    """Even if its game is later said never to have been live, no half of it is left behind."""
    advanced.earn(advanced.order(1000, date(2026, 1, 5)))
    [january] = advanced.settle(JANUARY)
    advanced.settle(MARCH)
    with advanced.database.transaction() as session:
        session.execute(text("DELETE FROM earning_terms WHERE document_id = 'launch/racer'"))
    assert lines_of(advanced, replace(advanced, january)) == lines_of(advanced, january)


def test_a_replaced_reconciliation_reconciles_again(advanced: Studio) -> None:
    advanced.earn(advanced.order(1000, date(2026, 1, 5)), advanced.order(100, date(2026, 3, 5)))
    advanced.settle(JANUARY)
    [march] = advanced.settle(MARCH)
    expected = [("earning", 1, 800_000, 56), ("reconciliation", 1, 2_000_000, 140)]
    assert lines_of(advanced, march) == expected
    assert lines_of(advanced, replace(advanced, march)) == expected
    assert lines_of(advanced, march) == expected
    assert advanced.settle(APRIL) == []


def test_the_last_statement_is_final_and_makes_no_advance(advanced: Studio) -> None:
    """February is reconciled at once; March, in which the contract ends, is settled at the base price."""
    advanced.earn(advanced.order(1000, date(2026, 2, 5)))
    [february] = advanced.settle(FEBRUARY)
    advanced.earn(advanced.order(300, date(2026, 3, 5)), advanced.order(400, date(2026, 2, 6)))
    terminate(advanced, datetime(2026, 3, 10, 8, tzinfo=UTC))
    advanced.earn(advanced.order(7000, date(2026, 3, 11)))
    [march] = advanced.settle(MARCH)
    assert lines_of(advanced, march) == [
        ("earning", 1, 3_000_000, 210),
        ("adjustment", 1, 4_000_000, 280),
        ("reconciliation", 1, 2_000_000, 140),
    ]
    assert advanced.statement(march.statement_id).final
    assert not advanced.statement(february.statement_id).final
    assert lines_of(advanced, replace(advanced, march)) == lines_of(advanced, march)
    assert advanced.settle(APRIL) == []


def test_the_end_of_a_contract_is_nobody_elses(advanced: Studio) -> None:
    """One organization's ends after January: its advance is reconciled with February. Another's waits for March."""
    other = Studio(advanced.database).live("chess")
    other.contract(Feature.IAP, version=2)
    advanced.earn(advanced.order(1000, date(2026, 1, 5)), other.order(1000, date(2026, 1, 5), "chess"))
    for studio in (advanced, other):
        studio.settle(JANUARY)
    terminate(advanced, datetime(2026, 2, 5, 8, tzinfo=UTC))
    due = [organizations_due(other.database, period, None, 10, POLICY) for period in (FEBRUARY, MARCH)]
    assert due == [[advanced.id], sorted([advanced.id, other.id])]
    assert other.settle(FEBRUARY) == []
    assert lines_of(advanced, advanced.settle(FEBRUARY)[0]) == [("reconciliation", 1, 2_000_000, 140)]
    assert lines_of(other, other.settle(MARCH)[0]) == [("reconciliation", 1, 2_000_000, 140)]


def test_what_ended_later_is_not_yet_final(advanced: Studio) -> None:
    """Terminated on 5 February, before January is settled: February can still earn."""
    terminate(advanced, datetime(2026, 2, 5, 8, tzinfo=UTC))
    advanced.earn(advanced.order(1000, date(2026, 1, 5)))
    [january] = advanced.settle(JANUARY)
    assert not advanced.statement(january.statement_id).final
    [february] = advanced.settle(FEBRUARY)
    assert lines_of(advanced, february) == [("reconciliation", 1, 2_000_000, 140)], "at once, as it is final"
    assert advanced.statement(february.statement_id).final


def test_a_suspended_contract_may_earn_again(advanced: Studio) -> None:
    advanced.earn(advanced.order(1000, date(2026, 1, 5)))
    advanced.contract(Feature.IAP, datetime(2026, 1, 10, tzinfo=UTC), "suspended", version=2)
    [january] = advanced.settle(JANUARY)
    assert not advanced.statement(january.statement_id).final
    terminate(advanced, datetime(2026, 1, 20, tzinfo=UTC))
    assert advanced.statement(replace(advanced, january).statement_id).final


def test_a_correction_after_the_final_statement_is_still_settled(studio: Studio) -> None:
    studio.live("racer")
    report = studio.ad_day(10_000_000, date(2026, 1, 5))
    studio.earn(report)
    studio.contract(Feature.IAA, datetime(2026, 1, 12, tzinfo=UTC), "terminated")
    [first] = studio.settle(ADS_EARLY)
    studio.earn(report.model_copy(update={"revision": 2, "revenue_micros": 12_000_000}))
    [second] = studio.settle(ADS_LATE)
    assert lines_of(studio, second) == [("adjustment", 1, 2_000_000, 140)]
    assert studio.statement(first.statement_id).final
    assert studio.statement(second.statement_id).final


def test_a_final_statement_takes_up_the_debts(studio: Studio) -> None:
    studio.live("racer")
    order = studio.order(1000, date(2026, 1, 5))
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(studio.refund(order, 400, date(2026, 2, 5)))
    studio.settle(FEBRUARY)
    studio.earn(studio.order(100, date(2026, 3, 5)), studio.order(900, date(2026, 3, 6)))
    terminate(studio, datetime(2026, 3, 10, tzinfo=UTC))
    [march] = studio.settle(MARCH)
    assert lines_of(studio, march) == [("earning", 2, 10_000_000, 700), ("carried_forward", 0, 0, -280)]
    assert (march.net.amount, studio.statement(march.statement_id).final) == (420, True)


def test_another_price_of_a_bean_changes_nothing_settled(advanced: Studio) -> None:
    """Neither the ledger's check nor a replacement takes today's price for that of the statement."""
    advanced.contract(Feature.IAP, datetime(2026, 1, 16, tzinfo=UTC), version=1)
    advanced.earn(advanced.order(1000, date(2026, 1, 5)), advanced.order(1000, date(2026, 1, 20)))
    [january] = advanced.settle(JANUARY)
    dearer = POLICY.model_copy(update={"bean_price_micros": 20_000})
    [march] = advanced.settle(MARCH, dearer)
    assert lines_of(advanced, january) == [("earning", 1, 10_000_000, 700), ("earning", 1, 8_000_000, 560)]
    assert lines_of(advanced, march) == [("reconciliation", 1, 12_000_000, 840)]
    again = replace_statement(advanced.database, january.statement_id, advanced.id, dearer, MAY_DAY)
    assert lines_of(advanced, again) == lines_of(advanced, january)
    for policy in (POLICY, dearer):
        found = verify(advanced.database, policy, Path("/nowhere"))
        assert [check.difference for check in found if check.difference] == []


def test_ads_know_no_advance(advanced: Studio) -> None:
    period = Period(
        stream=ADS_EARLY.stream, start=ADS_EARLY.start, end=ADS_EARLY.end, delivered_on=ADS_EARLY.delivered_on
    )
    advanced.earn(advanced.ad_day(10_000_000, date(2026, 1, 5)))
    [issued] = advanced.settle(period)
    [line] = advanced.lines(issued.statement_id)
    assert (line.advance, line.bean_price_micros, line.net) == (False, None, 700)
