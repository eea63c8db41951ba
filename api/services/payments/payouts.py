"""Payouts: each invoice's payment, attempt by attempt."""

from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from api.http.problems import not_found
from api.services.commands import CommandContext
from api.services.organization_snapshot import OrganizationSnapshot
from api.services.views import DocumentView, Done, Paged
from lifecycle.machines import MACHINES
from models.documents import FailureClass, Payout
from models.identity import DocumentId, payout_document_id
from models.money import Money
from models.tables import PayoutAttemptRow
from storage.organizations import queries
from words.voice import Sentence

V = TypeVar("V", bound=DocumentView)
STATES = tuple(state.name for state in MACHINES["payout"].states)


class AttemptView(BaseModel):
    """One attempt at a payment."""

    attempt: int
    reference: str
    amount: Money
    sent_at: datetime
    outcome: str | None
    failure_code: str | None
    ended_at: datetime | None


class FailureView(BaseModel):
    """Why a payment failed.

    Attributes:
        why: what has happened, one sentence.
        fix: what the one who must act should do, or that nothing is to be done.
    """

    why: str
    fix: str


class PayoutView(DocumentView):
    """The payment of an invoice.

    Attributes:
        act_at: when it goes on by itself.
        overpaid: what was paid too much, and must be given back.
        owed: what has come back to the platform after it was settled, and is paid again in another way.
    """

    id: str
    invoice_id: str
    amount: Money
    attempt: int
    tries: int
    act_at: datetime | None
    sent_at: datetime | None
    paid_at: datetime | None
    returned: bool
    overpaid: Money | None
    owed: Money | None
    blocked_by: str | None
    failure_class: FailureClass | None
    failure_code: str | None
    failure: FailureView | None = None


class PayoutDetail(PayoutView):
    """A payout with its attempts."""

    attempts: list[AttemptView]


def ids_of(payout: Payout) -> dict[str, str]:
    """A payout's ids as they are used in addresses."""
    invoice_id = DocumentId(payout.id).key
    return {"id": invoice_id, "invoice_id": invoice_id}


def show(snapshot: OrganizationSnapshot, kind: type[V], payout: Payout, **more: Any) -> V:
    """A payout, with its failure in words."""
    failure = None
    if payout.failure:
        words = payout.failure.words
        failure = FailureView(why=words.why, fix=words.fix)
    return snapshot.show(kind, payout, failure=failure, **ids_of(payout), **more)


def show_attempt(row: PayoutAttemptRow) -> AttemptView:
    """One attempt."""
    amount = Money(amount=row.amount, currency=row.currency)
    return AttemptView.model_validate({**row.model_dump(), "amount": amount})


def show_payouts(
    snapshot: OrganizationSnapshot, limit: int, after: str | None = None, state: str | None = None
) -> Paged[PayoutView]:
    """A page of an organization's payouts."""
    document_id = after and payout_document_id(after)
    page = queries.documents(snapshot.session, snapshot.organization_id, "payout", limit, document_id, state)
    payouts = [payout for payout in page.data if isinstance(payout, Payout)]
    shown = [show(snapshot, PayoutView, payout) for payout in payouts]
    return Paged(data=shown, has_more=page.has_more)


def find_payout(snapshot: OrganizationSnapshot, payout_id: str) -> PayoutDetail:
    """A payout and its attempts."""
    payout = snapshot.dossier.get(payout_document_id(payout_id), Payout)
    if payout is None:
        raise not_found(Sentence("This payout does not exist here."))
    attempts = [show_attempt(row) for row in queries.attempts(snapshot.session, payout.id)]
    return show(snapshot, PayoutDetail, payout, attempts=attempts)


async def retry_payout(context: CommandContext, payout_id: str) -> Done:
    """Try a payment again now, instead of when it is tried by itself."""
    return await context.submit("payout.retry", payout_document_id(payout_id))
