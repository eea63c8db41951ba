"""What the clock has still to do."""

from datetime import datetime
from typing import NamedTuple

from lifecycle.machines import state_of
from models.commands import CLOCK, Command
from models.documents import AnyDocument
from models.dossier import Dossier
from models.programme.policy import Policy


class Alarm(NamedTuple):
    """When the clock acts next on a document.

    Attributes:
        due: programme time.
        event: the clock's event, such as ``auto_confirm``.
        binding: somebody loses or gains something then; otherwise it is a reminder or a question.
    """

    due: datetime
    document_id: str
    event: str
    binding: bool


def alarms(dossier: Dossier, policy: Policy) -> list[Alarm]:
    """All that the clock has still to do, the earliest first."""
    return sorted(alarm for document in dossier.documents.values() for alarm in alarms_of(document, policy))


def alarms_of(document: AnyDocument, policy: Policy) -> list[Alarm]:
    """What the clock has still to do with one document, the earliest first."""
    found = ((deadline, deadline.due(document, policy)) for deadline in state_of(document).deadlines)
    return sorted(Alarm(due, document.id, d.event, d.binding) for d, due in found if due is not None)


def is_due(document: AnyDocument, event: str, now: datetime, policy: Policy) -> bool:
    """Whether the clock may cause an event by now; a clock that has gone astray changes nothing."""
    return any(alarm.event == event and alarm.due <= now for alarm in alarms_of(document, policy))


def clock_command(dossier: Dossier, alarm: Alarm) -> Command:
    """The command that the clock gives when an alarm is due; its id is the same at each replay."""
    document = dossier.documents[alarm.document_id]
    return Command(
        id=f"clock/{document.id}/{document.revision}/{alarm.event}",
        action=f"{document.machine}.{alarm.event}",
        document_id=document.id,
        actor=CLOCK,
    )
