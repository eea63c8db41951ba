"""What a workflow's life has cost: the events in its histories, and the actions that Temporal would bill."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

LOCAL_ACTIVITY = "core_local_activity"

PRICES = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: 1,
    EventType.EVENT_TYPE_TIMER_STARTED: 1,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: 1,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: 1,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: 1,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: 2,
}
"""Actions by the kind of event that shows them."""


class Cost(BaseModel):
    """What some workflows have cost so far.

    Attributes:
        history_events: events in the histories of all their runs.
        temporal_actions: billable actions that the histories show; queries, and updates that were refused by
            their validator, leave no trace there and are not counted.
        runs: how many runs there were.
    """

    history_events: int = 0
    temporal_actions: int = 0
    runs: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(
            history_events=self.history_events + other.history_events,
            temporal_actions=self.temporal_actions + other.temporal_actions,
            runs=self.runs + other.runs,
        )


async def cost_of(client: Client, workflow_ids: Iterable[str]) -> Cost:
    """What workflows have cost, each with all its runs back to the first of the chain."""
    total = Cost()
    for workflow_id in workflow_ids:
        run_id: str | None = None
        while run_id != "":
            try:
                history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                break
            events = list(history.events)
            total += Cost(history_events=len(events), temporal_actions=actions(events), runs=1)
            run_id = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return total


def actions(events: Iterable[HistoryEvent]) -> int:
    """The billable actions that one run's history shows.

    A start or a continuation counts 1, and a child 2 where it is started (so nothing in its own history); retries
    of activities count 1 each; all local activities of one workflow task count 1 together.
    """
    total = 0
    local: set[Any] = set()
    for event in events:
        total += PRICES.get(event.event_type, 0)
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                started = event.workflow_execution_started_event_attributes
                is_child = started.HasField("parent_workflow_execution")
                total += 0 if is_child and not started.continued_execution_run_id else 1
            case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                total += event.activity_task_started_event_attributes.attempt - 1
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                marker = event.marker_recorded_event_attributes
                if marker.marker_name == LOCAL_ACTIVITY:
                    local.add(marker.workflow_task_completed_event_id)
    return total + len(local)
