"""Settlement: what organizations have earned becomes statements, a batch of organizations at a time.

No loop runs over earnings; a batch is a few SQL statements in one transaction. Running it again changes
nothing, because a statement is unique by organization, stream, period and issue, and every source of money knows
what counts it (see ``storage.earnings.reports``).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ColumnElement,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlmodel import Session

from models.documents import Stream
from models.identity import new_id
from models.money import LARGEST_STATEMENT, Money
from models.programme.periods import due_periods
from models.programme.policy import Policy
from models.tables import StatementRow
from models.wire.steps import Period
from storage.bulk import among
from storage.database import Database
from storage.ledger import booking
from storage.settlement.advances import advance, mark_final, reconcile, to_reconcile
from storage.settlement.sources import (
    DOCUMENTS,
    ORDERS,
    STATEMENTS,
    TABLES,
    earns,
    of_owners,
    open_in,
    table_of,
    take,
)
from storage.settlement.statement_lines import add_up, append_net_lines, days_of, write_lines

ORGANIZATIONS = TABLES["organizations"]

TOTALS = ("gross", "refunds", "platform_share", "adjustments", "tax_withheld", "net")
"""What a statement's lines add up to."""


class IssuedStatement(BaseModel):
    """A statement that exists; its document ``statement/{statement_id}`` comes into being when it is told of.

    Attributes:
        replaces: the id of the statement whose place it takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: str
    statement_id: str
    stream: Stream
    period_start: date
    period_end: date
    issue: int
    net: Money
    replaces: str | None


def organizations_due(
    database: Database, period: Period, after: str | None, limit: int, policy: Policy
) -> list[str]:
    """The next organizations, by id, that have something to settle in a period or were not told of it yet."""
    source = table_of(period.stream)
    something_open = exists().where(
        source.c.organization_id == ORGANIZATIONS.c.id, open_in(period)
    ) | has_to_reconcile(period, policy)
    issued = exists().where(STATEMENTS.c.organization_id == ORGANIZATIONS.c.id, of_period(period))
    due = (
        select(ORGANIZATIONS.c.id)
        .where(
            ORGANIZATIONS.c.id > (after or ""), (something_open & ~issued) | issued.where(not_acknowledged())
        )
        .order_by(ORGANIZATIONS.c.id)
        .limit(limit)
    )
    with database.reading() as session:
        return list(session.scalars(due))


def issue_statements(
    database: Database, period: Period, organization_ids: Collection[str], policy: Policy, now: datetime
) -> list[IssuedStatement]:
    """Issue the statements of a period, where there is anything to settle; none is ever issued twice.

    Returns:
        The period's statements that their organizations have not recorded yet, those of earlier runs included.
    """
    with database.settlement(organization_ids) as session:
        opened = open_statements(session, period, organization_ids, policy, now)
        compose(session, period, opened, policy)
        add_up(session, opened, policy, period.end)
        refuse_beyond_sums(session, opened)
        booking.post_statements(session, opened, now)
        mine = among(STATEMENTS.c.organization_id, organization_ids)
        return load(session, mine & of_period(period) & not_acknowledged())


def refuse_beyond_sums(session: Session, statement_ids: Collection[str]) -> None:
    """Raises ArithmeticError where a statement is so large that sums of an organization's might leave 64 bits."""
    large = or_(*(func.abs(STATEMENTS.c[name]) > LARGEST_STATEMENT for name in TOTALS))
    query = select(STATEMENTS.c.id).where(among(STATEMENTS.c.id, statement_ids), large)
    if session.execute(query.limit(1)).first():
        raise ArithmeticError(f"a statement of more than {LARGEST_STATEMENT}")


class Settled(BaseModel):
    """What came of settling some organizations.

    Attributes:
        failed: the organizations whose statements cannot be issued, and by what kind of error.
    """

    issued: list[IssuedStatement] = []
    failed: dict[str, str] = {}


def issue_each(
    database: Database, period: Period, organization_ids: Sequence[str], policy: Policy, now: datetime
) -> Settled:
    """Issue the statements of a period; what fails for an organization's own numbers holds up no other's.

    Raises:
        Exception: what may be over when it is tried again, or concerns everybody.
    """
    try:
        return Settled(issued=issue_statements(database, period, organization_ids, policy, now))
    except Exception as error:
        if not of_their_own(error):
            raise
        if len(organization_ids) == 1:
            return Settled(failed={organization_ids[0]: type(error).__name__})
    half = len(organization_ids) // 2
    parts = [
        issue_each(database, period, part, policy, now)
        for part in (organization_ids[:half], organization_ids[half:])
    ]
    return Settled(
        issued=[statement for part in parts for statement in part.issued],
        failed={name: error for part in parts for name, error in part.failed.items()},
    )


def of_their_own(error: Exception) -> bool:
    """Whether an error comes from the numbers that were to be settled, such as a sum beyond 64 bits."""
    if isinstance(error, OperationalError):
        # PostgreSQL has a class for it; SQLite says "integer overflow", by the number that its plain errors have.
        return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR" and "overflow" in str(error.orig)
    return isinstance(error, (DataError, IntegrityError, ArithmeticError, ValueError))


