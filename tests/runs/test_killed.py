"""A run whose runner is killed leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.cli.runner import ROOT
from tests.runs.reaper import MARK, carriers
from tests.sandbox.box import eventually

EXPECTED = ("postgres", "temporal", "sandbox", "time.sleep(3600)", "chrom", "node")


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_killed_run_leaves_no_process_behind(tmp_path: Path, workers: str) -> None:
    said, there = tmp_path / "said.txt", tmp_path / "running"
    with said.open("w") as out:
        runner = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                "-n",
                workers,
                "tests/runs/everything.py",
            ],
            cwd=ROOT,
            env={**os.environ, "RUNNING": str(there)},
            stdout=out,
            stderr=out,
        )
    try:
        eventually(lambda: there.exists() or runner.poll() is not None, 240)
        assert runner.poll() is None, said.read_text()
        left = carriers(f"{MARK}{runner.pid}")
        started = "\n".join(" ".join(process.cmdline()) for process in left)
        assert [name for name in EXPECTED if name not in started] == [], started
        left += [child for process in left for child in process.children(recursive=True)]
    finally:
        runner.kill()
        runner.wait()
    assert psutil.wait_procs(left, timeout=60)[1] == []
