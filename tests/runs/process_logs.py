"""What the processes under test have logged while a test ran, for whoever reads that it failed."""

from collections.abc import Iterator
from pathlib import Path

MOST = 6_000
"""Characters of each log that are shown: its end."""

_read: dict[Path, int] = {}


def follow(path: Path) -> None:
    """Show from now on what is written to a log while a test fails."""
    _read.setdefault(path, 0)


def begin() -> None:
    """Remember where the logs end now."""
    for path in _read:
        _read[path] = path.stat().st_size if path.exists() else 0


def since() -> Iterator[tuple[str, str]]:
    """What was written since then, by the log's name."""
    for path, before in _read.items():
        if path.exists():
            with path.open("rb") as log:
                log.seek(before)
                said = log.read().decode(errors="replace")
            if said.strip():
                yield f"{path.parent.name}/{path.name}", said[-MOST:]
