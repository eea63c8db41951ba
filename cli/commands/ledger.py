"""The commands about the ledger: verifying it, taking it away for others to check, anchoring it."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from cli import rendering
from cli.checks.provider_record import compare_with_provider
from cli.checks.workflow_recovery import unreadable, usable
from cli.errors import CliError, Exit
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from config.settings import Settings
from models.ledger.checks import Checked, Difference
from models.ledger.entries import in_words
from models.tables import OrganizationRow
from providers.assembly import http_providers
from providers.protocols import ProviderFailure
from storage.database import Database
from storage.ledger.anchors import Anchors, Unreadable
from storage.ledger.export import export
from storage.ledger.verification import balances, verify

app = typer.Typer(help="The ledger: verify it, export it, anchor it.", no_args_is_help=True)

Organization = Annotated[
    str | None, typer.Option("--organization", metavar="ID", help="Only this organization.")
]


class Verified(BaseModel):
    """What verifying came to.

    Attributes:
        ok: no difference was found.
        difference: the first one.
        not_checked: what could not be checked, and why.
        balances: what there is in each account, by currency, in micro-units, debit positive.
    """

    ok: bool
    organization_id: str | None
    checks: list[Checked]
    difference: Difference | None
    not_checked: dict[str, str]
    balances: dict[str, dict[str, int]]


@app.command("verify")
def verify_command(
    organization_id: Organization = None,
    without_provider: Annotated[
        bool, typer.Option("--without-provider", help="Don't compare with the payment provider's own record.")
    ] = False,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Check every entry and chain, and the ledger with everything it was booked from; exit code 1 if anything differs."""
    settings = settings_of(state_dir)
    try:
        found = examine(settings, organization_id, without_provider)
    except SQLAlchemyError as error:
        raise unreadable(error) from error
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        show(found)
    if found.difference:
        raise typer.Exit(Exit.PROBLEM)
    if found.not_checked and not without_provider:
        raise CliError(
            f"Everything else agrees, but the payment provider's record was not compared: "
            f"{found.not_checked['provider']}.",
            "Try again when it can be reached, or leave it out with --without-provider.",
            Exit.UNREACHABLE,
        )


def examine(settings: Settings, organization_id: str | None, without_provider: bool) -> Verified:
    """All checks, the database's own first."""
    database, policy = known(settings, organization_id), settings.load_policy()
    checks = verify(database, policy, settings.anchors(), organization_id)
    not_checked = {}
    if without_provider:
        not_checked["provider"] = "left out, as asked"
    else:
        try:
            payments = http_providers(settings).payments
            checks.append(
                compare_with_provider(database, payments, policy.clock.now(), policy, organization_id)
            )
        except ProviderFailure as failure:
            not_checked["provider"] = failure.code
        except ValueError as error:
            not_checked["provider"] = str(error)
    with database.reading() as session:
        held = balances(session, organization_id)
    by_currency: dict[str, dict[str, int]] = {}
    for (currency, account), micros in sorted(held.items()):
        by_currency.setdefault(currency, {})[account] = micros
    difference = next((check.difference for check in checks if check.difference), None)
    return Verified(
        ok=difference is None,
        organization_id=organization_id,
        checks=checks,
        difference=difference,
        not_checked=not_checked,
        balances=by_currency,
    )


def known(settings: Settings, organization_id: str | None) -> Database:
    """The database; CliError when there is none, or no such organization in it."""
    database = usable(settings)
    if organization_id is not None:
        with database.reading() as session:
            if session.get(OrganizationRow, organization_id) is None:
                raise CliError(
                    f"There is no organization {organization_id}.",
                    "`monetization organizations list` names them.",
                    Exit.NOT_FOUND,
                )
    return database


def show(found: Verified) -> None:
    """Tables for people, and the first difference in a sentence."""
    table = rendering.table("", "check", "count", "compared")
    for check in found.checks:
        mark = "[red]differs[/]" if check.difference else "[green]agrees[/]"
        open_ones = f", {check.not_known_yet} not known yet" if check.not_known_yet else ""
        table.add_row(mark, check.check, f"{check.count:,}{open_ones}", check.compared)
    for check_name, why in found.not_checked.items():
        table.add_row("[yellow]not checked[/]", check_name, "", why)
    console = rendering.console()
    console.print(table)
    for currency, held in found.balances.items():
        listed = rendering.table("account", "balance")
        for account, micros in held.items():
            listed.add_row(account, in_words(micros, currency))
        console.print(listed)
    if found.difference:
        console.print(f"\n[red]First difference:[/] {found.difference.sentence}")


@app.command("export")
def export_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="the zip file to write", dir_okay=False)],
    organization_id: Organization = None,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Write the ledger into a bundle that anybody can check with nothing but Python (docs/ledger.md)."""
    settings = settings_of(state_dir)
    database = known(settings, organization_id)
    if not out.absolute().parent.is_dir():
        raise CliError(f"There is no directory {out.absolute().parent}.", "Make it, or name another file.")
    try:
        heads = export(database, settings.anchors(), out, organization_id)
    except Unreadable as error:
        raise CliError(f"{error}.", "Put the file of anchors right from a copy.") from error
    entries = sum(head.position for head in heads)
    if as_json:
        typer.echo(json.dumps({"file": str(out), "organizations": len(heads), "entries": entries}))
    else:
        typer.echo(f"{entries} entries of {len(heads)} organizations in {out}.")
        typer.echo(f"Check it with: unzip -o {out} check_ledger.py && python check_ledger.py {out}")


@app.command("anchor")
def anchor_command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Anchor every chain that has grown outside the database now; the worker does so by itself every few seconds."""
    settings = settings_of(state_dir)
    try:
        count = Anchors(settings.anchors()).write(usable(settings))
    except Unreadable as error:
        raise CliError(f"{error}.", "Put the file of anchors right from a copy.") from error
    if as_json:
        typer.echo(json.dumps({"file": str(settings.anchors()), "anchored": count}))
    else:
        typer.echo(f"{count} chains have grown and were anchored in {settings.anchors()}.")
