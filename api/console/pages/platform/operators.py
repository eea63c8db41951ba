"""The platform's side: what waits for its staff, case by case, and how everything stands."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sqlmodel import Session

from api.console import wording
from api.console.forms import Posted, Submitted, amount_of, marks
from api.console.page import OfStaff, StaffPage
from api.console.submission import idempotent_form, show_again, when_not_in_flight
from api.http.idempotency import AlreadyAnswered, principal_of
from api.http.parameters import QueueCursor
from api.http.problems import Problem, not_found
from api.queues import in_thread
from api.security.organization_access import OrganizationId, reader_of
from api.security.staff_access import Staff, refuse_onlookers
from api.services.commands import command_context
from api.services.organization_snapshot import OrganizationSnapshot, snapshot_of
from api.services.organizations.timeline import show_timeline
from api.services.platform import decisions, review_desk
from api.services.platform.decisions import Decision, QueueFilter
from api.services.platform.review_desk import Case, SearchFilter
from config.settings import Settings
from forms.findings import Finding
from lifecycle.machines import MACHINES, RULES, state_of
from models.documents import AnyDocument
from storage.organizations import queries
from storage.people import staff_desk
from storage.people.members import members
from storage.people.roles import staff_names
from words.voice import Names
from workflows.inputs import organization_workflow_id

router = APIRouter(prefix="/operators", include_in_schema=False)

PAGE = 25


@router.get("")
def show_queue(
    page: OfStaff,
    machine: str | None = None,
    late: bool | None = None,
    waiting_for: Annotated[Literal["operator", "finance", ""] | None, Query()] = None,
    after: QueueCursor = None,
) -> HTMLResponse:
    """What waits for the staff, the urgent first; the filters are in the address."""
    wanted = QueueFilter(waiting_for or None, machine if machine in MACHINES else None, late or None)
    chosen = {"machine": wanted.machine, "late": late, "waiting_for": waiting_for}
    with page.reading() as session:
        found = decisions.show_queue(session, page.installation, page.staff, PAGE, after or None, wanted)
        counted = {one.machine: one.count for one in found.totals.kinds}
        return page.show(
            session,
            "platform/queue.html",
            found=found,
            tabs={name: counted[name] for name in MACHINES if name in counted},
            chosen=chosen,
            link=lambda **change: "?" + urlencode({k: v for k, v in {**chosen, **change}.items() if v}),
        )


@router.get("/dashboard")
def dashboard(page: OfStaff) -> HTMLResponse:
    """How much waits for whom and how long, and what has failed."""
    with page.reading() as session:
        view = review_desk.show_dashboard(session, page.installation)
        return page.show(session, "platform/dashboard.html", view=view, machines=MACHINES)


@router.get("/organizations")
def organizations(
    page: OfStaff,
    text: Annotated[str, Query(max_length=100)] = "",
    machine: str = "",
    state: Annotated[str, Query(pattern=r"^[a-z_]{0,40}$")] = "",
    waiting_for: Annotated[str, Query(pattern="^(admin|operator|finance|provider|clock)?$")] = "",
    country: Annotated[str, Query(pattern="^([A-Za-z]{2})?$")] = "",
    after: str | None = None,
) -> HTMLResponse:
    """Organizations by name, id, state, actor and country."""
    chosen = {
        "text": text.strip(),
        "machine": machine if machine in MACHINES else "",
        "state": state,
        "waiting_for": waiting_for,
        "country": country.upper(),
    }
    named: dict[str, Any] = {name: value or None for name, value in chosen.items()}
    wanted = SearchFilter(**named)
    with page.reading() as session:
        return page.show(
            session,
            "platform/organizations.html",
            found=review_desk.search(session, page.installation, PAGE, after or None, wanted),
            chosen=chosen,
            machines=MACHINES,
            query=urlencode({name: value for name, value in chosen.items() if value}),
        )


@router.get("/settlements")
async def settlements(page: OfStaff) -> HTMLResponse:
    """The runs of the settlement, and how far they have come."""
    try:
        runs, away = await page.installation.workflow_client.settlements(), False
    except Problem:
        runs, away = [], True

    def draw() -> HTMLResponse:
        with page.reading() as session:
            return page.show(session, "platform/settlements.html", runs=runs, away=away)

    return await in_thread(draw)


@router.get("/cases/{organization_id}/{document_id:path}")
def case(page: OfStaff, organization_id: OrganizationId, document_id: str) -> HTMLResponse:
    """A case: what it is about, the evidence, what to look at, and what may be decided."""
    return draw_case(page, organization_id, document_id)


def draw_case(page: StaffPage, organization_id: str, document_id: str) -> HTMLResponse:
    """A case, also after a decision that was not taken."""
    with page.reading() as session:
        reader = reader_of(session, page.staff.person, organization_id)
        snapshot = snapshot_of(session, page.installation, reader, history=True)
        document = snapshot.dossier.documents.get(document_id)
        if document is None:
            raise not_found("This case")
        events = show_timeline(session, reader, PAGE, document_id=document_id, voice=page.voice)
        wording.KNOWN.set(names_of_case(session, snapshot, document))
        form = snapshot.form(
            getattr(document, "submission_id", None) or getattr(document, "account_submission_id", None)
        )
        return page.show(
            session,
            "platform/case.html",
            document=document,
            etag=snapshot.etag(document_id),
            facts=facts_of(document),
            meaning=state_of(document).description,
            item=next((one for one in snapshot.blockers() if document_id in one.documents), None),
            about=queries.organization(session, organization_id),
            names=queries.game_names(session, organization_id),
            form=form,
            compared=[Finding.model_validate(one) for one in form.fields.get("checks", ())] if form else [],
            proposed=snapshot.form(getattr(document, "proposed_submission_id", None)),
            taken=staff_desk.claims(session, [(organization_id, document_id)]).get(
                (organization_id, document_id)
            ),
            decisions=possible_decisions(page.staff, snapshot, document),
            checklist=MACHINES[document.machine].checklist,
            events=events,
            temporal=temporal_page(page.installation.settings, organization_id, document),
        )


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
    staff: Staff, snapshot: OrganizationSnapshot, document: AnyDocument
) -> list[dict[str, Any]]:
    """What the one who looks may decide, and what each decision takes."""
    found: dict[str, dict[str, Any]] = {}
    for actor in staff.actors:
        for action in snapshot.seen_by(actor).allowed(document):
            machine, _, event = action.partition(".")
            rules = [rule for rule in RULES[machine, event] if document.state in rule.sources]
            found[action] = {
                "action": action,
                "event": event,
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
async def decide(page: OfStaff, organization_id: OrganizationId, document_id: str, form: Posted) -> Response:
    """Take or give back a case, or decide it."""
    action, path = form.first("action") or "", page.request.url.path
    try:
        if action in ("claim", "unclaim"):
            case = Case(organization_id=organization_id, document_id=document_id)
            change = review_desk.claim if action == "claim" else review_desk.unclaim
            await in_thread(change, page.installation, refuse_onlookers(page.staff), case)
            return RedirectResponse(path, 303)
        await decide_once(page, form, read_decision(form, organization_id, document_id, action))
    except Problem as problem:
        again = partial(draw_case, organization_id=organization_id, document_id=document_id)
        return await show_again(page, form, problem, again)
    return RedirectResponse(f"{path}?decided={action.partition('.')[2]}", 303)


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
        "organization_id": organization_id,
        "document_id": document_id,
        "action": action,
        "reasons": reasons,
        "facts": facts,
    }
    try:
        return Decision.model_validate(more, strict=False)
    except ValidationError as error:
        raise Problem(422, "invalid_request", "Correct what is marked.", errors=marks(error)) from None
