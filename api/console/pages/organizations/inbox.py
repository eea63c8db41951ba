"""The inbox: what the organization's admins are told, and how far one of them has read."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from api.console import wording
from api.console.forms import Posted, Submitted
from api.console.page import OfOrganization, OrganizationPage
from api.console.submission import run_once
from api.services.organizations import inbox
from api.services.organizations.inbox import InboxView, ReadUpTo
from api.services.organizations.timeline import documents_called
from storage.organizations import queries
from words.voice import Later, Names

router = APIRouter(prefix="/organizations/{organization_id}/inbox", include_in_schema=False)

PAGE = 30


def names_for(session: Session, organization_id: str, view: InboxView) -> Names:
    """What the things are called that the admins were told about."""
    return Names(
        games=Later(lambda: queries.game_names(session, organization_id)),
        documents=documents_called(session, organization_id, {one.document_id for one in view.data}),
    )


def draw(page: OrganizationPage, after: str = "") -> HTMLResponse:
    """What the admins were told, the newest first."""
    with page.reading() as session:
        view = inbox.show_inbox(session, page.reader, PAGE, int(after) if after else None)
        wording.KNOWN.set(names_for(session, page.reader.organization_id, view))
        return page.show(session, "organizations/inbox.html", view=view, lines=inbox.folded(view))


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
