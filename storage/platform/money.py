"""Where the money of all organizations is, and the statements, payouts and payments behind each figure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlmodel import Session, col

from models.figures import OWED, OWED_FOR, PAYOUTS, MoneyCount, MoneyFigure, MoneyRow, PaidInMonth, Sum
from models.money import Money
from models.states import PayoutState
from models.tables import DocumentRow, InvoiceRow, OrganizationRow, PayoutAttemptRow, StatementRow
from storage.exact_sums import exact_sum
from storage.organizations.queries import ListPage, known, later

STATEMENT, PAYOUT = "statement/", "payout/"

Found = Select[Any]
"""Rows of organization_id, document_id, state, since, amount and currency."""


def where_money_is(session: Session, now: datetime) -> list[MoneyCount]:
    """How much is owed and for how long, under way, failed, held and paid in the last thirty days: three statements."""
    counted = [*owed(session, now), *of_payouts(session)]
    since = now - timedelta(days=30)
    attempt = paid_between(since, now).subquery()
    money = (func.count(), exact_sum(attempt.c.amount), func.min(attempt.c.since))
    rows = session.execute(select(attempt.c.currency, *money).group_by(attempt.c.currency))
    return counted + [of(MoneyFigure.PAID, *row) for row in rows]


def of(figure: MoneyFigure, currency: str, count: int, amount: int, oldest: datetime) -> MoneyCount:
    """A figure of one currency."""
    return MoneyCount(figure=figure, count=count, amount=Sum(amount=amount, currency=currency), oldest=oldest)


def owed(session: Session, now: datetime) -> list[MoneyCount]:
    """What is owed, by the days since the statements' issue."""
    statements = open_statements().subquery()
    ages = case(
        *((is_owed_for(statements.c.since, figure, now), figure.value) for figure in OWED_FOR), else_=""
    ).label("age")
    money = (func.count(), exact_sum(statements.c.amount), func.min(statements.c.since))
    query = select(ages, statements.c.currency, *money).group_by(ages, statements.c.currency)
    return [of(MoneyFigure(age), *rest) for age, *rest in session.execute(query) if age]


def of_payouts(session: Session) -> list[MoneyCount]:
    """What is being paid, by how far it is."""
    payouts = open_payouts(list(PAYOUTS)).subquery()
    figure = case(
        *((payouts.c.state == state.value, one.value) for state, one in PAYOUTS.items()), else_=""
    ).label("figure")
    money = (func.count(), exact_sum(payouts.c.amount), func.min(payouts.c.since))
    query = select(figure, payouts.c.currency, *money).group_by(figure, payouts.c.currency)
    return [of(MoneyFigure(name), *rest) for name, *rest in session.execute(query)]


def paid_by_month(session: Session, months: Sequence[date], until: datetime) -> list[PaidInMonth]:
    """What was paid in each of some months, the oldest first.

    Args:
        months: their first days, one after the other.
    """
    first = datetime.combine(months[0], datetime.min.time(), until.tzinfo)
    attempts = paid_between(first, until).subquery()
    starts = [(month, datetime.combine(month, datetime.min.time(), until.tzinfo)) for month in months]
    month = case(
        *((attempts.c.since >= start, name.isoformat()) for name, start in reversed(starts)),
        else_=months[0].isoformat(),
    ).label("month")
    money = (func.count(), exact_sum(attempts.c.amount))
    query = select(month, attempts.c.currency, *money).group_by(month, attempts.c.currency).order_by(month)
    return [
        PaidInMonth(month=date.fromisoformat(name), count=n, amount=Sum(amount=amount, currency=currency))
        for name, currency, n, amount in session.execute(query)
    ]


def behind(
    session: Session,
    figure: MoneyFigure,
    now: datetime,
    limit: int,
    after: tuple[str, str] | None = None,
    month: tuple[datetime, datetime] | None = None,
) -> ListPage[MoneyRow]:
    """The statements, payouts or payments of a figure, the oldest first.

    Args:
        after: organization and document id of the last one seen.
        month: of what was paid, instead of the last thirty days: from, and until before.
    """
    found = rows_of(figure, now, month).subquery()
    order = (found.c.since, found.c.organization_id, found.c.document_id)
    query = select(found, col(OrganizationRow.name).label("organization_name")).join(
        OrganizationRow, col(OrganizationRow.id) == found.c.organization_id
    )
    if after:
        mine = (found.c.organization_id == after[0]) & (found.c.document_id == after[1])
        last = known(session.execute(select(*order).where(mine)).first())
        query = query.where(later(last, *order))
    rows = session.execute(query.order_by(*order).limit(limit + 1)).mappings().all()
    return ListPage([row_of(dict(row)) for row in rows[:limit]], len(rows) > limit)


def row_of(row: dict[str, Any]) -> MoneyRow:
    """A row as it is shown."""
    return MoneyRow.model_validate(
        {**row, "amount": Money(amount=row["amount"], currency=row.pop("currency"))}
    )


def rows_of(figure: MoneyFigure, now: datetime, month: tuple[datetime, datetime] | None) -> Found:
    """What a figure counts."""
    if figure is MoneyFigure.PAID:
        return paid_between(*(month or (now - timedelta(days=30), now)))
    if figure in OWED_FOR:
        return open_statements().where(is_owed_for(col(StatementRow.issued_at), figure, now))
    return open_payouts([state for state, one in PAYOUTS.items() if one is figure])


def is_owed_for(issued_at: Any, figure: MoneyFigure, now: datetime) -> ColumnElement[bool]:
    """Whether a statement was issued as long ago as a figure says."""
    least, most = OWED_FOR[figure]
    old_enough: ColumnElement[bool] = issued_at <= now - timedelta(days=least) if least else literal(1) == 1
    return old_enough if most is None else old_enough & (issued_at > now - timedelta(days=most))


def open_statements() -> Found:
    """Statements that are issued and not paid yet."""
    return (
        documents(StatementRow.issued_at, StatementRow.net, StatementRow.currency)
        .join(StatementRow, col(StatementRow.id) == func.substr(col(DocumentRow.id), len(STATEMENT) + 1))
        .where(col(DocumentRow.machine) == "statement", col(DocumentRow.state).in_(OWED))
    )


def open_payouts(states: Sequence[PayoutState]) -> Found:
    """Payouts that are not at their end, as many as their invoices come to."""
    return (
        documents(DocumentRow.since, InvoiceRow.amount, InvoiceRow.currency)
        .join(InvoiceRow, col(InvoiceRow.id) == func.substr(col(DocumentRow.id), len(PAYOUT) + 1))
        .where(col(DocumentRow.machine) == "payout", col(DocumentRow.state).in_(states))
    )


def paid_between(since: datetime, until: datetime) -> Found:
    """Payments that have arrived and not come back."""
    attempt, ended = PayoutAttemptRow, col(PayoutAttemptRow.ended_at)
    columns = in_order(
        attempt.organization_id,
        attempt.payout_id,
        literal(PayoutState.PAID.value),
        ended,
        attempt.amount,
        attempt.currency,
    )
    return select(*columns).where(col(attempt.outcome) == "paid", ended >= since, ended <= until)


def documents(since: Any, amount: Any, currency: Any) -> Found:
    """Documents with their money."""
    document = DocumentRow
    return select(*in_order(document.organization_id, document.id, document.state, since, amount, currency))


def in_order(*columns: Any) -> list[Any]:
    """Columns under the names that all these rows have."""
    names = ("organization_id", "document_id", "state", "since", "amount", "currency")
    return [column.label(name) for column, name in zip(columns, names, strict=True)]
