"""What is earned and on no statement yet is estimated as its statement will then say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from models.documents import Feature, Launch, PayoutAccount, Stream
from models.estimates import Estimate
from models.money import Money
from models.programme.policy import Policy
from models.states import LaunchState, PayoutAccountState
from models.tables import ContractTextRow
from storage.database import Database
from storage.earnings.reports import import_orders
from storage.organizations.decisions import record
from storage.settlement.estimates import estimates, issued_since
from tests.storage.studio import ADS_EARLY, ADS_LATE, FEBRUARY, JANUARY, MUCH_LATER, NOON, POLICY, Studio
from tests.storage.test_advances import APRIL, MARCH, offer

AUGUST = datetime(2026, 8, 1, tzinfo=UTC)


def seen(studio: Studio, day: date, policy: Policy = POLICY) -> list[Estimate]:
    with studio.database.reading() as session:
        now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        return estimates(session, studio.id, policy, now)


def amounts(estimate: Estimate) -> tuple[int, ...]:
    names = ("gross", "refunds", "platform_share", "adjustments", "carried", "tax_withheld", "net")
    return tuple(getattr(estimate, name).amount for name in names)


def agrees(studio: Studio, estimated: Estimate, statement_id: str) -> bool:
    """Whether a statement came as it was estimated, to the cent."""
    row = studio.statement(statement_id)
    return (
        row.period_start == estimated.period_start
        and row.gross == estimated.gross.amount
        and row.refunds == estimated.refunds.amount
        and row.platform_share == estimated.platform_share.amount
        and row.adjustments == estimated.adjustments.amount + estimated.carried.amount
        and row.tax_withheld == estimated.tax_withheld.amount
        and row.net == estimated.net.amount
    )


def test_nothing_earned_is_nothing_estimated(studio: Studio) -> None:
    studio.live("racer")
    assert seen(studio, date(2026, 1, 20)) == []


def test_each_stream_says_what_it_has_earned_and_when_its_statement_comes(studio: Studio) -> None:
    """Racer: 19.99 - 2.00 of purchases, the share is 5.397; 3.575 of ads, half to even 3.58, the share is 1.074."""
    studio.live("racer")
    order = studio.order(1999, date(2026, 1, 5))
    studio.earn(
        order,
        studio.refund(order, 200, date(2026, 1, 9)),
        studio.order(5000, date(2026, 1, 9), is_sandbox=True),
        studio.order(5000, date(2026, 1, 9), "never released"),
        studio.ad_day(3_575_000, date(2026, 1, 15)),
        studio.ad_day(2_000_000, date(2026, 1, 16)),
    )
    early, late, purchases = seen(studio, date(2026, 1, 20))
    assert (early.stream, early.period_start, early.delivered_on) == (
        Stream.IAA, date(2026, 1, 1), date(2026, 2, 1),
    )  # fmt: skip
    assert amounts(early) == (358, 0, 107, 0, 0, 0, 251)
    assert (late.stream, late.period_start, late.delivered_on) == (
        Stream.IAA, date(2026, 1, 16), date(2026, 2, 15),
    )  # fmt: skip
    assert amounts(late) == (200, 0, 60, 0, 0, 0, 140)
    assert (purchases.stream, purchases.delivered_on) == (Stream.IAP_NON_SUBSCRIPTION, date(2026, 2, 15))
    assert amounts(purchases) == (1999, 200, 540, 0, 0, 0, 1259)
    issued = {i.stream: i for period in (ADS_EARLY, JANUARY) for i in studio.settle(period)}
    assert agrees(studio, early, issued[Stream.IAA].statement_id)
    assert agrees(studio, purchases, issued[Stream.IAP_NON_SUBSCRIPTION].statement_id)
    assert seen(studio, date(2026, 2, 1)) == [late], "what is on a statement is no longer estimated"


def test_rounding_rates_and_tax_are_those_of_the_statement(studio: Studio) -> None:
    """A third of it from the US, at the standard 30 %, over two games and two contract versions."""
    studio.live("racer", "chess", country="BR")
    with studio.database.transaction() as session:
        session.add(ContractTextRow(feature="iap", version=2, text="-", sha256="-", share_basis_points=1_233))
    studio.contract("iap", at=datetime(2026, 1, 20, tzinfo=UTC), version=2)  # type: ignore[arg-type]
    for day in range(1, 30):
        studio.earn(
            studio.order(101 * day, date(2026, 1, day), "chess" if day % 2 else "racer"),
            studio.order(37 * day, date(2026, 1, day), region="US"),
        )
    [estimated] = seen(studio, date(2026, 2, 3))
    assert estimated.tax_withheld.amount > 0
    [issued] = studio.settle(JANUARY)
    assert agrees(studio, estimated, issued.statement_id)


@pytest.mark.parametrize(
    ("form", "country", "rate"), [("W-9", "US", 0), ("W-8BEN-E", "CN", 1_000), ("W-8BEN-E", "BR", 3_000)]
)
def test_the_tax_is_that_of_the_form_on_file(studio: Studio, form: Any, country: str, rate: int) -> None:
    studio.live("racer", country="BR").earn(studio.order(100_000, date(2026, 1, 5), region="US"))
    account = PayoutAccount(
        id="payout_account", state=PayoutAccountState.ACTIVE, since=NOON, tax_form=form, tax_country=country
    )
    studio.put(account, "payout_account.accept")
    [estimated] = seen(studio, date(2026, 2, 3))
    assert estimated.tax_withheld.amount == 70_000 * rate // 10_000
    [issued] = studio.settle(JANUARY)
    assert agrees(studio, estimated, issued.statement_id)


def test_what_comes_late_goes_with_the_next_statement(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    studio.settle(JANUARY)
    studio.earn(studio.order(300, date(2026, 1, 31)), studio.order(500, date(2026, 2, 1)))
    [estimated] = seen(studio, date(2026, 2, 20))
    assert amounts(estimated) == (500, 0, 150, 210, 0, 0, 560)
    assert (estimated.period_start, estimated.delivered_on) == (date(2026, 2, 1), date(2026, 3, 15))
    [issued] = studio.settle(FEBRUARY)
    assert agrees(studio, estimated, issued.statement_id)


def test_a_correction_of_ads_is_estimated(studio: Studio) -> None:
    studio.live("racer")
    day = studio.ad_day(3_000_000, date(2026, 1, 5))
    studio.earn(day, studio.ad_day(1_000_000, date(2026, 1, 16)))
    studio.settle(ADS_EARLY)
    studio.earn(day.model_copy(update={"revision": 2, "revenue_micros": 2_500_000}))
    [estimated] = seen(studio, date(2026, 2, 3))
    assert amounts(estimated) == (100, 0, 30, -35, 0, 0, 35)
    [issued] = studio.settle(ADS_LATE)
    assert agrees(studio, estimated, issued.statement_id)


def test_a_debt_is_taken_off_what_comes_next(studio: Studio) -> None:
    studio.live("racer")
    order = studio.order(2000, date(2026, 1, 5))
    studio.earn(order)
    studio.settle(JANUARY)
    studio.earn(studio.order(100, date(2026, 2, 2)), studio.refund(order, 2000, date(2026, 2, 3)))
    [debt] = studio.settle(FEBRUARY)
    assert debt.net.amount < 0
    [carried] = seen(studio, date(2026, 3, 20))
    assert (carried.net.amount, carried.carried.amount) == (debt.net.amount, debt.net.amount)
    studio.earn(studio.order(5000, date(2026, 3, 21)))
    [estimated] = seen(studio, date(2026, 3, 22))
    assert estimated.carried == debt.net
    march = FEBRUARY.model_copy(
        update={"start": date(2026, 3, 1), "end": date(2026, 3, 31), "delivered_on": date(2026, 4, 15)}
    )
    [issued] = studio.settle(march)
    assert agrees(studio, estimated, issued.statement_id)


def test_a_period_that_was_not_settled_comes_with_the_next_settlement(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    [estimated] = seen(studio, date(2026, 2, 20))
    assert (estimated.period_start, estimated.delivered_on) == (date(2026, 1, 1), date(2026, 3, 1))


@pytest.mark.parametrize("rows", [3, 40])
def test_the_number_of_queries_does_not_grow(studio: Studio, rows: int) -> None:
    studio.live(*(f"game{n}" for n in range(rows)))
    studio.earn(*(studio.order(1000, date(2026, 1, 1 + n % 28), f"game{n}") for n in range(rows)))
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert len(seen(studio, date(2026, 2, 3))) == 1
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(asked) == 6


def test_another_organizations_earnings_are_not_ours(studio: Studio, database: Database) -> None:
    Studio(database).live("racer").earn(studio.order(1000, date(2026, 1, 5)))
    other = Studio(database).live("racer")
    other.earn(other.order(700, date(2026, 1, 5)))
    assert seen(studio.live("racer"), date(2026, 1, 20)) == [
        e for e in seen(studio, date(2026, 1, 20)) if e.gross == Money(amount=1000)
    ]
    assert [e.gross.amount for e in seen(other, date(2026, 1, 20))] == [700]


def test_what_was_issued_since_a_moment(studio: Studio) -> None:
    studio.live("racer").earn(studio.order(1000, date(2026, 1, 5)), studio.order(2000, date(2026, 2, 5)))
    studio.settle(JANUARY)
    studio.settle(FEBRUARY)
    with studio.database.reading() as session:
        assert issued_since(session, studio.id, datetime(2026, 1, 1, tzinfo=UTC), "USD").amount == 2100
        assert issued_since(session, studio.id, datetime(2026, 3, 1, tzinfo=UTC), "USD").amount == 1400
        assert issued_since(session, studio.id, AUGUST, "USD").amount == 0


def test_one_time_zone_holds_from_the_import_to_the_estimate(studio: Studio) -> None:
    """In Tokyo it is 1 February already: the game is live from that day on, and what is bought is February's."""
    tokyo = Policy(settlement_time_zone="Asia/Tokyo")
    evening = datetime(2026, 1, 31, 20, tzinfo=UTC)
    studio.live()
    released = Launch(
        id="launch/racer", state=LaunchState.LIVE, since=evening, game_id="racer", launched_at=evening
    )
    record(studio.database, studio.id, [studio.transition(released, "launch.publish", at=evening)], tokyo)
    orders = [
        studio.order(500, evening.date(), at=datetime(2026, 1, 31, 14, 59, tzinfo=UTC)),
        studio.order(700, evening.date(), at=datetime(2026, 1, 31, 15, tzinfo=UTC)),
    ]
    import_orders(studio.database, orders, MUCH_LATER, policy=tokyo)
    with studio.database.reading() as session:
        [estimate] = estimates(session, studio.id, tokyo, datetime(2026, 1, 31, 21, tzinfo=UTC))
    assert (estimate.period_start, estimate.gross.amount) == (date(2026, 2, 1), 700)
    assert studio.settle(JANUARY, tokyo) == []
    [issued] = studio.settle(FEBRUARY, tokyo)
    assert studio.statement(issued.statement_id).gross == 700


