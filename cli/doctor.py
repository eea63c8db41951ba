"""The doctor: what is missing or unreachable, and how to mend it."""

import json
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Literal

import typer
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from cli import checks, interrupts, showing, temporal_server
from cli.here import DEFAULT_STATE_DIR, Json, StateDir, load_stack, settings_here
from cli.outcome import Exit, Trouble
from cli.put_back import check_documents
from cli.settling import check_settlement

Result = Literal["ok", "problem", "not checked"]
COLOURS: Mapping[Result, str] = {"ok": "green", "problem": "red", "not checked": "yellow"}


class Finding(BaseModel):
    """What came of one check; ``mend`` says what to do about a problem."""

    check: str
    result: Result
    detail: str
    mend: str = ""


def command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """Say what is missing or unreachable, and how to mend it; exit code 0 if nothing is, 1 otherwise."""
    findings = interrupts.run(examine(state_dir))
    healthy = all(finding.result == "ok" for finding in findings)
    if as_json:
        typer.echo(json.dumps({"ok": healthy, "checks": [finding.model_dump() for finding in findings]}))
    else:
        show(findings)
    raise typer.Exit(Exit.OK if healthy else Exit.PROBLEM)


def show(findings: list[Finding]) -> None:
    """A table for people."""
    table = showing.table("", "check", "what was found", "what to do")
    for finding in findings:
        mark = f"[{COLOURS[finding.result]}]{finding.result}[/]"
        table.add_row(mark, finding.check, finding.detail, finding.mend)
    showing.console().print(table)


async def examine(state_dir: Path) -> list[Finding]:
    """All checks, each by itself, so that every problem is named at once."""
    settings, stack = settings_here(state_dir), load_stack(state_dir)
    findings = [
        await looked("Python", checks.check_python()),
        await looked("temporal program", checks.check_program(stack)),
        await looked("settings", checks.check_settings(settings)),
        await looked("local stack", checks.check_stack(stack, state_dir)),
        await looked("database", checks.check_database(settings)),
        await looked("external systems", checks.check_providers(settings)),
        await looked("issuer", checks.check_issuer(settings)),
        await looked("API", checks.check_api(settings)),
    ]
    try:
        client = await temporal_server.connect(settings, make_key=False)
    except Trouble as trouble:
        findings.append(Finding(check="Temporal", result="problem", detail=trouble.what, mend=trouble.mend))
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
        await looked("search attributes", checks.check_search_attributes(client)),
        await looked("schedules", checks.check_schedules(client, settings)),
        await looked("worker", checks.check_worker(client, settings)),
        await looked("workflows", checks.check_workflows(client, settings)),
        await looked("documents", check_documents(client, settings)),
        await looked("progress", checks.check_progress(client)),
        await looked("settlement", check_settlement(client)),
    ]


async def looked(name: str, check: Awaitable[str]) -> Finding:
    """What came of a check."""
    try:
        return Finding(check=name, result="ok", detail=await check)
    except Trouble as trouble:
        return Finding(check=name, result="problem", detail=trouble.what, mend=trouble.mend)
    except (RPCError, SQLAlchemyError) as error:
        detail = f"It could not be looked at ({type(error).__name__})."
        return Finding(check=name, result="not checked", detail=detail, mend="Mend the other problems first.")
