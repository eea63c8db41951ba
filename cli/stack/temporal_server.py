"""Temporal's development server: which program it is, and how it is started and reached."""

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError

from cli.errors import CliError, Exit
from cli.stack.state_dir import Ports, refuse_made_key
from config.settings import Settings
from config.temporal import connect_config
from storage.encryption import payload_codec
from workflows.search_attributes import ALL

REPORT_AFTER = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute"
"""After how many failed tasks in a row the server marks a workflow; five, by default, take it about a minute."""

CONNECT_SECONDS = 10.0
RPC_TIMEOUT = timedelta(seconds=5)


def find_program() -> Path:
    """The ``temporal`` program: ``TEMPORAL_CLI``, else the one on PATH, else the one beside this Python."""
    if named := os.environ.get("TEMPORAL_CLI"):
        path = Path(named)
        if not os.access(path, os.X_OK):
            raise CliError(
                f"TEMPORAL_CLI names {path}, which is no program.",
                "Correct it, or unset it: `make .venv` installs a temporal of its own.",
                Exit.UNREACHABLE,
            )
        return path
    found = shutil.which("temporal") or Path(sys.executable).with_name("temporal")
    if not os.access(found, os.X_OK):
        raise CliError(
            "There is no `temporal` program.",
            "Run `make .venv`, which installs it into .venv/bin, or put one on PATH.",
            Exit.UNREACHABLE,
        )
    return Path(found)


def version(program: Path) -> str:
    """What the program says about itself, in one line."""
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    return answer.stdout.strip() or answer.stderr.strip()[:200]


def command(program: Path, database: Path, ports: Ports) -> list[str]:
    """The command line of the development server.

    It polls its own queues only twenty times a second by default, which would cost 50 ms for every task.
    """
    arguments = [
        str(program), "server", "start-dev",
        "--db-filename", str(database),
        "--ip", "127.0.0.1",
        "--port", str(ports.temporal),
        "--ui-port", str(ports.temporal_ui),
        "--log-level", "error",
        "--sqlite-pragma", "journal_mode=WAL",
        "--sqlite-pragma", "synchronous=FULL",
    ]  # fmt: skip
    for processor in ("transfer", "timer", "visibility"):
        arguments += ["--dynamic-config-value", f"history.{processor}ProcessorMaxPollRPS=2000"]
    arguments += ["--dynamic-config-value", f"{REPORT_AFTER}=2"]
    for key in ALL:
        arguments += ["--search-attribute", f"{key.name}={type_name(key)}"]
    return arguments


def type_name(key: SearchAttributeKey[Any]) -> str:
    """What the server's command line calls the type of a search attribute: ``KeywordList``, say."""
    name = IndexedValueType.Name(IndexedValueType.ValueType(key.indexed_value_type)).removeprefix(
        "INDEXED_VALUE_TYPE_"
    )
    return "".join(part.capitalize() for part in name.split("_"))


async def connect(settings: Settings, *, make_key: bool = True) -> Client:
    """A client of the configured Temporal, which makes no key if it is only to look; CliError if it cannot be reached."""
    if make_key:
        refuse_made_key(settings)
    try:
        return await asyncio.wait_for(
            payload_codec.connect(settings, make_key=make_key),
            CONNECT_SECONDS,
        )
    except (RuntimeError, RPCError, TimeoutError) as error:
        raise CliError(
            f"Temporal cannot be reached at {settings.temporal_address}.",
            "Start the local stack with `monetization up`, or set MONETIZATION_TEMPORAL_ADDRESS or a profile.",
            Exit.UNREACHABLE,
        ) from error


async def answers(settings: Settings) -> bool:
    """Whether Temporal serves its namespace."""
    try:
        client = await asyncio.wait_for(Client.connect(**connect_config(settings)), 2)
        await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=settings.temporal_namespace), timeout=RPC_TIMEOUT
        )
    except (RuntimeError, RPCError, TimeoutError):
        return False
    return True
