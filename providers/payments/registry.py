"""All payment providers: adding one is a folder of its own and its line here."""

from collections.abc import Mapping

from config.settings import BadSetting, Settings
from providers.http.provider import HttpProvider
from providers.payments.provider import PaymentProvider, PaymentWebhook
from providers.stripe.provider import StripeProvider

PAYMENT_PROVIDERS: Mapping[str, type[PaymentProvider]] = {
    provider.name: provider
    for provider in (
        HttpProvider,
        StripeProvider,
    )
}
"""By name, as ``MONETIZATION_PAYMENTS`` chooses them."""

WEBHOOK_NAMES = frozenset(provider.webhook_name for provider in PAYMENT_PROVIDERS.values())


def payment_provider(settings: Settings) -> PaymentProvider:
    """Who moves the money; raises BadSetting for a name that none has."""
    chosen = PAYMENT_PROVIDERS.get(settings.payments)
    if chosen is None:
        raise BadSetting(f"MONETIZATION_PAYMENTS must be one of: {', '.join(PAYMENT_PROVIDERS)}.")
    return chosen(settings)


def payment_webhooks(settings: Settings) -> Mapping[str, PaymentWebhook]:
    """The webhooks that are open, by the names in their addresses."""
    chosen = payment_provider(settings)
    webhooks = {chosen.webhook_name: chosen.webhook()}
    for kind in PAYMENT_PROVIDERS.values():
        if kind.webhook_name not in webhooks and not (webhook := kind(settings).webhook()).only_if_chosen:
            webhooks[kind.webhook_name] = webhook
    return webhooks
