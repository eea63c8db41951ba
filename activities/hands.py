"""Asking Temporal who has given a command by hand: workflow code is not told, its history is."""

from collections.abc import AsyncIterator

from temporalio import activity
from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client

from activities.definition import carries_out_async
from activities.installation import Installation
from models.wire.activities import WHO_GAVE_BY_HAND
from models.wire.given_by_hand import CANCELLED, claim, fingerprint
from models.wire.steps import WhoGave
from storage.organizations.given_by_hand import keep_hands

PAGE = 250

MOST_PAGES = 8
"""How far back is looked: the latest two thousand events, however long a history somebody has made."""


class Hands:
    """The activity that looks up what Temporal says of commands that no process of ours has sealed."""

    def __init__(self, installation: Installation) -> None:
        self.database, self.client = installation.database, installation.client

    @carries_out_async(WHO_GAVE_BY_HAND)
    async def who_gave_by_hand(self, step: WhoGave) -> None:
        """Keep the identities under which messages came, which whoever sent them has chosen themselves."""
        said: dict[str, list[str]] = {}
        async for event in newest_first(self.client):
            found = await identity_of(self.client, event)
            if found is not None and found[0] in step.wanted.values():
                said.setdefault(found[0], []).append(found[1])
        says = {command_id: claim(said[mark]) for command_id, mark in step.wanted.items() if mark in said}
        keep_hands(self.database, step.organization_id, says)


async def newest_first(client: Client) -> AsyncIterator[HistoryEvent]:
    """The latest events of the run that asks."""
    info, token = activity.info(), b""
    for _ in range(MOST_PAGES):
        answer = await client.workflow_service.get_workflow_execution_history_reverse(
            GetWorkflowExecutionHistoryReverseRequest(
                namespace=client.namespace,
                execution=WorkflowExecution(
                    workflow_id=info.workflow_id or "", run_id=info.workflow_run_id or ""
                ),
                maximum_page_size=PAGE,
                next_page_token=token,
            )
        )
        for event in answer.history.events:
            yield event
        token = answer.next_page_token
        if not token:
            return


async def identity_of(client: Client, event: HistoryEvent) -> tuple[str, str] | None:
    """By which mark a message is known, and the identity that it came under; ``None`` for other events."""
    if event.HasField("workflow_execution_cancel_requested_event_attributes"):
        return CANCELLED, event.workflow_execution_cancel_requested_event_attributes.identity
    if event.HasField("workflow_execution_signaled_event_attributes"):
        signal = event.workflow_execution_signaled_event_attributes
        return await mark_of(client, signal.input), signal.identity
    if event.HasField("workflow_execution_update_accepted_event_attributes"):
        request = event.workflow_execution_update_accepted_event_attributes.accepted_request
        return await mark_of(client, request.input.args), request.meta.identity
    return None


async def mark_of(client: Client, given: Payloads) -> str:
    """The mark of a message's argument, as the workflow has made it of what it was handed."""
    codec, payloads = client.data_converter.payload_codec, list(given.payloads)
    if len(payloads) != 1:
        return fingerprint(b"")
    opened = await codec.decode(payloads) if codec else payloads
    return fingerprint(opened[0].data)
