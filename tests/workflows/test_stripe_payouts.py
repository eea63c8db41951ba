"""A payout's whole way through Stripe: sent once, asked after each hint, taken back and paid again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.commands import Refusal
from models.documents import FailureClass
from models.reasons.failures import HALF_WAY
from providers.stripe.payments import StripePayments
from tests.providers.stripe.server import StripeServer, error
from tests.workflows.programme import (
    BANK,
    FINANCE,
    NO_COOLING_OFF,
    OPERATOR,
    Organization,
    PayoutLife,
    Programme,
)
from tests.workflows.test_payouts import attempts

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def through_stripe(programme: Programme, stripe: StripeServer) -> Programme:
    """The programme with Stripe as its payment provider."""
    payments = StripePayments(SecretStr("sk_test_example"), stripe.url, 9)
    providers = replace(programme.installation.providers, payments=payments)
    object.__setattr__(programme.installation, "providers", providers)
    return programme


async def a_payout(programme: Programme) -> tuple[Organization, PayoutLife]:
    organization = await programme.organization(NO_COOLING_OFF)
    await organization.payable({"stripe_account": "acct_example"})
    return organization, await organization.payout(await organization.invoiced())


async def test_what_was_paid_and_fails_afterwards_is_owed_again_and_paid_to_another_account(
    through_stripe: Programme, stripe: StripeServer
) -> None:
    organization, payout = await a_payout(through_stripe)
    await payout.payment_day()
    sent = await payout.becomes("in_transit")
    assert (stripe.transfers[0]["transfer_group"], stripe.payouts[0]["account"]) == (
        sent.reference,
        "acct_example",
    )
    stripe.payouts[0]["status"] = "paid"
    await payout.news("payout.ask")
    await payout.becomes("paid")
    stripe.payouts[0] |= {"status": "failed", "failure_code": "account_closed"}
    await payout.news("payout.ask")
    returned = await payout.becomes("returned")
    assert (returned.failure_class, returned.failure_code) == (FailureClass.ACCOUNT, "account_closed")
    assert stripe.out == 0
    await organization.becomes("payout_account", "needs_fix")
    form = organization.form("payout_account", bank=BANK | {"stripe_account": "acct_other"})
    await organization.do("payout_account.change", "payout_account", proposed_submission_id=form)
    await organization.do("payout_account.approve_change", "payout_account", OPERATOR)
    await organization.do("payout_account.approve_change", "payout_account", FINANCE)
    await payout.becomes("awaiting_approval")
    await payout.approve()
    await payout.payment_day()
    await payout.becomes("in_transit")
    assert [transfer["destination"] for transfer in stripe.transfers] == ["acct_other", "acct_example"]
    assert stripe.out == sent.amount.amount
    assert [row.outcome for row in attempts(organization)] == ["returned", None]


async def test_a_half_sent_payment_is_completed_and_not_repeated(
    through_stripe: Programme, stripe: StripeServer
) -> None:
    organization, payout = await a_payout(through_stripe)
    stripe.disturb("POST", "/v1/payouts", status=500, body=error("api_error"))
    await payout.payment_day()
    unknown = await payout.becomes("outcome_unknown", "in_transit")
    if unknown.state == "outcome_unknown":
        assert unknown.failure_code == "half_sent"
    await payout.comes_to("in_transit", minutes=1)
    assert (len(stripe.transfers), len(stripe.payouts), len(attempts(organization))) == (1, 1, 1)


async def test_a_reversal_that_stripe_refuses_comes_before_people_and_still_ends_by_itself(
    through_stripe: Programme, stripe: StripeServer
) -> None:
    organization, payout = await a_payout(through_stripe)
    await payout.payment_day()
    await payout.becomes("in_transit")
    stripe.payouts[0] |= {"status": "failed", "failure_code": "could_not_process"}
    refusal = {"status": 400, "body": error("invalid_request_error", "balance_insufficient")}
    reversals = f"/v1/transfers/{stripe.transfers[0]['id']}/reversals"
    for _ in range(200):
        stripe.disturb("POST", reversals, **refusal)
    await payout.news("payout.ask")
    stuck = await payout.becomes("outcome_unknown")
    assert (stuck.failure_class, stuck.failure_code) == (FailureClass.UNKNOWN, "reversal_refused")
    await payout.ahead(hours=25)
    await payout.becomes("outcome_unresolved")
    assert len(stripe.transfers) == 1 and [row.outcome for row in attempts(organization)] == [None]
    stripe.disturbances.clear()
    await payout.comes_to("retrying", "in_transit", hours=2)
    assert stripe.out in (0, stuck.amount.amount)
    assert attempts(organization)[0].outcome == "failed"


async def test_a_failure_after_it_was_paid_is_asked_about_until_there_is_an_answer(
    through_stripe: Programme, stripe: StripeServer
) -> None:
    _, payout = await a_payout(through_stripe)
    await payout.payment_day()
    await payout.becomes("in_transit")
    stripe.payouts[0]["status"] = "paid"
    await payout.news("payout.ask")
    await payout.becomes("paid")
    stripe.payouts[0] |= {"status": "failed", "failure_code": "account_closed"}
    stripe.disturb("GET", "/v1/transfers", status=500, body=error("api_error"))
    await payout.news("payout.ask")
    await payout.comes_to("returned", minutes=6)
    assert stripe.out == 0


async def test_a_hint_that_says_nothing_new_changes_nothing(
    through_stripe: Programme, stripe: StripeServer
) -> None:
    _, payout = await a_payout(through_stripe)
    await payout.payment_day()
    before = await payout.becomes("in_transit")
    for _ in range(3):
        await payout.news("payout.ask")
    stripe.payouts[0] |= {"status": "failed", "failure_code": "could_not_process"}
    await payout.news("payout.ask")
    after = await payout.becomes("retrying")
    assert (after.attempt, after.failure_code) == (before.attempt, "could_not_process")
    await payout.news("payout.ask")
    await payout.comes_to("in_transit", minutes=1)
    assert len(stripe.transfers) == 2 and stripe.out == before.amount.amount


async def test_what_stripe_says_later_of_a_lost_answer_keeps_people_from_paying_twice(
    through_stripe: Programme, stripe: StripeServer
) -> None:
    _, payout = await a_payout(through_stripe)
    stripe.disturb("POST", "/v1/transfers", accept=True, drop=True)
    refusal = {"status": 400, "body": error("invalid_request_error", "balance_insufficient")}
    for _ in range(200):
        stripe.disturb("POST", "/v1/payouts", **refusal)
    await payout.payment_day()
    lost = await payout.becomes("outcome_unknown")
    reversals = f"/v1/transfers/{stripe.transfers[0]['id']}/reversals"
    for _ in range(200):
        stripe.disturb("POST", reversals, **refusal)
    assert lost.failure_code not in HALF_WAY, "it is not known yet that Stripe has taken a part of it"
    await payout.ahead(hours=25)
    await payout.becomes("outcome_unresolved")
    await payout.comes_to_fail_with("reversal_refused", hours=2)
    assert (await payout.now()).state == "outcome_unresolved"
    found = {"proposed_outcome": "not_paid", "evidence": "provider case 0001"}
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await payout.do("payout.propose_resolution", OPERATOR, "provider_record", **found)
    assert isinstance(raised.value.cause, ApplicationError)
    assert Refusal.model_validate(raised.value.cause.details[0]).code == "transfer_stands"
    assert len(stripe.transfers) == 1
