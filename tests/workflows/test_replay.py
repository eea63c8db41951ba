"""Histories replay: the workflow code decides the same again, in Temporal's sandbox."""

import pytest
from temporalio.worker import Replayer

from tests.workflows.programme import CONVERTER, OPERATOR, RUNNER, Programme
from worker import WORKFLOWS

pytestmark = [pytest.mark.temporal, pytest.mark.replay, pytest.mark.asyncio(loop_scope="module")]


async def test_a_life_and_its_payout_replay(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    statement = await organization.statement()
    await organization.refused("statement.replace", statement)
    await organization.do("statement.appeal", statement, submission_id=organization.form("appeal"))
    await organization.do("statement.reject_appeal", statement, OPERATOR, "the numbers are right")
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    await payout.becomes("paid")
    replayer = Replayer(workflows=WORKFLOWS, data_converter=CONVERTER, workflow_runner=RUNNER)
    for handle in (organization.handle, payout.handle):
        await replayer.replay_workflow(await handle.fetch_history())
