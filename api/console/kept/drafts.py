"""Drafts: what has been typed into a long form is kept until it is submitted, also by a browser without script."""

from collections.abc import Mapping

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.console.forms import Posted, Submitted
from api.console.page import LONG_FORMS, OfOrganization, OrganizationPage
from api.http.problems import Problem
from api.queues import in_thread
from storage.people import drafts
from words.voice import Sentence

router = APIRouter(prefix="/organizations/{organization_id}/drafts", include_in_schema=False)


@router.post("")
async def save(page: OfOrganization, form: Posted) -> Response:
    """Keep what stands in a form now; files are kept when a step is finished. 204, or back to the page."""

    def keep() -> None:
        with page.reading() as session:
            before = page.draft_at(session, page.origin_of(form))
        keep_draft(page, form, beside(before, form))

    await in_thread(keep)
    if form.first("_quietly"):
        return Response(status_code=204)
    return RedirectResponse(page.origin_of(form), 303)


@router.post("/discard")
async def discard(page: OfOrganization, form: Posted) -> Response:
    """Begin the form anew."""
    await in_thread(drop_draft, page, form)
    return RedirectResponse(page.origin_of(form), 303)


def beside(before: Mapping[str, list[str]], form: Submitted) -> dict[str, list[str]]:
    """What was typed before into other parts of a form, with what is typed into some now."""
    parts = {name.partition(".")[0] for name in form.typed()}
    others = {name: texts for name, texts in before.items() if name.partition(".")[0] not in parts}
    return {**others, **form.typed()}


def keep_draft(page: OrganizationPage, form: Submitted, fields: Mapping[str, list[str]]) -> None:
    """Keep what an admin has typed into one of their organization's long forms; 422 for any other page."""
    subject, path = page.admin().person.subject, page.origin_of(form)
    if not is_long(page, path):
        raise Problem(422, "invalid_request", Sentence("Nothing is kept of this form."))
    with page.installation.database.transaction() as session:
        drafts.save(session, page.installation.keyring, subject, path, dict(fields))


def drop_draft(page: OrganizationPage, form: Submitted) -> None:
    """Forget what was typed, where it was kept."""
    subject, path = page.admin().person.subject, page.origin_of(form)
    if is_long(page, path):
        with page.installation.database.transaction() as session:
            drafts.drop(session, subject, path)


def is_long(page: OrganizationPage, path: str) -> bool:
    """Whether a page of the organization has a long form."""
    return path.startswith(page.base) and path.removeprefix(page.base) in LONG_FORMS
