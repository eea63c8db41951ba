"""Money that left twice: a claim in the ledger, named by ``verify``, gone once it is back."""

from pathlib import Path

import pytest
from sqlalchemy import text

from models.commands import Accepted, Role
from models.ledger import Account
from storage.database import Database
from tests.storage import agreement
from tests.storage.bank import BankedProgramme
from tests.storage.programme import DAY, POLICY


@pytest.fixture
def programme(database: Database) -> BankedProgramme:
    return BankedProgramme(database)


def attempts(programme: BankedProgramme) -> dict[int, str | None]:
    query = "SELECT attempt, outcome FROM payout_attempts ORDER BY attempt"
    with programme.database.reading() as session:
        return {attempt: outcome for attempt, outcome in session.execute(text(query))}


def sent_twice(programme: BankedProgramme) -> tuple[str, str]:
    """A payout whose first attempt the bank failed for good, so that a second one is on its way: their references."""
    payout_id = programme.sent(programme.confirmed())
    first = f"{payout_id}/1"
    programme.bank.move(first, "failed", "declined")
    programme.hear(first)
    programme.act(Role.OPERATOR, "payout.retry", payout_id, why="cause_mended")
    return first, f"{payout_id}/2"


def state(programme: BankedProgramme) -> str:
    return programme.payouts()[0].state


def test_an_attempt_that_the_bank_paid_after_all_is_a_claim_until_it_is_back(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    first, second = sent_twice(programme)
    programme.bank.move(second, "paid")
    programme.hear(second)
    assert (state(programme), agreement.differences(programme, tmp_path / "a")) == ("paid", [])
    owed = programme.payouts()[0].amount

    programme.bank.move(first, "paid")
    assert isinstance(programme.hear(first), Accepted)
    assert (state(programme), attempts(programme)) == ("overpaid", {1: "overpaid", 2: "paid"})
    accounts = agreement.in_cents(programme)
    assert accounts[Account.OVERPAID] == -owed.amount
    assert accounts[Account.PAID_OUT] == programme.bank.arrived() == 2 * owed.amount
    [difference] = agreement.differences(programme, tmp_path / "a")
    assert f"{owed} too much" in difference and "Finance" in difference
    agreement.check_places(programme)
    agreement.check_balance(programme)

    programme.act(
        Role.FINANCE, "payout.recover", programme.payouts()[0].id, why="repaid", evidence="case 0001"
    )
    assert (state(programme), attempts(programme)) == ("paid", {1: "recovered", 2: "paid"})
    assert agreement.differences(programme, tmp_path / "a") == []
    assert agreement.in_cents(programme)[Account.OVERPAID] == 0


def test_what_was_paid_back_by_another_way_is_not_claimed_again_although_the_bank_has_paid_it(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    first, second = sent_twice(programme)
    for reference in (second, first):
        programme.bank.move(reference, "paid")
        programme.hear(reference)
    payout_id = programme.payouts()[0].id
    programme.act(Role.FINANCE, "payout.recover", payout_id, why="repaid", evidence="case 0001")
    assert isinstance(programme.hear(first), Accepted), "it is looked into"
    assert (state(programme), attempts(programme)) == ("paid", {1: "recovered", 2: "paid"})
    assert agreement.differences(programme, tmp_path / "a") == []


def test_both_attempts_of_a_cancelled_payout_are_claimed_when_the_bank_pays_both(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    first, second = sent_twice(programme)
    programme.bank.move(second, "failed", "declined")
    programme.hear(second)
    payout_id = programme.payouts()[0].id
    programme.act(Role.OPERATOR, "payout.cancel", payout_id, why="declined_for_good")
    for reference in (first, second):
        programme.bank.move(reference, "paid")
        programme.hear(reference)
    assert (state(programme), attempts(programme)) == ("paid_in_error", {1: "overpaid", 2: "overpaid"})
    assert agreement.in_cents(programme)[Account.OVERPAID] == -programme.bank.arrived()


def test_what_comes_back_by_itself_ends_the_claim(programme: BankedProgramme, tmp_path: Path) -> None:
    first, second = sent_twice(programme)
    programme.bank.move(first, "paid")
    programme.hear(first)
    assert (state(programme), attempts(programme)) == ("overpaid", {1: "paid", 2: "overpaid"})
    programme.bank.move(second, "failed", "declined")
    programme.hear(second)
    assert (state(programme), attempts(programme)) == ("paid", {1: "paid", 2: "failed"})
    assert agreement.differences(programme, tmp_path / "a") == []
    assert agreement.in_cents(programme)[Account.OVERPAID] == 0


def test_the_second_attempt_is_never_made_where_the_first_arrives_before_it(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    payout_id = programme.sent(programme.confirmed())
    first = f"{payout_id}/1"
    programme.bank.move(first, "failed", "declined")
    programme.hear(first)
    programme.bank.moods.append("lost")
    programme.act(Role.OPERATOR, "payout.retry", payout_id, why="cause_mended")
    programme.bank.move(first, "paid")
    programme.hear(first)
    assert state(programme) == "overpaid", "the second may be on its way"
    programme.wait(POLICY.ask_again + DAY)
    assert (state(programme), attempts(programme)) == ("paid", {1: "paid", 2: "failed"})
    assert programme.bank.voided == {f"{payout_id}/2"}
    assert agreement.differences(programme, tmp_path / "a") == []


def test_what_a_bank_pays_of_a_cancelled_payout_is_a_claim(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    payout_id = programme.sent(programme.confirmed())
    first = f"{payout_id}/1"
    programme.bank.move(first, "failed", "declined")
    programme.hear(first)
    programme.act(Role.OPERATOR, "payout.cancel", payout_id, why="declined_for_good")
    assert agreement.differences(programme, tmp_path / "a") == []
    programme.bank.move(first, "paid")
    programme.hear(first)
    assert (state(programme), attempts(programme)) == ("paid_in_error", {1: "overpaid"})
    [difference] = agreement.differences(programme, tmp_path / "a")
    assert "too much" in difference
    programme.bank.move(first, "returned", "account_closed")
    programme.hear(first)
    assert (state(programme), attempts(programme)) == ("cancelled", {1: "failed"})
    assert agreement.differences(programme, tmp_path / "a") == []


def test_a_payout_is_cancelled_only_once_its_order_can_arrive_no_more(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    programme.bank.moods.extend(["on its way", *["busy"] * 5_000])
    payout_id = programme.sent(programme.confirmed())
    programme.wait(5 * DAY)
    assert programme.document(payout_id).state == "retrying"
    programme.act(Role.OPERATOR, "payout.cancel", payout_id, why="paid_otherwise")
    assert state(programme) == "cancelled"
    programme.bank.moods.clear()
    programme.bank.late_orders_arrive()
    assert programme.bank.arrived() == 0 and programme.bank.transfers == {}
    assert agreement.differences(programme, tmp_path / "a") == []


def test_a_payout_whose_order_has_arrived_meanwhile_is_not_cancelled(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    programme.bank.moods.extend(["on its way", *["busy"] * 5_000])
    payout_id = programme.sent(programme.confirmed())
    programme.wait(5 * DAY)
    programme.bank.moods.clear()
    programme.bank.late_orders_arrive()
    programme.bank.move(f"{payout_id}/1", "paid")
    programme.act(Role.OPERATOR, "payout.cancel", payout_id, why="paid_otherwise")
    assert (state(programme), attempts(programme)) == ("paid", {1: "paid"})
    assert agreement.differences(programme, tmp_path / "a") == []
