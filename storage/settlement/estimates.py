"""What is earned and on no statement yet, and what was issued: the estimated and the settled side of a balance.

An estimate is worked out line by line as settlement does it, from the sources that no statement counts. The number of
queries is the same however much was earned: the sums are made by the database, one row per game, contract version
and period.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlmodel import Session

from models.documents import Stream
from models.estimates import Estimate
from models.money import LARGEST_STATEMENT, Money, half_even, minor_from_micros
from models.programme import periods
from models.programme.periods import day_of, start_of_cycle_before
from models.programme.policy import Policy
from models.wire.steps import Period
from storage.exact_sums import exact_sum
from storage.settlement.advances import ended, to_be_reconciled
from storage.settlement.sources import (
    AD_DAYS,
    ORDERS,
    STATEMENTS,
    TEXTS,
    US,
    contract_version,
    earns,
    feature_of,
    open_in,
    table_of,
)
from storage.settlement.statement_lines import WHOLE
from storage.settlement.withholding import tax_rates


@dataclass(frozen=True)
class Sums:
    """What a statement would add up to, minor units; ``us_source`` is the part of the net before tax from the US."""

    gross: int = 0
    refunds: int = 0
    platform_share: int = 0
    adjustments: int = 0
    carried: int = 0
    us_source: int = 0

    @property
    def before_tax(self) -> int:
        """The net before tax."""
        return self.gross - self.refunds - self.platform_share + self.adjustments + self.carried


def estimates(session: Session, organization_id: str, policy: Policy, now: datetime) -> list[Estimate]:
    """What an organization has earned and no statement says yet, by stream and period, the next to come first.

    Nothing is said of a period whose statement would be too large to be issued: only reports that cannot be right
    come to that, and no money can be promised for them.
    """
    today = day_of(now, policy)
    issued = issued_periods(session, organization_id, policy, now)
    debts = open_debts(session, organization_id)
    to_come = {
        stream: periods.to_come(stream, policy, today, {start for of, start in issued if of is stream})
        for stream in Stream
    }
    ends = [each.period.end for known in to_come.values() for each in known]
    rates = tax_rates(session, organization_id, policy.withholding, ends)
    found: list[Estimate] = []
    for stream, known in to_come.items():
        upcoming = [each.period for each in known]
        sums = accrued(session, organization_id, upcoming, policy)
        with_debts(sums, upcoming, debts[stream])
        for each in known:
            if each.period.start in sums and may_be_issued(sums[each.period.start]):
                found.append(estimate(each, sums[each.period.start], rates[each.period.end], policy, today))
                carry_on(sums, upcoming, each.period, found[-1])
    return sorted(found, key=lambda estimate: (estimate.delivered_on, estimate.stream, estimate.period_start))


def may_be_issued(sums: Sums) -> bool:
    """Whether a statement of these sums would not be refused as too large (``storage.settlement.batches``)."""
    figures = (
        sums.gross, sums.refunds, sums.platform_share, sums.adjustments + sums.carried, sums.us_source,
        sums.before_tax,
    )  # fmt: skip
    return all(abs(figure) <= LARGEST_STATEMENT for figure in figures)


def issued_since(session: Session, organization_id: str, moment: datetime, currency: str) -> Money:
    """The nets owed of the statements issued since a moment, without those that were replaced."""
    newer = STATEMENTS.alias("newer")
    live = ~exists().where(newer.c.replaces == STATEMENTS.c.id)
    issued = select(exact_sum(STATEMENTS.c.net)).where(
        STATEMENTS.c.organization_id == organization_id,
        STATEMENTS.c.issued_at >= moment,
        STATEMENTS.c.net > 0,
        live,
    )
    return Money(amount=session.scalar(issued) or 0, currency=currency)


# ---------------------------------------------------------------------- the periods to come


def issued_periods(
    session: Session, organization_id: str, policy: Policy, now: datetime
) -> set[tuple[Stream, date]]:
    """The periods, by stream and first day, that have a statement."""
    query = select(STATEMENTS.c.stream, STATEMENTS.c.period_start).where(
        STATEMENTS.c.organization_id == organization_id,
        STATEMENTS.c.period_end >= day_of(now - 2 * policy.settlement_window, policy),
    )
    return {(Stream(row.stream), row.period_start) for row in session.execute(query)}


# ---------------------------------------------------------------------- sums


def accrued(
    session: Session, organization_id: str, upcoming: Sequence[Period], policy: Policy
) -> dict[date, Sums]:
    """What one stream's statements will count and reconcile comes to, by the first day of their period."""
    sums: dict[date, Sums] = {}

    def add(place: int, line: Row[Any], price: int, on_time: bool) -> None:
        start = upcoming[place].start
        sums[start] = add_line(sums.get(start, Sums()), line, price, on_time, policy)

    for line in session.execute(lines(tuple(upcoming), policy), {"organization_id": organization_id}):
        add(line.place, line, line.price, line.on_time)
        later = reconciled_in(upcoming, line, policy) if line.advance else None
        if later is not None:
            add(later, line, policy.bean_price_micros - line.price, False)
    return sums


