"""The file store on disk: files named by their content, kept encrypted, written once, checked when read."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag

from models.documents import FailureClass
from providers.failures import NotFound, ProviderFailure

MARK = b"sealed-file:1:"
"""How a sealed file begins; then comes the key's id. What is named by its own bytes is never one."""

PLAIN = ""
"""The key's id of a file that is not sealed."""


class Sealer(Protocol):
    """A ring of keys; what it seals is bound to what it belongs to."""

    newest: str

    def seal(self, content: bytes, belongs_to: str) -> bytes:
        """Key id, colon, and the content, sealed with the newest key."""

    def unseal(self, sealed: bytes, belongs_to: str) -> bytes:
        """The content; raises KeyError for an unknown key, InvalidTag for what was tampered with."""


class DiskDocuments:
    """Files below a folder that only this user may read.

    Args:
        folder: made on first use.
        sealer: encrypts what is saved; without one, files are saved as they are. What is not sealed is read, too.
    """

    def __init__(self, folder: Path, sealer: Sealer | None = None) -> None:
        self._folder = folder
        self._sealer = sealer

    def save(self, content: bytes) -> str:
        """Keep a file; returns its SHA-256 in hex. It is on disk for good when this returns."""
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            if self.read(sha256) == content and self.key_of(sha256) == self._writes():
                return sha256
        except (NotFound, ProviderFailure):
            pass
        path = self._path(sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(
                    content if self._sealer is None else MARK + self._sealer.seal(content, place(sha256))
                )
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        for folder in (path.parent, self._folder):
            _sync(folder)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The file of that name; raises NotFound, or ProviderFailure when it is not what was saved or its key is gone."""
        kept = self._kept(sha256)
        if hashlib.sha256(kept).hexdigest() == sha256:
            return kept
        if not kept.startswith(MARK) or self._sealer is None:
            raise ProviderFailure(FailureClass.FINAL, "file_damaged")
        try:
            content = self._sealer.unseal(kept.removeprefix(MARK), place(sha256))
        except KeyError:
            raise ProviderFailure(FailureClass.FINAL, "file_key_missing") from None
        except InvalidTag:
            raise ProviderFailure(FailureClass.FINAL, "file_damaged") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ProviderFailure(FailureClass.FINAL, "file_damaged")
        return content

    def key_of(self, sha256: str) -> str:
        """The id of the key under which a file is kept, ``PLAIN`` for none; raises NotFound."""
        kept = self._kept(sha256)
        if not kept.startswith(MARK) or hashlib.sha256(kept).hexdigest() == sha256:
            return PLAIN
        return kept.removeprefix(MARK).partition(b":")[0].decode(errors="replace")

    def names(self) -> Iterator[str]:
        """All files by name, in order."""
        for path in sorted(self._folder.glob("??/*")):
            if re.fullmatch(r"[0-9a-f]{64}", name := path.parent.name + path.name):
                yield name

    def seal_again(self, sha256: str) -> bool:
        """Keep a file under the newest key; whether it was not yet. Raises NotFound or ProviderFailure."""
        if self.key_of(sha256) == self._writes():
            return False
        self.save(self.read(sha256))
        return True

    def _writes(self) -> str:
        return PLAIN if self._sealer is None else self._sealer.newest

    def _kept(self, sha256: str) -> bytes:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise NotFound("unknown_file")
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound("unknown_file") from None

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]


def place(sha256: str) -> str:
    """What a sealed file is bound to: moved to another name, it opens no more."""
    return f"file/{sha256}"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
