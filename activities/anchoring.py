"""Anchoring the ledger while the worker works."""

import asyncio
from pathlib import Path

import structlog

from storage.database import Database
from storage.ledger_anchors import Anchors

PAUSE_SECONDS = 15.0

log = structlog.get_logger("ledger")


class Anchoring:
    """Writes the heads of all chains that have grown to a file, again and again; many workers may share it.

    Args:
        path: the file.
    """

    def __init__(self, database: Database, path: Path) -> None:
        self.database = database
        self.anchors = Anchors(path)

    async def run(self) -> None:
        """Anchor until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await asyncio.to_thread(self.anchors.write, self.database)
            except Exception:
                log.exception("ledger not anchored")
