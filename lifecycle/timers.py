"""What the clock has still to do."""

from datetime import datetime
from typing import NamedTuple

from lifecycle.machines import state_of
from models.commands import CLOCK, Command
from models.documents import AnyDocument
from models.dossier import Dossier
from models.programme.policy import Policy


class Timer(NamedTuple):
    """When the clock acts next on a document.

    Attributes:
        due: programme time.
        event: the clock's event, such as ``auto_confirm``.
        binding: somebody loses or gains something then; otherwise it is a reminder or a question.
        then: what happens then, one sentence for people.
    """

    due: datetime
    document_id: str
    event: str
    binding: bool
    then: str


def timers(dossier: Dossier, policy: Policy) -> list[Timer]:
    """All that the clock has still to do, the earliest first."""
    return sorted(timer for document in dossier.documents.values() for timer in timers_of(document, policy))


def timers_of(document: AnyDocument, policy: Policy) -> list[Timer]:
    """What the clock has still to do with one document, the earliest first.

    It goes by the policy under which the document came into its state, so that a renewed one moves no date that runs.
    """
    policy = policy.at(document.since)
    found = ((deadline, deadline.due(document, policy)) for deadline in state_of(document).deadlines)
    return sorted(Timer(due, document.id, d.event, d.binding, d.then) for d, due in found if due is not None)


def next_timer(document: AnyDocument, policy: Policy) -> Timer | None:
    """The timer that people should know of: the first by which somebody loses or gains something, else the first."""
    upcoming = timers_of(document, policy)
    return next((timer for timer in upcoming if timer.binding), next(iter(upcoming), None))


def is_due(document: AnyDocument, event: str, now: datetime, policy: Policy) -> bool:
    """Whether the clock may cause an event by now; a clock that has gone astray changes nothing."""
    return any(timer.event == event and timer.due <= now for timer in timers_of(document, policy))


def clock_command(dossier: Dossier, timer: Timer) -> Command:
    """The command that the clock gives when a timer is due; its id is the same at each replay."""
    document = dossier.documents[timer.document_id]
    return Command(
        id=f"clock/{document.id}/{document.revision}/{timer.event}",
        action=f"{document.machine}.{timer.event}",
        document_id=document.id,
        actor=CLOCK,
    )
