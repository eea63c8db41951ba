"""Webhooks to organizations: what is in the audit record is sent to whoever wants to know, until it has arrived."""

import asyncio
import time

import structlog

from models.tables import real_now
from providers.webhooks.sender import Outgoing, headers_of
from storage.database import Database
from storage.encryption.keyring import Keyring
from storage.webhooks import deliveries
from storage.webhooks.deliveries import PendingDelivery

ENDPOINTS, EACH = 32, 4
"""How many endpoints are taken at once, and how many deliveries of each; a slow endpoint holds up no other."""
LEASE_SECONDS = 60.0
PAUSE_SECONDS = 1.0
PRUNE_SECONDS = 3600.0

log = structlog.get_logger("webhooks")


class WebhookRelay:
    """Sends what is due; it runs beside the activities in every worker, and deliveries are leased to one at a time."""

    def __init__(self, database: Database, keyring: Keyring, outgoing: Outgoing) -> None:
        self.database = database
        self.keyring = keyring
        self.outgoing = outgoing
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._prune_at = 0.0

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                try:
                    busy = await self.turn()
                except Exception:
                    log.exception("webhooks not reached")
                    busy = False
                if not busy:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            for task in self._under_way:
                task.cancel()

    async def turn(self) -> bool:
        """Note what has happened and begin to send what is due; whether there was anything to do."""
        if time.monotonic() >= self._prune_at:
            await asyncio.to_thread(deliveries.prune, self.database)
            self._prune_at = time.monotonic() + PRUNE_SECONDS
        seen = await asyncio.to_thread(deliveries.enqueue, self.database)
        pending = await asyncio.to_thread(
            deliveries.lease,
            self.database,
            self.keyring,
            LEASE_SECONDS,
            ENDPOINTS,
            EACH,
            set(self._under_way.values()),
        )
        for item in pending:
            task = asyncio.create_task(self.deliver(item))
            self._under_way[task] = item.endpoint_id
            task.add_done_callback(self._finished)
        return bool(seen or pending)

    async def settle(self) -> None:
        """Wait until everything that is under way has been tried."""
        await asyncio.gather(*self._under_way)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if not task.cancelled() and (error := task.exception()):
            log.error("webhook not noted", error=type(error).__name__)

    async def deliver(self, item: PendingDelivery) -> None:
        """Try one delivery and note what became of it."""
        headers = headers_of(item.secrets, item.event_id, item.body, real_now())
        answer = await self.outgoing.send(item.url, headers, item.body)
        if not answer.arrived:
            log.warning(
                "webhook not delivered",
                organization_id=item.organization_id,
                endpoint_id=item.endpoint_id,
                event_id=item.event_id,
                code=answer.code,
            )
        await asyncio.to_thread(
            deliveries.note_answer,
            self.database,
            item.id,
            answer.status,
            answer.code,
            answer.gone,
        )
