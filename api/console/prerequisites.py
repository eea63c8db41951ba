"""What unlocks a step: the guards that do not hold yet, in the machines' own words."""

from dataclasses import dataclass

from api.services.organization_snapshot import Standing
from lifecycle.machine import Context
from lifecycle.machines import BY_STATE
from lifecycle.views.prerequisites import answered_by
from models.commands import Actor, Command, Role


@dataclass(frozen=True)
class Lock:
    """Something that must hold first.

    Attributes:
        reason: what, in a sentence.
        opened_by: the documents that must move on for it.
    """

    reason: str
    opened_by: list[str]


def locks(standing: Standing, action: str, document_id: str) -> list[Lock]:
    """Why an admin cannot do something with a document that its state would allow; nothing when they can."""
    document = standing.dossier.documents[document_id]
    actor = Actor(role=Role.ADMIN, id="-")
    command = Command(id="-", action=action, document_id=document_id, actor=actor)
    context = Context(standing.dossier, document, document, command, standing.now, standing.policy)
    event = action.partition(".")[2]
    unmet = [
        [guard for guard in rule.guards if not guard.needs_facts and not guard.holds(context)]
        for rule in BY_STATE[document.machine, document.state]
        if rule.event == event and Role.ADMIN in rule.roles
    ]
    return [
        Lock(guard.reason, list(answered_by(guard, document, standing.dossier)))
        for guard in min(unmet, key=len, default=[])
    ]
