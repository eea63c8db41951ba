"""The embedded installation in a state directory: where its parts are, so that every command finds them."""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from filelock import BaseFileLock, FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from cli.errors import CliError
from config.settings import Settings
from providers.sandbox_defaults import left_to_the_sandbox

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_STATE_DIR = Path(".monetization")
FILE = "stack.json"
LOCK = "up.lock"
PREFIX = "MONETIZATION_"

StateDir = Annotated[
    Path,
    typer.Option(
        help="Where the local stack keeps its databases, files and logs.",
        envvar=f"{PREFIX}STATE_DIR",
        file_okay=False,
    ),
]
"""The option that names the state directory, the same for all commands."""

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for scripts.")]
"""The option that asks for JSON."""


class Ports(BaseModel):
    """Where the local stack listens, on 127.0.0.1."""

    model_config = ConfigDict(frozen=True)

    temporal: int
    temporal_ui: int
    sandbox: int
    api: int


class Stack(BaseModel):
    """What ``stack.json`` says of a local stack.

    Attributes:
        policy: which policy its organizations live under.
        seconds_per_day: real seconds that a day of the programme lasts, under ``fast``.
        anchor: the real moment at which programme time and real time were equal; never changed.
        supervisor: the process that keeps the others running; ``None`` when it was stopped.
        pids: the others, by name; it changes when one of them is started again.
    """

    policy: Literal["default", "fast"]
    seconds_per_day: float
    anchor: datetime
    ports: Ports
    supervisor: int | None = None
    pids: dict[str, int] = {}

    def variables(self, state_dir: Path) -> dict[str, str]:
        """The environment variables by which every process of the stack finds the others."""
        host = "127.0.0.1"
        return {
            f"{PREFIX}STATE_DIR": str(state_dir.absolute()),
            f"{PREFIX}TEMPORAL_ADDRESS": f"{host}:{self.ports.temporal}",
            f"{PREFIX}TEMPORAL_NAMESPACE": "default",
            f"{PREFIX}TEMPORAL_PLAIN": "true",
            f"{PREFIX}TEMPORAL_UI_URL": f"http://{host}:{self.ports.temporal_ui}",
            f"{PREFIX}POLICY": self.policy,
            f"{PREFIX}POLICY_ANCHOR": self.anchor.isoformat(),
            f"{PREFIX}SECONDS_PER_DAY": repr(self.seconds_per_day),
            f"{PREFIX}PROVIDER_URL": f"http://{host}:{self.ports.sandbox}",
            f"{PREFIX}OIDC_ISSUER": f"http://{host}:{self.ports.sandbox}/oidc",
            f"{PREFIX}API_HOST": host,
            f"{PREFIX}API_PORT": str(self.ports.api),
            f"{PREFIX}API_URL": f"http://{host}:{self.ports.api}",
        }

    def save(self, state_dir: Path) -> None:
        """Write the file, whole or not at all."""
        draft = state_dir / f"{FILE}.{os.getpid()}"
        draft.write_text(self.model_dump_json(indent=1) + "\n")
        draft.replace(state_dir / FILE)


def load_stack(state_dir: Path) -> Stack | None:
    """The stack of a state directory; ``None`` if there never was one."""
    try:
        return Stack.model_validate_json((state_dir / FILE).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise CliError(
            f"{state_dir / FILE} cannot be read ({type(error).__name__}).",
            "Begin anew with `monetization up --fresh`, or name another --state-dir.",
        ) from error


def settings_of(state_dir: Path) -> Settings:
    """The settings of the stack in a state directory; what the environment says itself goes first."""
    stack = load_stack(state_dir)
    found: Mapping[str, Any] = stack.variables(state_dir) if stack else {}
    values = {
        name.removeprefix(PREFIX).lower(): value for name, value in found.items() if name not in os.environ
    }
    return Settings(**{"state_dir": state_dir.absolute(), **values})


def refuse_made_key(settings: Settings) -> None:
    """CliError where a key would be made on first use that the installation elsewhere does not have."""
    for missing in left_to_the_sandbox(settings):
        if missing.variable == "MONETIZATION_FIELD_KEYS":
            raise CliError(f"{missing.variable} is not set.", missing.fix)


def environment_of(state_dir: Path) -> dict[str, str]:
    """The environment for one more process of the stack in a state directory."""
    stack = load_stack(state_dir)
    found = stack.variables(state_dir) if stack else {f"{PREFIX}STATE_DIR": str(state_dir.absolute())}
    return {**found, **os.environ}


def taken(path: Path) -> BaseFileLock | None:
    """A lock that is ours until it is released or this process ends, in whichever way; ``None`` where another has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, mode=0o600, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def is_running(state_dir: Path) -> bool:
    """Whether a supervisor runs for a state directory."""
    if not (state_dir / LOCK).exists():
        return False
    lock = taken(state_dir / LOCK)
    if lock is None:
        return True
    lock.release()
    return False


def become(state_dir: Path, *command: str) -> None:
    """Turn this process into another one of the stack, with its settings."""
    os.chdir(REPOSITORY)
    os.execve(sys.executable, [sys.executable, *command], environment_of(state_dir))
