"""All commands together, and how each of them ends."""

import logging
import sys

import typer
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from cli.commands import (
    dashboard,
    doctor,
    earnings,
    find,
    keys,
    ledger,
    mails,
    organizations,
    payouts,
    policy,
    processes,
    queue,
)
from cli.demo import command
from cli.errors import CliError, Exit
from config.logs import configure_logs
from config.private_files import keep_files_private

app = typer.Typer(
    name="monetization",
    help="From business verification to money in the bank: the local stack, its demo, and lists for operators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(command.command)
app.command("up")(processes.up_command)
app.command("worker")(processes.worker_command)
app.command("api")(processes.api_command)
app.command("sandbox")(processes.sandbox_command)
app.command("doctor")(doctor.command)
app.command("queue")(queue.command)
app.command("dashboard")(dashboard.command)
app.command("find")(find.command)
app.add_typer(organizations.app, name="organizations")
app.add_typer(keys.app, name="keys")
app.add_typer(mails.app, name="mails")
app.add_typer(payouts.app, name="payouts")
app.add_typer(policy.app, name="policy")
app.add_typer(ledger.app, name="ledger")
app.add_typer(earnings.app, name="earnings")
app.add_typer(processes.namespace_app, name="namespace")


def run() -> int:
    """Do what the command line says; returns the exit code."""
    keep_files_private()
    configure_logs(
        "cli", level=logging.WARNING
    )  # Standard output is for what was asked, so that scripts can read it.
    try:
        app()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else Exit.PROBLEM
    except CliError as trouble:
        print(f"monetization: {trouble}", file=sys.stderr)
        return trouble.code
    except (RPCError, SQLAlchemyError) as error:
        print(
            f"monetization: Temporal or the database did not do what was asked ({error}).\n"
            "`monetization doctor` says what is wrong, and how to fix it.",
            file=sys.stderr,
        )
        return Exit.UNREACHABLE
    except (KeyboardInterrupt, EOFError):
        return Exit.INTERRUPTED
    return Exit.OK
