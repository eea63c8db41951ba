"""Signing in at the OIDC issuer: authorization code with PKCE, and a session that the server can end."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from httpx2 import HTTPError

from api.console.login import login_state
from api.console.login.login_state import SignIn
from api.http.problems import Problem, Unavailable
from api.installation import CurrentInstallation, Installation
from api.security.identity import SESSION_COOKIE, origin, refuse_other_sites
from api.security.in_person import InPerson
from api.security.issuer import IssuerAway, Parts
from api.security.rate_limits import address_of, network_of
from api.security.tokens import LEEWAY_SECONDS, BadToken, Person, person_of, refuse_for_another
from storage.people import sessions
from words.voice import Sentence

router = APIRouter(include_in_schema=False)

SCOPE = "openid profile email"
ISSUER_SECONDS = 5.0

AGAIN = ("login_required", "interaction_required", "account_selection_required", "consent_required")
MISCONFIGURED = (
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_response_type",
    "invalid_request_uri",
    "invalid_request_object",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
)
"""Errors of an issuer that only whoever runs this installation, or the issuer, can put right."""

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
    installation: CurrentInstallation,
    next_path: Annotated[str | None, Query(alias="next")] = None,
    again: bool = False,
) -> Response:
    """To the issuer; ``again`` asks it to have people prove anew who they are."""
    parts = await installation.queues.issuer.run(network_of(request), parts_of, installation)
    sign_in = login_state.begin(local(next_path), again)
    async with client(installation) as oidc:
        more = {"prompt": "login", "max_age": "0"} if again else {}
        address, _ = oidc.create_authorization_url(
            parts.authorization_endpoint,
            state=sign_in.state,
            nonce=sign_in.nonce,
            code_verifier=sign_in.code_verifier,
            **more,
        )
    response = RedirectResponse(address, 303)
    sealed = login_state.seal(installation.keyring, sign_in)
    for name in login_state.crowded_out(request.cookies, len(sign_in.cookie) + len(sealed)):
        forget(response, name)
    keep(response, sign_in.cookie, sealed, login_state.LASTS)
    return response


@router.get("/sign-in/callback")
async def come_back(
    request: Request,
    installation: CurrentInstallation,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
    error: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Back from the issuer: only with what this very browser was sent away with."""
    sign_in = login_state.recall(installation.keyring, request.cookies, state)
    if sign_in is None:
        raise Problem(
            400,
            "sign_in_failed",
            Sentence("This sign-in was not begun here, or took too long. Sign in again."),
        )
    if error or not code:
        raise not_let_in(error)
    try:
        person = await prove(request, installation, code, sign_in)
    except Problem as problem:
        if problem.status_code == 400:
            installation.rate_limits.note_bad(address_of(request))
        raise
    old = request.cookies.get(SESSION_COOKIE)
    new = await installation.queues.sessions.run(
        network_of(request), begin_session, installation, person, old
    )
    response = RedirectResponse(sign_in.next_path, 303)
    keep(response, SESSION_COOKIE, new)
    forget(response, sign_in.cookie)
    return response


async def prove(request: Request, installation: Installation, code: str, sign_in: SignIn) -> Person:
    """Who it is: the code for an identity token that was made for this sign-in."""
    parts = await installation.queues.issuer.run(network_of(request), parts_of, installation)
    try:
        async with client(installation) as oidc:
            tokens = await oidc.fetch_token(
                parts.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=sign_in.code_verifier,
            )
        found = await installation.queues.issuer.run(
            network_of(request),
            installation.tokens.claims,
            str(tokens.get("id_token", "")),
            installation.settings.oidc_client_id,
        )
        refuse_for_another(found, installation.settings.oidc_client_id)
        if found.get("nonce") != sign_in.nonce:
            raise BadToken(Sentence("The identity token is not of this sign-in."))
        person = person_of(found)
    except (OAuthError, BadToken):
        raise Problem(
            400, "sign_in_failed", Sentence("The issuer did not confirm this sign-in. Sign in again.")
        ) from None
    except (HTTPError, IssuerAway):
        raise issuer_away() from None
    if sign_in.again:
        refuse_unproven(person, sign_in)
    return person


