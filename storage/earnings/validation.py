"""Whether a report of earnings counts: judged against what is known, without a look at the database. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.earnings import KINDS, REFUNDED, AdDay, Aside, OrderEvent, Report, WhyAside

AHEAD = timedelta(days=1)
"""How far ahead of our clock a report may lie."""

ORDER_FACTS = (
    "event_id", "organization_id", "game_id", "order_id", "stream", "beans", "user_id", "region", "at",
    "is_sandbox",
)  # fmt: skip
PURCHASE_FACTS = ORDER_FACTS[1:]
REFUND_COPIES = ("game_id", "stream", "region", "is_sandbox")
AD_PLACE = ("organization_id", "game_id", "placement", "region", "day")
AD_NUMBERS = ("requests", "impressions", "clicks", "revenue_micros")

Values = Mapping[str, Any]


@dataclass
class Known:
    """Which organizations and games there are, what time it is (programme time), and what an ad day may earn."""

    organizations: Collection[str]
    games: Collection[tuple[str, str]]
    now: datetime
    largest_ad_day_micros: int

    def misplaced(self, report: Report) -> tuple[WhyAside, str] | None:
        """Why a report that nobody has seen before belongs nowhere, or not yet."""
        if report.organization_id not in self.organizations:
            return WhyAside.UNKNOWN_ORGANIZATION, ""
        if (report.organization_id, report.game_id) not in self.games:
            return WhyAside.UNKNOWN_GAME, ""
        limit = self.now + AHEAD
        ahead = report.at > limit if isinstance(report, OrderEvent) else report.day > limit.date()
        return (WhyAside.FUTURE, "") if ahead else None


@dataclass
class OrderBook:
    """The orders and refunds that are known, as far as a batch is about them; it grows as reports are accepted."""

    known: Known
    events: dict[str, Values] = field(default_factory=dict)
    purchases: dict[tuple[str, str], Values] = field(default_factory=dict)
    refunded: dict[tuple[str, str], int] = field(default_factory=dict)

    def enter(self, values: Values) -> None:
        """Know an order or refund from now on."""
        order = (values["organization_id"], values["order_id"])
        self.events[values["event_id"]] = values
        if values["beans"] >= 0:
            self.purchases[order] = values
        else:
            self.refunded[order] = self.refunded.get(order, 0) - values["beans"]

    def judge(self, event: OrderEvent, values: Values) -> bool | Aside:
        """Whether it is new (then it is known from now on), or why it is put aside."""
        if earlier := self.events.get(event.event_id):
            return self.repeated(event, earlier, values, ORDER_FACTS)
        if misplaced := self.known.misplaced(event):
            return aside(event, *misplaced)
        purchase = self.purchases.get((event.organization_id, event.order_id))
        if event.type == REFUNDED:
            if purchase is None:
                return aside(event, WhyAside.WAITING)
            if unlike := differences(purchase, values, REFUND_COPIES):
                return aside(event, WhyAside.UNLIKE_ORDER, unlike)
            before = self.refunded.get((event.organization_id, event.order_id), 0)
            if before + event.refund_amount > purchase["beans"]:
                return aside(
                    event,
                    WhyAside.TOO_MUCH,
                    f"the order cost {purchase['beans']} Beans, {before} were given back before, "
                    f"this would give back {event.refund_amount}",
                )
        elif purchase is not None:
            return self.repeated(event, purchase, values, PURCHASE_FACTS)
        self.enter(values)
        return True

    def repeated(
        self, event: OrderEvent, earlier: Values, values: Values, facts: tuple[str, ...]
    ) -> bool | Aside:
        """A report that came before: nothing new, unless it says something else now."""
        if unlike := differences(earlier, values, facts):
            return aside(event, WhyAside.CONTRADICTS, f"{unlike} (first reported as {earlier['event_id']})")
        return False


@dataclass
class AdBook:
    """The ad days that are known, as far as a batch is about them, each in its highest revision."""

    known: Known
    days: dict[str, Values] = field(default_factory=dict)

    def judge(self, day: AdDay, values: Values) -> bool | Aside:
        """Whether it is new or a correction (then it is known from now on), or why it is put aside."""
        earlier = self.days.get(day.report_id)
        if earlier is None:
            if misplaced := self.known.misplaced(day):
                return aside(day, *misplaced)
        else:
            if unlike := differences(earlier, values, AD_PLACE):
                return aside(day, WhyAside.CONTRADICTS, f"{unlike} (the report id means another day)")
            if day.revision < earlier["revision"]:
                return False
            if day.revision == earlier["revision"]:
                unlike = differences(earlier, values, AD_NUMBERS)
                return aside(day, WhyAside.CONTRADICTS, f"{unlike} (same revision)") if unlike else False
        if day.revenue_micros > self.known.largest_ad_day_micros:
            return aside(day, WhyAside.TOO_LARGE, f"{day.revenue_micros} micro-USD")
        self.days[day.report_id] = values
        return True


def differences(earlier: Values, later: Values, facts: tuple[str, ...]) -> str:
    """Which facts differ, by name; empty if none does."""
    return ", ".join(
        "product" if name == "stream" else name for name in facts if earlier[name] != later[name]
    )


def aside(report: Report, why: WhyAside, detail: str = "") -> Aside:
    """The verdict that a report does not count."""
    return Aside(kind=KINDS[type(report)], subject=report.subject, why=why, detail=detail, report=report)
