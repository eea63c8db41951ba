"""Stripe's objects as far as they matter here, and where a payment stands by them."""

from typing import Literal, NamedTuple

from pydantic import Field

from providers.answers import Answer
from providers.payments.messages import PaymentResult
from providers.stripe.failures import CODE, OF_THE_ACCOUNT


class Reversal(Answer):
    """Money taken back from a connected account."""

    metadata: dict[str, str] = Field(default={})


class Reversals(Answer):
    """The newest reversals of a transfer."""

    data: list[Reversal] = Field(default=[])


class Transfer(Answer):
    """Money moved to a connected account; ``transfer_group`` is our reference."""

    id: str = Field(pattern=r"^tr_\w+$", max_length=200)
    amount: int
    currency: str = Field(pattern=r"^[a-z]{3}$")
    created: int
    destination: str
    reversed: bool
    reversals: Reversals = Reversals()
    transfer_group: str | None = None
    metadata: dict[str, str] = Field(default={})


class BankPayout(Answer):
    """Money on its way from a connected account to its bank, which Stripe calls a payout."""

    id: str
    status: Literal["pending", "in_transit", "paid", "failed", "canceled"]
    failure_code: str | None = None
    metadata: dict[str, str] = Field(default={})

    @property
    def stands(self) -> bool:
        """Whether it is on its way or has arrived."""
        return self.status not in ("failed", "canceled")


HINTS = (
    "transfer.reversed",
    "transfer.updated",
    "payout.canceled",
    "payout.failed",
    "payout.paid",
    "payout.updated",
)
"""The events after which a payment may stand elsewhere; what has been created, we have created."""


class Subject(Answer):
    """The object that an event is about."""

    metadata: dict[str, str] = Field(default={})


class Data(Answer):
    """What an event carries."""

    object: Subject


class StripeEvent(Answer):
    """An event as Stripe's webhooks tell it."""

    id: str = Field(pattern=r"^evt_\w+$", max_length=200)
    type: str
    data: Data


class StripeHint(NamedTuple):
    """A payment of ours that has moved: it is asked how it stands now, since events come late and out of order."""

    event_id: str
    organization_id: str
    reference: str


def hint_in(event: StripeEvent) -> StripeHint | None:
    """Which payment of ours an event is about, if it is about one."""
    about = event.data.object.metadata
    if event.type not in HINTS or not {"reference", "organization_id"} <= set(about):
        return None
    return StripeHint(event.id, about["organization_id"], about["reference"])


def standing(transfer: Transfer, reference: str, payouts: list[BankPayout]) -> PaymentResult:
    """Where a payment stands, by its transfer and the payouts made of it, the newest first."""
    stands = next((payout for payout in payouts if payout.stands), None)
    if stands or not (payouts or transfer.reversed):
        arrived = stands is not None and stands.status == "paid"
        return PaymentResult(
            provider_id=transfer.id, reference=reference, status="paid" if arrived else "in_transit"
        )
    if payouts:
        code = "payment_cancelled" if payouts[0].status == "canceled" else payouts[0].failure_code
        return failed(transfer, reference, OF_THE_ACCOUNT.get(code or "", code or "declined"))
    noted = transfer.reversals.data[0].metadata if transfer.reversals.data else {}
    return failed(transfer, reference, noted.get("failure_code", "payment_cancelled"))


def failed(transfer: Transfer, reference: str, code: str) -> PaymentResult:
    """A payment that was made and did not arrive."""
    code = code if CODE.fullmatch(code) else "declined"
    return PaymentResult(provider_id=transfer.id, reference=reference, status="failed", failure_code=code)
