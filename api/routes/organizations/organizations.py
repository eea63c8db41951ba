"""Organizations: their beginning, where they stand, and what has happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.http.bodies import Body, Line, StrictRoute
from api.http.ceilings import ceiling_told
from api.http.idempotency import KeyHeader, derived_id, keyed
from api.http.problems import Problem, not_found
from api.http.routing import COMMAND, READ, Limit, organization_router
from api.installation import Here
from api.queues import in_thread
from api.routes.payments.forecast import estimated
from api.security.identity import OWN_TURN, InPerson, Reader, Reading
from api.security.tokens import Person
from api.services.action_links import Link, link
from api.services.organization_snapshot import Standing, most_urgent, stand
from api.services.views import DocumentSummary, Paged
from api.workflow_client import NotRunning
from lifecycle.machines import RECURRING
from lifecycle.views.blockers import Blocker, counted_by
from lifecycle.views.pending import Stage, Waiting, owed, payments_blocked_by, stage
from models.commands import Role
from models.documents import Reason
from models.estimates import Estimate
from models.identity import new_id
from models.money import Money
from models.tables import MemberRow, TransitionRow
from storage.organizations import queries
from storage.organizations.ceilings import refuse_more_organizations
from storage.organizations.decisions import create_organization
from storage.organizations.given_by_hand import hands_of
from storage.people.roles import admins

beginnings = APIRouter(prefix="/v1/organizations", tags=["organization"], route_class=StrictRoute)
router: APIRouter = organization_router("organization")


class OrganizationView(BaseModel):
    """An organization on its way along the pipeline.

    Attributes:
        stage: the first step that is still open.
        documents: where each step stands.
        counts: how many statements, invoices and payouts stand where.
        balance_owed: the net of all statements that are not yet paid.
        next_actions: what you should do next, the hundred most urgent things.
        blockers: everything between the organization and its money, whoever must act, but of what no money waits for
            only the most urgent; `/blockers` has the earnings that are on no statement yet besides.
        your_role: what you are here.
    """

    id: str
    name: str
    created_at: datetime
    stage: Stage
    documents: list[DocumentSummary]
    counts: dict[str, dict[str, int]]
    balance_owed: Money | None
    next_actions: list[Waiting]
    blockers: list[Blocker]
    your_role: str


class BlockerView(Blocker):
    """Something between the organization and its money; `links` say where an admin does what can be done now."""

    links: list[Link]


class WaitingMoney(BaseModel):
    """How much money waits for somebody; every cent is counted once, for the first thing that it waits for."""

    who: Role
    owed: Money | None
    estimated: Money | None


class BlockersView(BaseModel):
    """Why the organization is not paid yet: everything at once, the most urgent first.

    Attributes:
        blockers: all that money waits for; of the rest only what is among the hundred most urgent.
        waiting_money: for whom how much money waits; adds up to what is owed and to what is estimated.
        payments_blocked_by: why no payment may leave at all, as a code.
        next_date: when the clock next moves something on.
    """

    blockers: list[BlockerView]
    waiting_money: list[WaitingMoney]
    balance_owed: Money | None
    payments_blocked_by: str | None
    next_date: datetime | None


class EventView(BaseModel):
    """Something that happened: who moved what from where to where, when and why."""

    id: str
    action: str
    document_id: str
    from_state: str | None
    to_state: str
    at: datetime
    recorded_at: datetime
    by: Role
    who: str | None = Field(description="an admin's name; for staff, the id of any actor")
    reasons: list[Reason]
    claimed_by: str | None = Field(
        None,
        description="for staff, who Temporal says has given it by hand there; whoever did has chosen that name",
    )


class NewOrganization(Body):
    """An organization; whoever makes it is its first admin."""

    name: Line


@beginnings.post("", status_code=201, responses=COMMAND, dependencies=[OWN_TURN])
async def create(
    request: Request,
    response: Response,
    person: InPerson,
    here: Here,
    body: NewOrganization,
    key: KeyHeader = None,
) -> OrganizationView:
    """Begin an organization's life. Send an Idempotency-Key, so that a repeated request makes it once."""
    asked = await keyed(request, here.database, f"new/{person.subject}", key)
    organization_id = derived_id("org", person.subject, key) if key else new_id("org")

    def begin() -> OrganizationView | None:
        with here.database.transaction() as session:
            if before := asked.begin(session):
                return OrganizationView.model_validate(before)
            if queries.organization(session, organization_id) is None:
                with ceiling_told():
                    refuse_more_organizations(session, person.subject, here.policy.most_organizations)
                founder = founder_of(organization_id, person)
                create_organization(session, organization_id, body.name, founder, here.now())
        return None

    def finish() -> OrganizationView:
        with asked.session() as session:
            reader = Reader(person, organization_id, Role.ADMIN)
            view = show_organization(session, reader, stand(session, here, reader))
            return OrganizationView.model_validate(asked.finish(session, 201, view.model_dump(mode="json")))

    async def start() -> OrganizationView:
        try:
            await here.pipeline.start(organization_id)
        except NotRunning:
            raise Problem(409, "not_running", "The organization was ended before; make another.") from None
        return await in_thread(finish)

    view = await in_thread(begin)
    if view is not None:
        response.headers["Idempotency-Replayed"] = "true"
    else:
        try:
            view = await start()
        except BaseException as error:
            await in_thread(asked.give_up, error)
            raise
    response.headers["Location"] = f"/v1/organizations/{view.id}"
    return view


