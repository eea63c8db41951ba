"""The sandbox's sign-in page: you say who you are, and are believed. Authorization code with PKCE, as OIDC has it."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from sandbox.problems import Problem, problems
from sandbox.state import Here

router = APIRouter(prefix="/oidc", tags=["oidc: demo only, no password is asked for"])

SUBJECT = r"^[A-Za-z0-9_.@:-]{1,200}$"
CODE_SECONDS = 120
LOCAL = ("127.0.0.1", "localhost", "::1")

PEOPLE = {
    "ada": "Ada Plain",
    "bo": "Bo Again",
    "cyd": "Cyd Rocky",
    "dee": "Dee Boomerang",
    "nia": "Nia New",
    "olga": "Olga Operator",
    "femi": "Femi Finance",
    "audrey": "Audrey Auditor",
    "rita": "Rita Reviewer",
}
"""Whom the page offers; anybody else may be typed."""

PAGE = r"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox sign-in</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; }}
button {{ font: inherit; display: block; width: 100%; margin: .4rem 0; padding: .6rem; text-align: left; }}
label, input {{ font: inherit; display: block; width: 100%; box-sizing: border-box; padding: .3rem 0; }}
</style></head><body><main>
<h1>Who are you?</h1>
<p>This is the sandbox: no password is asked for, and everybody here is invented.</p>
<form method="post">{hidden}{people}</form>
<form method="post">{hidden}<label for="sub">Somebody else</label>
<input id="sub" name="sub" required pattern="[A-Za-z0-9_.@:\-]{{1,200}}"><button>Sign in</button></form>
</main></body></html>"""


@dataclass(frozen=True)
class Somebody:
    """Who is said to have signed in."""

    subject: str
    name: str | None
    email: str | None

    def claims(self) -> dict[str, Any]:
        """What tokens say of them."""
        found: dict[str, Any] = {"sub": self.subject}
        found |= {"name": self.name} if self.name else {}
        return found | ({"email": self.email, "email_verified": True} if self.email else {})


@dataclass(frozen=True)
class Grant:
    """A code that was given out, and what it is good for; once, and not for long."""

    person: Somebody
    client_id: str
    redirect_uri: str
    nonce: str
    challenge: str
    signed_in_at: int


_grants: dict[str, Grant] = {}


@router.get("/authorize", responses=problems())
def ask(
    client_id: Annotated[str, Query(max_length=200)],
    redirect_uri: Annotated[str, Query(max_length=500)],
    response_type: Annotated[str, Query(pattern="^code$")],
    code_challenge: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{43}$")],
    code_challenge_method: Annotated[str, Query(pattern="^S256$")],
    state: Annotated[str, Query(max_length=500)],
    nonce: Annotated[str, Query(max_length=500)] = "",
) -> HTMLResponse:
    """The page on which people say who they are."""
    refuse_elsewhere(redirect_uri)
    asked = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "nonce": nonce,
        "code_challenge": code_challenge,
    }
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items()
    )
    people = "".join(
        f'<button name="sub" value="{subject}">{escape(name)}</button>' for subject, name in PEOPLE.items()
    )
    return HTMLResponse(PAGE.format(hidden=hidden, people=people))


@router.post("/authorize", responses=problems())
def answer(
    here: Here,
    sub: Annotated[str, Form(pattern=SUBJECT)],
    client_id: Annotated[str, Form(max_length=200)],
    redirect_uri: Annotated[str, Form(max_length=500)],
    code_challenge: Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{43}$")],
    state: Annotated[str, Form(max_length=500)],
    nonce: Annotated[str, Form(max_length=500)] = "",
) -> RedirectResponse:
    """Back to where they came from, with a code."""
    refuse_elsewhere(redirect_uri)
    code = secrets.token_urlsafe(32)
    person = Somebody(sub, PEOPLE.get(sub, sub), f"{sub}@studio.example" if "@" not in sub else sub)
    now = int(time.time())
    for old in [key for key, grant in _grants.items() if grant.signed_in_at < now - CODE_SECONDS]:
        del _grants[old]
    _grants[code] = Grant(person, client_id, redirect_uri, nonce, code_challenge, now)
    query = urlencode({"code": code, "state": state, "iss": here.settings.oidc_issuer})
    return RedirectResponse(f"{redirect_uri}?{query}", 303)


def refuse_elsewhere(redirect_uri: str) -> None:
    """Codes are sent to this machine only."""
    if urlsplit(redirect_uri).hostname not in LOCAL:
        raise Problem(400, "redirect_uri", "The sandbox signs people in on this machine only.")


def redeem(code: str, verifier: str, redirect_uri: str, client_id: str) -> Grant | None:
    """What a code is good for; ``None`` when it is not, and never twice."""
    grant = _grants.pop(code, None)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if grant is None or (grant.redirect_uri, grant.client_id) != (redirect_uri, client_id):
        return None
    fresh = grant.signed_in_at >= time.time() - CODE_SECONDS
    return grant if fresh and secrets.compare_digest(digest, grant.challenge) else None
