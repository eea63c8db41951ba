"""When nothing else happens, each statement says what was estimated, and comes on the day that was told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lifecycle.views.forecast import assumptions
from models.documents import Feature
from models.dossier import Dossier
from models.earnings import AdDay, OrderEvent
from models.estimates import Estimate
from models.programme.periods import DAY, due_on, run_days
from models.programme.policy import Policy, fast_policy
from storage.database import Database
from storage.settlement.batches import IssuedStatement, issue_statements, organizations_due
from storage.settlement.estimates import estimates
from storage.settlement.replacement import replace_statement
from tests.storage.studio import POLICY, Studio
from tests.storage.test_advances import offer
from tests.storage.test_estimates import agrees

FIRST = date(2026, 1, 1)
HORIZON = timedelta(days=75)


class Earned(NamedTuple):
    """An order with a refund, or a day of ads with its correction: when, how much, and when it was reported.

    ``back`` is what is given back, or what the ads were corrected to; its report comes ``later`` days afterwards.
    """

    kind: str
    day: int
    amount: int
    back: int = 0
    reported: int = 0
    later: int = 0
    region: str = "GB"
    game: str = "racer"


class Played:
    """An organization day by day: reports come in, settlement runs as its schedule has it."""

    def __init__(self, database: Database, version: int) -> None:
        self.studio = Studio(database)
        self.reports: list[tuple[date, OrderEvent | AdDay]] = []
        self.issued: dict[tuple[str, date], tuple[date, IssuedStatement]] = {}
        self.version = version
        self.studio.live("racer", "chess", country="BR")
        if version > 1:
            self.studio.contract(Feature.IAP, version=version)

    def will_report(self, earned: Earned) -> None:
        """Reports that come in some day."""
        studio, day = self.studio, FIRST + earned.day * DAY
        told = day + earned.reported * DAY
        first: OrderEvent | AdDay
        second: OrderEvent | AdDay
        if earned.kind == "ads":
            ads = studio.ad_day(earned.amount * 10_000 + 37, day, earned.game, region=earned.region)
            first, second = (
                ads,
                ads.model_copy(update={"revision": 2, "revenue_micros": earned.back * 10_000}),
            )
        else:
            order = studio.order(earned.amount, day, earned.game, region=earned.region, product=earned.kind)
            back = min(earned.back, earned.amount)
            first, second = order, studio.refund(order, back, day + earned.later * DAY)
        self.reports.append((told, first))
        if earned.back:
            self.reports.append((told + earned.later * DAY, second))

    def report(self, today: date) -> None:
        """What is reported by a day comes in."""
        if arrived := [report for told, report in self.reports if told <= today]:
            self.studio.earn(*arrived)
        self.reports = [(told, report) for told, report in self.reports if told > today]

    def settle(self, today: date, policy: Policy = POLICY) -> None:
        """One run."""
        now = datetime(today.year, today.month, today.day, tzinfo=UTC)
        for period in due_on(today, policy):
            if not organizations_due(self.studio.database, period, self.studio.id[:-1], 1, policy):
                continue
            for one in issue_statements(self.studio.database, period, [self.studio.id], policy, now):
                self.issued.setdefault((one.stream, one.period_start), (today, one))

    def terminate(self, day: date) -> None:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        self.studio.contract(Feature.IAP, at, "terminated", version=self.version)

    def until(self, today: date, ends: date | None, appeal: bool) -> None:
        """Everything that happens before a day; its own run is still to come."""
        for offset in range((today - FIRST).days):
            day = FIRST + offset * DAY
            if day == ends:
                self.terminate(day)
            if next(run_days(POLICY, day)) == day:
                self.report(day)
                self.settle(day)
        if appeal and self.issued:
            _, old = next(iter(self.issued.values()))
            if not self.studio.statement(old.statement_id).carried_into:
                now = datetime(today.year, today.month, today.day, tzinfo=UTC)
                replace_statement(self.studio.database, old.statement_id, self.studio.id, POLICY, now)
        self.report(today)
        self.reports = []

    def estimated(self, today: date, policy: Policy = POLICY) -> list[Estimate]:
        with self.studio.database.reading() as session:
            now = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
            return estimates(session, self.studio.id, policy, now)


def check(played: Played, today: date) -> None:
    """Let settlement run on, and compare."""
    told = {(one.stream, one.period_start): one for one in played.estimated(today)}
    before = set(played.issued)
    for day in run_days(POLICY, today):
        if day > today + HORIZON:
            break
        played.settle(day)
    came = {key: found for key, found in played.issued.items() if key not in before and key[1] <= today}
    only_debts = {key for key, one in told.items() if key not in came and one.carried == one.net}
    assert set(told) - only_debts == set(came)
    for key, (day, issued) in came.items():
        estimate = told[key]  # type: ignore[index]
        assert agrees(played.studio, estimate, issued.statement_id), (estimate, issued)
        assert estimate.delivered_on == day


earned = st.builds(
    Earned,
    kind=st.sampled_from(["one_time", "subscription", "ads"]),
    day=st.integers(0, 130),
    amount=st.integers(1, 3_000),
    back=st.one_of(st.just(0), st.integers(1, 3_000)),
    reported=st.one_of(st.just(0), st.integers(0, 70)),
    later=st.integers(0, 60),
    region=st.sampled_from(["GB", "US"]),
    game=st.sampled_from(["racer", "chess"]),
)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    reports=st.lists(earned, min_size=1, max_size=6),
    today=st.integers(15, 140),
    version=st.sampled_from([1, 2, 3]),
    ends=st.one_of(st.none(), st.integers(1, 130)),
    appeal=st.booleans(),
)
@example(reports=[Earned("one_time", 9, 1000)], today=40, version=2, ends=19, appeal=False)
@example(
    reports=[
        Earned("one_time", 9, 1000),
        Earned("one_time", 40, 2000),
        Earned("subscription", 30, 777, 300, 40, 5),
    ],
    today=80,
    version=2,
    ends=55,
    appeal=False,
)
@example(
    reports=[Earned("ads", 2, 1000), Earned("ads", 3, 1000, 1, 0, 46), Earned("ads", 35, 1000)],
    today=50,
    version=1,
    ends=None,
    appeal=False,
)
@example(reports=[Earned("one_time", 3, 1000, reported=110)], today=115, version=2, ends=None, appeal=False)
@example(reports=[Earned("one_time", 2, 900, 400, 0, 3)], today=60, version=2, ends=None, appeal=True)
def test_a_statement_is_what_was_estimated(
    database: Database, reports: list[Earned], today: int, version: int, ends: int | None, appeal: bool
) -> None:
    offered(database)
    played = Played(database, version)
    for report in reports:
        played.will_report(report)
    day = FIRST + today * DAY
    played.until(day, None if ends is None else FIRST + ends * DAY, appeal)
    check(played, day)


def offered(database: Database) -> None:
    """Two contracts with an advance, whose shares differ."""
    studio: Any = type("Offering", (), {"database": database})
    with database.reading() as session:
        there = session.execute(text("SELECT count(*) FROM contract_texts WHERE version > 1")).scalar_one()
    if not there:
        offer(studio, 2, 8_000, share=2_500)
        offer(studio, 3, 8_333)


def test_a_contract_with_an_advance_that_has_ended_is_estimated_at_the_base_price(studio: Studio) -> None:
    """1,000 Beans on 10 January, terminated on the 20th: its last statement makes no advance. 10.00, less 25 %."""
    offered(studio.database)
    played = Played(studio.database, 2)
    played.will_report(Earned("one_time", 9, 1000))
    played.until(date(2026, 1, 25), date(2026, 1, 20), appeal=False)
    [estimate] = played.estimated(date(2026, 1, 25))
    assert estimate.net.amount == 750
    check(played, date(2026, 1, 25))


def test_late_items_go_where_the_next_settlement_puts_them(studio: Studio) -> None:
    """The second half of January was empty; what comes late for the first goes with the next, +7.00 and -7.00 are 0.00."""
    played = Played(studio.database, 1)
    played.will_report(Earned("ads", 2, 2000))
    played.will_report(Earned("ads", 3, 1000, 1, 0, 46))
    played.will_report(Earned("ads", 35, 1000))
    today = date(2026, 2, 20)
    played.until(today, None, appeal=False)
    [estimate] = played.estimated(today)
    assert (estimate.period_start, estimate.delivered_on) == (date(2026, 2, 1), date(2026, 3, 1))
    assert abs(estimate.net.amount) <= 1
    check(played, today)


def test_a_statement_whose_day_has_passed_says_so(studio: Studio) -> None:
    played = Played(studio.database, 1)
    played.will_report(Earned("one_time", 5, 5000))
    played.report(date(2026, 1, 31))
    for today, promised in ((date(2026, 2, 14), None), (date(2026, 2, 15), None)):
        [estimate] = played.estimated(today)
        assert (estimate.delivered_on, estimate.promised_on) == (date(2026, 2, 15), promised)
    [estimate] = played.estimated(date(2026, 2, 16))
    assert (estimate.delivered_on, estimate.promised_on) == (date(2026, 3, 1), date(2026, 2, 15))
    said = " ".join(assumptions(Dossier(organization_id=studio.id), POLICY, [estimate]))
    assert "15 February 2026, has passed" in said and "settlement of 1 March 2026" in said
    check(played, date(2026, 2, 16))


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Europe/Berlin"])
def test_days_are_those_of_the_programme(studio: Studio, zone: str) -> None:
    policy = Policy(settlement_time_zone=zone)
    days = [day for day, _ in zip(run_days(policy, date(2026, 2, 2)), range(4), strict=False)]
    assert days == [date(2026, 2, 15), date(2026, 3, 1), date(2026, 3, 15), date(2026, 4, 1)]


def test_where_time_runs_faster_settlement_comes_within_days(studio: Studio) -> None:
    policy = fast_policy(datetime(2026, 1, 1, tzinfo=UTC))
    played = Played(studio.database, 1)
    played.will_report(Earned("one_time", 5, 5000))
    played.report(date(2026, 1, 31))
    [estimate] = played.estimated(date(2026, 2, 20), policy)
    assert (estimate.delivered_on, estimate.promised_on) == (date(2026, 2, 23), date(2026, 2, 15))
