"""The commands that run things: ``up`` everything, or one process in the foreground."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli import interrupts, rendering
from cli.stack import namespace, temporal_server
from cli.stack.local_stack import Wish, up
from cli.stack.state_dir import (
    DEFAULT_STATE_DIR,
    REPOSITORY,
    Json,
    StateDir,
    become,
    load_stack,
    settings_of,
)

namespace_app = typer.Typer(help="What Temporal's namespace needs.", no_args_is_help=True)

Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="A free one is chosen if it is not given.")]
SecondsPerDay = Annotated[
    float, typer.Option(min=0.05, max=86_400, help="Policy fast: real seconds of a programme day.")
]


def up_command(
    policy: Annotated[
        Literal["fast", "default"],
        typer.Option(help="fast: a day of the programme lasts a second; default: real time."),
    ] = "fast",
    seconds_per_day: SecondsPerDay = 1.0,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what the state directory holds.")] = False,
    reviewer: Annotated[
        bool,
        typer.Option(help="Have the sandbox play somebody who decides reviews; without, the queue is yours."),
    ] = True,
    temporal_port: Port = None,
    temporal_ui_port: Port = None,
    sandbox_port: Port = None,
    api_port: Port = None,
) -> None:
    """Start Temporal, database, sandbox, worker and API on this machine, and keep them running until Ctrl-C."""
    ports = {
        "temporal": temporal_port,
        "temporal_ui": temporal_ui_port,
        "sandbox": sandbox_port,
        "api": api_port,
    }
    wish = Wish(state_dir, policy, seconds_per_day, fresh, ports, reviewer=reviewer)
    interrupts.run(stay_up(wish, rendering.console()))


async def stay_up(wish: Wish, console: Console) -> None:
    """A running stack, until told to stop."""

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    async with up(wish, say) as running:
        now = running.policy.clock.now()
        say(f"It is {now:%Y-%m-%d %H:%M} in the programme ({wish.policy}). Logs: {wish.state_dir / 'logs'}")
        say("Ready. Ctrl-C stops everything; `monetization up` goes on where it stopped.")
        await interrupts.until_told()
        say("Stopping everything …")
    say("Stopped.")


def worker_command(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Run one more worker in the foreground."""
    become(state_dir, str(REPOSITORY / "worker.py"))


def api_command(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Run the API in the foreground."""
    become(state_dir, "-m", "api")


def sandbox_command(state_dir: StateDir = DEFAULT_STATE_DIR) -> None:
    """Run the sandbox in the foreground."""
    stack = load_stack(state_dir)
    become(state_dir, "-m", "sandbox", "--staff", *(["--port", str(stack.ports.sandbox)] if stack else []))


@namespace_app.command("sync")
def sync_command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Add the search attributes and schedules that the namespace lacks; changes nothing that is right."""
    added, schedules = interrupts.run(sync(state_dir))
    if as_json:
        typer.echo(json.dumps({"search_attributes_added": added, "schedules": schedules}))
        return
    typer.echo(f"search attributes added: {', '.join(added) or 'none, all were there'}")
    typer.echo(f"schedules up to date: {', '.join(schedules)}")


async def sync(state_dir: Path) -> tuple[list[str], list[str]]:
    """What was added, and the schedules that are there now."""
    settings = settings_of(state_dir)
    client = await temporal_server.connect(settings)
    added = await namespace.sync_search_attributes(client)
    return added, list(await namespace.sync_schedules(client, settings.load_policy(), settings.task_queue))
