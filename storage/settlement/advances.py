"""Advanced settlement: purchases settled at a fixed price of a Bean first, and reconciled with the base price later.

A contract version may have such a price. Each order and refund says at which advance it was settled and which
statement has reconciled it, so that it is reconciled once, whatever is replaced meanwhile: with the second cycle
after the one that settled it, or at once when the contract has ended. A final statement makes no advances.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    bindparam,
    case,
    exists,
    false,
    literal,
    or_,
    select,
    update,
)
from sqlmodel import Session

from models.documents import Stream
from models.programme.periods import start_of_cycle_before
from models.programme.policy import Policy
from models.states import ContractState
from models.wire.steps import Period
from storage.bulk import among
from storage.settlement.sources import (
    DOCUMENTS,
    LINES,
    ORDERS,
    STATEMENTS,
    TERMS,
    TEXTS,
    US,
    feature_of,
    kind_for,
    of_owners,
    purchase_and_refund,
)

DAY = timedelta(days=1)


def ended(period: Period, owned: FromClause) -> ColumnElement[bool]:
    """Whether the contract of a row's organization was terminated and nothing can have been earned after a period."""
    contract = f"contract/{feature_of(period.stream)}"
    terminated = exists().where(
        DOCUMENTS.c.organization_id == owned.c.organization_id,
        DOCUMENTS.c.id == contract,
        DOCUMENTS.c.state == ContractState.TERMINATED,
    )
    earned_later = exists().where(
        TERMS.c.organization_id == owned.c.organization_id,
        TERMS.c.document_id == contract,
        TERMS.c.from_day > period.end + DAY,
    )
    return terminated.correlate(owned) & ~earned_later.correlate(owned)


def mark_final(session: Session, period: Period, statement_ids: Collection[str]) -> None:
    """Mark those statements of a period after which nothing can be earned any more."""
    listed = among(STATEMENTS.c.id, statement_ids)
    last = ended(period, STATEMENTS)
    session.execute(update(STATEMENTS).where(listed, last).values(final=True))


def to_reconcile(period: Period, policy: Policy) -> ColumnElement[bool]:
    """Whether an order was settled at an advance that is to be reconciled with a period."""
    if period.stream is Stream.IAA:
        return false()
    original = STATEMENTS.alias("original")
    last_day = case(
        (ended(period, ORDERS), literal(period.start - DAY, Date)),
        else_=literal(start_of_cycle_before(period, policy) - DAY, Date),
    )
    return (
        (ORDERS.c.stream == period.stream)
        & ORDERS.c.advance_bean_micros.is_not(None)
        & ORDERS.c.reconciled_in.is_(None)
        & exists().where(original.c.id == ORDERS.c.settled_in, original.c.period_end <= last_day)
    )


def advance(session: Session, period: Period, statement_ids: Collection[str]) -> None:
    """Settle at the advance what statements took under contract versions that have one."""
    if period.stream is Stream.IAA:
        return
    session.execute(
        update(ORDERS)
        .where(
            among(STATEMENTS.c.id, statement_ids),
            ~STATEMENTS.c.final,
            ORDERS.c.settled_in == STATEMENTS.c.id,
            ORDERS.c.reconciled_in.is_(None),
            TEXTS.c.feature == feature_of(period.stream),
            TEXTS.c.version == ORDERS.c.contract_version,
            TEXTS.c.advance_bean_micros.is_not(None),
        )
        .values(advance_bean_micros=TEXTS.c.advance_bean_micros)
    )


def reconcile(session: Session, period: Period, statement_ids: Collection[str], policy: Policy) -> None:
    """Count in statements what differs between the base price and the advances that are due by now."""
    if period.stream is Stream.IAA:
        return
    mine = of_owners(session, statement_ids, ORDERS)
    session.execute(
        update(ORDERS).where(mine, to_reconcile(period, policy)).values(reconciled_in=STATEMENTS.c.id)
    )


def to_be_reconciled(upcoming: Sequence[Period], policy: Policy) -> Select[Any]:
    """What the statements of coming periods will reconcile, order by order; ``estimates`` has what they take."""
    original = STATEMENTS.alias("settled")
    due = [to_reconcile(period, policy) for period in upcoming]
    return (
        select(
            case(*((condition, number) for number, condition in enumerate(due))).label("place"),
            literal(False).label("on_time"),
            ORDERS.c.game_id,
            ORDERS.c.contract_version.label("version"),
            (policy.bean_price_micros - ORDERS.c.advance_bean_micros).label("price"),
            (original.c.id + kind_for(original, ORDERS)).label("of_line"),
            (ORDERS.c.region == US).label("in_us"),
            ORDERS.c.beans.label("units"),
        )
        .join_from(ORDERS, original, original.c.id == ORDERS.c.settled_in)
        .where(ORDERS.c.organization_id == bindparam("organization_id"), or_(*due))
    )


def reconciled_by(these: ColumnElement[bool]) -> Select[Any]:
    """What statements reconcile, order by order, as ``taken_by`` has it: one line for each line that was an advance."""
    original, line = STATEMENTS.alias("original"), LINES.alias("original_line")
    joined = (
        ORDERS.join(STATEMENTS, STATEMENTS.c.id == ORDERS.c.reconciled_in)
        .join(original, original.c.id == ORDERS.c.settled_in)
        .join(
            line,
            (line.c.statement_id == original.c.id)
            & line.c.advance
            & (line.c.kind == kind_for(original, ORDERS))
            & (line.c.game_id == ORDERS.c.game_id)
            & (line.c.contract_version == ORDERS.c.contract_version)
            & (line.c.bean_price_micros == ORDERS.c.advance_bean_micros),
        )
    )
    difference = STATEMENTS.c.bean_price_micros - ORDERS.c.advance_bean_micros
    gross, refunds = purchase_and_refund(difference)
    return (
        select(
            STATEMENTS.c.id.label("statement_id"),
            ORDERS.c.event_id.label("source_id"),
            ORDERS.c.game_id,
            literal("reconciliation").label("kind"),
            ORDERS.c.contract_version.label("version"),
            difference.label("bean_price"),
            false().label("advance"),
            original.c.period_start.label("reconciles_from"),
            line.c.statement_id.label("reconciles"),
            line.c.position.label("reconciles_position"),
            (ORDERS.c.region == US).label("in_us"),
            gross.label("gross"),
            refunds.label("refunds"),
        )
        .select_from(joined)
        .where(these)
    )
