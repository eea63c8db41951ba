"""What games earned, as it was reported: gross, before refunds, shares and tax; play money left out.

Orders know no placement: where one is asked for, only ads are told.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, select
from sqlmodel import Session

from models.money import half_even
from storage.exact_sums import exact_sum
from storage.settlement.sources import AD_DAYS, ORDERS

Dimension = Literal["day", "game_id", "region", "placement"]
DIMENSIONS: tuple[Dimension, ...] = ("day", "game_id", "region", "placement")


class Wanted(BaseModel):
    """Whose metrics, of which days, both included, and how they are grouped; no filter means all of them."""

    model_config = ConfigDict(frozen=True)

    organization_id: str
    start: date
    end: date
    game_id: str | None = None
    region: str | None = None
    placement: str | None = None
    group_by: Sequence[Dimension] = ("day", "game_id")


class Metrics(BaseModel):
    """What was earned in a group of days, games, regions or placements; what it is not grouped by is ``None``.

    Attributes:
        orders: purchases in the group; ``None``, like all about purchases, where a placement is asked for.
        paying_users: who made them, each counted once.
        repeat_payers: those of them who had bought something in the same game on an earlier day.
        gmv_beans: what was bought, in Beans.
        refunds: how many there were, whenever the orders were.
        refunded_beans: what they gave back.
        revenue_micros: ad revenue in micro-USD.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date | None = None
    game_id: str | None = None
    region: str | None = None
    placement: str | None = None
    orders: int | None = None
    paying_users: int | None = None
    repeat_payers: int | None = None
    gmv_beans: int | None = None
    refunds: int | None = None
    refunded_beans: int | None = None
    requests: int = 0
    impressions: int = 0
    clicks: int = 0
    revenue_micros: int = 0

    @property
    def arppu_beans(self) -> int | None:
        """Beans per paying user, half to even; ``None`` without any."""
        return half_even(self.gmv_beans or 0, self.paying_users) if self.paying_users else None

    @property
    def ecpm_micros(self) -> int | None:
        """Micro-USD per thousand impressions, half to even; ``None`` without any."""
        return half_even(self.revenue_micros * 1_000, self.impressions) if self.impressions else None

    @property
    def ctr_basis_points(self) -> int | None:
        """Clicks per ten thousand impressions, half to even; ``None`` without any."""
        return half_even(self.clicks * 10_000, self.impressions) if self.impressions else None


PURCHASES = ("orders", "paying_users", "repeat_payers", "gmv_beans", "refunds", "refunded_beans")
ADS = ("requests", "impressions", "clicks", "revenue_micros")


def metrics(session: Session, wanted: Wanted, limit: int) -> list[Metrics]:
    """The groups in which anything was reported, in the order of what they are grouped by.

    One more group than ``limit`` means that there are more.
    """
    groups = [name for name in DIMENSIONS if name in wanted.group_by]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for query in queries(wanted, groups):
        for row in session.execute(query.limit(limit + 1)).mappings():
            key = tuple(row[name] for name in groups)
            found.setdefault(key, blank(wanted)).update(row)
    return [Metrics.model_validate(found[key]) for key in sorted(found)][: limit + 1]


def totals(session: Session, wanted: Wanted) -> Metrics:
    """Everything that is wanted as one group: users are counted once, however many days they pay on."""
    values = blank(wanted)
    for query in queries(wanted, []):
        values.update(session.execute(query).mappings().one())
    return Metrics.model_validate(values)


def blank(wanted: Wanted) -> dict[str, Any]:
    """A group in which nothing was bought; nothing is said of purchases where placements are asked for."""
    return {} if of_placements(wanted) else dict.fromkeys(PURCHASES, 0)


def of_placements(wanted: Wanted) -> bool:
    """Whether placements are asked for."""
    return wanted.placement is not None or "placement" in wanted.group_by


def queries(wanted: Wanted, groups: Collection[str]) -> list[Select[Any]]:
    """One query for ads and, unless placements are asked for, one for purchases."""
    own = [advertised(wanted, groups)]
    return own if of_placements(wanted) else [*own, purchased(wanted, groups)]


def chosen(table: FromClause, wanted: Wanted) -> ColumnElement[bool]:
    """The rows of a table that are wanted."""
    filters = {name: getattr(wanted, name) for name in ("game_id", "region", "placement")}
    return and_(
        table.c.organization_id == wanted.organization_id,
        table.c.day.between(wanted.start, wanted.end),
        *(table.c[name] == value for name, value in filters.items() if value is not None),
    )


def purchased(wanted: Wanted, groups: Collection[str]) -> Select[Any]:
    """Purchases and refunds by group."""
    earlier = ORDERS.alias("earlier")
    bought = ORDERS.c.beans >= 0
    bought_before = (
        select(earlier.c.user_id)
        .where(
            earlier.c.organization_id == ORDERS.c.organization_id,
            earlier.c.game_id == ORDERS.c.game_id,
            earlier.c.user_id == ORDERS.c.user_id,
            earlier.c.day < ORDERS.c.day,
            earlier.c.beans >= 0,
            ~earlier.c.is_sandbox,
        )
        .exists()
    )
    columns = [ORDERS.c[name] for name in groups]
    return in_groups(
        select(
            *columns,
            func.count().filter(bought).label("orders"),
            func.count(ORDERS.c.user_id.distinct()).filter(bought).label("paying_users"),
            func.count(ORDERS.c.user_id.distinct()).filter(bought & bought_before).label("repeat_payers"),
            exact_sum(case((bought, ORDERS.c.beans), else_=0)).label("gmv_beans"),
            func.count().filter(~bought).label("refunds"),
            exact_sum(case((~bought, -ORDERS.c.beans), else_=0)).label("refunded_beans"),
        ).where(chosen(ORDERS, wanted), ~ORDERS.c.is_sandbox),
        columns,
    )


def advertised(wanted: Wanted, groups: Collection[str]) -> Select[Any]:
    """Ads by group."""
    columns = [AD_DAYS.c[name] for name in groups]
    return in_groups(
        select(*columns, *(exact_sum(AD_DAYS.c[name]).label(name) for name in ADS)).where(
            chosen(AD_DAYS, wanted)
        ),
        columns,
    )


def in_groups(query: Select[Any], columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """A query by group; a single row if there are none."""
    return query.group_by(*columns).order_by(*columns) if columns else query
