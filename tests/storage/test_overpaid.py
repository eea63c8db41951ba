"""Money that left twice: a claim in the ledger, named by ``verify``, gone once it is back."""

from pathlib import Path

import pytest
from sqlalchemy import text

from models.commands import Accepted, Role
from models.ledger.entries import Account
from providers.payments.messages import PaymentStatus
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


# ---------------------------------------------------------------------- what comes back after it was settled


def arrived(programme: BankedProgramme) -> str:
    """A payout that was paid, and closed after its time for returns: its payment's reference."""
    payout_id = programme.sent(programme.confirmed())
    programme.bank.move(f"{payout_id}/1", "paid")
    programme.hear(f"{payout_id}/1")
    programme.wait(POLICY.return_watch_days * DAY + DAY)
    assert state(programme) == "closed"
    return f"{payout_id}/1"


def settle(programme: BankedProgramme) -> None:
    payout_id = programme.payouts()[0].id
    programme.act(Role.FINANCE, "payout.settle", payout_id, why="paid_otherwise", evidence="case 0002")


@pytest.mark.parametrize("status", ["returned", "failed"])
def test_what_comes_back_after_its_payout_was_closed_is_owed_again_until_it_was_paid_otherwise(
    programme: BankedProgramme, tmp_path: Path, status: PaymentStatus
) -> None:
    first = arrived(programme)
    owed = programme.payouts()[0].amount
    programme.bank.move(first, status, "account_closed")
    assert isinstance(programme.hear(first), Accepted)
    assert (state(programme), attempts(programme)) == ("owed_again", {1: "returned_late"})
    accounts = agreement.in_cents(programme)
    assert (accounts[Account.OVERPAID], accounts[Account.PAID_OUT]) == (owed.amount, 0)
    [difference] = agreement.differences(programme, tmp_path / "a")
    assert f"{owed}" in difference and "owed" in difference and "Finance" in difference
    agreement.check_places(programme)

    settle(programme)
    assert (state(programme), attempts(programme)) == ("closed", {1: "paid_otherwise"})
    programme.hear(first)
    assert state(programme) == "closed", "the same word again changes nothing"
    assert agreement.differences(programme, tmp_path / "a") == []
    assert agreement.in_cents(programme)[Account.OVERPAID] == 0


def test_what_comes_back_after_all_and_is_there_again_is_owed_no_more(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    first = arrived(programme)
    later: tuple[PaymentStatus, ...] = ("returned", "paid")
    for status in later:
        programme.bank.move(first, status)
        programme.hear(first)
    assert (state(programme), attempts(programme)) == ("closed", {1: "paid"})
    assert agreement.differences(programme, tmp_path / "a") == []


def recovered(programme: BankedProgramme, how: str) -> str:
    """A payout that was paid twice, of which one payment is back: the reference of that one."""
    first, second = sent_twice(programme)
    for reference in (second, first):
        programme.bank.move(reference, "paid")
        programme.hear(reference)
    payout_id = programme.payouts()[0].id
    programme.act(Role.FINANCE, "payout.recover", payout_id, why=how, evidence="case 0001")
    return first


@pytest.mark.parametrize("status", ["returned", "failed"])
@pytest.mark.parametrize("how", ["repaid", "set_off"])
def test_what_comes_back_although_the_organization_had_paid_it_back_is_owed_again(
    programme: BankedProgramme, tmp_path: Path, how: str, status: PaymentStatus
) -> None:
    first = recovered(programme, how)
    programme.bank.move(first, status, "account_closed")
    differs = agreement.differences(programme, tmp_path / "a")
    assert len(differs) == 1 and first in differs[0], (
        "the provider's record shows it though its word was lost"
    )
    programme.hear(first)
    assert (state(programme), attempts(programme)) == ("owed_again", {1: "owed_again", 2: "paid"})
    assert agreement.in_cents(programme)[Account.OVERPAID] == programme.payouts()[0].amount.amount
    agreement.check_places(programme)
    settle(programme)
    assert (state(programme), attempts(programme)) == ("paid", {1: "reversed", 2: "paid"})
    programme.hear(first)
    assert state(programme) == "paid"
    assert agreement.differences(programme, tmp_path / "a") == []


def test_what_was_reversed_at_the_provider_comes_back_as_it_should(
    programme: BankedProgramme, tmp_path: Path
) -> None:
    first = recovered(programme, "reversed")
    programme.bank.move(first, "failed", "reversed")
    programme.hear(first)
    assert (state(programme), attempts(programme)) == ("paid", {1: "reversed", 2: "paid"})
    assert agreement.differences(programme, tmp_path / "a") == []


@pytest.mark.parametrize("again", [False, True])
def test_what_a_bank_has_of_a_cancelled_payout_is_stopped_while_it_can_be(
    programme: BankedProgramme, tmp_path: Path, again: bool
) -> None:
    first, second = sent_twice(programme)
    programme.bank.move(second, "failed", "declined")
    programme.hear(second)
    programme.act(Role.OPERATOR, "payout.cancel", programme.payouts()[0].id, why="declined_for_good")
    if again:
        programme.bank.move(second, "paid")
        programme.hear(second)
        assert state(programme) == "paid_in_error"
    before = state(programme)
    programme.bank.move(first, "in_transit")
    programme.hear(first)
    assert (state(programme), programme.bank.transfers[first].status) == (before, "failed")
    assert attempts(programme)[1] == "failed"
    assert len(agreement.differences(programme, tmp_path / "a")) == int(again)
