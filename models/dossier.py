"""The dossier: all documents of one organization, and where each stands."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from models.documents import (
    AnyDocument,
    Contract,
    Document,
    Feature,
    PayoutAccount,
    Qualification,
    Statement,
    Verification,
)
from models.states import (
    CHANGING,
    ContractState,
    PayoutAccountState,
    QualificationState,
    StatementState,
    VerificationState,
)

D = TypeVar("D", bound=Document)


class Uninvoiced(BaseModel):
    """Confirmed statements that no invoice claims, counted instead of held: there may be more of them every month.

    Attributes:
        count: how many there are; at least one.
        net: what they come to, minor units by currency.
        since: since when the first of them has been confirmed, or an earlier one that was claimed meanwhile.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int
    net: dict[str, int]
    since: datetime


class Dossier(BaseModel):
    """An organization's documents by id.

    An organization's workflow holds all that something can follow in but the payouts, a payout's workflow its one.

    Attributes:
        uninvoiced: the confirmed statements that are not among the documents; only an organization's workflow counts any.
    """

    model_config = ConfigDict(extra="forbid")

    organization_id: str
    documents: dict[str, AnyDocument] = {}
    uninvoiced: Uninvoiced | None = None

    def of(self, kind: type[D]) -> list[D]:
        """All documents of one kind, in the order in which they came."""
        return [document for document in self.documents.values() if isinstance(document, kind)]

    def get(self, document_id: str, kind: type[D]) -> D | None:
        """The document with that id, if it is there and of that kind."""
        document = self.documents.get(document_id)
        return document if isinstance(document, kind) else None

    def confirmed(self) -> list[Statement]:
        """The statements among the documents that are confirmed and that no invoice claims."""
        return [statement for statement in self.of(Statement) if statement.state == StatementState.CONFIRMED]

    def confirmed_net(self) -> int:
        """What all statements come to that are confirmed and that no invoice claims, counted ones too; minor units."""
        counted = self.uninvoiced.net.values() if self.uninvoiced else ()
        return sum(statement.net.amount for statement in self.confirmed()) + sum(counted)

    def counting(self, holding: Collection[str] = ()) -> "Dossier":
        """The same with its confirmed statements counted instead of held, but for some."""
        leaving = [statement for statement in self.confirmed() if statement.id not in holding]
        if not leaving:
            return self
        known = self.uninvoiced
        net = Counter(known.net if known else {})
        for statement in leaving:
            net[statement.net.currency] += statement.net.amount
        gone = {statement.id for statement in leaving}
        uninvoiced = Uninvoiced(
            count=len(leaving) + (known.count if known else 0),
            net=dict(net),
            since=min([statement.since for statement in leaving] + ([known.since] if known else [])),
        )
        documents = {i: document for i, document in self.documents.items() if i not in gone}
        return self.model_copy(update={"documents": documents, "uninvoiced": uninvoiced})

    def holding_again(self, found: "Dossier") -> "Dossier":
        """The same with documents that had left; what it holds stays as it is, and what it then holds it counts no more."""
        back = {i: document for i, document in found.documents.items() if i not in self.documents}
        returned = Dossier(organization_id=self.organization_id, documents=back).confirmed()
        left = self.uninvoiced
        if left and len(returned) >= left.count:
            left = None
        elif left:
            net = Counter(left.net)
            for statement in returned:
                net[statement.net.currency] -= statement.net.amount
            left = left.model_copy(
                update={"count": left.count - len(returned), "net": {c: n for c, n in net.items() if n}}
            )
        return self.model_copy(update={"documents": {**back, **self.documents}, "uninvoiced": left})


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


# ---------------------------------------------------------------------- can it be paid?


class Obstacle(NamedTuple):
    """Why an organization cannot be paid now.

    Attributes:
        code: stable, for programs.
        document_id: the document that must move for it to be paid.
    """

    code: str
    document_id: str


def obstacle_to_paying(dossier: Dossier) -> Obstacle | None:
    """Why an organization cannot be paid now; ``None`` when it can.

    The one answer that rules, payouts, pages, forecasts and the payment itself go by.
    """
    return verification_obstacle(dossier) or account_obstacle(dossier)


def verification_obstacle(dossier: Dossier) -> Obstacle | None:
    """Why the business behind the account may not be paid; ``None`` when it is verified."""
    verification = dossier.get("verification", Verification)
    if verification is not None and verification.in_force:
        return None
    named = (VerificationState.SUSPENDED, VerificationState.EXPIRED)
    if verification is not None and verification.state in named:
        return Obstacle(f"verification_{verification.state}", verification.id)
    return Obstacle("not_verified", "verification")


def account_obstacle(dossier: Dossier) -> Obstacle | None:
    """Why the payout account cannot be paid to; ``None`` when it can."""
    account = dossier.get("payout_account", PayoutAccount)
    if account is None or account.state == PayoutAccountState.NOT_SET_UP:
        return Obstacle("no_payout_account", "payout_account")
    if account.broken:
        return Obstacle("broken", account.id)
    if account.state in CHANGING:
        return Obstacle("bank_change", account.id)
    return None if account.state == PayoutAccountState.ACTIVE else Obstacle("no_payout_account", account.id)


def payments_blocked_by(dossier: Dossier) -> str | None:
    """The code of what is in the way of paying an organization now; ``None`` when it can be paid."""
    obstacle = obstacle_to_paying(dossier)
    return obstacle.code if obstacle else None
