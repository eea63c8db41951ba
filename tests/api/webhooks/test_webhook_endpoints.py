"""Webhook endpoints: made by admins in person, at public addresses only; and the inbox, with everybody's own mark."""

from typing import Any

import pytest

from models.documents import Verification
from models.states import VerificationState
from models.tables import MemberRow
from storage.people.roles import add_member
from tests.api.support.server import Client, Server, problem
from tests.storage.studio import NOON, Studio

URL = "https://example.com/hooks"


@pytest.fixture
def studio(server: Server) -> Studio:
    return Studio(server.database)


@pytest.fixture
def admin(server: Server, studio: Studio) -> Client:
    return server.person(studio.admin.id)


@pytest.fixture
def base(studio: Studio) -> str:
    return f"/v1/organizations/{studio.id}"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:9000/", "not_https"),
        ("https://127.0.0.1/", "no_public_name"),
        ("https://[::ffff:127.0.0.1]/", "no_public_name"),
        ("https://localhost/", "no_public_name"),
        ("https://user:secret@example.com/", "credentials"),
        ("https://example.com:22/", "port"),
        ("https://no-such-name.example.com/", "name_unknown"),
    ],
)
def test_a_bad_address_is_named_and_not_repeated(admin: Client, base: str, url: str, code: str) -> None:
    answer = admin.try_post(f"{base}/webhook-endpoints", {"url": url})
    [error] = problem(answer, 422, "invalid_request")["errors"]
    assert (error["pointer"], error["code"]) == ("/url", code)
    assert url not in answer.text and "secret" not in answer.text
    assert admin.get(f"{base}/webhook-endpoints") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": ""},
        {"url": URL, "events": ["no.such"]},
        {"url": URL, "events": ["statement.issued", "statement.issued"]},
        {"url": URL, "events": ["webhook.test"]},
        {"url": URL, "secret": "whsec_mine"},
    ],
)
def test_a_malformed_wish_makes_none(admin: Client, base: str, wrong: dict[str, Any]) -> None:
    problem(admin.try_post(f"{base}/webhook-endpoints", wrong), 422)


def test_a_wrong_type_is_answered_with_the_nearest_right_one(admin: Client, base: str) -> None:
    wish = {"url": URL, "events": ["payout.paid", "payout.pay", "no.such"]}
    errors = problem(admin.try_post(f"{base}/webhook-endpoints", wish), 422, "invalid_request")["errors"]
    assert {error["pointer"]: error["detail"] for error in errors} == {
        "/events/1": "This is no type of webhook; the nearest is payout.paid. docs/webhooks.md lists them.",
        "/events/2": "This is no type of webhook; docs/webhooks.md lists them.",
    }


def test_only_admins_in_person_change_them(server: Server, studio: Studio, admin: Client, base: str) -> None:
    key = admin.post(f"{base}/api-keys", {"name": "Robot", "scopes": ["read", "act"]})
    robot = Client(server, "robot", key["token"])
    endpoint = f"{base}/webhook-endpoints/whe_none"
    bodies: dict[str, Any] = {"": {"url": URL}, "/x/replay": {"since": "2026-01-01T00:00:00Z"}}
    for part in ("", "/x/enable", "/x/disable", "/x/remove", "/x/test", "/x/rotate-secret", "/x/replay"):
        path = f"{base}/webhook-endpoints" if not part else part.replace("/x", endpoint)
        problem(robot.try_post(path, bodies.get(part)), 403, "not_with_a_key")
        problem(server.person("olga").try_post(path, bodies.get(part)), 403, "staff_may_not")
        problem(server.person("nobody").try_post(path, bodies.get(part)), 404)
        problem(server.person(studio.member.id).try_post(path, bodies.get(part)), 403, "not_an_admin")
        if part:
            problem(admin.try_post(path, bodies.get(part)), 404, "not_found")


def test_an_endpoint_of_somebody_else_is_not_there(server: Server, admin: Client, base: str) -> None:
    other = Studio(server.database)
    from storage.encryption.keyring import load_keyring
    from storage.webhooks import endpoints

    keyring = load_keyring("", server.state_dir)
    with server.database.transaction() as session:
        row, _ = endpoints.make(session, keyring, other.id, URL, [], other.admin.id)
    for part in ("enable", "disable", "remove", "test", "rotate-secret"):
        problem(admin.try_post(f"{base}/webhook-endpoints/{row.id}/{part}"), 404, "not_found")
    problem(admin.call("GET", f"{base}/webhook-endpoints/{row.id}/deliveries"), 404)


def test_the_inbox_is_read_by_each_for_themselves(
    server: Server, studio: Studio, admin: Client, base: str
) -> None:
    with server.database.transaction() as session:
        add_member(session, MemberRow(organization_id=studio.id, subject="zoe", role="admin", name="Zoe"))
    zoe = server.person("zoe")
    for number in range(3):
        document = Verification(id="verification", state=VerificationState.VERIFIED, since=NOON)
        studio.put(document, "verification.verify", message=f"News {number}.")
    first = admin.get(f"{base}/notifications", limit=2)
    assert [one["text"] for one in first["data"]] == ["News 2.", "News 1."]
    assert first["has_more"] and first["unread"] == 3
    rest = admin.get(f"{base}/notifications", starting_after=first["data"][-1]["id"])
    assert [one["text"] for one in rest["data"]] == ["News 0."]
    assert admin.post(f"{base}/notifications/read", {"up_to": first["data"][1]["id"]}) == {"unread": 1}
    assert [one["read"] for one in admin.get(f"{base}/notifications")["data"]] == [False, True, True]
    assert zoe.get(f"{base}/notifications")["unread"] == 3
    assert admin.post(f"{base}/notifications/read", {"up_to": rest["data"][0]["id"]}) == {"unread": 1}
    assert admin.post(f"{base}/notifications/read", {"up_to": "9" * 18}) == {"unread": 0}
    studio.put(
        Verification(id="verification", state=VerificationState.EXPIRED, since=NOON),
        "verification.expire",
        message="More.",
    )
    assert admin.get(f"{base}/notifications")["unread"] == 1


def test_an_invitation_is_not_in_the_inbox(admin: Client, base: str) -> None:
    invitation = {"email": "new@tiny.example", "role": "admin"}
    assert admin.try_post(f"{base}/members/invitations", invitation).status_code == 201
    assert admin.get(f"{base}/notifications") == {"data": [], "has_more": False, "unread": 0}


def test_reading_up_to_somewhere_needs_a_person(server: Server, admin: Client, base: str) -> None:
    key = admin.post(f"{base}/api-keys", {"name": "Robot", "scopes": ["read", "act"]})
    robot = Client(server, "robot", key["token"])
    assert robot.get(f"{base}/notifications")["data"] == []
    problem(robot.try_post(f"{base}/notifications/read", {"up_to": "1"}), 403, "not_with_a_key")
