"""The platform's side: what waits for its staff, case by case, and how everything stands."""

from contextlib import suppress
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.console.forms import Posted, Submitted, amount_of, marks
from api.console.page import Page, StaffPage, answered_once
from api.http.idempotency import KEY, AnsweredBefore
from api.http.problems import Problem, not_found
from api.installation import Here
from api.queues import in_thread
from api.routes.organizations.organizations import read_timeline
from api.routes.platform import decisions as api_decisions
from api.routes.platform import review_desk as api_desk
from api.routes.platform.decisions import Decision
from api.security.identity import OrganizationId, Staff, read_organization
from api.services.organization_snapshot import Standing, etag, show_form, stand_with_history
from forms.findings import Finding
from lifecycle.machines import MACHINES, RULES, state_of
from models.commands import Actor
from models.documents import AnyDocument
from models.identity import organization_workflow_id
from models.reasons.reviews import CHECKLISTS, REASONS
from storage.organizations import queries
from storage.people import staff_desk

router = APIRouter(prefix="/operators", include_in_schema=False)

PAGE = 25


@router.get("")
def queue(
    page: StaffPage,
    machine: str | None = None,
    late: bool | None = None,
    waiting_for: Annotated[str | None, Query(pattern="^(operator|finance)?$")] = None,
    after: api_decisions.QueueCursor = None,
) -> HTMLResponse:
    """What waits for the staff, the urgent first; the filters are in the address."""
    assert page.staff is not None
    wanted = machine if machine in MACHINES else None
    found = api_decisions.read_queue(
        page.staff,
        page.here,
        limit=PAGE,
        starting_after=after or None,
        waiting_for=waiting_for or None,  # type: ignore[arg-type]
        machine=wanted,
        late=late or None,
        organization_id=None,
    )
    with page.here.database.reading() as session:
        counted = staff_desk.counts(session, staff_desk.STAFF)
        taken = staff_desk.claims(session, [(item.organization_id, item.document_id) for item in found.data])
    tabs = {name: sum(c.count for c in counted if c.machine == name) for name in MACHINES}
    return page.show(
        "platform/queue.html",
        found=found,
        taken=taken,
        tabs={name: count for name, count in tabs.items() if count},
        total=sum(tabs.values()),
        chosen={"machine": wanted, "late": late, "waiting_for": waiting_for},
        link=lambda **change: "?" + urlencode(
            {k: v for k, v in {"machine": wanted, "late": late, "waiting_for": waiting_for, **change}.items() if v}
        ),
    )  # fmt: skip


@router.get("/dashboard")
def dashboard(page: StaffPage) -> HTMLResponse:
    """How much waits for whom and how long, and what has failed."""
    assert page.staff is not None
    return page.show(
        "platform/dashboard.html", view=api_desk.read_dashboard(page.staff, page.here), machines=MACHINES
    )


@router.get("/organizations")
def organizations(
    page: StaffPage,
    text: Annotated[str, Query(max_length=100)] = "",
    machine: str = "",
    state: Annotated[str, Query(pattern=r"^[a-z_]{0,40}$")] = "",
    waiting_for: Annotated[str, Query(pattern="^(admin|operator|finance|provider|clock)?$")] = "",
    country: Annotated[str, Query(pattern="^([A-Za-z]{2})?$")] = "",
    after: str | None = None,
) -> HTMLResponse:
    """Organizations by name, id, state, actor and country."""
    assert page.staff is not None
    chosen = {
        "text": text.strip(),
        "machine": machine if machine in MACHINES else "",
        "state": state,
        "waiting_for": waiting_for,
        "country": country.upper(),
    }
    with page.here.database.reading() as session:
        wanted: dict[str, Any] = {name: value or None for name, value in chosen.items()}
        rows = staff_desk.search(session, PAGE, after or None, **wanted)
        found = api_decisions.show_organizations(session, page.here, rows)
    return page.show(
        "platform/organizations.html",
        found=found,
        chosen=chosen,
        machines=MACHINES,
        query=urlencode({name: value for name, value in chosen.items() if value}),
    )


@router.get("/settlements")
async def settlements(page: StaffPage) -> HTMLResponse:
    """The runs of the settlement, and how far they have come."""
    try:
        runs = await page.here.pipeline.settlements()
        away = False
    except Problem:
        runs, away = [], True
    return await in_thread(partial(page.show, "platform/settlements.html", runs=runs, away=away))


@router.get("/cases/{organization_id}/{document_id:path}")
def case(page: StaffPage, organization_id: OrganizationId, document_id: str) -> HTMLResponse:
    """A case: what it is about, the evidence, what to look at, and what may be decided."""
    return draw_case(page, organization_id, document_id)


