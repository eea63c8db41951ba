"""What was earned, as it was reported, and what could not be counted."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import Sequence, UtcDateTime, real_now


class EarningTermRow(SQLModel, table=True):
    """From which day on a contract or a game earns, or no longer does; the latest row by then holds.

    Written with the transition that it comes from. A contract's rows name the version in force.
    """

    __tablename__ = "earning_terms"
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    document_id: str = Field(primary_key=True)
    from_day: date = Field(primary_key=True)
    earns: bool
    version: int | None = None


class OrderEventRow(SQLModel, table=True):
    """A purchase or a refund as the platform reported it, once; ``beans`` is negative for a refund.

    Attributes:
        settled_in: the statement that it counts in.
        contract_version: the version under which it counts there.
        advance_bean_micros: the price of a Bean at which it counts there, if that is an advance.
        reconciled_in: the statement that counts what differs between the base price and that advance.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        Index("orders_by_day", "organization_id", "day"),
        Index("orders_by_user", "organization_id", "game_id", "user_id", "day", "beans", "is_sandbox"),
        Index(
            "one_purchase_of_order",
            "order_id",
            "organization_id",
            unique=True,
            sqlite_where=text("beans >= 0"),
            postgresql_where=text("beans >= 0"),
        ),
        Index(
            "refunds_of_order",
            "order_id",
            sqlite_where=text("beans < 0"),
            postgresql_where=text("beans < 0"),
        ),
        Index(
            "orders_to_settle",
            "stream",
            "organization_id",
            "day",
            sqlite_where=text("settled_in IS NULL"),
            postgresql_where=text("settled_in IS NULL"),
        ),
        Index(
            "orders_settled",
            "settled_in",
            sqlite_where=text("settled_in IS NOT NULL"),
            postgresql_where=text("settled_in IS NOT NULL"),
        ),
        Index(
            "orders_to_reconcile",
            "stream",
            "organization_id",
            sqlite_where=text("advance_bean_micros IS NOT NULL AND reconciled_in IS NULL"),
            postgresql_where=text("advance_bean_micros IS NOT NULL AND reconciled_in IS NULL"),
        ),
        Index(
            "orders_reconciled",
            "reconciled_in",
            sqlite_where=text("reconciled_in IS NOT NULL"),
            postgresql_where=text("reconciled_in IS NOT NULL"),
        ),
    )
    event_id: str = Field(primary_key=True)
    organization_id: str
    game_id: str
    order_id: str
    stream: str
    beans: int = Field(sa_type=BigInteger)
    user_id: str
    region: str
    day: date
    is_sandbox: bool
    at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)
    settled_in: str | None = Field(default=None, foreign_key="statements.id")
    contract_version: int | None = None
    advance_bean_micros: int | None = Field(default=None, sa_type=BigInteger)
    reconciled_in: str | None = Field(default=None, foreign_key="statements.id")


class ReplacedSourceRow(SQLModel, table=True):
    """What an order or refund counted in a line of a statement that has been replaced since."""

    __tablename__ = "replaced_sources"
    statement_id: str = Field(primary_key=True, foreign_key="statements.id")
    position: int = Field(primary_key=True)
    event_id: str = Field(primary_key=True, foreign_key="order_events.event_id")
    micros: int = Field(sa_type=BigInteger)


class AdDayRow(SQLModel, table=True):
    """A day of ads of one game, placement and region, as last reported.

    ``settled_micros`` is how much of its revenue statements count so far; the rest is still to be settled.
    """

    __tablename__ = "ad_days"
    __table_args__ = (
        Index("ads_by_day", "organization_id", "day"),
        Index(
            "ads_to_settle",
            "organization_id",
            "day",
            sqlite_where=text("settled_micros <> revenue_micros"),
            postgresql_where=text("settled_micros <> revenue_micros"),
        ),
    )
    report_id: str = Field(primary_key=True)
    revision: int
    organization_id: str
    game_id: str
    placement: str
    region: str
    day: date
    requests: int = Field(sa_type=BigInteger)
    impressions: int = Field(sa_type=BigInteger)
    clicks: int = Field(sa_type=BigInteger)
    revenue_micros: int = Field(sa_type=BigInteger)
    received_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)
    settled_micros: int = Field(default=0, sa_type=BigInteger)


class AdSettlementRow(SQLModel, table=True):
    """How much of an ad day a statement counts; negative when the day was corrected downwards.

    Without those of replaced statements, they add up to the day's ``settled_micros``.
    """

    __tablename__ = "ad_settlements"
    statement_id: str = Field(primary_key=True, foreign_key="statements.id")
    report_id: str = Field(primary_key=True, foreign_key="ad_days.report_id", index=True)
    contract_version: int
    micros: int = Field(sa_type=BigInteger)


class EarningConflictRow(SQLModel, table=True):
    """A report of earnings that was put aside instead of being counted, and why; it holds no personal data.

    Attributes:
        kind: ``order`` or ``ad_day``.
        subject: the order's event id, or the ad day's report id and revision.
        reason: see ``models.earnings.WhyAside``.
        source: how it came: ``webhook``, ``feed`` or ``file``.
        report: the report itself, to be tried again; NULL if it could not be read.
    """

    __tablename__ = "earning_conflicts"
    __table_args__ = (UniqueConstraint("kind", "subject", "reason", name="conflict_of_report"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=Sequence)
    kind: str
    subject: str
    reason: str
    detail: str
    source: str
    organization_id: str | None = None
    order_id: str | None = Field(default=None, index=True)
    report: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    received_at: datetime = Field(sa_type=UtcDateTime, default_factory=real_now)


class FeedCursorRow(SQLModel, table=True):
    """How far a feed of earnings has been read."""

    __tablename__ = "feed_cursors"
    feed: str = Field(primary_key=True)
    cursor: str
