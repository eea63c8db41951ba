"""The workflows behind organizations and payouts: which should run, and starting them again from the database."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from cli.errors import CliError, Exit
from config.settings import Settings
from lifecycle.machines import state_of
from lifecycle.messages import payout_of, schedule_payout
from models.documents import Invoice, Payout
from models.dossier import Dossier
from models.identity import DocumentId, organization_workflow_id
from models.programme.policy import Policy
from models.states import InvoiceState
from storage.database import Database
from storage.organizations import policies, queries
from workflows.inputs import PayoutInput, WorkflowInput

PAGE = 200
PAYING = (InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED, InvoiceState.PAID)
"""The states of an invoice whose payout is not over."""


def usable(settings: Settings) -> Database:
    """The database; CliError when there is none."""
    url = settings.database()
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists():
        raise CliError(
            f"There is no database at {url.removeprefix('sqlite:///')}.",
            "Start the local stack with `monetization up`, or name its --state-dir.",
            Exit.UNREACHABLE,
        )
    return Database(url)


def unreadable(error: SQLAlchemyError) -> CliError:
    """The database cannot be read."""
    return CliError(
        f"The database cannot be read ({type(error).__name__}).",
        "`monetization doctor` says why, and what to do.",
        Exit.UNREACHABLE,
    )


def all_dossiers(database: Database) -> Iterator[Dossier]:
    """The dossiers of all organizations, the oldest organization first."""
    after: str | None = None
    while True:
        with database.reading() as session:
            page = queries.organizations(session, PAGE, after)
            found = queries.dossiers(session, [row.id for row in page.data])
        yield from found.values()
        if not page.has_more:
            return
        after = page.data[-1].id


def policy_of(database: Database, organization_id: str, installation: Policy) -> Policy:
    """The policy that an organization goes by."""
    with database.reading() as session:
        return policies.policy_of(session, organization_id, installation)


def open_invoices(dossier: Dossier) -> list[Invoice]:
    """The invoices whose payouts must have a workflow."""
    found = []
    for invoice in dossier.of(Invoice):
        payout = dossier.get(payout_of(invoice.id), Payout)
        over = payout is not None and state_of(payout).final
        if not over and (invoice.state in PAYING or payout is not None):
            found.append(invoice)
    return found


async def without_workflow(client: Client, database: Database) -> list[str]:
    """The ids of the workflows that should run and do not."""
    running = {
        execution.id
        async for execution in client.list_workflows(
            'ExecutionStatus = "Running" AND WorkflowType IN ("OrganizationWorkflow", "PayoutWorkflow")'
        )
    }
    wanted = []
    for dossier in all_dossiers(database):
        wanted.append(organization_workflow_id(dossier.organization_id))
        wanted += [payout_of(invoice.id) for invoice in open_invoices(dossier)]
    # The list lags behind a little; what it lacks is looked at by itself.
    return [i for i in wanted if i not in running and not await is_alive(client, i)]


async def is_alive(client: Client, workflow_id: str) -> bool:
    """Whether a workflow runs."""
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return description.status is WorkflowExecutionStatus.RUNNING


async def resume(
    client: Client, dossier: Dossier, policy: Policy, task_queue: str, console: str
) -> dict[str, bool]:
    """Start an organization's workflow, and those of its open payouts, from the database, where they don't run.

    Args:
        console: the address of the console, to which their pages in the Temporal UI lead.

    Returns:
        Whether each had to be started, by workflow id.
    """
    organization_id = dossier.organization_id
    lives: list[tuple[str, str, WorkflowInput]] = []
    for invoice in open_invoices(dossier):
        start = PayoutInput(
            organization_id=organization_id,
            policy=policy,
            console=console,
            invoice_id=DocumentId(invoice.id).key,
            schedule=schedule_payout(dossier, invoice),
        )
        lives.append(("PayoutWorkflow", payout_of(invoice.id), start))
    # The organization comes last: it tells its payouts how the account stands, and they must be there to hear it.
    lives.append(
        (
            "OrganizationWorkflow",
            organization_workflow_id(organization_id),
            WorkflowInput(organization_id=organization_id, policy=policy, console=console),
        )
    )
    return {i: await begin(client, kind, i, start, task_queue) for kind, i, start in lives}


async def begin(client: Client, kind: str, workflow_id: str, start: WorkflowInput, task_queue: str) -> bool:
    """Start a workflow unless it runs; whether it was started."""
    try:
        await client.start_workflow(
            kind,
            start,
            id=workflow_id,
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"Resumed: {workflow_id}",
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
