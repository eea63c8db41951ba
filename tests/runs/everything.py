"""A small run that starts one of everything, says so in the file ``RUNNING``, and then waits to be killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import async_playwright
from temporalio.testing import WorkflowEnvironment

from tests.browser.chromium import executable
from tests.sandbox.box import Box
from tests.workflows.programme import SERVER


async def test_everything_runs(make_postgres: Callable[[], str], tmp_path: Path) -> None:
    make_postgres()
    Box(tmp_path / "sandbox", "http://127.0.0.1:9").start()
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    async with await WorkflowEnvironment.start_local(**SERVER), async_playwright() as playwright:
        await playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        Path(os.environ["RUNNING"]).touch()
        threading.Event().wait()
