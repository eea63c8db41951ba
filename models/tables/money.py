"""Statements, invoices, payments, and the ledger in which all of it is booked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tables.columns import UtcDateTime


class StatementRow(SQLModel, table=True):
    """The money of a statement, from gross to net; where it stands is in ``documents``.

    ``gross``, ``refunds`` and ``platform_share`` add up its lines of kind ``earning``, ``adjustments`` the nets
    of all its other lines; net = gross - refunds - platform share + adjustments - tax withheld.

    Attributes:
        bean_price_micros: the base price of a Bean that it was worked out with; none for ads.
        us_source: how much of the net before tax comes from users in the US; the tax is withheld from it.
        tax_basis_points: the rate of that tax.
        final: the stream's contract had ended and nothing can be earned after the period.
        replaces: the statement, now void, that this one takes the place of.
        carried_into: the statement that a negative net was carried into.
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "stream", "period_start", "period_end", "issue", name="statement_of_period"
        ),
        Index(
            "debts",
            "stream",
            "organization_id",
            sqlite_where=text("net < 0 AND carried_into IS NULL"),
            postgresql_where=text("net < 0 AND carried_into IS NULL"),
        ),
    )
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    stream: str
    period_start: date
    period_end: date
    issue: int
    currency: str
    bean_price_micros: int | None = Field(default=None, sa_type=BigInteger)
    gross: int = Field(sa_type=BigInteger)
    refunds: int = Field(sa_type=BigInteger)
    platform_share: int = Field(sa_type=BigInteger)
    adjustments: int = Field(sa_type=BigInteger)
    tax_withheld: int = Field(sa_type=BigInteger)
    net: int = Field(sa_type=BigInteger)
    us_source: int = Field(default=0, sa_type=BigInteger)
    tax_basis_points: int = 0
    final: bool = False
    replaces: str | None = Field(default=None, foreign_key="statements.id", unique=True)
    carried_into: str | None = Field(default=None, foreign_key="statements.id", index=True)
    issued_at: datetime = Field(sa_type=UtcDateTime)


