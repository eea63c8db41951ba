"""The API as a web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from api.console import CONSOLE
from api.console.error_pages import is_page, show_problem
from api.examples import add_examples
from api.http.idempotency import AlreadyAnswered
from api.http.middleware import RequestMiddleware
from api.http.problems import FieldProblem, Problem, accepted_by, answer_problems
from api.http.request_metrics import RequestMetrics
from api.installation import open_installation
from api.outgoing_webhooks import WEBHOOKS
from api.routes.earnings import comparison, game_metrics, statement_downloads, statements
from api.routes.onboarding import contracts, games, verification
from api.routes.organizations import (
    api_keys,
    event_stream,
    files,
    inbox,
    members,
    organizations,
    webhook_endpoints,
)
from api.routes.payments import forecast, invoices, payment_downloads, payout_account, payouts, self_billing
from api.routes.platform import (
    dashboard,
    decisions,
    earning_conflicts,
    health,
    problem_types,
    profile,
    provider_webhooks,
    review_desk,
)
from api.services.platform.figures import figures
from config.settings import Settings
from models.wire.schema_descriptions import describe
from storage.organizations.queries import UnknownCursor
from storage.people.members import NoLongerAdmin
from words.voice import Sentence

LARGEST_BODY = 1024 * 1024
MULTIPART_OVERHEAD = 64 * 1024
FILES_OF_A_FORM = 4
"""How many files of the largest size a page's form may bring at once."""

ROUTERS = (
    health.router,
    profile.router,
    problem_types.router,
    organizations.beginnings,
    organizations.router,
    event_stream.router,
    inbox.router,
    forecast.router,
    verification.router,
    members.router,
    members.joining,
    api_keys.router,
    webhook_endpoints.router,
    files.router,
    contracts.router,
    games.router,
    payout_account.router,
    game_metrics.router,
    statement_downloads.router,  # before the statements, whose ids would take its addresses
    payment_downloads.router,
    statements.router,
    comparison.router,
    invoices.router,
    self_billing.router,
    payouts.router,
    decisions.router,
    dashboard.router,
    review_desk.router,
    earning_conflicts.router,
    provider_webhooks.router,
)

DESCRIPTION = """
From business verification to money in the bank.

* **Sign in** with a bearer token of the OIDC issuer. Only registered admins may use an organization's part.
* **Commands** answer when they are carried out: with the document's new state, and what to do next. A command
  that does not fit where things stand is refused with 409 and `allowed_actions`. Send an `Idempotency-Key`: the same
  request may then be repeated without harm. It is needed wherever money is moved.
* **Errors** are problem documents (RFC 9457); their codes are listed in docs/problems.md.
* **Money** is `{"amount": 12345, "currency": "USD"}`: integers, in minor units. Times are RFC 3339, in UTC, in the
  programme's own calendar unless said otherwise.
* **Lists** give `data` and `has_more`; go on with `starting_after` and the id of the last one.
"""


class Application(FastAPI):
    """An application whose documentation is for readers of the API, and has examples."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; made once."""
        if not self.openapi_schema:
            schema = super().openapi()
            describe(schema)
            add_examples(schema)
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(settings: Settings) -> FastAPI:
    """The whole API for an installation."""
    request_metrics = RequestMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.installation = await open_installation(settings, request_metrics, figures)
        yield

    app = Application(
        title="Monetization",
        summary="Business verification, pay in and pay out for mini games.",
        description=DESCRIPTION,
        version=version("monetization"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        webhooks=WEBHOOKS,
        generate_unique_id_function=operation_id,
    )
    upload_limit = settings.load_policy().file_limit_bytes + MULTIPART_OVERHEAD
    app.add_middleware(
        RequestMiddleware,
        base=settings.api_url,
        request_metrics=request_metrics,
        body_limit=LARGEST_BODY,
        upload_limit=upload_limit,
        form_limit=FILES_OF_A_FORM * upload_limit,
        is_page=is_page,
        show=show_problem,
    )
    answer_problems(app, settings.api_url, is_page, show_problem)

    @app.exception_handler(UnknownCursor)
    async def _(request: Request, error: UnknownCursor) -> JSONResponse:
        unknown = FieldProblem(
            pointer="#query/starting_after",
            code="unknown_cursor",
            detail=Sentence("Nothing in this list has this id."),
        )
        return Problem(422, "invalid_request", errors=[unknown]).response(
            settings.api_url, accepted_by(request)
        )

    @app.exception_handler(AlreadyAnswered)
    async def _(request: Request, error: AlreadyAnswered) -> JSONResponse:
        return JSONResponse(error.response, error.status, {"Idempotency-Replayed": "true"})

    @app.exception_handler(NoLongerAdmin)
    async def _(request: Request, error: NoLongerAdmin) -> JSONResponse:
        gone = Problem(403, "not_an_admin", Sentence("You are no longer an admin of this organization."))
        return gone.response(settings.api_url, accepted_by(request))

    for router in (*ROUTERS, *CONSOLE):
        app.include_router(router)
    return app


def operation_id(route: APIRoute) -> str:
    """Operations are named by their functions."""
    return route.name
