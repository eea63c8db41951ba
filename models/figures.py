"""The figures by which the platform's staff see how everything stands: money, reviews against their promise, settlement."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from models.documents import Stream
from models.money import Money
from models.states import PayoutState, StatementState


class MoneyFigure(StrEnum):
    """Where money of the organizations is; each names a list of statements, or of payouts.

    What is owed is on statements that are issued and not paid yet, by days since their issue; payouts under way, failed
    or held are a part of it.
    """

    OWED_30 = "owed_30"
    OWED_60 = "owed_60"
    OWED_90 = "owed_90"
    OWED_LONGER = "owed_longer"
    TO_SEND = "to_send"
    IN_TRANSIT = "in_transit"
    FAILED_TRANSIENT = "failed_transient"
    FAILED_UNKNOWN = "failed_unknown"
    FAILED_ACCOUNT = "failed_account"
    FAILED_PAYER = "failed_payer"
    FAILED_FINAL = "failed_final"
    RETURNED = "returned"
    HELD = "held"
    PAID_WRONGLY = "paid_wrongly"
    PAID = "paid"


OWED = (
    StatementState.PENDING_CONFIRMATION,
    StatementState.APPEAL_REVIEW,
    StatementState.CONFIRMED,
    StatementState.INVOICED,
)
"""The states of a statement whose net is owed: it is issued and not yet paid."""

OWED_FOR: Mapping[MoneyFigure, tuple[int, int | None]] = {
    MoneyFigure.OWED_30: (0, 30),
    MoneyFigure.OWED_60: (30, 60),
    MoneyFigure.OWED_90: (60, 90),
    MoneyFigure.OWED_LONGER: (90, None),
}
"""For how many days since a statement's issue its net is owed: at least, and less than."""

PAYOUTS: Mapping[PayoutState, MoneyFigure] = {
    PayoutState.AWAITING_APPROVAL: MoneyFigure.TO_SEND,
    PayoutState.SCHEDULED: MoneyFigure.TO_SEND,
    PayoutState.SENDING: MoneyFigure.IN_TRANSIT,
    PayoutState.IN_TRANSIT: MoneyFigure.IN_TRANSIT,
    PayoutState.RETRYING: MoneyFigure.FAILED_TRANSIENT,
    PayoutState.OUTCOME_UNKNOWN: MoneyFigure.FAILED_UNKNOWN,
    PayoutState.OUTCOME_UNRESOLVED: MoneyFigure.FAILED_UNKNOWN,
    PayoutState.RESOLUTION_PROPOSED: MoneyFigure.FAILED_UNKNOWN,
    PayoutState.AWAITING_ACCOUNT: MoneyFigure.FAILED_ACCOUNT,
    PayoutState.AWAITING_FUNDS: MoneyFigure.FAILED_PAYER,
    PayoutState.DECLINED: MoneyFigure.FAILED_FINAL,
    PayoutState.RETURNED: MoneyFigure.RETURNED,
    PayoutState.HELD: MoneyFigure.HELD,
    PayoutState.VOIDING: MoneyFigure.HELD,
    PayoutState.OVERPAID: MoneyFigure.PAID_WRONGLY,
    PayoutState.PAID_IN_ERROR: MoneyFigure.PAID_WRONGLY,
    PayoutState.OWED_AGAIN: MoneyFigure.PAID_WRONGLY,
}
"""Under which figure a payout counts that is not at its end."""


class Sum(Money):
    """What amounts of many organizations come to together: exact, however much that is."""

    amount: int


class MoneyCount(BaseModel):
    """How much money is where, in one currency.

    Attributes:
        count: how many statements, payouts or payments that is.
        oldest: since when the first of them (programme time).
    """

    figure: MoneyFigure
    count: int
    amount: Sum
    oldest: datetime


class PaidInMonth(BaseModel):
    """What was paid in a month and has not come back, in one currency; the month by its first day."""

    month: date
    count: int
    amount: Sum


class MoneyRow(BaseModel):
    """One statement, payout or payment of a figure.

    Attributes:
        since: of a statement its issue, of a payout when it came into its state, of a payment its end (programme time).
    """

    organization_id: str
    organization_name: str
    document_id: str
    state: str
    since: datetime
    amount: Money


Promise = Literal["late", "today", "in_time"]
"""How a review stands to the day by which it was promised: past it, due within the day, or neither."""


class ReviewCount(BaseModel):
    """The reviews of one kind against their promise.

    Attributes:
        outside: how many of all of these are at an outside desk.
        oldest: since when the first of them waits (programme time).
    """

    machine: str
    late: int
    today: int
    in_time: int
    outside: int
    oldest: datetime


class ReviewRow(BaseModel):
    """A review, by whom, and by when it was promised (programme time)."""

    organization_id: str
    organization_name: str
    document_id: str
    machine: str
    state: str
    since: datetime
    due: datetime | None
    promise: Promise
    outside: bool


class SettledPeriod(BaseModel):
    """How far the settlement of a period is whose statements are due.

    Attributes:
        done: organizations that have its statement.
        untold: how many of these do not know of it yet.
        to_come: organizations that have earned in it and have no statement yet, those among them for which it failed.
        days_late: since it was to be delivered, while some are to come; 0 on the day itself.
    """

    stream: Stream
    period_start: date
    period_end: date
    delivered_on: date
    done: int
    untold: int
    to_come: int
    days_late: int


class Figures(BaseModel):
    """How everything stands with money and time.

    Attributes:
        counted_at: programme time.
        next_settlement: the day on which the next statements are due.
    """

    counted_at: datetime
    money: list[MoneyCount]
    paid: list[PaidInMonth]
    reviews: list[ReviewCount]
    settlement: list[SettledPeriod]
    next_settlement: date
