"""Whether the settlement works: the runs that are under way, and the last one that has ended."""

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError

from cli.errors import CliError
from models.wire.steps import SettlementProgress

LATEST = 20
"""How many runs are looked at."""

TRIED_OFTEN = 5
"""From which attempt on a step of a run gets nowhere."""

NAMED = 5


async def check_settlement(client: Client) -> str:
    """What the settlement's runs have come to; CliError where statements are missing, RPCError where nobody can say."""
    listed = client.list_workflows("WorkflowType = 'SettlementWorkflow'", limit=LATEST, page_size=LATEST)
    runs = sorted([run async for run in listed], key=lambda run: run.start_time, reverse=True)
    for run in runs:
        if run.status is WorkflowExecutionStatus.RUNNING:
            await getting_on(client, run)
    last = next((run for run in runs if run.status is not WorkflowExecutionStatus.RUNNING), None)
    return await outcome(client, last) if last else "no run has ended yet"


async def getting_on(client: Client, run: WorkflowExecution) -> None:
    """CliError where a step of a run fails again and again."""
    described = await client.get_workflow_handle(run.id, run_id=run.run_id).describe()
    for step in described.raw_description.pending_activities:
        if step.attempt >= TRIED_OFTEN:
            raise CliError(
                f"The settlement run {run.id} gets nowhere: {step.activity_type.name} has failed "
                f"{step.attempt - 1} times.",
                "The run's page in Temporal and the worker's log say why; it goes on by itself once that is fixed.",
            )


async def outcome(client: Client, run: WorkflowExecution) -> str:
    """How a run has ended; CliError where it has left organizations without their statements."""
    if run.status is not WorkflowExecutionStatus.COMPLETED:
        raise CliError(
            f"The last settlement run, {run.id}, has not come to its end: {how_it_ended(run)}.",
            "The next one catches up with it; trigger its schedule in Temporal if that is too late.",
        )
    handle = client.get_workflow_handle(run.id, run_id=run.run_id, result_type=SettlementProgress)
    try:
        progress: SettlementProgress = await handle.result()
    except RPCError:
        raise
    except Exception:
        # Whatever a converter raises on what another installation has sealed.
        raise CliError(
            f"What the last settlement run, {run.id}, has answered cannot be opened with the keys of this installation.",
            "See that this Temporal belongs to it, and that MONETIZATION_FIELD_KEYS holds the keys of the workers.",
        ) from None
    if progress.failures:
        names = ", ".join(progress.failed[:NAMED]) + (" …" if progress.failures > NAMED else "")
        raise CliError(
            f"The last settlement run, {run.id}, could not issue the statements of {progress.failures} "
            f"organizations ({names}).",
            "The worker's log says why for each. The next run tries them again; all others have theirs.",
        )
    return f"{run.id}: {progress.statements} statements for {progress.organizations} organizations"


def how_it_ended(run: WorkflowExecution) -> str:
    """The word of Temporal for it."""
    return run.status.name.lower().replace("_", " ") if run.status else "unknown"
