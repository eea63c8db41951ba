"""How far the settlement of the due periods is, for all organizations together."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, literal, select, union_all
from sqlmodel import Session

from models.figures import SettledPeriod
from models.programme.periods import due_on
from models.programme.policy import Policy
from models.wire.steps import Period
from storage.settlement.batches import ORGANIZATIONS, has_to_reconcile, not_acknowledged, of_period
from storage.settlement.sources import STATEMENTS, earns, open_in, table_of


def progress(session: Session, today: date, policy: Policy) -> list[SettledPeriod]:
    """How far the latest due periods of each stream are, and earlier ones for which some are still to come.

    Args:
        today: as days of earnings are reckoned.
    """
    due = due_on(today, policy)
    if not due:
        return []
    parts = [part for number, period in enumerate(due) for part in counted(number, period, policy)]
    counts = {(number, what): n for number, what, n in session.execute(union_all(*parts))}
    found = [
        settled(period, today, *(counts[number, what] for what in ("done", "untold", "to_come")))
        for number, period in enumerate(due)
    ]
    return [one for one, period in zip(found, due, strict=True) if period.newest or one.to_come or one.untold]


def settled(period: Period, today: date, done: int, untold: int, to_come: int) -> SettledPeriod:
    """How far a period is."""
    behind = (today - period.delivered_on).days if to_come else 0
    return SettledPeriod(
        stream=period.stream,
        period_start=period.start,
        period_end=period.end,
        delivered_on=period.delivered_on,
        done=done,
        untold=untold,
        to_come=to_come,
        days_late=behind,
    )


def counted(number: int, period: Period, policy: Policy) -> Sequence[Select[Any]]:
    """How many organizations have a period's statement, do not know of theirs yet, and have one to come."""
    first_issues = of_period(period) & (STATEMENTS.c.issue == 1)
    return (
        row(number, "done").select_from(STATEMENTS).where(first_issues),
        row(number, "untold").select_from(STATEMENTS).where(of_period(period), not_acknowledged()),
        row(number, "to_come").select_from(ORGANIZATIONS).where(is_to_come(period, policy)),
    )


def row(number: int, what: str) -> Select[Any]:
    """A count under its name."""
    columns: list[Any] = [literal(number).label("number"), literal(what).label("what"), func.count()]
    return select(*columns)


def is_to_come(period: Period, policy: Policy) -> Any:
    """Whether an organization has earned what is to be settled with a period that has no statement of it yet."""
    source = table_of(period.stream)
    has_earned = exists().where(
        source.c.organization_id == ORGANIZATIONS.c.id, open_in(period), earns(period.stream)
    )
    issued = exists().where(STATEMENTS.c.organization_id == ORGANIZATIONS.c.id, of_period(period))
    return (has_earned | has_to_reconcile(period, policy)) & ~issued


def to_come(
    session: Session, periods: Sequence[Period], policy: Policy, limit: int
) -> list[tuple[Period, str, str]]:
    """Periods with the organizations, by id and name, that have a statement of them to come, in one statement.

    Args:
        limit: at most so many, those of the first periods first.
    """
    parts = [
        select(
            literal(number).label("number"),
            ORGANIZATIONS.c.id.label("id"),
            ORGANIZATIONS.c.name.label("name"),
        ).where(is_to_come(period, policy))
        for number, period in enumerate(periods)
    ]
    if not parts:
        return []
    found = union_all(*parts).subquery()
    query = select(found.c.number, found.c.id, found.c.name).order_by(found.c.number, found.c.id)
    return [(periods[number], own, name) for number, own, name in session.execute(query.limit(limit))]
