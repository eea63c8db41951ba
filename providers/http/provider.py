"""The payment provider that speaks our own protocol, at the address of the other external systems."""

import time

from config.settings import Settings, listed
from models.wire.strict_json import Unreadable, read_json
from providers.failures import NotFound
from providers.http.client import ProviderHttp
from providers.http.payments import HttpPayments
from providers.http.signature import HEADER, verify
from providers.payments.events import payment_event, payout_of
from providers.payments.messages import PaymentNews
from providers.payments.provider import PaymentProvider, PaymentWebhook, PayoutNews
from words.voice import Sentence


class HttpPaymentWebhook(PaymentWebhook):
    """Says how a payment stands; signed like all webhooks of the external systems."""

    header = HEADER
    only_if_chosen = False
    """What it says needs no question, and payments of before another provider was chosen may still come back."""

    def __init__(self, settings: Settings) -> None:
        self._secrets = listed(settings.webhook_secrets)

    def authenticate(self, signature: str | None, body: bytes) -> None:
        """Check that one of our secrets was used, a short while ago."""
        verify(self._secrets, signature, body, int(time.time()))

    def read(self, body: bytes) -> PayoutNews:
        """Where a payment stands now."""
        read_json(body)  # stricter than what follows
        news = PaymentNews.model_validate_json(body)
        payout_id = payout_of(news.payment.reference)
        if payout_id is None:
            raise NotFound("unknown_payment")
        if news.type != f"payment.{news.payment.status}":
            raise Unreadable(Sentence("The type and the payment's status contradict each other."))
        return PayoutNews(news.organization_id, payment_event(news.payment, news.event_id, payout_id))


class HttpProvider(PaymentProvider):
    """Whoever speaks docs/openapi-providers.json; the sandbox does. Its settings are those of all external systems."""

    name = "http"
    webhook_name = "payments"

    def payments(self) -> HttpPayments:
        """Its adapter."""
        settings = self.settings
        return HttpPayments(
            ProviderHttp(settings.provider_url, settings.provider_token, settings.provider_timeout)
        )

    def webhook(self) -> HttpPaymentWebhook:
        """How its webhook is authenticated and read."""
        return HttpPaymentWebhook(self.settings)
