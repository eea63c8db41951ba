"""The workflows that run and get nowhere: their tasks fail, or something in them fails that nobody has foreseen."""

import asyncio
from collections.abc import AsyncIterator

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.search_attributes import NEXT_ACTOR
from workflows.showing import STUCK_ACTOR

FAILED_OFTEN = 3
"""From which attempt on a workflow's task counts as failing; the second may follow the loss of a worker."""

AT_ONCE = 16


async def failing(client: Client) -> list[str]:
    """The ids of the running workflows whose tasks fail or never end; one that spins is among them."""
    found: list[str] = []

    async def look(workflow_id: str) -> None:
        try:
            description = await client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return
        if description.raw_description.pending_workflow_task.attempt >= FAILED_OFTEN:
            found.append(workflow_id)

    batch: list[str] = []
    async for workflow_id in running(client):
        batch.append(workflow_id)
        if len(batch) == AT_ONCE:
            await asyncio.gather(*(look(i) for i in batch))
            batch = []
    await asyncio.gather(*(look(i) for i in batch))
    return sorted(found)


async def running(client: Client) -> AsyncIterator[str]:
    """The ids of all workflows that run."""
    async for execution in client.list_workflows('ExecutionStatus = "Running"'):
        yield execution.id


async def in_trouble(client: Client) -> list[str]:
    """The ids of the workflows in which something fails that only whoever maintains the code can mend."""
    query = f'ExecutionStatus = "Running" AND {NEXT_ACTOR.name} = "{STUCK_ACTOR}"'
    return sorted([execution.id async for execution in client.list_workflows(query)])
