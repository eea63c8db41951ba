"""Settings whose defaults belong to the sandbox: outside a local stack none of them may be taken."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog

from models.settings import Settings
from models.temporal_profile import connect_config

LIVE_STRIPE = ("sk_live_", "rk_live_")

_FIELDS = Settings.model_fields


@dataclass(frozen=True)
class Missing:
    """A setting that must be made before anything starts here, and how.

    Attributes:
        variable: its environment variable.
        fix: what is wrong with the present value, and what to set.
    """

    variable: str
    fix: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.fix}"


@dataclass(frozen=True)
class Rule:
    """What a setting must not be outside a local stack."""

    name: str
    is_left: Callable[[Settings], bool]
    fix: str


def is_on_this_machine(address: str) -> bool:
    """Whether an address, ``host:port`` or a URL, can only mean this very machine."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def why_not_local(settings: Settings) -> str:
    """What makes an installation more than a local stack; "" for a local stack.

    A local stack is reached from this machine alone, and reaches nothing that is elsewhere: its API, the external
    systems, the issuer and Temporal all have loopback addresses, and no live key of Stripe's is there. Where the
    database and the mail server are does not matter.
    """
    places = {
        "MONETIZATION_API_URL": settings.api_url,
        "MONETIZATION_API_HOST": f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host,
        "MONETIZATION_PROVIDER_URL": settings.provider_url,
        "MONETIZATION_OIDC_ISSUER": settings.oidc_issuer,
        "MONETIZATION_TEMPORAL_ADDRESS": str(connect_config(settings)["target_host"]),
    }
    for variable, address in places.items():
        if not is_on_this_machine(address):
            return f"{variable} names another machine"
    if settings.payments == "stripe" and settings.stripe_api_key.get_secret_value().startswith(LIVE_STRIPE):
        return "MONETIZATION_STRIPE_API_KEY is a live key"
    return ""


def is_default(name: str) -> Callable[[Settings], bool]:
    """Whether a setting has the value that it has where nobody sets it."""
    return lambda settings: getattr(settings, name) == _FIELDS[name].default


def has_sandbox_secret(settings: Settings) -> bool:
    """Whether one of the secrets is the sandbox's, which everybody can read."""
    published = _FIELDS["webhook_secrets"].default.get_secret_value()
    given = [secret.strip() for secret in settings.webhook_secrets.get_secret_value().split(",")]
    return published in given or not any(given)


RULES = (
    Rule("api_url", lambda s: is_on_this_machine(s.api_url), "Set the address at which people reach the API."),
    Rule("provider_url", is_default("provider_url"), "Set the address of the external systems."),
    Rule(
        "provider_token",
        lambda s: is_default("provider_token")(s) or not s.provider_token.get_secret_value().strip(),
        "The sandbox's token is published. Set the token of the external systems.",
    ),
    Rule(
        "webhook_secrets",
        has_sandbox_secret,
        "The sandbox's secret is published. Set the secrets under which the external systems sign their webhooks.",
    ),
    Rule(
        "oidc_issuer",
        lambda s: is_on_this_machine(s.oidc_issuer),
        "The sandbox's issuer signs in anybody as anybody. Set the issuer of people's tokens.",
    ),
    Rule(
        "field_keys",
        lambda s: not s.field_keys.get_secret_value().strip(),
        "A key made on first use is lost with this machine's disk. Make one with `monetization keys new`; "
        "if field.key exists in the state directory, add local:<its content> after it.",
    ),
    Rule("platform_name", is_default("platform_name"), "Papers would name an example business. Set yours."),
    Rule("platform_address", is_default("platform_address"), "Papers would name an example address. Set yours."),
    Rule(
        "mail_from",
        lambda s: bool(s.smtp_url.get_secret_value()) and is_default("mail_from")(s),
        "Mail would come from an example address. Set yours.",
    ),
)  # fmt: skip


def left_to_the_sandbox(settings: Settings) -> list[Missing]:
    """The settings that an installation leaves to the sandbox although it is no local stack."""
    if not why_not_local(settings):
        return []
    return [
        Missing(f"MONETIZATION_{rule.name.upper()}", rule.fix) for rule in RULES if rule.is_left(settings)
    ]


def refuse_sandbox_defaults(settings: Settings) -> None:
    """End the process, with a line for each setting to make, where defaults of the sandbox would be taken for real."""
    missing = left_to_the_sandbox(settings)
    if not missing:
        return
    log = structlog.get_logger("settings")
    for one in missing:
        log.error(str(one))
    log.error(f"not started: {why_not_local(settings)}, so this is no local stack; set what is named above")
    raise SystemExit(1)
