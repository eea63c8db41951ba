"""A workflow that is reset goes on where the database stands, and does nothing outside once more."""

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from models.tables import PayoutAttemptRow
from tests.workflows.programme import Programme

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]


async def test_a_payment_under_way_is_asked_after_and_never_sent_again(programme: Programme) -> None:
    organization = await (await programme.organization()).payable()
    payout = await organization.payout(await organization.invoiced())
    await payout.payment_day()
    await payout.becomes("in_transit")
    history = await payout.handle.fetch_history()
    [decided] = [
        event.activity_task_scheduled_event_attributes.workflow_task_completed_event_id
        for event in history.events
        if event.activity_task_scheduled_event_attributes.activity_type.name == "send_payment"
    ]
    await programme.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=programme.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=payout.id),
            workflow_task_finish_event_id=decided,
            request_id="once",
            reason="to see what it does",
        )
    )
    await payout.becomes("in_transit")
    await payout.news("payout.pay")
    await payout.becomes("paid")
    sent = [
        event
        async for event in programme.client.get_workflow_handle(payout.id).fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
        and event.activity_task_scheduled_event_attributes.activity_type.name == "send_payment"
    ]
    assert sent == []
    assert len(organization.rows(PayoutAttemptRow)) == 1
