"""A command that comes while a run is ending is sent again, and who gave it notices nothing."""

import asyncio
import threading

import pytest
from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.workflow_client import WorkflowClient
from models.commands import Actor, Command, Outcome, Role
from tests.workflows.programme import PATIENCE, Programme

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio(loop_scope="module")]

QUEUE = "ending-runs"
in_its_last_task = threading.Event()
more_has_come = threading.Event()


@workflow.defn(name="EndingWorkflow", sandboxed=False)
class EndingWorkflow:
    """It wants to end in the very task in which a command and, meanwhile, a signal come in; then it goes on."""

    @workflow.run
    async def run(self) -> None:
        if not more_has_come.is_set():
            in_its_last_task.set()
            more_has_come.wait(PATIENCE)
            workflow.continue_as_new()
        await workflow.wait_condition(lambda: False)

    @workflow.update(name="statement.confirm", unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def confirm(self, command: Command) -> Outcome:
        await workflow.wait_condition(lambda: more_has_come.is_set())
        return Outcome(command_id=command.id, document_id=command.document_id, state="confirmed", revision=2)

    @workflow.signal
    def more(self) -> None:
        """Something that Temporal may not lose."""


async def test_it_is_sent_again_by_itself(programme: Programme) -> None:
    way = WorkflowClient(programme.client, lambda _: programme.policy, QUEUE, "")
    command = Command(
        id="ending-1",
        action="statement.confirm",
        document_id="statement/st_1",
        actor=Actor(role=Role.ADMIN, id="ada"),
    )
    handle = await programme.client.start_workflow(EndingWorkflow.run, id="ending", task_queue=QUEUE)
    given = asyncio.create_task(way.execute("ending", "org", command, "ending-1:a"))
    worker = Worker(
        programme.client,
        task_queue=QUEUE,
        workflows=[EndingWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        await asyncio.to_thread(in_its_last_task.wait, PATIENCE)
        await handle.signal("more")
        more_has_come.set()
        outcome = await given
    assert outcome.state == "confirmed"
    await handle.terminate()
