"""One decision for many cases, where nothing differs between them and no money moves."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from api.console import wording
from api.console.forms import Posted, Submitted
from api.console.page import CASE, OfStaff, StaffPage
from api.console.pages.platform.cases import (
    UNDO_SECONDS,
    decide_once,
    names_of_case,
    possible_decisions,
    read_decision,
)
from api.console.pages.platform.queue_filter import AskedQueue, OfQueue
from api.console.submission import key_of, show_again
from api.http.problems import Problem, title_of
from api.security.organization_access import reader_of
from api.services.organization_snapshot import snapshot_of
from api.services.platform import decisions
from api.services.platform.decisions import QueueItem
from words.voice import Sentence

router = APIRouter(prefix="/operators/together", include_in_schema=False)

MOST = 25
"""How many cases are decided at once: a page of the queue."""

NOT_ASKED = ("country", "expires_on")
"""Facts that a provider would bring; people leave them to what was submitted."""


@router.get("")
def choose(
    page: OfStaff,
    asked: OfQueue,
    case: Annotated[list[str] | None, Query(max_length=MOST)] = None,
) -> HTMLResponse:
    """The chosen cases, and the decisions that can be taken for all of them."""
    return draw(page, asked, case or [])


def draw(
    page: StaffPage, asked: AskedQueue, chosen: Sequence[str], refused: Sequence[tuple[str, str]] = ()
) -> HTMLResponse:
    """The same, also after some of them could not be decided.

    Args:
        refused: what could not be decided, and why.
    """
    with page.reading() as session:
        found = decisions.show_cases(session, page.installation, page.staff, split(chosen))
        return page.show(
            session,
            "platform/together.html",
            found=found,
            left_out=len(set(chosen)) - len(found),
            offered=offered(session, page, found),
            refused=refused,
            asked=asked,
            undo_seconds=UNDO_SECONDS,
        )


def split(chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Cases by the ids of their organizations and documents; what names none is left out."""
    parts = (one.partition("/") for one in chosen if CASE.fullmatch(one))
    return [(organization_id, document_id) for organization_id, _, document_id in parts]


def offered(session: Session, page: StaffPage, found: Sequence[QueueItem]) -> list[dict[str, Any]]:
    """The decisions that each of the cases takes, and that need nothing of the one that another has not."""
    if not found or len({(one.document_id.partition("/")[0], one.state) for one in found}) > 1:
        return []
    first = found[0]
    reader = reader_of(session, page.staff.person, first.organization_id)
    snapshot = snapshot_of(session, page.installation, reader)
    document = snapshot.dossier.documents[first.document_id]
    names = names_of_case(session, snapshot, document)
    wording.KNOWN.set(names)
    common = set.intersection(*(set(one.your_actions) for one in found))
    return [
        each
        for each in possible_decisions(page, snapshot, document, names)
        if each["action"] in common
        and each["weight"].can_be_put_off
        and not each["weight"].grave
        and set(each["takes"]) <= set(NOT_ASKED)
    ]


@router.post("")
async def decide(page: OfStaff, asked: OfQueue, form: Posted) -> Response:
    """Decide all of the cases, each by a command of its own; those that cannot be decided are shown again with why."""
    action, chosen = form.first("action") or "", form.fields.get("case", [])[:MOST]
    try:
        key_of(form)
        refused = [
            (one, why)
            for number, one in enumerate(chosen)
            if (why := await decide_one(page, form, number, one))
        ]
    except Problem as problem:
        return await show_again(page, form, problem, partial(draw, asked=asked, chosen=chosen))
    if refused:
        partly = Problem(409, "conflict", Sentence("Some of the cases could not be decided; the others are."))
        again = partial(draw, asked=asked, chosen=[one for one, _ in refused], refused=refused)
        return await show_again(page, form, partly, again)
    if form.first("_quietly"):
        return Response(status_code=204)
    return RedirectResponse(f"/operators{asked.query(decided=action, times=len(chosen))}", 303)


async def decide_one(page: StaffPage, form: Submitted, number: int, case: str) -> str:
    """Decide one of the cases; why it cannot be, if so."""
    etags = form.fields.get("etag", [])
    own = {
        "_key": [f"{form.key}-{number}"],
        "_etag": etags[number : number + 1],
        **{name: form.fields.get(name, []) for name in ("action", "code", "detail")},
    }
    organization_id, _, document_id = case.partition("/")
    try:
        part = replace(form, fields=own)
        decision = read_decision(part, organization_id, document_id, form.first("action") or "")
        await decide_once(page, part, decision)
    except Problem as problem:
        if problem.status_code in (401, 403, 503):
            raise
        return problem.said or title_of(problem.code)
    return ""
