"""The demo: a fresh stack, and four organizations on their way from business verification to money in the bank."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from temporalio.client import Client

from cli import interrupts, rendering
from cli.commands.processes import SecondsPerDay
from cli.demo.admin import Studio
from cli.demo.api_client import ApiClient, Declined
from cli.demo.live_view import Board, Play, in_words
from cli.demo.organizations import PLAIN, STORIES, journey
from cli.demo.people import FEMI, OLGA, RITA
from cli.demo.report import Report, report, show
from cli.demo.sights import worth_seeing
from cli.demo.staff import FINANCE, OPERATORS, work
from cli.errors import CliError, Exit
from cli.stack.local_stack import Running, Wish, up
from cli.stack.state_dir import PREFIX
from models.desks import Decider, Desk
from models.programme.policy import Policy

TICK = 0.25
SECONDS = 480.0
DAYS = 150.0
"""The demo gives up after so many seconds and so many programme days, together."""


def command(
    once: Annotated[
        bool, typer.Option("--once", help="End when all are paid, instead of staying up.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="End with one JSON line on standard output; the rest goes to standard error."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another history.")] = 1,
    seconds_per_day: SecondsPerDay = 1.0,
    state_dir: Annotated[
        Path | None, typer.Option(file_okay=False, help="Keep everything there; a new directory by default.")
    ] = None,
) -> None:
    """Play the whole pipeline: four organizations, and what can go wrong, in about two minutes."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        # The demo plays in a world of its own, whatever installation this shell is set up for.
        del os.environ[name]
    console = rendering.console(stderr=as_json)
    once = once or not sys.stdout.isatty()
    with scene(state_dir, console) as place:
        wish = Wish(place, "fast", seconds_per_day, seed=seed)
        interrupts.run(play(wish, console, once, as_json))


@contextlib.contextmanager
def scene(state_dir: Path | None, console: Console) -> Iterator[Path]:
    """Where the demo keeps its state: a new directory is removed again, unless something went wrong."""
    if state_dir is not None:
        yield state_dir
        return
    place = Path(tempfile.mkdtemp(prefix="monetization-demo-"))
    try:
        yield place
    except BaseException as error:
        interrupted = isinstance(error, CliError) and error.code is Exit.INTERRUPTED
        if not interrupted:
            console.print(f"Databases and logs are kept in {place}.", markup=False)
            raise
        shutil.rmtree(place, ignore_errors=True)
        raise
    shutil.rmtree(place, ignore_errors=True)


async def play(wish: Wish, console: Console, once: bool, as_json: bool) -> None:
    """Start the stack, play all stories at once, and say what came of them; CliError unless all are paid."""
    began = time.monotonic()

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    async with up(wish, say) as running:
        for line in who_decides(running.policy):
            say(line)
        client = ApiClient(running.settings)
        plays = [Play(story, Studio(client, running.policy, story.name, story.admin)) for story in STORIES]
        limit = SECONDS + DAYS * wish.seconds_per_day
        try:
            with Board(console, plays, live=console.is_terminal) as board:
                reports = await all_of(plays, running.client, client, board, limit, began)
        finally:
            await client.close()
        show(console, reports, {one.story.play: one.story.name for one in plays})
        tell_where(say, running)
        for line in () if once else worth_seeing(running.settings, reports):
            say(line)
        if as_json:
            print(as_line(reports), flush=True)
        if not once:
            say(f"In another shell:  export MONETIZATION_STATE_DIR={wish.state_dir.absolute()}")
            say("                   .venv/bin/monetization organizations list")
            say("Everything stays up until Ctrl-C.")
            await interrupts.until_told()
            say("Stopping everything …")


async def all_of(
    plays: list[Play], temporal: Client, client: ApiClient, board: Board, limit: float, began: float
) -> list[Report]:
    """Play everything at once; CliError when it takes too long, or when the API says no for good.

    Args:
        limit: real seconds that it may take.
        began: when the command began, on the monotonic clock.
    """
    background = [
        asyncio.create_task(work(client, OLGA, "operator", OPERATORS)),
        asyncio.create_task(work(client, FEMI, "finance", FINANCE)),
        *(asyncio.create_task(one.studio.keep_looking()) for one in plays),
    ]
    stories = [asyncio.create_task(one_of(one, temporal, began)) for one in plays]
    try:
        while not all(story.done() for story in stories):
            failed = [t for t in (*background, *stories) if t.done() and not t.cancelled() and t.exception()]
            if failed:
                raise trouble_of(failed[0].exception())
            if board.seconds > limit:
                unpaid = "\n".join(f"  {in_words(one)}" for one in plays if not one.finished)
                raise CliError(
                    f"Not everybody was paid within {limit:.0f} seconds. What is waited for:\n{unpaid}",
                    "See the logs in the state directory, and `monetization doctor`.",
                )
            board.tick()
            await asyncio.sleep(TICK)
        return [story.result() for story in stories]
    finally:
        for task in (*background, *stories):
            task.cancel()
        await asyncio.gather(*background, *stories, return_exceptions=True)


async def one_of(one: Play, temporal: Client, began: float) -> Report:
    """Play one story to its end, and say what came of it."""
    await journey(one.studio, one.story)
    one.seconds = time.monotonic() - began
    return await report(one, temporal)


def trouble_of(error: BaseException | None) -> BaseException:
    """What to tell of an error in a play."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, Declined):
        return CliError(
            f"The API declined a step of the demo ({error.status}): {error}",
            "That is a fault of the demo or of the API; the logs in the state directory say more.",
        )
    return error or CliError("A play ended without a reason.")


WHO_DECIDES = {
    Decider.PEOPLE: f"{RITA.name} of the platform decides (the sandbox plays her)",
    Decider.PROVIDER: "providers decide",
    Decider.PROVIDER_THEN_PEOPLE: f"providers decide, and {RITA.name} what they doubt or are late with",
}


def who_decides(policy: Policy) -> Iterator[str]:
    """Who decides reviews for everybody here, a line for each way."""
    for decider, words in WHO_DECIDES.items():
        desks = [desk.replace("-", " ") for desk in Desk if policy.decider(desk) is decider]
        if desks:
            yield f"{words}: {', '.join(desks)}"


def tell_where(say: Callable[[str], None], running: Running) -> None:
    """The addresses to look at."""
    settings = running.settings
    say(f"Temporal's pages:  {settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows")
    say(
        f"Console:           {settings.api_url}/ (sign in as {PLAIN.admin.subject}, say, or as {OLGA.subject} of the staff)"
    )
    say(f"API:               {settings.api_url}/openapi.json")
    say(f"Sandbox:           {settings.provider_url}/docs")


def as_line(reports: list[Report]) -> str:
    """The plain organization's report with everybody's, as one line of JSON."""
    plain = next(one for one in reports if one.play == "plain")
    whole = PlainReport(**dict(plain), organizations=reports)
    return whole.model_dump_json()


class PlainReport(Report):
    """The report of the plain organization, with those of all."""

    organizations: list[Report]
