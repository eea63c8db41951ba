"""Child processes: kept running, stopped in order, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.stack.supervision import PARENT_DEATH, CannotTell, Program, Supervisor, how_it_ended
from tests.cli.runner import eventually, is_alive

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


async def at_once(_: int) -> bool:
    return True


def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(dict(os.environ), tmp_path, tmp_path / "logs", said.append, lambda _: None)


async def test_what_dies_is_started_again_with_one_line_saying_so(tmp_path: Path) -> None:
    said: list[str] = []
    running = supervisor(tmp_path, said)
    await running.start(Program("sleeper", ["sleep", "600"], at_once))
    first = running.pids()["sleeper"]
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(120):
        while running.pids().get("sleeper", first) == first:
            await asyncio.sleep(0.05)
    second = running.pids()["sleeper"]
    assert said == ["sleeper was ended by SIGKILL; it is started again"]
    assert os.getsid(second) == second, "a session of its own, out of reach of Ctrl-C"
    await running.stop()
    assert not is_alive(second)
    assert running.pids() == {}


async def test_what_lives_but_does_no_work_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    running = supervisor(tmp_path, said)
    stalled: set[int] = set()

    async def works(pid: int) -> bool:
        return pid not in stalled

    await running.start(Program("worker", ["sleep", "600"], works, stalled_after=0.2))
    first = running.pids()["worker"]
    stalled.add(first)
    os.kill(first, signal.SIGSTOP)
    async with asyncio.timeout(120):
        while running.pids().get("worker", first) == first:
            await asyncio.sleep(0.05)
    assert said[0] == "worker lives but does no work; it is ended"
    assert not is_alive(first)
    await running.stop()


async def test_what_cannot_be_asked_is_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    running = supervisor(tmp_path, said)
    asked, started = 0, False

    async def away(_: int) -> bool:
        nonlocal asked
        if not started:
            return True
        asked += 1
        raise CannotTell

    await running.start(Program("worker", ["sleep", "600"], away, stalled_after=0.2))
    started = True
    async with asyncio.timeout(120):
        while asked < 20:
            await asyncio.sleep(0.05)
    assert said == []
    await running.stop()


async def test_what_ignores_sigterm_is_ended_all_the_same(tmp_path: Path) -> None:
    running = supervisor(tmp_path, [])
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"

    async def deaf(_: int) -> bool:
        return "up" in (tmp_path / "logs" / "stubborn.log").read_text()

    await running.start(Program("stubborn", [sys.executable, "-c", code], deaf, grace=0.5))
    pid = running.pids()["stubborn"]
    await running.stop()
    assert not is_alive(pid)


async def test_what_never_starts_is_given_up_with_the_end_of_its_log(tmp_path: Path) -> None:
    async def never(_: int) -> bool:
        return False

    running = supervisor(tmp_path, [])
    command = [sys.executable, "-c", "import sys; sys.exit('no such luck')"]
    with pytest.raises(CliError, match="no such luck"):
        await running.start(Program("hopeless", command, never))
    await running.stop()


def test_a_program_does_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = f"""
import subprocess, sys, os, time
command = [sys.executable, "-IS", {str(PARENT_DEATH)!r}, str(os.getpid()), "sleep", "600"]
child = subprocess.Popen(command, start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    eventually(
        lambda: b"sleep" in Path(f"/proc/{child}/cmdline").read_bytes() if Path("/proc").exists() else True
    )
    parent.kill()
    parent.wait()
    eventually(lambda: not is_alive(child))


def test_a_program_whose_supervisor_is_gone_already_does_not_begin() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    tied = subprocess.run(
        [sys.executable, "-IS", str(PARENT_DEATH), str(gone.pid), "echo", "hello"],
        capture_output=True,
        check=False,
    )
    assert (tied.returncode, tied.stdout) == (1, b"")


def test_exit_statuses_in_words() -> None:
    assert how_it_ended(3) == "ended with exit code 3"
    assert how_it_ended(-9) == "was ended by SIGKILL"
    assert how_it_ended(-250) == "was ended by signal 250"
