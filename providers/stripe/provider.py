"""Stripe as a payment provider: its settings, its adapter, its webhook. The package is loaded where it is chosen only."""

from typing import TYPE_CHECKING

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.settings import BadSetting, Settings, listed
from providers.payments.provider import PaymentProvider

if TYPE_CHECKING:
    from providers.stripe.payments import StripePayments
    from providers.stripe.webhook import StripeWebhook

LIVE = "_live_"
"""What stands in each kind of a live key."""


class StripeSettings(BaseSettings):
    """Stripe's own settings.

    Attributes:
        api_key: the platform's secret or restricted key.
        api_base: where Stripe's API is.
        webhook_secrets: the secrets (``whsec_…``) of its webhooks, the newest first, comma-separated.
    """

    model_config = SettingsConfigDict(env_prefix="MONETIZATION_STRIPE_", extra="ignore")

    api_key: SecretStr = SecretStr("")
    api_base: str = "https://api.stripe.com"
    webhook_secrets: SecretStr = SecretStr("")


class StripeProvider(PaymentProvider):
    """Stripe."""

    name = webhook_name = "stripe"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.own = StripeSettings()

    def payments(self) -> "StripePayments":
        """Its adapter; raises BadSetting without a key."""
        from providers.stripe.payments import StripePayments

        if not self.own.api_key.get_secret_value():
            raise BadSetting("MONETIZATION_PAYMENTS is stripe: set MONETIZATION_STRIPE_API_KEY, too.")
        return StripePayments(self.own.api_key, self.own.api_base, self.settings.provider_timeout)

    def webhook(self) -> "StripeWebhook":
        """How its webhook is authenticated and read."""
        from providers.stripe.webhook import StripeWebhook

        return StripeWebhook(listed(self.own.webhook_secrets))

    def why_not_local(self) -> str:
        """A live key moves real money."""
        return (
            "MONETIZATION_STRIPE_API_KEY is a live key" if LIVE in self.own.api_key.get_secret_value() else ""
        )
