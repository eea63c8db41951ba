"""The courier: sends signed webhooks to the application, again and again until it answers 2xx."""

import asyncio
import time

import httpx2
import structlog
from pydantic import BaseModel
from sqlmodel import Session, col, select

from providers.http.signature import HEADER, sign
from sandbox.faults import Kind, take
from sandbox.state import World
from sandbox.store import WebhookRow

AT_ONCE = 32
TIMEOUT = 5.0
FIRST_WAIT = 0.2

_log = structlog.get_logger("sandbox.webhook_sender")


def announce(
    session: Session,
    world: World,
    provider: str,
    organization_id: str,
    event_id: str,
    news: BaseModel,
    fault_provider: str | None = None,
) -> None:
    """Have news sent to ``/v1/webhooks/{provider}`` once this transaction is kept."""
    places = (fault_provider or provider, "webhooks")
    dropped = take(session, world, [Kind.DROP_WEBHOOK], places, organization_id)
    twice = take(session, world, [Kind.ANSWER_TWICE], places, organization_id)
    for _ in range(2 if twice else 1):
        session.add(
            WebhookRow(
                event_id=event_id,
                provider=provider,
                organization_id=organization_id,
                body=news.model_dump_json(),
                state="dropped" if dropped else "pending",
                due_at=time.time(),
            )
        )


async def deliver(world: World, stirred: asyncio.Event) -> None:
    """Send what is due, for ever."""
    async with httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        while True:
            rows, pause = await asyncio.to_thread(_due, world)
            if rows:
                statuses = await asyncio.gather(*(_post(world, client, row) for row in rows))
                await asyncio.to_thread(_record, world, rows, statuses)
                continue
            try:
                await asyncio.wait_for(stirred.wait(), pause)
            except TimeoutError:
                continue
            stirred.clear()


def _due(world: World) -> tuple[list[WebhookRow], float]:
    """What is to be sent now, or else how many seconds there is nothing to send."""
    pending = select(WebhookRow).where(WebhookRow.state == "pending").order_by(col(WebhookRow.due_at))
    with world.store.read() as session:
        rows = list(session.exec(pending.limit(AT_ONCE)))
        session.expunge_all()
    now = time.time()
    due = [row for row in rows if row.due_at <= now]
    return due, min(max(rows[0].due_at - now, 0.01), 1.0) if rows else 1.0


async def _post(world: World, client: httpx2.AsyncClient, row: WebhookRow) -> int | None:
    settings = world.settings
    secret = settings.webhook_secrets.get_secret_value().split(",")[0].strip()
    body = row.body.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Request-Id": f"webhook-{row.id}-{row.attempts + 1}",
        HEADER: sign(secret, body, int(time.time())),
    }
    try:
        url = f"{settings.api_url.rstrip('/')}/v1/webhooks/{row.provider}"
        # Only the status counts; whatever else is answered is not read.
        async with client.stream("POST", url, content=body, headers=headers) as response:
            return response.status_code
    except httpx2.RequestError:
        return None


def _record(world: World, rows: list[WebhookRow], statuses: list[int | None]) -> None:
    longest = 5.0 if world.clock.speed != 1 else 300.0
    with world.store.write() as session:
        for sent, status in zip(rows, statuses, strict=True):
            row = session.get_one(WebhookRow, sent.id)
            row.attempts += 1
            row.last_status = status
            if status is not None and 200 <= status < 300:
                row.state = "delivered"
            else:
                row.due_at = time.time() + min(FIRST_WAIT * 2 ** min(row.attempts - 1, 20), longest)
            _log.info(
                "webhook sent",
                event_id=row.event_id,
                provider=row.provider,
                attempt=row.attempts,
                status=status,
                state=row.state,
            )
