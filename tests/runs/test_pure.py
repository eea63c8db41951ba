"""Pure tests are known by their folder, and cannot start or reach anything."""

import socket
import subprocess
import sys

import pytest

from tests.cli.runner import ROOT
from tests.runs.purity import ROOMS, pure


def test_a_pure_test_starts_no_process_and_opens_no_connection() -> None:
    with pure("this test"), pytest.raises(AssertionError, match="this test is pure"):
        subprocess.run([sys.executable, "--version"], check=True)
    with pure("this test"), socket.socket() as one, pytest.raises(AssertionError, match="is pure"):
        one.connect(("127.0.0.1", 9))
    subprocess.run([sys.executable, "--version"], check=True, capture_output=True)


def test_only_what_is_pure_is_collected_for_the_fast_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-m", "pure", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    rooms = {line.split("/")[1] for line in done.stdout.splitlines() if line.startswith("tests/")}
    assert rooms == set(ROOMS), done.stdout[-2000:] + done.stderr
    assert "test_checker" not in done.stdout, "what is slow is not fast"
