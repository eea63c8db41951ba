"""A provider that takes its last word back: asked, believed, and never dropped, whatever has become of the payout."""

import pytest

from api.workflow_client import WorkflowClient
from models.commands import ProviderEvent
from models.documents import Payout
from models.tables import PayoutAttemptRow
from tests.workflows.programme import FINANCE, OPERATOR, TASK_QUEUE, Organization, PayoutLife, Programme

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def declined(programme: Programme) -> tuple[Organization, PayoutLife]:
    """A payout that the provider is said to have declined for good, although its own record has the transfer."""
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.news("payout.fail_final", failure_code="declined")
    await payout.becomes("declined")
    return organization, payout


def word(payout: PayoutLife, event_id: str) -> ProviderEvent:
    """That the first attempt is paid."""
    return ProviderEvent(id=event_id, action="payout.pay", document_id=payout.id, reference=f"{payout.id}/1")


def outcomes(organization: Organization) -> list[str | None]:
    return [row.outcome for row in sorted(organization.rows(PayoutAttemptRow), key=lambda row: row.attempt)]


async def test_an_attempt_that_was_given_up_and_is_there_after_all_is_too_much_beside_the_next(
    programme: Programme,
) -> None:
    organization, payout = await declined(programme)
    await payout.do("payout.retry", OPERATOR, "cause_mended")
    await payout.becomes("in_transit")
    await payout.handle.signal("provider_event", word(payout, "late-word-1"))
    found = await payout.becomes("overpaid")
    assert isinstance(found, Payout) and found.duplicates == [f"{payout.id}/2"]
    assert outcomes(organization) == ["paid", "overpaid"]
    await organization.becomes(found.invoice_id, "paid")
    await payout.do("payout.recover", FINANCE, "repaid", evidence="case 0001")
    await payout.becomes("paid")
    assert outcomes(organization) == ["paid", "recovered"]


async def test_a_payout_that_was_cancelled_comes_back_when_it_is_paid_all_the_same(
    programme: Programme,
) -> None:
    organization, payout = await declined(programme)
    await payout.do("payout.cancel", OPERATOR, "declined_for_good")
    await payout.handle.result()
    programme.box.control("POST", f"/payments/{payout.id}/1/pay")
    pipeline = WorkflowClient(programme.client, lambda _: programme.policy, TASK_QUEUE, "")
    await pipeline.reopen(payout.id, organization.id, word(payout, "late-word-2"))
    await payout.becomes("paid_in_error")
    assert outcomes(organization) == ["overpaid"]


async def test_a_payout_that_was_closed_comes_back_when_its_payment_does(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    await payout.payment_day()
    await payout.becomes("in_transit")
    programme.box.control("POST", f"/payments/{payout.id}/1/pay")
    await payout.news("payout.pay")
    await payout.becomes("paid")
    await payout.ahead(days=91)
    await payout.handle.result()
    programme.box.control("POST", f"/payments/{payout.id}/1/return")
    pipeline = WorkflowClient(programme.client, lambda _: programme.policy, TASK_QUEUE, "")
    returned = ProviderEvent(
        id="late-word-3",
        action="payout.return",
        document_id=payout.id,
        reference=f"{payout.id}/1",
        facts={"failure_code": "account_closed"},
    )
    await pipeline.reopen(payout.id, organization.id, returned)
    await payout.becomes("owed_again")
    assert outcomes(organization) == ["returned_late"]
    assert len(organization.messages("payout.return_late")) == 1
    await payout.do("payout.settle", FINANCE, "paid_otherwise", evidence="case 0004")
    await payout.handle.result()
    assert outcomes(organization) == ["paid_otherwise"]
