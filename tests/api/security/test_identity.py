"""Who may come in: no bad token; and what people are told who may not (who may where: test_matrix)."""

import base64
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.security.issuer import Issuer
from api.security.tokens import BadToken, Tokens, person_of, refuse_for_another, usable
from models.tables import MemberRow
from tests.api.support.odd_issuer import OddIssuer
from tests.api.support.server import Client, Server, problem
from tests.sandbox.box import Box, eventually

ME = "/v1/me"


def raw(part: Any) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Forge:
    """Makes tokens with the issuer's own key, so that a test can spoil one thing at a time."""

    def __init__(self, box: Box) -> None:
        with sqlite3.connect(box.state_dir / "sandbox.db") as rows:
            self.kid, pem = rows.execute("SELECT kid, pem FROM signing_key ORDER BY id DESC").fetchone()
        self.key: Any = load_pem_private_key(pem.encode(), None)
        self.public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.issuer = f"{box.url}/oidc"

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "monetization", "sub": "ada", "iat": now, "exp": now + 60}
        return {name: value for name, value in (claims | more).items() if value is not ...}

    def token(
        self, key: Any = None, algorithm: str = "ES256", header: dict[str, Any] | None = None, **more: Any
    ) -> str:
        headers = {"kid": self.kid, "typ": "at+jwt"} | (header or {})
        return jwt.encode(self.claims(**more), key or self.key, algorithm=algorithm, headers=headers)

    def hs256(self, secret: bytes) -> str:
        """The classic confusion: the public key as the secret of an HMAC. PyJWT refuses to make it."""
        signed = f"{raw({'alg': 'HS256', 'kid': self.kid, 'typ': 'at+jwt'})}.{raw(self.claims())}"
        return f"{signed}.{raw(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    def unsigned(self, algorithm: str, signature: str = "") -> str:
        return f"{raw({'alg': algorithm, 'kid': self.kid, 'typ': 'at+jwt'})}.{raw(self.claims())}.{signature}"

    def spoiled(self) -> str:
        head, _, signature = self.token().split(".")
        return f"{head}.{raw(self.claims(sub='olga'))}.{signature}"


@pytest.fixture(scope="session")
def forge(issuer: tuple[Box, int]) -> Forge:
    return Forge(issuer[0])


def spoiled_header(forge: Forge) -> bytes:
    """A header that names two algorithms; readers differ in which they take."""
    return f'{{"alg":"ES256","alg":"none","kid":"{forge.kid}","typ":"at+jwt"}}'.encode()


