"""The parts of this installation that the API works with, made once per process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlmodel import Session

from api.cache import Cached
from api.http.request_metrics import RequestMetrics
from api.queues import Queues
from api.security.issuer import Issuer
from api.security.rate_limits import RateLimits
from api.security.tokens import Tokens
from api.workflow_client import WorkflowClient, open_workflow_client
from config.settings import Settings
from models.figures import Figures
from models.programme.policy import Policy
from papers.parties import Party
from providers.file_store import DiskDocuments
from providers.payments.provider import PaymentWebhook
from providers.payments.registry import payment_webhooks
from providers.protocols import Documents
from storage.database import Database
from storage.encryption.keyring import Keyring, load_keyring
from storage.organizations import policies
from storage.people.staff_desk import Count, counts


@dataclass(frozen=True)
class Installation:
    """What handlers work with.

    Attributes:
        payment_webhooks: those of payment providers that are open, by the names in their addresses.
        dashboard: how many documents stand where, and the figures, all counted at one moment.
    """

    settings: Settings
    policy: Policy
    database: Database
    keyring: Keyring
    files: Documents
    issuer: Issuer
    tokens: Tokens
    rate_limits: RateLimits
    payment_webhooks: Mapping[str, PaymentWebhook]
    workflow_client: WorkflowClient
    request_metrics: RequestMetrics
    dashboard: Cached[tuple[list[Count], Figures]]
    queues: Queues

    def now(self) -> datetime:
        """Programme time."""
        return self.policy.clock.now()

    @property
    def platform(self) -> Party:
        """The business that runs the programme, as it stands on papers."""
        return Party(name=self.settings.platform_name, address=self.settings.platform_address)


async def open_installation(
    settings: Settings,
    request_metrics: RequestMetrics,
    figures: Callable[[Session, datetime, Policy], Figures],
) -> Installation:
    """Everything that the settings name; Temporal and the issuer need not be there yet.

    Args:
        figures: how money, reviews and settlement stand.
    """
    policy = settings.load_policy()
    keyring = load_keyring(settings.field_keys.get_secret_value(), settings.state_dir)
    issuer = Issuer(settings.oidc_issuer)
    database = Database(settings.database())
    queues = Queues()
    queues.measure(request_metrics.registry)

    def count() -> tuple[list[Count], Figures]:
        with database.reading() as session:
            return counts(session), figures(session, policy.clock.now(), policy)

    def policy_of(organization_id: str) -> Policy:
        with database.reading() as session:
            return policies.policy_of(session, organization_id, policy)

    return Installation(
        settings=settings,
        policy=policy,
        database=database,
        keyring=keyring,
        files=DiskDocuments(settings.state_dir / "files", keyring),
        issuer=issuer,
        tokens=Tokens(issuer, settings.oidc_audience),
        rate_limits=RateLimits(settings.requests_per_minute, settings.bad_tokens_per_minute),
        payment_webhooks=payment_webhooks(settings),
        workflow_client=await open_workflow_client(settings, policy_of),
        request_metrics=request_metrics,
        dashboard=Cached(count),
        queues=queues,
    )


def installation_of(request: Request) -> Installation:
    """The installation that the application was started for."""
    return cast(Installation, request.app.state.installation)


async def installed(request: Request) -> Installation:
    """The same for handlers: no coroutine would hold a thread, for which health and webhooks had to wait."""
    return installation_of(request)


CurrentInstallation = Annotated[Installation, Depends(installed)]
