"""Webhooks: the organization's own addresses that are told of what happens, and what they were told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page
from api.http.problems import Problem, not_found
from api.queues import in_thread
from api.routes.organizations import webhook_endpoints as api
from api.routes.organizations.webhook_endpoints import DeliveryId, EndpointId, WebhookSecret
from api.security.identity import JustSignedIn, Reader
from api.services.commands import Asking
from models.webhooks import CHOICES
from storage.webhooks import deliveries

router = APIRouter(prefix="/organizations/{organization_id}/webhooks", include_in_schema=False)

PAGE = 30


def reader_of(page: Page) -> Reader:
    """Who looks at the page."""
    assert page.reader is not None
    return page.reader


def draw(page: Page, made: WebhookSecret | None = None) -> HTMLResponse:
    """All endpoints; the secret of one that was made just now."""
    endpoints = api.list_webhook_endpoints(reader_of(page), page.here)
    return page.show(
        "organization/webhooks.html",
        endpoints=endpoints,
        made=made,
        events={kind: f"{kind}: {kind.meaning}" for kind in CHOICES},
    )


def draw_deliveries(
    page: Page, endpoint_id: str, after: str | None = None, again: int | None = None
) -> HTMLResponse:
    """One endpoint, and what it was told."""
    reader = reader_of(page)
    found = [one for one in api.list_webhook_endpoints(reader, page.here) if one.id == endpoint_id]
    if not found:
        raise not_found("This webhook endpoint")
    view = api.list_deliveries(reader, page.here, endpoint_id, PAGE, after)
    return page.show("organization/deliveries.html", endpoint=found[0], view=view, again=again)


@router.get("")
def show_endpoints(page: OrganizationPage) -> HTMLResponse:
    """The endpoints."""
    return draw(page)


@router.get("/{endpoint_id}")
def show_deliveries(
    page: OrganizationPage,
    endpoint_id: EndpointId,
    after: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = "",
    again: Annotated[int | None, Query(ge=0, le=deliveries.MOST_REPLAYED)] = None,
) -> HTMLResponse:
    """What an endpoint was told.

    Args:
        again: how many events were just asked to be sent once more.
    """
    return draw_deliveries(page, endpoint_id, after or None, again)


async def with_secret(
    page: Page, form: Submitted, act: Callable[[Asking, Submitted], Awaitable[WebhookSecret]]
) -> Response:
    """Make a secret and show it on the very page that answers: it is kept nowhere that could show it again."""
    try:
        made = await page.once(form, act)
    except Problem as problem:
        if problem.code in ("unauthenticated", "recent_sign_in_needed"):
            raise
        return await in_thread(draw, replace(page, posted=form, problem=problem))
    return await in_thread(draw, page, made)


@router.post("")
async def add(page: OrganizationPage, form: Posted, person: JustSignedIn) -> Response:
    """Register an address."""

    async def act(asking: Asking, sent: Submitted) -> WebhookSecret:
        body = sent.read(api.NewWebhookEndpoint)
        return await api.make_webhook_endpoint(asking.keyed, reader_of(page), person, page.here, body)

    return await with_secret(page, form, act)


@router.post("/{endpoint_id}/rotate-secret")
async def rotate(
    page: OrganizationPage, endpoint_id: EndpointId, form: Posted, person: JustSignedIn
) -> Response:
    """Make a new secret."""

    async def act(asking: Asking, sent: Submitted) -> WebhookSecret:
        return await in_thread(
            api.rotate_webhook_secret, asking.keyed, reader_of(page), person, page.here, endpoint_id
        )

    return await with_secret(page, form, act)


async def change(
    page: Page,
    form: Submitted,
    how: Callable[[Reader], object],
    again: Callable[[Page], HTMLResponse] = draw,
) -> Response:
    """Have an endpoint changed."""

    def work(admin: Reader, sent: Submitted) -> None:
        how(admin)

    return await page.carry_out_once(form, work, again)


@router.post("/{endpoint_id}/enable")
async def enable(
    page: OrganizationPage, endpoint_id: EndpointId, form: Posted, person: JustSignedIn
) -> Response:
    """Tell it again."""
    return await change(
        page,
        form,
        lambda admin: api.enable_webhook_endpoint(admin, person, page.here, endpoint_id),
    )


@router.post("/{endpoint_id}/disable")
async def disable(
    page: OrganizationPage, endpoint_id: EndpointId, form: Posted, person: JustSignedIn
) -> Response:
    """Tell it no more."""
    return await change(
        page,
        form,
        lambda admin: api.disable_webhook_endpoint(admin, person, page.here, endpoint_id),
    )


@router.post("/{endpoint_id}/remove")
async def remove(
    page: OrganizationPage, endpoint_id: EndpointId, form: Posted, person: JustSignedIn
) -> Response:
    """Forget it."""
    return await change(
        page,
        form,
        lambda admin: api.remove_webhook_endpoint(admin, person, page.here, endpoint_id),
    )


@router.post("/{endpoint_id}/test")
async def send_test(page: OrganizationPage, endpoint_id: EndpointId, form: Posted) -> Response:
    """Try it out, and look what becomes of it."""

    def work(admin: Reader, sent: Submitted) -> None:
        api.try_webhook_endpoint(admin, admin.person, page.here, endpoint_id)

    return await page.carry_out_once(form, work, draw, f"{page.base}/webhooks/{endpoint_id}")


@router.post("/{endpoint_id}/deliveries/{delivery_id}/replay")
async def replay(
    page: OrganizationPage, endpoint_id: EndpointId, delivery_id: DeliveryId, form: Posted
) -> Response:
    """Send something once more."""
    return await change(
        page,
        form,
        lambda admin: api.replay_delivery(admin, admin.person, page.here, endpoint_id, delivery_id),
        lambda shown: draw_deliveries(shown, endpoint_id),
    )


@router.post("/{endpoint_id}/replay")
async def replay_since(page: OrganizationPage, endpoint_id: EndpointId, form: Posted) -> Response:
    """Send everything once more since a moment; the form's is in UTC."""

    def work(admin: Reader, sent: Submitted) -> dict[str, Any]:
        since = sent.first("since")
        body = sent.read(api.ReplaySince, {"since": f"{since}Z"} if since else None)
        return api.replay_since(admin, admin.person, page.here, endpoint_id, body).model_dump()

    return await page.carry_out_once(
        form,
        work,
        lambda shown: draw_deliveries(shown, endpoint_id),
        lambda done: f"{page.base}/webhooks/{endpoint_id}?again={done['events']}",
    )
