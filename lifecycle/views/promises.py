"""Reviews against the day by which each was promised."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from lifecycle.machines import MACHINES, state_of
from lifecycle.reviewing import LATE_REVIEW
from models.documents import AnyDocument
from models.figures import Promise, ReviewCount, ReviewRow
from models.programme.policy import Policy

REVIEWED = tuple(
    (machine.name, str(state.name))
    for machine in MACHINES.values()
    for state in machine.states
    if any(deadline.event == LATE_REVIEW for deadline in state.deadlines)
)
"""The kinds and states of documents that are reviewed by a day, by whomever."""

DAY = timedelta(days=1)


def promised(document: AnyDocument, policy: Policy) -> datetime | None:
    """By when a document was to be reviewed, however often that has been asked about since; ``None``: by no day."""
    fresh = document.model_copy(update={"late": False, "reminders": 0})
    dues = (
        deadline.due(fresh, policy)
        for deadline in state_of(document).deadlines
        if deadline.event == LATE_REVIEW
    )
    return min((due for due in dues if due), default=None)


def promise(document: AnyDocument, due: datetime | None, now: datetime) -> Promise:
    """How a review stands to its promise."""
    if document.late or (due is not None and due <= now):
        return "late"
    return "today" if due is not None and due <= now + DAY else "in_time"


def count(reviews: Iterable[ReviewRow]) -> list[ReviewCount]:
    """How many reviews of each kind stand how to their promise."""
    of_kind: dict[str, list[ReviewRow]] = {}
    for review in reviews:
        of_kind.setdefault(review.machine, []).append(review)
    return [
        ReviewCount(
            machine=machine,
            late=sum(one.promise == "late" for one in found),
            today=sum(one.promise == "today" for one in found),
            in_time=sum(one.promise == "in_time" for one in found),
            outside=sum(one.outside for one in found),
            oldest=min(one.since for one in found),
        )
        for machine in MACHINES
        if (found := of_kind.get(machine))
    ]
