"""The workflows that run and get nowhere: their tasks fail, or something in them fails that nobody has foreseen."""

import asyncio
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.search_attributes import NEXT_ACTOR
from workflows.temporal_page import STUCK_ACTOR

REPORTED = "TemporalReportedProblems IS NOT NULL"
"""What Temporal itself marks: some tasks in a row have failed or never ended, so that one that spins is among them."""

TROUBLED = f'{NEXT_ACTOR.name} = "{STUCK_ACTOR}"'
"""What the workflows mark themselves."""

RUNNING = 'ExecutionStatus = "Running"'

MOST = 100
"""How many of each are looked for."""

MOST_DESCRIBED = 1_000
"""How many workflows are looked at one by one, where Temporal is too old to mark any; the latest ones."""

FAILED_OFTEN = 3
"""From which attempt on a workflow's task counts as failing; the second may follow the loss of a worker."""

AT_ONCE = 16


async def failing(client: Client) -> list[str]:
    """The ids of the running workflows whose tasks fail or never end, at most ``MOST``; raises RPCError."""
    try:
        return await found(client, REPORTED)
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
    latest = client.list_workflows(RUNNING, limit=MOST_DESCRIBED)
    ids = [execution.id async for execution in latest]
    limit = asyncio.Semaphore(AT_ONCE)

    async def looked_at(workflow_id: str) -> bool:
        async with limit:
            return await is_failing(client, workflow_id)

    fails = await asyncio.gather(*(looked_at(workflow_id) for workflow_id in ids))
    return sorted(workflow_id for workflow_id, bad in zip(ids, fails, strict=True) if bad)[:MOST]


async def is_failing(client: Client, workflow_id: str) -> bool:
    """Whether a workflow's task has failed often; one that has ended meanwhile has not."""
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return description.raw_description.pending_workflow_task.attempt >= FAILED_OFTEN


async def in_trouble(client: Client) -> list[str]:
    """The ids of the workflows in which something fails that only whoever maintains the code can fix; raises RPCError."""
    return await found(client, TROUBLED)


async def found(client: Client, mark: str) -> list[str]:
    """The ids of running workflows with a mark."""
    listed = client.list_workflows(f"{RUNNING} AND {mark}", limit=MOST, page_size=MOST)
    return sorted([execution.id async for execution in listed])


async def how_many_fail(client: Client, patience: timedelta) -> int:
    """How many running workflows get nowhere, by one count; raises RPCError."""
    try:
        both = f"{RUNNING} AND ({REPORTED} OR {TROUBLED})"
        return (await client.count_workflows(both, rpc_timeout=patience)).count
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        return (await client.count_workflows(f"{RUNNING} AND {TROUBLED}", rpc_timeout=patience)).count