def draw_case(page: Page, organization_id: str, document_id: str) -> HTMLResponse:
    """A case, also after a decision that was not taken."""
    staff, here = page.staff, page.here
    assert staff is not None
    reader = read_organization(staff.person, here, organization_id)
    with here.database.reading() as session:
        standing = stand_with_history(session, here, reader)
        document = standing.dossier.documents.get(document_id)
        if document is None:
            raise not_found("This case")
        organization = queries.organization(session, organization_id)
        names = queries.game_names(session, organization_id)
        shown = getattr(document, "submission_id", None) or getattr(document, "account_submission_id", None)
        form = show_form(session, here, organization_id, shown)
        proposed = show_form(
            session, here, organization_id, getattr(document, "proposed_submission_id", None)
        )
        taken = staff_desk.claims(session, [(organization_id, document_id)]).get(
            (organization_id, document_id)
        )
    item = next((one for one in standing.blockers() if document_id in one.documents), None)
    events = read_timeline(reader, here, limit=PAGE, document_id=document_id)
    return page.show(
        "platform/case.html",
        document=document,
        etag=etag(document),
        facts=facts_of(document),
        meaning=state_of(document).description,
        item=item,
        about=organization,
        names=names,
        form=form,
        compared=[Finding.model_validate(one) for one in form.fields.get("checks", ())] if form else [],
        proposed=proposed,
        taken=taken,
        decisions=possible_decisions(page, standing, document),
        checklist=CHECKLISTS.get(document.machine, ()),
        events=events,
        temporal=temporal_page(page, organization_id, document),
    )


SHOWN_ELSEWHERE = {
    *("id", "machine", "state", "since", "revision", "reminders", "late", "reference", "reasons", "checks"),
    *("submission_id", "proposed_submission_id"),
}
"""What a case says of its document in words of its own, or in the forms below."""


def facts_of(document: AnyDocument) -> dict[str, Any]:
    """What a document says besides where it stands."""
    return {
        name: value for name, value in document if name not in SHOWN_ELSEWHERE and value not in (None, [], "")
    }


def possible_decisions(page: Page, standing: Standing, document: AnyDocument) -> list[dict[str, Any]]:
    """What the one who looks may decide, and what each decision takes."""
    assert page.staff is not None
    found: dict[str, dict[str, Any]] = {}
    for role in page.staff.deciding:
        own = Standing(
            standing.dossier, Actor(role=role, id=page.staff.person.subject), standing.now, standing.policy
        )
        for action in own.allowed(document):
            machine, _, event = action.partition(".")
            rules = [rule for rule in RULES[machine, event] if document.state in rule.sources]
            found[action] = {
                "action": action,
                "event": event,
                "takes": sorted(
                    {name for rule in rules for name in (*rule.required_facts, *rule.optional_facts)}
                ),
                "needs_reasons": any(rule.needs_reasons for rule in rules),
                "reasons": REASONS.get((machine, event), {}),
            }
    return list(found.values())


def temporal_page(page: Page, organization_id: str, document: AnyDocument) -> str:
    """Where the workflow behind a case is seen."""
    settings = page.here.settings
    is_payout = document.machine == "payout"
    workflow_id = document.id if is_payout else organization_workflow_id(organization_id)
    return (
        f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}"
        f"/workflows/{workflow_id.replace('/', '%2F')}"
    )


@router.post("/cases/{organization_id}/{document_id:path}")
async def decide(
    request: Request,
    page: StaffPage,
    here: Here,
    organization_id: OrganizationId,
    document_id: str,
    form: Posted,
) -> Response:
    """Take or give back a case, or decide it."""
    assert page.staff is not None
    action = form.first("action") or ""
    try:
        if action in ("claim", "give_back"):
            body = api_desk.Case(organization_id=organization_id, document_id=document_id)
            act = api_desk.claim if action == "claim" else api_desk.give_back
            await in_thread(act, page.staff, here, body)
            return RedirectResponse(request.url.path, 303)
        decision = read_decision(form, organization_id, document_id, action)
        key = form.key if form.key and KEY.fullmatch(form.key) else None
        await decide_once(request, page.staff, here, decision, key, form.etag)
    except Problem as problem:
        if problem.code in ("unauthenticated", "recent_sign_in_needed"):
            raise
        again = Page(request, here, page.person, staff=page.staff, posted=form, problem=problem)
        return await in_thread(draw_case, again, organization_id, document_id)
    return RedirectResponse(f"{request.url.path}?decided={action.partition('.')[2]}", 303)


async def decide_once(
    request: Request, staff: Staff, here: Here, decision: Decision, key: str | None, if_match: str | None
) -> None:
    """Decide; a form that was posted twice waits for the one answer, and is then done like the first."""
    with suppress(AnsweredBefore):
        await answered_once(
            lambda: api_decisions.decide(request, Response(), staff, here, decision, key, if_match)
        )


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
        raise Problem(422, "invalid_request", "Please mend what is marked.", errors=marks(error)) from None
