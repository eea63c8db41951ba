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
from lifecycle import in_words
from lifecycle.machines import THEN
from lifecycle.turns import waits_for
from lifecycle.views.pending import Waiting, owed, stage, waiting
from lifecycle.views.situation import PAY_OUT_OPENS
from models.commands import Role
from models.documents import Reason
from models.dossier import Dossier
from models.programme.policy import Policy
from models.tables import RefusalRow, TransitionRow
from storage.organizations import given_by_hand, policies, queries
from storage.people.members import members
from storage.people.roles import staff_names
from storage.settlement.estimates import estimates
from words import past, state, title, title_of
from words.actors import by
from words.codes import code
from words.voice import Names

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
            code(stage(dossier), "stages"),
            rendering.people(items),
            escape(first.todo or first.what) if first else "",
            rendering.moment(first.until) if first else "",
            rendering.money(owed(dossier)),
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
        games = queries.game_names(session, organization_id)
        people = {member.subject: member.name for member in members(session, organization_id)}
        people |= staff_names(session, {event.actor_id for event in events} - people.keys())
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
        f"[bold]{escape(name)}[/]  {organization_id}  {code(stage(dossier), 'stages')}, "
        f"owed {rendering.money(owed(dossier)) or 'nothing'}"
    )
    names = Names(organization=name, games=games, people=people, documents=dossier.documents)
    out.print(documents_table(dossier, policy, names))
    out.print(waiting_table(items, names) if items else "Nobody is waited for.")
    out.print(history_table(events, said, names))
    if refused:
        out.print(refused_table(refused, said))


def history_table(events: Sequence[TransitionRow], said: Mapping[str, str], names: Names) -> Table:
    """What happened last, in sentences."""
    table = rendering.table("when", "what", "by", "why")
    for event in events:
        machine, _, name = event.action.partition(".")
        role, document = Role(event.actor_role), names.documents.get(event.document_id)
        reasons = [Reason.model_validate(reason) for reason in event.reasons]
        claim = said.get(event.command_id)
        hand = f", given by hand in Temporal, which says by: {claim}" if claim else ""
        table.add_row(
            rendering.moment(event.at),
            escape(past(event.action, event.to_state, document, role, event.actor_id, names)),
            escape(f"{by(role, event.actor_id, names)}{hand}"),
            escape(" ".join(in_words.reason(reason, machine, name) for reason in reasons)),
        )
    return table


def by_whom(row: RefusalRow, said: Mapping[str, str]) -> str:
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


def documents_table(dossier: Dossier, policy: Policy, names: Names) -> Any:
    """Where each document stands; its id is what the other commands take."""
    table = rendering.table("what", "state", "since", "waits for", "meaning", "id")
    for document in dossier.documents.values():
        who = waits_for(document, policy)
        table.add_row(
            escape(title_of(document, names)),
            state(document.machine, document.state),
            rendering.moment(document.since),
            rendering.coloured(who) if who else "",
            in_words.meaning(document, names),
            document.id,
        )
    return table


def waiting_table(items: list[Waiting], names: Names) -> Any:
    """Everything that is waited for."""
    table = rendering.table("waits for", "about", "what to do", "until", "then", "money")
    for item in items:
        late = " [red](late)[/]" if item.late else ""
        table.add_row(
            rendering.coloured(item.who),
            escape(title(item.document_id, names)),
            f"{escape(item.todo or item.what)}{late}",
            rendering.moment(item.until),
            PAY_OUT_OPENS if item.then == "pay_out_opens" else THEN.get(item.then or "", ""),
            rendering.money(item.money),
        )
    return table
