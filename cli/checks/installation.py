"""The checks of the doctor: each says what it found, or raises the trouble with the way to fix it."""

import asyncio
import os
import platform
import sys
from pathlib import Path

import httpx2
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from cli.checks.workflow_recovery import usable, without_workflow
from cli.errors import CliError
from cli.stack import namespace, ports, temporal_server
from cli.stack.state_dir import PREFIX, Stack, is_running
from config.settings import Settings
from providers.sandbox_defaults import left_to_the_sandbox, why_not_local
from storage.database import Database
from storage.schema import configuration
from workflows.failing_tasks import MOST, failing, in_trouble
from workflows.pollers import pollers

OLDEST_PYTHON = (3, 11)
START_STACK = "Start the local stack: `monetization up`."
SYNC = "Run `monetization namespace sync`."
ELSEWHERE = "not needed: MONETIZATION_TEMPORAL_ADDRESS names an installation elsewhere"
NAMED = 5


def is_elsewhere(stack: Stack | None) -> bool:
    """Whether the environment names an installation that is no local stack."""
    return stack is None and f"{PREFIX}TEMPORAL_ADDRESS" in os.environ


async def check_python() -> str:
    """The interpreter."""
    if sys.version_info < OLDEST_PYTHON:
        raise CliError(
            f"Python {platform.python_version()} is too old.",
            "Install Python 3.11 or later, then `make clean` and `make .venv`.",
        )
    return platform.python_version()


async def check_program(stack: Stack | None) -> str:
    """The ``temporal`` program, which a local stack needs."""
    if is_elsewhere(stack):
        return ELSEWHERE
    program = temporal_server.find_program()
    return f"{program}: {await asyncio.to_thread(temporal_server.version, program)}"


async def check_stack(stack: Stack | None, state_dir: Path) -> str:
    """The local stack's own processes and ports."""
    if is_elsewhere(stack):
        return ELSEWHERE
    if stack is None:
        raise CliError(f"There is no local stack in {state_dir}.", START_STACK)
    if not is_running(state_dir):
        raise CliError("The local stack is stopped.", START_STACK)
    silent = [
        f"{name} ({port})" for name, port in stack.ports.model_dump().items() if not ports.answers(port)
    ]
    if silent:
        raise CliError(
            f"Nobody listens at the port of {', '.join(silent)}.",
            f"It is started again by itself; if that doesn't help, see {state_dir / 'logs'}.",
        )
    listening = ", ".join(f"{name} {port}" for name, port in stack.ports.model_dump().items())
    return f"running, policy {stack.policy}; {listening}"


async def check_settings(settings: Settings) -> str:
    """Whether anything is left to the sandbox that is to be real."""
    why = why_not_local(settings)
    if missing := left_to_the_sandbox(settings):
        raise CliError(
            f"{why}, so this is no local stack, and these may not be left to the sandbox: "
            f"{', '.join(one.variable for one in missing)}. Worker and API do not start.",
            " ".join(str(one) for one in missing),
        )
    return f"all made; no local stack: {why}" if why else "a local stack, which may use the sandbox's"


async def check_database(settings: Settings) -> str:
    """The database and its schema."""
    usable(settings)
    url = make_url(settings.database())
    try:
        found, newest = await asyncio.to_thread(revisions, settings.database())
    except SQLAlchemyError as error:
        raise CliError(
            f"The database {url.render_as_string(hide_password=True)} cannot be used ({type(error).__name__}).",
            "Look whether it runs, and correct MONETIZATION_DATABASE_URL.",
        ) from error
    if found != newest:
        raise CliError(
            f"The database is at migration {found or 'none'}, not at {newest}.",
            "Start the stack again, which brings it up to date: `monetization up`.",
        )
    return f"{url.render_as_string(hide_password=True)} at migration {found}"


def revisions(url: str) -> tuple[str | None, str | None]:
    """The migration that the database is at, and the newest one."""
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    with Database(url).engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), newest


async def check_providers(settings: Settings) -> str:
    """The external systems, which the sandbox plays on a local stack."""
    return await asked(
        "The external systems", f"{settings.provider_url}/healthz", "MONETIZATION_PROVIDER_URL"
    )


async def check_issuer(settings: Settings) -> str:
    """The issuer of people's tokens."""
    return await asked("The issuer's keys", f"{settings.oidc_issuer}/jwks", "MONETIZATION_OIDC_ISSUER")


async def check_api(settings: Settings) -> str:
    """The API, and whether it has what it needs."""
    return await asked("The API", f"{settings.api_url}/readyz", "MONETIZATION_API_URL")


async def asked(what: str, address: str, variable: str) -> str:
    """What a GET comes to."""
    fix = f"{START_STACK} If they are elsewhere, correct {variable}."
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            answer = await client.get(address)
        except httpx2.HTTPError as error:
            raise CliError(f"{what} cannot be reached at {address} ({type(error).__name__}).", fix) from error
    if answer.status_code != 200:
        raise CliError(f"{address} answers {answer.status_code}: {answer.text[:200]}", fix)
    return address


async def check_search_attributes(client: Client) -> str:
    """The search attributes of the namespace."""
    if missing := await namespace.missing_search_attributes(client):
        raise CliError(f"The namespace {client.namespace} lacks {', '.join(missing)}.", SYNC)
    return f"all there, in namespace {client.namespace}"


async def check_schedules(client: Client, settings: Settings) -> str:
    """The settlement's schedules."""
    policy = settings.load_policy()
    if missing := await namespace.missing_schedules(client, policy, settings.task_queue):
        raise CliError(
            f"No settlement runs by schedule: {', '.join(missing)} missing or paused.",
            f"{SYNC} A paused one is resumed in Temporal's pages.",
        )
    return ", ".join(namespace.schedules(policy, settings.task_queue))


async def check_worker(client: Client, settings: Settings) -> str:
    """Whether a worker takes the work."""
    found = await pollers(client, settings.task_queue)
    if not found:
        raise CliError(
            f"No worker asks for work on task queue {settings.task_queue}.",
            "Start one with `monetization worker`; the local stack has one of its own.",
        )
    return ", ".join(sorted({poller.identity for poller in found}))


async def check_workflows(client: Client, settings: Settings) -> str:
    """Whether every organization, and every open payout, has a workflow that runs."""
    lost = await without_workflow(client, usable(settings))
    if lost:
        names = ", ".join(lost[:NAMED]) + (" …" if len(lost) > NAMED else "")
        raise CliError(
            f"Without a running workflow: {len(lost)} ({names}).",
            "Start each again from the database: `monetization organizations resume ID`.",
        )
    return "every organization and every open payout has one"


async def check_progress(client: Client) -> str:
    """Whether the workflows that run get anywhere."""
    stuck, troubled = await failing(client), await in_trouble(client)
    if stuck:
        raise CliError(
            f"Workflows whose tasks fail again and again: {how_many(stuck)} ({', '.join(stuck[:NAMED])}).",
            "The worker's log and the workflow's history in Temporal say why; they go on once the worker is fixed.",
        )
    if troubled:
        raise CliError(
            f"Workflows in which something unforeseen fails: {how_many(troubled)} ({', '.join(troubled[:NAMED])}).",
            "The workflow's page in Temporal and the worker's log say what; steps outside are tried again by themselves.",
        )
    return "no workflow's tasks fail"


def how_many(found: list[str]) -> str:
    """How many were found, as far as they were looked for."""
    return f"{MOST} or more" if len(found) >= MOST else str(len(found))
