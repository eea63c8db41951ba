"""Who takes the work from a task queue: a worker may live and take none."""

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

RECENT = timedelta(seconds=75)
"""A worker that lives asks for work at least once a minute."""


async def pollers(client: Client, task_queue: str) -> list[PollerInfo]:
    """Who has asked for workflow tasks lately; raises RPCError."""
    description = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=timedelta(seconds=5),
    )
    since = datetime.now(UTC) - RECENT
    return [p for p in description.pollers if p.last_access_time.ToDatetime(tzinfo=UTC) > since]
