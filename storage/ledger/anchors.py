"""Anchors: the heads of the chains, written to a file outside the database, so that a missing tail is seen.

The file is JSON lines, appended to and never changed, by one process at a time; each line vouches for the entry
at its position and, through its hash, for all before it. Whoever keeps a copy elsewhere needs to trust neither.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from models.ledger.entries import Head, canonical_json, genesis, moment
from models.tables import real_now
from storage.database import Database
from storage.ledger.journal import heads


class Unreadable(ValueError):
    """A line of the file that is no anchor."""


@dataclass
class Anchors:
    """The file, and what was read of it so far.

    Attributes:
        newest: the last anchor of each organization.
        read_to: up to which byte the file was read.
        put_back: the organizations whose chain was found shorter than their last anchor says, or another, by it.
    """

    path: Path
    newest: dict[str, Head] = field(default_factory=dict)
    read_to: int = 0
    put_back: dict[str, Head] = field(default_factory=dict)

    def write(self, database: Database) -> int:
        """Anchor every organization whose chain has grown since its last anchor; returns how many.

        The lines are on disk when this returns. A line that a power cut tore is cut off first.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.catch_up()
            with database.reading() as session:
                now = heads(session)
            self.put_back = {
                name: last for name, last in self.newest.items() if is_before(now.get(name), last)
            }
            grown = [head for name, head in now.items() if head.position > self.last(name).position]
            at = moment(real_now())
            lines = "".join(canonical_json({**as_json(head), "at": at}) + "\n" for head in grown)
            os.ftruncate(file, self.read_to)
            os.lseek(file, 0, os.SEEK_END)
            write_whole(file, lines.encode())
            os.fsync(file)
            return len(grown)
        finally:
            os.close(file)

    def catch_up(self) -> None:
        """Read what was appended since, by whomever."""
        for head in read(self.path, self.read_to):
            self.newest[head.organization_id] = head
        self.read_to = whole_lines(self.path)

    def last(self, organization_id: str) -> Head:
        """The last anchor of an organization."""
        return self.newest.get(organization_id) or genesis(organization_id)


def is_before(head: Head | None, anchor: Head) -> bool:
    """Whether a chain lacks the entry that an anchor vouches for, as far as its last entry tells."""
    if head is None or head.position < anchor.position:
        return True
    return head.position == anchor.position and head.hash != anchor.hash


def read(path: Path, begin: int = 0) -> Iterator[Head]:
    """The anchors of a file from a byte on, in the order in which they were written; none if there is no file.

    Raises:
        Unreadable: a line is no anchor.
    """
    end = whole_lines(path)
    if begin >= end:
        return
    with path.open("rb") as file:
        file.seek(begin)
        while file.tell() < end:
            line = file.readline()
            try:
                anchor = json.loads(line)
                yield Head(str(anchor["organization_id"]), int(anchor["position"]), str(anchor["hash"]))
            except (ValueError, KeyError, TypeError):
                raise Unreadable(f"{path} has a line that is no anchor, before byte {file.tell()}") from None


def whole_lines(path: Path) -> int:
    """How many bytes the complete lines of a file have."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            while end:
                begin = max(0, end - 4096)
                file.seek(begin)
                last = file.read(end - begin).rfind(b"\n")
                if last >= 0:
                    return begin + last + 1
                end = begin
    except FileNotFoundError:
        pass
    return 0


def as_json(head: Head) -> dict[str, str | int]:
    """A head as an anchor's line has it."""
    return {"organization_id": head.organization_id, "position": head.position, "hash": head.hash}


def write_whole(file: int, content: bytes) -> None:
    """Write all of it."""
    while content:
        content = content[os.write(file, content) :]
