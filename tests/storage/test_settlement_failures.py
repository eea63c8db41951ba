"""What cannot be settled for one organization is its own failure: everybody else's statements come."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from models.earnings import WhyAside
from models.money import LARGEST_STATEMENT, Money
from models.programme.policy import Policy
from models.tables import EarningConflictRow
from models.wire.steps import Period
from storage.database import Database
from storage.earnings.reports import import_ad_days, import_orders, retry_aside
from storage.settlement.batches import Settled, issue_each
from tests.storage.studio import ADS_EARLY, JANUARY, MUCH_LATER, POLICY, Studio

DAY = ADS_EARLY.start
NOW = datetime(2026, 3, 1, tzinfo=UTC)
GENEROUS = Policy(largest_ad_day_micros=10**15)
BEYOND = 9_300
"""So many days of the largest revenue are beyond 64 bits."""


def settled(studios: Sequence[Studio], period: Period = ADS_EARLY) -> Settled:
    ids = sorted(studio.id for studio in studios)
    return issue_each(studios[0].database, period, ids, POLICY, NOW)


def issued_to(done: Settled) -> set[str]:
    return {statement.organization_id for statement in done.issued}


def test_an_ad_day_that_nobody_earns_waits_for_somebody_to_look_at_it(studio: Studio) -> None:
    studio.live("racer")
    days = [studio.ad_day(micros, DAY) for micros in (10**12, 10**12 + 1, 10**15)]
    done = import_ad_days(studio.database, days, MUCH_LATER)
    assert done.accepted == 1
    assert {place: found.why for place, found in done.aside.items()} == dict.fromkeys(
        (1, 2), WhyAside.TOO_LARGE
    )
    higher = days[0].model_copy(update={"revision": 2, "revenue_micros": 10**13})
    assert import_ad_days(studio.database, [higher], MUCH_LATER).aside[0].why is WhyAside.TOO_LARGE
    assert retry_aside(studio.database, MUCH_LATER, POLICY) == 0
    assert retry_aside(studio.database, MUCH_LATER, GENEROUS) == 3, "if it is right, it is not lost"
    assert studio.count("earning_conflicts") == 0


def test_sums_beyond_64_bits_fail_alone(studio: Studio) -> None:
    others = [Studio(studio.database).live("racer") for _ in range(4)]
    for other in others:
        other.earn(other.ad_day(5_000_000, DAY))
    studio.live("racer")
    days = [studio.ad_day(10**15, DAY) for _ in range(BEYOND)]
    assert import_ad_days(studio.database, days, MUCH_LATER, policy=GENEROUS).accepted == BEYOND
    done = settled([studio, *others])
    assert list(done.failed) == [studio.id] and done.failed[studio.id].endswith("Error")
    assert issued_to(done) == {other.id for other in others}
    again = settled([studio, *others])
    assert list(again.failed) == [studio.id], "nothing of it was kept, and each run says so"


def test_games_whose_sums_are_beyond_64_bits_together_fail_alone(studio: Studio) -> None:
    """Each game's line holds, the statement's totals do not."""
    other = Studio(studio.database).live("racer")
    other.earn(other.ad_day(5_000_000, DAY))
    studio.live("racer", "chess")
    for game in ("racer", "chess"):
        days = [studio.ad_day(10**15, DAY, game) for _ in range(BEYOND // 2)]
        import_ad_days(studio.database, days, MUCH_LATER, policy=GENEROUS)
    done = settled([studio, other])
    assert (list(done.failed), issued_to(done)) == ([studio.id], {other.id})


@pytest.mark.parametrize(("days", "fails"), [(100, False), (101, True)])
def test_a_statement_so_large_that_sums_of_such_might_leave_64_bits_fails_alone(
    studio: Studio, days: int, fails: bool
) -> None:
    """A hundred days of a thousand million dollars each are the most; what is issued can be summed for centuries."""
    other = Studio(studio.database).live("racer")
    other.earn(other.ad_day(5_000_000, DAY))
    studio.live("racer")
    reports = [studio.ad_day(10**15, DAY) for _ in range(days)]
    assert import_ad_days(studio.database, reports, MUCH_LATER, policy=GENEROUS).accepted == days
    done = settled([studio, other])
    assert list(done.failed) == [studio.id] * fails
    assert other.id in issued_to(done)
    years = 25
    assert Money(amount=36 * years * LARGEST_STATEMENT, currency="USD"), "what is owed can be said"


def test_purchases_beyond_64_bits_fail_alone(studio: Studio) -> None:
    other = Studio(studio.database).live("racer")
    other.earn(other.order(500, JANUARY.start))
    studio.live("racer")
    import_orders(studio.database, [studio.order(10**9, JANUARY.start) for _ in range(10)], NOW, POLICY)
    dear = Policy(bean_price_micros=10**9)
    ids = sorted((studio.id, other.id))
    done = issue_each(studio.database, JANUARY, ids, dear, NOW)
    assert (list(done.failed), issued_to(done)) == ([studio.id], {other.id})


def test_what_may_be_over_soon_or_concerns_everybody_is_not_blamed_on_an_organization(
    tmp_path: Path,
) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(OperationalError, match="no such table"):
        issue_each(empty, ADS_EARLY, ["org_1", "org_2"], POLICY, NOW)


def test_what_was_put_aside_by_other_rules_holds_up_nothing(studio: Studio) -> None:
    """Another release would have kept reports that this one cannot read."""
    odd, good = (studio.order(100, DAY).model_copy(update={"game_id": "later"}) for _ in range(2))
    import_orders(studio.database, [odd, good], MUCH_LATER, POLICY)
    with studio.database.transaction() as session:
        row = session.exec(select(EarningConflictRow).where(EarningConflictRow.subject == odd.event_id)).one()
        row.report = {**(row.report or {}), "isSandbox": True}
    studio.know(studio.id, "later")
    assert retry_aside(studio.database, MUCH_LATER, POLICY) == 1
    with studio.database.reading() as session:
        reasons = session.exec(
            select(EarningConflictRow.reason).where(EarningConflictRow.subject == odd.event_id)
        )
        assert set(reasons) == {"unknown_game", "unknown_field"}
