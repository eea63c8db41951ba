"""Remembering: decisions, refusals, and where everything stands."""

from temporalio.exceptions import ApplicationError

from activities.definition import carries_out
from activities.installation import Installation
from models.documents import Payout
from models.dossier import Dossier
from models.wire.activities import LOAD_DOSSIER, RECORD_DECISION, RECORD_REFUSAL, RENEW_POLICY
from models.wire.steps import LoadDossier, RecordDecision, Recorded, RecordRefusal, RenewedPolicy, RenewPolicy
from storage.organizations.decisions import Stale, record, record_refusal
from storage.organizations.policies import renew_policy
from storage.organizations.queries import dossiers, named


class Records:
    """The activities that only touch the database; they run as local activities."""

    def __init__(self, installation: Installation) -> None:
        self.database, self.policy = installation.database, installation.policy

    @carries_out(RECORD_DECISION)
    def record_decision(self, step: RecordDecision) -> Recorded:
        """Record a decision in one transaction; recording it again changes nothing."""
        try:
            return record(self.database, step.organization_id, step.transitions, self.policy)
        except Stale as stale:
            raise ApplicationError(str(stale), type="Stale", non_retryable=True) from None

    @carries_out(RENEW_POLICY)
    def renew_policy(self, step: RenewPolicy) -> RenewedPolicy:
        """Record which policy an organization goes by from now on, and give back the one that holds."""
        return renew_policy(self.database, step.organization_id, step.command, step.at, step.carried)

    @carries_out(RECORD_REFUSAL)
    def record_refusal(self, step: RecordRefusal) -> None:
        """Remember a signalled command that was refused."""
        record_refusal(self.database, step.organization_id, step.command, step.refusal, step.at)

    @carries_out(LOAD_DOSSIER)
    def load_dossier(self, step: LoadDossier) -> Dossier:
        """One payout, or the documents that are asked for, payouts never among them."""
        with self.database.reading() as session:
            if step.payout_id:
                return named(session, step.organization_id, [step.payout_id])
            if step.only:
                dossier = named(session, step.organization_id, step.only)
            else:
                dossier = dossiers(session, [step.organization_id], step.but)[step.organization_id]
        for payout in dossier.of(Payout):
            del dossier.documents[payout.id]
        return dossier.counting() if step.counting else dossier
