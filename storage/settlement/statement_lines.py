"""The bridge from gross to net: the lines of statements and their totals, exact and set-based.

Micro-units are added up per line and rounded once to minor units, half to even; the platform share is worked out of
those rounded amounts, so that anyone can check a line by itself.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    ScalarSelect,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlmodel import Session

from models.documents import Stream
from models.money import EXPONENTS, MICROS
from models.programme.policy import Policy
from storage.bulk import among
from storage.settlement.advances import reconciled_by
from storage.settlement.digest import sources_digest
from storage.settlement.sources import LINES, STATEMENTS, TEXTS, feature_of, taken_by
from storage.settlement.withholding import tax_rate

WHOLE = 10_000
"""Basis points of a whole."""

LATE = "Reported or corrected after its period was settled"
ADVANCE = "Settled at an advance; the difference to the base price of a Bean follows two cycles later"
RECONCILIATION = "Base price of a Bean instead of the advance, "

GROUP = (
    "statement_id",
    "kind",
    "game_id",
    "version",
    "bean_price",
    "advance",
    "reconciles_from",
    "reconciles",
    "reconciles_position",
)
"""What the sources of a line have in common."""


ORDER = {"earning": 1, "adjustment": 2, "reconciliation": 3}
"""The lines of a statement's own period come first."""

AMOUNTS = (
    "source_count",
    "gross",
    "refunds",
    "platform_share",
    "gross_micros",
    "refunds_micros",
    "remainder_micros",
)
"""What lines that have a net only have nothing of."""


def half_even(numerator: ColumnElement[int], denominator: int) -> ColumnElement[int]:
    """``numerator / denominator`` in SQL, rounded half to even, for any sign; the denominator is positive.

    SQL's remainder has the sign of the numerator, so that everything is worked out towards zero and then corrected
    away from it.
    """
    remainder = numerator % denominator
    quotient = (numerator - remainder) // denominator
    twice = 2 * func.abs(remainder)
    up = or_(twice > denominator, and_(twice == denominator, quotient % 2 != 0))
    return quotient + case((~up, 0), (numerator < 0, -1), else_=1)


