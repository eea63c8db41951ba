"""The platform's side: what waits for its staff, and their decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import BaseModel, Field, JsonValue, StringConstraints, ValidationError
from sqlmodel import Session
from structlog.contextvars import bind_contextvars

from api.http.bodies import Body
from api.http.problems import Problem
from api.installation import Installation
from api.queues import in_thread
from api.security.staff_access import Staff
from api.services.commands import CommandContext, existing
from api.services.organization_snapshot import OrganizationSnapshot, etag
from api.services.platform.replacement import REPLACE, WantedReplacement, refuse_unseen
from api.services.platform.roles import role_for
from api.services.views import Done, Paged
from lifecycle.machines import FINISHED, RULES
from lifecycle.turns import AT_DESKS, waits_for
from lifecycle.views.pending import Stage, Waiting, owed, stage, waiting, waiting_for
from models.commands import Actor, Role
from models.documents import AnyDocument, Payout, Reason
from models.money import Money
from models.states import PayoutState
from models.tables import ClaimRow, DocumentRow, OrganizationRow
from storage.organizations import queries
from storage.organizations.policies import policies_of
from storage.organizations.queries import ListPage
from storage.people import review_queue, staff_desk
from storage.people.review_queue import Place
from storage.people.roles import organizations_of
from words.voice import Sentence

FOR_STAFF = (Role.OPERATOR.value, Role.FINANCE.value)


class Resolution(BaseModel):
    """What an operator found out about a payment that the provider says nothing about.

    Attributes:
        proposal: what a confirmation must name, as the fact of the same name; another once anything changes.
    """

    outcome: str
    evidence: str
    proposed_by: str
    proposal: str


class Approval(BaseModel):
    """What a finance approver is asked to agree to: this amount, to the payout account in force.

    Attributes:
        digest: what `payout.approve` must name, as the fact `approved_digest`; another once anything changes.
    """

    amount: Money
    digest: str


class QueueItem(Waiting):
    """Something that waits for the platform's staff; ``age_seconds`` is programme time.

    Attributes:
        urgent: a payment has stopped, or its review is late.
        reason_codes: for actions that take listed reasons only: these, with their meanings.
        resolution: the proposed outcome that waits to be confirmed.
        approval: the payout that waits for a finance approver.
        doubts: why the provider that reviewed it has left it to people; the organization does not see them.
        claimed_by: who is at work on it, by name; `null` for nobody.
        etag: names what is seen here of the document; send it as `If-Match` to decide on that and on nothing newer.
    """

    organization_id: str
    organization_name: str
    age_seconds: int
    urgent: bool
    your_actions: list[str]
    reason_codes: dict[str, dict[str, str]]
    resolution: Resolution | None
    approval: Approval | None
    doubts: list[Reason]
    claimed_by: str | None
    etag: str


class KindInQueue(BaseModel):
    """How much of one kind of document is in the queue, and since when the oldest waits (programme time)."""

    machine: str
    count: int
    late: int
    oldest: datetime


class QueueSize(BaseModel):
    """How much there is to decide, whatever the filters: the same in the console, here and in the command line.

    Attributes:
        total: everything in the queue.
        operator: what waits for operators: in Temporal, `NextActor`.
        finance: what waits for finance approvers.
        late_outside: reviews that are late at outside desks which decide alone; operators may step in.
        late: what of the queue is past its due date.
        outside: reviews at outside desks that are not late; they are not in the queue.
    """

    total: int
    operator: int
    finance: int
    late_outside: int
    late: int
    outside: int
    kinds: list[KindInQueue]


class QueuePage(Paged[QueueItem]):
    """Some of the queue, and how much there is in all."""

    totals: QueueSize


class OrganizationSummary(BaseModel):
    """An organization in the operators' list."""

    id: str
    name: str
    created_at: datetime
    stage: Stage
    waits_for: list[Role]
    late: bool
    balance_owed: Money | None


REASON_CODES: dict[str, dict[str, str]] = {
    f"{machine}.{event}": dict(rule.reason_codes)
    for (machine, event), rules in RULES.items()
    for rule in rules
    if rule.reason_codes
}
"""The reasons that actions take, where they are listed."""


