"""Webhooks: the organization's own addresses that are told of what happens, and what they were told."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api.console.formatting import say
from api.console.forms import Posted, Submitted
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import run_once, show_secret
from api.http.idempotency import IdempotentRequest
from api.http.parameters import DeliveryId, EndpointId
from api.queues import in_thread
from api.security.organization_access import JustProved
from api.services.organizations import webhook_endpoints
from api.services.organizations.webhook_endpoints import NewWebhookEndpoint, ReplaySince, WebhookSecret
from models.webhooks import CHOICES
from storage.webhooks import deliveries

router = APIRouter(prefix="/organizations/{organization_id}/webhooks", include_in_schema=False)

PAGE = 30


def draw(page: OrganizationPage, made: WebhookSecret | None = None) -> HTMLResponse:
    """All endpoints; the secret of one that was made just now."""
    with page.reading() as session:
        return page.show(
            session,
            "organizations/webhooks.html",
            endpoints=webhook_endpoints.list_webhook_endpoints(session, page.reader.organization_id),
            made=made,
            events={kind: f"{kind}: {say(kind.meaning)}" for kind in CHOICES},
        )


def draw_deliveries(
    page: OrganizationPage, endpoint_id: str, after: str = "", again: int | None = None
) -> HTMLResponse:
    """One endpoint, and what it was told."""
    own = page.reader.organization_id
    with page.reading() as session:
        endpoint = webhook_endpoints.find_endpoint(session, own, endpoint_id)
        return page.show(
            session,
            "organizations/deliveries.html",
            endpoint=webhook_endpoints.show_endpoint(endpoint),
            view=webhook_endpoints.list_deliveries(
                session, own, endpoint_id, PAGE, int(after) if after else None
            ),
            again=again,
        )


@router.get("")
def show_endpoints(page: OfOrganization) -> HTMLResponse:
    """The endpoints."""
    return draw(page)


@router.get("/{endpoint_id}")
def show_deliveries(
    page: OfOrganization,
    endpoint_id: EndpointId,
    after: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = "",
    again: Annotated[int | None, Query(ge=0, le=deliveries.MOST_REPLAYED)] = None,
) -> HTMLResponse:
    """What an endpoint was told.

    Args:
        again: how many events were just asked to be sent once more.
    """
    return draw_deliveries(page, endpoint_id, after, again)


@router.post("")
async def add(page: OfOrganization, form: Posted, admin: JustProved) -> Response:
    """Register an address."""

    async def made(request: IdempotentRequest) -> WebhookSecret:
        body = form.read(NewWebhookEndpoint)
        return await webhook_endpoints.make_webhook_endpoint(page.installation, admin, request, body)

    return await show_secret(page, form, made, draw)


@router.post("/{endpoint_id}/rotate-secret")
async def rotate(page: OfOrganization, endpoint_id: EndpointId, form: Posted, admin: JustProved) -> Response:
    """Make a new secret."""

    async def made(request: IdempotentRequest) -> WebhookSecret:
        return await in_thread(
            webhook_endpoints.rotate_webhook_secret, page.installation, admin, request, endpoint_id
        )

    return await show_secret(page, form, made, draw)


@router.post("/{endpoint_id}/enable")
async def enable(page: OfOrganization, endpoint_id: EndpointId, form: Posted, admin: JustProved) -> Response:
    """Tell it again."""
    return await run_once(
        page,
        form,
        lambda sent: webhook_endpoints.enable_webhook_endpoint(page.installation, admin, endpoint_id),
        draw,
    )


@router.post("/{endpoint_id}/disable")
async def disable(page: OfOrganization, endpoint_id: EndpointId, form: Posted, admin: JustProved) -> Response:
    """Tell it no more."""
    return await run_once(
        page,
        form,
        lambda sent: webhook_endpoints.disable_webhook_endpoint(page.installation, admin, endpoint_id),
        draw,
    )


@router.post("/{endpoint_id}/remove")
async def remove(page: OfOrganization, endpoint_id: EndpointId, form: Posted, admin: JustProved) -> Response:
    """Forget it."""
    return await run_once(
        page,
        form,
        lambda sent: webhook_endpoints.remove_webhook_endpoint(page.installation, admin, endpoint_id),
        draw,
    )


@router.post("/{endpoint_id}/test")
async def send_test(page: OfOrganization, endpoint_id: EndpointId, form: Posted) -> Response:
    """Try it out, and look what becomes of it."""
    return await run_once(
        page,
        form,
        lambda sent: webhook_endpoints.send_test_event(page.installation, page.admin(), endpoint_id),
        draw,
        f"{page.base}/webhooks/{endpoint_id}",
    )


@router.post("/{endpoint_id}/deliveries/{delivery_id}/replay")
async def replay(
    page: OfOrganization, endpoint_id: EndpointId, delivery_id: DeliveryId, form: Posted
) -> Response:
    """Send something once more."""
    return await run_once(
        page,
        form,
        lambda sent: webhook_endpoints.replay_delivery(
            page.installation, page.admin(), endpoint_id, delivery_id
        ),
        partial(draw_deliveries, endpoint_id=endpoint_id),
    )


@router.post("/{endpoint_id}/replay")
async def replay_since(page: OfOrganization, endpoint_id: EndpointId, form: Posted) -> Response:
    """Send everything once more since a moment; the form's is in UTC."""

    def work(sent: Submitted) -> dict[str, Any]:
        since = sent.first("since")
        body = sent.read(ReplaySince, {"since": f"{since}Z"} if since else None)
        replayed = webhook_endpoints.replay_since(page.installation, page.admin(), endpoint_id, body)
        return replayed.model_dump()

    return await run_once(
        page,
        form,
        work,
        partial(draw_deliveries, endpoint_id=endpoint_id),
        lambda done: f"{page.base}/webhooks/{endpoint_id}?again={done['events']}",
    )
