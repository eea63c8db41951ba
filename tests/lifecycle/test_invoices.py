"""Invoices: a claim for confirmed statements, all of it and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from models.commands import Role
from models.programme.policy import Policy
from tests.lifecycle.life import DAY, MONDAY, Life, organization

ONE = "invoice/1"


def claiming(*cents: int) -> tuple[Life, list[str]]:
    """An organization with confirmed statements."""
    life = organization()
    return life, [life.confirmed(number, amount) for number, amount in enumerate(cents, 1)]


def refused(life: Life, *statement_ids: str, **facts: Any) -> str:
    return life.refused(Role.ADMIN, "invoice.submit", ONE, **life.invoice_facts(*statement_ids, **facts))


def processing() -> Life:
    life, statements = claiming(20_000)
    life.invoiced(*statements)
    return life


def failure(kind: str = "account", account: str = "account-1") -> dict[str, object]:
    return {"failure_class": kind, "failure_code": "account_closed", "refused_account": account}


# ---------------------------------------------------------------------- what may be invoiced


def test_an_invoice_claims_its_statements() -> None:
    life, statements = claiming(6_000, 7_000)
    assert life.admin("invoice.submit", ONE, **life.invoice_facts(*statements)) == "under_review"
    assert [life.state(statement) for statement in statements] == ["invoiced", "invoiced"]
    assert life[statements[0]].invoice_id == ONE
    assert life[ONE].pay_by == MONDAY + 15 * DAY


def test_the_smallest_invoice_is_a_hundred_dollars() -> None:
    life, statements = claiming(9_999, 1)
    assert refused(life, statements[0]) == "below_minimum"
    assert life.admin("invoice.submit", ONE, **life.invoice_facts(*statements)) == "under_review"


def test_what_is_left_after_the_last_contract_has_ended_may_be_less() -> None:
    life, statements = claiming(50)
    assert refused(life, *statements) == "below_minimum"
    life.operator("contract.terminate", "contract/iaa", why="ended")
    assert life.admin("invoice.submit", ONE, **life.invoice_facts(*statements)) == "under_review"


@pytest.mark.parametrize("total", [19_999, 20_001, 0, -20_000])
def test_the_amount_is_the_sum_of_the_statements(total: int) -> None:
    life, statements = claiming(20_000)
    assert refused(life, *statements, total={"amount": total}) == "total_differs"


def test_the_currency_is_that_of_the_settlement() -> None:
    life, statements = claiming(20_000)
    assert refused(life, *statements, total={"amount": 20_000, "currency": "JPY"}) == "total_differs"


def test_statements_are_known_and_claimed_once() -> None:
    life, (one,) = claiming(20_000)
    assert refused(life, one, "statement/foreign") == "unknown_statement"
    assert refused(life, one, one) == "unknown_statement"
    assert refused(life, statement_ids=["payout_account"]) == "unknown_statement"
    assert refused(life, statement_ids=[]) == "invalid_facts"


def test_only_confirmed_statements_are_invoiced() -> None:
    life = organization()
    one = life.statement(1)
    assert refused(life, one) == "statement_not_confirmed"
    life.admin("statement.appeal", one, submission_id="why")
    assert refused(life, one) == "statement_not_confirmed"
    life.operator("statement.replace", one, why="wrong")
    assert refused(life, one) == "statement_not_confirmed"


def test_a_statement_is_invoiced_once() -> None:
    life, statements = claiming(20_000)
    life.invoiced(*statements)
    facts = life.invoice_facts(*statements)
    assert life.refused(Role.ADMIN, "invoice.submit", "invoice/2", **facts) == "statement_not_confirmed"


def test_an_invoice_is_not_dated_before_the_last_confirmation_nor_in_the_future() -> None:
    life = organization()
    first = life.confirmed(1)
    life.wait(3 * DAY)
    second = life.confirmed(2)
    early = (life.now - DAY).date()
    assert refused(life, first, second, dated=early) == "wrong_date"
    assert refused(life, first, second, dated=(life.now + 2 * DAY).date()) == "wrong_date"
    assert life.admin("invoice.submit", ONE, **life.invoice_facts(first, dated=early)) == "under_review"


def test_an_invoice_needs_an_account_and_a_verified_business() -> None:
    life = Life().verified().signed()
    one = life.confirmed()
    assert refused(life, one) == "payout_account_not_active"
    life.account()
    life.operator("verification.suspend", why="check")
    assert refused(life, one) == "not_verified"
    life.operator("verification.reinstate")
    life.admin("payout_account.change", proposed_submission_id="a2")
    assert refused(life, one) == "payout_account_not_active"


def test_nothing_is_invoiced_before_pay_out_opens() -> None:
    life = Life(policy=Policy(pay_out_opens=MONDAY + DAY)).verified()
    assert refused(life, life.confirmed()) == "pay_out_not_open"


@pytest.mark.parametrize("number", ["", " ", "x" * 65, "#-", "a\u200b1", "a\u202e1", "a\n1", None, 1])
def test_an_invoice_has_a_number(number: object) -> None:
    life, statements = claiming(20_000)
    assert refused(life, *statements, number=number) == "invalid_facts"


@pytest.mark.parametrize(
    "number", ["#1001", "№ 12", "发票20260001", "СЧ-7/26", "F‑2026‑7", "Sb 1", "СВ-1", "ЗБ-1"]
)
def test_numbers_as_businesses_write_them_are_taken(number: str) -> None:
    life, statements = claiming(20_000)
    assert (
        life.admin("invoice.submit", ONE, **life.invoice_facts(*statements, number=number)) == "under_review"
    )


@pytest.mark.parametrize(
    "number",
    [
        "SB-1",
        "sb-000002",
        "S B - 1",
        "ＳＢ－000001",
        "SB\u2010000001",
        "sb–1",
        "SB−1",
        "ˢᴮ-1",
        "ſb-1",
        "ЅB-1",
        "SВ-1",
        "ѕв-000001",
        "SΒ-1",
    ],
)
def test_numbers_that_only_the_platform_gives_are_refused_in_whatever_spelling(number: str) -> None:
    life, statements = claiming(20_000)
    assert refused(life, *statements, number=number) == "reserved_number"


# ---------------------------------------------------------------------- review


def test_a_valid_invoice_starts_its_payout() -> None:
    life = processing()
    assert life.state(ONE) == "processing_payment"
    assert life.effects[-1].name == "start_payout"
    assert life[ONE].approved_by == "otto"


def test_a_rejected_invoice_says_why_and_frees_its_statements() -> None:
    life, statements = claiming(20_000)
    life.admin("invoice.submit", ONE, **life.invoice_facts(*statements))
    assert life.refused(Role.OPERATOR, "invoice.reject", ONE) == "reason_missing"
    assert life.operator("invoice.reject", ONE, why="name_differs") == "rejected"
    assert life.state(statements[0]) == "confirmed"
    assert life[statements[0]].invoice_id is None
    assert life.invoiced(*statements, name="invoice/2") == "invoice/2"


def test_a_review_is_late_after_three_working_days_and_a_payment_after_fifteen_days() -> None:
    life, statements = claiming(20_000)
    life.admin("invoice.submit", ONE, **life.invoice_facts(*statements))
    assert life.wait(3 * DAY) == ["review_late"]
    life.operator("invoice.approve", ONE)
    assert life.wait(until=MONDAY + 15 * DAY - timedelta(seconds=1)) == []
    assert life.wait(timedelta(seconds=1)) == ["payment_late"]
    assert life[ONE].late
    assert life.wait(30 * DAY) == []


# ---------------------------------------------------------------------- what its payout reports


def test_a_paid_invoice_pays_its_statements_and_is_closed_in_the_end() -> None:
    life = processing()
    assert life.pipeline("invoice.pay", ONE) == "paid"
    assert life.state("statement/1") == "paid"
    assert life.pipeline("invoice.close", ONE) == "closed"
    assert life.state("statement/1") == "closed"


def test_a_failed_payment_names_its_kind_and_goes_on() -> None:
    life = processing()
    assert life.pipeline("invoice.fail_payment", ONE, **failure("payer")) == "payment_failed"
    assert life[ONE].failure_class == "payer"
    assert life.state("payout_account") == "active"
    assert life.pipeline("invoice.resume_payment", ONE) == "processing_payment"
    assert life[ONE].failure_class is None


def test_when_the_bank_refuses_the_account_it_must_be_mended() -> None:
    life = processing()
    life.pipeline("invoice.fail_payment", ONE, **failure())
    assert life.state("payout_account") == "needs_fix"
    assert life["payout_account"].failure_code == "account_closed"


def test_a_refusal_of_an_earlier_account_does_not_break_the_present_one() -> None:
    life = processing()
    life.pipeline("invoice.fail_payment", ONE, **failure(account="account-0"))
    assert life.state("payout_account") == "active"


def test_a_payment_that_comes_back_is_owed_again() -> None:
    life = processing()
    life.pipeline("invoice.pay", ONE)
    assert life.pipeline("invoice.return_payment", ONE, **failure()) == "payment_failed"
    assert life.state("statement/1") == "invoiced"
    assert life.state("payout_account") == "needs_fix"


def test_a_cancelled_payout_frees_the_statements() -> None:
    life = processing()
    life.pipeline("invoice.fail_payment", ONE, **failure("final"))
    assert life.pipeline("invoice.cancel", ONE) == "cancelled"
    assert life.state("statement/1") == "confirmed"


@pytest.mark.parametrize("event", ["pay", "cancel", "close", "return_payment", "fail_payment"])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.FINANCE, Role.PROVIDER])
def test_only_the_pipeline_reports_payments(event: str, role: Role) -> None:
    life = processing()
    assert life.refused(role, f"invoice.{event}", ONE) in ("wrong_role", "wrong_state")
