"""What unlocks a step: the guards that do not hold yet, in the machines' own words."""

from dataclasses import dataclass

from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle.machines import BY_STATE
from lifecycle.permissions import unmet
from models.commands import Actor, Command, Role


@dataclass(frozen=True)
class Prerequisite:
    """Something that must hold first.

    Attributes:
        reason: what, in a sentence.
        opened_by: the documents that must move on for it.
    """

    reason: str
    opened_by: list[str]


def unmet_prerequisites(snapshot: OrganizationSnapshot, action: str, document_id: str) -> list[Prerequisite]:
    """Why an admin cannot do something with a document that its state would allow; nothing when they can."""
    document = snapshot.dossier.documents[document_id]
    command = Command(id="-", action=action, document_id=document_id, actor=Actor(role=Role.ADMIN, id="-"))
    missing = [
        list(unmet(rule.guards, snapshot.dossier, document, command, snapshot.now, snapshot.policy))
        for rule in BY_STATE[document.machine, document.state]
        if rule.event == command.event and Role.ADMIN in rule.roles
    ]
    return [
        Prerequisite(guard.reason, list(guard.moved_by(document, snapshot.dossier)))
        for guard in min(missing, key=len, default=[])
    ]
