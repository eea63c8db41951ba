"""Who is asking, by the token, key or session that they show: asked anew with every request."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session
from structlog.contextvars import bind_contextvars

from api.http.problems import Problem, Unavailable
from api.installation import CurrentInstallation, Installation
from api.security.issuer import IssuerAway
from api.security.rate_limits import address_of, network_of
from api.security.tokens import BadToken, KeyGrant, Person
from storage.people import api_keys, sessions
from words.voice import Sentence

SESSION_COOKIE = "__Host-session"
"""Where the browser keeps the secret of its session; only this very host gets it, and only over HTTPS (or locally)."""


_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token of the OIDC issuer")


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


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
        raise unauthenticated(
            Sentence("The API key is unknown, revoked or expired."), ' error="invalid_token"'
        )
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
        raise unauthenticated(error.why, ' error="invalid_token"') from None
    except IssuerAway:
        raise Unavailable(
            "issuer_unavailable", Sentence("The token cannot be checked now; try again."), 5
        ) from None


def of_session(request: Request, installation: Installation) -> Known:
    """Who is signed in to the console; other sites cannot make them act."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        raise unauthenticated(Sentence("Send a bearer token."), "")
    refuse_other_sites(request, installation.settings.api_url)
    with installation.database.reading() as session:
        known = sessions.find_with_language(session, secret)
    if known is None:
        raise unauthenticated(Sentence("Your session has ended; sign in again."), "")
    found, request.state.language = known
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
        raise Problem(
            403, "cross_site", Sentence("This came from another site's page; do it on this site's own page.")
        )


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def unauthenticated(detail: Sentence, challenge: str) -> Problem:
    """Not signed in."""
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": f"Bearer{challenge}"})


SignedIn = Annotated[Person, Depends(authenticate)]
