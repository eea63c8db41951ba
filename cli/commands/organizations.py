"""The commands about organizations: the list, one of them, and starting one again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from cli import interrupts, rendering
from cli.checks import workflow_recovery
from cli.checks.database_restored import have_compared
from cli.commands import why
from cli.errors import CliError, Exit
from cli.stack import temporal_server
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from config.settings import Settings
from lifecycle.machines import state_of
from lifecycle.turns import waits_for
from lifecycle.views.pending import Waiting, owed, stage, waiting
from models.dossier import Dossier
from models.programme.policy import Policy
from models.tables import RefusalRow, TransitionRow
from storage.organizations import given_by_hand, policies, queries
from storage.settlement.estimates import estimates

EVENTS = 12

app = typer.Typer(help="Organizations: where each stands, and who is waited for.", no_args_is_help=True)

OrganizationId = Annotated[str, typer.Argument(metavar="ID", help="for example org_3f9k2m…")]


@app.command("list")
def list_command(
    waiting_for: Annotated[
        Literal["admin", "operator", "finance", "provider"] | None,
        typer.Option(help="Only those that wait for somebody in this role."),
    ] = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Every organization: its stage, who is waited for and until when, and what it is owed."""
    settings = settings_of(state_dir)
    installation, database = settings.load_policy(), workflow_recovery.usable(settings)
    now = installation.clock.now()
    rows = []
    for name, dossier in standing(settings):
        policy = workflow_recovery.policy_of(database, dossier.organization_id, installation)
        items = waiting(dossier, now, policy)
        if waiting_for is None or any(item.who == waiting_for for item in items):
            rows.append((name, dossier, items))
    if as_json:
        typer.echo(json.dumps([summary(name, dossier, items) for name, dossier, items in rows]))
        return
    table = rendering.table("organization", "name", "stage", "waits for", "for what", "until", "owed")
    for name, dossier, items in rows:
        mine = [item for item in items if waiting_for is None or item.who == waiting_for]
        first = mine[0] if mine else None
        table.add_row(
            dossier.organization_id,
            escape(name),
            stage(dossier),
            rendering.people(items),
            f"{first.document_id}: {first.todo or first.what}" if first else "",
            rendering.moment(first.until) if first else "",
            str(owed(dossier) or ""),
        )
    rendering.console().print(table if rows else "No organization.")
    rendering.console().print(f"It is {now:%Y-%m-%d %H:%M} in the programme.", style="dim")


@app.command("show")
def show_command(
    organization_id: OrganizationId, state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False
) -> None:
    """One organization: every document, everything that is waited for, and what happened last."""
    settings = settings_of(state_dir)
    name, dossier = find(settings, organization_id)
    database = workflow_recovery.usable(settings)
    policy = workflow_recovery.policy_of(database, organization_id, settings.load_policy())
    items = waiting(dossier, policy.clock.now(), policy)
    with database.reading() as session:
        events = queries.timeline(session, organization_id, EVENTS, None).data
        refused = given_by_hand.refusals(session, organization_id, EVENTS)
        ids = [*(event.command_id for event in events), *(refusal.command_id for refusal in refused)]
        said = given_by_hand.hands_of(session, organization_id, ids)
    if as_json:
        documents = [document.model_dump(mode="json") for document in dossier.documents.values()]
        happened, turned_down = (
            [{**row.model_dump(mode="json"), "claimed_by": said.get(row.command_id)} for row in rows]
            for rows in (events, refused)
        )
        found = {
            **summary(name, dossier, items),
            "documents": documents,
            "timeline": happened,
            "refused": turned_down,
        }
        typer.echo(json.dumps(found))
        return
    out = rendering.console()
    out.print(
        f"[bold]{escape(name)}[/]  {organization_id}  stage {stage(dossier)}  owed {owed(dossier) or '—'}"
    )
    out.print(documents_table(dossier, policy))
    out.print(waiting_table(items) if items else "Nobody is waited for.")
    history = rendering.table("when", "what", "document", "to", "by", "why")
    for event in events:
        why = ", ".join(str(reason.get("detail") or reason.get("code")) for reason in event.reasons)
        by = by_whom(event, said)
        history.add_row(
            rendering.moment(event.at),
            event.action,
            event.document_id,
            event.to_state,
            escape(by),
            escape(why),
        )
    out.print(history)
    if refused:
        out.print(refused_table(refused, said))


def by_whom(row: TransitionRow | RefusalRow, said: Mapping[str, str]) -> str:
    """Who has done or asked for something; beside what Temporal says of those who did by hand, which proves nothing."""
    claim = said.get(row.command_id)
    hand = f", given by hand in Temporal, which says by: {claim}" if claim else ""
    return f"{row.actor_role} {row.actor_id}{hand}"


