"""Payments: money that leaves for a bank account, once per reference."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from models.documents import FailureClass
from models.money import Money
from providers.answers import Answer
from providers.failures import NotFound, ProviderFailure, classify_failure
from providers.http import ProviderHttp
from providers.reviews import Reference

PaymentStatus = Literal["in_transit", "paid", "failed", "returned"]


class PaymentOrder(BaseModel):
    """Money to be sent.

    Attributes:
        reference: ours, ``payout/{invoice_id}/{attempt}``; what the provider is asked by later.
        idempotency_key: the same key never moves money twice; the same text as the reference.
        destination: the bank account; kept out of ``repr``.
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


class HttpPayments:
    """A payment provider, spoken to over HTTP."""

    def __init__(self, http: ProviderHttp) -> None:
        self._http = http

    def send(self, order: PaymentOrder) -> PaymentResult:
        """Send money; raises ProviderFailure, UNKNOWN whenever the order may have been accepted."""
        result = self._http.exchange(
            "POST",
            "/payments",
            PaymentResult,
            body=order,
            key=order.idempotency_key,
            uncertain=FailureClass.UNKNOWN,
            refusal=_refusal,
        )
        return _own(result, order.reference, FailureClass.UNKNOWN)

    def ask(self, reference: str) -> PaymentResult | None:
        """Where the payment stands; ``None`` if the provider has never heard of it."""
        try:
            result = self._http.exchange("GET", "/payments", PaymentResult, query={"reference": reference})
        except NotFound:
            return None
        return _own(result, reference, FailureClass.TRANSIENT)

    def void(self, reference: str) -> PaymentResult | None:
        """Stop a payment, or keep it from ever being made; where it stands afterwards."""
        result = self._http.exchange(
            "POST", "/payments/void", PaymentResult, body=PaymentVoid(reference=reference)
        )
        return _own(result, reference, FailureClass.TRANSIENT)

    def records(self, after: str | None, limit: int) -> PaymentRecordPage:
        """The transfers that the provider has accepted, after a cursor; at most ``limit`` (1000 or fewer)."""
        query = {"limit": str(limit)} | ({"after": after} if after is not None else {})
        return self._http.exchange("GET", "/payments/records", PaymentRecordPage, query=query)


def _refusal(status: int, code: str) -> FailureClass:
    # A conflict says that something was sent under this key before: never a reason for a new attempt.
    return FailureClass.UNKNOWN if status in (408, 409) else classify_failure(code)


def _own(result: PaymentResult, reference: str, otherwise: FailureClass) -> PaymentResult:
    if result.reference != reference:
        raise ProviderFailure(otherwise, "malformed_answer")
    return result
