"""Metrics: what the games earn, before anything is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from pydantic import BaseModel
from sqlmodel import Session

from api.http.problems import FieldProblem, Problem
from models.money import EXPONENTS, LARGEST_AMOUNT, Money, minor_from_micros
from models.programme.policy import Policy
from papers.tables import Cell, Table
from storage.earnings.metrics import DIMENSIONS, Dimension, Metrics, Wanted, metrics, totals
from words.voice import Sentence

USUAL_DAYS = 30
MOST_DAYS = 400
MOST_GROUPS = 10_000
GROUPS: dict[str, Dimension] = {"day": "day", "game": "game_id", "region": "region", "placement": "placement"}
GROUP_PATTERN = f"^({'|'.join(GROUPS)})(,({'|'.join(GROUPS)})){{0,3}}$"


class MetricsGroup(BaseModel):
    """What was earned in a group, as it was reported so far: gross, before refunds, shares and tax.

    Orders know no placement: where one is asked for, all about purchases is `null`. So is money that is beyond any
    amount of it (2^53 cents), which only reports that cannot be right come to.

    Attributes:
        day: of the group, like the next three; `null` where it is not grouped by them.
        paying_users: each counted once in the group.
        repeat_payers: those of them who had bought something in the same game on an earlier day.
        gmv: what was bought, at the base price of a Bean.
        refunds: how many there were, whenever their orders were.
        arppu: what was bought, per paying user.
        ctr_basis_points: clicks per ten thousand impressions.
        revenue_micros: ad revenue in millionths of a US dollar.
        ecpm_micros: the same per thousand impressions.
    """

    day: date | None
    game_id: str | None
    region: str | None
    placement: str | None
    orders: int | None
    paying_users: int | None
    repeat_payers: int | None
    gmv_beans: int | None
    gmv: Money | None
    arppu_beans: int | None
    arppu: Money | None
    refunds: int | None
    refunded_beans: int | None
    refunded: Money | None
    requests: int
    impressions: int
    clicks: int
    ctr_basis_points: int | None
    revenue_micros: int
    ecpm_micros: int | None


class MetricsView(BaseModel):
    """What was earned from the first to the last day, both included.

    Attributes:
        totals: everything as one group; not the sum of `data`, because users pay on more than one day.
    """

    start: date
    end: date
    totals: MetricsGroup
    data: list[MetricsGroup]


@dataclass(frozen=True)
class Question:
    """Which metrics somebody asks for.

    Attributes:
        start: the first day; 30 days before the last without it.
        end: the last day; today (programme time) without it.
        group_by: some of the names of ``GROUPS``.
    """

    start: date | None = None
    end: date | None = None
    game_id: str | None = None
    region: str | None = None
    placement: str | None = None
    group_by: Sequence[str] = ("day", "game")


@dataclass(frozen=True)
class Measured:
    """What was asked for, and what was found."""

    wanted: Wanted
    groups: list[Metrics]
    totals: Metrics


def measure(session: Session, organization_id: str, question: Question, today: date) -> Measured:
    """The metrics of an organization; 422 if they are too many."""
    last = question.end or today
    first = question.start or last - min(timedelta(days=USUAL_DAYS - 1), last - date.min)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise too_much(
            "start",
            "span",
            Sentence(
                "Choose days of which the first is before the last, by at most {count} days.",
                count=MOST_DAYS - 1,
            ),
        )
    wanted = Wanted(
        organization_id=organization_id,
        start=first,
        end=last,
        game_id=question.game_id,
        region=question.region,
        placement=question.placement,
        group_by=[GROUPS[name] for name in question.group_by],
    )
    groups = metrics(session, wanted, MOST_GROUPS)
    if len(groups) > MOST_GROUPS:
        detail = Sentence(
            "These are more than {count} groups; ask for fewer days or group by less.", count=MOST_GROUPS
        )
        raise too_much("group_by", "groups", detail)
    return Measured(wanted, groups, totals(session, wanted))


def too_much(name: str, code: str, detail: Sentence) -> Problem:
    """The request asks for more than is given at once."""
    problem = FieldProblem(pointer=f"#query/{name}", code=code, detail=detail)
    return Problem(422, "invalid_request", errors=[problem])


def show_metrics(measured: Measured, policy: Policy) -> MetricsView:
    """What the organization's games earned; play money is left out."""
    return MetricsView(
        start=measured.wanted.start,
        end=measured.wanted.end,
        totals=show_group(measured.totals, policy),
        data=[show_group(group, policy) for group in measured.groups],
    )


def show_days(session: Session, measured: Measured, start: date, end: date, policy: Policy) -> MetricsGroup:
    """All of other days together, asked for alike."""
    wanted = measured.wanted.model_copy(update={"start": start, "end": end})
    return show_group(totals(session, wanted), policy)


def show_group(group: Metrics, policy: Policy) -> MetricsGroup:
    """A group, with its Beans in money."""

    def money(beans: int | None) -> Money | None:
        if beans is None:
            return None
        currency = policy.settlement_currency
        amount = minor_from_micros(beans * policy.bean_price_micros, currency)
        if amount > LARGEST_AMOUNT:
            return None
        return Money(amount=amount, currency=currency)

    return MetricsGroup(
        **group.model_dump(),
        arppu_beans=group.arppu_beans,
        ctr_basis_points=group.ctr_basis_points,
        ecpm_micros=group.ecpm_micros,
        gmv=money(group.gmv_beans),
        arppu=money(group.arppu_beans),
        refunded=money(group.refunded_beans),
    )


def as_table(name: str, measured: Measured, policy: Policy) -> Table:
    """The groups as rows: what they are grouped by, then every figure."""
    dimensions = [name for name in DIMENSIONS if name in measured.wanted.group_by]
    shown = [show_group(group, policy) for group in measured.groups]
    figures = [column for column in MetricsGroup.model_fields if column not in DIMENSIONS]
    columns = [*dimensions, "currency", *(column.removesuffix("_micros") for column in figures)]
    rows = [
        [
            *(getattr(group, column) for column in dimensions),
            policy.settlement_currency,
            *(plain(column, getattr(group, column)) for column in figures),
        ]
        for group in shown
    ]
    return Table(name, ["ctr" if column == "ctr_basis_points" else column for column in columns], rows)


def plain(column: str, value: int | Money | None) -> Cell:
    """A figure as a plain number: money and micro-units in whole units of the currency, a rate as a fraction."""
    if isinstance(value, Money):
        return Decimal(value.amount).scaleb(-EXPONENTS[value.currency])
    if value is None or not column.endswith(("_micros", "_basis_points")):
        return value
    return Decimal(value).scaleb(-6 if column.endswith("_micros") else -4)
