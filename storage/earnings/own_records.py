"""An organization's own records of orders beside the platform's: loaded into a table, compared in SQL, kept."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    String,
    Subquery,
    Table,
    case,
    func,
    insert,
    literal,
    null,
    select,
    text,
    union_all,
)
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.comparison import DifferenceKind, OwnRecord
from models.tables import ComparisonRow, DifferenceRow, OrderEventRow
from storage.organizations.queries import ListPage, known, later, page
from storage.settlement.sources import is_purchase

TABLES = OrderEventRow.metadata.tables
ORDERS, DIFFERENCES = TABLES["order_events"], TABLES["comparison_differences"]

OWN = Table(
    "own_records",
    MetaData(),
    Column("row", Integer, primary_key=True),
    Column("order_id", String, nullable=False, unique=True),
    Column("micros", BigInteger, nullable=False),
    Column("refunded_micros", BigInteger, nullable=False),
    Column("day", Date),
    prefixes=["TEMPORARY"],
)
"""The file, for as long as it is compared."""

BATCH = 10_000


def in_scope(comparison: ComparisonRow) -> ColumnElement[bool]:
    """Whether an order or refund is one of those compared with."""
    mine = (ORDERS.c.organization_id == comparison.organization_id) & ~ORDERS.c.is_sandbox
    if comparison.statement_id is not None:
        return mine & (ORDERS.c.settled_in == comparison.statement_id)
    return mine & ORDERS.c.day.between(comparison.since, comparison.until)


def platform_orders(session: Session, comparison: ComparisonRow, most: int) -> int:
    """How many orders and refunds are compared with, counted up to one more than ``most``."""
    some = select(ORDERS.c.event_id).where(in_scope(comparison)).limit(most + 1).subquery()
    return int(session.execute(select(func.count()).select_from(some)).scalar_one())


def compare(
    session: Session, comparison: ComparisonRow, records: Iterable[OwnRecord], bean_price_micros: int
) -> None:
    """Compare records with the platform's and keep what differs.

    Args:
        comparison: says with what; its sums are filled in.
        records: each order once.
        bean_price_micros: the base price of a Bean.
    """
    session.add(comparison)
    session.flush()
    connection = session.connection()
    OWN.create(connection)
    remaining = iter(records)
    while batch := [record._asdict() for record in islice(remaining, BATCH)]:
        connection.execute(insert(OWN), batch)
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE own_records"))
    platform = platform_side(comparison, bean_price_micros)
    own_sums = select(func.count(), func.sum(OWN.c.micros - OWN.c.refunded_micros))
    comparison.own_orders, comparison.own_micros = sums(session, own_sums)
    theirs = select(func.count(), func.sum(platform.c.micros - platform.c.refunded_micros))
    comparison.platform_orders, comparison.platform_micros = sums(session, theirs)
    keep_differences(session, comparison, platform)
    OWN.drop(connection)
    comparison.differences = summary(session, comparison.id)
    session.flush()


def sums(session: Session, query: Any) -> tuple[int, int]:
    """A count and a sum; the sum of nothing is 0."""
    count, micros = session.execute(query).one()
    return int(count), int(micros or 0)


def platform_side(comparison: ComparisonRow, bean_price_micros: int) -> Subquery:
    """The orders compared with; one of which only refunds are has no day."""
    bought = ORDERS.c.beans >= 0
    return (
        select(
            ORDERS.c.order_id,
            (func.sum(case((bought, ORDERS.c.beans), else_=0)) * bean_price_micros).label("micros"),
            (func.sum(case((bought, 0), else_=-ORDERS.c.beans)) * bean_price_micros).label("refunded_micros"),
            func.min(case((bought, ORDERS.c.day))).label("day"),
            func.max(ORDERS.c.settled_in).label("statement_id"),
        )
        .where(in_scope(comparison))
        .group_by(ORDERS.c.order_id)
        .subquery("platform")
    )


def anywhere(comparison: ComparisonRow) -> Subquery:
    """What the platform knows at all of the orders of the file."""
    return (
        select(
            ORDERS.c.order_id,
            case((ORDERS.c.is_sandbox, 0), else_=1).label("earns"),
            ORDERS.c.day,
            ORDERS.c.settled_in.label("statement_id"),
        )
        .join(OWN, OWN.c.order_id == ORDERS.c.order_id)
        .where(ORDERS.c.organization_id == comparison.organization_id, is_purchase())
        .subquery("anywhere")
    )


def keep_differences(session: Session, comparison: ComparisonRow, platform: Subquery) -> None:
    """Write down every order that differs, from either side."""
    elsewhere = anywhere(comparison)
    kind = case(
        (elsewhere.c.order_id.is_(None), DifferenceKind.MISSING_ON_PLATFORM.value),
        (elsewhere.c.earns == 0, DifferenceKind.SANDBOX.value),
        (platform.c.day.is_(None), DifferenceKind.OTHER_PERIOD.value),
        (OWN.c.micros != platform.c.micros, DifferenceKind.OTHER_AMOUNT.value),
        (OWN.c.refunded_micros != platform.c.refunded_micros, DifferenceKind.REFUNDED.value),
        (OWN.c.day != platform.c.day, DifferenceKind.OTHER_DAY.value),
    )
    of_file = select(
        kind.label("kind"),
        OWN.c.order_id,
        OWN.c.row,
        OWN.c.micros.label("own_micros"),
        OWN.c.refunded_micros.label("own_refunded_micros"),
        OWN.c.day.label("own_day"),
        func.coalesce(platform.c.micros, 0).label("platform_micros"),
        func.coalesce(platform.c.refunded_micros, 0).label("platform_refunded_micros"),
        elsewhere.c.day.label("platform_day"),
        elsewhere.c.statement_id,
    ).select_from(
        OWN.outerjoin(elsewhere, elsewhere.c.order_id == OWN.c.order_id).outerjoin(
            platform, platform.c.order_id == OWN.c.order_id
        )
    )
    only_refunded = case(
        (platform.c.day.is_(None), DifferenceKind.REFUNDED.value),
        else_=DifferenceKind.MISSING_IN_FILE.value,
    )
    of_platform = (
        select(
            only_refunded,
            platform.c.order_id,
            null(),
            literal(0, BigInteger),
            literal(0, BigInteger),
            null(),
            platform.c.micros,
            platform.c.refunded_micros,
            platform.c.day,
            platform.c.statement_id,
        )
        .select_from(platform.outerjoin(OWN, OWN.c.order_id == platform.c.order_id))
        .where(OWN.c.order_id.is_(None))
    )
    found = union_all(of_file.where(kind.is_not(None)), of_platform).subquery("found")
    position = func.row_number().over(order_by=(found.c.kind, found.c.order_id))
    columns = [column.name for column in found.c]
    session.execute(
        insert(DIFFERENCES).from_select(
            ["comparison_id", "position", *columns],
            select(literal(comparison.id), position, *found.c),
        )
    )


def summary(session: Session, comparison_id: str) -> dict[str, dict[str, int]]:
    """How many orders differ in each way, and by what on either side."""
    own = DIFFERENCES.c.own_micros - DIFFERENCES.c.own_refunded_micros
    platform = DIFFERENCES.c.platform_micros - DIFFERENCES.c.platform_refunded_micros
    query = (
        select(DIFFERENCES.c.kind, func.count(), func.sum(own), func.sum(platform))
        .where(DIFFERENCES.c.comparison_id == comparison_id)
        .group_by(DIFFERENCES.c.kind)
    )
    return {
        kind: {"count": count, "own_micros": int(own), "platform_micros": int(platform)}
        for kind, count, own, platform in session.execute(query)
    }


def comparison_of(session: Session, organization_id: str, comparison_id: str) -> ComparisonRow | None:
    """One comparison of an organization."""
    row = session.get(ComparisonRow, comparison_id)
    return row if row and row.organization_id == organization_id else None


def comparisons(
    session: Session, organization_id: str, limit: int, after: str | None
) -> ListPage[ComparisonRow]:
    """The comparisons of an organization, the newest first."""
    order = (col(ComparisonRow.created_at), col(ComparisonRow.id))
    query = select_rows(ComparisonRow).where(ComparisonRow.organization_id == organization_id)
    if after:
        last = known(comparison_of(session, organization_id, after))
        query = query.where(later(last, *order, descending=True))
    return page(session, query.order_by(*(column.desc() for column in order)), limit)


def differences(
    session: Session, comparison_id: str, limit: int, after: int = 0, kind: str | None = None
) -> ListPage[DifferenceRow]:
    """The differences that a comparison found, or those of one kind, by kind and order.

    Args:
        after: the position of the last one seen.
    """
    query = select_rows(DifferenceRow).where(
        DifferenceRow.comparison_id == comparison_id, col(DifferenceRow.position) > after
    )
    if kind:
        query = query.where(DifferenceRow.kind == kind)
    return page(session, query.order_by(col(DifferenceRow.position)), limit)
