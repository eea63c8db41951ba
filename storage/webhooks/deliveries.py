"""Deliveries: what webhook endpoints are told, taken from the audit record and kept until it has arrived. Real time.

Each endpoint has a cursor into the transitions of its organization. Transitions of one organization are
recorded one decision after the other, so none appears behind the cursor: nothing is left out. A relay that dies
keeps its lease until it runs out, so a webhook may be sent twice, with the same id, never lost.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, func, or_, select

from models.identity import new_id
from models.tables import TransitionRow, WebhookDeliveryRow, WebhookEndpointRow, real_now
from models.webhooks import Webhook, WebhookData, WebhookType
from storage.database import Database, insert_into
from storage.encryption.keyring import Keyring
from storage.organizations import queries
from storage.webhooks import endpoints

RETRIES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""How long to wait after each try that failed; after the last one it is given up."""

KEPT_FOR = timedelta(days=30)
MOST_REPLAYED = 5_000
TRANSITIONS_AT_ONCE = 200


@dataclass(frozen=True)
class PendingDelivery:
    """A webhook to be sent now; ``secrets`` are those to sign it with."""

    id: int
    organization_id: str
    endpoint_id: str
    url: str
    event_id: str
    body: str
    secrets: list[str] = field(repr=False)


def delivery(endpoint: WebhookEndpointRow, webhook: Webhook) -> WebhookDeliveryRow:
    """A webhook for an endpoint, due now."""
    return WebhookDeliveryRow(
        endpoint_id=endpoint.id,
        organization_id=endpoint.organization_id,
        event_id=webhook.id,
        type=webhook.type,
        document_id=webhook.data.document_id or "",
        body=webhook.body(),
        due_at=real_now(),
    )


def deliveries_of(
    endpoint: WebhookEndpointRow, transitions: Iterable[TransitionRow]
) -> list[WebhookDeliveryRow]:
    """What an endpoint is told of some transitions; the events have the ids that the timeline has."""
    return [
        delivery(
            endpoint,
            Webhook(
                id=f"evt_{transition.sequence}",
                type=transition.webhook_type,
                timestamp=transition.at,
                data=WebhookData(
                    organization_id=transition.organization_id,
                    document_id=transition.document_id,
                    state=transition.to_state,
                    revision=transition.revision,
                ),
            ),
        )
        for transition in transitions
        if transition.webhook_type and (not endpoint.events or transition.webhook_type in endpoint.events)
    ]


def insert(session: Session, rows: Iterable[WebhookDeliveryRow]) -> None:
    """Write deliveries, but for those that are there already."""
    if values := [row.model_dump(exclude={"id"}) for row in rows]:
        session.execute(insert_into(session, WebhookDeliveryRow).on_conflict_do_nothing(), values)


def enqueue(database: Database, limit: int = 50) -> int:
    """Note for endpoints what has happened since they were last looked at; how many transitions were looked at."""
    behind = (
        select(WebhookEndpointRow.id)
        .where(
            col(WebhookEndpointRow.disabled_at).is_(None),
            select(TransitionRow.sequence)
            .where(
                TransitionRow.organization_id == WebhookEndpointRow.organization_id,
                col(TransitionRow.sequence) > WebhookEndpointRow.cursor,
            )
            .exists(),
        )
        .limit(limit)
    )
    with database.reading() as session:
        endpoint_ids = session.exec(behind).all()
    return sum(enqueue_for(database, endpoint_id) for endpoint_id in endpoint_ids)


