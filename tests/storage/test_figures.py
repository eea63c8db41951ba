"""The figures of the staff's dashboard: each is what its list adds up to, exactly, and one currency at a time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from api.services.platform.figures import all_reviews, figures
from models.documents import Payout, Statement, Verification
from models.figures import OWED_FOR, PAYOUTS, MoneyFigure
from models.money import Money
from models.programme.policy import Policy
from models.states import PayoutState, StatementState, VerificationState
from models.tables import InvoiceRow, PayoutAttemptRow, StatementRow
from storage.database import Database
from storage.platform import money, settlement
from tests.storage.studio import ADS_EARLY, JANUARY, NOON, POLICY, Studio

NOW = NOON + timedelta(days=120)
DAY = timedelta(days=1)
LARGE = 2**62


def owe(studio: Studio, name: str, days: int, net: int, currency: str = "USD") -> None:
    """A statement that was issued some days ago and is to be confirmed."""
    amount = Money(amount=net % 2**50, currency=currency)
    statement = Statement(
        id=f"statement/{name}", state=StatementState.PENDING_CONFIRMATION, since=NOW, stream=ADS_EARLY.stream,
        period_start=ADS_EARLY.start, period_end=ADS_EARLY.end, net=amount,
    )  # fmt: skip
    with studio.database.transaction() as session:
        session.add(
            StatementRow(
                id=name, organization_id=studio.id, stream="iaa", period_start=date(2000, 1, 1) + days * DAY,
                period_end=date(2000, 1, 1) + days * DAY, issue=1, currency=currency, gross=net, refunds=0,
                platform_share=0, adjustments=0, tax_withheld=0, net=net, issued_at=NOW - days * DAY,
            )
        )  # fmt: skip
    studio.put(statement, "statement.issue")


def pay(studio: Studio, name: str, state: PayoutState, amount: int, ended: datetime | None = None) -> None:
    """A payout of an invoice; one that has ended was paid."""
    payout = Payout(
        id=f"payout/{name}", state=state, since=NOW, invoice_id=f"invoice/{name}", amount=Money(amount=amount)
    )
    with studio.database.transaction() as session:
        session.add(
            InvoiceRow(
                id=name, organization_id=studio.id, number=name, number_key=name, dated=NOW.date(),
                amount=amount, currency="USD", submission_id="-",
            )
        )  # fmt: skip
        if ended:
            session.add(
                PayoutAttemptRow(
                    payout_id=payout.id, attempt=1, organization_id=studio.id, reference=f"{payout.id}/1",
                    amount=amount, currency="USD", sent_at=ended, outcome="paid", ended_at=ended,
                )
            )  # fmt: skip
    studio.put(payout, "payout.schedule")


@pytest.fixture
def busy(studio: Studio) -> Studio:
    """An organization with something under each figure."""
    for number, days in enumerate((0, 29, 30, 59, 60, 90, 400)):
        owe(studio, f"st_{number}", days, 100 + number)
    owe(studio, "st_euro", 3, 7, "EUR")
    for number, state in enumerate(PAYOUTS):
        pay(studio, f"inv_{number}", state, 1_000 + number)
    pay(studio, "inv_paid", PayoutState.PAID, 50, NOW - 2 * DAY)
    pay(studio, "inv_long", PayoutState.CLOSED, 60, NOW - 40 * DAY)
    pay(studio, "inv_before", PayoutState.CLOSED, 70, NOW - 500 * DAY)
    return studio


def test_each_figure_is_what_its_list_adds_up_to(busy: Studio) -> None:
    with busy.database.reading() as session:
        counted = money.where_money_is(session, NOW)
        for one in counted:
            rows = money.behind(session, one.figure, NOW, 100).data
            same = [row for row in rows if row.amount.currency == one.amount.currency]
            assert (len(same), sum(row.amount.amount for row in same)) == (one.count, one.amount.amount)
            assert min(row.since for row in same) == one.oldest
            assert {row.organization_name for row in rows} == {"Tiny Games"}
    assert {one.figure for one in counted} == set(MoneyFigure)
    owed = {
        (one.figure, one.amount.currency): (one.count, one.amount.amount)
        for one in counted
        if one.figure in OWED_FOR
    }
    assert owed == {
        (MoneyFigure.OWED_30, "USD"): (2, 201),
        (MoneyFigure.OWED_30, "EUR"): (1, 7),
        (MoneyFigure.OWED_60, "USD"): (2, 205),
        (MoneyFigure.OWED_90, "USD"): (1, 104),
        (MoneyFigure.OWED_LONGER, "USD"): (2, 211),
    }


def test_a_list_goes_on_where_it_was_left(busy: Studio) -> None:
    with busy.database.reading() as session:
        whole = money.behind(session, MoneyFigure.FAILED_UNKNOWN, NOW, 100).data
        first = money.behind(session, MoneyFigure.FAILED_UNKNOWN, NOW, 1)
        last = (first.data[0].organization_id, first.data[0].document_id)
        rest = money.behind(session, MoneyFigure.FAILED_UNKNOWN, NOW, 100, last)
    assert first.has_more and not rest.has_more and [*first.data, *rest.data] == whole


def test_what_was_paid_stands_in_its_month(busy: Studio) -> None:
    with busy.database.reading() as session:
        found = figures(session, NOW, POLICY).paid
        this = (datetime(2026, 5, 1, tzinfo=UTC), NOW)
        listed = money.behind(session, MoneyFigure.PAID, NOW, 100, month=this).data
    assert [(one.month, one.count, one.amount.amount) for one in found] == [
        (date(2026, 3, 1), 1, 60),
        (date(2026, 4, 1), 1, 50),
    ]
    assert not listed


def test_sums_are_exact_beyond_64_bits(studio: Studio) -> None:
    for number in range(3):
        owe(studio, f"st_{number}", number, LARGE + 1)
    with studio.database.reading() as session:
        [one] = money.where_money_is(session, NOW)
    assert one.amount.amount == 3 * (LARGE + 1)


def test_every_payout_that_is_not_at_its_end_counts_somewhere() -> None:
    assert set(PayoutState) - set(PAYOUTS) == {PayoutState.PAID, PayoutState.CLOSED, PayoutState.CANCELLED}


def test_reviews_stand_to_their_own_promise(studio: Studio) -> None:
    """Verification takes three working days; by that, what began on a Monday is due on Thursday."""
    monday = datetime(2026, 4, 6, 12, tzinfo=UTC)
    for days, late in ((0, False), (2, False), (3, False), (0, True)):
        review = Verification(id="verification", state=VerificationState.IN_REVIEW, since=monday, late=late)
        studio.put(review, "verification.submit", at=monday)
        with studio.database.reading() as session:
            [row] = all_reviews(session, monday + days * DAY, Policy())
        expected = "late" if late or days == 3 else "today" if days == 2 else "in_time"
        assert (row.promise, row.due) == (expected, monday + 3 * DAY), (days, late)


def test_a_settlement_says_what_is_done_and_what_is_to_come(database: Database) -> None:
    studios = [Studio(database).live("racer") for _ in range(3)]
    for studio in studios[:2]:
        studio.earn(studio.order(1000, date(2026, 1, 5)))
    studios[2].earn(studios[2].order(1000, date(2026, 1, 5), "never released"))
    today = JANUARY.delivered_on + 2 * DAY

    def january() -> tuple[int, int, int, int]:
        with database.reading() as session:
            periods = settlement.progress(session, today, POLICY)
        [one] = [p for p in periods if p.stream == JANUARY.stream and p.period_start == JANUARY.start]
        return one.done, one.untold, one.to_come, one.days_late

    assert january() == (0, 0, 2, 2)
    studios[0].settle(JANUARY)
    assert january() == (1, 1, 1, 2)
    with database.reading() as session:
        left = settlement.to_come(session, [JANUARY], POLICY, 10)
    assert [own for _, own, _ in left] == [studios[1].id]
    studios[1].settle(JANUARY)
    assert january() == (2, 2, 0, 0)


def test_they_take_the_same_few_statements_however_much_there_is(studio: Studio) -> None:
    seen: list[str] = []
    event.listen(studio.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    def statements() -> int:
        seen.clear()
        with studio.database.reading() as session:
            figures(session, NOW, POLICY)
        return sum(not one.startswith("BEGIN") for one in seen)

    assert statements() == 7
    for number in range(20):
        owe(studio, f"st_{number}", number, 100)
        pay(studio, f"inv_{number}", PayoutState.HELD, 100)
    studio.put(
        Verification(id="verification", state=VerificationState.IN_REVIEW, since=NOW), "verification.submit"
    )
    assert statements() == 7
