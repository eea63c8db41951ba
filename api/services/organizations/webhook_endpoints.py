"""Webhook endpoints: addresses of an organization's own that are told of what happens to its documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session

from api.http.bodies import Body, Moment, unique
from api.http.idempotency import IdempotentRequest
from api.http.problems import FieldProblem, Problem, not_found
from api.installation import Installation
from api.queues import in_thread
from api.security.organization_access import AdminInPerson, RecentAdmin
from api.services.views import Paged
from lifecycle.webhook_types import nearest
from models.tables import WebhookDeliveryRow, WebhookEndpointRow, real_now
from models.webhooks import CHOICES
from providers.webhooks.sender import Outgoing
from providers.webhooks.target import LONGEST_URL, BadTarget
from storage.webhooks import deliveries, endpoints
from words.voice import Sentence


def _known(name: str) -> str:
    if name in CHOICES:
        return name
    meant = nearest(name)
    raise ValueError(
        Sentence(
            "This is no type of webhook; the nearest is {meant}. docs/webhooks.md lists them.", meant=meant
        )
        if meant
        else Sentence("This is no type of webhook; docs/webhooks.md lists them.")
    )


Event = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(CHOICES)})]


class WebhookEndpointView(BaseModel):
    """An endpoint (real time); its secret was shown when it was made.

    Attributes:
        events: the types of webhooks that it is sent; all of them when it is empty.
        previous_secret_until: until when webhooks are signed with the secret before, too.
        disabled_because: `admin`, `gone` (it answered 410), `failing` or `left` (its maker is no longer an admin);
            empty while it is told.
    """

    id: str
    url: str
    events: list[str]
    made_by: str
    made_at: datetime
    previous_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str


class NewWebhookEndpoint(Body):
    """Where to send what happens; HTTPS, a public name, port 443 or one above 1023."""

    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    events: Annotated[
        list[Event],
        Field(default_factory=list, max_length=len(CHOICES), description="all of them when it is empty"),
        AfterValidator(unique),
    ]


class WebhookSecret(WebhookEndpointView):
    """An endpoint with its new secret, which is shown this once and never again."""

    secret: str


class DeliveryView(BaseModel):
    """An event for an endpoint, and what became of it (real time).

    Attributes:
        id: of the delivery; `event_id` is the `webhook-id` that the receiver sees.
        tries: how often it was tried since it was last asked for.
        next_try_at: when it is tried next, at the earliest; none when it is not.
        status_code: what the receiver answered last, if it did.
        code: why the last try failed.
    """

    id: str
    event_id: str
    type: str
    document_id: str
    made_at: datetime
    state: Literal["waiting", "delivered", "failed"]
    tries: int
    tried_at: datetime | None
    delivered_at: datetime | None
    next_try_at: datetime | None
    status_code: int | None
    code: str


class ReplaySince(Body):
    """From when on everything is to be sent once more (real time; at most 30 days back)."""

    since: Moment


class Replayed(BaseModel):
    """How many events are sent once more; at most 5,000 at once, the oldest first."""

    events: int


def show_endpoint(row: WebhookEndpointRow) -> WebhookEndpointView:
    """An endpoint without its secret."""
    both = row.previous_until is not None and row.previous_until > real_now()
    return WebhookEndpointView(
        id=row.id,
        url=row.url,
        events=row.events,
        made_by=row.made_by,
        made_at=row.made_at,
        previous_secret_until=row.previous_until if both else None,
        disabled_at=row.disabled_at,
        disabled_because=row.disabled_because,
    )


def show_delivery(row: WebhookDeliveryRow) -> DeliveryView:
    """A delivery, without what was sent."""
    state: Literal["waiting", "delivered", "failed"] = "failed" if row.code else "delivered"
    return DeliveryView(
        id=str(row.id),
        event_id=row.event_id,
        type=row.type,
        document_id=row.document_id,
        made_at=row.made_at,
        state="waiting" if row.due_at else state,
        tries=row.tries,
        tried_at=row.tried_at,
        delivered_at=row.delivered_at,
        next_try_at=row.due_at,
        status_code=row.status,
        code=row.code,
    )


def list_webhook_endpoints(session: Session, organization_id: str) -> list[WebhookEndpointView]:
    """The organization's endpoints, the oldest first."""
    return [show_endpoint(row) for row in endpoints.endpoints(session, organization_id)]


def find_endpoint(session: Session, organization_id: str, endpoint_id: str) -> WebhookEndpointRow:
    """The endpoint of the organization; 404 when there is none."""
    row = endpoints.find(session, organization_id, endpoint_id)
    if row is None:
        raise not_found(Sentence("This webhook endpoint does not exist here."))
    return row


@contextmanager
def changing(
    installation: Installation, admin: AdminInPerson, endpoint_id: str
) -> Iterator[tuple[Session, WebhookEndpointRow]]:
    """An endpoint, to be changed in one transaction."""
    with installation.database.transaction() as session:
        yield session, find_endpoint(session, admin.organization_id, endpoint_id)
        session.flush()


