"""Payouts: retried by themselves, never sent twice, resumed when what stopped them is mended."""

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus

from models.documents import FailureClass, Invoice
from models.tables import DocumentRow, PayoutAttemptRow
from tests.workflows.programme import (
    BANK,
    FINANCE,
    NO_COOLING_OFF,
    OPERATOR,
    Organization,
    PayoutLife,
    Programme,
)
from workflows.inputs import PayoutInput

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def a_payout(programme: Programme, net: int = 123_456, **bank: str) -> tuple[Organization, PayoutLife]:
    organization = await (await programme.organization(NO_COOLING_OFF)).payable(bank)
    return organization, await organization.payout(await organization.invoiced(net))


async def test_what_the_provider_did_not_look_at_is_sent_again_as_the_same_attempt(
    programme: Programme,
) -> None:
    organization, payout = await a_payout(programme)
    programme.box.fault(
        "payments", "error", status=429, retry_after=1, times=2, organization_id=organization.id
    )
    await payout.payment_day()
    await payout.comes_to("in_transit", "paid", minutes=5)
    assert [(row.attempt, row.outcome) for row in attempts(organization)] == [(1, None)]
    assert len(payout.sent()) == 1


async def test_an_operator_tries_at_once_what_would_be_retried_later(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    programme.box.fault("payments", "error", status=429, times=1, organization_id=organization.id)
    await payout.payment_day()
    await payout.becomes("retrying")
    assert (await payout.do("payout.retry", reason="the provider works again")).state == "sending"
    await payout.becomes("in_transit", "paid")
    assert [(row.attempt, row.outcome) for row in attempts(organization)] == [(1, None)]


async def test_after_ten_fast_retries_it_goes_on_slowly_without_end(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    programme.box.fault("payments", "error", status=429, organization_id=organization.id)
    await payout.payment_day()
    slow = await payout.becomes("retrying")
    for _ in range(30):
        if slow.tries > 10:
            break
        await payout.ahead(minutes=7)
        slow = await payout.tried_again(slow)
    assert slow.tries > 10 and slow.act_at is not None
    wait = (slow.act_at - slow.since).total_seconds()
    assert 3600 <= wait <= 1.2 * 3600
    assert slow.failure_class is FailureClass.TRANSIENT
    programme.box.control("DELETE", "/faults")
    await payout.comes_to("in_transit", "paid", hours=1.3)
    assert len(payout.sent()) == 1


async def test_an_unknown_outcome_is_asked_before_anything_is_sent_again(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    programme.box.fault("payments", "accept_then_truncate", times=1, organization_id=organization.id)
    await payout.payment_day()
    await payout.becomes("outcome_unknown", "in_transit")
    await payout.comes_to("in_transit", "paid", minutes=1)
    assert (await payout.now()).attempt == 1
    assert len(payout.sent()) == 1


async def test_an_aged_unknown_outcome_goes_to_a_finance_approver(programme: Programme) -> None:
    _, payout = await a_payout(programme)
    for operation, status in (("request", 500), ("ask", 503)):
        programme.box.fault("payments", "error", operation=operation, status=status)
    await payout.payment_day()
    await payout.becomes("outcome_unknown")
    await payout.ahead(hours=23.5)
    assert (await payout.now()).state == "outcome_unknown"
    await payout.ahead(hours=1)
    await payout.becomes("outcome_unresolved")
    programme.box.control("DELETE", "/faults")
    why = "the provider's ledger has no such payment"
    found = {"proposed_outcome": "not_paid", "evidence": "provider case 0001"}
    await payout.do("payout.propose_resolution", OPERATOR, why, **found)
    proposal = (await payout.now()).proposal
    await payout.do("payout.resolve_not_paid", FINANCE, why, proposal=proposal)
    assert (await payout.comes_to("in_transit", "paid", minutes=1)).attempt == 1
    assert len(payout.sent()) == 1


async def test_a_closed_account_is_mended_by_the_admin_and_the_payout_resumes(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.news("payout.fail_account", failure_code="account_closed")
    failed = await payout.becomes("awaiting_account")
    assert (failed.failure_class, failed.failure_code) == (FailureClass.ACCOUNT, "account_closed")
    await organization.becomes(failed.invoice_id, "payment_failed")
    await organization.becomes("payout_account", "needs_fix")
    form = organization.form("payout_account", bank=BANK)
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    await organization.do("payout_account.approve_change", "payout_account", OPERATOR)
    assert (
        await organization.refused("payout_account.approve_change", "payout_account", OPERATOR)
    ).code == "wrong_state"
    await organization.do("payout_account.approve_change", "payout_account", FINANCE)
    await organization.becomes("payout_account", "active")
    await payout.becomes("in_transit", "paid")
    await organization.becomes(failed.invoice_id, "processing_payment", "paid")
    assert [row.outcome for row in attempts(organization)] == ["failed", None]


async def test_a_payment_that_comes_back_is_owed_again_and_paid_after_one_approval(
    programme: Programme,
) -> None:
    organization, payout = await a_payout(programme)
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    await payout.becomes("paid")
    invoice_id = (await payout.now()).invoice_id
    await organization.becomes(invoice_id, "paid")
    await payout.ahead(days=30)
    await payout.news("payout.return", failure_code="account_closed")
    await payout.becomes("returned")
    await organization.becomes(invoice_id, "payment_failed")
    await organization.becomes("payout_account", "needs_fix")
    form = organization.form("payout_account", bank=BANK)
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    await organization.do("payout_account.approve_change", "payout_account", OPERATOR)
    await organization.do("payout_account.approve_change", "payout_account", FINANCE)
    await payout.becomes("awaiting_approval")
    await payout.approve()
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    await payout.becomes("paid")
    await organization.becomes(invoice_id, "paid")
    assert [row.outcome for row in attempts(organization)] == ["returned", "paid"]


async def test_a_payout_above_the_limit_waits_for_a_finance_approver(programme: Programme) -> None:
    _, payout = await a_payout(programme, net=5_000_001)
    assert (await payout.now()).state == "awaiting_approval"
    await payout.approve()
    await payout.becomes("scheduled")


async def test_payments_under_way_are_held_while_the_bank_account_changes(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    form = organization.form("payout_account", bank=BANK)
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    held = await payout.becomes("awaiting_account")
    assert held.blocked_by == "bank_change"
    await payout.ahead(days=10)
    assert payout.sent() == []
    await organization.do("payout_account.withdraw_change", "payout_account")
    await payout.becomes("scheduled", "sending", "in_transit")
    await payout.ahead(days=3)  # over a weekend, on which nothing is sent
    await payout.becomes("in_transit")
    assert len(payout.sent()) == 1


async def test_a_cancellation_stops_a_payout_that_was_not_sent(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    invoice_id = (await payout.now()).invoice_id
    await payout.handle.cancel()
    await payout.handle.result()
    invoice = await organization.becomes(invoice_id, "cancelled")
    assert isinstance(invoice, Invoice)
    await organization.becomes(invoice.statement_ids[0], "confirmed")
    assert payout.sent() == []


async def test_a_cancellation_does_not_stop_a_payment_on_its_way(programme: Programme) -> None:
    organization, payout = await a_payout(programme)
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.handle.cancel()
    await asyncio.sleep(0.5)
    assert (await payout.now()).state == "in_transit"
    await payout.news("payout.pay")
    await payout.becomes("paid")
    await organization.becomes((await payout.now()).invoice_id, "paid")


async def test_a_terminated_payout_goes_on_from_the_database_without_paying_twice(
    programme: Programme,
) -> None:
    organization, payout = await a_payout(programme)
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.handle.terminate("an operator's mistake")
    await programme.client.start_workflow(
        "PayoutWorkflow",
        PayoutInput(
            organization_id=organization.id,
            policy=programme.policy,
            invoice_id=payout.id.removeprefix("payout/"),
        ),
        id=payout.id,
        task_queue="tests",
    )
    again = programme.client.get_workflow_handle(payout.id)
    resumed = PayoutLife(organization, payout.id, again)
    await resumed.becomes("in_transit")
    await resumed.news("payout.pay")
    await resumed.becomes("paid")
    assert len(payout.sent()) == 1
    assert (await again.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_holding_and_releasing_by_an_operator(programme: Programme) -> None:
    _, payout = await a_payout(programme)
    await payout.do("payout.hold", OPERATOR, "under investigation")
    await payout.ahead(days=10)
    assert payout.sent() == []
    await payout.do("payout.release_hold", OPERATOR, "nothing is wrong")
    await payout.ahead(days=3)  # over a weekend, on which nothing is sent
    await payout.becomes("in_transit")


@pytest.mark.parametrize(
    ("document_id", "state", "code"),
    [
        ("verification", "suspended", "business_not_verified"),
        ("payout_account", "cooling_off", "account_not_usable"),
    ],
)
async def test_nothing_is_sent_against_the_word_of_the_database(
    programme: Programme, document_id: str, state: str, code: str
) -> None:
    organization, payout = await a_payout(programme)
    with programme.database.transaction() as session:
        # As if the organization's news had not reached the payout yet.
        row = session.get_one(DocumentRow, (organization.id, document_id))
        row.facts = {**row.facts, "state": state}
    await payout.payment_day()
    assert (await payout.becomes("retrying")).failure_code == code
    assert payout.sent() == []


def attempts(organization: Organization) -> list[PayoutAttemptRow]:
    """The attempts of the organization's payouts, in order."""
    return sorted(organization.rows(PayoutAttemptRow), key=lambda row: row.attempt)
