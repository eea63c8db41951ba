"""A worker ends when it is told to, whatever holds it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runner import eventually
from tests.workflows.programme import ROOT
from worker import STUCK

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")

STALLED = """
import asyncio, os, time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from temporalio import workflow
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from tests.workflows.programme import SERVER
from worker import stop_when_told

@workflow.defn
class Stalls:
    @workflow.run
    async def run(self) -> None:
        time.sleep(3600)

async def main():
    stop = asyncio.Event()
    stop_when_told(stop, timedelta(seconds=2))
    async with await WorkflowEnvironment.start_local(**SERVER) as environment:
        async with Worker(
            environment.client, task_queue="q", workflows=[Stalls], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            handle = await environment.client.start_workflow(Stalls.run, id="w", task_queue="q")
            while not (await handle.describe()).history_length > 2:
                await asyncio.sleep(0.05)
            await asyncio.sleep(3)  # the SDK's deadlock detector takes two seconds
            print("stalled", flush=True)
            await stop.wait()

asyncio.run(main())
"""

HELD_BY_A_THREAD = """
import asyncio, time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from worker import stop_when_told

async def main():
    stop = asyncio.Event()
    stop_when_told(stop, timedelta(seconds=0.5))
    with ThreadPoolExecutor(1) as threads:
        threads.submit(time.sleep, 3600)
        print("stalled", flush=True)
        await stop.wait()

asyncio.run(main())
"""

BUSY_LOOP = """
import asyncio
from datetime import timedelta
from worker import stop_when_told

async def main():
    stop_when_told(asyncio.Event(), timedelta(seconds=0.5))
    print("stalled", flush=True)
    while True:
        pass

asyncio.run(main())
"""

ORDERLY = """
import asyncio
from worker import stop_when_told

async def main():
    stop = asyncio.Event()
    stop_when_told(stop)
    print("stalled", flush=True)
    await stop.wait()

asyncio.run(main())
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "log"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(STALLED, STUCK, id="workflow code that stalls", marks=pytest.mark.temporal),
        pytest.param(HELD_BY_A_THREAD, STUCK, id="an activity that never ends"),
        pytest.param(BUSY_LOOP, STUCK, id="an event loop that turns in vain"),
        pytest.param(ORDERLY, 0, id="nothing holds it"),
    ],
)
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_held_ends_all_the_same(
    log: Path, code: str, status: int, told: signal.Signals
) -> None:
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out, cwd=ROOT)
    try:
        eventually(lambda: b"stalled" in log.read_bytes() or process.poll() is not None)
        process.send_signal(told)
        assert process.wait(240) == status, log.read_text()
    finally:
        process.kill()
