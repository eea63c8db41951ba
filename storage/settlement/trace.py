"""From a statement line to the very orders, refunds and ad days that it counts, and what each counts there.

Anyone can add them up and work out their digest (``storage.settlement.digest``) to check the line. A statement that was
replaced keeps its sources: those of ads stay where they are, those of purchases are put aside when it gives them back.
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, ColumnElement, Select, collate, exists, insert, literal, select, true
from sqlmodel import Session

from models.documents import Stream
from models.tables import StatementLineRow, StatementRow
from storage.organizations.queries import ListPage
from storage.settlement.sources import AD_DAYS, AD_SETTLEMENTS, LINES, ORDERS, STATEMENTS, TABLES

REPLACED = TABLES["replaced_sources"]
SOURCED = ("earning", "adjustment", "reconciliation")
"""The kinds of line that have sources; the others have a net only."""


class Source(BaseModel):
    """An order, a refund or an ad day in a statement line.

    Attributes:
        day: when it happened; a refund belongs to the contract version of its order's day all the same.
        beans: negative for a refund.
        micros: what it counts in this line, in micro-units; for a corrected ad day only the difference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["order", "refund", "ad_day"]
    game_id: str
    day: date
    region: str
    order_id: str | None = None
    beans: int | None = None
    placement: str | None = None
    micros: int


def line_sources(
    session: Session, line: StatementLineRow, limit: int, after: str | None = None
) -> ListPage[Source]:
    """The sources of a line, in the order of their ids (of the ids' UTF-8); none for lines that have a net only.

    Args:
        after: the id of the last one seen.
    """
    if line.kind not in SOURCED:
        return ListPage([], False)
    statement = session.get_one(StatementRow, line.statement_id)
    query = (
        ad_days_of(statement, line) if statement.stream == Stream.IAA else orders_of(session, statement, line)
    )
    counted = query.subquery("counted")
    identity = counted.c.id if session.get_bind().dialect.name == "sqlite" else collate(counted.c.id, "C")
    beyond = true() if after is None else identity > after
    rows = session.execute(select(counted).where(beyond).order_by(identity).limit(limit + 1)).mappings().all()
    return ListPage([source_of(dict(row)) for row in rows[:limit]], len(rows) > limit)


def source_of(row: dict[str, Any]) -> Source:
    """A row of ``orders_of`` or ``ad_days_of`` as a source."""
    kind = "ad_day" if "placement" in row else "refund" if row["beans"] < 0 else "order"
    return Source.model_validate({"kind": kind, **row})


def orders_of(session: Session, statement: StatementRow, line: StatementLineRow) -> Select[Any]:
    """The orders and refunds of a line."""
    was_replaced = session.scalar(select(exists().where(STATEMENTS.c.replaces == statement.id)))
    micros: ColumnElement[int] = REPLACED.c.micros if was_replaced else worth_in(line)
    details = [ORDERS.c[name] for name in ("game_id", "day", "region", "order_id", "beans")]
    orders = select(ORDERS.c.event_id.label("id"), *details, micros.label("micros"))
    if not was_replaced:
        return orders.where(*counted_in(session, statement, line))
    return orders.join(REPLACED, REPLACED.c.event_id == ORDERS.c.event_id).where(
        REPLACED.c.statement_id == line.statement_id, REPLACED.c.position == line.position
    )


def ad_days_of(statement: StatementRow, line: StatementLineRow) -> Select[Any]:
    """The ad days of a line."""
    details = [AD_DAYS.c[name] for name in ("game_id", "day", "region", "placement")]
    of_line = (
        AD_SETTLEMENTS.c.statement_id == line.statement_id,
        AD_SETTLEMENTS.c.contract_version == line.contract_version,
        AD_DAYS.c.game_id == line.game_id,
        own_day(AD_DAYS.c.day, statement, line),
    )
    return (
        select(AD_DAYS.c.report_id.label("id"), *details, AD_SETTLEMENTS.c.micros)
        .join_from(AD_SETTLEMENTS, AD_DAYS)
        .where(*of_line)
    )


def worth_in(line: StatementLineRow) -> ColumnElement[int]:
    """What an order counts in a line."""
    return ORDERS.c.beans * literal(line.bean_price_micros, BigInteger)


def counted_in(
    session: Session, statement: StatementRow, line: StatementLineRow
) -> list[ColumnElement[bool]]:
    """The conditions under which an order counts in a line of a statement in force."""
    of_line = [ORDERS.c.game_id == line.game_id, ORDERS.c.contract_version == line.contract_version]
    if line.kind != "reconciliation":
        price = line.bean_price_micros if line.advance else None
        return [
            *of_line,
            ORDERS.c.settled_in == statement.id,
            ORDERS.c.advance_bean_micros.is_not_distinct_from(literal(price, BigInteger)),
            own_day(ORDERS.c.day, statement, line),
        ]
    reconciled = session.get_one(StatementLineRow, (line.reconciles, line.reconciles_position))
    original = session.get_one(StatementRow, line.reconciles)
    of_that_period = select(STATEMENTS.c.id).where(
        STATEMENTS.c.organization_id == original.organization_id,
        STATEMENTS.c.stream == original.stream,
        STATEMENTS.c.period_start == original.period_start,
        STATEMENTS.c.period_end == original.period_end,
    )
    return [
        *of_line,
        ORDERS.c.reconciled_in == statement.id,
        ORDERS.c.settled_in.in_(of_that_period),
        ORDERS.c.advance_bean_micros == reconciled.bean_price_micros,
        own_day(ORDERS.c.day, original, reconciled),
    ]


def own_day(day: ColumnElement[date], statement: StatementRow, line: StatementLineRow) -> ColumnElement[bool]:
    """Whether a day is of the period of a statement, for its earnings, or before it, for its adjustments."""
    return day >= statement.period_start if line.kind == "earning" else day < statement.period_start


def keep_sources(session: Session, statement: StatementRow) -> None:
    """Keep what orders and refunds count in a statement that is about to give them back."""
    if statement.stream == Stream.IAA:
        return
    for line in session.scalars(select(StatementLineRow).where(LINES.c.statement_id == statement.id)).all():
        if line.kind in SOURCED:
            counted = select(
                literal(line.statement_id), literal(line.position), ORDERS.c.event_id, worth_in(line)
            ).where(*counted_in(session, statement, line))
            columns = ["statement_id", "position", "event_id", "micros"]
            session.execute(insert(REPLACED).from_select(columns, counted))
