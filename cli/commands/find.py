"""The command that finds what a support ticket is about: the same as the console and the API find."""

from typing import Annotated

import typer
from rich.markup import escape

from cli import rendering
from cli.checks import workflow_recovery
from cli.commands.keys import ring
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from models.texts.sentences import plain_period
from storage.people.ticket_search import OF_EACH, SHORTEST, Found, Hit, find
from words.codes import STREAM_TITLES


def command(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="A part of a name, number, reference, address, period or id; a whole registration number.",
        ),
    ],
    kind: Annotated[Found | None, typer.Option(help="Only this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many of each kind.")] = OF_EACH,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """What a support ticket is about: organizations, games, people, invoices, statements and payments."""
    settings = settings_of(state_dir)
    with workflow_recovery.usable(settings).reading() as session:
        hits = find(session, ring(settings), text, kind, limit)
    if as_json:
        typer.echo(hits.model_dump_json())
        return
    out = rendering.console()
    table = rendering.table("what", "found", "document", "organization", "its id")
    for hit in hits.data:
        own = escape(hit.organization_name), hit.organization_id
        table.add_row(hit.kind, escape(called(hit)), hit.document_id or "", *own)
    if hits.alike:
        out.print("Nothing has it in it; these are spelt alike.")
    out.print(table if hits.data else nothing(text))
    for more in hits.more:
        out.print(f"There is more: --kind {more} --limit {10 * limit}", style="dim")


def called(hit: Hit) -> str:
    """What something that was found is called."""
    if hit.stream and hit.period_start and hit.period_end:
        return f"{STREAM_TITLES[hit.stream]}, {plain_period(hit.period_start, hit.period_end)}"
    return hit.name


def nothing(text: str) -> str:
    """What is said where nothing is found."""
    if len(text.strip()) < SHORTEST:
        return f"Give {SHORTEST} characters at least, for example: monetization find wonderland"
    return "Nothing has it in it or is spelt alike."
