"""Child processes that are kept running: started in order, restarted when they die, stopped orderly."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError

PARENT_DEATH = Path(__file__).with_name("parent_death.py")
LOOK_EVERY = 0.1
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
LIVED_WELL = 10.0
WATCH_EVERY = 5.0
FALSE_STARTS = 4
TAIL_LINES = 8


class CannotTell(Exception):
    """Whether a program does its work cannot be said now, because whoever knows is away."""


@dataclass(frozen=True)
class Program:
    """A process to keep running.

    Attributes:
        name: what people call it; also the name of its log.
        command: what to run.
        ready: whether the process with this pid does its work; may raise CannotTell.
        patience: seconds until it must be ready after its first start.
        grace: seconds it is given to end after SIGTERM.
        stalled_after: seconds without doing its work, once it had begun, after which it is started again; ``None``
            if its death alone is looked for.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[int], Awaitable[bool]]
    patience: float = 60.0
    grace: float = 10.0
    stalled_after: float | None = None


class Supervisor:
    """Keeps programs running until it is told to stop; when it dies itself, they die too.

    Args:
        environment: the environment of every program, the same at each start.
        directory: where they run.
        logs: where each writes ``{name}.log``.
        say: tells the person at the terminal.
        changed: told the pids by name whenever they change.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        directory: Path,
        logs: Path,
        say: Callable[[str], None],
        changed: Callable[[dict[str, int]], None],
    ) -> None:
        self._environment = dict(environment)
        self._directory = directory
        self._logs = logs
        self._say = say
        self._changed = changed
        self._programs: dict[str, Program] = {}
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._endings: Counter[str] = Counter()
        self._stopping = False

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        return {name: child.pid for name, child in self._children.items()}

    async def start(self, program: Program) -> None:
        """Start a program and wait until it is ready; CliError with the end of its log if that takes too long."""
        self._programs[program.name] = program
        self._keepers[program.name] = asyncio.create_task(self._keep(program))
        deadline = time.monotonic() + program.patience
        while time.monotonic() < deadline and self._endings[program.name] < FALSE_STARTS:
            child = self._children.get(program.name)
            if child is not None and await does_its_work(program, child.pid):
                return
            keeper = self._keepers[program.name]
            if keeper.done():
                keeper.result()
                break
            await asyncio.sleep(LOOK_EVERY)
        times = self._endings[program.name]
        ended = f"; it ended {times} times" if times else f" within {program.patience:.0f} seconds"
        raise CliError(
            f"{program.name} did not become ready{ended}. The end of its log:\n{self._tail(program)}",
            f"Its whole log is {self._log(program)}; `monetization doctor` says what is missing.",
        )

    async def stop(self, first: Sequence[str] = ()) -> None:
        """Stop everything, one after the other: those named first, then the rest in reverse order of their start."""
        self._stopping = True
        rest = [name for name in reversed(self._programs) if name not in first]
        for name in (*(name for name in first if name in self._programs), *rest):
            child = self._children.get(name)
            if child is not None and child.returncode is None:
                await _end(child, self._programs[name].grace)
            self._keepers[name].cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        self._children.clear()
        self._changed({})

    async def _keep(self, program: Program) -> None:
        """Run a program, and again whenever it ends."""
        pause = FIRST_PAUSE
        while not self._stopping:
            began = time.monotonic()
            child = await self._spawn(program)
            self._children[program.name] = child
            self._changed(self.pids())
            watch = asyncio.create_task(self._watch(program, child))
            try:
                code = await child.wait()
            finally:
                watch.cancel()
            del self._children[program.name]
            self._endings[program.name] += 1
            if self._stopping:
                return
            lived_well = time.monotonic() - began > LIVED_WELL
            pause = FIRST_PAUSE if lived_well else min(2 * pause, LONGEST_PAUSE)
            self._say(f"{program.name} {how_it_ended(code)}; it is started again")
            await asyncio.sleep(pause)

    async def _watch(self, program: Program, child: asyncio.subprocess.Process) -> None:
        """End a process that lives but has stopped doing its work, so that it is started again."""
        if program.stalled_after is None:
            return
        every = min(WATCH_EVERY, program.stalled_after / 4)
        last: float | None = None
        while True:
            await asyncio.sleep(every)
            working = await does_its_work(program, child.pid)
            if working or (working is None and last is not None):
                last = time.monotonic()
            elif last is not None and time.monotonic() - last > program.stalled_after:
                self._say(f"{program.name} lives but does no work; it is ended")
                await _end(child, program.grace)
                return

    async def _spawn(self, program: Program) -> asyncio.subprocess.Process:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._log(program).open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-IS",
                str(PARENT_DEATH),
                str(os.getpid()),
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env=self._environment,
                start_new_session=True,
            )

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"

    def _tail(self, program: Program) -> str:
        """The end of a program's log."""
        try:
            lines = self._log(program).read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return "\n".join(f"  {line[:300]}" for line in lines[-TAIL_LINES:]) or "  (its log is empty)"


async def does_its_work(program: Program, pid: int) -> bool | None:
    """Whether a process does its work; ``None`` if that cannot be said now."""
    try:
        return await program.ready(pid)
    except CannotTell:
        return None


def how_it_ended(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


async def _end(child: asyncio.subprocess.Process, grace: float) -> None:
    """Ask a process to end, then make it."""
    try:
        child.terminate()
        await asyncio.wait_for(child.wait(), grace)
    except TimeoutError:
        child.kill()
        await child.wait()
    except ProcessLookupError:
        return
