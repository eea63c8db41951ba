"""A worker that is stopped with SIGSTOP while it sends, and wakes long after others have paid: the money leaves once."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.catalogue import all_activities
from activities.installation import assemble
from activities.interceptor import Surroundings
from cli.checks.provider_record import compare_with_provider
from models.programme.clock import ProgrammeClock
from models.programme.policy import DAY, HOUR, Policy, RetrySchedule
from storage.ledger.verification import verify
from storage.schema import upgrade
from tests.sandbox.box import Box
from tests.workflows.programme import (
    DEV_SERVER,
    ROOT,
    SERVER,
    TASK_QUEUE,
    PayoutLife,
    Programme,
    eventually,
    started,
)
from worker import WORKFLOWS

pytestmark = [
    pytest.mark.temporal,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX only"),
]

SECONDS_PER_DAY = 0.3
ABOVE_THE_LIMIT = 6_000_000
FAILPOINTS = ROOT / "tests" / "chaos" / "failpoints"
KEYS = f"tests:{base64.b64encode(b't' * 32).decode()}"
"""The key ring by which the tests' Temporal client seals."""

UNLOOKED = "activities.payments:PaymentSteps.destination:before:3:stop"
"""Where the third order that a process is to send stops it: before it has looked whether it may still be sent."""


def impatient(clock: ProgrammeClock) -> Policy:
    """A policy under which a freeze of a second is long, and nothing but payments happens by itself."""
    return Policy(
        clock=clock,
        confirm_days=3650,
        return_watch_days=3650,
        run_days=3650,
        provider_visibility=2 * DAY,
        unknown_ask=RetrySchedule(first=12 * HOUR, longest=2 * DAY, fast=4, slow=2 * DAY, jitter=0),
        unknown_escalate=3650 * DAY,
        payout_retry=RetrySchedule(first=6 * HOUR, longest=2 * DAY, fast=10, slow=2 * DAY),
        sending_limit=3650 * DAY,
        longest_retry=3 * DAY,
    )


