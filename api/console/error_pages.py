"""Problems as pages: what happened, for a person, and what to do now."""

from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import submitted
from api.console.kept.handed_back import hand_back, may_be_handed_back
from api.console.login.sign_in import local, sign_in_path
from api.console.page import Page
from api.http.problems import Problem, title_of
from api.installation import Installation, installation_of
from api.security.identity import SESSION_COOKIE, shown_by
from api.security.rate_limits import network_of
from storage.people import sessions

PROGRAMS = ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/problems/")
"""Where programs are answered, whatever they say that they accept."""


def is_page(request: Request) -> bool:
    """Whether a person looks at the answer: browsers say that they accept HTML."""
    asks_for_html = "text/html" in request.headers.get("accept", "")
    return asks_for_html and not request.url.path.startswith(PROGRAMS)


async def show_problem(request: Request, problem: Problem) -> Response:
    """What a person is shown instead of what they asked for; whoever must sign in first is sent there."""
    installation = installation_of(request)
    if problem.code in ("unauthenticated", "recent_sign_in_needed"):
        return await send_to_sign_in(request, installation, again=problem.code == "recent_sign_in_needed")
    if problem.code == "method_not_allowed" and request.method == "GET":
        # The address of a form's command, typed or reloaded: the page that it stands on.
        return RedirectResponse(local(request.url.path.rpartition("/")[0]), 303)
    page = Page(request=request, installation=installation)
    shown = await installation.queues.lookups.run(shown_by(request), draw, page, problem)
    for name, value in (problem.headers or {}).items():
        if name.lower() != "www-authenticate":
            shown.headers[name] = value
    return shown


def draw(page: Page, problem: Problem) -> HTMLResponse:
    """What happened, for a person."""
    with page.reading() as session:
        return page.show(
            session,
            "problem.html",
            problem.status_code,
            code=problem.code,
            title=title_of(problem.code),
            detail=problem.said,
            request_id=getattr(page.request.state, "request_id", ""),
        )


async def send_to_sign_in(request: Request, installation: Installation, again: bool) -> Response:
    """To the sign-in, and back to the same page; what was typed waits there."""
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(sign_in_path(local(request.url.path + query), again), 303)
    form = getattr(request.state, "form", None) or await submitted(request)
    back = local(form.first("_page"))
    secret = request.cookies.get(SESSION_COOKIE, "")

    def park() -> tuple[bool, str | None]:
        with installation.database.transaction() as session:
            subject = sessions.ended(session, secret)
            if subject is None:
                return False, None
            return True, sessions.park(session, installation.keyring, subject, back, form.typed())

    known, parked = await installation.queues.sessions.run(network_of(request), park)
    if not known and may_be_handed_back(request, installation, form):
        page = Page(request=request, installation=installation)
        return await installation.queues.lookups.run(shown_by(request), hand_back, page, form)
    if parked:
        back += ("&" if "?" in back else "?") + urlencode({"parked": parked})
    return RedirectResponse(sign_in_path(back, again), 303)
