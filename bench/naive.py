"""The plainest workflow there is: one signal and one regular activity for every step, with a default worker."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker


@activity.defn
def do_step(number: int) -> int:
    """A step that does nothing."""
    return number


@workflow.defn
class NaiveWorkflow:
    """A signal and an activity for every step."""

    def __init__(self) -> None:
        self.waiting = 0

    @workflow.signal
    def step(self) -> None:
        """The next step may be done."""
        self.waiting += 1

    @workflow.run
    async def run(self, steps: int) -> None:
        """Do all steps, each when its signal has come."""
        for number in range(steps):
            await workflow.wait_condition(lambda: self.waiting > 0)
            self.waiting -= 1
            await workflow.execute_activity(do_step, number, start_to_close_timeout=timedelta(seconds=10))


async def completed(handle: WorkflowHandle[Any, Any]) -> int:
    """How many activities of a workflow are done."""
    kind = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
    return sum(event.event_type == kind for event in (await handle.fetch_history()).events)


async def play_naive(client: Client, steps: int) -> str:
    """Take so many steps in the naive form, one after the other; returns the workflow's id."""
    with ThreadPoolExecutor(4) as threads:
        async with Worker(
            client,
            task_queue="naive",
            workflows=[NaiveWorkflow],
            activities=[do_step],
            activity_executor=threads,
        ):
            handle = await client.start_workflow(
                NaiveWorkflow.run, steps, id=f"naive-{steps}", task_queue="naive"
            )
            for number in range(steps):
                await handle.signal(NaiveWorkflow.step)
                while await completed(handle) <= number:
                    await asyncio.sleep(0.01)
            await handle.result()
    return f"naive-{steps}"
