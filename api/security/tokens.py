"""Bearer tokens: JWTs of one OIDC issuer, checked against its published keys."""

import re
import threading
import time
import unicodedata
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import structlog
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key, RSAKey

from api.security.issuer import Issuer, IssuerAway, fetch
from words.voice import Sentence

ALGORITHMS = ("ES256", "RS256", "EdDSA")
OF_KEYS = {("EC", "P-256"): "ES256", ("RSA", None): "RS256", ("OKP", "Ed25519"): "EdDSA"}
"""What keys that do not say it are for, by type and curve."""
TYPES = ("at+jwt", "application/at+jwt", "jwt", "application/jwt")
"""What a token may say that it is; many issuers say nothing, and then its audience alone tells (RFC 7519, 5.1)."""
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 8192
SMALLEST_RSA_BITS = 2048
COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""Three parts in base64url without padding, so that nobody can write the same token in two ways."""
SUBJECT = re.compile(r"[\x21-\x7e]{1,150}")

SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)
JOINERS = "\u200c\u200d"
"""Characters that nobody sees and that letters of many scripts need between them."""

MALFORMED = (JoseError, AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading something that is no token, or no key, may raise."""

# RFC 9864 would have issuers say Ed25519; those of today say EdDSA.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)

KEYS_LAST_SECONDS = 600.0
SECONDS_BETWEEN_FETCHES = 2.0

_log = structlog.get_logger("api.security.tokens")


class BadToken(Exception):
    """A token that is not accepted; ``why`` says it without quoting it."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Person:
    """Who is asking, as the issuer says.

    Attributes:
        subject: the issuer's id of the person.
        name: how to call them.
        email: their address, if the issuer has verified it.
        authenticated_at: when they last proved it, if that is known; real time.
        key: the API key with which a machine acts for them.
    """

    subject: str
    name: str
    email: str | None
    authenticated_at: datetime | None = None
    key: "KeyGrant | None" = None


@dataclass(frozen=True)
class KeyGrant:
    """What an API key is good for."""

    key_id: str
    organization_id: str
    scopes: frozenset[str]


class Tokens:
    """Checks tokens.

    Args:
        issuer: whose tokens.
        audience: for whom they must be.
    """

    def __init__(self, issuer: Issuer, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = Keys(issuer)

    def check(self, token: str) -> Person:
        """Who an access token stands for; raises BadToken or IssuerAway."""
        return person_of(self.claims(token, self._audience))

    def needs_issuer(self, token: str) -> bool:
        """Whether the issuer must be asked for a key before it can be said whose token it is."""
        if len(token) > LONGEST_TOKEN or not COMPACT.fullmatch(token):
            return False
        try:
            algorithm, kid = self._check_header(header_of(token))
        except (BadToken, *MALFORMED):
            return False
        return self._keys.at_hand(kid, algorithm) is None

    def claims(self, token: str, audience: str) -> dict[str, Any]:
        """What a token of the issuer for an audience says; raises BadToken or IssuerAway."""
        if len(token) > LONGEST_TOKEN:
            raise BadToken(Sentence("The token is too long."))
        if not COMPACT.fullmatch(token):
            raise BadToken(Sentence("The token is not valid here."))
        try:
            algorithm, kid = self._check_header(header_of(token))
            key = self._keys.get(kid, algorithm)
            claims = jwt.decode(token, key, registry=Headers(algorithms=[algorithm])).claims
            self._required(audience).validate(claims)
        except ExpiredTokenError:
            raise BadToken(Sentence("The token has expired.")) from None
        except MALFORMED:
            raise BadToken(Sentence("The token is not valid here.")) from None
        return claims

    def _required(self, audience: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer.url},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )

    def _check_header(self, header: dict[str, Any]) -> tuple[str, str | None]:
        algorithm, kid, kind = (header.get(name) for name in ("alg", "kid", "typ"))
        if algorithm not in ALGORITHMS:
            raise BadToken(
                Sentence("The token's algorithm must be one of {expected}.", expected=", ".join(ALGORITHMS))
            )
        if kind is not None and (not isinstance(kind, str) or kind.lower() not in TYPES):
            raise BadToken(Sentence("The token's type must be at+jwt or JWT."))
        if (kid is not None and (not isinstance(kid, str) or not kid)) or "crit" in header:
            raise BadToken(Sentence("The token must name its key by a text, and nothing critical besides."))
        return str(algorithm), kid


class Headers(jws.JWSRegistry):
    """What the header of a token may hold: whatever an issuer adds, as long as the token is no longer than it may be."""

    max_header_length = LONGEST_TOKEN

    def __init__(self, algorithms: Collection[str]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)


def header_of(token: str) -> dict[str, Any]:
    """The header of a token, of which nothing is checked yet; raises what is in ``MALFORMED``."""
    return jws.extract_compact(token.encode(), registry=Headers(ALGORITHMS)).headers()


def person_of(claims: Mapping[str, Any]) -> Person:
    """Whom claims are about; raises BadToken for a subject that cannot be kept."""
    subject = claims["sub"]
    if not SUBJECT.fullmatch(subject):
        raise BadToken(Sentence("The token's subject is too long or has unusual characters."))
    name, email = claims.get("name"), claims.get("email")
    # Not ``iat``: a token that was only renewed says nothing of when somebody proved who they are.
    since = seconds_of(claims.get("auth_time"))
    if since is not None and not 0 <= since <= time.time() + LEEWAY_SECONDS:
        raise BadToken(Sentence("The token's time of signing in cannot be."))
    return Person(
        subject=subject,
        name=name_in(name) or subject,
        email=_plain(email, 254) if is_true(claims.get("email_verified")) else None,
        authenticated_at=None if since is None else datetime.fromtimestamp(since, UTC),
    )


def seconds_of(value: Any) -> float | None:
    """A moment in a claim, in seconds since 1970, as a number or, from some issuers, a text; raises BadToken for others."""
    if value is None:
        return None
    if isinstance(value, str) and SECONDS.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(Sentence("The token's time of signing in cannot be."))
    return value


def is_true(value: Any) -> bool:
    """Whether a claim says yes; some issuers write ``true`` as a text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