def enqueue_for(database: Database, endpoint_id: str) -> int:
    """Note for one endpoint what has happened; 0 while another relay does so."""
    query = select(WebhookEndpointRow).where(
        WebhookEndpointRow.id == endpoint_id, col(WebhookEndpointRow.disabled_at).is_(None)
    )
    with database.transaction() as session:
        endpoint = session.exec(query.with_for_update(skip_locked=True)).first()
        if endpoint is None:
            return 0
        news = session.exec(
            select(TransitionRow)
            .where(
                TransitionRow.organization_id == endpoint.organization_id,
                col(TransitionRow.sequence) > endpoint.cursor,
            )
            .order_by(col(TransitionRow.sequence))
            .limit(TRANSITIONS_AT_ONCE)
        ).all()
        insert(session, deliveries_of(endpoint, news))
        if news:
            endpoint.cursor = news[-1].sequence or endpoint.cursor
        return len(news)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether a delivery is to be sent and nobody is at it."""
    lease = col(WebhookDeliveryRow.claimed_until)
    return (col(WebhookDeliveryRow.due_at) <= now) & or_(lease.is_(None), lease <= now)


def lease(
    database: Database,
    keyring: Keyring,
    lease_seconds: float,
    at_once: int,
    each: int,
    busy: Collection[str] = (),
) -> list[PendingDelivery]:
    """Lease what is due, a few for each endpoint; nobody else is given them until the lease runs out.

    Args:
        busy: endpoints that have enough to do already.
    """
    now = real_now()
    waiting = (
        select(WebhookDeliveryRow.endpoint_id)
        .join(WebhookEndpointRow, col(WebhookEndpointRow.id) == WebhookDeliveryRow.endpoint_id)
        .where(
            is_due(now),
            col(WebhookEndpointRow.disabled_at).is_(None),
            col(WebhookEndpointRow.id).not_in(busy),
        )
        .group_by(col(WebhookDeliveryRow.endpoint_id))
        .order_by(func.min(WebhookDeliveryRow.due_at))
        .limit(at_once)
    )
    with database.reading() as session:
        endpoint_ids = session.exec(waiting).all()
    if not endpoint_ids:
        return []
    leased: list[PendingDelivery] = []
    with database.transaction() as session:
        for endpoint_id in endpoint_ids:
            endpoint = session.get(WebhookEndpointRow, endpoint_id)
            if endpoint is None or endpoint.disabled_at is not None:
                continue
            query = select(WebhookDeliveryRow).where(
                WebhookDeliveryRow.endpoint_id == endpoint_id, is_due(now)
            )
            oldest = query.order_by(col(WebhookDeliveryRow.due_at), col(WebhookDeliveryRow.id)).limit(each)
            rows = session.exec(oldest.with_for_update(skip_locked=True)).all()
            live = endpoints.secrets_of(session, keyring, endpoint) if rows else []
            for row in rows:
                row.claimed_until = now + timedelta(seconds=lease_seconds)
                leased.append(
                    PendingDelivery(
                        id=row.id or 0,
                        organization_id=row.organization_id,
                        endpoint_id=row.endpoint_id,
                        url=endpoint.url,
                        event_id=row.event_id,
                        body=row.body,
                        secrets=live,
                    )
                )
    return leased


def note_answer(database: Database, delivery_id: int, status: int | None, code: str, gone: bool) -> None:
    """Note what became of a try: arrived (no code), to be tried again later, or given up.

    An endpoint that says that it is gone, or at which nothing has arrived for as long as something was tried, is disabled.
    """
    now = real_now()
    with database.transaction() as session:
        row = session.get(WebhookDeliveryRow, delivery_id, with_for_update=True)
        if row is None or (row.due_at is None and code):
            return
        # A replay takes the lease away: what was asked for while this try was under way is still to be sent.
        asked_for_anew = row.due_at is not None and row.claimed_until is None
        row.tried_at, row.claimed_until, row.status, row.code = now, None, status, code
        if not asked_for_anew:
            row.tries, row.due_at = row.tries + 1, None
        if not code:
            row.delivered_at = now
        elif gone or row.type != WebhookType.TEST:
            endpoint = session.get_one(WebhookEndpointRow, row.endpoint_id)
            if gone:
                endpoints.disable(session, endpoint, "gone", "system")
            elif asked_for_anew:
                pass
            elif row.tries <= len(RETRIES):
                row.due_at = now + RETRIES[row.tries - 1]
            elif not anything_arrived(session, row):
                endpoints.disable(session, endpoint, "failing", "system")


def anything_arrived(session: Session, row: WebhookDeliveryRow) -> bool:
    """Whether an endpoint has taken anything since a delivery was made."""
    query = select(WebhookDeliveryRow.id).where(
        WebhookDeliveryRow.endpoint_id == row.endpoint_id,
        col(WebhookDeliveryRow.delivered_at) > row.made_at,
    )
    return session.exec(query.limit(1)).first() is not None


def test(session: Session, endpoint: WebhookEndpointRow) -> WebhookDeliveryRow:
    """Have an endpoint told that somebody tries it out; once, not again if it fails."""
    about = WebhookData(organization_id=endpoint.organization_id)
    row = delivery(
        endpoint, Webhook(id=new_id("evt"), type=WebhookType.TEST, timestamp=real_now(), data=about)
    )
    session.add(row)
    session.flush()
    return row


def deliveries(
    session: Session, endpoint: WebhookEndpointRow, limit: int, after: int | None
) -> queries.ListPage[WebhookDeliveryRow]:
    """What an endpoint was told in the last 30 days, the newest first."""
    query = select(WebhookDeliveryRow).where(
        WebhookDeliveryRow.endpoint_id == endpoint.id,
        col(WebhookDeliveryRow.made_at) > real_now() - KEPT_FOR,
    )
    if after is not None:
        query = query.where(col(WebhookDeliveryRow.id) < after)
    return queries.page(session, query.order_by(col(WebhookDeliveryRow.id).desc()), limit)


def replay(session: Session, endpoint: WebhookEndpointRow, delivery_id: int) -> WebhookDeliveryRow | None:
    """Send something once more, with the id that it had; ``None`` if the endpoint was never to be told of it."""
    row = session.get(WebhookDeliveryRow, delivery_id)
    if row is None or row.endpoint_id != endpoint.id:
        return None
    row.due_at, row.claimed_until, row.tries = real_now(), None, 0
    return row


def replay_since(session: Session, endpoint: WebhookEndpointRow, since: datetime) -> int:
    """Send everything once more that has happened since a moment, also while it was disabled; how much that is.

    At most the last 30 days, and the first 5,000 of it.
    """
    now = real_now()
    first = max(since, now - KEPT_FOR)
    query = select(TransitionRow).where(
        TransitionRow.organization_id == endpoint.organization_id,
        col(TransitionRow.recorded_at) >= first,
        col(TransitionRow.webhook_type).is_not(None),
    )
    if endpoint.events:
        query = query.where(col(TransitionRow.webhook_type).in_(endpoint.events))
    found = session.exec(query.order_by(col(TransitionRow.sequence)).limit(MOST_REPLAYED)).all()
    rows = deliveries_of(endpoint, found)
    for row in rows:
        row.due_at = now
    event_ids = [row.event_id for row in rows]
    for start in range(0, len(event_ids), 500):
        session.execute(
            update(WebhookDeliveryRow)
            .where(
                col(WebhookDeliveryRow.endpoint_id) == endpoint.id,
                col(WebhookDeliveryRow.event_id).in_(event_ids[start : start + 500]),
            )
            .values(due_at=now, claimed_until=None, tries=0)
        )
        insert(session, rows[start : start + 500])
    return len(rows)


def prune(database: Database) -> None:
    """Forget what is older than 30 days and no longer due."""
    with database.transaction() as session:
        session.execute(
            delete(WebhookDeliveryRow).where(
                col(WebhookDeliveryRow.made_at) < real_now() - KEPT_FOR,
                col(WebhookDeliveryRow.due_at).is_(None),
            )
        )
