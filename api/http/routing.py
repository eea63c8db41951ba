"""Lists: a part at a time, and the filters that they share."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.http.bodies import StrictRoute
from api.http.problems import documented

Limit = Annotated[int, Query(ge=1, le=100, description="how many at most")]
StartingAfter = Annotated[
    str | None,
    Query(pattern=r"^[0-9A-Za-z_/]{1,200}$", description="the id of the last one you have: what follows it"),
]

GameId = Annotated[str, Path(pattern=r"^game_[0-9A-Za-z]{1,40}$")]
StatementId = Annotated[str, Path(pattern=r"^st_[0-9A-Za-z]{1,40}$")]
InvoiceId = Annotated[str, Path(pattern=r"^inv_[0-9A-Za-z]{1,40}$")]

ORGANIZATION = "/v1/organizations/{organization_id}"

READ = documented(401, 403, 404, 422, 429, 500, 503)
COMMAND = documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
MATCHED = documented(412, 428)


def organization_router(tag: str) -> APIRouter:
    """A router for a part of an organization."""
    return APIRouter(prefix=ORGANIZATION, tags=[tag], route_class=StrictRoute)
