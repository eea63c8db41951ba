"""Who is asking, and what the database lets them do here: asked anew with every request."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session
from structlog.contextvars import bind_contextvars

from api.http.problems import Problem, Unavailable, not_found
from api.installation import CurrentInstallation, Installation
from api.queues import VISIT, Queue
from api.security.issuer import IssuerAway
from api.security.rate_limits import address_of, network_of
from api.security.tokens import BadToken, KeyGrant, Person
from models.commands import Actor, Role
from models.tables import OrganizationRow, real_now
from storage.people import api_keys, sessions
from storage.people.roles import admins, membership, staff_roles

STAFF = ("operator", "finance", "auditor")
DECIDING = (Role.OPERATOR, Role.FINANCE)

SESSION_COOKIE = "__Host-session"
"""Where the browser keeps the secret of its session; only this very host gets it, and only over HTTPS (or locally)."""

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token of the OIDC issuer")

RECENTLY = timedelta(minutes=15)
"""How long ago somebody may have proved who they are, where that matters; real time."""

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
OrganizationId = Annotated[str, Path(pattern=r"^org_[0-9A-Za-z]{1,40}$")]


@dataclass(frozen=True)
class Known:
    """Somebody who is known by what they have shown.

    Attributes:
        note: notes the use of their session or key, where that is due.
    """

    person: Person
    note: Callable[[Session], None] | None = None


async def authenticate(
    request: Request, installation: CurrentInstallation, credentials: Credentials
) -> Person:
    """Whose token or console session it is; 401 without a good one."""
    try:
        known = await recognize(request, installation, credentials)
    except Problem as problem:
        if problem.status_code == 401 and credentials is not None:
            installation.rate_limits.note_bad(address_of(request))
        raise
    person = known.person
    bind_contextvars(subject=person.subject)
    # All keys of an organization share one limit: another key gives no more requests.
    installation.rate_limits.count(f"keys of {person.key.organization_id}" if person.key else person.subject)
    if known.note is not None:
        with suppress(Problem):  # where too many write, the next request notes it
            await installation.queues.sessions.run(network_of(request), write_down, installation, known.note)
    return person


async def recognize(
    request: Request, installation: Installation, credentials: HTTPAuthorizationCredentials | None
) -> Known:
    """Who it is; whoever brings a token whose key the issuer must be asked for holds up nobody else."""
    if credentials is not None and installation.tokens.needs_issuer(credentials.credentials):
        whose = network_of(request)
        return await installation.queues.issuer.run(whose, identify, request, installation, credentials)
    return await installation.queues.lookups.run(
        shown_by(request), identify, request, installation, credentials
    )


def shown_by(request: Request) -> str:
    """Whose turn it is before it is known who asks: the session, token or key that they show, or their address."""
    shown = request.headers.get("authorization") or request.cookies.get(SESSION_COOKIE)
    return hashlib.sha256(shown.encode()).hexdigest() if shown else network_of(request)


def identify(
    request: Request, installation: Installation, credentials: HTTPAuthorizationCredentials | None
) -> Known:
    """Whose token, API key or console session it is at this moment; raises Problem."""
    if credentials is None:
        return of_session(request, installation)
    if credentials.credentials.startswith(api_keys.PREFIX):
        return of_key(installation, credentials.credentials)
    return Known(of_token(installation, credentials.credentials))


def write_down(installation: Installation, note: Callable[[Session], None]) -> None:
    """Keep a note."""
    with installation.database.transaction() as session:
        note(session)


def of_key(installation: Installation, token: str) -> Known:
    """For whom a machine acts with a key."""
    with installation.database.reading() as session:
        row = api_keys.find(session, token)
    if row is None:
        raise unauthenticated("The API key is unknown, revoked or expired.", ' error="invalid_token"')
    bind_contextvars(key_id=row.id)
    person = Person(
        row.made_by, row.name, None, key=KeyGrant(row.id, row.organization_id, frozenset(row.scopes))
    )
    key_id = row.id
    due = api_keys.is_to_be_used(row)
    return Known(person, (lambda session: api_keys.use(session, key_id)) if due else None)


def of_token(installation: Installation, token: str) -> Person:
    """Whose token it is."""
    try:
        return installation.tokens.check(token)
    except BadToken as error:
        raise unauthenticated(str(error), ' error="invalid_token"') from None
    except IssuerAway:
        raise Unavailable("issuer_unavailable", "The token cannot be checked now; try again.", 5) from None


def of_session(request: Request, installation: Installation) -> Known:
    """Who is signed in to the console; other sites cannot make them act."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        raise unauthenticated("Send a bearer token.", "")
    refuse_other_sites(request, installation.settings.api_url)
    with installation.database.reading() as session:
        found = sessions.find(session, secret)
    if found is None:
        raise unauthenticated("Your session has ended; sign in again.", "")
    person = Person(found.subject, found.name, found.email, found.authenticated_at)
    due = is_by_hand(request) and sessions.is_to_be_seen(found)
    return Known(person, (lambda session: sessions.see(session, secret)) if due else None)


