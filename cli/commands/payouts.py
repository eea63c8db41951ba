"""The commands about payouts: the list, and trying one again."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from temporalio.client import RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from cli import interrupts, rendering
from cli.commands.organizations import standing
from cli.demo.people import OLGA
from cli.errors import CliError, Exit
from cli.stack import temporal_server
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from config.settings import Settings
from lifecycle.machines import state_of
from models.commands import Actor, Command, Outcome, Refusal, Role
from models.documents import Payout, Reason
from models.identity import DocumentId, new_id, payout_document_id
from models.reasons.payouts import RETRY
from words import state
from workflows.inputs import REFUSED

app = typer.Typer(help="Payouts: where each stands, and trying one again.", no_args_is_help=True)

ANSWER_SECONDS = 20.0

FAILED = (
    "retrying",
    "outcome_unknown",
    "outcome_unresolved",
    "resolution_proposed",
    "awaiting_account",
    "awaiting_funds",
    "declined",
    "returned",
    "overpaid",
    "paid_in_error",
    "owed_again",
)
"""The states of a payout that something has gone wrong with."""


@app.command("list")
def list_command(
    failed: Annotated[
        bool, typer.Option("--failed", help="Only those that something has gone wrong with.")
    ] = False,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Every payout: amount, attempt, why it failed, and when it goes on."""
    rows = [
        (dossier.organization_id, name, payout)
        for name, dossier in standing(settings_of(state_dir))
        for payout in dossier.of(Payout)
        if not failed or payout.state in FAILED
    ]
    if as_json:
        typer.echo(json.dumps([summary(organization_id, payout) for organization_id, _, payout in rows]))
        return
    table = rendering.table(
        "payout", "organization", "amount", "state", "attempt", "failure", "goes on", "waits for"
    )
    for _, name, payout in rows:
        failure = payout.failure.words.why if payout.failure else ""
        table.add_row(
            DocumentId(payout.id).key,
            escape(name),
            rendering.money(payout.amount),
            state("payout", payout.state),
            str(payout.attempt),
            failure,
            rendering.moment(payout.act_at),
            rendering.coloured(who) if (who := state_of(payout).waits_for) else "",
        )
    rendering.console().print(table if rows else "No payout." if not failed else "No failed payout.")


@app.command("retry")
def retry_command(
    invoice_id: Annotated[str, typer.Argument(metavar="ID", help="of the payout or its invoice")],
    operator: Annotated[
        str, typer.Option("--as", help="The operator who asks for it, by the issuer's subject.")
    ] = OLGA.subject,
    reason: Annotated[
        str, typer.Option("--reason", help=f"Why: {', '.join(RETRY)}.", show_default=True)
    ] = "cause_mended",
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Try a payout again now, as an operator; refused when that could pay twice."""
    invoice_id = invoice_id.removeprefix("payout/").removeprefix("invoice/")
    if reason not in RETRY:
        raise typer.BadParameter(f"choose one of {', '.join(RETRY)}", param_hint="--reason")
    outcome = interrupts.run(retry(settings_of(state_dir), payout_document_id(invoice_id), operator, reason))
    if as_json:
        typer.echo(outcome.model_dump_json())
    else:
        typer.echo(f"{outcome.document_id}: {state('payout', outcome.state)}.")


async def retry(settings: Settings, payout_id: str, operator: str, reason: str) -> Outcome:
    """Give the command to the payout's workflow."""
    client = await temporal_server.connect(settings)
    command = Command(
        id=f"cli/{new_id('cmd')}",
        action="payout.retry",
        document_id=payout_id,
        actor=Actor(role=Role.OPERATOR, id=operator),
        reasons=[Reason(code=reason)],
    )
    handle = client.get_workflow_handle(payout_id)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            outcome: Outcome = await handle.execute_update(
                command.action, command, id=command.id, result_type=Outcome
            )
        return outcome
    except (TimeoutError, RPCTimeoutOrCancelledError):
        raise CliError(
            f"No answer within {ANSWER_SECONDS:.0f} seconds; the payout may still be tried again.",
            "Look whether a worker runs (`monetization doctor`), then at `monetization payouts list`.",
            Exit.UNREACHABLE,
        ) from None
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type == REFUSED and cause.details:
            refusal = Refusal.in_details(cause.details)
            allowed = ", ".join(action.action for action in refusal.allowed_actions)
            raise CliError(
                f"Refused ({refusal.code}): {refusal.reason}",
                f"Allowed now: {allowed}." if allowed else "",
                Exit.REFUSED,
            ) from None
        raise
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise CliError(
            f"No payout {payout_id} is under way.",
            "`monetization payouts list` names them; `monetization organizations resume` starts a lost one again.",
            Exit.NOT_FOUND,
        ) from None


def summary(organization_id: str, payout: Payout) -> dict[str, Any]:
    """A payout in short, for scripts."""
    return {
        "id": DocumentId(payout.id).key,
        "organization_id": organization_id,
        **payout.model_dump(
            mode="json",
            include={
                "invoice_id", "amount", "state", "attempt", "tries", "failure_class", "failure_code", "act_at",
                "blocked_by", "paid_at", "returned",
            },
        ),
        "waits_for": state_of(payout).waits_for,
    }  # fmt: skip
