"""The dossier: all documents of one organization, and where each stands."""

from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from models.documents import (
    AnyDocument,
    Contract,
    Document,
    Feature,
    PayoutAccount,
    Qualification,
    Verification,
)
from models.states import ContractState, PayoutAccountState, QualificationState, VerificationState

D = TypeVar("D", bound=Document)


class Dossier(BaseModel):
    """An organization's documents by id.

    An organization's workflow holds all that something can follow in but the payouts, a payout's workflow its one.
    """

    model_config = ConfigDict(extra="forbid")

    organization_id: str
    documents: dict[str, AnyDocument] = {}

    def of(self, kind: type[D]) -> list[D]:
        """All documents of one kind, in the order in which they came."""
        return [document for document in self.documents.values() if isinstance(document, kind)]

    def get(self, document_id: str, kind: type[D]) -> D | None:
        """The document with that id, if it is there and of that kind."""
        document = self.documents.get(document_id)
        return document if isinstance(document, kind) else None


def open_dossier(organization_id: str, now: datetime) -> Dossier:
    """The dossier of an organization that has just come in: everything still to be done."""
    documents: list[AnyDocument] = [
        Verification(id="verification", state=VerificationState.NOT_STARTED, since=now),
        Qualification(id="qualification", state=QualificationState.NOT_STARTED, since=now),
        *(
            Contract(id=f"contract/{f}", state=ContractState.NOT_SIGNED, since=now, feature=f)
            for f in Feature
        ),
        PayoutAccount(id="payout_account", state=PayoutAccountState.NOT_SET_UP, since=now),
    ]
    return Dossier(organization_id=organization_id, documents={d.id: d for d in documents})
