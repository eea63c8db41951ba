"""What belongs to the sandbox is taken by a local stack alone."""

from typing import Any

import pytest

from config.settings import Settings
from providers.sandbox_defaults import is_on_this_machine, left_to_the_sandbox, why_not_local

REAL: dict[str, Any] = {
    "api_url": "https://money.example.com",
    "api_host": "0.0.0.0",
    "provider_url": "https://providers.example.com",
    "provider_token": "a-token-of-our-own",
    "webhook_secrets": "a-secret-of-our-own",
    "oidc_issuer": "https://sign-in.example.com",
    "temporal_address": "temporal.internal:7233",
    "field_keys": "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "platform_name": "Real Games Ltd",
    "platform_address": "2 Real Street",
    "smtp_url": "smtps://mail.example.com:465",
    "mail_from": "no-reply@money.example.com",
}


def named(**values: Any) -> set[str]:
    return {one.variable for one in left_to_the_sandbox(Settings(_env_file=None, **{**REAL, **values}))}


def without(name: str) -> set[str]:
    values = {key: value for key, value in REAL.items() if key != name}
    return {one.variable for one in left_to_the_sandbox(Settings(_env_file=None, **values))}


def test_an_installation_with_everything_set_may_start() -> None:
    assert named() == set()


def test_a_local_stack_may_start_with_nothing_set() -> None:
    assert left_to_the_sandbox(Settings(_env_file=None)) == []
    assert left_to_the_sandbox(Settings(database_url="postgresql://db.example/money")) == []


@pytest.mark.parametrize("name", sorted(REAL.keys() - {"api_host", "temporal_address", "smtp_url"}))
def test_a_setting_that_is_left_out_is_named(name: str) -> None:
    assert without(name) == {f"MONETIZATION_{name.upper()}"}


def test_all_that_is_left_out_is_named_at_once() -> None:
    found = left_to_the_sandbox(Settings(api_url="https://money.example.com"))
    assert {one.variable.removeprefix("MONETIZATION_") for one in found} == {
        "PROVIDER_URL", "PROVIDER_TOKEN", "WEBHOOK_SECRETS", "OIDC_ISSUER", "FIELD_KEYS",
        "PLATFORM_NAME", "PLATFORM_ADDRESS",
    }  # fmt: skip
    assert all(one.fix for one in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook_secrets", "sandbox-webhook-secret"),
        ("webhook_secrets", "a-secret-of-our-own, sandbox-webhook-secret"),
        ("webhook_secrets", " , "),
        ("provider_token", "sandbox-provider-token"),
        ("provider_token", ""),
        ("field_keys", " "),
        ("oidc_issuer", "http://localhost:8700/oidc"),
        ("platform_name", "Example Mini Games Platform"),
        ("platform_name", " example mini games  platform "),
        ("platform_name", ""),
        ("platform_address", " \n"),
        ("mail_from", " "),
        ("provider_token", " sandbox-provider-token\n"),
        ("provider_url", "http://LOCALHOST:8700/"),
        ("provider_url", "http://127.1:8700"),
        ("provider_url", ""),
        ("oidc_issuer", "http://localhost.:8700/oidc"),
        ("oidc_issuer", "http://127.1:8700/oidc"),
        ("oidc_issuer", "http://2130706433:8700/oidc"),
        ("oidc_issuer", "http://0x7f.0.0.1:8700/oidc"),
        ("oidc_issuer", "http://0.0.0.0:8700/oidc"),
        ("oidc_issuer", "http://[::]:8700/oidc"),
        ("oidc_issuer", "http://[::ffff:127.0.0.1]:8700/oidc"),
        ("oidc_issuer", "http://sandbox.localhost:8700/oidc"),
        ("oidc_issuer", ""),
        ("api_url", "http://localhost.:8600"),
        ("api_url", ""),
    ],
)
def test_setting_it_to_what_is_published_is_not_setting_it(name: str, value: str) -> None:
    assert named(**{name: value}) == {f"MONETIZATION_{name.upper()}"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("provider_url", "http://127.0.0.1:9000"),
        ("provider_url", "http://providers.example.com:8700"),
        ("oidc_issuer", "http://10.0.0.7:8700/oidc"),
        ("oidc_issuer", "https://localhost.example.com"),
        ("platform_name", "Example Mini Games Platform Ltd"),
    ],
)
def test_what_is_only_like_the_sandbox_is_taken(name: str, value: str) -> None:
    assert named(**{name: value}) == set()


@pytest.mark.parametrize(
    "one",
    [
        {"api_url": "https://money.example.com"},
        {"api_host": "0.0.0.0"},
        {"api_host": "::"},
        {"provider_url": "http://10.0.0.7:8700"},
        {"oidc_issuer": "https://sign-in.example.com"},
        {"temporal_address": "eu.tmprl.cloud:7233"},
        {"provider_url": "http://printer.local:8700"},
    ],
)
def test_one_thing_that_is_elsewhere_ends_the_local_stack(one: dict[str, Any]) -> None:
    settings = Settings(_env_file=None, **one)
    assert why_not_local(settings).startswith("MONETIZATION_")
    assert "MONETIZATION_WEBHOOK_SECRETS" in {missing.variable for missing in left_to_the_sandbox(settings)}


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "sk_org_live_1"])
def test_a_live_key_of_whoever_moves_the_money_ends_the_local_stack(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONETIZATION_STRIPE_API_KEY", key)
    assert not why_not_local(Settings(_env_file=None)), "Stripe moves no money here"
    settings = Settings(_env_file=None, payments="stripe")
    assert why_not_local(settings) == "MONETIZATION_STRIPE_API_KEY is a live key"
    assert left_to_the_sandbox(settings)


def test_trying_stripe_with_a_test_key_stays_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONETIZATION_STRIPE_API_KEY", "sk_test_1")
    assert not why_not_local(Settings(payments="stripe"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:7233",
        "http://127.0.0.1:8600",
        "http://[::1]:8600/x",
        "localhost:1",
        "127.9.9.9",
        "http://LOCALHOST",
    ],
)
def test_this_machine_is_known(address: str) -> None:
    assert is_on_this_machine(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1@money.example.com", "http://localhost.example.com", "127.0.0.1.nip.io:80", "0.0.0.0",
        "http://[::]:80", "https://money.example.com/127.0.0.1", "", "http://[", "mylocalhost:1",
    ],
)  # fmt: skip
def test_another_machine_is_never_taken_for_this_one(address: str) -> None:
    assert not is_on_this_machine(address)
