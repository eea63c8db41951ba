"""Routers: where an organization's operations are, and the errors that they document."""

from fastapi import APIRouter

from api.http.bodies import StrictRoute
from api.http.problems import documented

ORGANIZATION = "/v1/organizations/{organization_id}"

READ = documented(401, 403, 404, 422, 429, 500, 503)
COMMAND = documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
MATCHED = documented(412, 428)


def organization_router(tag: str) -> APIRouter:
    """A router for a part of an organization."""
    return APIRouter(prefix=ORGANIZATION, tags=[tag], route_class=StrictRoute)