class StatementLineRow(SQLModel, table=True):
    """One line of a statement; net = gross - refunds - platform share, but for lines that have a net only.

    Attributes:
        kind: ``earning``: a game under a contract version in the period; ``adjustment``: the same, of earlier
            periods, reported or corrected too late for them; ``carried_forward``: the negative net of an earlier
            statement; ``appeal``: what an appeal added or took away; ``reconciliation``: what differs between
            the base price of a Bean and the advance at which a line of an earlier statement was settled.
        source_count: how many orders, refunds or ad days are in it.
        gross_micros: what they come to exactly, before ``gross`` is rounded; likewise ``refunds_micros``.
        sources_digest: a SHA-256 over them (docs/statements.md), for lines that have sources.
        bean_price_micros: at which price a Bean counts in it; for a reconciliation, the difference.
        advance: that price is an advance, to be reconciled.
        reconciles: the statement, and ``reconciles_position`` the line, that a reconciliation is about.
        us_net: how much of the net comes from users in the US.
        remainder_micros: what rounding gross and refunds to minor units left over.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("statement_id", "reconciles", "reconciles_position", name="reconciliation_of_line"),
    )
    statement_id: str = Field(primary_key=True, foreign_key="statements.id")
    position: int = Field(primary_key=True)
    kind: str
    game_id: str | None = None
    contract_version: int | None = None
    source_count: int = 0
    gross: int = Field(sa_type=BigInteger)
    refunds: int = Field(sa_type=BigInteger, default=0)
    platform_share: int = Field(sa_type=BigInteger, default=0)
    net: int = Field(sa_type=BigInteger)
    us_net: int = Field(default=0, sa_type=BigInteger)
    gross_micros: int = Field(default=0, sa_type=BigInteger)
    refunds_micros: int = Field(default=0, sa_type=BigInteger)
    remainder_micros: int = Field(default=0, sa_type=BigInteger)
    sources_digest: str | None = None
    bean_price_micros: int | None = Field(default=None, sa_type=BigInteger)
    advance: bool = False
    reconciles: str | None = Field(default=None, foreign_key="statements.id")
    reconciles_position: int | None = None
    note: str = ""


class ComparisonRow(SQLModel, table=True):
    """An organization's own records of orders, compared with the platform's; never changed.

    Money is gross, at the base price, purchases less refunds.

    Attributes:
        file_id: its own records, as they were uploaded.
        statement_id: the statement that they were compared with; otherwise the days ``since`` to ``until``.
        differences: for each kind of difference ``count``, ``own_micros`` and ``platform_micros``.
    """

    __tablename__ = "comparisons"
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    file_id: str = Field(foreign_key="files.id")
    statement_id: str | None = Field(default=None, foreign_key="statements.id")
    since: date | None = None
    until: date | None = None
    own_orders: int = 0
    own_micros: int = Field(default=0, sa_type=BigInteger)
    platform_orders: int = 0
    platform_micros: int = Field(default=0, sa_type=BigInteger)
    differences: dict[str, Any] = Field(sa_type=JSON, default_factory=dict)
    created_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class DifferenceRow(SQLModel, table=True):
    """One order in which an organization's own records and the platform's differ.

    Attributes:
        kind: see ``models.comparison.DifferenceKind``.
        row: its row in the file; the header is row 1.
        statement_id: the statement that counts the order, if one does.
    """

    __tablename__ = "comparison_differences"
    comparison_id: str = Field(primary_key=True, foreign_key="comparisons.id")
    position: int = Field(primary_key=True)
    kind: str
    order_id: str
    row: int | None = None
    own_micros: int = Field(sa_type=BigInteger)
    own_refunded_micros: int = Field(sa_type=BigInteger)
    own_day: date | None = None
    platform_micros: int = Field(sa_type=BigInteger)
    platform_refunded_micros: int = Field(sa_type=BigInteger)
    platform_day: date | None = None
    statement_id: str | None = None


class InvoiceRow(SQLModel, table=True):
    """An invoice as submitted; ``number_key`` is its number in whatever spelling, unique for the account.

    The platform wrote it, and numbered it without gaps, when it is ``self_billed``.
    """

    __tablename__ = "invoices"
    __table_args__ = (UniqueConstraint("organization_id", "number_key", name="invoice_number"),)
    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    number: str
    number_key: str
    dated: date
    amount: int = Field(sa_type=BigInteger)
    currency: str
    submission_id: str
    self_billed: bool = False


class InvoiceStatementRow(SQLModel, table=True):
    """Which statements an invoice claims."""

    __tablename__ = "invoice_statements"
    invoice_id: str = Field(primary_key=True, foreign_key="invoices.id")
    statement_id: str = Field(primary_key=True, foreign_key="statements.id")


class PayoutAttemptRow(SQLModel, table=True):
    """One attempt at a payment, written before the provider is called.

    At most one attempt of a payout is open (``outcome`` is empty), whatever the workflows think.
    """

    __tablename__ = "payout_attempts"
    __table_args__ = (
        Index(
            "one_open_attempt",
            "payout_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
        Index("attempts_by_end", "outcome", "ended_at"),
    )
    payout_id: str = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organizations.id", index=True)
    reference: str = Field(unique=True)
    account_submission_id: str | None = None
    amount: int = Field(sa_type=BigInteger)
    currency: str
    sent_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str | None = None
    failure_code: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class JournalEntryRow(SQLModel, table=True):
    """An entry of an organization's ledger (see ``models.ledger.entries``); never changed."""

    __tablename__ = "journal_entries"
    __table_args__ = (UniqueConstraint("organization_id", "command_id", name="entry_of_command"),)
    organization_id: str = Field(primary_key=True, foreign_key="organizations.id")
    position: int = Field(primary_key=True, sa_type=BigInteger)
    event: str
    document_id: str
    command_id: str
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    currency: str
    previous_hash: str
    hash: str


class JournalPostingRow(SQLModel, table=True):
    """One line of an entry: debit positive, credit negative, in micro-units; never changed."""

    __tablename__ = "journal_postings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "position"], ["journal_entries.organization_id", "journal_entries.position"]
        ),
        Index("postings_of_document", "organization_id", "document_id"),
    )
    organization_id: str = Field(primary_key=True)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True)
    account: str
    document_id: str
    amount_micros: int = Field(sa_type=BigInteger)