def bad_tokens(forge: Forge) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    strangers = {
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        "RS256": rsa.generate_private_key(65537, 2048),
        "ES384": ec.generate_private_key(ec.SECP384R1()),
    }
    for algorithm, key in strangers.items():
        yield f"stranger's key, {algorithm}", forge.token(key, algorithm)
    for name in ("none", "None", "NONE", "nOnE", ""):
        yield f"alg {name!r}", forge.unsigned(name)
        yield f"alg {name!r}, signed", forge.unsigned(name, forge.token().split(".")[2])
    der = forge.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = forge.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for secret in (forge.public, forge.public.strip(), der, point, b"", b"secret"):
        yield "HS256 with what is public", forge.hs256(secret)
    yield "another body under the same signature", forge.spoiled()
    spoiled: dict[str, dict[str, Any]] = {
        "wrong audience": {"aud": "somebody-else"},
        "no audience": {"aud": ...},
        "audience of another type": {"aud": {"monetization": True}},
        "wrong issuer": {"iss": "https://evil.example/oidc"},
        "issuer with a tail": {"iss": f"{forge.issuer}/"},
        "no issuer": {"iss": ...},
        "expired": {"exp": now - 3600},
        "expired just beyond the leeway": {"exp": now - 61},
        "no expiry": {"exp": ...},
        "expiry no number": {"exp": "tomorrow"},
        "expiry beyond all numbers": {"exp": float("inf")},
        "expiry not a number": {"exp": float("nan")},
        "expiry null": {"exp": None},
        "issued in the future": {"iat": now + 3600},
        "no time of issue": {"iat": ...},
        "not valid yet": {"nbf": now + 3600},
        "no subject": {"sub": ...},
        "empty subject": {"sub": ""},
        "subject a list": {"sub": ["ada"]},
        "subject a number": {"sub": 7},
        "subject too long": {"sub": "a" * 151},
        "subject with a line break": {"sub": "ada\nolga"},
        "subject with a space": {"sub": "ada "},
        "subject not ASCII": {"sub": "adä"},
        "subject null": {"sub": None},
        "subject with NUL": {"sub": "ada\x00"},
        "subject with a bidirectional mark": {"sub": "ada\u202e"},
        "audience a list of others": {"aud": ["a", "b"]},
        "audience an empty list": {"aud": []},
        "audience with a blank": {"aud": "monetization "},
        "audience in capitals": {"aud": "MONETIZATION"},
        "an identity token": {"aud": "console", "nonce": "n"},
        "issuer in capitals": {"iss": forge.issuer.upper()},
        "issuer a list": {"iss": [forge.issuer]},
        "issued at a text": {"iat": "yesterday"},
        "signed in beyond all time": {"auth_time": 10**30},
        "signed in before all time": {"auth_time": -(10**30)},
        "signed in tomorrow": {"auth_time": now + 86_400},
        "signed in at a text": {"auth_time": "now"},
        "not before beyond all time": {"nbf": 10**30},
    }
    for name, more in spoiled.items():
        try:
            yield name, forge.token(**more)
        except TypeError:
            # PyJWT refuses to make it; made by hand, the signature is then right for other bytes.
            yield name, f"{forge.token().split('.')[0]}.{raw(forge.claims(**more))}.AAAA"
    headers: dict[str, dict[str, Any]] = {
        "unknown kid": {"kid": "unknown"},
        "kid a path": {"kid": "../../../../dev/null"},
        "kid SQL": {"kid": "x' UNION SELECT 'a"},
        "empty kid": {"kid": ""},
        "type a number": {"typ": 7},
        "wrong type": {"typ": "logout+jwt"},
        "critical header": {"crit": ["exp"]},
        "own key beside": {"kid": "mine", "jwk": {"kty": "oct", "k": "AAAA"}},
        "own key address": {"kid": "mine", "jku": "https://evil.example/jwks"},
        "own certificate": {"kid": "mine", "x5u": "https://evil.example/x5u"},
        "kid an address": {"kid": "http://127.0.0.1:1/key"},
        "kid with NUL": {"kid": f"{forge.kid}\x00"},
        "kid very long": {"kid": "k" * 4000},
        "type an identity token's": {"typ": "id_token+jwt"},
        "unencoded payload": {"b64": False, "crit": ["b64"]},
        "unknown critical header": {"crit": ["x"], "x": 1},
    }
    for name, header in headers.items():
        yield name, forge.token(header=header)
    good = forge.token()
    head, body, signature = good.split(".")
    for name, token in {
        "garbage": "garbage",
        "dots": "..",
        "many dots": "." * 50,
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "no signature": f"{head}.{body}.",
        "signature cut": good[:-4],
        "header no JSON": f"{raw(b'{')}.{body}.{signature}",
        "header a list": f"{raw([])}.{body}.{signature}",
        "header deep": f"{raw(b'[' * 3000)}.{body}.{signature}",
        "body no JSON": f"{head}.{raw(b'null')}.{signature}",
        "not base64": f"{head}.%%%.{signature}",
        "too long": f"{head}.{'A' * 9000}.{signature}",
        "algorithm in small letters": f"{raw({'alg': 'es256', 'kid': forge.kid, 'typ': 'at+jwt'})}.{body}.{signature}",
        "two algorithms": f"{raw(spoiled_header(forge))}.{body}.{signature}",
        "encrypted, it says": f"{raw({'alg': 'dir', 'enc': 'A256GCM', 'kid': forge.kid})}..{body}.{signature}.AA",
        "a token in a token": f"{head}.{raw(good.encode())}.{signature}",
        "signature of nothing": f"{head}.{body}.{raw(bytes(64))}",
        "signature with padding": f"{good}==",
        "body inflated": f"{raw({'alg': 'ES256', 'zip': 'DEF', 'kid': forge.kid, 'typ': 'at+jwt'})}.{body}.{signature}",
        "blanks inside": f"{head}. {body}.{signature}",
        "an API key that was never made": "mk_" + "A" * 43,
        "an API key without a secret": "mk_",
        "an API key that is very long": "mk_" + "A" * 6000,
        "an API key's prefix before a token": f"mk_{good}",
    }.items():
        yield name, token


def test_a_good_token_is_accepted(server: Server, forge: Forge, ada: Client) -> None:
    assert ada.get(ME)["subject"] == "ada"
    tokens = [
        forge.token(header={"typ": "JWT"}),
        forge.token(aud=["other", "monetization"]),
        forge.token(exp=int(time.time()) - 5),
        forge.token(header={"typ": None}),
        forge.token(header={"typ": "application/at+jwt"}),
        forge.token(header={"typ": "application/jwt"}),
    ]
    for token in tokens:
        assert Client(server, "ada", token).get(ME)["subject"] == "ada"


