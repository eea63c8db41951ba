"""Organizations: their beginning, where they stand, and what has happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from api.http.bodies import Body, Line
from api.http.idempotency import IdempotentRequest, derived_id
from api.http.problems import Problem, not_found
from api.installation import Installation
from api.queues import in_thread
from api.security.organization_access import OrganizationAdmin
from api.security.tokens import Person
from api.services.ceilings import ceiling_as_problem
from api.services.organization_snapshot import OF_GAMES, OrganizationSnapshot, most_urgent, snapshot_of
from api.services.organizations.action_links import Link, link
from api.services.views import DocumentSummary
from api.workflow_client import NotRunning
from lifecycle.machines import RECURRING
from lifecycle.views.blockers import Blocker, counted_by
from lifecycle.views.pending import Stage, Waiting, owed, stage
from models.commands import Role
from models.dossier import payments_blocked_by
from models.estimates import Estimate
from models.identity import new_id
from models.money import Money
from models.tables import MemberRow
from storage.organizations import queries
from storage.organizations.ceilings import refuse_more_organizations
from storage.organizations.decisions import create_organization
from words.voice import Sentence


class OrganizationView(BaseModel):
    """An organization on its way along the pipeline.

    Attributes:
        stage: the first step that is still open.
        documents: where each step stands; of the steps of games the hundred that moved last, as `/games` has them all.
        counts: how many integrations, launches, statements, invoices and payouts stand where.
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


class NewOrganization(Body):
    """An organization; whoever makes it is its first admin."""

    name: Line


@dataclass(frozen=True)
class Founded:
    """An organization that was made by this request, or by an earlier one under the same key."""

    view: OrganizationView
    before: bool


async def found_organization(
    installation: Installation, person: Person, request: IdempotentRequest, body: NewOrganization
) -> Founded:
    """Begin an organization's life; whoever asks is its first admin."""
    key = request.key
    organization_id = derived_id("org", person.subject, key) if key else new_id("org")
    before = await in_thread(record_organization, installation, person, request, organization_id, body)
    if before is not None:
        return Founded(before, before=True)
    try:
        await installation.workflow_client.start(organization_id)
        view = await in_thread(answer_founder, installation, person, request, organization_id)
    except NotRunning:
        error = Problem(409, "not_running", Sentence("The organization was ended before; make another."))
        await in_thread(request.give_up, error)
        raise error from None
    except BaseException as error:
        await in_thread(request.give_up, error)
        raise
    return Founded(view, before=False)


def record_organization(
    installation: Installation,
    person: Person,
    request: IdempotentRequest,
    organization_id: str,
    body: NewOrganization,
) -> OrganizationView | None:
    """Record it with its first admin; what was answered before, if it was."""
    with installation.database.transaction() as session:
        if before := request.begin(session):
            return OrganizationView.model_validate(before)
        if queries.organization(session, organization_id) is None:
            with ceiling_as_problem():
                refuse_more_organizations(session, person.subject, installation.policy.most_organizations)
            founder = founder_of(organization_id, person)
            now, policy = installation.now(), installation.policy
            create_organization(session, organization_id, body.name, founder, now, policy)
    return None


def answer_founder(
    installation: Installation, person: Person, request: IdempotentRequest, organization_id: str
) -> OrganizationView:
    """The organization as it was made; kept under the request's key."""
    with request.session() as session:
        admin = OrganizationAdmin(person, organization_id)
        view = show_organization(snapshot_of(session, installation, admin))
        return OrganizationView.model_validate(request.finish(session, 201, view.model_dump(mode="json")))


def founder_of(organization_id: str, person: Person) -> MemberRow:
    """The first admin."""
    return MemberRow(
        organization_id=organization_id,
        subject=person.subject,
        role="admin",
        name=person.name,
        email=person.email,
    )


def show_organization(snapshot: OrganizationSnapshot) -> OrganizationView:
    """An organization as somebody sees it."""
    row = queries.organization(snapshot.session, snapshot.organization_id)
    if row is None:
        raise not_found(Sentence("This organization does not exist here."))
    return OrganizationView(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        stage=stage(snapshot.dossier),
        documents=snapshot.summaries(),
        counts=queries.counts(snapshot.session, row.id, (*OF_GAMES, *RECURRING)),
        balance_owed=owed(snapshot.dossier),
        next_actions=snapshot.next_actions(snapshot.role or Role.ADMIN),
        blockers=most_urgent(snapshot.blockers()),
        your_role=snapshot.role or "auditor",
    )


def show_blockers(snapshot: OrganizationSnapshot, accrued: Sequence[Estimate]) -> BlockersView:
    """What holds up the money of an organization whose estimates are known."""
    blockers = snapshot.blockers(accrued)
    owed_to, estimated_for = counted_by(blockers, estimated=False), counted_by(blockers, estimated=True)
    return BlockersView(
        blockers=[show_blocker(blocker, snapshot.organization_id) for blocker in most_urgent(blockers)],
        waiting_money=[
            WaitingMoney(who=who, owed=owed_to.get(who), estimated=estimated_for.get(who))
            for who in Role
            if who in owed_to or who in estimated_for
        ],
        balance_owed=owed(snapshot.dossier),
        payments_blocked_by=payments_blocked_by(snapshot.dossier),
        next_date=min((blocker.until for blocker in blockers if blocker.until), default=None),
    )


def show_blocker(blocker: Blocker, organization_id: str) -> BlockerView:
    """A blocker with the addresses of what an admin can do."""
    return BlockerView(**dict(blocker), links=[link(organization_id, action) for action in blocker.you_can])
