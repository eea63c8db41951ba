"""What was earned, as the platform reports it: orders, refunds and days of ads, and what may be wrong with them.

The bounds keep every value storable on every database; together with the policy's largest ad day, what an organization
earns in a period stays within 64 bits. Should it not, or come so near to it that sums of its statements might not, its
statement fails alone (``storage.settlement.batches``).
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from models.texts.complaints import in_words
from models.texts.sentences import Sentence

REDEEMED: Literal["minis.trade_order.redeem.success"] = "minis.trade_order.redeem.success"
REFUNDED: Literal["refund_traceback"] = "refund_traceback"

WRITTEN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written_out(value: Any) -> Any:
    """Refuse a moment or a day that is a bare number: seconds, milliseconds and 20260105 look alike.

    Raises:
        ValueError: it is one.
    """
    if isinstance(value, date) or (isinstance(value, str) and WRITTEN_DAY.match(value)):
        return value
    raise ValueError(Sentence("Write it as ISO 8601 has it, such as 2026-01-05 or 2026-01-05T12:00:00Z."))


Count = Annotated[int, Field(strict=True, ge=0, le=2**40)]
Beans = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Micros = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Flag = Annotated[bool, Field(strict=True)]
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Happened = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC)),
    BeforeValidator(written_out),
]
HappenedOn = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(9000, 1, 1)), BeforeValidator(written_out)]


class OrderEvent(BaseModel):
    """An order that was paid, or a refund of one; the webhook of an order has this very body.

    Attributes:
        event_id: the platform's id of this piece of news; what to deduplicate by.
        beans: the price of the order, in Beans (for a refund: of the order that it is about).
        refund_amount: how many of those Beans were given back; at least 1 for a refund, otherwise 0.
        user_id: opaque.
        region: the user's country.
        at: programme time at which it happened, not when it was reported.
        is_sandbox: play money, which never earns.
    """

    model_config = ConfigDict(extra="forbid")

    event_id: Name
    type: Literal["minis.trade_order.redeem.success", "refund_traceback"]
    organization_id: Name
    game_id: Name
    order_id: Name
    product: Literal["subscription", "one_time"]
    beans: Beans
    refund_amount: Beans = 0
    user_id: Name
    region: Region
    at: Happened
    is_sandbox: Flag = False

    @model_validator(mode="after")
    def _refunds_give_back(self) -> "OrderEvent":
        if (self.type == REFUNDED) != (self.refund_amount > 0):
            raise ValueError(Sentence("A refund has a refund_amount of 1 or more, an order has none."))
        return self

    @property
    def subject(self) -> str:
        """What this report is about, for people who look for it."""
        return self.event_id


class AdDay(BaseModel):
    """What one placement earned in one region on one day; a higher revision replaces a lower one.

    Attributes:
        report_id: names game, placement, region and day; the same for all revisions.
        revenue_micros: gross revenue in micro-USD.
        currency: of the revenue; ads are reported in no other.
    """

    model_config = ConfigDict(extra="forbid")

    report_id: Name
    revision: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    organization_id: Name
    game_id: Name
    placement: Name
    region: Region
    day: HappenedOn
    requests: Count
    impressions: Count
    clicks: Count
    revenue_micros: Micros
    currency: Literal["USD"] = "USD"

    @property
    def subject(self) -> str:
        """What this report is about, for people who look for it."""
        return f"{self.report_id}/{self.revision}"


Report = OrderEvent | AdDay
ReportKind = Literal["order", "ad_day"]
R = TypeVar("R", OrderEvent, AdDay)

KINDS: dict[type[OrderEvent] | type[AdDay], ReportKind] = {OrderEvent: "order", AdDay: "ad_day"}


class WhyAside(StrEnum):
    """Why a report is put aside instead of being counted."""

    MALFORMED = "malformed"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_ORGANIZATION = "unknown_organization"
    UNKNOWN_GAME = "unknown_game"
    FUTURE = "in_the_future"
    TOO_LARGE = "too_large"
    WAITING = "waiting_for_its_order"
    TOO_MUCH = "more_than_its_order"
    UNLIKE_ORDER = "unlike_its_order"
    CONTRADICTS = "contradicts_an_earlier_report"


MEANINGS = {
    WhyAside.MALFORMED: "It cannot be read; the platform must send it correctly.",
    WhyAside.UNKNOWN_FIELD: (
        "It says something that reports do not have, perhaps misspelt; the platform must send it correctly."
    ),
    WhyAside.UNKNOWN_ORGANIZATION: "There is no such organization; it counts once there is.",
    WhyAside.UNKNOWN_GAME: "The organization has no such game; it counts once it has.",
    WhyAside.FUTURE: "It lies more than a day in the future; it counts when its day has come.",
    WhyAside.TOO_LARGE: (
        "It is more than an ad day is taken to earn (largest_ad_day_micros of the policy); it counts once that is raised."
    ),
    WhyAside.WAITING: "A refund whose order was not reported yet; it counts as soon as the order is.",
    WhyAside.TOO_MUCH: "With the refunds before, it would give back more than the order's price.",
    WhyAside.UNLIKE_ORDER: "Game, product, region or play money are not those of the order that it refunds.",
    WhyAside.CONTRADICTS: "The same report came before with other values; the first one stands.",
}

PASSING = (
    WhyAside.UNKNOWN_ORGANIZATION,
    WhyAside.UNKNOWN_GAME,
    WhyAside.FUTURE,
    WhyAside.TOO_LARGE,
    WhyAside.WAITING,
)
"""Reasons that may pass: reports put aside for them are tried again by themselves."""


class Aside(BaseModel):
    """A report that is not counted, and why.

    Attributes:
        subject: the order's event id, or the ad day's report id and revision; for what could not be read, its
            own id if that could be, else its digest.
        detail: what exactly is wrong, without any personal data.
        report: the report, to be tried again; ``None`` if it could not be read.
    """

    model_config = ConfigDict(frozen=True)

    kind: ReportKind
    subject: str
    why: WhyAside
    detail: str = ""
    report: Report | None = None


@dataclass
class Imported:
    """What came of a batch of reports.

    Attributes:
        accepted: how many are new, or correct an earlier revision.
        known: how many were known already.
        caught_up: how many refunds of earlier batches count now, because their orders have come.
        aside: the others, by their place in the batch.
    """

    accepted: int = 0
    known: int = 0
    caught_up: int = 0
    aside: dict[int, Aside] = field(default_factory=dict)


def read_report(kind: type[R], raw: Any) -> R | Aside:
    """A report made of a decoded JSON object or of the cells of a row, or why it is none."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        only_unknown = all(item["type"] == "extra_forbidden" for item in error.errors())
        why = WhyAside.UNKNOWN_FIELD if only_unknown else WhyAside.MALFORMED
        return unread(kind, raw, complaint(error), why)


def unread(kind: type[R], raw: Any, detail: str, why: WhyAside = WhyAside.MALFORMED) -> Aside:
    """What could not be read."""
    own = raw.get("event_id" if kind is OrderEvent else "report_id") if isinstance(raw, dict) else None
    if not isinstance(own, str) or not 0 < len(own) <= 100 or not own.isprintable():
        canonical = json.dumps(raw, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
        own = f"sha256:{hashlib.sha256(canonical).hexdigest()}"
    return Aside(kind=KINDS[kind], subject=own, why=why, detail=detail)


def complaint(error: ValidationError) -> str:
    """What is wrong with which fields; never what stood in them."""
    found = {
        printable("/".join(map(str, item["loc"]))) or "the whole": (
            "there is no such field" if item["type"] == "extra_forbidden" else in_words(item)
        )
        for item in error.errors(include_input=False, include_url=False)[:10]
    }
    return "; ".join(f"{place}: {message}" for place, message in sorted(found.items()))


def printable(name: str) -> str:
    """The beginning of a field's name, as far as it can be stored and shown."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:60])
