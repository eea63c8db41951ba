"""Workflows that run and get nowhere are found."""

import asyncio

import pytest

from cli.checks import check_progress
from cli.failing import failing
from cli.outcome import Trouble
from tests.workflows.programme import PATIENCE, TASK_QUEUE, Programme

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
    with pytest.raises(Trouble) as caught:
        await check_progress(programme.client)
    assert sick.id in caught.value.what
    await sick.terminate()
