"""What statements are made of: the orders and ad days that earn and are still to be settled.

Each function is one SQL statement or a part of one. A row earns if its game was live and its feature's contract in
force on the day on which it was earned; a refund goes by the day of its order, so that it takes back what that
order earned. With what it takes, a statement notes the contract version that it takes it under, so that its lines
can be traced to their sources whatever is reported later.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    ScalarSelect,
    Select,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    update,
)
from sqlmodel import Session

from models.documents import Feature, Stream
from models.tables import OrderEventRow
from models.wire.steps import Period
from storage.bulk import among

TABLES = OrderEventRow.metadata.tables
ORDERS, AD_DAYS, AD_SETTLEMENTS = TABLES["order_events"], TABLES["ad_days"], TABLES["ad_settlements"]
STATEMENTS, LINES, DOCUMENTS = TABLES["statements"], TABLES["statement_lines"], TABLES["documents"]
TERMS, TEXTS = TABLES["earning_terms"], TABLES["contract_texts"]

US = "US"


def is_purchase(orders: FromClause = ORDERS) -> ColumnElement[bool]:
    """Whether an order event is a purchase, not a refund; in the very words of the index of purchases."""
    return orders.c.beans >= literal_column("0")


def is_refund(orders: FromClause = ORDERS) -> ColumnElement[bool]:
    """Whether an order event is a refund; in the very words of the index of refunds."""
    return orders.c.beans < literal_column("0")


def feature_of(stream: Stream) -> Feature:
    """The feature whose contract a stream is settled under."""
    return Feature.IAA if stream is Stream.IAA else Feature.IAP


def table_of(stream: Stream) -> FromClause:
    """Where the sources of a stream are."""
    return AD_DAYS if stream is Stream.IAA else ORDERS


def open_in(period: Period) -> ColumnElement[bool]:
    """Whether a source is still to be settled with a period; with the newest, earlier days are as well."""
    source = table_of(period.stream)
    if period.stream is Stream.IAA:
        unsettled = source.c.settled_micros != source.c.revenue_micros
    else:
        unsettled = source.c.settled_in.is_(None) & ~source.c.is_sandbox & (source.c.stream == period.stream)
    days = source.c.day <= period.end
    return unsettled & (days if period.newest else days & (source.c.day >= period.start))


def earned_on(stream: Stream) -> ColumnElement[Any]:
    """The day on which a source was earned: for a refund, the day of its order if that is known."""
    source = table_of(stream)
    if stream is Stream.IAA:
        return source.c.day
    purchase = ORDERS.alias("purchase")
    bought_on = (
        select(purchase.c.day)
        .where(
            purchase.c.order_id == source.c.order_id,
            purchase.c.organization_id == source.c.organization_id,
            is_purchase(purchase),
        )
        .correlate(source)
        .scalar_subquery()
    )
    return case((is_refund(), func.coalesce(bought_on, source.c.day)), else_=source.c.day)


def term(column: str, document_id: ColumnElement[str] | str, stream: Stream) -> ScalarSelect[Any]:
    """What held for a document on the day on which a source was earned; NULL if nothing did."""
    return (
        select(TERMS.c[column])
        .where(
            TERMS.c.organization_id == table_of(stream).c.organization_id,
            TERMS.c.document_id == document_id,
            TERMS.c.from_day <= earned_on(stream),
        )
        .order_by(TERMS.c.from_day.desc())
        .limit(1)
        .correlate(table_of(stream))
        .scalar_subquery()
    )


def contract_version(stream: Stream) -> ColumnElement[Any]:
    """The contract version under which a source was earned; NULL if no contract was in force.

    An order that has been reconciled already stays with the version that it was reconciled under.
    """
    version = term("version", f"contract/{feature_of(stream)}", stream)
    if stream is Stream.IAA:
        return version
    return case((ORDERS.c.reconciled_in.is_not(None), ORDERS.c.contract_version), else_=version)


def earns(stream: Stream) -> ColumnElement[bool]:
    """Whether a source earns. One whose contract has no known share waits until it has."""
    priced = select(TEXTS.c.version).where(TEXTS.c.feature == feature_of(stream))
    live = term("earns", "launch/" + table_of(stream).c.game_id, stream)
    now_earns = live.is_(True) & contract_version(stream).in_(priced)
    return now_earns if stream is Stream.IAA else now_earns | ORDERS.c.reconciled_in.is_not(None)


def take(session: Session, period: Period, statement_ids: Collection[str]) -> None:
    """Count in each statement what its organization earned and no statement counts yet."""
    source = table_of(period.stream)
    mine = of_owners(session, statement_ids, source)
    wanted = open_in(period) & earns(period.stream)
    version = contract_version(period.stream)
    if period.stream is not Stream.IAA:
        taken_in = {"settled_in": STATEMENTS.c.id, "contract_version": version}
        session.execute(update(ORDERS).where(mine, wanted).values(taken_in))
        return
    part = source.c.revenue_micros - source.c.settled_micros
    taken = (
        select(STATEMENTS.c.id, source.c.report_id, version, part)
        .join_from(source, STATEMENTS, mine)
        .where(wanted)
    )
    columns = ["statement_id", "report_id", "contract_version", "micros"]
    session.execute(insert(AD_SETTLEMENTS).from_select(columns, taken))
    settle_ad_days(session, statement_ids, 1)


def of_owners(
    session: Session, statement_ids: Collection[str], source: FromClause, statement: FromClause = STATEMENTS
) -> ColumnElement[bool]:
    """Whether a source and a statement are of the same organization; in words that no query planner misunderstands."""
    listed = among(statement.c.id, statement_ids)
    owners = session.scalars(select(statement.c.organization_id).where(listed)).all()
    organization = source.c.organization_id
    return listed & among(organization, owners) & (statement.c.organization_id == organization)


def give_back(session: Session, stream: Stream, statement_id: str) -> None:
    """Let go of what a statement counts, because another is to take its place."""
    if stream is Stream.IAA:
        settle_ad_days(session, [statement_id], -1)
        return
    let_go = {"settled_in": None, "contract_version": None, "advance_bean_micros": None}
    mine, reconciled = ORDERS.c.settled_in == statement_id, ORDERS.c.reconciled_in.is_not(None)
    session.execute(update(ORDERS).where(ORDERS.c.reconciled_in == statement_id).values(reconciled_in=None))
    session.execute(update(ORDERS).where(mine, reconciled).values(settled_in=None))
    session.execute(update(ORDERS).where(mine, ~reconciled).values(let_go))


def settle_ad_days(session: Session, statement_ids: Collection[str], sign: int) -> None:
    """Add what statements count to the ad days' settled part, or take it off again."""
    counted = among(AD_SETTLEMENTS.c.statement_id, statement_ids)
    session.execute(
        update(AD_DAYS)
        .where(counted, AD_SETTLEMENTS.c.report_id == AD_DAYS.c.report_id)
        .values(settled_micros=AD_DAYS.c.settled_micros + sign * AD_SETTLEMENTS.c.micros)
    )