def is_by_hand(request: Request) -> bool:
    """Whether a person did something: a page that is left open and looks for news by itself keeps nobody signed in."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return request.method != "GET" or (
        mode == "navigate" and "event-stream" not in request.headers.get("accept", "")
    )


def refuse_other_sites(request: Request, base: str) -> None:
    """403 for a change that another site's page asked the browser for."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("sec-fetch-site")
    same = site == "same-origin" if site else request.headers.get("origin", "").rstrip("/") == origin(base)
    if not same:
        raise Problem(403, "cross_site", "This came from another site's page; do it on this site's own page.")


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def unauthenticated(detail: str, challenge: str) -> Problem:
    """Not signed in."""
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": f"Bearer{challenge}"})


SignedIn = Annotated[Person, Depends(authenticate)]


@asynccontextmanager
async def visiting(request: Request, queue: Queue, of: str) -> AsyncIterator[None]:
    """Let a request into a queue until it is answered.

    What is no coroutine holds a shared thread from its beginning to its end, and its turn as long; a coroutine takes
    a turn for each step that needs a thread (``in_thread``).
    """
    with queue.visit(of) as visit:
        VISIT.set(visit)
        if iscoroutinefunction(request.scope["endpoint"]):
            yield
        else:
            async with visit.turn():
                yield


async def ask_in_turn(
    request: Request, installation: CurrentInstallation, person: SignedIn
) -> AsyncIterator[None]:
    """For what somebody asks outside of all organizations."""
    async with visiting(request, installation.queues.pages, f"person {person.subject}"):
        yield


OWN_TURN = Depends(ask_in_turn, scope="function")


def refuse_key(person: Person) -> Person:
    """Only somebody who has signed in, not a machine with a key."""
    if person.key is not None:
        raise Problem(403, "not_with_a_key", "Sign in to do this; an API key is not enough.")
    return person


async def come_in_person(person: SignedIn) -> Person:
    """Only somebody who has signed in."""
    return refuse_key(person)


InPerson = Annotated[Person, Depends(come_in_person)]


def prove_recently(person: Person) -> Person:
    """403 unless somebody has proved in the last minutes who they are (RFC 9470)."""
    since = person.authenticated_at
    if since is None or real_now() - since > RECENTLY:
        unknown = "" if since else " When you last did is not known: a token must say so by auth_time."
        raise Problem(
            403,
            "recent_sign_in_needed",
            f"Sign in again, then repeat this: it needs a sign-in of the last 15 minutes.{unknown}",
            headers={"WWW-Authenticate": 'Bearer error="insufficient_user_authentication", max_age="900"'},
        )
    return person


async def come_just_signed_in(person: InPerson) -> Person:
    """Only somebody who has signed in just now."""
    return prove_recently(person)


JustSignedIn = Annotated[Person, Depends(come_just_signed_in)]


@dataclass(frozen=True)
class Reader:
    """Somebody who may read an organization.

    Attributes:
        role: as an admin of it, or as platform staff (an auditor counts as nobody in particular).
    """

    person: Person
    organization_id: str
    role: Role | None

    @property
    def actor(self) -> Actor | None:
        """Who they are to the pipeline; ``None`` for auditors, who can do nothing."""
        return Actor(role=self.role, id=self.person.subject) if self.role else None

    @property
    def share(self) -> str:
        """In whose share they read: the platform's staff not in that of the organization."""
        return self.organization_id if self.role is Role.ADMIN else f"staff {self.person.subject}"


def read_organization(person: Person, installation: Installation, organization_id: str) -> Reader:
    """Admins and staff may read; 403 for other members, 404 for strangers."""
    with installation.database.reading() as session:
        return reader_of(session, person, organization_id)


def reader_of(session: Session, person: Person, organization_id: str) -> Reader:
    """As what somebody may read an organization; raises Problem."""
    if person.key is not None:
        # The database has just said that its maker is an admin there.
        if person.key.organization_id != organization_id:
            raise not_found("This organization")
        return Reader(person, organization_id, Role.ADMIN)
    member = membership(session, organization_id, person.subject)
    if member == "admin":
        return Reader(person, organization_id, Role.ADMIN)
    roles = staff_roles(session, person.subject)
    exists = session.get(OrganizationRow, organization_id) is not None
    if exists and roles.intersection(STAFF):
        able = () if member else DECIDING  # they may look, but not decide for their own organization
        return Reader(person, organization_id, next((role for role in able if role in roles), None))
    if member is None:
        raise not_found("This organization")
    names = ", ".join(admin.name for admin in admins(session, organization_id))
    raise Problem(
        403, "not_an_admin", f"Only registered organization admins may use this. The admins are: {names}."
    )


async def come_to_organization(
    request: Request, person: SignedIn, installation: CurrentInstallation, organization_id: OrganizationId
) -> Reader:
    """Only those who may read an organization."""
    return await installation.queues.lookups.run(
        shown_by(request), read_organization, person, installation, organization_id
    )


MayRead = Annotated[Reader, Depends(come_to_organization)]


async def read_in_turn(
    request: Request, installation: CurrentInstallation, reader: MayRead
) -> AsyncIterator[Reader]:
    """Whoever reads an organization, in its share, or in the staff's."""
    queue = installation.queues.pages if reader.role is Role.ADMIN else installation.queues.staff
    async with visiting(request, queue, reader.share):
        yield reader


