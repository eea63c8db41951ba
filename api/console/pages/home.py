"""The way in: which organization, or a new one."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted
from api.console.page import OwnPage, Page, answered_once
from api.http.problems import Problem
from api.installation import Here
from api.queues import in_thread
from api.routes.organizations import organizations
from api.security.identity import shown_by
from storage.people.roles import organizations_of, staff_roles

router = APIRouter(include_in_schema=False)


@router.get("/")
def front(page: OwnPage) -> Response:
    """To the only organization of the one who is signed in, to the staff's queue, or to the choice."""
    assert page.person is not None
    with page.here.database.reading() as session:
        own = organizations_of(session, page.person.subject)
        roles = staff_roles(session, page.person.subject)
    if len(own) == 1 and not roles:
        return RedirectResponse(f"/organizations/{own[0].id}", 303)
    return RedirectResponse("/operators" if roles and not own else "/organizations", 303)


@router.get("/organizations")
def choose(page: OwnPage) -> HTMLResponse:
    """Which organization."""
    return page.show("home.html")


@router.post("/organizations")
async def begin(request: Request, page: OwnPage, here: Here, form: Posted) -> Response:
    """Begin an organization."""
    assert page.person is not None
    try:
        body = form.read(organizations.NewOrganization)
        person = page.person
        made = await answered_once(
            lambda: organizations.create(request, Response(), person, here, body, form.key)
        )
    except Problem as problem:
        again = Page(request, here, page.person, posted=form, problem=problem)
        return await in_thread(again.show, "home.html")
    return RedirectResponse(f"/organizations/{made.id}", 303)


@router.get("/signed-out")
async def signed_out(request: Request, here: Here) -> HTMLResponse:
    """After signing out."""
    return await here.queues.lookups.run(shown_by(request), Page(request, here).show, "signed_out.html")
