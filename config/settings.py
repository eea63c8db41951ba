"""Where this installation's parts are: read from the environment (``MONETIZATION_…``) by every process."""

from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.programme.policy import Policy, default_policy, fast_policy


class BadSetting(ValueError):
    """A setting that cannot be used; its words name it and hold no secret, so that logs show them."""


def proxies(value: str) -> str:
    """Refuse what is no list of addresses and networks: a misspelt one would be trusted or distrusted unseen."""
    for part in filter(None, (part.strip() for part in value.split(","))):
        try:
            network = ip_network(part)
        except ValueError as error:
            raise ValueError(f"{part} is no address or network, such as 10.0.0.7 or 10.0.0.0/24") from error
        if not network.prefixlen:
            raise ValueError(f"{part} is everybody, so anybody could name any address as theirs")
    return ",".join(part.strip() for part in value.split(",") if part.strip())


def listed(secrets: SecretStr) -> list[str]:
    """Secrets that are separated by commas."""
    return [secret.strip() for secret in secrets.get_secret_value().split(",")]


TrustedProxies = Annotated[str, AfterValidator(proxies)]


class Settings(BaseSettings):
    """The settings of one process.

    Attributes:
        state_dir: where the embedded installation keeps its databases, files and logs.
        database_url: SQLAlchemy address; empty means SQLite in ``state_dir``.
        temporal_address: host and port of the Temporal frontend; a profile of Temporal's own (``TEMPORAL_…``) says the
            rest, and this, too, where it is not set.
        temporal_plain: a local stack's server: reached without TLS or API key, whatever such a profile says.
        policy: which policy new workflow runs get.
        reviews: who decides: for each desk whom the programme says (``Policy.decided_by``), or ``providers`` at all of them,
            for an installation whose desks are all outside.
        policy_anchor: for ``fast``: the real moment at which programme time began to run fast.
        seconds_per_day: for ``fast``: how long a day lasts.
        provider_url: base address of the external systems (the sandbox, unless a real back end stands there).
        provider_token: bearer token for calls to them.
        provider_timeout: seconds to wait for one answer of theirs.
        payments: who moves the money: ``http`` is the provider at ``provider_url``; the others, which have settings of
            their own, are listed in ``providers.payments.registry``.
        webhook_secrets: the secrets under which their webhooks are signed, the newest first, comma-separated.
        oidc_issuer: who signs people's tokens; its keys are at ``…/jwks``.
        oidc_audience: the audience that their tokens must be for.
        oidc_client_id: what the console is called at the issuer.
        oidc_client_secret: its secret there; empty for a public client, which PKCE protects.
        field_keys: encryption keys of stored fields, ``id:base64`` comma-separated, the newest first; empty
            means one made on first use in ``state_dir``.
        platform_name: the business that runs the programme, as its papers name it.
        platform_address: its address, over several lines.
        smtp_url: the mail server, ``smtp://host:25`` or ``smtps://user:password@host:465``; empty means that mail
            is handed to ``provider_url``.
        mail_from: the address that mails come from.
        webhooks_allow_local: whether organizations' webhooks may go to this very machine, without HTTPS: for trying
            things out only.
        requests_per_minute: how often one person, or all API keys of an organization together, may ask the API; 0 is
            no limit.
        bad_tokens_per_minute: how many tokens that are not accepted may come from one address (of IPv6, a /64).
        trusted_proxies: addresses and networks of the balancers before the API, comma-separated; only they are believed
            when they name by ``X-Forwarded-For`` whom they speak for. Empty means that there is none.
        ledger_anchors: the file that vouches for the ledger from outside the database; empty means one in
            ``state_dir``.
        log_format: ``auto`` is pretty on a terminal and JSON elsewhere.
    """

    model_config = SettingsConfigDict(env_prefix="MONETIZATION_", extra="ignore")

    state_dir: Path = Path(".monetization")
    database_url: str = ""
    temporal_address: str = "127.0.0.1:7233"
    temporal_plain: bool = False
    temporal_namespace: str = "default"
    temporal_ui_url: str = "http://127.0.0.1:8233"
    task_queue: str = "monetization"
    policy: Literal["default", "fast"] = "default"
    reviews: Literal["programme", "providers"] = "programme"
    policy_anchor: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    seconds_per_day: float = 1.0
    provider_url: str = "http://127.0.0.1:8700"
    provider_token: SecretStr = SecretStr("sandbox-provider-token")
    provider_timeout: float = 5.0
    payments: str = "http"
    webhook_secrets: SecretStr = SecretStr("sandbox-webhook-secret")
    oidc_issuer: str = "http://127.0.0.1:8700/oidc"
    oidc_audience: str = "monetization"
    oidc_client_id: str = "monetization-console"
    oidc_client_secret: SecretStr = SecretStr("")
    field_keys: SecretStr = SecretStr("")
    api_host: str = "127.0.0.1"
    api_port: int = 8600
    api_url: str = "http://127.0.0.1:8600"
    platform_name: str = "Example Mini Games Platform"
    platform_address: str = "1 Example Street\n00000 Musterstadt"
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = "no-reply@monetization.example"
    webhooks_allow_local: bool = False
    requests_per_minute: int = 1200
    bad_tokens_per_minute: int = 60
    trusted_proxies: TrustedProxies = ""
    ledger_anchors: Path | None = None
    log_format: Literal["auto", "json", "pretty"] = "auto"

    def load_policy(self) -> Policy:
        """The policy that this installation runs under."""
        fast = self.policy == "fast"
        policy = fast_policy(self.policy_anchor, self.seconds_per_day) if fast else default_policy()
        return policy if self.reviews == "programme" else policy.model_copy(update={"decided_by": {}})

    def anchors(self) -> Path:
        """The file of the ledger's anchors."""
        return self.ledger_anchors or self.state_dir.absolute() / "ledger-anchors.jsonl"

    def database(self) -> str:
        """The address of the database, the embedded one if none is set."""
        return self.database_url or f"sqlite:///{self.state_dir.absolute() / 'monetization.db'}"


@lru_cache
def settings() -> Settings:
    """This process's settings, read once."""
    return Settings()
