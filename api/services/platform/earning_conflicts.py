"""For the platform's staff: reports of earnings that were put aside instead of being counted."""

from datetime import datetime

from pydantic import BaseModel

from models.earnings import MEANINGS, PASSING, ReportKind, WhyAside
from models.tables import EarningConflictRow


class EarningConflict(BaseModel):
    """A report of earnings that is not counted, and why.

    Attributes:
        kind: an order (or refund), or a day of ads.
        subject: the order's event id, or the ad day's report id and revision.
        meaning: the reason in a sentence.
        detail: what exactly is wrong.
        source: how it came: webhook, feed or file.
        tried_again: whether it counts by itself once the reason has passed.
        received_at: real time.
    """

    id: int
    kind: ReportKind
    subject: str
    reason: WhyAside
    meaning: str
    detail: str
    source: str
    organization_id: str | None
    order_id: str | None
    tried_again: bool
    received_at: datetime


def show_conflict(row: EarningConflictRow) -> EarningConflict:
    """A report that was put aside, for people."""
    why = WhyAside(row.reason)
    shown = row.model_dump(exclude={"report"}) | {"meaning": MEANINGS[why], "tried_again": why in PASSING}
    return EarningConflict.model_validate(shown)