def founder_of(organization_id: str, person: Person) -> MemberRow:
    """The first admin."""
    return MemberRow(
        organization_id=organization_id,
        subject=person.subject,
        role="admin",
        name=person.name,
        email=person.email,
    )


def show_organization(session: Session, reader: Reader, standing: Standing) -> OrganizationView:
    """An organization as somebody sees it."""
    row = queries.organization(session, reader.organization_id)
    if row is None:
        raise not_found("This organization")
    return OrganizationView(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        stage=stage(standing.dossier),
        documents=standing.summaries(),
        counts=queries.counts(session, row.id, RECURRING),
        balance_owed=owed(standing.dossier),
        next_actions=standing.next_actions(reader.role or Role.ADMIN),
        blockers=most_urgent(standing.blockers()),
        your_role=reader.role or "auditor",
    )


@router.get("", responses=READ)
def read_organization(reader: Reading, here: Here) -> OrganizationView:
    """Where the organization stands, what to do next, and what stands between it and its money."""
    with here.database.reading() as session:
        return show_organization(session, reader, stand(session, here, reader))


@router.get("/blockers", responses=READ)
def read_blockers(reader: Reading, here: Here) -> BlockersView:
    """Why am I not paid? Everything at once: who must act, until when, and which money waits for it."""
    with here.database.reading() as session:
        standing = stand(session, here, reader)
        return show_blockers(reader, standing, estimated(session, standing))


def show_blockers(reader: Reader, standing: Standing, accrued: Sequence[Estimate]) -> BlockersView:
    """What holds up the money of an organization whose estimates are known."""
    blockers = standing.blockers(accrued)
    owed_to, estimated_for = counted_by(blockers, estimated=False), counted_by(blockers, estimated=True)
    return BlockersView(
        blockers=[show_blocker(blocker, reader.organization_id) for blocker in most_urgent(blockers)],
        waiting_money=[
            WaitingMoney(who=who, owed=owed_to.get(who), estimated=estimated_for.get(who))
            for who in Role
            if who in owed_to or who in estimated_for
        ],
        balance_owed=owed(standing.dossier),
        payments_blocked_by=payments_blocked_by(standing.dossier),
        next_date=min((blocker.until for blocker in blockers if blocker.until), default=None),
    )


def show_blocker(blocker: Blocker, organization_id: str) -> BlockerView:
    """A blocker with the addresses of what an admin can do."""
    return BlockerView(**dict(blocker), links=[link(organization_id, action) for action in blocker.you_can])


@router.get("/timeline", responses=READ)
def read_timeline(
    reader: Reading,
    here: Here,
    limit: Limit = 20,
    starting_after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    document_id: Annotated[
        str | None, Query(pattern=r"^[a-z_]+(/[0-9A-Za-z_]+){0,2}$", max_length=200)
    ] = None,
) -> Paged[EventView]:
    """What has happened, the newest first; of one document, if it is named."""
    after = int(starting_after) if starting_after else None
    with here.database.reading() as session:
        return show_timeline(session, reader, limit, after, document_id)


def show_timeline(
    session: Session, reader: Reader, limit: int, after: int | None = None, document_id: str | None = None
) -> Paged[EventView]:
    """A page of what has happened in an organization."""
    page = queries.timeline(session, reader.organization_id, limit, after, document_id)
    names = {admin.subject: admin.name for admin in admins(session, reader.organization_id)}
    to_staff = reader.role is not Role.ADMIN
    hands = hands_of(session, reader.organization_id, given_by_hand(page.data)) if to_staff else {}
    return Paged(
        data=[show_event(row, names, to_staff, hands.get(row.command_id)) for row in page.data],
        has_more=page.has_more,
    )


def given_by_hand(rows: Sequence[TransitionRow]) -> list[str]:
    """The commands that were given by hand in Temporal."""
    return [row.command_id for row in rows if (row.actor_role, row.actor_id) == ("pipeline", "temporal")]


def show_event(
    row: TransitionRow, names: dict[str, str], to_staff: bool, claimed_by: str | None
) -> EventView:
    """One event; staff stay nameless to the organization."""
    who = row.actor_id if to_staff else names.get(row.actor_id) if row.actor_role == Role.ADMIN else None
    return EventView(
        id=str(row.sequence),
        action=row.action,
        document_id=row.document_id,
        from_state=row.from_state,
        to_state=row.to_state,
        at=row.at,
        recorded_at=row.recorded_at,
        by=Role(row.actor_role),
        who=who,
        reasons=[Reason.model_validate(reason) for reason in row.reasons],
        claimed_by=claimed_by,
    )