def test_a_reconciliation_is_estimated_with_the_statement_that_will_bring_it(studio: Studio) -> None:
    """1,000 Beans at 0.008 and 300 given back, then 0.002 more for each; and 55 of another game, late, at 0.0083333."""
    offer(studio, 2, 8_000)
    offer(studio, 3, 8_333, share=2_500)
    studio.live("racer", "chess").contract(Feature.IAP, version=2)
    studio.contract(Feature.IAP, datetime(2026, 1, 16, tzinfo=UTC), version=3)
    order = studio.order(1000, date(2026, 1, 5), region="US")
    studio.earn(order, studio.order(333, date(2026, 1, 20)), studio.order(77, date(2026, 1, 20), region="US"))
    studio.settle(JANUARY)
    studio.earn(studio.refund(order, 300, date(2026, 2, 5)), studio.order(55, date(2026, 1, 21), "chess"))
    studio.settle(FEBRUARY)
    studio.earn(studio.order(2000, date(2026, 3, 5)))
    [march] = seen(studio, date(2026, 3, 20))
    assert (march.gross.amount, march.adjustments.amount) == (1667, 200 - 60 + 68 - 17)
    [issued] = studio.settle(MARCH)
    assert agrees(studio, march, issued.statement_id)
    [april] = seen(studio, date(2026, 4, 20))
    assert (april.gross.amount, april.adjustments.amount) == (0, -60 + 18 + 9 - 2)
    [issued] = studio.settle(APRIL)
    assert agrees(studio, april, issued.statement_id)