def unacknowledged(session: Session, limit: int) -> list[IssuedStatement]:
    """The oldest statements that their organizations have not recorded yet."""
    return load(session, not_acknowledged(), limit)


def open_statements(
    session: Session, period: Period, organization_ids: Collection[str], policy: Policy, now: datetime
) -> list[str]:
    """Open a blank statement for each organization that has something to settle and has none; returns their ids."""
    source = table_of(period.stream)
    has_earned = exists().where(
        source.c.organization_id == ORGANIZATIONS.c.id, open_in(period), earns(period.stream)
    )
    issued = exists().where(STATEMENTS.c.organization_id == ORGANIZATIONS.c.id, of_period(period))
    something_due = has_earned | has_to_reconcile(period, policy)
    due = select(ORGANIZATIONS.c.id).where(
        among(ORGANIZATIONS.c.id, organization_ids), something_due, ~issued
    )
    blanks = [
        blank_statement(period, organization_id, policy, now) for organization_id in session.scalars(due)
    ]
    if blanks:
        session.execute(insert(STATEMENTS), blanks)
    return [blank["id"] for blank in blanks]


def blank_statement(
    period: Period,
    organization_id: str,
    policy: Policy,
    now: datetime,
    replaced: StatementRow | None = None,
) -> dict[str, Any]:
    """A statement with nothing on it yet; one that replaces another keeps its price of a Bean."""
    price = replaced.bean_price_micros if replaced else policy.bean_price_micros
    return {
        "id": new_id("st"),
        "organization_id": organization_id,
        "stream": period.stream.value,
        "period_start": period.start,
        "period_end": period.end,
        "issue": replaced.issue + 1 if replaced else 1,
        "currency": policy.settlement_currency,
        "bean_price_micros": None if period.stream is Stream.IAA else price,
        **dict.fromkeys(TOTALS, 0),
        "replaces": replaced.id if replaced else None,
        "issued_at": now,
    }


def compose(session: Session, period: Period, statement_ids: Collection[str], policy: Policy) -> None:
    """Write the lines of blank statements: what they take and reconcile, and the negative nets carried into them."""
    mark_final(session, period, statement_ids)
    take(session, period, statement_ids)
    advance(session, period, statement_ids)
    reconcile(session, period, statement_ids, policy)
    write_lines(session, period.stream, statement_ids, policy)
    carry(session, period, statement_ids)


def carry(session: Session, period: Period, statement_ids: Collection[str]) -> None:
    """Carry into statements the negative nets of earlier periods that no statement has taken up yet."""
    taker, newer = STATEMENTS.alias("taker"), STATEMENTS.alias("newer")
    session.execute(
        update(STATEMENTS)
        .where(
            of_owners(session, statement_ids, STATEMENTS, taker),
            STATEMENTS.c.stream == period.stream,
            STATEMENTS.c.period_start < period.start,
            STATEMENTS.c.net < 0,
            STATEMENTS.c.carried_into.is_(None),
            ~exists().where(newer.c.replaces == STATEMENTS.c.id),
        )
        .values(carried_into=taker.c.id)
    )
    carried = select(
        STATEMENTS.c.carried_into.label("statement_id"),
        STATEMENTS.c.net,
        STATEMENTS.c.us_source.label("us_net"),
        ("Carried forward from " + days_of(STATEMENTS)).label("note"),
        STATEMENTS.c.period_start.label("place"),
    ).where(among(STATEMENTS.c.carried_into, statement_ids))
    append_net_lines(session, "carried_forward", carried.subquery("carried"))


def has_to_reconcile(period: Period, policy: Policy) -> ColumnElement[bool]:
    """Whether an organization has advances that are to be reconciled with a period."""
    if period.stream is Stream.IAA:
        return false()
    return exists().where(ORDERS.c.organization_id == ORGANIZATIONS.c.id, to_reconcile(period, policy))


def of_period(period: Period) -> ColumnElement[bool]:
    """Whether a statement is one of a period."""
    return (
        (STATEMENTS.c.stream == period.stream)
        & (STATEMENTS.c.period_start == period.start)
        & (STATEMENTS.c.period_end == period.end)
    )


def not_acknowledged() -> ColumnElement[bool]:
    """Whether a statement's organization has not recorded it yet."""
    return ~exists().where(
        DOCUMENTS.c.organization_id == STATEMENTS.c.organization_id,
        DOCUMENTS.c.id == "statement/" + STATEMENTS.c.id,
    )


def load(session: Session, condition: ColumnElement[bool], limit: int | None = None) -> list[IssuedStatement]:
    """The statements for which something holds, the oldest first."""
    query = select(StatementRow).where(condition)
    in_order = query.order_by(STATEMENTS.c.issued_at, STATEMENTS.c.organization_id, STATEMENTS.c.id)
    return [
        IssuedStatement(
            organization_id=row.organization_id,
            statement_id=row.id,
            stream=Stream(row.stream),
            period_start=row.period_start,
            period_end=row.period_end,
            issue=row.issue,
            net=Money(amount=row.net, currency=row.currency),
            replaces=row.replaces,
        )
        for row in session.scalars(in_order.limit(limit).execution_options(populate_existing=True))
    ]


__all__ = [
    "IssuedStatement",
    "due_periods",
    "issue_each",
    "issue_statements",
    "organizations_due",
    "unacknowledged",
]
