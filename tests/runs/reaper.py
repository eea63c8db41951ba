"""Ends what a test run has started once its runner is gone, however that ended: ``python reaper.py RUNNER MARK``.

A tether like that of the product (``cli/stack/parent_death.py``) ties a child to its parent. Tests also start what is
no child of theirs: a PostgreSQL that has left its starter, a Temporal server that a library's thread starts, a
browser, and whatever an installation under test starts itself. All of it inherits the environment of the run, and by
the mark that stands there it is found.

It runs in a session of its own, so that a signal to the run's process group does not reach it.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "TEST_RUN_OF_"
"""Followed by the runner's pid: a run inside another one carries both marks."""


_reaper: "subprocess.Popen[bytes] | None" = None
"""Kept, or its object would complain that it still runs."""


def watch() -> None:
    """Let a reaper watch over this process and everything that it starts from now on."""
    mark = f"{MARK}{os.getpid()}"
    os.environ[mark] = "1"
    global _reaper
    _reaper = subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__)), str(os.getpid()), mark],
        # Without the mark: it would end itself.
        env={name: value for name, value in os.environ.items() if name != mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def carriers(mark: str) -> list[psutil.Process]:
    """The processes whose environment carries a mark."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if mark in process.environ() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def reap(runner: int, mark: str) -> None:
    """Wait for the runner's end, then end what is left, until nothing that could start more is left."""
    with suppress(psutil.NoSuchProcess):
        psutil.Process(runner).wait()
    while left := carriers(mark):
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=5)


if __name__ == "__main__":
    reap(int(sys.argv[1]), sys.argv[2])
