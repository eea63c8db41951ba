"""Whatever is reported can be summed: nobody's absurd data fails a page, or a check of everybody's."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import BigInteger, insert, literal, select, union_all

from api.services.earnings.game_metrics import show_group
from models.documents import Stream
from models.tables import AdDayRow, JournalEntryRow, OrderEventRow
from storage.earnings.metrics import Wanted, metrics, totals
from storage.exact_sums import exact_sum
from storage.ledger.journal import POSTINGS
from storage.ledger.verification import balances
from storage.settlement.estimates import estimates
from tests.storage.studio import ADS_EARLY, POLICY, Studio

DAY = ADS_EARLY.start
NOW = datetime(2026, 1, 20, 9, tzinfo=UTC)
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    "given",
    [
        [],
        [0],
        [1, -1],
        [-1],
        [LARGEST] * 3,
        [-LARGEST - 1] * 3,
        [LARGEST, -LARGEST - 1, 5],
        [2**32, -(2**32)],
    ],
)
def test_a_sum_is_exact_whatever_it_comes_to(studio: Studio, given: list[int]) -> None:
    rows = union_all(
        *(select(literal(number, BigInteger).label("n")) for number in [*given, None])
    ).subquery()
    with studio.database.reading() as session:
        assert session.scalar(select(exact_sum(rows.c.n))) == sum(given)


def ad_days(studio: Studio, micros: int, count: int = 3) -> None:
    studio.live("racer")
    with studio.database.transaction() as session:
        session.add_all(
            AdDayRow(
                report_id=f"{studio.id}/{number}", revision=1, organization_id=studio.id, game_id="racer",
                placement=f"p{number}", region="GB", day=DAY, requests=2**40, impressions=LARGEST, clicks=1,
                revenue_micros=micros,
            )
            for number in range(count)
        )  # fmt: skip


def test_metrics_of_ad_days_beyond_64_bits_are_told(studio: Studio) -> None:
    ad_days(studio, LARGEST)
    wanted = Wanted(organization_id=studio.id, start=DAY, end=DAY)
    with studio.database.reading() as session:
        assert totals(session, wanted).revenue_micros == 3 * LARGEST
        (group,) = metrics(session, wanted, 10)
    assert (group.impressions, group.ecpm_micros) == (3 * LARGEST, 1_000)
    assert show_group(group, POLICY).revenue_micros == 3 * LARGEST


def test_metrics_of_purchases_beyond_any_money_are_told_in_beans(studio: Studio) -> None:
    studio.live("racer")
    order = studio.order(10**9, DAY)
    studio.earn(order)
    with studio.database.transaction() as session:
        session.execute(insert(OrderEventRow).values(
            **{**session.get_one(OrderEventRow, order.event_id).model_dump(), "event_id": "absurd",
               "order_id": "absurd", "beans": LARGEST}))  # fmt: skip
    with studio.database.reading() as session:
        group = totals(session, Wanted(organization_id=studio.id, start=DAY, end=DAY))
    shown = show_group(group, POLICY)
    assert shown.gmv_beans == LARGEST + 10**9
    assert (shown.gmv, shown.refunded and shown.refunded.amount) == (None, 0)


@pytest.mark.parametrize("micros", [LARGEST, 10**18, 10**17 // 2])
def test_nothing_is_promised_for_what_is_too_large_for_a_statement(studio: Studio, micros: int) -> None:
    """The page does not fail, and another period's estimate is still told."""
    ad_days(studio, micros)
    studio.earn(studio.ad_day(2_000_000, date(2026, 1, 16)))
    with studio.database.reading() as session:
        (late,) = estimates(session, studio.id, POLICY, NOW)
    assert (late.stream, late.period_start, late.gross.amount) == (Stream.IAA, date(2026, 1, 16), 200)


def test_the_largest_that_a_statement_may_be_is_estimated(studio: Studio) -> None:
    ad_days(studio, 10**17, 1)
    with studio.database.reading() as session:
        (found,) = estimates(session, studio.id, POLICY, NOW)
    assert found.gross.amount == 10**13


def test_balances_of_all_organizations_together_may_leave_64_bits(studio: Studio) -> None:
    with studio.database.transaction() as session:
        for position in range(1, 4):
            session.add(
                JournalEntryRow(
                    organization_id=studio.id, position=position, event="statement.issue", document_id="statement/1",
                    command_id=f"issue/{position}", at=NOW, recorded_at=NOW, currency="USD", previous_hash="0" * 64,
                    hash=f"{position:064}",
                )
            )  # fmt: skip
            session.flush()
            session.execute(
                insert(POSTINGS).values(
                    organization_id=studio.id, position=position, number=1, account="advances",
                    document_id="statement/1", amount_micros=LARGEST,
                )
            )  # fmt: skip
    with studio.database.reading() as session:
        assert balances(session) == {("USD", "advances"): 3 * LARGEST}
