"""What passes between us and any payment provider: money that leaves for a bank account, once per reference."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from models.money import Money
from providers.answers import Answer, Reference

PaymentStatus = Literal["in_transit", "paid", "failed", "returned"]


class PaymentOrder(BaseModel):
    """Money to be sent.

    Attributes:
        reference: ours, ``payout/{invoice_id}/{attempt}``; what the provider is asked by later.
        idempotency_key: the same key never moves money twice; the same text as the reference.
        destination: the bank account.
    """

    model_config = ConfigDict(extra="forbid")

    reference: Reference
    idempotency_key: Reference
    organization_id: Reference
    invoice_id: Reference
    amount: Money
    destination: Annotated[
        dict[str, JsonValue],
        Field(
            repr=False,
            description="the bank account, in the fields of docs/bank-accounts.md as they were given",
        ),
    ]


class PaymentResult(Answer):
    """Where a payment stands.

    Attributes:
        provider_id: the provider's own id of the transfer.
        reference: our reference.
        failure_code: why it failed or came back.
    """

    provider_id: Annotated[str, Field(max_length=200)]
    reference: Annotated[str, Field(max_length=300)]
    status: PaymentStatus
    failure_code: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)] | None = None


class PaymentVoid(BaseModel):
    """That nothing may be paid under a reference any more."""

    model_config = ConfigDict(extra="forbid")

    reference: Reference


class PaymentRecord(PaymentResult):
    """A transfer as the provider's own record has it."""

    amount: Money


class PaymentRecordPage(Answer):
    """A part of the provider's record; ``next_cursor`` is where to go on, even when it is empty."""

    payments: list[PaymentRecord]
    next_cursor: Annotated[str, Field(max_length=300)] | None
    has_more: bool


class ToldPayment(PaymentResult):
    """Where a payment stands by a webhook, which says nothing that is not known: a misspelt word may be one that matters."""

    model_config = ConfigDict(extra="forbid")


class PaymentNews(BaseModel):
    """The webhook of a payment that has moved on; ``event_id`` is what to deduplicate by."""

    model_config = ConfigDict(extra="forbid")

    event_id: str
    type: Literal["payment.paid", "payment.failed", "payment.returned"]
    organization_id: str
    payment: ToldPayment