def not_let_in(error: str) -> Problem:
    """What the issuer's refusal means (OAuth 2.0, 4.1.2.1; OpenID Connect Core, 3.1.2.6); its own text is not shown.

    Whoever sends somebody here decides that text.
    """
    if error in ("server_error", "temporarily_unavailable"):
        return issuer_away()
    if error == "access_denied":
        return Problem(
            403,
            "sign_in_denied",
            Sentence(
                "The sign-in service did not let you in, or you cancelled there. Sign in again if you cancelled. "
                "Otherwise ask whoever manages your account there for access."
            ),
        )
    if error in AGAIN:
        return Problem(
            400,
            "sign_in_failed",
            Sentence("The sign-in service needs something more from you. Sign in again."),
        )
    named = f" ({error})" if error in MISCONFIGURED else ""
    return Problem(
        400,
        "sign_in_failed",
        Sentence(
            "The sign-in service sent you back without signing you in{error}. It is not your mistake: sign in again, "
            "and if that does not help, tell the platform.",
            error=named,
        ),
    )


def refuse_unproven(person: Person, sign_in: SignIn) -> None:
    """400 unless the issuer says that they have just proved who they are (OpenID Connect Core 3.1.3.7)."""
    asked_at = datetime.fromtimestamp(sign_in.begun_at, UTC)
    if person.authenticated_at is None:
        raise Problem(
            400,
            "sign_in_not_proved",
            Sentence(
                "You came back from signing in, but the issuer does not say when you proved who you are, so this cannot be "
                "allowed. It is not your mistake: please tell the platform that its issuer must send auth_time in "
                "identity tokens whenever max_age is asked for."
            ),
        )
    if person.authenticated_at < asked_at - timedelta(seconds=LEEWAY_SECONDS):
        raise Problem(
            400,
            "sign_in_not_proved",
            Sentence(
                "The issuer let you through without asking anew who you are, so this cannot be allowed. Sign out there and "
                "sign in again. If that does not help, please tell the platform that its issuer must heed max_age=0 and "
                "prompt=login, and say in auth_time when people proved who they are."
            ),
        )


def begin_session(installation: Installation, person: Person, old: str | None) -> str:
    """A new session; one that the browser had before ends."""
    with installation.database.transaction() as session:
        if old:
            sessions.end(session, old)
        return sessions.begin(session, person.subject, person.name, person.email, person.authenticated_at)


@router.post("/sign-out")
async def sign_out(request: Request, installation: CurrentInstallation) -> Response:
    """End the session, on the server as well."""
    refuse_other_sites(request, installation.settings.api_url)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        await installation.queues.sessions.run(network_of(request), end_session, installation, secret)
    response = RedirectResponse("/signed-out", 303)
    forget(response, SESSION_COOKIE)
    return response


def end_session(installation: Installation, secret: str) -> None:
    """End a session."""
    with installation.database.transaction() as session:
        sessions.end(session, secret)


@router.post("/sign-out/everywhere")
async def sign_out_everywhere(
    request: Request, person: InPerson, installation: CurrentInstallation
) -> Response:
    """End all sessions of the one who is signed in."""

    def end_all() -> None:
        with installation.database.transaction() as session:
            sessions.end_all(session, person.subject)

    await installation.queues.sessions.run(network_of(request), end_all)
    return RedirectResponse("/signed-out", 303)


def client(installation: Installation) -> AsyncOAuth2Client:
    """The console, as the issuer knows it."""
    secret = installation.settings.oidc_client_secret.get_secret_value()
    return AsyncOAuth2Client(
        installation.settings.oidc_client_id,
        secret or None,
        scope=SCOPE,
        redirect_uri=f"{origin(installation.settings.api_url)}/sign-in/callback",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        timeout=ISSUER_SECONDS,
        trust_env=False,
    )


def parts_of(installation: Installation) -> Parts:
    """The issuer's parts; 503 when it is away."""
    try:
        return installation.issuer.parts()
    except IssuerAway:
        raise issuer_away() from None


def issuer_away() -> Unavailable:
    """Nobody can sign in now."""
    return Unavailable(
        "issuer_unavailable", Sentence("Signing in is not possible right now. Please try again."), 5
    )


def keep(response: Response, name: str, secret: str, lasts: timedelta | None = None) -> None:
    """Give the browser a secret that only this host gets back, and no script; until it is closed, or for a while."""
    seconds = int(lasts.total_seconds()) if lasts else None
    response.set_cookie(name, secret, seconds, path="/", secure=True, httponly=True, samesite="lax")


def forget(response: Response, name: str) -> None:
    """Have the browser forget a secret."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
