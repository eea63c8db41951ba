"""What a person has made ends with their right to make it, and does not come back with it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from models.tables import InvitationRow, MemberRow, NotificationRow
from storage.encryption.keyring import load_keyring
from storage.people import api_keys, members, sessions
from storage.people.roles import add_member
from storage.webhooks import endpoints
from tests.api.support.server import Client, Server

END = ("remove", "demote")


@pytest.fixture
def home(server: Server) -> str:
    """An organization with two admins, Ada and Max."""
    organization_id = server.settled_organization()
    with server.database.transaction() as session:
        add_member(
            session,
            MemberRow(
                organization_id=organization_id,
                subject="max",
                role="admin",
                name="Max",
                email="max@studio.example",
            ),
        )
    return organization_id


@pytest.fixture
def max_(server: Server) -> Client:
    return server.person("max", email="max@studio.example")


def made(who: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = who.try_post(path, body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def end_right(ada: Client, home: str, how: str) -> None:
    path = f"/v1/organizations/{home}/members"
    if how == "remove":
        ada.post(f"{path}/remove", {"subject": "max"})
    else:
        ada.post(f"{path}/role", {"subject": "max", "role": "member"})


def make_admin_again(server: Server, home: str) -> None:
    with server.database.transaction() as session:
        add_member(session, MemberRow(organization_id=home, subject="max", role="admin", name="Max"))


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("how", END)
def test_a_former_admins_second_address_does_not_bring_them_back(
    server: Server, ada: Client, max_: Client, home: str, how: str, again: bool
) -> None:
    body = {"email": "other@max.example", "role": "admin"}
    invitation = made(max_, f"/v1/organizations/{home}/members/invitations", body)["id"]
    end_right(ada, home, how)
    if again:
        make_admin_again(server, home)
    other = server.person("max2", email="other@max.example")
    assert other.call("GET", f"/v1/invitations/{invitation}").status_code == 404
    assert other.try_post(f"/v1/invitations/{invitation}/accept").status_code == 404
    assert other.call("GET", f"/v1/organizations/{home}").status_code == 404
    assert ada.get(f"/v1/organizations/{home}/members")["invitations"] == []


def test_an_invitation_that_a_colleague_once_sent_does_not_bring_the_removed_back(
    ada: Client, max_: Client, home: str
) -> None:
    body = {"email": "MAX@studio.example", "role": "admin"}
    invitation = made(ada, f"/v1/organizations/{home}/members/invitations", body)["id"]
    end_right(ada, home, "remove")
    assert max_.try_post(f"/v1/invitations/{invitation}/accept").status_code == 404
    new = made(ada, f"/v1/organizations/{home}/members/invitations", body)["id"]
    assert max_.post(f"/v1/invitations/{new}/accept")["role"] == "admin"


def test_an_invitation_left_behind_by_an_admin_who_is_gone_is_not_good(
    server: Server, ada: Client, max_: Client, home: str
) -> None:
    body = {"email": "other@max.example", "role": "admin"}
    invitation = made(max_, f"/v1/organizations/{home}/members/invitations", body)["id"]
    end_right(ada, home, "remove")
    with server.database.transaction() as session:
        row = session.get(InvitationRow, invitation)
        assert row is not None
        row.ended_at = None  # as an older release left it
    other = server.person("max2", email="other@max.example")
    assert other.try_post(f"/v1/invitations/{invitation}/accept").status_code == 404


def test_whoever_stays_keeps_what_they_made(server: Server, ada: Client, home: str) -> None:
    body = {"email": "zoe@studio.example", "role": "member"}
    invitation = made(ada, f"/v1/organizations/{home}/members/invitations", body)["id"]
    key = made(ada, f"/v1/organizations/{home}/api-keys", {"name": "Mine", "scopes": ["read"]})
    end_right(ada, home, "remove")
    assert Client(server, "robot", key["token"]).get(f"/v1/organizations/{home}")["id"] == home
    zoe = server.person("zoe", email="zoe@studio.example")
    assert zoe.post(f"/v1/invitations/{invitation}/accept")["role"] == "member"


@pytest.mark.parametrize("how", END)
def test_a_former_admins_keys_are_not_good_again_when_they_are_an_admin_again(
    server: Server, ada: Client, max_: Client, home: str, how: str
) -> None:
    key = made(max_, f"/v1/organizations/{home}/api-keys", {"name": "Mine", "scopes": ["read", "act"]})
    robot = Client(server, "robot", key["token"])
    assert robot.get(f"/v1/organizations/{home}")["id"] == home
    end_right(ada, home, how)
    make_admin_again(server, home)
    assert robot.call("GET", f"/v1/organizations/{home}").status_code == 401
    assert ada.get(f"/v1/organizations/{home}/api-keys")[0]["revoked_at"]


@pytest.mark.parametrize("how", END)
def test_a_former_admins_webhook_endpoint_waits_for_a_colleague(
    server: Server, ada: Client, home: str, how: str
) -> None:
    keyring = load_keyring("", server.state_dir)
    with server.database.transaction() as session:
        address = "https://hooks.max.example/mine"
        row, _ = endpoints.make(session, keyring, home, address, [], "max")
        endpoint = f"/v1/organizations/{home}/webhook-endpoints/{row.id}"
    end_right(ada, home, how)
    listed = ada.get(f"/v1/organizations/{home}/webhook-endpoints")
    assert [one["disabled_because"] for one in listed] == ["left"]
    with server.database.reading() as session:
        told = session.exec(select(NotificationRow).where(NotificationRow.organization_id == home)).all()
    assert any("no longer an admin" in one.text for one in told)
    enabled = ada.post(f"{endpoint}/enable")
    assert (enabled["disabled_because"], enabled["made_by"]) == ("", "ada")


def test_an_admin_who_was_removed_a_moment_ago_makes_nothing_any_more(
    server: Server, ada: Client, home: str
) -> None:
    end_right(ada, home, "remove")
    keyring = load_keyring("", server.state_dir)
    until = datetime(2030, 1, 1, tzinfo=UTC)
    makings: tuple[Callable[[Any], Any], ...] = (
        lambda session: members.invite(session, home, "a@b.example", "admin", "max", "Come.", "ivt_LATE"),
        lambda session: api_keys.make(session, home, "key_LATE", "Mine", ["read"], "max", until),
        lambda session: endpoints.make(session, keyring, home, "https://a.example", [], "max"),
    )
    for make in makings:
        with pytest.raises(members.NoLongerAdmin), server.database.transaction() as session:
            make(session)


def stream(server: Server, home: str, headers: dict[str, str], then: Callable[[], None]) -> bool:
    """Whether a stream of news ends by itself after what happens then; well before its five minutes are over."""
    headers = headers | {"Accept": "text/event-stream"}
    path = f"{server.url}/v1/organizations/{home}/events"
    ended = threading.Event()
    with (
        httpx2.Client(trust_env=False, timeout=120) as http,
        http.stream("GET", path, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        lines = answer.iter_lines()
        next(line for line in lines if line.startswith("id:"))
        then()

        def read() -> None:
            for _ in lines:
                pass
            ended.set()

        threading.Thread(target=read, daemon=True).start()
        return ended.wait(100)


def test_the_stream_ends_with_the_key(server: Server, ada: Client, max_: Client, home: str) -> None:
    path = f"/v1/organizations/{home}/api-keys"
    key = made(max_, path, {"name": "Mine", "scopes": ["read"]})
    bearer = {"Authorization": f"Bearer {key['token']}"}

    def revoke() -> None:
        ada.post(f"{path}/{key['id']}/revoke")

    assert stream(server, home, bearer, revoke)


@pytest.mark.parametrize("how", END)
def test_the_stream_of_a_key_ends_with_the_admin_who_made_it(
    server: Server, ada: Client, max_: Client, home: str, how: str
) -> None:
    key = made(max_, f"/v1/organizations/{home}/api-keys", {"name": "Mine", "scopes": ["read"]})
    bearer = {"Authorization": f"Bearer {key['token']}"}
    assert stream(server, home, bearer, lambda: end_right(ada, home, how))


def test_the_stream_ends_with_the_session(server: Server, home: str) -> None:
    with server.database.transaction() as session:
        secret = sessions.begin(session, "max", "Max", None, datetime.now(UTC))

    def sign_out() -> None:
        with server.database.transaction() as session:
            sessions.end(session, secret)

    assert stream(server, home, {"Cookie": f"__Host-session={secret}"}, sign_out)
