"""Forms that were posted: carried out once, and shown again with all that was typed when something is wrong."""

from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.console.forms import Submitted
from api.console.kept.drafts import drop_draft
from api.console.page import OrganizationPage, Page
from api.http.idempotency import KEY, AlreadyAnswered, IdempotentRequest, principal_of
from api.http.problems import Problem
from api.queues import in_thread
from api.services.commands import CommandContext, command_context
from api.services.organizations import files
from api.services.organizations.files import Upload
from api.services.views import Done
from words.voice import Sentence

T = TypeVar("T")
P = TypeVar("P", bound=Page)

PATIENCE = 20
"""How often a form that is just being worked on is asked for again, twice a second."""

WITHOUT_KEY = Sentence(
    "Nothing was done: the form came without the hidden part by which it is carried out only once. "
    "Check what you entered below, and send it again."
)

SIGN_IN_FIRST = ("unauthenticated", "recent_sign_in_needed")
"""Problems that lead to the sign-in, and back to the page with what was typed."""


async def submit(
    page: OrganizationPage,
    form: Submitted,
    command: Callable[[CommandContext, Submitted], Awaitable[Done]],
    again: Callable[[OrganizationPage], HTMLResponse],
    then: str | Callable[[Done], str] | None = None,
) -> Response:
    """Have a form's command carried out.

    Args:
        command: a service; it is given the form with its files kept.
        again: draws the page with the form when there is a problem.
        then: where to go when it is done; the page of the form otherwise.
    """
    try:
        request_of(page, form)
        form = await keep_files(page, form)
        page.request.state.form = form
        done = await once(context_of(page, form), form, command)
    except Problem as problem:
        return await show_again(page, form, problem, again)
    await in_thread(drop_draft, page, form)
    where = then(done) if callable(then) else then or page.origin_of(form)
    return RedirectResponse(f"{where}?done={done.document_id}", 303)


async def once(
    context: CommandContext,
    form: Submitted,
    command: Callable[[CommandContext, Submitted], Awaitable[Done]],
) -> Done:
    """Carry a command out; a form that was posted twice gets the one answer twice, whatever holds now."""
    try:
        await in_thread(context.raise_if_answered)
        return await when_not_in_flight(lambda: command(context, form))
    except AlreadyAnswered as before:
        return Done.model_validate(before.response)


async def run_once(
    page: OrganizationPage,
    form: Submitted,
    work: Callable[[Submitted], object],
    again: Callable[[OrganizationPage], HTMLResponse],
    then: str | Callable[[dict[str, Any]], str] | None = None,
) -> Response:
    """Have something done that is no command and keeps no answer: a form that is sent twice does it once.

    Args:
        work: a service; a dictionary that it returns is kept, so nothing that is private.
        then: where to go when it is done, by what was kept; the page of the form otherwise.
    """
    page.request.state.form = form
    try:
        request = request_of(page, form)
        await in_thread(request.raise_if_answered)

        def kept() -> dict[str, Any]:
            done = work(form)
            return done if isinstance(done, dict) else {}

        done = await when_not_in_flight(lambda: in_thread(request.once, kept))
    except AlreadyAnswered as before:
        done = before.response
    except Problem as problem:
        return await show_again(page, form, problem, again)
    return RedirectResponse(then(done) if callable(then) else then or page.origin_of(form), 303)


async def show_secret(
    page: OrganizationPage,
    form: Submitted,
    make: Callable[[IdempotentRequest], Awaitable[T]],
    draw: Callable[[OrganizationPage, T | None], HTMLResponse],
) -> Response:
    """Make a secret and show it on the very page that answers: it is kept nowhere that could show it again."""
    try:
        made = await when_not_in_flight(lambda: make(request_of(page, form)))
    except Problem as problem:
        return await show_again(page, form, problem, lambda shown: draw(shown, None))
    return await in_thread(draw, page, made)


async def show_again(
    page: P, form: Submitted, problem: Problem, again: Callable[[P], HTMLResponse]
) -> HTMLResponse:
    """The page with a form as it was posted and what is wrong with it; nothing typed is lost.

    Raises:
        Problem: where somebody must sign in first.
    """
    if problem.code in SIGN_IN_FIRST:
        raise problem
    return await in_thread(again, page.again(form, problem))


def context_of(page: OrganizationPage, form: Submitted) -> CommandContext:
    """The admin of a page, who asks for something by a form."""
    request = request_of(page, form)
    return command_context(page.request, page.installation, page.admin(), request, form.etag)


def request_of(page: OrganizationPage, form: Submitted) -> IdempotentRequest:
    """A form of an organization's page and its key; 403 for all but admins."""
    admin = page.admin()
    return idempotent_form(page, form, principal_of(admin.organization_id, admin.person))


def idempotent_form(page: Page, form: Submitted, principal: str) -> IdempotentRequest:
    """A form and its key; 400 without a good one."""
    return IdempotentRequest(
        database=page.installation.database,
        principal=principal,
        key=key_of(form),
        route=f"{page.request.method} {page.request.url.path}",
        body_sha256=form.digest(),
    )


def key_of(form: Submitted) -> str:
    """The key of a form; 400 without a good one: sent twice, it would be carried out twice."""
    if form.key is None or not KEY.fullmatch(form.key):
        raise Problem(400, "form_incomplete", WITHOUT_KEY)
    return form.key


async def when_not_in_flight(ask: Callable[[], Awaitable[T]]) -> T:
    """What comes of a form; one that was posted twice waits for the one answer."""
    for _ in range(PATIENCE):
        try:
            return await ask()
        except Problem as problem:
            if problem.code != "idempotency_in_flight":
                raise
        await sleep(0.5)
    return await ask()


async def keep_files(page: OrganizationPage, form: Submitted) -> Submitted:
    """The form with the files that were chosen in it kept; what is wrong with the others is marked."""
    if not form.files:
        return form
    admin = page.admin()
    for name, chosen in form.files.items():
        kept = []
        for file in chosen:
            sent = Upload(await file.read(), file.filename or "", file.content_type or "")
            try:
                kept.append((await files.keep_in_turn(page.installation, admin, sent)).id)
            except Problem as problem:
                form = form.without_file(name, problem)
        form = form.with_files(name, kept) if kept else form
    return form
