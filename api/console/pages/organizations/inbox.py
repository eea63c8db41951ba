"""The inbox: what the organization's admins are told, and how far one of them has read."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from api.console.forms import Posted, Submitted
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import run_once
from api.services.organizations import inbox
from api.services.organizations.inbox import ReadUpTo

router = APIRouter(prefix="/organizations/{organization_id}/inbox", include_in_schema=False)

PAGE = 30


def draw(page: OrganizationPage, after: str = "") -> HTMLResponse:
    """What the admins were told, the newest first."""
    with page.reading() as session:
        view = inbox.show_inbox(session, page.reader, PAGE, int(after) if after else None)
        return page.show(session, "organizations/inbox.html", view=view)


@router.get("")
def show_inbox(
    page: OfOrganization, after: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = ""
) -> HTMLResponse:
    """The inbox."""
    return draw(page, after)


@router.post("/read")
async def read_all(page: OfOrganization, form: Posted) -> Response:
    """Mark everything as read that the page showed."""

    def work(sent: Submitted) -> None:
        inbox.note_read(page.installation, page.admin(), sent.read(ReadUpTo))

    return await run_once(page, form, work, draw)
