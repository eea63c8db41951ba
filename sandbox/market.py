"""The market: what a game earns on a day, made up from a seed; the same seed, game and day, the same history. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.documents import Feature
from providers.http.earnings import REDEEMED, REFUNDED, AdDay, OrderEvent
from sandbox.store import opaque

MOST_ORDERS = 20
MOST_REGIONS = 2
REGIONS = ("US", "JP", "BR", "DE", "ID")
SUBSCRIPTIONS = (299, 499, 999)
PURCHASES = ((99, 40), (199, 25), (499, 20), (999, 10), (1999, 5))
SUBSCRIBERS = 0.35
SANDBOX_SHARE = 0.03
REFUND_SHARE = 0.05
LATE_SHARE = 0.06
CORRECTED_SHARE = 0.08
DAY = timedelta(days=1)

Kind = Literal["order", "ad_day"]
Span = tuple[datetime, datetime | None]


class Volume(BaseModel):
    """How much a game earns on an ordinary day; as it stands, some USD 3,000 a month.

    Attributes:
        orders_per_day: orders, before refunds.
        price_percent: prices against the usual ones.
        ads_per_day: ad impressions.
        ecpm_micros: revenue of a thousand impressions, micro-USD.
    """

    model_config = ConfigDict(extra="forbid")

    orders_per_day: Annotated[int, Field(ge=0, le=15)] = 12
    price_percent: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    ads_per_day: Annotated[int, Field(ge=0, le=10_000_000)] = 5_000
    ecpm_micros: Annotated[int, Field(ge=0, le=1_000_000_000)] = 8_000_000


@dataclass(frozen=True)
class Game:
    """What the market needs to know of a game."""

    game_id: str
    organization_id: str
    features: Sequence[Feature]
    regions: Sequence[str]
    volume: Volume


@dataclass(frozen=True)
class Report:
    """An order or ad day, and when it is reported.

    Attributes:
        live_at: for an order, when the game must have been live for it to have happened.
    """

    key: str
    kind: Kind
    available_at: datetime
    live_at: datetime
    body: OrderEvent | AdDay


def orders_of(seed: int, game: Game, day: date) -> list[Report]:
    """The orders of a day, and the refunds that they will lead to on later days; at most ``MOST_ORDERS``."""
    if Feature.IAP not in game.features:
        return []
    chance = _chance(seed, game, day, "orders")
    count = round(game.volume.orders_per_day * chance.uniform(0.75, 1.25) * _weekend(day))
    regions = game.regions or REGIONS
    reports: list[Report] = []
    for number in range(min(count, MOST_ORDERS)):
        subscription = chance.random() < SUBSCRIBERS
        usual = (
            chance.choice(SUBSCRIPTIONS)
            if subscription
            else chance.choices([price for price, _ in PURCHASES], [weight for _, weight in PURCHASES])[0]
        )
        at = _midnight(day) + timedelta(seconds=chance.randrange(86_400))
        order = OrderEvent(
            event_id=opaque("oe", seed, game.game_id, day, number),
            type=REDEEMED,
            organization_id=game.organization_id,
            game_id=game.game_id,
            order_id=opaque("order", seed, game.game_id, day, number),
            product="subscription" if subscription else "one_time",
            beans=max(1, usual * game.volume.price_percent // 100),
            user_id=opaque("user", seed, game.game_id, chance.randrange(400)),
            region=chance.choices(regions, range(len(regions), 0, -1))[0],
            at=at,
            is_sandbox=chance.random() < SANDBOX_SHARE,
        )
        reports.append(_order(order, at, _reported(chance, at)))
        if chance.random() < REFUND_SHARE and len(reports) < MOST_ORDERS:
            refunded_at = at + timedelta(days=chance.uniform(0.2, 9))
            partial = chance.random() < 0.5
            refund = order.model_copy(
                update={
                    "event_id": opaque("re", seed, game.game_id, day, number),
                    "type": REFUNDED,
                    "refund_amount": chance.randint(1, order.beans) if partial else order.beans,
                    "at": refunded_at.replace(microsecond=0),
                }
            )
            reports.append(_order(refund, at, _reported(chance, refunded_at)))
        if len(reports) >= MOST_ORDERS:
            break
    return reports


def ad_days_of(seed: int, game: Game, day: date) -> list[Report]:
    """The ad reports of a whole day, and the corrections that some will see; at most four, and as many corrections."""
    if Feature.IAA not in game.features:
        return []
    chance = _chance(seed, game, day, "ads")
    regions = (list(game.regions) or list(REGIONS))[:MOST_REGIONS]
    places = [(placement, region) for placement in ("rewarded", "interstitial") for region in regions]
    reports = []
    for placement, region in places:
        share = (0.7 if placement == "rewarded" else 0.3) / len(regions)
        impressions = round(game.volume.ads_per_day * share * chance.uniform(0.8, 1.2) * _weekend(day))
        worth = chance.uniform(0.8, 1.3) * (1.0 if placement == "rewarded" else 0.7)
        report = AdDay(
            report_id=opaque("ad", seed, game.game_id, placement, region, day),
            revision=1,
            organization_id=game.organization_id,
            game_id=game.game_id,
            placement=placement,
            region=region,
            day=day,
            requests=round(impressions * chance.uniform(1.05, 1.4)),
            impressions=impressions,
            clicks=round(impressions * chance.uniform(0.01, 0.04)),
            revenue_micros=round(impressions * game.volume.ecpm_micros / 1000 * worth),
        )
        available = _reported(chance, _midnight(day) + DAY + timedelta(hours=4))
        reports.append(_ad_day(report, available))
        if chance.random() < CORRECTED_SHARE:
            micros = round(report.revenue_micros * chance.uniform(0.94, 1.04))
            corrected = report.model_copy(update={"revision": 2, "revenue_micros": micros})
            reports.append(_ad_day(corrected, available + timedelta(days=chance.uniform(1, 5))))
    return reports


def live_at(spans: Sequence[Span], moment: datetime) -> bool:
    """Whether a game was live at a moment."""
    return any(start <= moment and (end is None or moment < end) for start, end in spans)


def live_seconds(spans: Sequence[Span], day: date) -> int:
    """For how many seconds of a day a game was live."""
    opens, closes = _midnight(day), _midnight(day) + DAY
    parts = ((max(start, opens), min(end or closes, closes)) for start, end in spans)
    return sum(int((end - start).total_seconds()) for start, end in parts if end > start)


def part_of_day(report: AdDay, seconds: int) -> AdDay:
    """The report of a day on which the game was live for that many seconds only."""
    if seconds >= 86_400:
        return report
    names = ("requests", "impressions", "clicks", "revenue_micros")
    return report.model_copy(update={name: getattr(report, name) * seconds // 86_400 for name in names})


def _chance(seed: int, game: Game, day: date, what: str) -> Random:
    return Random(f"{seed}/{game.game_id}/{day}/{what}")


def _weekend(day: date) -> float:
    return 1.2 if day.weekday() >= 5 else 1.0


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _reported(chance: Random, at: datetime) -> datetime:
    days = chance.uniform(1, 4) if chance.random() < LATE_SHARE else 0.0
    return at + timedelta(days=days, minutes=chance.uniform(0, 20))


def _order(order: OrderEvent, live: datetime, available: datetime) -> Report:
    return Report(order.event_id, "order", available, live, order)


def _ad_day(report: AdDay, available: datetime) -> Report:
    return Report(f"{report.report_id}/{report.revision}", "ad_day", available, _midnight(report.day), report)
