"""The sandbox as a web application: the providers' API, the control API, and the demo's issuer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Header
from pydantic import BaseModel

from models.wire.schema_descriptions import describe
from providers.http.earnings import OrderEvent
from providers.http.reviews import ReviewDecided
from providers.payments.messages import PaymentNews
from sandbox import control, scheduler, webhook_sender
from sandbox.access import RequestLog
from sandbox.problems import PROBLEM, answer_problems
from sandbox.services import desks, earnings, mail, oidc, payments, sign_in, staff, storefront
from sandbox.state import Here, World, authenticate

PROVIDER_ROUTERS = (desks.router, payments.router, earnings.router, mail.router, storefront.router)

PROVIDERS_TITLE = "External systems of the monetization programme"
PROVIDERS = """
What the programme expects of the systems around it: reviews, payments, reports of earnings, mail, the storefront.
The sandbox speaks it; a real back end that speaks it can stand in the sandbox's place (`MONETIZATION_PROVIDER_URL`).

* Every call carries the bearer token, `X-Request-Id`, and where it sends something `Idempotency-Key`.
* A call that sends something may be repeated without limit: the same key is the same thing, for ever.
* What takes time is answered later by webhook to `/v1/webhooks/{desk | payments | orders}`, again and again until
  it is answered 2xx, possibly twice and out of order; asking gives the same answer.
* Errors are problem documents (RFC 9457) with a stable `code`. `429` and `503` may carry `Retry-After`; `503` with
  `X-Not-Processed: true` promises that nothing was done. A reference that was never handed in is `404` with the code
  `unknown_reference`: no other 404 is taken for that.
* A desk that cannot decide says `{document}.refer` with its `reasons`: then people of the platform decide, and nothing
  that it says later counts. The reasons are not told to the organization. Where the programme's policy has people decide,
  a desk is asked nothing; where it has the desk decide alone, `refer` is not accepted.
* Webhooks are signed: `TikTok-Signature: t=<unix seconds>,s=<hex HMAC-SHA256 of "t.body" under the shared secret>`,
  in real time.
* Times of the programme (`at`, `day`) are its own calendar, in UTC.
"""
TAGS = [
    {"name": "reviews", "description": "One desk for each kind of review, all of one shape."},
    {"name": "payments", "description": "Money that leaves, once per idempotency key."},
    {"name": "earnings", "description": "What games have earned, as feeds with cursors."},
    {"name": "notifications", "description": "Mail to the people of an organization."},
    {"name": "storefront", "description": "Which games players can play."},
]


class Health(BaseModel):
    """That the sandbox is up, and what day it is in there."""

    status: str = "ok"
    programme_time: datetime
    seed: int


def create_app(world: World, plays_staff: bool = False) -> FastAPI:
    """The whole sandbox.

    Args:
        plays_staff: somebody of the platform's staff is played, too.
    """
    app = FastAPI(
        title="Monetization sandbox",
        description=f"The outside world in a box; its guide is docs/sandbox.md.\n\n{PROVIDERS}",
        version="1",
        openapi_tags=[*TAGS, {"name": "control", "description": "Look into the sandbox, and make it fail."}],
        lifespan=_lifespan,
    )
    app.state.world, app.state.plays_staff = world, plays_staff
    answer_problems(app)
    app.add_middleware(RequestLog)
    app.include_router(oidc.router)
    app.include_router(sign_in.router)
    app.include_router(control.router, dependencies=[Depends(authenticate)])
    _add_providers(app)

    @app.get("/healthz", tags=["health"])
    def healthz(here: Here) -> Health:
        """Whether the sandbox is up."""
        return Health(programme_time=here.now(), seed=here.seed)

    return app


def provider_schema() -> dict[str, object]:
    """The OpenAPI document of the part that a real back end would stand in for."""
    app = FastAPI(title=PROVIDERS_TITLE, description=PROVIDERS, version="1", openapi_tags=TAGS)
    _add_providers(app)
    schema = app.openapi()
    describe(schema)
    for path in (*schema["paths"].values(), *schema["webhooks"].values()):
        for operation in path.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if PROBLEM in content:
                    content[PROBLEM] = content.pop("application/json")
    return schema


def _add_providers(app: FastAPI) -> None:
    for router in PROVIDER_ROUTERS:
        app.include_router(router, dependencies=[Depends(authenticate)])

    signature = Annotated[str, Header(alias="TikTok-Signature")]

    @app.webhooks.post("{desk}", tags=["reviews"])
    def review_decided(news: ReviewDecided, signature: signature) -> None:
        """A request was decided."""

    @app.webhooks.post("payments", tags=["payments"])
    def payment_moved(news: PaymentNews, signature: signature) -> None:
        """A transfer has arrived, failed or come back."""

    @app.webhooks.post("orders", tags=["earnings"])
    def order_reported(news: OrderEvent, signature: signature) -> None:
        """An order or a refund; not all are told, the feed has all."""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    world: World = app.state.world
    loop = asyncio.get_running_loop()
    stirred = (asyncio.Event(), asyncio.Event())

    def stir() -> None:
        for event in stirred:
            loop.call_soon_threadsafe(event.set)

    world.stir = stir
    oidc.ensure_key(world)
    tasks = [
        asyncio.create_task(scheduler.run(world, stirred[0])),
        asyncio.create_task(webhook_sender.deliver(world, stirred[1])),
        *([asyncio.create_task(staff.work(world))] if app.state.plays_staff else []),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        world.store.close()
