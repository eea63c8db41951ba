"""The way in: which organization, or a new one."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Posted
from api.console.page import OfAnybody, OfPerson, PersonalPage
from api.console.submission import idempotent_form, show_again, when_not_in_flight
from api.http.problems import Problem
from api.security.identity import shown_by
from api.services.organizations.organizations import NewOrganization, found_organization
from storage.people.roles import organizations_of, staff_roles

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(page: OfPerson) -> Response:
    """To the only organization of the one who is signed in, to the staff's queue, or to the choice."""
    with page.reading() as session:
        own = organizations_of(session, page.person.subject)
        roles = staff_roles(session, page.person.subject)
    if len(own) == 1 and not roles:
        return RedirectResponse(f"/organizations/{own[0].id}", 303)
    return RedirectResponse("/operators" if roles and not own else "/organizations", 303)


def draw(page: PersonalPage) -> HTMLResponse:
    """The organizations to choose from, with the form of a new one."""
    with page.reading() as session:
        return page.show(session, "home.html")


@router.get("/organizations")
def choose(page: OfPerson) -> HTMLResponse:
    """Which organization."""
    return draw(page)


@router.post("/organizations")
async def begin(page: OfPerson, form: Posted) -> Response:
    """Begin an organization."""
    try:
        body = form.read(NewOrganization)
        request = idempotent_form(page, form, f"new/{page.person.subject}")
        founded = await when_not_in_flight(
            lambda: found_organization(page.installation, page.person, request, body)
        )
    except Problem as problem:
        return await show_again(page, form, problem, draw)
    return RedirectResponse(f"/organizations/{founded.view.id}", 303)


@router.get("/signed-out")
async def signed_out(page: OfAnybody) -> HTMLResponse:
    """After signing out."""

    def draw() -> HTMLResponse:
        with page.reading() as session:
            return page.show(session, "signed_out.html")

    return await page.installation.queues.lookups.run(shown_by(page.request), draw)
