"""An organization's own records of its orders, to be compared with the platform's."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class DifferenceKind(StrEnum):
    """How an order differs; each is counted under the first that holds.

    Attributes:
        MISSING_ON_PLATFORM: the platform knows no such order of the organization.
        SANDBOX: it was paid with play money, which never earns.
        OTHER_PERIOD: the platform counts its purchase in another statement or on a day outside the range.
        OTHER_AMOUNT: it was bought for another amount.
        REFUNDED: the platform counts another refund of it, or a refund of an order of an earlier period.
        OTHER_DAY: it was bought on another day.
        MISSING_IN_FILE: the file does not have it.
    """

    MISSING_ON_PLATFORM = "missing_on_platform"
    SANDBOX = "sandbox"
    OTHER_PERIOD = "other_period"
    OTHER_AMOUNT = "other_amount"
    REFUNDED = "refunded"
    OTHER_DAY = "other_day"
    MISSING_IN_FILE = "missing_in_file"


class OwnRecord(NamedTuple):
    """One order of a file; ``row`` counts from 1, which is the header."""

    row: int
    order_id: str
    micros: int
    refunded_micros: int
    day: date | None
