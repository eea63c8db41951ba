"""Earnings: orders and ad days as the platform reports them, possibly late, twice or corrected."""

from typing import TypeVar

from pydantic import BaseModel, JsonValue

from models.earnings import (
    REDEEMED,
    REFUNDED,
    AdDay,
    Aside,
    Count,
    OrderEvent,
    Region,
    read_report,
)
from providers.http import ProviderHttp

R = TypeVar("R", OrderEvent, AdDay)


class OrderPage(BaseModel):
    """Orders in the order in which they were reported; ``next_cursor`` is where to go on, even when empty."""

    events: list[OrderEvent]
    next_cursor: str | None
    has_more: bool


class AdDayPage(BaseModel):
    """Ad days in the order in which they were reported; ``next_cursor`` is where to go on, even when empty."""

    days: list[AdDay]
    next_cursor: str | None
    has_more: bool


class ReadOrderPage(OrderPage):
    """A page of orders as it was read; ``malformed`` is what could not be."""

    malformed: list[Aside]


class ReadAdDayPage(AdDayPage):
    """A page of ad days as it was read; ``malformed`` is what could not be."""

    malformed: list[Aside]


class RawOrderPage(BaseModel):
    """A page of orders before its rows are looked at: one bad row must not hold up the others."""

    events: list[JsonValue]
    next_cursor: str | None
    has_more: bool


class RawAdDayPage(BaseModel):
    """A page of ad days before its rows are looked at."""

    days: list[JsonValue]
    next_cursor: str | None
    has_more: bool


class HttpEarningsFeed:
    """The platform's reports, read over HTTP."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def orders(self, after: str | None, limit: int) -> ReadOrderPage:
        """The orders reported after a cursor, at most ``limit`` (1000 or fewer)."""
        page = self._http.exchange("GET", "/earnings/orders", RawOrderPage, query=_page(after, limit))
        events, malformed = _read(OrderEvent, page.events)
        return ReadOrderPage(
            events=events, malformed=malformed, next_cursor=page.next_cursor, has_more=page.has_more
        )

    def ad_days(self, after: str | None, limit: int) -> ReadAdDayPage:
        """The ad days reported after a cursor, at most ``limit`` (1000 or fewer)."""
        page = self._http.exchange("GET", "/earnings/ad-days", RawAdDayPage, query=_page(after, limit))
        days, malformed = _read(AdDay, page.days)
        return ReadAdDayPage(
            days=days, malformed=malformed, next_cursor=page.next_cursor, has_more=page.has_more
        )


def _page(after: str | None, limit: int) -> dict[str, str]:
    return {"limit": str(limit)} | ({"after": after} if after is not None else {})


def _read(kind: type[R], rows: list[JsonValue]) -> tuple[list[R], list[Aside]]:
    good: list[R] = []
    bad: list[Aside] = []
    for row in rows:
        report = read_report(kind, row)
        if isinstance(report, Aside):
            bad.append(report)
        else:
            good.append(report)
    return good, bad


__all__ = [
    "REDEEMED",
    "REFUNDED",
    "AdDay",
    "AdDayPage",
    "Count",
    "HttpEarningsFeed",
    "OrderEvent",
    "OrderPage",
    "ReadAdDayPage",
    "ReadOrderPage",
    "Region",
]
