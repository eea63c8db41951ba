"""Who is asking, and what the database lets them do here: asked anew with every request."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from structlog.contextvars import bind_contextvars

from api.http.problems import Problem, Unavailable, not_found
from api.installation import Here, Installation
from api.security.issuer import IssuerAway
from api.security.rate_limits import address_of
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


async def authenticate(request: Request, here: Here, credentials: Credentials) -> Person:
    """Whose token or console session it is; 401 without a good one."""
    try:
        person = await run_in_threadpool(identify, request, here, credentials)
    except Problem as problem:
        if problem.status_code == 401 and credentials is not None:
            here.limits.note_bad(address_of(request))
        raise
    bind_contextvars(subject=person.subject)
    # All keys of an organization share one limit: another key gives no more requests.
    here.limits.count(f"keys of {person.key.organization_id}" if person.key else person.subject)
    return person


def identify(
    request: Request, here: Installation, credentials: HTTPAuthorizationCredentials | None
) -> Person:
    """Whose token, API key or console session it is at this moment; raises Problem."""
    if credentials is None:
        return of_session(request, here)
    if credentials.credentials.startswith(api_keys.PREFIX):
        return of_key(here, credentials.credentials)
    return of_token(here, credentials.credentials)


def of_key(here: Installation, token: str) -> Person:
    """For whom a machine acts with a key."""
    with here.database.reading() as session:
        row = api_keys.find(session, token)
    if row is None:
        raise unauthenticated("The API key is unknown, revoked or expired.", ' error="invalid_token"')
    if api_keys.is_to_be_used(row):
        with here.database.transaction() as session:
            api_keys.use(session, row.id)
    bind_contextvars(key_id=row.id)
    return Person(
        row.made_by, row.name, None, key=KeyGrant(row.id, row.organization_id, frozenset(row.scopes))
    )


def of_token(here: Installation, token: str) -> Person:
    """Whose token it is."""
    try:
        return here.tokens.check(token)
    except BadToken as error:
        raise unauthenticated(str(error), ' error="invalid_token"') from None
    except IssuerAway:
        raise Unavailable("issuer_unavailable", "The token cannot be checked now; try again.", 5) from None


def of_session(request: Request, here: Installation) -> Person:
    """Who is signed in to the console; other sites cannot make them act."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        raise unauthenticated("Send a bearer token.", "")
    refuse_other_sites(request, here.settings.api_url)
    with here.database.reading() as session:
        found = sessions.find(session, secret)
    if found is None:
        raise unauthenticated("Your session has ended; sign in again.", "")
    if is_by_hand(request) and sessions.is_to_be_seen(found):
        with here.database.transaction() as session:
            sessions.see(session, secret)
    return Person(found.subject, found.name, found.email, found.authenticated_at)


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


def refuse_key(person: SignedIn) -> Person:
    """Only somebody who has signed in, not a machine with a key."""
    if person.key is not None:
        raise Problem(403, "not_with_a_key", "Sign in to do this; an API key is not enough.")
    return person


InPerson = Annotated[Person, Depends(refuse_key)]


def prove_recently(person: InPerson) -> Person:
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


JustSignedIn = Annotated[Person, Depends(prove_recently)]
"""For what gives somebody power, or sends something out of the house."""


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


def read_organization(person: SignedIn, here: Here, organization_id: OrganizationId) -> Reader:
    """Admins and staff may read; 403 for other members, 404 for strangers."""
    if person.key is not None:
        # The database has just said that its maker is an admin there.
        if person.key.organization_id != organization_id:
            raise not_found("This organization")
        return Reader(person, organization_id, Role.ADMIN)
    with here.database.reading() as session:
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


MayRead = Annotated[Reader, Depends(read_organization)]


async def read_in_turn(request: Request, here: Here, reader: MayRead) -> AsyncIterator[Reader]:
    """Whoever reads an organization, when it is its turn to hold one of the threads that all requests share."""
    if iscoroutinefunction(request.scope["endpoint"]):  # it holds none
        yield reader
        return
    async with here.queues.pages.turn(reader.organization_id):
        yield reader


Reading = Annotated[Reader, Depends(read_in_turn, scope="function")]


async def make_in_turn(here: Here, reader: MayRead) -> AsyncIterator[None]:
    """For what makes a file: its turn is waited for before one of the shared threads is asked for."""
    async with here.queues.made_files.turn(reader.organization_id):
        yield


IN_TURN = Depends(make_in_turn, scope="function")


def act_for_organization(reader: Reading) -> Reader:
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
    return reader


Admin = Annotated[Reader, Depends(act_for_organization)]


@dataclass(frozen=True)
class Staff:
    """Somebody who works for the platform."""

    person: Person
    roles: frozenset[str]

    @property
    def deciding(self) -> tuple[Role, ...]:
        """The roles in which they may decide."""
        return tuple(role for role in DECIDING if role in self.roles)


def work_for_platform(person: InPerson, here: Here) -> Staff:
    """Only the platform's staff; 403 for everybody else."""
    with here.database.reading() as session:
        roles = staff_roles(session, person.subject)
    if not roles.intersection(STAFF):
        raise Problem(403, "not_staff", "Only operators, finance approvers and auditors may use this.")
    return Staff(person, frozenset(roles))


AsStaff = Annotated[Staff, Depends(work_for_platform)]
