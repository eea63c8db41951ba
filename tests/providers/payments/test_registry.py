"""The registry of payment providers: who moves the money, and whose webhooks are open."""

import pytest

from config.settings import BadSetting, Settings
from providers.payments.registry import (
    PAYMENT_PROVIDERS,
    WEBHOOK_NAMES,
    payment_provider,
    payment_webhooks,
)


@pytest.mark.parametrize("name", PAYMENT_PROVIDERS)
def test_each_provider_is_made_from_the_settings_and_takes_its_own_news(name: str) -> None:
    provider = payment_provider(Settings(payments=name))
    assert provider.name == name
    webhook = payment_webhooks(provider.settings)[provider.webhook_name]
    assert webhook.header.isascii() and webhook.header == webhook.header.strip() != ""


def test_no_two_providers_have_one_address_for_their_news() -> None:
    assert len(WEBHOOK_NAMES) == len(PAYMENT_PROVIDERS)


def test_a_misspelt_provider_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadSetting, match=r"^MONETIZATION_PAYMENTS must be one of: http, stripe[a-z, ]*\.$"):
        payment_provider(Settings(payments="strip"))


def test_hints_are_taken_from_the_provider_alone_that_would_be_asked() -> None:
    assert payment_webhooks(Settings()).keys() == {"payments"}
    assert payment_webhooks(Settings(payments="stripe")).keys() == {"payments", "stripe"}
