"""How a workflow decides from which documents have left, without Temporal."""

from datetime import datetime

from lifecycle.decide import decide
from lifecycle.leaving import away
from models.commands import Accepted, Command, Refusal
from models.dossier import Dossier
from models.programme.policy import Policy


def decided_here(
    here: Dossier, database: Dossier, command: Command, now: datetime, policy: Policy
) -> tuple[Accepted | Refusal, Dossier]:
    """The decision of a workflow that holds ``here``, and what it then holds: of what is refused or stale more."""
    decision = decide(here, command, now, policy)
    if isinstance(decision, Accepted) and not is_stale(decision, database):
        return decision, here
    here = fetched_back(here, database, command)
    return decide(here, command, now, policy), here


def fetched_back(here: Dossier, database: Dossier, command: Command) -> Dossier:
    """What a workflow holds once it has fetched what a command names."""
    back = {i: database.documents[i] for i in away(here, command) if i in database.documents}
    return here.holding_again(Dossier(organization_id=here.organization_id, documents=back))


def is_stale(decision: Accepted, database: Dossier) -> bool:
    """Whether the database holds other revisions than those that a decision goes on from."""
    return any(
        (held.revision if (held := database.documents.get(t.document.id)) else 0) != t.document.revision - 1
        for t in decision.transitions
    )
