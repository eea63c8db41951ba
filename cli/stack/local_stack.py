"""The local stack: Temporal, database, sandbox, worker and API on this machine, one state directory for all."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

import httpx2
from sqlalchemy import make_url
from temporalio.client import Client
from temporalio.service import RPCError

from cli.demo.people import OLGA, register_staff
from cli.errors import CliError, Exit
from cli.stack import namespace, temporal_server
from cli.stack.ports import Reservations, choose
from cli.stack.state_dir import FILE, LOCK, REPOSITORY, Stack, load_stack, taken
from cli.stack.supervision import Program, Supervisor
from cli.stack.task_queue import is_polled
from config.private_files import close_to_others
from config.settings import Settings
from models.programme.clock import SECONDS_PER_DAY
from models.programme.policy import Policy, default_policy
from storage.schema import upgrade

T = TypeVar("T")

STALLED = 60.0
"""After so many seconds without doing its work a process is started again."""

FIRST_DAY = 6
"""Programme time of a fast stack begins on this day of a month: whoever then takes the usual time to go live has
earned before the month is over, so that the first statements come in the middle of the next one."""

OURS = (
    "temporal.db", "monetization.db", "ledger-anchors.jsonl", "sandbox.db", "field.key", "files", "logs", FILE,
)  # fmt: skip
"""What a stack leaves in its state directory (databases also with ``-wal`` and ``-shm``)."""

STOP_FIRST = ("worker", "api", "sandbox")


@dataclass(frozen=True)
class Wish:
    """What is asked of a stack.

    Attributes:
        fresh: forget whatever the state directory holds.
        seed: of the sandbox's chance; ``None`` leaves it as it is.
        reviewer: the sandbox plays somebody who decides what the policy leaves to people.
    """

    state_dir: Path
    policy: Literal["default", "fast"] = "fast"
    seconds_per_day: float = 1.0
    fresh: bool = False
    ports: Mapping[str, int | None] | None = None
    seed: int | None = None
    reviewer: bool = True


@dataclass(frozen=True)
class Running:
    """A stack that runs."""

    stack: Stack
    settings: Settings
    policy: Policy
    client: Client


@asynccontextmanager
async def up(wish: Wish, say: Callable[[str], None]) -> AsyncIterator[Running]:
    """A running stack for the length of a block; everything is stopped, worker first, when the block ends."""
    state_dir = wish.state_dir.absolute()
    lock, ports = taken(state_dir / LOCK), Reservations()
    if lock is None:
        stack = load_stack(state_dir)
        raise CliError(
            f"A stack runs in {wish.state_dir} already (process {stack.supervisor if stack else 'unknown'}).",
            "Stop it with Ctrl-C, or name another --state-dir.",
        )
    try:
        if wish.fresh:
            wipe(state_dir)
        close_to_others(state_dir, names_of_ours())
        stack = plan(wish, load_stack(state_dir), ports)
        stack.save(state_dir)

        def changed(pids: dict[str, int]) -> None:
            stack.pids = pids
            stack.save(state_dir)

        environment = {**os.environ, **stack.variables(state_dir), "MONETIZATION_LOG_FORMAT": "json"}
        supervisor = Supervisor(environment, REPOSITORY, state_dir / "logs", say, changed)
        try:
            yield await begin(supervisor, stack, wish, say)
        finally:
            await supervisor.stop(first=STOP_FIRST)
            stack.supervisor = None
            stack.save(state_dir)
    finally:
        ports.give_up()
        lock.release()


async def begin(supervisor: Supervisor, stack: Stack, wish: Wish, say: Callable[[str], None]) -> Running:
    """Start everything in order, each thing after what it needs."""
    state_dir = wish.state_dir.absolute()
    settings = settings_of(stack, state_dir)
    policy = settings.load_policy()
    program = temporal_server.find_program()

    async def temporal_answers(_: int) -> bool:
        return await temporal_server.answers(settings)

    await supervisor.start(
        Program(
            "temporal",
            temporal_server.command(program, state_dir / "temporal.db", stack.ports),
            temporal_answers,
        )
    )
    say(f"Temporal   {settings.temporal_address}, its pages at {settings.temporal_ui_url}")
    client = await temporal_server.connect(settings)
    await retried(lambda: namespace.sync_search_attributes(client))
    await asyncio.to_thread(upgrade, settings.database())
    await asyncio.to_thread(register_staff, settings)
    say(f"database   {shown(settings)}")

    python = sys.executable
    seed = ["--seed", str(wish.seed)] if wish.seed is not None else []
    staff = ["--staff"] if wish.reviewer else []
    sandbox = [python, "-m", "sandbox", "--port", str(stack.ports.sandbox), *seed, *staff]
    await supervisor.start(Program("sandbox", sandbox, healthy(settings.provider_url)))
    say(f"sandbox    {settings.provider_url}/docs")
    worker = Program(
        "worker",
        [python, str(REPOSITORY / "worker.py")],
        is_polled(client, settings.task_queue),
        stalled_after=STALLED,
    )
    api = Program("api", [python, "-m", "api"], healthy(settings.api_url), stalled_after=STALLED)
    await asyncio.gather(supervisor.start(worker), supervisor.start(api))
    say(f"worker     on task queue {settings.task_queue}")
    say(f"console    {settings.api_url}/ (sign in as anybody; {OLGA.subject} is of the platform's staff)")
    say(f"API        {settings.api_url}/openapi.json")
    names = await retried(lambda: namespace.sync_schedules(client, policy, settings.task_queue))
    say(f"settlement by schedule: {', '.join(names)}")
    return Running(stack, settings, policy, client)


def plan(wish: Wish, before: Stack | None, reserved: Reservations) -> Stack:
    """What the stack will be; what can't change in the life of a state directory stays as it was."""
    ports = choose(wish.ports or {}, before.ports if before else None, reserved)
    if before is None:
        anchor = first_anchor(datetime.now(UTC), wish.seconds_per_day, default_policy())
    else:
        anchor = before.anchor
        same_pace = wish.policy == "default" or wish.seconds_per_day == before.seconds_per_day
        if before.policy != wish.policy or not same_pace:
            raise CliError(
                f"The state in {wish.state_dir} was made with --policy {before.policy} "
                f"--seconds-per-day {before.seconds_per_day:g}; its calendar can't change.",
                "Give the same options, begin anew with --fresh, or name another --state-dir.",
                Exit.USAGE,
            )
    return Stack(
        policy=wish.policy,
        seconds_per_day=wish.seconds_per_day,
        anchor=anchor,
        ports=ports,
        supervisor=os.getpid(),
    )