Reading = Annotated[Reader, Depends(read_in_turn, scope="function")]


async def make_in_turn(installation: CurrentInstallation, reader: MayRead) -> AsyncIterator[None]:
    """For what makes a file: its turn is waited for before one of the shared threads is asked for."""
    async with installation.queues.made_files.turn(reader.share):
        yield


IN_TURN = Depends(make_in_turn, scope="function")


@dataclass(frozen=True)
class OrganizationAdmin(Reader):
    """An admin of an organization, who may act for it; a machine with a key of theirs, too."""

    role: Literal[Role.ADMIN] = Role.ADMIN

    @property
    def actor(self) -> Actor:
        """Who they are to the pipeline."""
        return Actor(role=self.role, id=self.person.subject)


@dataclass(frozen=True)
class AdminInPerson(OrganizationAdmin):
    """An admin who has signed in, not a machine."""


@dataclass(frozen=True)
class RecentAdmin(AdminInPerson):
    """An admin who has proved in the last minutes who they are: for what gives somebody power, or sends something out."""


def act_for_organization(reader: Reader) -> OrganizationAdmin:
    """Only admins act for an organization; staff may look."""
    if reader.role is not Role.ADMIN:
        raise Problem(
            403,
            "staff_may_not",
            "Only the organization's admins may do this. Staff decide at /v1/operator/decisions.",
        )
    key = reader.person.key
    if key is not None and "act" not in key.scopes:
        raise Problem(403, "scope_missing", "This API key may only read; make one with the scope act.")
    return OrganizationAdmin(reader.person, reader.organization_id)


def act_in_person(reader: Reader, person: Person) -> AdminInPerson:
    """Only admins who have signed in; no keys."""
    return AdminInPerson(refuse_key(person), act_for_organization(reader).organization_id)


async def come_as_admin(reader: Reading) -> OrganizationAdmin:
    """Only an organization's admins."""
    return act_for_organization(reader)


Admin = Annotated[OrganizationAdmin, Depends(come_as_admin)]


async def come_as_admin_in_person(admin: Admin, person: InPerson) -> AdminInPerson:
    """Only admins who have signed in; no keys."""
    return act_in_person(admin, person)


async def come_as_recent_admin(admin: Admin, person: JustSignedIn) -> RecentAdmin:
    """Only admins who have just signed in."""
    return RecentAdmin(person, admin.organization_id)


ActsInPerson = Annotated[AdminInPerson, Depends(come_as_admin_in_person)]
JustProved = Annotated[RecentAdmin, Depends(come_as_recent_admin)]


@dataclass(frozen=True)
class Staff:
    """Somebody who works for the platform."""

    person: Person
    roles: frozenset[str]

    @property
    def deciding(self) -> tuple[Role, ...]:
        """The roles in which they may decide."""
        return tuple(role for role in DECIDING if role in self.roles)

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Who they are to the pipeline, in each role in which they may decide."""
        return tuple(Actor(role=role, id=self.person.subject) for role in self.deciding)

    def on_case_of(self, organization_id: str) -> "CaseWorker":
        """The same, before something of an organization."""
        return CaseWorker(self.person, self.roles, organization_id)


@dataclass(frozen=True)
class CaseWorker(Staff):
    """Somebody of the staff who wants to decide on something of an organization."""

    organization_id: str

    @property
    def actor(self) -> Actor:
        """Who they are to the pipeline, until it is known in which of their roles they may do it."""
        return Actor(role=next(iter(self.deciding), Role.OPERATOR), id=self.person.subject)


@dataclass(frozen=True)
class DecidingStaff(Staff):
    """An operator or a finance approver, not an auditor."""


def refuse_onlookers(staff: Staff) -> DecidingStaff:
    """Only those who may decide; 403 for auditors."""
    if not staff.deciding:
        raise Problem(403, "wrong_role", "Auditors look; they do not take cases.")
    return DecidingStaff(staff.person, staff.roles)


def work_for_platform(person: Person, installation: Installation) -> Staff:
    """Only the platform's staff; 403 for everybody else."""
    with installation.database.reading() as session:
        roles = staff_roles(session, person.subject)
    if not roles.intersection(STAFF):
        raise Problem(403, "not_staff", "Only operators, finance approvers and auditors may use this.")
    return Staff(person, frozenset(roles))


async def work_in_turn(
    request: Request, person: InPerson, installation: CurrentInstallation
) -> AsyncIterator[Staff]:
    """Only the platform's staff, who have a queue of their own."""
    staff = await installation.queues.lookups.run(shown_by(request), work_for_platform, person, installation)
    async with visiting(request, installation.queues.staff, f"staff {person.subject}"):
        yield staff


AsStaff = Annotated[Staff, Depends(work_in_turn, scope="function")]


async def come_to_decide(staff: AsStaff) -> DecidingStaff:
    """Only those of the staff who may decide."""
    return refuse_onlookers(staff)


AsDecidingStaff = Annotated[DecidingStaff, Depends(come_to_decide)]
