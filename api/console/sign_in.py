"""Signing in at the OIDC issuer: authorization code with PKCE, and a session that the server can end."""

import re
import secrets
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from httpx2 import HTTPError

from api.identity import SESSION_COOKIE, InPerson, origin, refuse_other_sites
from api.installation import Here, Installation
from api.issuer import IssuerAway, Parts
from api.problems import Problem, Unavailable
from api.tokens import BadToken, Person, person_of
from storage import sessions

router = APIRouter(include_in_schema=False)

SIGN_IN_COOKIE = "__Host-sign-in"
SCOPE = "openid profile email"
ISSUER_SECONDS = 5.0

LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}")
"""A path of this site: not ``//elsewhere``, nothing that a browser would read as another host."""


def local(path: str | None) -> str:
    """A path to go on to; the front page for anything that leads elsewhere."""
    return path if path and LOCAL_PATH.fullmatch(path) else "/"


def sign_in_path(next_path: str, again: bool = False) -> str:
    """Where to sign in so as to come back to a page."""
    return f"/sign-in?next={quote(next_path, safe='')}{'&again=1' if again else ''}"


@router.get("/sign-in")
async def begin(
    request: Request,
    here: Here,
    next_path: Annotated[str | None, Query(alias="next")] = None,
    again: bool = False,
) -> Response:
    """To the issuer; ``again`` asks it to have people prove anew who they are."""
    parts = await run_in_threadpool(parts_of, here)
    found = sessions.SignIn(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        code_verifier=secrets.token_urlsafe(48),
        next_path=local(next_path),
    )
    async with client(here) as oidc:
        more = {"prompt": "login", "max_age": "0"} if again else {}
        address, _ = oidc.create_authorization_url(
            parts.authorization_endpoint,
            state=found.state,
            nonce=found.nonce,
            code_verifier=found.code_verifier,
            **more,
        )
    secret = await run_in_threadpool(remember, here, found)
    response = RedirectResponse(address, 303)
    keep(response, SIGN_IN_COOKIE, secret)
    return response


def remember(here: Installation, sign_in: sessions.SignIn) -> str:
    """Keep what is needed when they come back."""
    with here.database.transaction() as session:
        return sessions.begin_sign_in(session, sign_in)


@router.get("/sign-in/callback")
async def come_back(
    request: Request,
    here: Here,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Back from the issuer: only with what this very browser was sent away with."""
    secret = request.cookies.get(SIGN_IN_COOKIE, "")
    sign_in = await run_in_threadpool(recall, here, secret)
    if sign_in is None or not code or not secrets.compare_digest(state.encode(), sign_in.state.encode()):
        raise Problem(
            400, "sign_in_failed", "This sign-in was not begun here, or took too long. Sign in again."
        )
    person = await prove(here, code, sign_in)
    old = request.cookies.get(SESSION_COOKIE)
    new = await run_in_threadpool(begin_session, here, person, old)
    response = RedirectResponse(sign_in.next_path, 303)
    keep(response, SESSION_COOKIE, new)
    response.delete_cookie(SIGN_IN_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def recall(here: Installation, secret: str) -> sessions.SignIn | None:
    """What was kept, once."""
    with here.database.transaction() as session:
        return sessions.end_sign_in(session, secret)


async def prove(here: Installation, code: str, sign_in: sessions.SignIn) -> Person:
    """Who it is: the code for an identity token that was made for this sign-in."""
    parts = await run_in_threadpool(parts_of, here)
    try:
        async with client(here) as oidc:
            tokens = await oidc.fetch_token(
                parts.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=sign_in.code_verifier,
            )
        found = await run_in_threadpool(
            here.tokens.claims, str(tokens.get("id_token", "")), here.settings.oidc_client_id
        )
        if found.get("nonce") != sign_in.nonce:
            raise BadToken("The identity token is not of this sign-in.")
        return person_of(found)
    except (OAuthError, BadToken):
        raise Problem(
            400, "sign_in_failed", "The issuer did not confirm this sign-in. Sign in again."
        ) from None
    except (HTTPError, IssuerAway):
        raise issuer_away() from None


def begin_session(here: Installation, person: Person, old: str | None) -> str:
    """A new session; one that the browser had before ends."""
    with here.database.transaction() as session:
        if old:
            sessions.end(session, old)
        since = person.authenticated_at or datetime.now(UTC)
        return sessions.begin(session, person.subject, person.name, person.email, since)


@router.post("/sign-out")
async def sign_out(request: Request, here: Here) -> Response:
    """End the session, on the server as well."""
    refuse_other_sites(request, here.settings.api_url)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        await run_in_threadpool(end_session, here, secret)
    response = RedirectResponse("/signed-out", 303)
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def end_session(here: Installation, secret: str) -> None:
    """End a session."""
    with here.database.transaction() as session:
        sessions.end(session, secret)


@router.post("/sign-out/everywhere")
async def sign_out_everywhere(person: InPerson, here: Here) -> Response:
    """End all sessions of the one who is signed in."""

    def end_all() -> None:
        with here.database.transaction() as session:
            sessions.end_all(session, person.subject)

    await run_in_threadpool(end_all)
    return RedirectResponse("/signed-out", 303)


def client(here: Installation) -> AsyncOAuth2Client:
    """The console, as the issuer knows it."""
    secret = here.settings.oidc_client_secret.get_secret_value()
    return AsyncOAuth2Client(
        here.settings.oidc_client_id,
        secret or None,
        scope=SCOPE,
        redirect_uri=f"{origin(here.settings.api_url)}/sign-in/callback",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        timeout=ISSUER_SECONDS,
        trust_env=False,
    )


def parts_of(here: Installation) -> Parts:
    """The issuer's parts; 503 when it is away."""
    try:
        return here.issuer.parts()
    except IssuerAway:
        raise issuer_away() from None


def issuer_away() -> Unavailable:
    """Nobody can sign in now."""
    return Unavailable("issuer_unavailable", "Signing in is not possible right now. Please try again.", 5)


def keep(response: Response, name: str, secret: str) -> None:
    """Give the browser a secret that only this host gets back, and no script."""
    response.set_cookie(name, secret, path="/", secure=True, httponly=True, samesite="lax")