class Keys:
    """The issuer's public keys, fetched when needed and remembered for a while."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._lock = threading.Lock()
        self._keys: list[Key] = []
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._away = False

    def get(self, kid: str | None, algorithm: str) -> Key:
        """The key that a token names, or the only one that it can mean.

        Raises:
            BadToken: there is no such key, or the token names none where there are several.
            IssuerAway: that cannot be said now.
        """
        if found := self.at_hand(kid, algorithm):
            return found
        with self._lock:
            self._fetch()
        if found := self._meant(kid, algorithm):
            return found
        if self._away or not self._keys:
            raise IssuerAway
        raise BadToken(
            Sentence("The token's key is not known.") if kid else Sentence("The token must name its key.")
        )

    def at_hand(self, kid: str | None, algorithm: str) -> Key | None:
        """The key, if it was fetched lately."""
        fresh = time.monotonic() - self._fetched_at < KEYS_LAST_SECONDS
        return self._meant(kid, algorithm) if fresh else None

    def _meant(self, kid: str | None, algorithm: str) -> Key | None:
        """The key of that id; without one on either side, the only key of the algorithm."""
        named = [key for key in self._keys if key.kid == kid] if kid else []
        # A key set may leave out the id where there is nothing to choose (RFC 7517, 4.5).
        meant = named or [
            key for key in self._keys if algorithm_of(key) == algorithm and (kid is None or key.kid is None)
        ]
        return meant[0] if len(meant) == 1 and algorithm_of(meant[0]) == algorithm else None

    def _fetch(self) -> None:
        """Ask the issuer, unless it was asked just now: made-up key ids must not become a flood."""
        now = time.monotonic()
        if now - self._tried_at < SECONDS_BETWEEN_FETCHES:
            return
        self._tried_at = now
        try:
            keys = usable(fetch(self._issuer.parts().jwks_uri))
            if not keys:
                raise ValueError("no keys")
            self._keys = keys
            self._fetched_at, self._away = now, False
        except (httpx2.HTTPError, ValueError, IssuerAway) as error:
            self._away = True
            _log.warning("the issuer's keys cannot be had", error=type(error).__name__)


def algorithm_of(key: Key) -> str | None:
    """What a key signs by."""
    curve = key.get("crv")
    return key.alg or OF_KEYS.get((key.key_type, curve if isinstance(curve, str) else None))


def usable(jwks: Any) -> list[Key]:
    """The keys of a key set that may sign tokens; never a symmetric one, and of one id the last."""
    found: dict[object, Key] = {}
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or entry.get("kty") == "oct":
            continue
        try:
            key = JWKRegistry.import_key({name: value for name, value in entry.items() if value is not None})
            strong = not isinstance(key, RSAKey) or key.public_key.key_size >= SMALLEST_RSA_BITS
        except MALFORMED:
            continue
        if algorithm_of(key) in ALGORITHMS and strong:
            found[key.kid or id(key)] = key
    return [*found.values()]


def refuse_for_another(claims: Mapping[str, Any], client_id: str) -> None:
    """Raise BadToken for an identity token that was made for another party (OpenID Connect Core, 3.1.3.7)."""
    if claims.get("azp") not in (None, "", client_id):
        raise BadToken(Sentence("The identity token was made for another party."))


def name_in(value: Any) -> str | None:
    """A name in one line, as it is to be shown: without what directs the writing or cannot be seen."""
    if not isinstance(value, str):
        return None
    kept = (c for c in value if c in JOINERS or c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())[:200].strip(f" {JOINERS}") or None


def _plain(value: Any, longest: int) -> str | None:
    if not isinstance(value, str) or not value.isprintable():
        return None
    return value.strip()[:longest] or None
