"""The command line as scripts use it: another process, its exit code, its output."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cli.stack.state_dir import PREFIX
from tests.runs import process_logs

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
TERMINAL = {"COLUMNS", "LINES", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What its last line of output says."""
        return json.loads(self.out.splitlines()[-1])


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "starter", *arguments]


def environment() -> dict[str, str]:
    """This environment without any installation's settings, and without anybody's wishes for a terminal."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {name: value for name, value in own.items() if name not in TERMINAL}


def monetization(*arguments: str, seconds: float = 150, env: Mapping[str, str] | None = None) -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment() | dict(env or {}),
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def eventually(look: Callable[[], T], seconds: float = 120.0) -> T:
    """The first truthy value that ``look`` gives."""
    deadline = time.monotonic() + seconds
    while True:
        if value := look():
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists()


def as_at_a_terminal() -> None:
    """Let Ctrl-C arrive, also where the tests run in the background, which has it ignored from there on down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Up:
    """``monetization up`` while it runs."""

    def __init__(self, state_dir: Path, *arguments: str) -> None:
        self.state_dir = state_dir
        self.output = state_dir.with_suffix(".out")
        process_logs.follow(self.output)
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command("up", "--state-dir", str(state_dir), *arguments),
                cwd=ROOT,
                stdout=output,
                stderr=output,
                env=environment(),
                preexec_fn=as_at_a_terminal,
            )

    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> "Up":
        """Wait until everything runs."""
        eventually(lambda: "Ready." in self.said() or self.process.poll() is not None, 180)
        assert self.process.poll() is None, self.said()
        return self

    def stack(self) -> Any:
        return json.loads((self.state_dir / "stack.json").read_text())

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = self.stack()["pids"]
        return found

    def run(self, *arguments: str) -> Ended:
        """Another command for the same stack."""
        return monetization(*arguments, "--state-dir", str(self.state_dir))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(120)


@contextmanager
def upped(state_dir: Path, *arguments: str) -> Iterator[Up]:
    """A stack for the length of a block."""
    up = Up(state_dir, *arguments)
    try:
        yield up.ready()
    finally:
        up.stop()