def reconciled_in(upcoming: Sequence[Period], line: Row[Any], policy: Policy) -> int | None:
    """Which of the coming statements reconciles what another of them settles at an advance; ``None``: a later one."""
    settled = upcoming[line.place].end
    for number, period in enumerate(upcoming):
        at_once = line._mapping[f"final_{number}"]
        until = period.start if at_once else start_of_cycle_before(period, policy)
        if number > line.place and settled < until:
            return number
    return None


def final_statements(upcoming: Sequence[Period]) -> Subquery:
    """One row that says of each of the coming statements whether it will be final."""
    owner = select(bindparam("organization_id", type_=String).label("organization_id")).subquery("owner")
    flags = [ended(period, owner).label(f"final_{number}") for number, period in enumerate(upcoming)]
    return select(*flags).select_from(owner).subquery("finals")


@lru_cache
def lines(upcoming: tuple[Period, ...], policy: Policy) -> Select[Any]:
    """The lines that the coming statements would have, by period, game and contract version, in exact units.

    The same for every organization, by its ``organization_id``; to put it into words takes longer than to ask it.
    """
    stream = upcoming[0].stream
    sources: Select[Any] | CompoundSelect[Any] = to_be_taken(upcoming, policy)
    finals = final_statements(upcoming)
    if stream is not Stream.IAA:
        sources = union_all(sources, to_be_reconciled(upcoming, policy))
    counted = sources.subquery("counted")
    units, spent = counted.c.units, (counted.c.units < 0 if stream is not Stream.IAA else false())
    keys = [counted.c[name] for name in ("place", "on_time", "game_id", "version", "price", "of_line")]
    text = and_(TEXTS.c.feature == feature_of(stream), TEXTS.c.version == counted.c.version)
    price = func.coalesce(counted.c.price, TEXTS.c.advance_bean_micros, policy.bean_price_micros)
    return (
        select(
            *keys[:-2],
            *finals.c,
            TEXTS.c.share_basis_points.label("rate"),
            price.label("price"),
            (counted.c.price.is_(None) & TEXTS.c.advance_bean_micros.is_not(None)).label("advance"),
            exact_sum(case((~spent, units), else_=0)).label("gross"),
            exact_sum(case((spent, -units), else_=0)).label("refunds"),
            exact_sum(case((~spent & counted.c.in_us, units), else_=0)).label("us_gross"),
            exact_sum(case((spent & counted.c.in_us, -units), else_=0)).label("us_refunds"),
        )
        .select_from(counted.join(TEXTS, text).join(finals, true()))
        .group_by(*keys, *finals.c, TEXTS.c.share_basis_points, TEXTS.c.advance_bean_micros)
    )


def to_be_taken(upcoming: Sequence[Period], policy: Policy) -> Select[Any]:
    """What the coming statements will take, source by source: each goes with the first of them that it is open in.

    Ads count in micro-units, a Bean at its price then.
    """
    stream, of_ads = upcoming[0].stream, upcoming[0].stream is Stream.IAA
    source, finals = table_of(stream), final_statements(upcoming)
    takes = [open_in(period) for period in upcoming]
    place = case(*((taken, number) for number, taken in enumerate(takes)))
    on_time = case(
        *((taken, source.c.day >= period.start) for taken, period in zip(takes, upcoming, strict=True))
    )
    found = select(
        place.label("place"),
        on_time.label("on_time"),
        source.c.game_id,
        contract_version(stream).label("version"),
        (literal(1, BigInteger) if of_ads else price_without_advance(takes, finals, policy)).label("price"),
        literal(None, String).label("of_line"),
        (source.c.region == US).label("in_us"),
        (AD_DAYS.c.revenue_micros - AD_DAYS.c.settled_micros if of_ads else ORDERS.c.beans).label("units"),
    ).where(source.c.organization_id == bindparam("organization_id"), or_(*takes), earns(stream))
    return found if of_ads else found.select_from(source.join(finals, true()))


