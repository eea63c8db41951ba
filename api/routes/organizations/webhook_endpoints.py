"""Webhook endpoints: addresses of an organization's own that are told of what happens to its documents."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.idempotency import SecretRequest
from api.http.parameters import DeliveryId, EndpointId, Limit
from api.http.routing import COMMAND, READ, organization_router
from api.installation import CurrentInstallation
from api.security.organization_access import ActsInPerson, JustProved, Reading
from api.services.organizations import webhook_endpoints
from api.services.organizations.webhook_endpoints import (
    DeliveryView,
    NewWebhookEndpoint,
    Replayed,
    ReplaySince,
    WebhookEndpointView,
    WebhookSecret,
)
from api.services.views import Paged

router: APIRouter = organization_router("webhook endpoints")


@router.get("/webhook-endpoints", responses=READ)
def list_webhook_endpoints(reader: Reading, installation: CurrentInstallation) -> list[WebhookEndpointView]:
    """The organization's endpoints, the oldest first."""
    with installation.database.reading() as session:
        return webhook_endpoints.list_webhook_endpoints(session, reader.organization_id)


@router.post("/webhook-endpoints", status_code=201, responses=COMMAND)
async def make_webhook_endpoint(
    request: SecretRequest, admin: JustProved, installation: CurrentInstallation, body: NewWebhookEndpoint
) -> WebhookSecret:
    """Register an address. Keep its secret safe: it cannot be shown again, not under the same key either (409)."""
    return await webhook_endpoints.make_webhook_endpoint(installation, admin, request, body)


@router.post("/webhook-endpoints/{endpoint_id}/rotate-secret", responses=COMMAND)
def rotate_webhook_secret(
    request: SecretRequest, admin: JustProved, installation: CurrentInstallation, endpoint_id: EndpointId
) -> WebhookSecret:
    """Make a new secret; for 24 hours every webhook is signed with the one before as well.

    Send an Idempotency-Key: made twice, the secret before would be good no longer.
    """
    return webhook_endpoints.rotate_webhook_secret(installation, admin, request, endpoint_id)


@router.post("/webhook-endpoints/{endpoint_id}/enable", responses=COMMAND)
def enable_webhook_endpoint(
    admin: JustProved, installation: CurrentInstallation, endpoint_id: EndpointId
) -> WebhookEndpointView:
    """Tell it again, of what happens from now on; replay what it missed."""
    return webhook_endpoints.enable_webhook_endpoint(installation, admin, endpoint_id)


@router.post("/webhook-endpoints/{endpoint_id}/disable", responses=COMMAND)
def disable_webhook_endpoint(
    admin: JustProved, installation: CurrentInstallation, endpoint_id: EndpointId
) -> WebhookEndpointView:
    """Tell it no more, until it is enabled again."""
    return webhook_endpoints.disable_webhook_endpoint(installation, admin, endpoint_id)


@router.post("/webhook-endpoints/{endpoint_id}/remove", responses=COMMAND)
def remove_webhook_endpoint(
    admin: JustProved, installation: CurrentInstallation, endpoint_id: EndpointId
) -> WebhookEndpointView:
    """Forget it, its secret and what was sent to it."""
    return webhook_endpoints.remove_webhook_endpoint(installation, admin, endpoint_id)


@router.post("/webhook-endpoints/{endpoint_id}/test", responses=COMMAND)
def try_webhook_endpoint(
    admin: ActsInPerson, installation: CurrentInstallation, endpoint_id: EndpointId
) -> DeliveryView:
    """Send it the event `webhook.test`, once; its deliveries tell what became of it."""
    return webhook_endpoints.send_test_event(installation, admin, endpoint_id)


@router.get("/webhook-endpoints/{endpoint_id}/deliveries", responses=READ)
def list_deliveries(
    reader: Reading,
    installation: CurrentInstallation,
    endpoint_id: EndpointId,
    limit: Limit = 20,
    starting_after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
) -> Paged[DeliveryView]:
    """What it was told in the last 30 days, the newest first, and what became of it."""
    after = int(starting_after) if starting_after else None
    with installation.database.reading() as session:
        return webhook_endpoints.list_deliveries(session, reader.organization_id, endpoint_id, limit, after)


@router.post("/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/replay", responses=COMMAND)
def replay_delivery(
    admin: ActsInPerson, installation: CurrentInstallation, endpoint_id: EndpointId, delivery_id: DeliveryId
) -> DeliveryView:
    """Send it once more, with the same `webhook-id`."""
    return webhook_endpoints.replay_delivery(installation, admin, endpoint_id, delivery_id)


@router.post("/webhook-endpoints/{endpoint_id}/replay", responses=COMMAND)
def replay_since(
    admin: ActsInPerson, installation: CurrentInstallation, endpoint_id: EndpointId, body: ReplaySince
) -> Replayed:
    """Send everything once more that has happened since a moment, also what it missed while it was disabled."""
    return webhook_endpoints.replay_since(installation, admin, endpoint_id, body)
