"""The statement that takes the place of one whose appeal is granted: worked out beforehand, and issued, by one function."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Subquery, insert, literal, select, update
from sqlmodel import Session

from models.documents import Stream
from models.money import LARGEST_ADJUSTMENT, Money
from models.programme.policy import Policy
from models.tables import StatementLineRow, StatementRow
from models.wire.steps import Period
from storage.database import Database
from storage.ledger import booking
from storage.organizations import queries
from storage.settlement.batches import (
    TOTALS,
    IssuedStatement,
    blank_statement,
    compose,
    load,
    refuse_beyond_sums,
)
from storage.settlement.sources import LINES, STATEMENTS, give_back
from storage.settlement.statement_lines import add_up, append_net_lines
from storage.settlement.trace import keep_sources


@dataclass(frozen=True)
class Replacement:
    """A statement, and the one that would take its place now; the rows of the new one are nowhere kept."""

    old: StatementRow
    old_lines: list[StatementLineRow]
    new: StatementRow
    new_lines: list[StatementLineRow]

    @property
    def digest(self) -> str:
        """Names exactly this content, whatever ids the new statement will have: a SHA-256."""
        new = self.new.model_dump(
            mode="json", include={*TOTALS, "currency", "issue", "us_source", "tax_basis_points"}
        )
        lines = [line.model_dump(mode="json", exclude={"statement_id"}) for line in self.new_lines]
        content = {"replaces": self.old.id, "statement": new, "lines": lines}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def preview_replacement(
    database: Database,
    statement_id: str,
    organization_id: str,
    policy: Policy,
    now: datetime,
    adjustment: Money | None = None,
) -> Replacement:
    """The statement that would be issued now in the place of another, worked out in the same way; nothing of it is kept.

    Raises:
        LookupError: the organization has no such statement, or it was replaced already.
        ValueError: as ``replace_statement``.
        ArithmeticError: it would come to more than any statement may.
    """
    with database.settlement([organization_id]) as session:
        old = own_statement(session, statement_id, organization_id)
        if load(session, STATEMENTS.c.replaces == statement_id):
            raise LookupError(f"{statement_id} was replaced already")
        before = queries.statement_lines(session, statement_id)
        new_id = work_out(session, old, policy, now, adjustment)
        new, lines = session.get_one(StatementRow, new_id), queries.statement_lines(session, new_id)
        found = Replacement(old, before, new, lines)
        session.expunge_all()
        session.rollback()
    return found


def replace_statement(
    database: Database,
    statement_id: str,
    organization_id: str,
    policy: Policy,
    now: datetime,
    adjustment: Money | None = None,
) -> IssuedStatement:
    """Issue the statement that takes the place of one whose appeal was granted; once.

    It is worked out anew from everything reported since, and keeps what earlier appeals granted. The one that it
    replaces stays as it was, but counts nothing any more.

    Args:
        adjustment: what the appeal adds, or takes away, in the currency of the statement.

    Raises:
        LookupError: the organization has no such statement.
        ValueError: the adjustment is in another currency or too large, or the statement's debt has been carried on
            already.
    """
    with database.settlement([organization_id]) as session:
        old = own_statement(session, statement_id, organization_id)
        if done := load(session, STATEMENTS.c.replaces == statement_id):
            return done[0]
        replacing = work_out(session, old, policy, now, adjustment)
        booking.post_statements(session, [replacing], now)
        return load(session, STATEMENTS.c.id == replacing)[0]


def own_statement(session: Session, statement_id: str, organization_id: str) -> StatementRow:
    """A statement of an organization; raises LookupError where it has no such one."""
    found = session.get(StatementRow, statement_id)
    if found is None or found.organization_id != organization_id:
        raise LookupError(f"no statement {statement_id} of {organization_id}")
    return found


def work_out(
    session: Session, old: StatementRow, policy: Policy, now: datetime, adjustment: Money | None
) -> str:
    """Write a statement in the place of another; returns its id. It is not booked yet."""
    if adjustment and adjustment.currency != old.currency:
        raise ValueError(f"{old.id} is in {old.currency}, not {adjustment.currency}")
    if adjustment and abs(adjustment.amount) > LARGEST_ADJUSTMENT:
        raise ValueError(f"an adjustment of {adjustment} is too large")
    if old.carried_into:
        raise ValueError(f"{old.id} was carried into {old.carried_into}")
    period = Period(
        stream=Stream(old.stream), start=old.period_start, end=old.period_end, delivered_on=now.date()
    )
    blank = blank_statement(period, old.organization_id, policy, now, replaced=old)
    session.execute(insert(STATEMENTS), [blank])
    replacing: str = blank["id"]
    keep_sources(session, old)
    give_back(session, period.stream, old.id)
    session.execute(update(STATEMENTS).where(STATEMENTS.c.carried_into == old.id).values(carried_into=None))
    compose(session, period, [replacing], policy)
    append_net_lines(session, "appeal", appeal_lines(old.id, replacing))
    if adjustment:
        append_net_lines(session, "appeal", granted(replacing, adjustment))
    add_up(session, [replacing], policy, period.end)
    refuse_beyond_sums(session, [replacing])
    return replacing


def appeal_lines(old_id: str, new_id: str) -> Subquery:
    """What earlier appeals granted, for the statement that replaces another."""
    return (
        select(
            literal(new_id).label("statement_id"),
            LINES.c.net,
            LINES.c.us_net,
            LINES.c.note,
            LINES.c.position.label("place"),
        )
        .where(LINES.c.statement_id == old_id, LINES.c.kind == "appeal")
        .subquery("appeals")
    )


def granted(statement_id: str, adjustment: Money) -> Subquery:
    """What an appeal grants, as a line; no part of it counts as US-source."""
    return select(
        literal(statement_id).label("statement_id"),
        literal(adjustment.amount, BigInteger).label("net"),
        literal(0, BigInteger).label("us_net"),
        literal("Granted on appeal").label("note"),
        literal(0).label("place"),
    ).subquery("granted")