def first_anchor(now: datetime, seconds_per_day: float, policy: Policy) -> datetime:
    """The anchor with which programme time is, now, midnight of the next first day; pay-out is open by then."""
    begins = max(now, policy.pay_out_opens)
    start = begins.replace(day=FIRST_DAY, hour=0, minute=0, second=0, microsecond=0)
    if start < begins:
        start = (start.replace(day=1) + timedelta(days=32)).replace(day=FIRST_DAY)
    speed = SECONDS_PER_DAY / seconds_per_day
    return now if speed == 1 else now - (start - now) / (speed - 1)


def settings_of(stack: Stack, state_dir: Path) -> Settings:
    """The settings that the processes of a stack get."""
    own = {name.removeprefix("MONETIZATION_").lower(): v for name, v in stack.variables(state_dir).items()}
    return Settings.model_validate({**Settings().model_dump(), **own})


def shown(settings: Settings) -> str:
    """The address of the database without its password."""
    return make_url(settings.database()).render_as_string(hide_password=True)


def wipe(state_dir: Path) -> None:
    """Remove what a stack left in a directory, and nothing else."""
    for name in OURS:
        for path in (state_dir / name, state_dir / f"{name}-wal", state_dir / f"{name}-shm"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def names_of_ours() -> list[str]:
    """What may be of ours in a state directory."""
    return [LOCK, *(f"{name}{end}" for name in OURS for end in ("", "-wal", "-shm"))]


def healthy(address: str) -> Callable[[int], Awaitable[bool]]:
    """Whether a server answers at its ``/healthz``."""

    async def ready(_: int) -> bool:
        async with httpx2.AsyncClient(timeout=2, trust_env=False) as client:
            try:
                return (await client.get(f"{address}/healthz")).status_code == 200
            except httpx2.HTTPError:
                return False

    return ready


async def retried(call: Callable[[], Awaitable[T]], tries: int = 20) -> T:
    """The result of a call to a Temporal that has only just come up."""
    while True:
        try:
            return await call()
        except RPCError:
            tries -= 1
            if not tries:
                raise
            await asyncio.sleep(0.5)
