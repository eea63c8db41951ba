"""The inbox: what the organization's admins are told, and how far one of them has read."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OrganizationPage, Page
from api.queues import in_thread
from api.routes.organizations import inbox
from api.security.identity import act_for_organization
from api.services.commands import Asking

router = APIRouter(prefix="/organizations/{organization_id}/inbox", include_in_schema=False)

PAGE = 30


def draw(page: Page, after: str | None = None) -> HTMLResponse:
    """What the admins were told, the newest first."""
    assert page.reader is not None
    return page.show(
        "organization/inbox.html", view=inbox.list_notifications(page.reader, page.here, PAGE, after)
    )


@router.get("")
def show_inbox(
    page: OrganizationPage, after: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = ""
) -> HTMLResponse:
    """The inbox."""
    return draw(page, after or None)


@router.post("/read")
async def read_all(page: OrganizationPage, form: Posted) -> Response:
    """Mark everything as read that the page showed."""

    async def act(asking: Asking, sent: Submitted) -> Any:
        assert page.reader is not None
        admin, body = act_for_organization(page.reader), sent.read(inbox.ReadUpTo)
        await in_thread(inbox.read_notifications, admin, admin.person, page.here, body)

    return await page.carry_out(form, act, draw)