def total(column: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a 64-bit integer (PostgreSQL makes it a decimal)."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def rounded_groups(stream: Stream, these: ColumnElement[bool], policy: Policy) -> Subquery:
    """What these statements count by game, contract version and kind, in minor units, with what rounding left over."""
    sources: Select[Any] | CompoundSelect[Any] = taken_by(stream, these)
    if stream is not Stream.IAA:
        sources = union_all(sources, reconciled_by(these))
    taken = sources.subquery("taken")
    keys = [taken.c[name] for name in GROUP]
    sums = (
        select(
            *keys,
            func.count().label("source_count"),
            total(taken.c.gross).label("gross"),
            total(taken.c.refunds).label("refunds"),
            total(case((taken.c.in_us, taken.c.gross), else_=0)).label("us_gross"),
            total(case((taken.c.in_us, taken.c.refunds), else_=0)).label("us_refunds"),
            sources_digest(taken.c.source_id, taken.c.gross - taken.c.refunds).label("digest"),
        )
        .group_by(*keys)
        .subquery("sums")
    )
    unit = MICROS // 10 ** EXPONENTS[policy.settlement_currency]
    rate = and_(TEXTS.c.feature == feature_of(stream), TEXTS.c.version == sums.c.version)
    gross, refunds = half_even(sums.c.gross, unit), half_even(sums.c.refunds, unit)
    us_base = half_even(sums.c.us_gross, unit) - half_even(sums.c.us_refunds, unit)
    return (
        select(
            *(sums.c[name] for name in GROUP),
            sums.c.source_count,
            sums.c.digest,
            sums.c.gross.label("gross_micros"),
            sums.c.refunds.label("refunds_micros"),
            gross.label("gross"),
            refunds.label("refunds"),
            us_base.label("us_base"),
            (sums.c.gross - sums.c.refunds - (gross - refunds) * unit).label("remainder"),
            TEXTS.c.share_basis_points.label("rate"),
        )
        .join_from(sums, TEXTS, rate)
        .subquery("rounded")
    )


def write_lines(session: Session, stream: Stream, statement_ids: Collection[str], policy: Policy) -> None:
    """Write the lines of what statements count, those of their own period first."""
    group = rounded_groups(stream, among(STATEMENTS.c.id, statement_ids), policy)
    share = half_even((group.c.gross - group.c.refunds) * group.c.rate, WHOLE)
    us_share = half_even(group.c.us_base * group.c.rate, WHOLE)
    place = func.row_number().over(
        partition_by=group.c.statement_id,
        order_by=(
            case(ORDER, value=group.c.kind),
            *(group.c[name] for name in GROUP if name not in ("statement_id", "kind")),
        ),
    )
    values = {
        "statement_id": group.c.statement_id,
        "position": place,
        "kind": group.c.kind,
        "game_id": group.c.game_id,
        "contract_version": group.c.version,
        "source_count": group.c.source_count,
        "gross": group.c.gross,
        "refunds": group.c.refunds,
        "platform_share": share,
        "net": group.c.gross - group.c.refunds - share,
        "us_net": group.c.us_base - us_share,
        "gross_micros": group.c.gross_micros,
        "refunds_micros": group.c.refunds_micros,
        "remainder_micros": group.c.remainder,
        "sources_digest": group.c.digest,
        "bean_price_micros": group.c.bean_price,
        "advance": group.c.advance,
        "reconciles": group.c.reconciles,
        "reconciles_position": group.c.reconciles_position,
        "note": note(group),
    }
    session.execute(insert(LINES).from_select(list(values), select(*values.values())))


def note(group: Subquery) -> ColumnElement[str]:
    """What there is to say about a line."""
    late = group.c.kind == "adjustment"
    reconciled = (
        select(RECONCILIATION + days_of(STATEMENTS))
        .where(STATEMENTS.c.id == group.c.reconciles)
        .scalar_subquery()
    )
    return case(
        (group.c.kind == "reconciliation", reconciled),
        (group.c.advance & late, f"{LATE}. {ADVANCE}"),
        (group.c.advance, ADVANCE),
        (late, LATE),
        else_="",
    )


def days_of(statement: FromClause) -> ColumnElement[str]:
    """The period of a statement in words."""
    return cast(statement.c.period_start, String) + " to " + cast(statement.c.period_end, String)


def append_net_lines(session: Session, kind: str, rows: Subquery) -> None:
    """Append lines that have a net only, from rows of statement_id, net, us_net and note, in the order of place."""
    last = (
        select(func.coalesce(func.max(LINES.c.position), 0))
        .where(LINES.c.statement_id == rows.c.statement_id)
        .scalar_subquery()
    )
    place = func.row_number().over(partition_by=rows.c.statement_id, order_by=rows.c.place)
    values = {
        "statement_id": rows.c.statement_id,
        "position": last + place,
        "kind": literal(kind),
        "net": rows.c.net,
        "us_net": rows.c.us_net,
        "note": rows.c.note,
        "advance": literal(False),
        **dict.fromkeys(AMOUNTS, literal(0)),
    }
    session.execute(insert(LINES).from_select(list(values), select(*values.values())))


def add_up(session: Session, statement_ids: Collection[str], policy: Policy, day: date) -> None:
    """Add up the lines of statements and withhold the tax at the rates of a day.

    Nothing is withheld from a net that is not positive, and never more than from the net itself.
    """
    listed = among(STATEMENTS.c.id, statement_ids)
    earned, other = LINES.c.kind == "earning", LINES.c.kind != "earning"
    session.execute(
        update(STATEMENTS)
        .where(listed)
        .values(
            gross=of_lines(LINES.c.gross, earned),
            refunds=of_lines(LINES.c.refunds, earned),
            platform_share=of_lines(LINES.c.platform_share, earned),
            adjustments=of_lines(LINES.c.net, other),
            us_source=of_lines(LINES.c.us_net),
            tax_basis_points=tax_rate(policy.withholding, day, STATEMENTS.c.organization_id),
        )
    )
    statement = STATEMENTS.c
    before_tax = statement.gross - statement.refunds - statement.platform_share + statement.adjustments
    taxed = case(
        (or_(before_tax <= 0, statement.us_source <= 0), 0),
        (statement.us_source > before_tax, before_tax),
        else_=statement.us_source,
    )
    tax = half_even(taxed * statement.tax_basis_points, WHOLE)
    session.execute(update(STATEMENTS).where(listed).values(tax_withheld=tax, net=before_tax - tax))


def of_lines(column: ColumnElement[int], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """What the lines of a statement come to in one column."""
    of_statement = LINES.c.statement_id == STATEMENTS.c.id
    return select(total(column)).where(of_statement, *conditions).scalar_subquery()
