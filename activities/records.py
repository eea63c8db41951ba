"""Remembering: decisions, refusals, and where everything stands."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.installation import Installation
from models.documents import Payout
from models.dossier import Dossier
from models.steps import LoadDossier, RecordDecision, Recorded, RecordRefusal
from storage.dossiers import Stale, load_dossier, record, record_refusal


class Records:
    """The activities that only touch the database; they run as local activities."""

    def __init__(self, installation: Installation) -> None:
        self.database, self.policy = installation.database, installation.policy

    @activity.defn
    def record_decision(self, step: RecordDecision) -> Recorded:
        """Record a decision in one transaction; recording it again changes nothing."""
        try:
            return record(self.database, step.organization_id, step.transitions, self.policy)
        except Stale as stale:
            raise ApplicationError(str(stale), type="Stale", non_retryable=True) from None

    @activity.defn
    def record_refusal(self, step: RecordRefusal) -> None:
        """Remember a signalled command that was refused."""
        record_refusal(self.database, step.organization_id, step.command, step.refusal, step.at)

    @activity.defn
    def load_dossier(self, step: LoadDossier) -> Dossier:
        """One payout, or all documents but the payouts."""
        with self.database.reading() as session:
            dossier = load_dossier(session, step.organization_id)
        wanted = {
            document.id: document
            for document in dossier.documents.values()
            if (document.id == step.payout_id if step.payout_id else not isinstance(document, Payout))
        }
        return Dossier(organization_id=step.organization_id, documents=wanted)
