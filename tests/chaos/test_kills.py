"""Kill -9 in the middle of the demo: every process, again and again; nothing is lost, nothing is paid twice.

The sandbox's own record of accepted transfers is the oracle of what has really left.
"""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VICTIMS = ("worker", "temporal", "api", "sandbox")
SEED = int(os.environ.get("CHAOS_SEED", "20261122"))
ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "1"))
"""How often every process is killed; `make chaos` kills more."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]


INSIDE = (
    "api.workflow_client:WorkflowClient.start:before:2",
    "api.workflow_client:WorkflowClient.start:after:1",
    "api.http.idempotency:IdempotentRequest.finish:before:6",
    "api.services.commands:CommandContext.finish:before:12",
    "activities.records:record:after:8",
    "activities.records:record:after:60",
)
"""Where processes are killed: inside a registration, and between a decision's commit and its answer."""


def test_every_process_is_killed_and_the_demo_s_people_notice_nothing_and_are_paid_once(
    tmp_path: Path,
) -> None:
    """Each is killed at some moment, and those that decide at the worst moments besides."""
    print(f"CHAOS_SEED={SEED} CHAOS_ROUNDS={ROUNDS}")
    chance = random.Random(SEED)
    state, marks = tmp_path / "state", tmp_path / "marks"
    marks.mkdir()
    dying = {
        "PYTHONPATH": str(Path(__file__).parent / "failpoints"),
        "FAILPOINTS": " ".join(INSIDE),
        "FAILPOINT_MARKS": str(marks),
    }
    output = (tmp_path / "demo.out").open("w+")
    with (tmp_path / "demo.err").open("w") as errors:
        demo = subprocess.Popen(
            [
                *(sys.executable, "-m", "starter"),
                *("demo", "--once", "--json", "--seconds-per-day", "0.6", "--state-dir", str(state)),
            ],
            cwd=ROOT,
            stdout=output,
            stderr=errors,
            env={**os.environ, "COLUMNS": "200", **dying},
        )
    try:
        killed = kill_everything(demo, state, chance)
        assert demo.wait(timeout=1_200) == 0, (tmp_path / "demo.err").read_text()[-4000:]
    finally:
        if demo.poll() is None:
            demo.kill()
    output.seek(0)
    result = json.loads(output.read().splitlines()[-1])
    assert killed == len(VICTIMS) * ROUNDS
    assert sorted(mark.name for mark in marks.iterdir()) == sorted(
        point.replace(":", "-") for point in INSIDE
    )
    assert len(result["organizations"]) == 4
    assert_paid_once(state)
    assert_records_agree(state)


def kill_everything(demo: "subprocess.Popen[bytes]", state: Path, chance: random.Random) -> int:
    """Kill each process at some moment, in some order; returns how many were killed."""
    wait_for_organizations(demo, state)
    killed = 0
    for _ in range(ROUNDS):
        for victim in chance.sample(VICTIMS, len(VICTIMS)):
            time.sleep(chance.uniform(2, 6))

            assert demo.poll() is None, "the demo ended before everything was killed"
            pid = pid_of(state, victim)
            with contextlib.suppress(ProcessLookupError):  # it has just died of itself
                os.kill(pid, signal.SIGKILL)
            killed += 1
            wait_for_another(state, victim, pid)
    return killed


def pid_of(state: Path, name: str) -> int:
    """The process that runs under a name now."""
    return int(json.loads((state / "stack.json").read_text())["pids"][name])


def wait_for_another(state: Path, name: str, old: int) -> None:
    """Wait until the process was started again."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        pids = json.loads((state / "stack.json").read_text())["pids"]
        if pids.get(name, old) != old:
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} was not started again")


def wait_for_organizations(demo: "subprocess.Popen[bytes]", state: Path) -> None:
    """Wait until the plays have begun."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert demo.poll() is None, "the demo ended at once"
        if (state / "monetization.db").exists():
            try:
                if query(state / "monetization.db", "select count(*) from organizations")[0][0] == 4:
                    return
            except sqlite3.OperationalError:
                pass  # the tables are still being made
        time.sleep(0.2)
    raise AssertionError("the plays did not begin")


def query(path: Path, sql: str) -> list[tuple[int, ...]]:
    """Read from a database that may be in use."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def assert_paid_once(state: Path) -> None:
    """For each invoice at most one transfer stands, and none was accepted while another stood."""
    standing: dict[object, int] = defaultdict(int)
    for invoice, status in query(state / "sandbox.db", "select invoice_id, status from payment"):
        if status in ("in_transit", "paid"):  # type: ignore[comparison-overlap]
            standing[invoice] += 1
    assert standing, "nothing was paid"
    assert set(standing.values()) == {1}, f"paid twice: {dict(standing)}"


def assert_records_agree(state: Path) -> None:
    """What the provider has paid is what the attempts say, to the cent."""
    provider = query(
        state / "sandbox.db",
        "select reference, amount from payment where status = 'paid' order by reference",
    )
    ours = query(
        state / "monetization.db",
        "select reference, amount from payout_attempts where outcome = 'paid' order by reference",
    )
    assert set(ours) <= set(provider), "an attempt is booked as paid that the provider did not pay"
    broken = query(
        state / "monetization.db",
        "select document_id, count(*), max(revision) from transitions "
        "group by organization_id, document_id having count(*) <> max(revision)",
    )
    assert broken == [], "the audit record has a hole"