class Decision(Body):
    """A decision on a document, or another step that staff may take.

    Attributes:
        action: for example `invoice.approve`; what may be done is in `your_actions` of the queue.
        reasons: why; most refusals need one, and the organization reads it. Actions with a list of their own
            (`x-reason-codes`) take only its codes.
        facts: what the action takes besides.
        preview: for `statement.replace`, the `digest` of the new statement as you have seen it; without it whatever it
            then comes to is issued.
    """

    organization_id: Annotated[str, StringConstraints(pattern=r"^org_[0-9A-Za-z]{1,40}$")]
    document_id: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(/[0-9A-Za-z_]+){0,2}$", max_length=200)]
    action: Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=100)]
    reasons: list[Reason] = Field(
        default_factory=list,
        max_length=20,
        json_schema_extra={"x-reason-codes": cast(JsonValue, REASON_CODES)},
    )
    facts: dict[str, JsonValue] = Field(default_factory=dict, max_length=20)
    preview: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


@dataclass(frozen=True)
class QueueFilter:
    """What of the staff's queue somebody wants to see."""

    waiting_for: Literal["operator", "finance"] | None = None
    machine: str | None = None
    late: bool | None = None
    organization_id: str | None = None
    assignee: Literal["me", "nobody"] | None = None


REVIEWED = sorted({machine for machine, _ in AT_DESKS})


def queue_size(session: Session) -> QueueSize:
    """How much is in the staff's queue."""
    return QueueSize.model_validate(review_queue.totals(session, REVIEWED), from_attributes=True)


def show_queue(
    session: Session,
    installation: Installation,
    staff: Staff,
    limit: int,
    after: str | None,
    wanted: QueueFilter,
) -> QueuePage:
    """What people of the platform must decide or may: urgent cases first, and of those the longest waiting.

    Args:
        after: organization id / document id.
    """
    last = tuple(after.split("/", 1)) if after else None
    page = review_queue.queue(
        session,
        [wanted.waiting_for] if wanted.waiting_for else FOR_STAFF,
        limit,
        (last[0], last[1]) if last else None,
        machine=wanted.machine,
        late=wanted.late,
        organization_id=wanted.organization_id,
        claimed_by={"me": staff.person.subject, "nobody": ""}[wanted.assignee] if wanted.assignee else None,
    )
    return QueuePage(
        data=show_items(session, installation, staff, page.data),
        has_more=page.has_more,
        totals=queue_size(session),
    )


def show_cases(
    session: Session, installation: Installation, staff: Staff, cases: Sequence[tuple[str, str]]
) -> list[QueueItem]:
    """Some cases of the queue, by organization and document id; what waits for nobody any more is left out."""
    return show_items(session, installation, staff, review_queue.cases(session, cases, FOR_STAFF))


def show_items(
    session: Session, installation: Installation, staff: Staff, rows: Sequence[DocumentRow]
) -> list[QueueItem]:
    """Things that wait, and what the one who looks may do with each."""
    claims = staff_desk.claims(session, [(row.organization_id, row.id) for row in rows])
    dossiers = queries.dossiers(session, {row.organization_id for row in rows}, but=FINISHED)
    names = queries.names(session, dossiers)
    policies = policies_of(session, dossiers, installation.policy)
    own = {row.id for row in organizations_of(session, staff.person.subject)}
    onlooker = Staff(staff.person, frozenset())
    now = installation.now()
    items = (
        show_item(
            OrganizationSnapshot(
                session,
                installation,
                dossiers[row.organization_id],
                None,
                now,
                policies[row.organization_id],
            ),
            onlooker if row.organization_id in own else staff,
            names[row.organization_id],
            row,
            claims.get((row.organization_id, row.id)),
        )
        for row in rows
    )
    return [item for item in items if item]


def place_in_queue(snapshot: OrganizationSnapshot, document: AnyDocument) -> Place | None:
    """Where a case stands in the staff's queue; ``None`` when it is not in it."""
    who = waits_for(document, snapshot.policy)
    if who not in FOR_STAFF and not (who is Role.PROVIDER and document.late):
        return None
    urgent = document.machine == "payout" or document.late
    return Place(urgent, document.since, snapshot.organization_id, document.id)


def next_case(session: Session, staff: Staff, wanted: QueueFilter, place: Place | None) -> str | None:
    """The case that somebody takes up next, of those that fit a filter: organization id / document id.

    Args:
        place: where the case stood from which they come; the top of the queue otherwise.
    """
    found = review_queue.queue(
        session,
        [wanted.waiting_for] if wanted.waiting_for else FOR_STAFF,
        1,
        None,
        machine=wanted.machine,
        late=wanted.late,
        free_for=staff.person.subject,
        place=place,
    )
    return next((f"{row.organization_id}/{row.id}" for row in found.data), None)