def a_key(kid: str | None = None) -> tuple[ec.EllipticCurvePrivateKey, dict[str, Any]]:
    """A key, and how an issuer publishes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    published = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return key, published | ({"kid": kid} if kid else {})


@pytest.mark.parametrize(
    ("published", "named", "accepted"),
    [
        (["one"], "one", True),
        (["one"], None, True),
        ([None], None, True),
        ([None], "one", True),
        (["one"], "other", False),
        (["one", "two"], "one", True),
        (["one", "two"], None, False),
        ([None, None], None, False),
        ([None, "two"], "two", True),
    ],
)
def test_a_token_names_its_key_where_there_is_a_choice(
    published: list[str | None], named: str | None, accepted: bool
) -> None:
    issuer = OddIssuer()
    try:
        keys = [a_key(kid) for kid in published]
        issuer.published = [public for _, public in keys]
        signing = keys[published.index(named) if named in published else 0][0]
        now = int(time.time())
        claims = {"iss": issuer.url, "aud": "monetization", "sub": "ada", "iat": now, "exp": now + 60}
        token = jwt.encode(claims, signing, "ES256", {"kid": named} if named else {})
        tokens = Tokens(Issuer(issuer.url), "monetization")
        if accepted:
            assert tokens.check(token).subject == "ada"
        else:
            with pytest.raises(BadToken):
                tokens.check(token)
    finally:
        issuer.close()


def test_of_two_nameless_keys_the_one_of_the_token_s_algorithm_is_meant() -> None:
    issuer = OddIssuer()
    try:
        signing, elliptic = a_key()
        other = rsa.generate_private_key(65537, 2048)
        issuer.published = [RSAAlgorithm.to_jwk(other.public_key(), as_dict=True), elliptic]
        now = int(time.time())
        claims = {"iss": issuer.url, "aud": "monetization", "sub": "ada", "iat": now, "exp": now + 60}
        tokens = Tokens(Issuer(issuer.url), "monetization")
        for key, algorithm in ((signing, "ES256"), (other, "RS256")):
            assert tokens.check(jwt.encode(claims, key, algorithm)).subject == "ada"
    finally:
        issuer.close()


@pytest.mark.parametrize(
    "published",
    [
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "alg": "HS256"},
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "alg": "ES256"},
        RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True),
        {**a_key("one")[1], "use": "enc"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "unheard"},
        "text",
        None,
    ],
)
def test_a_key_that_is_secret_weak_or_for_something_else_signs_nobody_in(published: object) -> None:
    good = a_key("good")[1]
    assert [key.kid for key in usable({"keys": [published, good]})] == ["good"]


@pytest.mark.parametrize(
    ("verified", "email"),
    [(True, "ada@example.com"), ("true", "ada@example.com"), ("True", "ada@example.com"), (False, None)]
    + [(other, None) for other in ("false", "", "yes", 1, None, ["true"], {"true": True})],
)
def test_an_address_counts_once_the_issuer_has_verified_it(verified: object, email: str | None) -> None:
    claims = {"sub": "ada", "email": "ada@example.com", "email_verified": verified}
    assert person_of(claims).email == email


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("क्\u200dष", "क्\u200dष"),
        ("Ada\xa0Lovelace", "Ada Lovelace"),
        ("Ada\u202e ecalevoL", "Ada ecalevoL"),
        ("Ada\r\nLovelace\x00", "Ada Lovelace"),
        ("\u200d\u200b", "ada"),
        ("", "ada"),
        (7, "ada"),
        (["Ada"], "ada"),
        ("a" * 300, "a" * 200),
    ],
)
def test_a_name_is_shown_in_its_own_script_and_hides_nothing(written: object, shown: str) -> None:
    assert person_of({"sub": "ada", "name": written}).name == shown


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (1_767_614_400, 1_767_614_400),
        ("1767614400", 1_767_614_400),
        (1_767_614_400.5, 1_767_614_400.5),
        (None, None),
    ],
)
def test_when_somebody_signed_in_is_known_only_if_it_is_a_moment(said: object, seconds: float | None) -> None:
    known = person_of({"sub": "ada", "auth_time": said}).authenticated_at
    assert (known.timestamp() if known else None) == seconds


@pytest.mark.parametrize(
    "never",
    [
        -1,
        4_000_000_000,
        "4000000000",
        float("nan"),
        float("inf"),
        True,
        "",
        "yesterday",
        "١٧٦٧٦١٤٤٠٠",
        [1],
        {},
        "1e9",
    ],
)
def test_a_moment_that_cannot_be_is_none_of_signing_in(never: object) -> None:
    with pytest.raises(BadToken):
        person_of({"sub": "ada", "auth_time": never})


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({}, True),
        ({"azp": "console"}, True),
        ({"azp": None}, True),
        ({"azp": "other"}, False),
        ({"azp": 1}, False),
    ],
)
def test_an_identity_token_is_for_the_one_that_asked(claims: dict[str, object], good: bool) -> None:
    if good:
        refuse_for_another({"aud": ["console", "other"], **claims}, "console")
    else:
        with pytest.raises(BadToken):
            refuse_for_another({"aud": ["console", "other"], **claims}, "console")


def test_a_token_that_was_only_renewed_is_no_recent_sign_in(
    server: Server, forge: Forge, organization: str
) -> None:
    renewed = Client(server, "ada", forge.token(auth_time=..., iat=int(time.time())))
    assert renewed.get(ME)["subject"] == "ada"
    path = f"/v1/organizations/{organization}/api-keys"
    problem(renewed.try_post(path, {"name": "Mine", "scopes": ["act"]}), 403, "recent_sign_in_needed")


def test_every_bad_token_is_refused(server: Server, forge: Forge) -> None:
    tried = 0
    for name, token in bad_tokens(forge):
        answer = server.call("GET", ME, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, f"{name}: {answer.text}"
        body = problem(answer, 401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
        assert not token or token not in answer.text, f"{name}: the token is repeated"
        assert "Traceback" not in body["detail"]
        tried += 1
    assert tried >= 100


def test_without_a_bearer_token_nobody_comes_in(server: Server, forge: Forge) -> None:
    headers: list[dict[str, str | bytes]] = [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YWRhOmFkYQ=="},
        {"Authorization": forge.token()},
        {"Authorization": f"Token {forge.token()}"},
        {"Authorization": b"Bearer \xff\xfe"},
        {"Cookie": f"token={forge.token()}"},
    ]
    for header in headers:
        answer = server.call("GET", ME, headers=header)
        problem(answer, 401, "unauthenticated")
        assert "WWW-Authenticate" in answer.headers


def test_a_new_key_of_the_issuer_is_found(server: Server, issuer: tuple[Box, int], forge: Forge) -> None:
    before = forge.token()
    issuer[0].control("POST", "/oidc/rotate")
    new = server.person("ada")
    # Made-up keys may just have been asked for; the issuer is not asked more often than every two seconds.
    eventually(lambda: new.call("GET", ME).status_code == 200)
    assert Client(server, "ada", before).get(ME)["subject"] == "ada", "the old key is still published"


def test_without_the_issuer_nothing_can_be_said(
    issuer: tuple[Box, int], server: Server, tmp_path: Any
) -> None:
    token = server.token("ada")
    lonely = Server(
        issuer[0], tmp_path, extra={"MONETIZATION_OIDC_ISSUER": "http://127.0.0.1:1/oidc"}
    ).start()
    try:
        answer = lonely.call("GET", ME, headers={"Authorization": f"Bearer {token}"})
        problem(answer, 503, "issuer_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        problem(lonely.call("GET", ME), 401)
    finally:
        lonely.stop()


def test_a_plain_member_is_told_who_the_admins_are(server: Server, organization: str) -> None:
    said = problem(server.person("max").call("GET", f"/v1/organizations/{organization}"), 403, "not_an_admin")
    assert "Ada Lovelace" in said["detail"]


def test_a_decision_is_for_the_role_that_the_rules_name(server: Server, organization: str) -> None:
    decision = {
        "organization_id": organization,
        "document_id": "verification",
        "action": "verification.reopen",
    }
    for subject, code in (("ada", "not_staff"), ("aud", "wrong_role"), ("femi", "wrong_role")):
        problem(server.person(subject).try_post("/v1/operator/decisions", decision), 403, code)


def test_roles_are_read_anew_with_every_request(server: Server) -> None:
    organization_id = server.settled_organization()
    ada = server.person("ada")
    ada.get(f"/v1/organizations/{organization_id}")
    with server.database.transaction() as session:
        row = session.get(MemberRow, (organization_id, "ada"))
        assert row is not None
        row.role = "member"
    problem(ada.call("GET", f"/v1/organizations/{organization_id}"), 403)
    with server.database.transaction() as session:
        session.delete(session.get(MemberRow, (organization_id, "ada")))
    problem(ada.call("GET", f"/v1/organizations/{organization_id}"), 404)
