"""An OIDC issuer for the demo's people. IT HANDS A TOKEN FOR ANYBODY TO ANYBODY: for the sandbox only."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel
from sqlmodel import Session, col, select

from sandbox.problems import Problem, problems
from sandbox.services.sign_in import SUBJECT, Grant, Somebody, redeem
from sandbox.state import Here, World
from sandbox.store import KeyRow

router = APIRouter(prefix="/oidc", tags=["oidc: demo only, no password is asked for"])

ALGORITHM = "ES256"


class Token(BaseModel):
    """A bearer token; ``expires_in`` is real seconds."""

    access_token: str
    token_type: str = "Bearer"
    expires_in: int
    id_token: str | None = None


@router.get("/.well-known/openid-configuration")
def configuration(here: Here) -> dict[str, Any]:
    """Where the issuer's parts are."""
    issuer = here.settings.oidc_issuer
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": ["authorization_code", "demo"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }


@router.get("/jwks")
def jwks(here: Here) -> dict[str, Any]:
    """The public keys, also those that were used before."""
    with here.store.read() as session:
        rows = session.exec(select(KeyRow).order_by(col(KeyRow.id).desc())).all()
        return {"keys": [_public(row) for row in rows]}


@router.post("/token", responses=problems())
def token(
    here: Here,
    sub: Annotated[str | None, Form(pattern=SUBJECT)] = None,
    name: Annotated[str | None, Form(max_length=200)] = None,
    email: Annotated[str | None, Form(max_length=200)] = None,
    expires_in: Annotated[int, Form(ge=1, le=30 * 86_400, description="real seconds")] = 3600,
    auth_time: Annotated[
        int | None, Form(description="when they signed in; real seconds, now if left out")
    ] = None,
    grant_type: Annotated[str, Form(pattern="^(demo|authorization_code)$")] = "demo",
    code: Annotated[str | None, Form(max_length=200)] = None,
    code_verifier: Annotated[str | None, Form(max_length=200)] = None,
    redirect_uri: Annotated[str | None, Form(max_length=500)] = None,
    client_id: Annotated[str | None, Form(max_length=200)] = None,
) -> Token:
    """A token for whoever you say you are, or for a code. Never let this issuer be trusted outside a sandbox."""
    if grant_type == "demo":
        if sub is None:
            raise Problem(422, "subject_missing", "Send sub.")
        person = Somebody(sub, name, email)
        return Token(access_token=access_token(here, person, expires_in, auth_time), expires_in=expires_in)
    granted = redeem(code or "", code_verifier or "", redirect_uri or "", client_id or "")
    if granted is None:
        raise Problem(400, "invalid_grant", "The code is unknown, used, expired, or not for you.")
    return Token(
        access_token=access_token(here, granted.person, expires_in),
        expires_in=expires_in,
        id_token=identity_token(here, granted),
    )


def access_token(here: World, person: Somebody, expires_in: int, signed_in_at: int | None = None) -> str:
    """What the API is shown."""
    since = signed_in_at or int(datetime.now(UTC).timestamp())
    claims = {
        "aud": here.settings.oidc_audience,
        "jti": uuid4().hex,
        "auth_time": since,
        **person.claims(),
    }
    return signed(here, claims, expires_in, "at+jwt")


def identity_token(here: World, granted: Grant) -> str:
    """Who has signed in, for the client that asked."""
    claims = {
        "aud": granted.client_id,
        "nonce": granted.nonce,
        "auth_time": granted.signed_in_at,
        **granted.person.claims(),
    }
    return signed(here, claims, 300, "JWT")


def signed(here: World, claims: dict[str, Any], expires_in: int, kind: str) -> str:
    """Claims as a token, under the newest key."""
    now = int(datetime.now(UTC).timestamp())
    times = {"iss": here.settings.oidc_issuer, "iat": now, "nbf": now, "exp": now + expires_in}
    with here.store.read() as session:
        row = session.exec(select(KeyRow).order_by(col(KeyRow.id).desc())).first()
        assert row is not None
        kid, pem = row.kid, row.pem
    header = {"alg": ALGORITHM, "kid": kid, "typ": kind}
    return jwt.encode(header, {**times, **claims}, ECKey.import_key(pem))


def ensure_key(world: World) -> None:
    """Make the first key, if there is none."""
    with world.store.write() as session:
        if session.exec(select(KeyRow)).first() is None:
            rotate(session)


def rotate(session: Session) -> str:
    """Make a new key and sign with it from now on; the old ones stay published. Returns its id."""
    pem = ECKey.generate_key("P-256").as_pem(private=True)
    row = KeyRow(kid=uuid4().hex, pem=pem.decode())
    session.add(row)
    return row.kid


def _public(row: KeyRow) -> dict[str, Any]:
    public = ECKey.import_key(row.pem).as_dict(private=False)
    return {**public, "kid": row.kid, "alg": ALGORITHM, "use": "sig"}
