"""Histories replay: the workflow code decides the same again, in Temporal's sandbox."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from tests.workflows.programme import CONVERTER, OPERATOR, RUNNER, Programme
from worker import WORKFLOWS

HISTORIES = Path(__file__).parent / "histories"

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


@pytest.mark.parametrize("kind", ["organization", "payout"])
async def test_histories_from_before_payloads_were_sealed_are_read_and_replay(kind: str) -> None:
    """A made-up organization and its payout, recorded with the release before."""
    recorded = json.loads((HISTORIES / f"unsealed_{kind}.json").read_text())
    history = WorkflowHistory.from_json(recorded["workflow_id"], recorded["history"])
    assert b"monetization-sealed" not in b"".join(event.SerializeToString() for event in history.events)
    replayer = Replayer(workflows=WORKFLOWS, data_converter=CONVERTER, workflow_runner=RUNNER)
    await replayer.replay_workflow(history)