async def make_webhook_endpoint(
    installation: Installation, admin: RecentAdmin, request: IdempotentRequest, body: NewWebhookEndpoint
) -> WebhookSecret:
    """Register an address whose name leads to a public host; its secret is shown this once."""
    await in_thread(request.refuse_shown)
    try:
        await Outgoing(installation.settings.webhooks_allow_local).check(body.url)
    except BadTarget as error:
        mark = FieldProblem(pointer="/url", code=error.code, detail=error.why)
        raise Problem(422, "invalid_request", errors=[mark]) from None
    return await in_thread(keep_endpoint, installation, admin, request, body)


def keep_endpoint(
    installation: Installation, admin: RecentAdmin, request: IdempotentRequest, body: NewWebhookEndpoint
) -> WebhookSecret:
    """Keep an endpoint whose address is good."""
    try:
        with installation.database.transaction() as session:
            request.begin_secret(session)
            row, secret = endpoints.make(
                session,
                installation.keyring,
                admin.organization_id,
                body.url,
                list(body.events),
                admin.person.subject,
            )
            request.finish(session, 201, {"id": row.id})
            return WebhookSecret(**show_endpoint(row).model_dump(), secret=secret)
    except endpoints.SameAddress:
        raise Problem(409, "endpoint_exists", Sentence("This address is registered already.")) from None
    except endpoints.TooManyEndpoints:
        most = endpoints.MOST_ENDPOINTS
        raise Problem(
            409,
            "too_many_endpoints",
            Sentence("There are {count} already; remove one that is no longer needed.", count=most),
        ) from None


def rotate_webhook_secret(
    installation: Installation, admin: RecentAdmin, request: IdempotentRequest, endpoint_id: str
) -> WebhookSecret:
    """Make a new secret; for 24 hours every webhook is signed with the one before as well."""
    request.refuse_shown()
    with changing(installation, admin, endpoint_id) as (session, row):
        request.begin_secret(session)
        request.finish(session, 200, {"id": row.id})
        secret = endpoints.rotate(session, installation.keyring, row, admin.person.subject)
        return WebhookSecret(**show_endpoint(row).model_dump(), secret=secret)


def enable_webhook_endpoint(
    installation: Installation, admin: RecentAdmin, endpoint_id: str
) -> WebhookEndpointView:
    """Tell it again, of what happens from now on."""
    with changing(installation, admin, endpoint_id) as (session, row):
        endpoints.enable(session, row, admin.person.subject)
        return show_endpoint(row)


def disable_webhook_endpoint(
    installation: Installation, admin: RecentAdmin, endpoint_id: str
) -> WebhookEndpointView:
    """Tell it no more, until it is enabled again."""
    with changing(installation, admin, endpoint_id) as (session, row):
        endpoints.disable(session, row, "admin", admin.person.subject)
        return show_endpoint(row)


def remove_webhook_endpoint(
    installation: Installation, admin: RecentAdmin, endpoint_id: str
) -> WebhookEndpointView:
    """Forget it, its secret and what was sent to it."""
    with changing(installation, admin, endpoint_id) as (session, row):
        view = show_endpoint(row)
        endpoints.remove(session, row, admin.person.subject)
        return view


def send_test_event(installation: Installation, admin: AdminInPerson, endpoint_id: str) -> DeliveryView:
    """Send it the event ``webhook.test``, once."""
    with changing(installation, admin, endpoint_id) as (session, row):
        refuse_disabled(row)
        return show_delivery(deliveries.test(session, row))


def list_deliveries(
    session: Session, organization_id: str, endpoint_id: str, limit: int, after: int | None = None
) -> Paged[DeliveryView]:
    """What it was told in the last 30 days, the newest first, and what became of it."""
    row = find_endpoint(session, organization_id, endpoint_id)
    page = deliveries.deliveries(session, row, limit, after)
    return Paged(data=[show_delivery(item) for item in page.data], has_more=page.has_more)


def replay_delivery(
    installation: Installation, admin: AdminInPerson, endpoint_id: str, delivery_id: str
) -> DeliveryView:
    """Send it once more, with the same ``webhook-id``."""
    with changing(installation, admin, endpoint_id) as (session, row):
        refuse_disabled(row)
        delivery = deliveries.replay(session, row, int(delivery_id))
        if delivery is None:
            raise not_found(Sentence("This delivery does not exist here."))
        return show_delivery(delivery)


def replay_since(
    installation: Installation, admin: AdminInPerson, endpoint_id: str, body: ReplaySince
) -> Replayed:
    """Send everything once more that has happened since a moment."""
    with changing(installation, admin, endpoint_id) as (session, row):
        refuse_disabled(row)
        return Replayed(events=deliveries.replay_since(session, row, body.since))


def refuse_disabled(row: WebhookEndpointRow) -> None:
    """409 for an endpoint to which nothing is sent now."""
    if row.disabled_at is not None:
        raise Problem(409, "endpoint_disabled", Sentence("Nothing is sent to it now; enable it first."))
