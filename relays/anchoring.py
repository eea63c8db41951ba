"""Anchoring the ledger while the worker works, and seeing by its anchors that the database was put back."""

import asyncio
from pathlib import Path

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.commands import COMPARE
from models.identity import organization_workflow_id
from models.ledger.entries import Head
from storage.database import Database
from storage.ledger.anchors import Anchors

PAUSE_SECONDS = 15.0

log = structlog.get_logger("ledger")


class Anchoring:
    """Writes the heads of all chains that have grown to a file, again and again; many workers may share it.

    Where the database is found behind them, its organization's workflow is told once.

    Args:
        path: the file.
    """

    def __init__(self, database: Database, path: Path, client: Client) -> None:
        self.database = database
        self.anchors = Anchors(path)
        self.client = client
        self._told: dict[str, Head] = {}

    async def run(self) -> None:
        """Anchor until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self.turn()
            except Exception:
                log.exception("ledger not anchored")

    async def turn(self) -> None:
        """Anchor what has grown, and have those compare that have lost something."""
        await asyncio.to_thread(self.anchors.write, self.database)
        for organization_id, anchor in self.anchors.put_back.items():
            if self._told.get(organization_id) != anchor:
                log.error("the database was put back", organization_id=organization_id)
                await self.have_compared(organization_id)
                self._told[organization_id] = anchor

    async def have_compared(self, organization_id: str) -> None:
        """Have an organization's workflow look, with its payouts, how far the database is; raises RPCError."""
        try:
            await self.client.get_workflow_handle(organization_workflow_id(organization_id)).signal(COMPARE)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
