"""Giving commands to workflows, and asking one again that does not know yet what the database has recorded.

A decision is recorded first, and only then does its workflow go on from it. A worker that is killed in between leaves
a workflow that refuses, until another worker has taken it up, what everybody reads that they may do.
"""

from asyncio import sleep
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from api.http.problems import Problem, Unavailable
from api.installation import Installation
from api.queues import in_thread
from api.services.organization_snapshot import active_dossier, own_policy
from api.workflow_client import NotRunning, WorkflowClient
from lifecycle.decide import decide
from lifecycle.leaving import away
from models.commands import Accepted, Command, Outcome
from models.dossier import Dossier
from models.programme.policy import Policy
from storage.refusals import CODES
from words.voice import Sentence
from workflows.inputs import organization_workflow_id

_log = structlog.get_logger("api.services.command_delivery")

PAUSES = (0.25, 0.5, 1.0, 2.0, 3.0)
"""How long is waited before each next time that a workflow is asked, in seconds."""

FINAL_REFUSALS = CODES | {"not_running", "given_by_hand", "malformed", "misnamed"}
"""Refusals that have nothing to do with what the workflow knows of the documents."""


async def carry_out(
    installation: Installation, organization_id: str, command: Command, request: str
) -> Outcome:
    """Give a command to its workflow; again, while that knows less than the database, where people read.

    Args:
        request: names this very request, so that Temporal answers it alike.

    Raises:
        Problem: why it was not carried out.
    """

    def is_behind() -> bool:
        with installation.database.reading() as session:
            names = [command.document_id, *away(Dossier(organization_id=organization_id), command)]
            dossier = active_dossier(session, organization_id, names)
            policy = own_policy(session, installation, organization_id)
        return would_take(dossier, command, installation.now(), policy)

    async def ask(times: int) -> Outcome:
        update_id = f"{command.id}:{request}" + (f":{times}" if times else "")
        return await ask_once(installation.workflow_client, organization_id, command, update_id)

    return await patiently(ask, lambda: in_thread(is_behind))


async def ask_once(
    workflow_client: WorkflowClient, organization_id: str, command: Command, update_id: str
) -> Outcome:
    """Ask a command's workflow to carry it out; an organization's is started where it is missing."""
    is_payout = command.machine == "payout"
    workflow_id = command.document_id if is_payout else organization_workflow_id(organization_id)
    try:
        try:
            return await workflow_client.execute(workflow_id, organization_id, command, update_id)
        except NotRunning:
            if is_payout:
                raise
            # It could not be started when the organization was made, or Temporal has lost it.
            await workflow_client.start(organization_id)
            return await workflow_client.execute(workflow_id, organization_id, command, update_id)
    except NotRunning:
        raise Problem(
            409,
            "not_running",
            Sentence("This payout is over, or has not begun.")
            if is_payout
            else Sentence(
                "The organization's workflow was ended in Temporal; the platform must bring it back."
            ),
        ) from None


async def patiently(
    ask: Callable[[int], Awaitable[Outcome]],
    is_behind: Callable[[], Awaitable[bool]],
    pauses: Sequence[float] = PAUSES,
) -> Outcome:
    """What a workflow answers once it knows what the database knows.

    Args:
        ask: asks it; is told how often it was asked before.
        is_behind: whether it would not refuse if it knew what the database knows.
        pauses: how long is waited before each next time, in seconds.

    Raises:
        Problem: the workflow's refusal, if it stands.
        Unavailable: it has not come to know the document in all that time.
    """
    for times, pause in enumerate(pauses):
        try:
            return await ask(times)
        except Problem as problem:
            if is_final(problem) or not await is_behind():
                raise
            _log.info("the workflow has not caught up with the database", code=problem.code, times=times)
        await sleep(pause)
    try:
        return await ask(len(pauses))
    except Problem as problem:
        if problem.code == "unknown_document":  # each time the database knew it
            raise not_caught_up() from None
        raise


def is_final(problem: Problem) -> bool:
    """Whether asking again is no use, or not ours to do: what could not be said now may still be carried out."""
    return problem.status_code >= 429 or problem.code in FINAL_REFUSALS


def would_take(dossier: Dossier, command: Command, now: datetime, policy: Policy) -> bool:
    """Whether a command's workflow would take it if it knew the organization's dossier as it is in the database."""
    return isinstance(decide(dossier, command, now, policy), Accepted)


def not_caught_up() -> Unavailable:
    """A document is there, but its workflow does not know it yet."""
    return Unavailable(
        "not_caught_up",
        Sentence(
            "What you have read is recorded, but cannot be acted on yet. Nothing was lost: send the same request again."
        ),
        retry_after=5,
    )
