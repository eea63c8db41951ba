"""The way to the workflows: commands as updates, news as signals, and what it means when Temporal is away."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowExecution,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.http.problems import Problem, Unavailable, refused
from config.settings import Settings
from lifecycle.actions import message_name
from models.commands import Command, Outcome, ProviderEvent, Refusal
from models.identity import DocumentId
from models.programme.policy import Policy
from models.wire.steps import SettlementProgress
from storage.encryption.payload_codec import connect
from words.voice import Sentence
from workflows.failing_tasks import how_many_fail
from workflows.inputs import REFUSED, PayoutInput, WorkflowInput, organization_workflow_id
from workflows.pollers import pollers

T = TypeVar("T")

UPDATE_TIMEOUT = timedelta(seconds=10)
RPC_TIMEOUT = timedelta(seconds=5)
HEALTH_TIMEOUT = timedelta(seconds=1)

ENDING_PAUSE = 0.1
"""Seconds until a command is sent again that came while a run was ending; the next one has begun by then."""

COUNT_EVERY = timedelta(seconds=30)
"""How often failing workflows are counted at most, however often readiness is asked for."""

MOST_IN_FLIGHT = 8
"""Updates of one organization at once through this process; Temporal takes ten in a run, and does badly beyond."""

_log = structlog.get_logger("api.workflow_client")


class NotRunning(Exception):
    """There is no workflow of that id that could take a command."""


@dataclass(frozen=True)
class SettlementRun:
    """A run of the settlement (real time); ``progress`` is not known while no worker answers."""

    id: str
    began: datetime
    ended: datetime | None
    state: str
    progress: SettlementProgress | None


class WorkflowClient:
    """Speaks to the workflows.

    Args:
        client: connected when it is first needed.
        policy_of: what an organization goes by, from the database.
        console: the address of the console, to which their pages in the Temporal UI lead.
    """

    def __init__(
        self, client: Client, policy_of: Callable[[str], Policy], task_queue: str, console: str
    ) -> None:
        self._client = client
        self._policy_of = policy_of
        self._task_queue = task_queue
        self._console = console
        self._in_flight: Counter[str] = Counter()
        self._failing: int | None = None
        self._count_again = 0.0

    async def execute(
        self, workflow_id: str, organization_id: str, command: Command, update_id: str
    ) -> Outcome:
        """Have a command carried out.

        Args:
            update_id: names this very request; Temporal answers the same request alike for as long as a run lasts,
                also when it was refused.

        Raises:
            Problem: it is refused, or there are too many at once.
            Unavailable: Temporal is away, or the answer did not come in time; the same command may be repeated.
            NotRunning: there is no such workflow.
        """
        handle = self._client.get_workflow_handle(workflow_id)

        async def update() -> Outcome:
            while True:
                try:
                    outcome: Outcome = await handle.execute_update(
                        message_name(command.action),
                        command,
                        id=update_id,
                        result_type=Outcome,
                        rpc_timeout=UPDATE_TIMEOUT,
                    )
                    return outcome
                except RPCError as error:
                    # A run that was about to end when more came in: Temporal takes its task back, and what is in it.
                    if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                        raise
                await asyncio.sleep(ENDING_PAUSE)

        async with self._turn(organization_id):
            try:
                # The client's own limit holds for each call, not for the wait until the update is complete.
                async with asyncio.timeout(UPDATE_TIMEOUT.total_seconds()):
                    return await call_temporal(update())
            except TimeoutError:
                raise outcome_unknown() from None
            except WorkflowUpdateFailedError as error:
                raise refusal_of(error) from None

    async def start(self, organization_id: str) -> None:
        """Begin an organization's life, unless it has begun; raises NotRunning if it was ended by hand."""
        workflow_id = organization_workflow_id(organization_id)
        policy = await asyncio.to_thread(self._policy_of, organization_id)
        try:
            await call_temporal(
                self._client.start_workflow(
                    "OrganizationWorkflow",
                    WorkflowInput(organization_id=organization_id, policy=policy, console=self._console),
                    id=workflow_id,
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    static_summary=f"Organization {organization_id}",
                    rpc_timeout=RPC_TIMEOUT,
                )
            )
        except WorkflowAlreadyStartedError:
            raise NotRunning from None

    async def signal(self, workflow_id: str, news: ProviderEvent) -> None:
        """Bring news to a workflow; raises Unavailable or NotRunning."""
        handle = self._client.get_workflow_handle(workflow_id)
        command = news.command()
        await call_temporal(handle.signal(message_name(command.action), command, rpc_timeout=RPC_TIMEOUT))

    async def reopen(self, payout_id: str, organization_id: str, news: ProviderEvent) -> None:
        """Bring news to a payout whose life is over, which goes on for as long as they take; raises Unavailable."""
        start = PayoutInput(
            organization_id=organization_id,
            policy=await asyncio.to_thread(self._policy_of, organization_id),
            console=self._console,
            invoice_id=DocumentId(payout_id).key,
        )
        command = news.command()
        await call_temporal(
            self._client.start_workflow(
                "PayoutWorkflow",
                start,
                id=payout_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=message_name(command.action),
                start_signal_args=[command],
                static_summary=f"Reopened: {payout_id}",
                rpc_timeout=RPC_TIMEOUT,
            )
        )

    async def settlements(self, most: int = 20) -> list[SettlementRun]:
        """The latest runs of the settlement, the newest first; raises Unavailable."""
        query = "WorkflowType = 'SettlementWorkflow'"

        async def listed() -> list[SettlementRun]:
            runs = self._client.list_workflows(query, page_size=most, limit=most, rpc_timeout=RPC_TIMEOUT)
            return [await self._settlement(run) async for run in runs]

        try:
            async with asyncio.timeout(2 * RPC_TIMEOUT.total_seconds()):
                found = await call_temporal(listed())
        except TimeoutError:
            raise unavailable() from None
        return sorted(found, key=lambda run: run.began, reverse=True)

    async def _settlement(self, run: WorkflowExecution) -> SettlementRun:
        handle = self._client.get_workflow_handle(run.id, run_id=run.run_id)
        try:
            progress = await handle.query("progress", result_type=SettlementProgress, rpc_timeout=RPC_TIMEOUT)
        except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            progress = None  # no worker answers now
        state = run.status.name.lower() if run.status else "unknown"
        return SettlementRun(
            id=run.id, began=run.start_time, ended=run.close_time, state=state, progress=progress
        )

    async def is_reachable(self) -> bool:
        """Whether Temporal answers."""
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT.total_seconds() * 2):
                return await self._client.service_client.check_health(timeout=HEALTH_TIMEOUT)
        except (RPCError, RuntimeError, TimeoutError):
            return False

    async def has_worker(self) -> bool:
        """Whether a worker has lately asked for work; without one no command is answered."""
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT.total_seconds() * 5):
                return bool(await pollers(self._client, self._task_queue))
        except (RPCError, RuntimeError, TimeoutError):
            return False

    async def how_many_fail(self) -> int | None:
        """How many workflows get nowhere, counted twice a minute at most; ``None`` where it is not known.

        That is one count, for which nobody waits longer than a second, and whose failure harms nothing.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._count_again:
            self._count_again = now + COUNT_EVERY.total_seconds()
            try:
                async with asyncio.timeout(HEALTH_TIMEOUT.total_seconds()):
                    self._failing = await how_many_fail(self._client, HEALTH_TIMEOUT)
            except (RPCError, RuntimeError, TimeoutError):
                self._failing = None
        return self._failing

    @asynccontextmanager
    async def _turn(self, organization_id: str) -> AsyncIterator[None]:
        if self._in_flight[organization_id] >= MOST_IN_FLIGHT:
            raise Problem(
                429,
                "too_many_in_flight",
                Sentence(
                    "At most {count} commands of an organization are taken at once; try again.",
                    count=MOST_IN_FLIGHT,
                ),
                headers={"Retry-After": "1"},
            )
        self._in_flight[organization_id] += 1
        try:
            yield
        finally:
            self._in_flight[organization_id] -= 1
            if not self._in_flight[organization_id]:
                del self._in_flight[organization_id]


async def open_workflow_client(settings: Settings, policy_of: Callable[[str], Policy]) -> WorkflowClient:
    """The way to the workflows that the settings name; it need not be open yet."""
    client = await connect(settings, lazy=True)
    return WorkflowClient(client, policy_of, settings.task_queue, settings.api_url)


async def call_temporal(call: Awaitable[T]) -> T:
    """The result of a call to Temporal; raises NotRunning, or Unavailable with what is known of it."""
    try:
        return await call
    except RPCTimeoutOrCancelledError:
        raise outcome_unknown() from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotRunning from None
        _log.warning("temporal does not answer", status=error.status.name)
        if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
            raise outcome_unknown() from None
        raise unavailable() from None
    except RuntimeError as error:
        # The client is connected on first use, and a connection refused is nothing but a RuntimeError.
        if "client connect" not in str(error):
            raise
        _log.warning("temporal cannot be reached")
        raise unavailable() from None


def unavailable() -> Unavailable:
    """Temporal is away."""
    return Unavailable(
        "temporal_unavailable",
        Sentence(
            "Commands cannot be taken right now; reading works. Nothing was lost: send the same request again."
        ),
    )


def outcome_unknown() -> Unavailable:
    """The answer did not come in time."""
    return Unavailable(
        "outcome_unknown",
        Sentence(
            "The command was not confirmed in time and may still be carried out. Send the same request again with "
            "the same Idempotency-Key; it is never carried out twice."
        ),
        retry_after=5,
    )


def refusal_of(error: WorkflowUpdateFailedError) -> Exception:
    """Why a workflow did not carry a command out."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        if cause.type == REFUSED and cause.details:
            return refused(Refusal.in_details(cause.details))
        if cause.type == "AcceptedUpdateCompletedWorkflow":
            return outcome_unknown()
    if isinstance(cause, ActivityError):
        _log.error("a decision could not be recorded", error=type(cause.cause).__qualname__)
        return Problem(
            409,
            "conflict",
            Sentence("Something else has moved it at the same time; look again, then decide."),
        )
    return error
