"""Pure tests: those in the rooms of what is decided, read and drawn. They start no process and open no connection."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
ROOMS = ("lifecycle", "models", "forms", "words", "config", "papers")
"""The folders whose tests are pure, but those that say that they are slow or start a process."""

FORBIDDEN = (
    "subprocess.Popen",
    "os.fork",
    "os.forkpty",
    "os.exec",
    "os.posix_spawn",
    "socket.connect",
    "socket.bind",
)
"""What Python's audit calls what a pure test may not do."""

_forbidding: list[str] = []


def is_pure(item: pytest.Item) -> bool:
    """Whether a test is pure, by where it stands."""
    return (
        room(item.path) in ROOMS
        and not any(item.iter_markers("slow"))
        and not any(item.iter_markers("process"))
    )


def room(path: Path) -> str:
    """The folder of the tests in which a path lies."""
    return path.relative_to(TESTS).parts[0] if path.is_relative_to(TESTS) and path != TESTS else ""


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Let a pure test fail that does what it may not."""
    if _forbidding and event in FORBIDDEN:
        raise AssertionError(
            f"{_forbidding[-1]} is pure, by its folder, and may not do this: {event} {arguments[:2]}"
        )


sys.addaudithook(audit)


@contextmanager
def pure(name: str) -> Iterator[None]:
    """Forbid processes and connections while a test runs."""
    _forbidding.append(name)
    try:
        yield
    finally:
        _forbidding.pop()
