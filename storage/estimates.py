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
    CompoundSelect,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from models.documents import Stream
from models.estimates import Estimate
from models.money import Money, half_even, minor_from_micros
from models.periods import day_of, periods
from models.policy import Policy
from models.steps import Period
from storage.advances import to_be_reconciled
from storage.bridge import WHOLE, total
from storage.sources import (
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
from storage.tax import tax_rates


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
    """What an organization has earned and no statement says yet, by stream and period, the next to come first."""
    issued = issued_periods(session, organization_id, policy, now)
    debts = open_debts(session, organization_id)
    to_come = {stream: coming(stream, policy, now) for stream in Stream}
    ends = [period.end for known in to_come.values() for period in known]
    rates = tax_rates(session, organization_id, policy.withholding, ends)
    found: list[Estimate] = []
    for stream, known in to_come.items():
        upcoming = [period for period in known if (stream, period.start) not in issued]
        late = takes_late(known, upcoming, day_of(now, policy))
        sums = accrued(session, organization_id, upcoming, late, policy)
        with_debts(sums, upcoming, late, debts[stream])
        for period in upcoming:
            if period.start in sums:
                found.append(estimate(period, sums[period.start], rates[period.end], policy, now))
                carry_on(sums, upcoming, period, found[-1])
    return sorted(found, key=lambda estimate: (estimate.delivered_on, estimate.stream, estimate.period_start))


def issued_since(session: Session, organization_id: str, moment: datetime, currency: str) -> Money:
    """The nets owed of the statements issued since a moment, without those that were replaced."""
    newer = STATEMENTS.alias("newer")
    live = ~exists().where(newer.c.replaces == STATEMENTS.c.id)
    issued = select(total(STATEMENTS.c.net)).where(
        STATEMENTS.c.organization_id == organization_id,
        STATEMENTS.c.issued_at >= moment,
        STATEMENTS.c.net > 0,
        live,
    )
    return Money(amount=session.scalar(issued) or 0, currency=currency)


# ---------------------------------------------------------------------- the periods to come


def coming(stream: Stream, policy: Policy, now: datetime) -> list[Period]:
    """The periods of a stream whose statements may still come, the oldest first, the present one last."""
    today, since = day_of(now, policy), day_of(now - policy.settlement_window, policy)
    cycles = policy.iaa_cycles if stream is Stream.IAA else policy.iap_cycles
    found = periods(stream, cycles, since, today)
    return [period for period in found if since < period.delivered_on and period.start <= today]


def delivery(period: Period, policy: Policy, now: datetime) -> date:
    """The day on which a period's statement comes: its own, or the next settlement's if that has passed."""
    if period.delivered_on >= day_of(now, policy):
        return period.delivered_on
    return min(
        other.delivered_on
        for stream in Stream
        for other in coming(stream, policy, now)
        if other.delivered_on > day_of(now, policy)
    )


def takes_late(known: Sequence[Period], upcoming: Sequence[Period], today: date) -> Period:
    """The period with which late reports of earlier days come: the newest one at the next settlement.

    Args:
        known: the periods that have statements as well.
    """
    newest = [period for period in known if period.delivered_on <= today][-1:]
    following = [period for period in upcoming if period.delivered_on > today]
    return next((period for period in newest if period in upcoming), following[0])


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
    session: Session, organization_id: str, upcoming: Sequence[Period], late: Period, policy: Policy
) -> dict[date, Sums]:
    """What one stream's statements will count and reconcile comes to, by the first day of their period."""
    sums: dict[date, Sums] = {}
    query = lines(tuple(upcoming), late, policy)
    for line in session.execute(query, {"organization_id": organization_id}):
        period = upcoming[line.place]
        sums[period.start] = add_line(sums.get(period.start, Sums()), line, policy)
    return sums


@lru_cache
def lines(upcoming: tuple[Period, ...], late: Period, policy: Policy) -> Select[Any]:
    """The lines that the coming statements would have, by period, game and contract version, in exact units.

    The same for every organization, by its ``organization_id``; to put it into words takes longer than to ask it.
    """
    stream = late.stream
    sources: Select[Any] | CompoundSelect[Any] = to_be_taken(upcoming, late)
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
            TEXTS.c.share_basis_points.label("rate"),
            price.label("price"),
            total(case((~spent, units), else_=0)).label("gross"),
            total(case((spent, -units), else_=0)).label("refunds"),
            total(case((~spent & counted.c.in_us, units), else_=0)).label("us_gross"),
            total(case((spent & counted.c.in_us, -units), else_=0)).label("us_refunds"),
        )
        .join_from(counted, TEXTS, text)
        .group_by(*keys, TEXTS.c.share_basis_points, TEXTS.c.advance_bean_micros)
    )


def to_be_taken(upcoming: Sequence[Period], late: Period) -> Select[Any]:
    """What the coming statements will take, source by source; ads count in micro-units, a Bean at its price then."""
    source = table_of(late.stream)
    place = case(
        *((source.c.day.between(p.start, p.end), number) for number, p in enumerate(upcoming)),
        else_=upcoming.index(late),
    )
    on_time = or_(*(source.c.day.between(p.start, p.end) for p in upcoming))
    whatever = late.model_copy(update={"end": max(period.end for period in upcoming), "newest": True})
    of_ads = late.stream is Stream.IAA
    return select(
        place.label("place"),
        on_time.label("on_time"),
        source.c.game_id,
        contract_version(late.stream).label("version"),
        literal(1 if of_ads else None, BigInteger).label("price"),
        literal(None, String).label("of_line"),
        (source.c.region == US).label("in_us"),
        (AD_DAYS.c.revenue_micros - AD_DAYS.c.settled_micros if of_ads else ORDERS.c.beans).label("units"),
    ).where(source.c.organization_id == bindparam("organization_id"), open_in(whatever), earns(late.stream))


def add_line(sums: Sums, line: Row[Any], policy: Policy) -> Sums:
    """The sums with one line more, rounded as settlement rounds it."""
    gross, refunds, us_gross, us_refunds = (
        minor_from_micros(units * line.price, policy.settlement_currency)
        for units in (line.gross, line.refunds, line.us_gross, line.us_refunds)
    )
    share = half_even((gross - refunds) * line.rate, WHOLE)
    us_base = us_gross - us_refunds
    us_source = sums.us_source + us_base - half_even(us_base * line.rate, WHOLE)
    if not line.on_time:
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


def with_debts(
    sums: dict[date, Sums], upcoming: Sequence[Period], late: Period, debts: Iterable[Row[Any]]
) -> None:
    """Take debts off the next statement of a later period; the newest one to come shows those that none takes."""
    for debt in debts:
        takers = [p.start for p in upcoming if p.start in sums and p.start > debt.period_start]
        taker = takers[0] if takers else late.start
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


def estimate(period: Period, sums: Sums, tax_rate: int, policy: Policy, now: datetime) -> Estimate:
    """What a statement with these sums would say, with a tax of so many basis points."""
    taxed = max(0, min(sums.us_source, sums.before_tax))
    tax = half_even(taxed * tax_rate, WHOLE)

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=policy.settlement_currency)

    return Estimate(
        stream=period.stream,
        period_start=period.start,
        period_end=period.end,
        delivered_on=delivery(period, policy, now),
        gross=money(sums.gross),
        refunds=money(sums.refunds),
        platform_share=money(sums.platform_share),
        adjustments=money(sums.adjustments),
        carried=money(sums.carried),
        tax_withheld=money(tax),
        net=money(sums.before_tax - tax),
    )
