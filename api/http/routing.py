"""Routers: where an organization's operations are, and the errors that they document."""

from fastapi import APIRouter

from api.http.bodies import StrictRoute
from api.http.problems import documented

ORGANIZATION = "/v1/organizations/{organization_id}"

READ = documented(401, 403, 404, 422, 429, 500, 503)
COMMAND = documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
MATCHED = documented(412, 428)

PATHS: dict[str, str] = {}
"""Where each action of an organization's admin is POSTed, below the organization; the routes say so."""


def takes(action: str, path: str) -> str:
    """A route's path, noted as the place where an action is POSTed; its names stand for the parts of the document's id."""
    PATHS[action] = path
    return path


def organization_router(tag: str) -> APIRouter:
    """A router for a part of an organization."""
    return APIRouter(prefix=ORGANIZATION, tags=[tag], route_class=StrictRoute)