def price_without_advance(
    takes: Sequence[ColumnElement[bool]], finals: Subquery, policy: Policy
) -> ColumnElement[int | None]:
    """The price of a Bean where no advance can be made: it was made already, or the statement is final; else NULL."""
    base, none = literal(policy.bean_price_micros, BigInteger), cast(null(), BigInteger)
    return case(
        (ORDERS.c.reconciled_in.is_not(None), func.coalesce(ORDERS.c.advance_bean_micros, base)),
        *((taken, case((final, base), else_=none)) for taken, final in zip(takes, finals.c, strict=True)),
    )


def add_line(sums: Sums, line: Row[Any], price: int, on_time: bool, policy: Policy) -> Sums:
    """The sums with one line more, rounded as settlement rounds it."""
    gross, refunds, us_gross, us_refunds = (
        minor_from_micros(units * price, policy.settlement_currency)
        for units in (line.gross, line.refunds, line.us_gross, line.us_refunds)
    )
    share = half_even((gross - refunds) * line.rate, WHOLE)
    us_base = us_gross - us_refunds
    us_source = sums.us_source + us_base - half_even(us_base * line.rate, WHOLE)
    if not on_time:
        late = sums.adjustments + gross - refunds - share
        return replace(sums, adjustments=late, us_source=us_source)
    return replace(
        sums,
        gross=sums.gross + gross,
        refunds=sums.refunds + refunds,
        platform_share=sums.platform_share + share,
        us_source=us_source,
    )


# ---------------------------------------------------------------------- debts


def open_debts(session: Session, organization_id: str) -> dict[Stream, list[Row[Any]]]:
    """The negative nets that no statement has taken up yet, by stream."""
    newer = STATEMENTS.alias("newer")
    query = select(
        STATEMENTS.c.stream, STATEMENTS.c.period_start, STATEMENTS.c.net, STATEMENTS.c.us_source
    ).where(
        STATEMENTS.c.organization_id == organization_id,
        STATEMENTS.c.net < 0,
        STATEMENTS.c.carried_into.is_(None),
        ~exists().where(newer.c.replaces == STATEMENTS.c.id),
    )
    found: dict[Stream, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(query):
        found[Stream(row.stream)].append(row)
    return found


def with_debts(sums: dict[date, Sums], upcoming: Sequence[Period], debts: Iterable[Row[Any]]) -> None:
    """Take debts off the next statement of a later period; the last one to come shows those that none takes."""
    for debt in debts:
        takers = [p.start for p in upcoming if p.start in sums and p.start > debt.period_start]
        taker = takers[0] if takers else upcoming[-1].start
        before = sums.get(taker, Sums())
        carried, us_source = before.carried + debt.net, before.us_source + debt.us_source
        sums[taker] = replace(before, carried=carried, us_source=us_source)


def carry_on(sums: dict[date, Sums], upcoming: Sequence[Period], period: Period, estimated: Estimate) -> None:
    """A net that would be negative is carried to the statement after it, if one is to come."""
    following = next((p.start for p in upcoming if p.start > period.start and p.start in sums), None)
    if estimated.net.amount < 0 and following:
        after, here = sums[following], sums[period.start]
        carried, us_source = after.carried + estimated.net.amount, after.us_source + here.us_source
        sums[following] = replace(after, carried=carried, us_source=us_source)


def estimate(expected: periods.Expected, sums: Sums, tax_rate: int, policy: Policy, today: date) -> Estimate:
    """What a statement with these sums would say, with a tax of so many basis points."""
    period = expected.period
    taxed = max(0, min(sums.us_source, sums.before_tax))
    tax = half_even(taxed * tax_rate, WHOLE)

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=policy.settlement_currency)

    return Estimate(
        stream=period.stream,
        period_start=period.start,
        period_end=period.end,
        delivered_on=expected.on,
        promised_on=period.delivered_on if period.delivered_on < today else None,
        gross=money(sums.gross),
        refunds=money(sums.refunds),
        platform_share=money(sums.platform_share),
        adjustments=money(sums.adjustments),
        carried=money(sums.carried),
        tax_withheld=money(tax),
        net=money(sums.before_tax - tax),
    )