class Road:
    """The road from one worker to the provider, on which orders and answers are held until they are let go.

    Attributes:
        held: what is held of an organization's order: the order itself, or the answer to it.
        inside: the organizations whose order, or the answer to it, is held now.
        orders: the references of all orders that have come this way.
        arrived: those that the provider has answered.
    """

    def __init__(self, target: str) -> None:
        self.held: dict[str, str] = {}
        self.inside: set[str] = set()
        self.orders: list[str] = []
        self.arrived: list[str] = []
        self.free = threading.Event()
        road = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.forward(None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path != "/payments":
                    return self.forward(body)
                order = json.loads(body)
                road.orders.append(order["reference"])
                held = road.held.get(order["organization_id"])
                if held == "order":
                    road.wait_at(order["organization_id"])
                self.forward(body, wait=order["organization_id"] if held == "answer" else None)
                road.arrived.append(order["reference"])

            def forward(self, body: bytes | None, wait: str | None = None) -> None:
                names = ("Authorization", "Content-Type", "Idempotency-Key")
                headers = {name: self.headers[name] for name in names if name in self.headers}
                with httpx2.Client(timeout=60, trust_env=False) as client:
                    answer = client.request(self.command, target + self.path, content=body, headers=headers)
                if wait is not None:
                    road.wait_at(wait)
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_at(self, organization_id: str) -> None:
        self.inside.add(organization_id)
        self.free.wait()

    def close(self) -> None:
        self.free.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def quick_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    box = Box(
        tmp_path_factory.mktemp("sandbox"), "http://127.0.0.1:9", seconds_per_day=SECONDS_PER_DAY
    ).start()
    yield box
    box.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def programme(quick_box: Box, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    """A programme in which this process decides and records, and does nothing outside: that is for others."""
    environment = await started(
        lambda: WorkflowEnvironment.start_local(dev_server_extra_args=DEV_SERVER, **SERVER)
    )
    configured = quick_box.settings()
    configured.database_url = f"sqlite:///{tmp_path_factory.mktemp('db') / 'monetization.db'}"
    configured.field_keys = SecretStr(KEYS)
    upgrade(configured.database())
    async with environment:
        installation = assemble(configured, environment.client)
        with ThreadPoolExecutor(10) as threads:
            async with Worker(
                environment.client,
                task_queue=TASK_QUEUE,
                workflows=WORKFLOWS,
                activities=all_activities(installation),
                activity_executor=threads,
                workflow_runner=UnsandboxedWorkflowRunner(),
                interceptors=[Surroundings()],
                no_remote_activities=True,
            ):
                yield Programme(environment, installation, quick_box, impatient(quick_box.clock))


def start(programme: Programme, command: list[str], log: Path, **more: str) -> "subprocess.Popen[bytes]":
    """Another process of the installation."""
    box = programme.box
    environment = {
        **box.environment(),
        "MONETIZATION_TEMPORAL_ADDRESS": programme.client.service_client.config.target_host,
        "MONETIZATION_TASK_QUEUE": TASK_QUEUE,
        "MONETIZATION_DATABASE_URL": str(programme.database.engine.url),
        "MONETIZATION_PROVIDER_URL": box.url,
        "MONETIZATION_FIELD_KEYS": KEYS,
        **more,
    }
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env={**os.environ, **environment}, stdout=out, stderr=out
        )


def is_stopped(process: "subprocess.Popen[bytes]") -> bool:
    found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    return found is not None and found.si_code == os.CLD_STOPPED


async def to_be_approved(programme: Programme) -> PayoutLife:
    organization = await (await programme.organization()).payable()
    return await organization.payout(await organization.invoiced(ABOVE_THE_LIMIT))


async def test_what_a_frozen_worker_was_about_to_send_is_paid_once_by_the_others_and_not_again_when_it_wakes(
    programme: Programme, tmp_path: Path
) -> None:
    road = Road(programme.box.url)
    frozen = start(
        programme,
        ["-m", "tests.workflows.three_at_once"],
        tmp_path / "frozen.log",
        MONETIZATION_PROVIDER_URL=road.url,
        MONETIZATION_PROVIDER_TIMEOUT="600",
        PYTHONPATH=str(FAILPOINTS),
        FAILPOINTS=UNLOOKED,
        FAILPOINT_MARKS=str(tmp_path),
    )
    other = None
    try:
        unsent, unheard, unlooked = [await to_be_approved(programme) for _ in range(3)]
        road.held = {unsent.organization.id: "order", unheard.organization.id: "answer"}
        await unsent.approve()
        await unheard.approve()
        await eventually(lambda: len(road.inside), 2)
        await unlooked.approve()
        await eventually(lambda: is_stopped(frozen), True)

        other = start(programme, ["worker.py"], tmp_path / "other.log")
        for payout in (unsent, unheard, unlooked):
            await payout.becomes("paid")
        assert road.arrived == []

        frozen.send_signal(signal.SIGCONT)
        road.free.set()
        once = sorted([f"{unsent.id}/1", f"{unheard.id}/1"])
        await eventually(lambda: sorted(road.arrived), once)
        frozen.terminate()
        assert await asyncio.to_thread(frozen.wait, 60) == 0, (tmp_path / "frozen.log").read_text()
    finally:
        road.close()
        for process in filter(None, (frozen, other)):
            process.kill()
            process.wait(60)
    assert sorted(road.orders) == once
    for payout in (unsent, unheard, unlooked):
        assert [(one["reference"], one["status"]) for one in payout.sent()] == [(f"{payout.id}/1", "paid")]
        assert (await payout.now()).state == "paid"
    assert differences(programme, tmp_path / "anchors") == []


def differences(programme: Programme, anchors: Path) -> list[str]:
    """Where our books of payments, or the provider's, disagree; the statements here are not settled from anything."""
    policy, database = programme.policy, programme.database
    payments = programme.installation.providers.payments
    theirs = compare_with_provider(database, payments, policy.clock.now(), policy)
    ours = [check for check in verify(database, policy, anchors) if check.check in ("attempts", "overpaid")]
    assert len(ours) == 2 and theirs.count == 3
    return [check.difference.sentence for check in (*ours, theirs) if check.difference]
