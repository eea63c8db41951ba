"""The file store on disk: files named by their content, written once, checked when read."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from models.documents import FailureClass
from providers.failures import NotFound, ProviderFailure


class DiskDocuments:
    """Files below a folder that only this user may read.

    Args:
        folder: made on first use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, content: bytes) -> str:
        """Keep a file; returns its SHA-256 in hex. It is on disk for good when this returns."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.exists() and path.read_bytes() == content:
            return sha256
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
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
        """The file of that name; raises NotFound, or ProviderFailure when it is not what was saved."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise NotFound("unknown_file")
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound("unknown_file") from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ProviderFailure(FailureClass.FINAL, "file_damaged")
        return content

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
