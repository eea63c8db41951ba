"""Workflows that run and get nowhere are found."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError

from cli.checks.installation import check_progress
from cli.checks.settlement_runs import check_settlement
from cli.errors import CliError
from models.documents import Stream
from models.identity import new_id
from models.programme.policy import Policy
from models.wire.steps import DuePeriods, Period, SettleBatch, SettledBatch
from tests.workflows.programme import PATIENCE, TASK_QUEUE, Programme
from tests.workflows.releases import release
from workflows.failing_tasks import failing
from workflows.inputs import SettlementInput

POLICY = Policy()
DELIVERED = date(2026, 2, 1)

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def test_a_workflow_whose_tasks_fail_is_named(programme: Programme) -> None:
    well = await programme.organization()
    sick = await programme.client.start_workflow(
        "OrganizationWorkflow",
        {"of": "another release"},
        id="organization/of-another-release",
        task_queue=TASK_QUEUE,
    )
    async with asyncio.timeout(PATIENCE):
        while sick.id not in await failing(programme.client):
            await asyncio.sleep(0.2)
    assert well.handle.id not in await failing(programme.client)
    with pytest.raises(CliError) as caught:
        await check_progress(programme.client)
    assert sick.id in caught.value.what
    await sick.terminate()


async def test_a_settlement_that_failed_some_organizations_is_named_with_them(programme: Programme) -> None:
    queue = new_id("q")
    period = Period(stream=Stream.IAA, start=date(2026, 1, 1), end=date(2026, 1, 15), delivered_on=DELIVERED)

    @activity.defn(name="due_periods")
    def due_periods(step: DuePeriods) -> list[Period]:
        return [period]

    @activity.defn(name="settle_batch")
    def settle_batch(batch: SettleBatch) -> SettledBatch:
        return SettledBatch(organizations=3, statements=2, last="org_c", failed=["org_b"])

    async with release(programme, queue, activities=[due_periods, settle_batch]):
        await settled(programme, queue)
    async with asyncio.timeout(PATIENCE):
        while "org_b" not in await said(programme):
            await asyncio.sleep(0.2)
    async with release(programme, queue):
        await settled(programme, queue)
    async with asyncio.timeout(PATIENCE):
        while "statements for" not in await said(programme):
            await asyncio.sleep(0.2)


async def test_a_settlement_that_gets_nowhere_or_was_ended_is_named(programme: Programme) -> None:
    queue = new_id("q")

    @activity.defn(name="due_periods")
    def due_periods(step: DuePeriods) -> list[Period]:
        raise ApplicationError("not now", next_retry_delay=timedelta(milliseconds=10))

    async with release(programme, queue, activities=[due_periods]):
        run = await begun(programme, queue)
        async with asyncio.timeout(PATIENCE):
            while "due_periods has failed" not in await said(programme):
                await asyncio.sleep(0.2)
    await run.terminate()
    async with asyncio.timeout(PATIENCE):
        while "has not come to its end: terminated" not in await said(programme):
            await asyncio.sleep(0.2)


async def begun(programme: Programme, queue: str) -> WorkflowHandle[Any, Any]:
    return await programme.client.start_workflow(
        "SettlementWorkflow", SettlementInput(policy=POLICY), id=new_id("settlement"), task_queue=queue
    )


async def settled(programme: Programme, queue: str) -> None:
    await (await begun(programme, queue)).result()


async def said(programme: Programme) -> str:
    """What the doctor says of the settlement."""
    try:
        return await check_settlement(programme.client)
    except CliError as trouble:
        return trouble.what
