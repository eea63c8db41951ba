"""A payment provider that speaks our own protocol over HTTP: docs/openapi-providers.json."""

from models.reasons.failures import FailureClass, class_of
from providers.failures import NotFound, ProviderFailure
from providers.http.client import ProviderHttp
from providers.payments.messages import PaymentOrder, PaymentRecordPage, PaymentResult, PaymentVoid


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
    return FailureClass.UNKNOWN if status in (408, 409) else class_of(code)


def _own(result: PaymentResult, reference: str, otherwise: FailureClass) -> PaymentResult:
    if result.reference != reference:
        raise ProviderFailure(otherwise, "malformed_answer")
    return result
