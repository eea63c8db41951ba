"""Ports of this machine: which are free, and which are taken instead."""

import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

from filelock import BaseFileLock

from cli.errors import CliError, Exit
from cli.stack.state_dir import Ports, taken

HOST = "127.0.0.1"
DEFAULTS = Ports(temporal=7233, temporal_ui=8233, sandbox=8700, api=8600)


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int, host: str = HOST) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


class Reservations:
    """Ports that stacks which start at the same time leave to each other; held until they are given up."""

    def __init__(self) -> None:
        self._locks: dict[int, BaseFileLock] = {}

    def take(self, port: int) -> bool:
        """Whether the port is ours: no other stack has it, and nobody else listens there."""
        if port in self._locks or not is_free(port):
            return False
        lock = taken(Path(tempfile.gettempdir()) / f"monetization-{os.getuid()}" / f"port-{port}.lock")
        if lock is None:
            return False
        self._locks[port] = lock
        return True

    def take_any(self) -> int:
        """Some port that is ours now."""
        while True:
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port = int(probe.getsockname()[1])
            if self.take(port):
                return port

    def give_up(self) -> None:
        """Leave all of them to others."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()


def choose(wanted: Mapping[str, int | None], before: Ports | None, reserved: Reservations) -> Ports:
    """The ports for a stack.

    Args:
        wanted: by name; what is given must be free, ``None`` leaves the choice.
        before: the ports that the stack had the last time; tried first, so that addresses stay the same.
        reserved: takes the ports that are chosen.
    """
    chosen: dict[str, int] = {}
    for name, usual in DEFAULTS.model_dump().items():
        port = wanted.get(name)
        if port is not None and not reserved.take(port):
            raise CliError(
                f"Port {port}, meant for {name.replace('_', ' ')}, is taken.",
                "Name another one, or none at all: then a free one is chosen.",
                Exit.USAGE,
            )
        candidates = [] if before is None else [getattr(before, name)]
        found = port or next((p for p in (*candidates, usual) if reserved.take(p)), None)
        chosen[name] = found or reserved.take_any()
    return Ports(**chosen)
