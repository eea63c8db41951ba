"""Who gives a command, by which request and under which key."""

from typing import Annotated

from fastapi import Depends, Request

from api.http.idempotency import KeyHeader, NeededKeyHeader, idempotent_request, principal_of
from api.http.parameters import IfMatch
from api.http.problems import Problem
from api.installation import CurrentInstallation, Installation
from api.queues import in_thread
from api.security.organization_access import Admin, OrganizationAdmin
from api.services.commands import CommandContext, command_context
from words.voice import Sentence


async def by_admin(
    request: Request,
    admin: Admin,
    installation: CurrentInstallation,
    key: KeyHeader = None,
    if_match: IfMatch = None,
) -> CommandContext:
    """An admin who asks for something."""
    return await admin_context(request, admin, installation, key, if_match, required=False)


async def by_admin_with_key(
    request: Request,
    admin: Admin,
    installation: CurrentInstallation,
    key: NeededKeyHeader = None,
    if_match: IfMatch = None,
) -> CommandContext:
    """An admin who moves money: only with an Idempotency-Key."""
    return await admin_context(request, admin, installation, key, if_match, required=True)


AdminCommand = Annotated[CommandContext, Depends(by_admin)]
AdminCommandWithKey = Annotated[CommandContext, Depends(by_admin_with_key)]


async def admin_context(
    request: Request,
    admin: OrganizationAdmin,
    installation: Installation,
    key: str | None,
    if_match: str | None,
    required: bool,
) -> CommandContext:
    """An admin, their request and its key; a request that was answered before is answered alike, whatever holds now."""
    await refuse_unexpected_body(request)
    principal = principal_of(admin.organization_id, admin.person)
    request_once = await idempotent_request(request, installation.database, principal, key, required)
    context = command_context(request, installation, admin, request_once, if_match)
    await in_thread(context.raise_if_answered)
    return context


async def refuse_unexpected_body(request: Request) -> None:
    """What takes no body is not given one."""
    route = request.scope.get("route")
    if getattr(route, "body_field", None) is None and (await request.body()).strip() not in (b"", b"{}"):
        raise Problem(422, "unexpected_body", Sentence("Send no body with this request."))
