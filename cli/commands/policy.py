"""The commands about policies: which organization goes by which, and having them go by the installation's."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from cli import interrupts, rendering
from cli.checks import workflow_recovery
from cli.demo.people import OLGA
from cli.errors import CliError, Exit
from cli.stack import temporal_server
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from config.settings import Settings
from models.commands import RENEW_POLICY, Actor, Command, Outcome, Refusal, Role
from models.documents import Reason
from models.identity import new_id, organization_workflow_id
from storage.organizations import policies, queries
from workflows.inputs import REFUSED

app = typer.Typer(
    help="Policies: which organization goes by which, and renewing them after a release or a new setting.",
    no_args_is_help=True,
)

ANSWER = timedelta(seconds=20)
AT_ONCE = 16
NAMED = 5


@app.command("list")
def list_command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Every policy that an organization has gone by, how many go by it now, and which is the installation's."""
    settings = settings_of(state_dir)
    own = settings.load_policy()
    with workflow_recovery.usable(settings).reading() as session:
        found = policies.how_many_go_by(session)
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "version": row.version,
            "recorded_at": row.recorded_at.isoformat(),
            "organizations": many,
            "installation": row.id == own.identity,
        }
        for row, many in found
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = rendering.table("policy", "recorded", "organizations", "")
    for row, many in found:
        mark = "the installation's" if row.id == own.identity else ""
        table.add_row(row.id, rendering.moment(row.recorded_at), str(many), mark)
    rendering.console().print(table if rows else "No policy.")
    behind = sum(many for row, many in found if row.id != own.identity)
    if behind:
        typer.echo(
            f"{behind} organizations go by another policy than the installation: "
            "`monetization policy renew --all` has them go by it."
        )


@app.command("show")
def show_command(
    organization_id: Annotated[str, typer.Argument(metavar="ID", help="for example org_3f9k2m…")],
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """What one organization goes by and went by before: since when, by whom and why."""
    with workflow_recovery.usable(settings_of(state_dir)).reading() as session:
        if queries.organization(session, organization_id) is None:
            raise CliError(
                f"There is no organization {organization_id}.",
                "`monetization organizations list` names them all.",
                Exit.NOT_FOUND,
            )
        history = policies.policy_history(session, organization_id)
    if as_json:
        rows = [
            {**own.model_dump(mode="json"), "name": policy.name, "version": policy.version}
            for own, policy in history
        ]
        typer.echo(json.dumps(rows))
        return
    table = rendering.table("since", "policy", "by", "why")
    for own, policy in history:
        why = ", ".join(str(reason.get("detail") or reason.get("code")) for reason in own.reasons)
        table.add_row(
            rendering.moment(own.since), policy.id, escape(f"{own.actor_role} {own.actor_id}"), escape(why)
        )
    rendering.console().print(table if history else "None is recorded; it goes by the installation's.")


@app.command("renew")
def renew_command(
    organization_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="for example org_3f9k2m…")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Every organization.")] = False,
    operator: Annotated[
        str, typer.Option("--as", help="The operator who asks for it, by the issuer's subject.")
    ] = OLGA.subject,
    why: Annotated[
        str, typer.Option("--why", help="A sentence for the record.")
    ] = "the installation's policy has changed",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Have organizations go by the installation's policy from now on; deadlines that run keep their dates.

    It may be given again at any time: who goes by it already is left as they are.
    """
    if everybody == (organization_id is not None):
        raise typer.BadParameter("Name one organization, or --all.")
    settings = settings_of(state_dir)
    database = workflow_recovery.usable(settings)
    ids = (
        [organization_id]
        if organization_id
        else [d.organization_id for d in workflow_recovery.all_dossiers(database)]
    )
    with database.transaction() as session:
        policy_id = policies.keep_policy(session, settings.load_policy())
    failed = interrupts.run(renew(settings, ids, policy_id, operator, why))
    if as_json:
        typer.echo(json.dumps({"policy": policy_id, "renewed": len(ids) - len(failed), "failed": failed}))
    else:
        typer.echo(f"{len(ids) - len(failed)} of {len(ids)} organizations go by {policy_id}.")
    if failed:
        first = "; ".join(f"{i}: {said}" for i, said in list(failed.items())[:NAMED])
        raise CliError(
            f"{len(failed)} do not go by it ({first}).",
            "Put that right (`monetization doctor` helps), then give the command again.",
            Exit.REFUSED,
        )


async def renew(
    settings: Settings, organization_ids: Sequence[str], policy_id: str, operator: str, why: str
) -> dict[str, str]:
    """Give the command to each organization's workflow; why not, by organization, where it was not carried out."""
    client = await temporal_server.connect(settings)
    turns, run = asyncio.Semaphore(AT_ONCE), new_id("cmd")

    async def one(organization_id: str) -> str | None:
        command = Command(
            id=f"cli/{run}/{organization_id}",
            action=RENEW_POLICY,
            document_id="policy",
            actor=Actor(role=Role.OPERATOR, id=operator),
            facts={"policy_id": policy_id},
            reasons=[Reason(code="policy_changed", detail=why[:500])],
        )
        async with turns:
            return await ask(client, organization_id, command)

    answers = await asyncio.gather(*map(one, organization_ids))
    return {i: said for i, said in zip(organization_ids, answers, strict=True) if said is not None}


async def ask(client: Client, organization_id: str, command: Command) -> str | None:
    """Have one organization's workflow carry a renewal out; why it did not, if so."""
    handle = client.get_workflow_handle(organization_workflow_id(organization_id))
    try:
        async with asyncio.timeout(ANSWER.total_seconds()):
            await handle.execute_update(RENEW_POLICY, command, id=command.id, result_type=Outcome)
    except (TimeoutError, RPCTimeoutOrCancelledError):
        return "no answer; is a worker running?"
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type == REFUSED and cause.details:
            return Refusal.in_details(cause.details).reason
        return "it could not be recorded"
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return "its workflow does not run; `monetization organizations resume` starts it again"
    return None