def show_item(
    snapshot: OrganizationSnapshot, staff: Staff, name: str, row: DocumentRow, claim: ClaimRow | None
) -> QueueItem | None:
    """One thing that waits, and what the one who looks may do with it."""
    document, now = snapshot.dossier.documents[row.id], snapshot.now
    item = waiting_for(document, snapshot.dossier, now, snapshot.policy)
    if item is None:
        return None
    actions = [action for actor in staff.actors for action in snapshot.seen_by(actor).allowed(document)]
    return QueueItem(
        **item.model_dump(),
        organization_id=row.organization_id,
        organization_name=name,
        urgent=review_queue.is_urgent(row),
        age_seconds=max(0, int((now - item.since).total_seconds())),
        your_actions=list(dict.fromkeys(actions)),
        reason_codes={action: REASON_CODES[action] for action in actions if action in REASON_CODES},
        resolution=resolution(document),
        approval=approval(document),
        doubts=document.doubts,
        claimed_by=claim.name if claim else None,
        etag=etag(document),
    )


def resolution(document: AnyDocument) -> Resolution | None:
    """The proposal that waits to be confirmed."""
    if not isinstance(document, Payout) or document.state != PayoutState.RESOLUTION_PROPOSED:
        return None
    return Resolution.model_validate(
        {
            "outcome": document.proposed_outcome,
            **document.model_dump(include={"evidence", "proposed_by", "proposal"}),
        }
    )


def approval(document: AnyDocument) -> Approval | None:
    """The payout that waits to be approved."""
    if not isinstance(document, Payout) or document.state != PayoutState.AWAITING_APPROVAL:
        return None
    return Approval(amount=document.amount, digest=document.proposed_digest)


def show_organizations(
    session: Session, installation: Installation, page: ListPage[OrganizationRow]
) -> Paged[OrganizationSummary]:
    """Organizations, as the staff see them in a list."""
    dossiers = queries.dossiers(session, {row.id for row in page.data}, but=FINISHED)
    policies = policies_of(session, dossiers, installation.policy)
    shown = []
    for row in page.data:
        items = waiting(dossiers[row.id], installation.now(), policies[row.id])
        shown.append(
            OrganizationSummary(
                id=row.id,
                name=row.name,
                created_at=row.created_at,
                stage=stage(dossiers[row.id]),
                waits_for=sorted({item.who for item in items}),
                late=any(item.late for item in items),
                balance_owed=owed(dossiers[row.id]),
            )
        )
    return Paged(data=shown, has_more=page.has_more)


def list_organizations(
    session: Session, installation: Installation, limit: int, after: str | None, waiting_for: Role | None
) -> Paged[OrganizationSummary]:
    """All organizations, the oldest first."""
    page = queries.organizations(session, limit, after, [waiting_for] if waiting_for else ())
    return show_organizations(session, installation, page)


async def decide(context: CommandContext, staff: Staff, decision: Decision) -> Done:
    """Decide on a document, as an operator or a finance approver, whichever the rules ask for."""

    def find() -> AnyDocument:
        with context.installation.database.reading() as session:
            document = queries.document(session, decision.organization_id, decision.document_id)
        return existing(document)

    bind_contextvars(document_id=decision.document_id)
    # First of all: what was decided has often moved the document on to where nobody may decide it again.
    await in_thread(context.raise_if_answered)
    document = await in_thread(find)
    if decision.action == REPLACE and decision.preview:
        await in_thread(
            refuse_unseen, context.installation, staff, replacement_of(decision), decision.preview
        )
    actor = Actor(role=role_for(staff, decision.action, document), id=staff.person.subject)
    return await replace(context, actor=actor).submit(
        decision.action, decision.document_id, decision.facts, reasons=decision.reasons
    )


def replacement_of(decision: Decision) -> WantedReplacement:
    """What a decision to replace a statement would issue; 422 where that cannot be read."""
    wanted = {
        **decision.model_dump(include={"organization_id", "document_id"}),
        "adjustment": decision.facts.get("adjustment"),
    }
    try:
        return WantedReplacement.model_validate(wanted)
    except ValidationError:
        raise Problem(
            422, "invalid_facts", Sentence("Send the adjustment as an amount and its currency.")
        ) from None
