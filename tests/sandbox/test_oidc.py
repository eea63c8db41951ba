"""The demo's issuer: tokens that anybody can check against its published keys."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.sandbox.box import Box


def token(box: Box, **form: Any) -> str:
    answer = box.call("POST", "/oidc/token", token=None, data={"sub": "person_1", **form})
    assert answer.status_code == 200, answer.text
    signed: str = answer.json()["access_token"]
    return signed


def claims(box: Box, signed: str) -> dict[str, Any]:
    """What the token says, checked like the application checks it."""
    issuer = f"{box.url}/oidc"
    configuration = box.call("GET", "/oidc/.well-known/openid-configuration", token=None).json()
    assert configuration["issuer"] == issuer
    jwks = box.call("GET", "/oidc/jwks", token=None).json()
    assert configuration["jwks_uri"] == f"{issuer}/jwks"
    assert all("d" not in key for key in jwks["keys"])
    header = jwt.get_unverified_header(signed)
    assert header["typ"] == "at+jwt"
    key = next(jwt.PyJWK(key) for key in jwks["keys"] if key["kid"] == header["kid"])
    return jwt.decode(
        signed,
        key,
        algorithms=["ES256"],
        issuer=issuer,
        audience="monetization",
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )


def test_a_token_tells_who_somebody_is(box: Box) -> None:
    said = claims(box, token(box, name="Ada", email="ada@example.org", expires_in=60, grant_type="demo"))
    assert (said["sub"], said["name"], said["email"]) == ("person_1", "Ada", "ada@example.org")
    assert said["exp"] - said["iat"] == 60
    assert "email" not in claims(box, token(box))


def test_old_keys_stay_published(tmp_path: Path) -> None:
    box = Box(tmp_path, "http://127.0.0.1:9").start()
    old = token(box)
    kid = box.control("POST", "/oidc/rotate")["kid"]
    new = token(box)
    assert jwt.get_unverified_header(new)["kid"] == kid != jwt.get_unverified_header(old)["kid"]
    box.kill()
    box.start()
    for signed in (old, new, token(box)):
        assert claims(box, signed)["sub"] == "person_1"
    assert jwt.get_unverified_header(token(box))["kid"] == kid
    box.stop()


@pytest.mark.parametrize(
    "form", [{"sub": ""}, {"sub": "a b"}, {"expires_in": "0"}, {"grant_type": "password"}]
)
def test_odd_wishes_are_refused(box: Box, form: dict[str, str]) -> None:
    answer = box.call("POST", "/oidc/token", token=None, data={"sub": "person_1", **form})
    assert answer.status_code == 422
