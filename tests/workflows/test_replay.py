"""Histories replay: the workflow code decides the same again, in Temporal's sandbox."""

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer

from models.identity import new_id
from tests.workflows.programme import BANK, CONVERTER, OPERATOR, RUNNER, TASK_QUEUE, Programme
from worker import WORKFLOWS
from workflows.inputs import SettlementInput

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
    replayer = Replayer(
        workflows=WORKFLOWS, namespace="default", data_converter=CONVERTER, workflow_runner=RUNNER
    )
    for handle in (organization.handle, payout.handle):
        await replayer.replay_workflow(await handle.fetch_history())


async def test_an_organization_that_goes_through_every_stage_and_a_settlement_replay(
    programme: Programme,
) -> None:
    organization = await (await programme.organization()).verified()
    signature: dict[str, Any] = {
        "submission_id": organization.form("signature"),
        "signed_version": 1,
        "text_sha256": "0" * 64,
    }
    await organization.do("contract.sign", "contract/iaa", **signature)
    await organization.news("contract.activate", "contract/iaa")
    await organization.becomes("contract/iaa", "active")
    form = organization.form("qualification")
    await organization.do("qualification.submit", "qualification", submission_id=form)
    await organization.do("qualification.approve", "qualification", OPERATOR)
    game, integration = "launch/game_1", "integration/game_1/iaa"
    await organization.do("launch.register", game, game_id="game_1", features=["iaa"])
    await organization.do("integration.run", integration)
    await organization.news("integration.pass", integration)
    await organization.becomes(integration, "passed")
    await organization.do("launch.submit", game, regions=["DE"])
    await organization.do("launch.approve", game, OPERATOR)
    await organization.do("launch.publish", game)
    await organization.becomes(game, "live")
    bank = organization.form("payout_account", bank=BANK, tax={"form": "w9"}, business={})
    await organization.do("payout_account.submit", "payout_account", submission_id=bank)
    await organization.becomes("payout_account", "active")
    invoice = await organization.invoiced()
    payout = await organization.payout(invoice)
    await payout.payment_day()
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    await organization.becomes(invoice.id, "paid")
    await organization.do("launch.withdraw", game)
    settlement: WorkflowHandle[Any, Any] = await programme.client.start_workflow(
        "SettlementWorkflow",
        SettlementInput(policy=programme.policy),
        id=new_id("set"),
        task_queue=TASK_QUEUE,
    )
    await settlement.result()
    replayer = Replayer(
        workflows=WORKFLOWS, namespace="default", data_converter=CONVERTER, workflow_runner=RUNNER
    )
    for handle in (organization.handle, settlement):
        await replayer.replay_workflow(await handle.fetch_history())


@pytest.mark.parametrize("kind", ["organization", "payout"])
async def test_histories_from_before_payloads_were_sealed_are_read_and_replay(kind: str) -> None:
    """A made-up organization and its payout, recorded with the release before."""
    recorded = json.loads((HISTORIES / f"unsealed_{kind}.json").read_text())
    history = WorkflowHistory.from_json(recorded["workflow_id"], recorded["history"])
    assert b"monetization-sealed" not in b"".join(event.SerializeToString() for event in history.events)
    replayer = Replayer(
        workflows=WORKFLOWS, namespace="default", data_converter=CONVERTER, workflow_runner=RUNNER
    )
    await replayer.replay_workflow(history)
