"""A form that was posted without any session: what was typed is handed back, and taken up again after signing in.

Nothing of it is stored before somebody has signed in; until then it is in the page that answered, or in the browser's tab.
"""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted, Submitted
from api.console.login.sign_in import local
from api.console.page import OfPerson, Page, known_as
from api.http.problems import Problem
from api.installation import Installation
from api.queues import in_thread
from api.security.identity import refuse_other_sites
from storage.people import sessions

router = APIRouter(include_in_schema=False)


def hand_back(page: Page, form: Submitted) -> HTMLResponse:
    """The page that says so, with what was typed in it."""
    with page.reading() as session:
        return page.show(
            session,
            "kept.html",
            401,
            kept=form.typed(),
            where=local(form.first("_page")),
            by=form.first("_by"),
        )


def may_be_handed_back(request: Request, installation: Installation, form: Submitted) -> bool:
    """Whether it was typed here: another site's form is not shown as somebody's own."""
    try:
        refuse_other_sites(request, installation.settings.api_url)
    except Problem:
        return False
    return bool(form.typed()) and form.first("_page") is not None


@router.post("/kept")
async def take_up(page: OfPerson, form: Posted) -> Response:
    """Back to the form with what was typed, for the one who typed it."""
    where = local(form.first("_page"))
    if form.first("_by") != known_as(page.person):
        return RedirectResponse(where, 303)

    def park() -> str | None:
        with page.installation.database.transaction() as session:
            return sessions.park(session, page.installation.keyring, page.person.subject, where, form.typed())

    parked = await in_thread(park)
    return RedirectResponse(f"{where}?{urlencode({'parked': parked})}" if parked else where, 303)
