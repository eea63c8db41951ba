"""The doctor: what is missing or unreachable, and how to fix it."""

import json
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Literal

import typer
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from cli import interrupts, rendering
from cli.checks import installation
from cli.checks.database_restored import check_documents
from cli.checks.settlement_runs import check_settlement
from cli.errors import CliError, Exit
from cli.stack import temporal_server
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, load_stack, settings_of

Result = Literal["ok", "problem", "not checked"]
COLOURS: Mapping[Result, str] = {"ok": "green", "problem": "red", "not checked": "yellow"}


class Finding(BaseModel):
    """What came of one check; ``fix`` says what to do about a problem."""

    check: str
    result: Result
    detail: str
    fix: str = ""


def command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Say what is missing or unreachable, and how to fix it; exit code 0 if nothing is, 1 otherwise."""
    findings = interrupts.run(examine(state_dir))
    healthy = all(finding.result == "ok" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": healthy, "checks": [finding.model_dump() for finding in findings]}))
    else:
        show(findings)
    raise typer.Exit(Exit.OK if healthy else Exit.PROBLEM)


def show(findings: list[Finding]) -> None:
    """A table for people."""
    table = rendering.table("", "check", "what was found", "what to do")
    for finding in findings:
        mark = f"[{COLOURS[finding.result]}]{finding.result}[/]"
        table.add_row(mark, finding.check, finding.detail, finding.fix)
    rendering.console().print(table)


async def examine(state_dir: Path) -> list[Finding]:
    """All checks, each by itself, so that every problem is named at once."""
    settings, stack = settings_of(state_dir), load_stack(state_dir)
    findings = [
        await looked("Python", installation.check_python()),
        await looked("temporal program", installation.check_program(stack)),
        await looked("settings", installation.check_settings(settings)),
        await looked("local stack", installation.check_stack(stack, state_dir)),
        await looked("database", installation.check_database(settings)),
        await looked("external systems", installation.check_providers(settings)),
        await looked("issuer", installation.check_issuer(settings)),
        await looked("API", installation.check_api(settings)),
    ]
    try:
        client = await temporal_server.connect(settings, make_key=False)
    except CliError as trouble:
        findings.append(Finding(check="Temporal", result="problem", detail=trouble.what, fix=trouble.fix))
        return findings + [
            Finding(check=name, result="not checked", detail="Temporal cannot be reached.")
            for name in (
                *("search attributes", "schedules", "worker", "workflows", "documents", "progress"),
                "settlement",
            )
        ]
    return [
        *findings,
        Finding(check="Temporal", result="ok", detail=settings.temporal_address),
        await looked("search attributes", installation.check_search_attributes(client)),
        await looked("schedules", installation.check_schedules(client, settings)),
        await looked("worker", installation.check_worker(client, settings)),
        await looked("workflows", installation.check_workflows(client, settings)),
        await looked("documents", check_documents(client, settings)),
        await looked("progress", installation.check_progress(client)),
        await looked("settlement", check_settlement(client)),
    ]


async def looked(name: str, check: Awaitable[str]) -> Finding:
    """What came of a check."""
    try:
        return Finding(check=name, result="ok", detail=await check)
    except CliError as trouble:
        return Finding(check=name, result="problem", detail=trouble.what, fix=trouble.fix)
    except (RPCError, SQLAlchemyError) as error:
        detail = f"It could not be looked at ({type(error).__name__})."
        return Finding(check=name, result="not checked", detail=detail, fix="Fix the other problems first.")
