"""The Temporal worker: runs the workflows and the activities, sends notifications and webhooks and anchors the ledger."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.catalogue import all_activities
from activities.installation import Installation, assemble
from activities.interceptor import Surroundings
from config.logs import configure_logs, log_what_nobody_catches
from config.private_files import keep_files_private
from config.settings import settings
from providers.sandbox_defaults import refuse_sandbox_defaults
from providers.webhooks.sender import Outgoing
from relays.anchoring import Anchoring
from relays.notifications import NotificationRelay
from relays.webhooks import WebhookRelay
from storage.encryption.payload_codec import connect
from workflows.organization import OrganizationWorkflow
from workflows.payout import PayoutWorkflow
from workflows.settlement import SettlementWorkflow

WORKFLOWS = (OrganizationWorkflow, PayoutWorkflow, SettlementWorkflow)
THREADS = 40
GRACE = timedelta(seconds=5)
HARD_END = timedelta(seconds=8)
"""After so long the process ends even if a thread of it cannot be stopped; whoever supervises it waits longer."""

STUCK = 70
"""The exit status of a worker that had to end itself hard."""

log = structlog.get_logger("worker")


def make_worker(
    client: Client, task_queue: str, installation: Installation, threads: ThreadPoolExecutor
) -> Worker:
    """The worker for a task queue.

    Workflow code is kept deterministic by the tests, which run it in Temporal's sandbox and replay it; at run
    time the sandbox would only cost tens of milliseconds for every workflow made.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=all_activities(installation),
        activity_executor=threads,
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[Surroundings()],
        graceful_shutdown_timeout=GRACE,
    )


async def main() -> None:
    """Work until told to stop; SIGTERM and SIGINT let running activities finish first."""
    keep_files_private()
    configured = settings()
    configure_logs("worker", configured.log_format)
    log_what_nobody_catches()
    refuse_sandbox_defaults(configured)
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    stop = asyncio.Event()
    stop_when_told(stop)
    client = await connect(configured)
    installation = assemble(configured, client)
    with ThreadPoolExecutor(THREADS) as threads:
        async with make_worker(client, configured.task_queue, installation, threads):
            log.info("working", address=configured.temporal_address, task_queue=configured.task_queue)
            webhooks = Outgoing(configured.webhooks_allow_local)
            beside = [
                asyncio.create_task(
                    NotificationRelay(
                        installation.database,
                        installation.providers.notifications,
                        configured.api_url,
                        configured.load_policy().clock,
                    ).run()
                ),
                asyncio.create_task(
                    WebhookRelay(installation.database, installation.keyring, webhooks).run()
                ),
                asyncio.create_task(Anchoring(installation.database, configured.anchors(), client).run()),
            ]
            await stop.wait()
            for task in beside:
                task.cancel()
            for task in beside:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    log.info("stopped")


def stop_when_told(stop: asyncio.Event, hard_end: timedelta = HARD_END) -> None:
    """Have SIGTERM and SIGINT set an event, and end the process some time later whatever still holds it.

    The SDK waits for workflow code that has stalled without end; what was not finished is done by another worker.
    """
    loop = asyncio.get_running_loop()

    def told(*_: object) -> None:
        threading.Thread(target=end_hard, args=(hard_end,), daemon=True).start()
        loop.call_soon_threadsafe(stop.set)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, told)


def end_hard(after: timedelta) -> None:
    """End the process after a while, whatever its other threads do."""
    time.sleep(after.total_seconds())
    log.error("ended hard: something could not be stopped in time", seconds=after.total_seconds())
    os._exit(STUCK)


if __name__ == "__main__":
    asyncio.run(main())
    # The SDK's threads may outlive the interpreter and abort it at its end (sdk-python issue 300).
    os._exit(0)
