"""What unlocks a step: the guards that do not hold yet, in the machines' own words."""

from dataclasses import dataclass

from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle.machines import BY_STATE
from lifecycle.permissions import nearest
from models.commands import Actor, Role


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
    ways = [
        rule.guards
        for rule in BY_STATE[document.machine, document.state]
        if rule.event == action.partition(".")[2] and Role.ADMIN in rule.roles
    ]
    admin = Actor(role=Role.ADMIN, id="-")
    missing = nearest(ways, snapshot.dossier, document, admin, snapshot.now, snapshot.policy)
    return [Prerequisite(guard.reason, list(guard.moved_by(document, snapshot.dossier))) for guard in missing]
