"""Cases: what one is about, its evidence, what may be decided, and the way from each to the next."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sqlmodel import Session

from api.console import wording
from api.console.forms import Posted, Submitted, amount_of, marks
from api.console.kept import ticks
from api.console.login.sign_in import local
from api.console.page import OfStaff, StaffPage
from api.console.pages.platform.queue_filter import AskedQueue, OfQueue
from api.console.submission import idempotent_form, show_again, when_not_in_flight
from api.http.idempotency import AlreadyAnswered, principal_of
from api.http.parameters import FileIdInPath, QueueCursor
from api.http.problems import Problem, not_found
from api.queues import in_thread
from api.security.organization_access import OrganizationId, reader_of
from api.security.staff_access import refuse_onlookers
from api.services.commands import command_context
from api.services.organization_snapshot import OrganizationSnapshot, snapshot_of
from api.services.organizations import files
from api.services.organizations.timeline import show_timeline
from api.services.platform import decisions, replacement, review_desk
from api.services.platform.decisions import Decision
from api.services.platform.replacement import REPLACE
from api.services.platform.review_desk import Case
from api.services.views import FormView
from config.settings import Settings
from forms.findings import Finding
from lifecycle import in_words
from lifecycle.machines import MACHINES, RULES
from lifecycle.views.verdicts import weigh
from models.documents import AnyDocument, Invoice, Payout, Statement
from models.identity import DocumentId, payout_document_id
from storage.organizations import queries
from storage.organizations.submissions import earlier
from storage.people import staff_desk
from storage.people.members import members
from storage.people.review_queue import Place
from storage.people.roles import staff_names
from words.things import amount_of as money_of
from words.voice import Names, Sentence
from workflows.inputs import organization_workflow_id

router = APIRouter(prefix="/operators", include_in_schema=False)

PAGE = 25
UNDO_SECONDS = 10
"""How long a decision by which no money moves can be taken back before the page sends it."""

ONE_OF_EACH = ("verification", "qualification", "payout_account")
"""Kinds of documents of which an organization has one: what it submitted before is of the same document."""


@router.get("/next")
def next_case(
    page: OfStaff,
    asked: OfQueue,
    after: QueueCursor = None,
    since: datetime | None = None,
    urgent: bool = False,
    decided: Annotated[str, Query(max_length=100)] = "",
) -> RedirectResponse:
    """The next case of the same part of the queue; the queue, at its end.

    Args:
        after: the case from which somebody comes; with ``since`` and ``urgent``, the place in the queue that it had.
        decided: what they have decided there.
    """
    place = None
    if after and since and since.tzinfo:
        organization_id, _, document_id = after.partition("/")
        place = Place(urgent, since, organization_id, document_id)
    with page.reading() as session:
        found = decisions.next_case(session, page.staff, asked.wanted, place)
    more = {"decided": decided, "case": after} if decided else {}
    return RedirectResponse(
        (f"/operators/cases/{found}" if found else "/operators") + asked.query(**more), 303
    )


def way_on(asked: AskedQueue, this: str, place: Place | None) -> str:
    """The address that leads from a case to the next one."""
    stood = {"since": place.since.isoformat(), "urgent": place.urgent} if place else {}
    return f"/operators/next{asked.query(after=this, **stood)}"


@router.get("/files/{organization_id}/{file_id}")
def show_file(page: OfStaff, organization_id: OrganizationId, file_id: FileIdInPath) -> Response:
    """A file to be looked at beside its case; what it is was found out when it was uploaded."""
    with page.reading() as session:
        reader_of(session, page.staff.person, organization_id)
    row, content = files.read_file(page.installation, organization_id, file_id)
    policy = SEEN_IMAGE if row.content_type.startswith("image/") else SEEN_PDF
    headers = {"Content-Disposition": "inline", "Content-Security-Policy": policy}
    return Response(content, media_type=row.content_type, headers=headers)


SEEN_IMAGE = "sandbox; default-src 'none'; frame-ancestors 'self'"
SEEN_PDF = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
"""Browsers show no PDF in a sandbox; those with scripts or actions are not taken in the first place."""


@router.get("/cases/{organization_id}/{document_id:path}")
def case(page: OfStaff, asked: OfQueue, organization_id: OrganizationId, document_id: str) -> HTMLResponse:
    """A case: what it is about, the evidence, what to look at, and what may be decided."""
    return draw_case(page, asked, organization_id, document_id)


def draw_case(page: StaffPage, asked: AskedQueue, organization_id: str, document_id: str) -> HTMLResponse:
    """A case, also after a decision that was not taken."""
    with page.reading() as session:
        reader = reader_of(session, page.staff.person, organization_id)
        snapshot = snapshot_of(session, page.installation, reader, history=True)
        document = snapshot.dossier.documents.get(document_id)
        if document is None:
            raise not_found(Sentence("This case does not exist here."))
        events = show_timeline(session, reader, PAGE, document_id=document_id, voice=page.voice)
        names = names_of_case(session, snapshot, document)
        wording.KNOWN.set(names)
        submission_id = submission_of(document)
        form = snapshot.form(submission_id)
        place = decisions.place_in_queue(snapshot, document)
        return page.show(
            session,
            "platform/case.html",
            document=document,
            etag=snapshot.etag(document_id),
            facts=facts_of(document),
            meaning=in_words.meaning(document, names, page.voice),
            item=next((one for one in snapshot.blockers() if document_id in one.documents), None),
            about=queries.organization(session, organization_id),
            names=queries.game_names(session, organization_id),
            form=form,
            before=submitted_before(session, snapshot, document, submission_id),
            compared=[Finding.model_validate(one) for one in form.fields.get("checks", ())] if form else [],
            proposed=snapshot.form(getattr(document, "proposed_submission_id", None)),
            related=related(snapshot, document) if money_of(document) else [],
            taken=staff_desk.claims(session, [(organization_id, document_id)]).get(
                (organization_id, document_id)
            ),
            decisions=possible_decisions(page, snapshot, document, names),
            money=money_of(document),
            checklist=MACHINES[document.machine].checklist,
            ticked=ticks.ticked(page, session, organization_id, document),
            events=events,
            temporal=temporal_page(page.installation.settings, organization_id, document),
            asked=asked,
            next_case=way_on(asked, f"{organization_id}/{document_id}", place),
            undo_seconds=UNDO_SECONDS,
        )


def submission_of(document: AnyDocument) -> str | None:
    """The form that a document stands for."""
    found = getattr(document, "submission_id", None) or getattr(document, "account_submission_id", None)
    return str(found) if found else None


def submitted_before(
    session: Session, snapshot: OrganizationSnapshot, document: AnyDocument, submission_id: str | None
) -> FormView | None:
    """What the organization had submitted for the same thing before."""
    if submission_id is None or document.machine not in ONE_OF_EACH:
        return None
    return snapshot.form(earlier(session, snapshot.organization_id, submission_id))


def related(snapshot: OrganizationSnapshot, document: AnyDocument) -> list[str]:
    """The documents that have to do with the money of a case: from the payout back to the statements."""
    known = snapshot.dossier.documents
    paid = document.invoice_id if isinstance(document, Payout | Statement) else None
    invoice = known.get(paid, document) if paid else document
    found = [document.id]
    if isinstance(invoice, Invoice):
        found += [*invoice.statement_ids, invoice.id, payout_document_id(DocumentId(invoice.id).key)]
    return [each for each in dict.fromkeys(found) if each in known]


def names_of_case(session: Session, snapshot: OrganizationSnapshot, document: AnyDocument) -> Names:
    """What a case must know by name: the people who had to do with it among them."""
    ids = {str(value) for name, value in document if name in wording.ACTORS and value}
    own = {member.subject: member.name for member in members(session, snapshot.organization_id)}
    return replace(snapshot.names, people={**staff_names(session, ids - own.keys()), **own})


SHOWN_ELSEWHERE = {
    *("id", "machine", "state", "since", "revision", "reminders", "late", "reference", "reasons", "checks"),
    *("submission_id", "proposed_submission_id", "doubts"),
}
"""What a case says of its document in words of its own, or in the forms below."""


def facts_of(document: AnyDocument) -> dict[str, Any]:
    """What a document says besides where it stands."""
    return {
        name: value for name, value in document if name not in SHOWN_ELSEWHERE and value not in (None, [], "")
    }


def possible_decisions(
    page: StaffPage, snapshot: OrganizationSnapshot, document: AnyDocument, names: Names
) -> list[dict[str, Any]]:
    """What the one who looks may decide, and what each decision takes and leads to."""
    found: dict[str, dict[str, Any]] = {}
    for actor in page.staff.actors:
        for action in snapshot.seen_by(actor).allowed(document):
            machine, _, event = action.partition(".")
            rules = [rule for rule in RULES[machine, event] if document.state in rule.sources]
            found[action] = {
                "action": action,
                "event": event,
                "shown_first": action == REPLACE,
                "weight": weigh(document, event, names, page.voice),
                "takes": sorted(
                    {name for rule in rules for name in (*rule.required_facts, *rule.optional_facts)}
                ),
                "needs_reasons": any(rule.needs_reasons for rule in rules),
                "reasons": {
                    code: text
                    for rule in rules
                    for code, text in (rule.reason_codes or rule.usual_reasons).items()
                },
            }
    return list(found.values())


def temporal_page(settings: Settings, organization_id: str, document: AnyDocument) -> str:
    """Where the workflow behind a case is seen."""
    is_payout = document.machine == "payout"
    workflow_id = document.id if is_payout else organization_workflow_id(organization_id)
    return (
        f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}"
        f"/workflows/{workflow_id.replace('/', '%2F')}"
    )


@router.post("/cases/{organization_id}/{document_id:path}")
async def decide(
    page: OfStaff, asked: OfQueue, organization_id: OrganizationId, document_id: str, form: Posted
) -> Response:
    """Take or give back a case, keep what was looked at, or decide it and go on; a script is only answered."""
    action, path = form.first("action") or "", page.request.url.path
    try:
        if action in ("claim", "unclaim"):
            case = Case(organization_id=organization_id, document_id=document_id)
            change = review_desk.claim if action == "claim" else review_desk.unclaim
            await in_thread(change, page.installation, refuse_onlookers(page.staff), case)
            return RedirectResponse(path + asked.query(), 303)
        if action == "look":
            await in_thread(ticks.keep, page, organization_id, document_id, form)
            return (
                Response(status_code=204)
                if form.first("_quietly")
                else RedirectResponse(path + asked.query(), 303)
            )
        decision = read_decision(form, organization_id, document_id, action)
        if action == REPLACE and not decision.preview:
            return await in_thread(draw_replacement, page.again(form), asked, decision)
        await decide_once(page, form, decision)
    except Problem as problem:
        if problem.code == "preview_outdated":
            return await show_again(
                page, form, problem, partial(draw_replacement, asked=asked, decision=decision)
            )
        again = partial(draw_case, asked=asked, organization_id=organization_id, document_id=document_id)
        return await show_again(page, form, problem, again)
    if form.first("_quietly"):
        return Response(status_code=204)
    onward = local(form.first("_onward"))
    if not onward.startswith("/operators/next?"):
        onward = way_on(asked, f"{organization_id}/{document_id}", None)
    return RedirectResponse(f"{onward}&{urlencode({'decided': action})}", 303)


def draw_replacement(page: StaffPage, asked: AskedQueue, decision: Decision) -> HTMLResponse:
    """The statement that would be issued, beside the one that it replaces, to be agreed to."""
    view = replacement.preview(page.installation, page.staff, decisions.replacement_of(decision))
    with page.reading() as session:
        reader = reader_of(session, page.staff.person, decision.organization_id)
        snapshot = snapshot_of(session, page.installation, reader)
        document = snapshot.dossier.documents[decision.document_id]
        wording.KNOWN.set(names_of_case(session, snapshot, document))
        place = decisions.place_in_queue(snapshot, document)
        return page.show(
            session,
            "platform/replacement.html",
            view=view,
            document=document,
            etag=(page.posted and page.posted.etag) or snapshot.etag(decision.document_id),
            about=queries.organization(session, decision.organization_id),
            names=queries.game_names(session, decision.organization_id),
            reasons=decision.reasons,
            asked=asked,
            next_case=way_on(asked, f"{decision.organization_id}/{decision.document_id}", place),
        )


async def decide_once(page: StaffPage, form: Submitted, decision: Decision) -> None:
    """Decide; a form that was posted twice waits for the one answer, and is then done like the first."""
    staff = page.staff
    request = idempotent_form(page, form, principal_of(decision.organization_id, staff.person))
    worker = staff.on_case_of(decision.organization_id)
    context = command_context(page.request, page.installation, worker, request, form.etag)
    with suppress(AlreadyAnswered):
        await when_not_in_flight(lambda: decisions.decide(context, staff, decision))


def read_decision(form: Submitted, organization_id: str, document_id: str, action: str) -> Decision:
    """A decision as it was filled in."""
    facts: dict[str, Any] = {}
    for name, values in form.fields.items():
        if name.startswith("facts.") and values[0].strip():
            facts[name.removeprefix("facts.")] = values[0].strip()
    if "adjustment" in facts:
        sign = -1 if facts["adjustment"].startswith("-") else 1
        amount = amount_of(facts["adjustment"].lstrip("+-"), "/facts/adjustment")
        facts["adjustment"] = {"amount": sign * (amount or 0), "currency": "USD"}
    if "offered_version" in facts:
        version = facts["offered_version"]
        facts["offered_version"] = int(version) if version.isdecimal() and len(version) < 10 else 0
    code, detail = form.first("code"), form.first("detail")
    reasons = []
    if code or detail:
        reasons.append({"code": code or "other", "detail": detail or "", "field": form.first("field")})
    more = {
        "preview": form.first("_preview"),
        "organization_id": organization_id,
        "document_id": document_id,
        "action": action,
        "reasons": reasons,
        "facts": facts,
    }
    try:
        return Decision.model_validate(more, strict=False)
    except ValidationError as error:
        raise Problem(
            422, "invalid_request", Sentence("Correct what is marked."), errors=marks(error)
        ) from None
