"""Whether the database is as far as the workflows, which it is not once it was put back; and having them look."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.checks.workflow_recovery import usable
from cli.errors import CliError
from config.settings import Settings
from storage.database import Database
from storage.organizations.policies import policy_history
from storage.organizations.queries import named
from workflows.inputs import COMPARE, STATUS, Status
from workflows.loop.decisions import is_older
from workflows.pollers import pollers

ASKED = 1_000
"""How many workflows are asked at most; the latest ones."""

AT_ONCE = 16
PATIENCE = timedelta(seconds=10)
NAMED = 5

LIVES = 'ExecutionStatus = "Running" AND WorkflowType IN ("OrganizationWorkflow", "PayoutWorkflow")'


@dataclass(frozen=True)
class Compared:
    """What came of asking workflows where they stand.

    Attributes:
        ahead: the organization of each workflow that is further than the database, by workflow id.
        other_policy: the organizations whose workflows go by another policy than the database says.
        asked: how many have answered.
        silent: how many have not.
        whole: those were all.
    """

    ahead: dict[str, str]
    other_policy: list[str]
    asked: int
    silent: int
    whole: bool


async def compared(client: Client, database: Database, most: int = ASKED) -> Compared:
    """Ask running workflows where they stand, and look whether the database is as far; raises RPCError."""
    listed = client.list_workflows(LIVES, limit=most + 1, page_size=min(most + 1, 1_000))
    ids = [execution.id async for execution in listed]
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(workflow_id: str) -> Status | None:
        handle = client.get_workflow_handle(workflow_id)
        async with turns:
            try:
                status: Status = await handle.query(STATUS, result_type=Status, rpc_timeout=PATIENCE)
            except Exception:
                # No answer in time, a task that fails, another release's words, or what cannot be opened here.
                return None
            return status

    answers = dict(zip(ids[:most], await asyncio.gather(*map(ask, ids[:most])), strict=True))
    known = {workflow_id: status for workflow_id, status in answers.items() if status is not None}
    # The database after the workflows: what they believe was recorded before, so that it may only be further.
    ahead = {
        workflow_id: status.dossier.organization_id
        for workflow_id, status in known.items()
        if await asyncio.to_thread(is_behind, database, status)
    }
    said = {(status.dossier.organization_id, status.policy) for status in known.values() if status.policy}
    other = sorted(
        {of for of, policy in said if await asyncio.to_thread(goes_by_another, database, of, policy)}
    )
    return Compared(ahead, other, asked=len(known), silent=len(answers) - len(known), whole=len(ids) <= most)


def is_behind(database: Database, status: Status) -> bool:
    """Whether the database lacks something that a workflow has recorded there."""
    with database.reading() as session:
        found = named(session, status.dossier.organization_id, list(status.dossier.documents))
    return is_older(found, status.dossier, whole=True)


def goes_by_another(database: Database, organization_id: str, policy_id: str) -> bool:
    """Whether an organization is recorded with another policy than its workflow goes by."""
    with database.reading() as session:
        history = policy_history(session, organization_id)
    return bool(history) and history[0][1].id != policy_id


async def check_documents(client: Client, settings: Settings) -> str:
    """Whether the database is as far as every workflow; CliError where it was put back, or where nobody can say."""
    database = usable(settings)
    if not await pollers(client, settings.task_queue):
        raise CliError("No worker answers for the workflows.", "Start one, then look again.")
    found = await compared(client, database)
    if found.ahead:
        names = ", ".join(sorted(found.ahead)[:NAMED]) + (" …" if len(found.ahead) > NAMED else "")
        organizations = sorted(set(found.ahead.values()))
        one = organizations[0] if len(organizations) == 1 else "--all"
        raise CliError(
            f"The database was put back: {len(found.ahead)} workflows have recorded what it does not hold ({names}).",
            f"Have them go on from the database: `monetization organizations resume {one}`. What they have sent "
            "since is asked after at the provider, not sent again; then look at `monetization ledger verify`.",
        )
    if found.other_policy:
        names = ", ".join(found.other_policy[:NAMED]) + (" …" if len(found.other_policy) > NAMED else "")
        raise CliError(
            f"{len(found.other_policy)} organizations' workflows go by another policy than the database says ({names}).",
            "Have them go by the installation's: `monetization policy renew --all`.",
        )
    silent = f"; {found.silent} did not answer" if found.silent else ""
    most = "" if found.whole else f", the latest {ASKED:,}"
    return f"as far as {found.asked:,} workflows{most}{silent}"


async def have_compared(client: Client, workflow_id: str) -> bool:
    """Have a workflow look at the database at once, an organization's with its payouts; whether it runs.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        await client.get_workflow_handle(workflow_id).signal(COMPARE)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True
