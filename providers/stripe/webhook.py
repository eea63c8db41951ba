"""Stripe's webhook: signed by Stripe, and no more than a hint that a payment of ours may stand elsewhere now."""

from collections.abc import Sequence

import stripe

from models.commands import ProviderEvent
from providers.failures import SignatureError
from providers.payments.events import payout_of
from providers.payments.provider import PaymentWebhook, PayoutNews
from providers.stripe.objects import StripeEvent, hint_in

TOLERANCE = 300
"""Seconds by which the moment of signing may lie back."""


class StripeWebhook(PaymentWebhook):
    """Stripe's events come late, twice and out of order, so that the payment is asked how it stands.

    Args:
        secrets: the live signing secrets (``whsec_…``); two while they are being changed.
    """

    header = "Stripe-Signature"

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = secrets

    def authenticate(self, signature: str | None, body: bytes) -> None:
        """Check that Stripe has sent this; a signature that is too old is a mismatch, too."""
        if not signature:
            raise SignatureError("signature_missing")
        for secret in self._secrets:
            try:
                stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
                return
            except (stripe.SignatureVerificationError, UnicodeError, TypeError):
                continue
        raise SignatureError("signature_mismatch")

    def read(self, body: bytes) -> PayoutNews | None:
        """That a payment of ours is to be asked after; ``None`` for events about anything else."""
        hint = hint_in(StripeEvent.model_validate_json(body))
        payout_id = payout_of(hint.reference) if hint else None
        if hint is None or payout_id is None:
            return None
        return PayoutNews(
            hint.organization_id,
            ProviderEvent(
                id=f"stripe/{hint.event_id}",
                action="payout.ask",
                document_id=payout_id,
                reference=hint.reference,
            ),
        )
