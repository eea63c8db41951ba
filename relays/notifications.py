"""Notifications: what was written with its transition is sent after it, once, however often it takes."""

import asyncio
import re

import structlog

from providers.http.notifications import LONGEST_TEXT
from providers.protocols import Notice, Notifications, ProviderFailure
from storage.database import Database
from storage.organizations import outbox
from storage.organizations.outbox import PendingNotification

BATCH = 50
LEASE_SECONDS = 60.0
PAUSE_SECONDS = 1.0
RETRY_SECONDS = 10.0
ODD_RETRY_SECONDS = 600.0
"""After how long a mail is tried again that could not even be made: only another release may fix that."""

log = structlog.get_logger("notifications")


class NotificationRelay:
    """Empties the outbox; it runs beside the activities in every worker, and rows are leased to one at a time."""

    def __init__(self, database: Database, notifications: Notifications) -> None:
        self.database, self.notifications = database, notifications

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                sent = await asyncio.to_thread(self.send_batch)
            except Exception:
                log.exception("outbox not reached")
                sent = 0
            if sent < BATCH:
                await asyncio.sleep(PAUSE_SECONDS)

    def send_batch(self) -> int:
        """Send what is due; returns how many were tried."""
        pending = outbox.lease(self.database, BATCH, LEASE_SECONDS)
        for item in pending:
            try:
                self.notifications.send(notice_of(item))
            except ProviderFailure as failure:
                log.warning("notification not sent", notification_id=item.id, code=failure.code)
                outbox.give_back(self.database, item.id, RETRY_SECONDS)
            except Exception:
                # One that nobody can send must not hold up those that come after it.
                ids = {"notification_id": item.id, "organization_id": item.organization_id}
                log.exception("notification not sent", **ids)
                outbox.give_back(self.database, item.id, ODD_RETRY_SECONDS)
            else:
                outbox.mark_sent(self.database, item.id)
        return len(pending)


def notice_of(item: PendingNotification) -> Notice:
    """A notification as it is handed in; one that is too long for a mail ends early, for the rest stands in the inbox."""
    text = item.text if len(item.text) <= LONGEST_TEXT else f"{item.text[: LONGEST_TEXT - 1]}…"
    return Notice(
        id=f"notification/{item.id}",
        organization_id=item.organization_id,
        kind=item.kind,
        recipients=item.recipients,
        subject=first_sentence(text),
        text=text,
    )


def first_sentence(text: str) -> str:
    """What a mail is called: what it begins with."""
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0][:200]
