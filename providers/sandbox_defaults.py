"""Settings whose defaults belong to the sandbox: outside a local stack none of them may be taken."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from config.settings import Settings, listed
from config.temporal import connect_config
from providers.payments.provider import Missing
from providers.payments.registry import payment_provider

NAMES_OF_THIS_MACHINE = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")

_FIELDS = Settings.model_fields


@dataclass(frozen=True)
class Rule:
    """What a setting must not be outside a local stack."""

    name: str
    is_left: Callable[[Settings], bool]
    fix: str


def is_on_this_machine(address: str) -> bool:
    """Whether an address, ``host:port`` or a URL, can only mean this very machine."""
    host = host_of(address)
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """The host that an address, ``host:port`` or a URL, names; "" for none."""
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").strip()
    except ValueError:
        return ""


def may_be_this_machine(address: str) -> bool:
    """Whether an address names no machine, or in any of its spellings this very one: ``127.1``, ``localhost.``, ``[::]``.

    What is no local stack for certain may still point at the sandbox.
    """
    host = host_of(address).rstrip(".")
    if not host or host in NAMES_OF_THIS_MACHINE or host.endswith(".localhost"):
        return True
    with contextlib.suppress(OSError, UnicodeError):
        # As resolvers read them, numbers may be short, or in other bases.
        host = socket.inet_ntoa(socket.inet_aton(host))
    try:
        found = ip_address(host)
    except ValueError:
        return False
    inner = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any(one is not None and (one.is_loopback or one.is_unspecified) for one in (found, inner))


def is_sandbox_place(settings: Settings) -> bool:
    """Whether the external systems are looked for where the sandbox is found, however that is written."""
    sandbox = urlsplit(_FIELDS["provider_url"].default)
    try:
        port = urlsplit(settings.provider_url).port
    except ValueError:
        return False
    return not host_of(settings.provider_url) or (
        may_be_this_machine(settings.provider_url) and port == sandbox.port
    )


def why_not_local(settings: Settings) -> str:
    """What makes an installation more than a local stack; "" for a local stack.

    A local stack is reached from this machine alone, and reaches nothing that is elsewhere: its API, the external
    systems, the issuer and Temporal all have loopback addresses, and whoever moves the money has nothing that is real,
    such as a live key. Where the database and the mail server are does not matter.
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
    return payment_provider(settings).why_not_local()


def is_default(name: str) -> Callable[[Settings], bool]:
    """Whether a setting says what it says where nobody sets it, or nothing."""
    usual = said(_FIELDS[name].default)
    return lambda settings: said(getattr(settings, name)) in ("", usual)


def said(value: str | SecretStr) -> str:
    """What a setting says, whatever blanks and capitals it is written with."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    return " ".join(text.split()).casefold()


def has_sandbox_secret(settings: Settings) -> bool:
    """Whether one of the secrets is the sandbox's, which everybody can read."""
    published = _FIELDS["webhook_secrets"].default.get_secret_value()
    given = listed(settings.webhook_secrets)
    return published in given or not any(given)


RULES = (
    Rule("api_url", lambda s: may_be_this_machine(s.api_url), "Set the address at which people reach the API."),
    Rule("provider_url", is_sandbox_place, "Set the address of the external systems."),
    Rule(
        "provider_token",
        is_default("provider_token"),
        "The sandbox's token is published. Set the token of the external systems.",
    ),
    Rule(
        "webhook_secrets",
        has_sandbox_secret,
        "The sandbox's secret is published. Set the secrets under which the external systems sign their webhooks.",
    ),
    Rule(
        "oidc_issuer",
        lambda s: may_be_this_machine(s.oidc_issuer),
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
    general = [
        Missing(f"MONETIZATION_{rule.name.upper()}", rule.fix) for rule in RULES if rule.is_left(settings)
    ]
    return [*general, *payment_provider(settings).left_to_the_sandbox()]


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
