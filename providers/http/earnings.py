"""Earnings: orders and ad days as the platform reports them, possibly late, twice or corrected."""

import json
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from models.earnings import (
    REDEEMED,
    REFUNDED,
    AdDay,
    Aside,
    Count,
    OrderEvent,
    Region,
    WhyAside,
    printable,
    read_report,
    unread,
)
from providers.http.client import ProviderHttp

R = TypeVar("R", OrderEvent, AdDay)

ROWS = {"events", "days"}
"""What pages call their rows; one page may answer for both feeds."""

LONGEST_NUMBER = 40
NAME_TWICE = "a name occurs twice in it"


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


class Twice(dict[str, Any]):
    """An object of JSON in which a name occurs twice, so that different readers see different things in it."""


class RawPage(BaseModel):
    """A page before its rows are looked at: one bad row must not hold up the others.

    What a page says beside its rows may matter to all of them (``isSandbox``), so that it is kept to be judged.
    """

    model_config = ConfigDict(extra="allow")

    next_cursor: str | None
    has_more: bool

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **how: Any) -> Self:
        """The page, with the rows in which a name occurs twice marked as such."""
        try:
            page = json.loads(json_data, object_pairs_hook=_object, parse_int=_integer)
        except (ValueError, RecursionError):
            page = None
        return cls.model_validate(None if isinstance(page, Twice) else page, **how)


class RawOrderPage(RawPage):
    """A page of orders before its rows are looked at."""

    events: list[Any]


class RawAdDayPage(RawPage):
    """A page of ad days before its rows are looked at."""

    days: list[Any]


class HttpEarningsFeed:
    """The platform's reports, read over HTTP."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def orders(self, after: str | None, limit: int) -> ReadOrderPage:
        """The orders reported after a cursor, at most ``limit`` (1000 or fewer)."""
        page = self._http.exchange("GET", "/earnings/orders", RawOrderPage, query=_page(after, limit))
        events, malformed = _read(OrderEvent, page.events, page.model_extra)
        return ReadOrderPage(
            events=events, malformed=malformed, next_cursor=page.next_cursor, has_more=page.has_more
        )

    def ad_days(self, after: str | None, limit: int) -> ReadAdDayPage:
        """The ad days reported after a cursor, at most ``limit`` (1000 or fewer)."""
        page = self._http.exchange("GET", "/earnings/ad-days", RawAdDayPage, query=_page(after, limit))
        days, malformed = _read(AdDay, page.days, page.model_extra)
        return ReadAdDayPage(
            days=days, malformed=malformed, next_cursor=page.next_cursor, has_more=page.has_more
        )


def _page(after: str | None, limit: int) -> dict[str, str]:
    return {"limit": str(limit)} | ({"after": after} if after is not None else {})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Twice(found)


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_NUMBER else text


def _read(kind: type[R], rows: list[Any], unknown: dict[str, Any] | None) -> tuple[list[R], list[Aside]]:
    good: list[R] = []
    bad: list[Aside] = []
    said = "; ".join(
        f"{printable(name)}: a page has no such field" for name in sorted(set(unknown or ()) - ROWS)[:10]
    )
    for row in rows:
        if said:
            bad.append(unread(kind, row, said, WhyAside.UNKNOWN_FIELD))
            continue
        report = unread(kind, row, NAME_TWICE) if isinstance(row, Twice) else read_report(kind, row)
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
