"""Where an admin does what: the address of each action."""

import re

from pydantic import BaseModel

from api.http.routing import ORGANIZATION, PATHS
from models.commands import AllowedAction

PLACE = re.compile(r"\{\w+\}")


class Link(BaseModel):
    """Something that an admin can do now, and where it is POSTed."""

    action: str
    path: str


def link(organization_id: str, allowed: AllowedAction) -> Link:
    """The address of an action of an organization."""
    parts = iter(allowed.document_id.split("/")[1:])
    path = PLACE.sub(lambda _: next(parts), PATHS[allowed.action])
    return Link(action=allowed.action, path=ORGANIZATION.format(organization_id=organization_id) + path)