def kind_for(statement: FromClause, source: FromClause) -> ColumnElement[str]:
    """The kind of the line that counts a source in a statement."""
    return case((source.c.day >= statement.c.period_start, "earning"), else_="adjustment")


def taken_by(stream: Stream, these: ColumnElement[bool]) -> Select[Any]:
    """What statements took, source by source, in micro-units: gross and refunds, both positive."""
    source = table_of(stream)
    gross: ColumnElement[int]
    refunds: ColumnElement[int]
    bean_price: ColumnElement[Any] = cast(null(), BigInteger)
    advance: ColumnElement[bool] = literal(False)
    if stream is Stream.IAA:
        joined = AD_SETTLEMENTS.join(AD_DAYS).join(
            STATEMENTS, STATEMENTS.c.id == AD_SETTLEMENTS.c.statement_id
        )
        identity, version = AD_SETTLEMENTS.c.report_id, AD_SETTLEMENTS.c.contract_version
        gross, refunds = AD_SETTLEMENTS.c.micros, literal(0, BigInteger)
    else:
        joined = ORDERS.join(STATEMENTS, STATEMENTS.c.id == ORDERS.c.settled_in)
        identity, version = ORDERS.c.event_id, ORDERS.c.contract_version
        bean_price = func.coalesce(ORDERS.c.advance_bean_micros, STATEMENTS.c.bean_price_micros)
        advance = ORDERS.c.advance_bean_micros.is_not(None)
        gross, refunds = purchase_and_refund(bean_price)
    return (
        select(
            STATEMENTS.c.id.label("statement_id"),
            identity.label("source_id"),
            source.c.game_id,
            kind_for(STATEMENTS, source).label("kind"),
            version.label("version"),
            bean_price.label("bean_price"),
            advance.label("advance"),
            cast(null(), Date).label("reconciles_from"),
            cast(null(), String).label("reconciles"),
            cast(null(), Integer).label("reconciles_position"),
            (source.c.region == US).label("in_us"),
            gross.label("gross"),
            refunds.label("refunds"),
        )
        .select_from(joined)
        .where(these)
    )


def purchase_and_refund(bean_price: ColumnElement[Any]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """What an order event comes to at a price of a Bean, as a purchase and as a refund."""
    micros = ORDERS.c.beans * bean_price
    return case((ORDERS.c.beans > 0, micros), else_=0), case((ORDERS.c.beans < 0, -micros), else_=0)
