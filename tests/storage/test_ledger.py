"""The ledger books what moves money, once, in balance; and finds whatever was changed behind its back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lifecycle.decide import decide
from models.commands import Accepted, Command, Role
from models.documents import Stream
from models.ledger.checks import Checked
from models.ledger.entries import Account, Posting
from models.states import StatementState
from models.wire.steps import Period
from storage.database import Database
from storage.ledger.journal import Booking, Unbalanced, append
from storage.ledger.verification import balances, verify
from storage.organizations.decisions import record
from storage.settlement.batches import issue_statements
from tests.storage.programme import DAY, POLICY, Programme
from tests.storage.studio import NOON

CENT = 10_000


@pytest.fixture
def programme(database: Database) -> Programme:
    return Programme(database)


def held(programme: Programme) -> dict[str, int]:
    """What there is in each account that is not empty, in cents, debit positive."""
    with programme.database.reading() as session:
        found = balances(session, programme.id)
    return {account: micros // CENT for (_, account), micros in found.items() if micros}


def checked(programme: Programme, anchors: Path = Path("/nowhere")) -> list[Checked]:
    return verify(programme.database, POLICY, anchors, programme.id)


def agrees(programme: Programme, anchors: Path = Path("/nowhere")) -> None:
    found = [check.difference.sentence for check in checked(programme, anchors) if check.difference]
    assert found == []


def events(programme: Programme) -> list[str]:
    with programme.database.reading() as session:
        query = text("SELECT event FROM journal_entries WHERE organization_id = :id ORDER BY position")
        return list(session.execute(query, {"id": programme.id}).scalars())


def test_the_way_of_the_money(programme: Programme) -> None:
    statement_id = programme.statement(100_000)
    assert held(programme) == {"gross": 100_000, "platform_share": -30_000, "unconfirmed": -70_000}
    programme.act(Role.ADMIN, "statement.confirm", statement_id)
    assert held(programme)["confirmed"] == -70_000
    payout_id = programme.sent(statement_id)
    assert held(programme)["in_transit"] == -70_000
    programme.act(Role.PROVIDER, "payout.accept", payout_id)
    programme.act(Role.PROVIDER, "payout.pay", payout_id)
    assert held(programme) == {"gross": 100_000, "platform_share": -30_000, "paid_out": -70_000}
    programme.act(Role.PROVIDER, "payout.return", payout_id, failure_code="account_closed")
    assert held(programme)["invoiced"] == -70_000
    programme.mend_account()
    programme.approve(payout_id)
    programme.wait(8 * DAY)
    programme.act(Role.PROVIDER, "payout.pay", payout_id)
    programme.wait(100 * DAY)
    assert programme.state(payout_id) == programme.state(statement_id) == "closed"
    assert held(programme)["paid_out"] == -70_000
    assert events(programme) == [
        "statement.issue",
        "statement.confirm",
        "invoice.submit",
        "payout.send",
        "payout.pay",
        "payout.return",
        "payout.send",
        "payout.pay",
    ]
    agrees(programme)


def test_a_replacement_takes_back_all_that_the_other_booked(programme: Programme) -> None:
    statement_id = programme.statement(100_000)
    programme.act(Role.ADMIN, "statement.appeal", statement_id, submission_id="why")
    programme.act(
        Role.OPERATOR,
        "statement.replace",
        statement_id,
        "agreed",
        adjustment={"amount": 500, "currency": "USD"},
    )
    assert held(programme) == {
        "gross": 100_000,
        "platform_share": -30_000,
        "appeals": 500,
        "unconfirmed": -70_500,
    }
    assert events(programme) == ["statement.issue", "statement.replace"]
    with programme.database.reading() as session:
        query = text("SELECT account, amount_micros FROM journal_postings WHERE position = 2 ORDER BY number")
        postings = [(account, micros // CENT) for account, micros in session.execute(query)]
    assert postings == [
        ("gross", -100_000),
        ("platform_share", 30_000),
        ("unconfirmed", 70_000),
        ("gross", 100_000),
        ("platform_share", -30_000),
        ("appeals", 500),
        ("unconfirmed", -70_500),
    ]
    agrees(programme)


def test_gross_is_booked_to_the_micro_and_the_rest_is_rounding(programme: Programme) -> None:
    """Three ad days of a third of a cent each; the share is worked out of the rounded gross."""
    days = [
        programme.studio.ad_day(micros, date(2026, 1, day))
        for day, micros in ((2, 3_333), (3, 3_333), (4, 1_003_333))
    ]
    programme.studio.earn(*days)
    programme.now = datetime(2026, 2, 1, 6, tzinfo=UTC)
    programme.settle()
    with programme.database.reading() as session:
        found = {account: micros for (_, account), micros in balances(session, programme.id).items()}
    assert found == {"gross": 1_009_999, "rounding": 1, "platform_share": -300_000, "unconfirmed": -710_000}
    agrees(programme)


def test_a_debt_is_carried_until_a_statement_takes_it_up(programme: Programme) -> None:
    order = programme.earn(100_000, date(2026, 1, 5))
    programme.now = datetime(2026, 2, 15, 6, tzinfo=UTC)
    programme.settle()
    programme.studio.earn(programme.studio.refund(order, 100_000, date(2026, 2, 5)))
    programme.now = datetime(2026, 3, 15, 6, tzinfo=UTC)
    programme.settle()
    assert held(programme)["carried_forward"] == 70_000
    agrees(programme)
    programme.earn(300_000, date(2026, 3, 5))
    programme.now = datetime(2026, 4, 15, 6, tzinfo=UTC)
    programme.settle()
    assert "carried_forward" not in held(programme)
    assert held(programme)["unconfirmed"] == -70_000 - 140_000
    agrees(programme)


def test_what_moves_no_money_books_nothing(programme: Programme) -> None:
    statement_id = programme.statement()
    before = len(events(programme))
    programme.act(Role.ADMIN, "statement.appeal", statement_id, submission_id="why")
    programme.act(Role.OPERATOR, "statement.reject_appeal", statement_id, "no")
    assert len(events(programme)) == before
    assert not held(Programme(programme.database))


def test_a_decision_recorded_twice_is_booked_once(programme: Programme) -> None:
    statement_id = programme.statement()
    dossier = programme.dossier()
    command = Command(
        id="once", action="statement.confirm", document_id=statement_id, actor=programme.studio.admin
    )
    decision = decide(dossier, command, programme.now, POLICY)
    assert isinstance(decision, Accepted)
    first, second = (record(programme.database, programme.id, decision.transitions, POLICY) for _ in range(2))
    assert first.ledger_head and first.ledger_head.startswith("2:") and second.ledger_head is None
    assert events(programme) == ["statement.issue", "statement.confirm"]


def test_settling_and_deciding_at_once_share_one_chain(programme: Programme) -> None:
    """Statements are issued while others of the same organization are confirmed; nobody fails, nothing is lost."""
    statement_id = programme.statement(100_000)
    programme.studio.earn(*(programme.studio.ad_day(1_000_000, date(2026, 1, day)) for day in range(1, 29)))
    first = [
        Period(
            stream=Stream.IAA,
            start=date(2026, 1, day),
            end=date(2026, 1, day),
            delivered_on=date(2026, 2, 15),
            newest=False,
        )
        for day in range(1, 29)
    ]

    def settle() -> None:
        for period in first:
            issue_statements(programme.database, period, [programme.id], POLICY, programme.now)

    def decide_on() -> None:
        for _ in range(14):
            programme.act(Role.ADMIN, "statement.confirm", statement_id)
            programme.studio.put(
                programme.document(statement_id).model_copy(
                    update={"state": StatementState.PENDING_CONFIRMATION}
                ),
                "statement.unconfirm",
            )

    with ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(settle), pool.submit(decide_on)]:
            task.result()
    assert len(events(programme)) == 1 + 28 + 28
    agrees(programme)


@pytest.mark.parametrize("table", ["journal_entries", "journal_postings"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET position = position", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_the_journal_can_only_grow(programme: Programme, table: str, change: str) -> None:
    if programme.database.engine.name == "sqlite" and change.startswith("TRUNCATE"):
        pytest.skip("SQLite has no TRUNCATE")
    programme.statement()
    with pytest.raises(DBAPIError, match="append-only"), programme.database.transaction() as session:
        session.execute(text(change.format(table)))
    agrees(programme)


def test_an_entry_that_does_not_balance_is_never_written(programme: Programme) -> None:
    booking = Booking(
        organization_id=programme.id,
        event="any.thing",
        document_id="statement/1",
        command_id="c",
        at=NOON,
        currency="USD",
        postings=[Posting(Account.GROSS, "statement/1", 1)],
    )
    with pytest.raises(Unbalanced), programme.database.transaction() as session:
        append(session, [booking])
    assert events(programme) == []
