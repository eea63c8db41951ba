"""API keys: good for what their scopes say, in one organization, until they end; never instead of a person."""

from datetime import timedelta
from typing import Any

import pytest

from models.tables import ApiKeyRow, MemberRow, real_now
from tests.api.support.server import Client, Server


@pytest.fixture
def home(server: Server) -> str:
    return server.settled_organization()


def make(ada: Client, home: str, *scopes: str) -> dict[str, Any]:
    answer = ada.try_post(
        f"/v1/organizations/{home}/api-keys", {"name": "Nightly export", "scopes": list(scopes), "days": 30}
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def machine(server: Server, token: str) -> Client:
    return Client(server, "machine", token)


def test_a_key_reads_what_its_maker_may_read_and_its_token_is_not_kept(
    server: Server, ada: Client, home: str
) -> None:
    made = make(ada, home, "read")
    robot = machine(server, made["token"])
    assert robot.get(f"/v1/organizations/{home}")["id"] == home
    listed = ada.get(f"/v1/organizations/{home}/api-keys")
    assert listed[0]["used_at"] and "token" not in listed[0]
    with server.database.reading() as session:
        row = session.get(ApiKeyRow, made["id"])
        assert row is not None and made["token"] not in row.model_dump_json()
    assert made["token"] not in server.log


def test_a_key_is_of_one_organization(server: Server, ada: Client, home: str) -> None:
    other = server.settled_organization()
    robot = machine(server, make(ada, home, "read", "act")["token"])
    assert robot.call("GET", f"/v1/organizations/{other}").status_code == 404


def test_reading_is_not_acting(server: Server, ada: Client, home: str) -> None:
    robot = machine(server, make(ada, home, "read")["token"])
    answer = robot.try_post(f"/v1/organizations/{home}/games", {"name": "Example", "features": ["iap"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_an_acting_key_gets_as_far_as_the_pipeline(server: Server, ada: Client, home: str) -> None:
    robot = machine(server, make(ada, home, "act")["token"])
    answer = robot.try_post(f"/v1/organizations/{home}/games", {"name": "Example", "features": ["iap"]})
    assert answer.json()["code"] == "temporal_unavailable"


def test_what_needs_a_person_is_not_done_with_a_key(server: Server, ada: Client, home: str) -> None:
    robot = machine(server, make(ada, home, "read", "act")["token"])
    base = f"/v1/organizations/{home}"
    signature = {
        "version": 1, "text_sha256": "0" * 64, "typed_name": "A", "typed_title": "B", "accept": True,
    }  # fmt: skip
    for method, path, body in (
        ("POST", f"{base}/contracts/iap/sign", signature),
        ("GET", f"{base}/api-keys", None),
        ("POST", f"{base}/api-keys", {"name": "More", "scopes": ["act"]}),
        ("POST", f"{base}/members/remove", {"subject": "max"}),
        ("POST", "/v1/organizations", {"name": "Another"}),
        ("GET", "/v1/operator/queue", None),
    ):
        more = {"json": body} if body else {}
        answer = robot.call(method, path, {"If-Match": "*"}, **more)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_with_a_key"), path


@pytest.mark.parametrize("end", ["revoked", "expired", "its maker is no admin", "made up"])
def test_a_key_ends(server: Server, ada: Client, home: str, end: str) -> None:
    made = make(ada, home, "read")
    robot = machine(server, made["token"])
    if end == "revoked":
        ada.post(f"/v1/organizations/{home}/api-keys/{made['id']}/revoke")
    elif end == "made up":
        robot = machine(server, f"{made['token'][:-1]}_")
    else:
        with server.database.transaction() as session:
            if end == "expired":
                row = session.get(ApiKeyRow, made["id"])
                assert row is not None
                row.expires_at = real_now() - timedelta(seconds=1)
            else:
                member = session.get(MemberRow, (home, "ada"))
                assert member is not None
                member.role = "member"
    answer = robot.call("GET", f"/v1/organizations/{home}")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "A", "scopes": []},
        {"name": "A", "scopes": ["everything"]},
        {"name": "A", "scopes": ["read", "read"]},
        {"name": "A", "scopes": ["read"], "days": 0},
        {"name": "A", "scopes": ["read"], "days": 366},
        {"name": " ", "scopes": ["read"]},
    ],
)
def test_a_malformed_wish_makes_no_key(server: Server, ada: Client, home: str, wrong: dict[str, Any]) -> None:
    answer = ada.try_post(f"/v1/organizations/{home}/api-keys", wrong)
    assert answer.status_code == 422
    assert ada.get(f"/v1/organizations/{home}/api-keys") == []