def refused_table(refused: Sequence[RefusalRow], said: Mapping[str, str]) -> Table:
    """What was refused when nobody was there to be told."""
    table = rendering.table("when", "refused", "document", "by", "why")
    for row in refused:
        table.add_row(
            rendering.moment(row.at),
            escape(row.action),
            escape(row.document_id),
            escape(by_whom(row, said)),
            escape(row.reason),
        )
    return table


@app.command("why")
def why_command(
    organization_id: OrganizationId, state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False
) -> None:
    """Why an organization is not paid: everything at once, who must act, until when, and which money waits."""
    settings = settings_of(state_dir)
    installation, database = settings.load_policy(), workflow_recovery.usable(settings)
    now = installation.clock.now()
    name, dossier = find(settings, organization_id)
    with database.reading() as session:
        policy = policies.policy_of(session, organization_id, installation)
        accrued = estimates(session, organization_id, policy, now)
    if as_json:
        typer.echo(json.dumps(why.answer(dossier, now, policy, accrued)))
        return
    out = rendering.console()
    for line in why.screen(name, dossier, now, policy, accrued):
        out.print(line)


@app.command("resume")
def resume_command(
    organization_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="for example org_3f9k2m…")
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Every organization, after the database was put back.")
    ] = False,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Have an organization's workflow, and those of its open payouts, go on from the database.

    Those that don't run are started again; those that run look whether the database was put back.
    """
    if everybody == (organization_id is not None):
        raise typer.BadParameter("Name one organization, or --all.")
    settings = settings_of(state_dir)
    if organization_id is not None:
        dossiers = [find(settings, organization_id)[1]]
    else:
        dossiers = [dossier for _, dossier in standing(settings)]
    started = interrupts.run(resume(settings, dossiers))
    if as_json:
        typer.echo(json.dumps({"organization_id": organization_id, "started": started}))
        return
    for workflow_id, new in started.items():
        typer.echo(
            f"{workflow_id}: {'started again' if new else 'runs; it compares itself with the database'}"
        )


async def resume(settings: Settings, dossiers: list[Dossier]) -> dict[str, bool]:
    """Whether each workflow had to be started, by id; those that run are told to look at the database."""
    client = await temporal_server.connect(settings)
    database, installation = workflow_recovery.usable(settings), settings.load_policy()
    every: dict[str, bool] = {}
    for dossier in dossiers:
        policy = workflow_recovery.policy_of(database, dossier.organization_id, installation)
        started = await workflow_recovery.resume(
            client, dossier, policy, settings.task_queue, settings.api_url
        )
        for workflow_id in [workflow_id for workflow_id, new in started.items() if not new]:
            await have_compared(client, workflow_id)
        every |= started
    return every


def standing(settings: Settings) -> Iterator[tuple[str, Dossier]]:
    """All organizations by name, the oldest first."""
    database = workflow_recovery.usable(settings)
    try:
        for dossier in workflow_recovery.all_dossiers(database):
            with database.reading() as session:
                row = queries.organization(session, dossier.organization_id)
            yield (row.name if row else "", dossier)
    except SQLAlchemyError as error:
        raise workflow_recovery.unreadable(error) from error


def find(settings: Settings, organization_id: str) -> tuple[str, Dossier]:
    """An organization's name and dossier; CliError when there is none of that id."""
    try:
        with workflow_recovery.usable(settings).reading() as session:
            row = queries.organization(session, organization_id)
            if row is not None:
                return row.name, queries.dossiers(session, [organization_id])[organization_id]
    except SQLAlchemyError as error:
        raise workflow_recovery.unreadable(error) from error
    raise CliError(
        f"There is no organization {organization_id}.",
        "`monetization organizations list` names them all.",
        Exit.NOT_FOUND,
    )


def summary(name: str, dossier: Dossier, items: list[Waiting]) -> dict[str, Any]:
    """An organization in short, for scripts."""
    balance = owed(dossier)
    return {
        "organization_id": dossier.organization_id,
        "name": name,
        "stage": stage(dossier).value,
        "owed": balance.model_dump() if balance else None,
        "waiting": [item.model_dump(mode="json") for item in items],
    }


def documents_table(dossier: Dossier, policy: Policy) -> Any:
    """Where each document stands."""
    table = rendering.table("document", "state", "since", "waits for", "meaning")
    for document in dossier.documents.values():
        table.add_row(
            document.id,
            document.state,
            rendering.moment(document.since),
            waits_for(document, policy) or "",
            state_of(document).description,
        )
    return table


def waiting_table(items: list[Waiting]) -> Any:
    """Everything that is waited for."""
    table = rendering.table("waits for", "document", "what to do", "until", "then", "money")
    for item in items:
        late = " [red](late)[/]" if item.late else ""
        table.add_row(
            rendering.coloured(item.who),
            item.document_id,
            f"{item.todo or item.what}{late}",
            rendering.moment(item.until),
            item.then or "",
            str(item.money or ""),
        )
    return table
