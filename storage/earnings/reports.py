"""Earnings as the platform reported them: imported in bulk, once, however often they are reported.

A batch is a handful of SQL statements, whatever its size. What cannot be counted is put aside (see
``storage.earnings.quarantine``), so that it holds up nothing else; refunds that come before their orders wait there.

What is imported here is settled in ``storage.settlement.batches``. Nothing that comes late is lost or counted twice,
because every row says how much of it is settled:

- An order or refund is a fact of its own and never changes. ``settled_in`` names the statement that counts it;
  while it is empty, the next statement of its stream takes it.
- An ad day is corrected in place by higher revisions. ``settled_micros`` says how much of its revenue
  statements count; the difference to ``revenue_micros``, up or down, is taken by the next statement.

What a statement takes from its own period becomes a line of kind ``earning``, what it takes from earlier ones
a line of kind ``adjustment``. Play money is kept, but never settled.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from models.documents import Stream
from models.earnings import PASSING, REFUNDED, AdDay, Aside, Imported, OrderEvent, Report, read_report
from models.identity import DocumentId
from models.programme.periods import day_of
from models.programme.policy import Policy, default_policy
from models.tables import DocumentRow, FeedCursorRow, OrganizationRow, real_now
from storage.bulk import among, insert_all
from storage.database import Database
from storage.earnings.quarantine import put_aside, settle_conflicts, to_be_retried, waiting_for
from storage.earnings.validation import AD_NUMBERS, AD_PLACE, ORDER_FACTS, AdBook, Known, OrderBook
from storage.settlement.sources import AD_DAYS, ORDERS, is_purchase, is_refund

T = TypeVar("T")

STREAMS = {"subscription": Stream.IAP_SUBSCRIPTION, "one_time": Stream.IAP_NON_SUBSCRIPTION}
BATCH = 5_000
"""How many reports one round of SQL statements takes; databases limit the parameters of a statement."""


def import_orders(
    database: Database,
    events: Iterable[OrderEvent],
    now: datetime,
    policy: Policy,
    source: str = "feed",
) -> Imported:
    """Keep orders and refunds; ``now`` is programme time, the policy says when a day begins."""
    with database.transaction() as session:
        return keep_orders(session, events, now, policy, source)


def import_ad_days(
    database: Database,
    days: Iterable[AdDay],
    now: datetime,
    source: str = "feed",
    policy: Policy | None = None,
) -> Imported:
    """Keep the highest revision of each report; ``now`` is programme time, the policy says what is too large."""
    with database.transaction() as session:
        return keep_ad_days(session, days, now, source, policy)


def put_unread_aside(database: Database, found: Iterable[Aside], source: str) -> None:
    """Keep note of reports that could not be read."""
    with database.transaction() as session:
        put_aside(session, found, source)


def retry_aside(database: Database, now: datetime, policy: Policy, limit: int = BATCH) -> int:
    """Try again what was put aside for a reason that may have passed; returns how much of it counts now."""
    accepted, last = 0, 0
    while True:
        with database.transaction() as session:
            rows = to_be_retried(session, last, limit)
            if not rows:
                return accepted
            last = rows[-1].id or 0
            orders = [read_report(OrderEvent, row.report) for row in rows if row.kind == "order"]
            days = [read_report(AdDay, row.report) for row in rows if row.kind == "ad_day"]
            # Another release kept them, by other rules: they go by those of today.
            put_aside(session, [report for report in (*orders, *days) if isinstance(report, Aside)], "feed")
            accepted += keep_orders(
                session, [report for report in orders if isinstance(report, OrderEvent)], now, policy
            ).accepted
            accepted += keep_ad_days(
                session, [report for report in days if isinstance(report, AdDay)], now, policy=policy
            ).accepted


def keep_orders(
    session: Session,
    events: Iterable[OrderEvent],
    now: datetime,
    policy: Policy,
    source: str = "feed",
) -> Imported:
    """Keep orders and refunds within a transaction."""
    done = Imported()
    for start, batch in batches(events):
        keep_order_batch(session, batch, now, source, start, done, policy)
    return done


def keep_order_batch(
    session: Session,
    batch: Sequence[OrderEvent],
    now: datetime,
    source: str,
    start: int,
    done: Imported,
    policy: Policy,
) -> None:
    """Keep some orders and refunds: orders first, then the refunds among them and those that waited for them."""
    known = what_is_known(session, batch, now, policy)
    bought = {event.order_id for event in batch if event.type != REFUNDED}
    waiting = waiting_for(session, bought) if bought else []
    placed: list[tuple[int | None, OrderEvent]] = [*enumerate(batch, start), *((None, e) for e in waiting)]
    placed.sort(key=lambda item: item[1].type == REFUNDED)
    book = open_order_book(session, known, [event for _, event in placed])
    rows, asides, over, received_at = [], [], [], real_now()
    for place, event in placed:
        values = order_values(event, received_at, policy)
        verdict = book.judge(event, values)
        if isinstance(verdict, Aside):
            asides.append(verdict)
            if place is not None:
                done.aside[place] = verdict
            if verdict.why in PASSING:
                continue
        elif verdict:
            rows.append(values)
            done.accepted += place is not None
            done.caught_up += place is None
        else:
            done.known += place is not None
        over.append(event.subject)
    insert_all(session, ORDERS, rows)
    settle_conflicts(session, "order", over)
    put_aside(session, asides, source)


def keep_ad_days(
    session: Session,
    days: Iterable[AdDay],
    now: datetime,
    source: str = "feed",
    policy: Policy | None = None,
) -> Imported:
    """Keep the highest revision of each ad day within a transaction."""
    done = Imported()
    for start, batch in batches(days):
        keep_ad_day_batch(session, batch, now, source, start, done, policy or default_policy())
    return done


def keep_ad_day_batch(
    session: Session,
    batch: Sequence[AdDay],
    now: datetime,
    source: str,
    start: int,
    done: Imported,
    policy: Policy,
) -> None:
    """Keep some ad days."""
    book = open_ad_book(session, what_is_known(session, batch, now, policy), batch)
    earlier = frozenset(book.days)
    rows: dict[str, dict[str, Any]] = {}
    asides, over, received_at = [], [], real_now()
    for place, day in enumerate(batch, start):
        values = ad_day_values(day, received_at)
        verdict = book.judge(day, values)
        if isinstance(verdict, Aside):
            asides.append(verdict)
            done.aside[place] = verdict
            if verdict.why in PASSING:
                continue
        elif verdict:
            rows[day.report_id] = values
            done.accepted += 1
        else:
            done.known += 1
        over.append(day.subject)
    insert_all(session, AD_DAYS, [row for report_id, row in rows.items() if report_id not in earlier])
    if corrections := [row for report_id, row in rows.items() if report_id in earlier]:
        changed = ("revision", *AD_NUMBERS, "received_at")
        session.connection().execute(
            update(AD_DAYS).where(AD_DAYS.c.report_id == bindparam("of_report")),
            [{"of_report": row["report_id"]} | {name: row[name] for name in changed} for row in corrections],
        )
    settle_conflicts(session, "ad_day", over)
    put_aside(session, asides, source)


def what_is_known(session: Session, batch: Sequence[Report], now: datetime, policy: Policy) -> Known:
    """The organizations and games that a batch names; until the transaction ends, nobody else imports for them."""
    named = {report.organization_id for report in batch}
    launches = {f"launch/{report.game_id}" for report in batch}
    organizations = select(col(OrganizationRow.id)).where(among(OrganizationRow.id, named))
    locked = organizations.order_by(col(OrganizationRow.id)).with_for_update(key_share=True)
    games = select(col(DocumentRow.organization_id), col(DocumentRow.id)).where(
        among(DocumentRow.id, launches)
    )
    return Known(
        organizations=set(session.scalars(locked)),
        games={(owner, DocumentId(launch).key) for owner, launch in session.execute(games)},
        now=now,
        largest_ad_day_micros=policy.largest_ad_day_micros,
    )


def open_order_book(session: Session, known: Known, events: Sequence[OrderEvent]) -> OrderBook:
    """What is known of the events of a batch, and of the orders that they are about."""
    book = OrderBook(known)
    rows = select(*(ORDERS.c[name] for name in ORDER_FACTS))
    of_orders = among(ORDERS.c.order_id, {event.order_id for event in events})
    for part in (is_purchase(), is_refund()):
        for row in session.execute(rows.where(of_orders, part)).mappings():
            book.enter(dict(row))
    named = among(ORDERS.c.event_id, {event.event_id for event in events})
    for row in session.execute(rows.where(named)).mappings():
        book.events.setdefault(row["event_id"], dict(row))
    return book


def open_ad_book(session: Session, known: Known, days: Sequence[AdDay]) -> AdBook:
    """What is known of the ad days of a batch."""
    rows = select(*(AD_DAYS.c[name] for name in ("report_id", "revision", *AD_PLACE, *AD_NUMBERS)))
    named = among(AD_DAYS.c.report_id, {day.report_id for day in days})
    found = session.execute(rows.where(named)).mappings()
    return AdBook(known, {row["report_id"]: dict(row) for row in found})


def order_values(event: OrderEvent, received_at: datetime, policy: Policy) -> dict[str, Any]:
    """An order event as it is kept; it belongs to the day on which it happened."""
    at = event.at.astimezone(UTC)
    return {
        "event_id": event.event_id,
        "organization_id": event.organization_id,
        "game_id": event.game_id,
        "order_id": event.order_id,
        "stream": STREAMS[event.product].value,
        "beans": -event.refund_amount if event.type == REFUNDED else event.beans,
        "user_id": event.user_id,
        "region": event.region,
        "day": day_of(at, policy),
        "is_sandbox": event.is_sandbox,
        "at": at,
        "received_at": received_at,
    }


def ad_day_values(day: AdDay, received_at: datetime) -> dict[str, Any]:
    """An ad day as it is kept."""
    return {**day.model_dump(exclude={"currency"}), "received_at": received_at, "settled_micros": 0}


def batches(items: Iterable[T]) -> Iterable[tuple[int, list[T]]]:
    """Parts of at most ``BATCH``, each with the place of its first item."""
    rest, start = iter(items), 0
    while batch := list(islice(rest, BATCH)):
        yield start, batch
        start += len(batch)


def cursor(database: Database, feed: str) -> str | None:
    """How far a feed has been read; ``None`` if it never was."""
    with database.reading() as session:
        row = session.get(FeedCursorRow, feed)
        return row.cursor if row else None


def save_cursor(database: Database, feed: str, cursor: str) -> None:
    """Remember how far a feed has been read."""
    with database.transaction() as session:
        session.merge(FeedCursorRow(feed=feed, cursor=cursor))
