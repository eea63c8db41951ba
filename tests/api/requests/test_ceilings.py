"""Whatever people make has a ceiling: a clear refusal with the way out, and room again once there is some."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest
from PIL import Image
from sqlmodel import Session

from models.documents import Launch
from models.identity import new_id
from models.programme.policy import default_policy
from models.states import LaunchState
from models.tables import (
    ApiKeyRow,
    ComparisonRow,
    FileRow,
    InvitationRow,
    MemberRow,
    OrganizationRow,
    real_now,
)
from tests.api.support.server import Client, Server, put

POLICY = default_policy()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def home(server: Server) -> str:
    return server.settled_organization()


def refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, "ceiling_reached"), answer.text
    assert "already" in answer.json()["detail"] or "ask the platform" in answer.json()["detail"]


def fill(server: Server, rows: Callable[[Session], Any]) -> None:
    with server.database.transaction() as session:
        rows(session)


def key_row(home: str, number: int, **more: Any) -> ApiKeyRow:
    own: dict[str, Any] = {
        "id": new_id("key"), "organization_id": home, "name": f"Key {number}", "secret_sha256": new_id("secret"),
        "scopes": ["read"], "made_by": "ada", "made_at": real_now(), "expires_at": real_now() + timedelta(days=1),
    }  # fmt: skip
    return ApiKeyRow(**own | more)


def test_one_person_founds_only_so_many_organizations(server: Server) -> None:
    founder = new_id("founder")
    fill(
        server,
        lambda session: session.add_all(
            OrganizationRow(id=new_id("org"), name="One", created_by=founder, created_at=NOW)
            for _ in range(POLICY.most_organizations)
        ),
    )
    refused(server.person(founder).try_post("/v1/organizations", {"name": "One more"}))
    others = server.person(new_id("other")).try_post("/v1/organizations", {"name": "Mine"})
    assert others.json()["code"] == "temporal_unavailable"  # as far as it gets here


def test_only_so_many_games_are_registered(server: Server, ada: Client, home: str) -> None:
    def register() -> httpx2.Response:
        return ada.try_post(f"/v1/organizations/{home}/games", {"name": "One more", "features": ["iap"]})

    def games(session: Session, count: int) -> None:
        for _ in range(count):
            game = new_id("game")
            put(
                session,
                home,
                Launch(id=f"launch/{game}", state=LaunchState.NOT_SUBMITTED, since=NOW, game_id=game),
            )

    fill(server, lambda session: games(session, POLICY.most_games - 1))
    assert register().json()["code"] == "temporal_unavailable"
    fill(server, lambda session: games(session, 1))
    refused(register())


def test_only_so_many_keys_are_good_at_once(server: Server, ada: Client, home: str) -> None:
    path = f"/v1/organizations/{home}/api-keys"
    yesterday = real_now() - timedelta(days=1)
    fill(
        server,
        lambda session: session.add_all(
            [
                *(key_row(home, number) for number in range(POLICY.most_api_keys)),
                *(key_row(home, number, expires_at=yesterday) for number in range(150)),
            ]
        ),
    )
    refused(ada.try_post(path, {"name": "One more", "scopes": ["read"]}))
    listed = ada.get(path)
    assert len(listed) == POLICY.most_api_keys + 100
    good = next(key for key in listed if key["expires_at"] > real_now().isoformat())
    ada.post(f"{path}/{good['id']}/revoke")
    assert ada.try_post(path, {"name": "One more", "scopes": ["read"]}).status_code == 201


def test_only_so_many_people_belong_to_an_organization(server: Server, ada: Client, home: str) -> None:
    path = f"/v1/organizations/{home}/members"
    invite = {"email": "zoe@studio.example", "role": "member"}
    own: dict[str, Any] = {
        "organization_id": home,
        "role": "member",
        "invited_by": "ada",
        "invited_at": real_now() - timedelta(days=2),
    }
    expires = real_now() + timedelta(days=1)
    fill(
        server,
        lambda session: session.add_all(
            [
                MemberRow(organization_id=home, subject="one", role="member", name="One"),
                *(
                    InvitationRow(id=new_id("ivt"), email=f"{n}@studio.example", expires_at=expires, **own)
                    for n in range(POLICY.most_members - 4)
                ),
            ]
        ),
    )
    assert ada.try_post(f"{path}/invitations", invite).status_code == 201
    again = {"email": "ZOE@studio.example", "role": "member"}
    assert ada.try_post(f"{path}/invitations", again).status_code == 201, "it replaces the one before"
    more = {"email": "max@studio.example", "role": "member"}
    refused(ada.try_post(f"{path}/invitations", more))
    ada.post(f"{path}/remove", {"subject": "one"})
    assert ada.try_post(f"{path}/invitations", more).status_code == 201


def test_one_person_joins_only_so_many_organizations(server: Server, ada: Client, home: str) -> None:
    path = f"/v1/organizations/{home}/members"
    invited = ada.post(f"{path}/invitations", {"email": "kim@studio.example", "role": "member"})
    kim = server.person("kim", email="kim@studio.example")
    others = [new_id("org") for _ in range(POLICY.most_memberships)]

    def everywhere(session: Session) -> None:
        session.add_all(OrganizationRow(id=one, name="One", created_by="x", created_at=NOW) for one in others)
        session.flush()
        session.add_all(
            MemberRow(organization_id=one, subject="kim", role="member", name="Kim") for one in others
        )

    fill(server, everywhere)
    refused(kim.try_post(f"/v1/invitations/{invited['id']}/accept"))

    def leave_one(session: Session) -> None:
        session.delete(session.get_one(MemberRow, (others[0], "kim")))

    fill(server, leave_one)
    assert kim.post(f"/v1/invitations/{invited['id']}/accept")["organization_id"] == home


def test_only_so_many_comparisons_are_kept(server: Server, ada: Client, home: str) -> None:
    days: dict[str, Any] = {"since": date(2026, 1, 1), "until": date(2026, 1, 31)}

    def compare() -> httpx2.Response:
        records = {"file": ("own.csv", b"order_id,beans\no1,5\n", "text/csv")}
        path = f"/v1/organizations/{home}/comparisons"
        return ada.call("POST", path, files=records, data={name: str(day) for name, day in days.items()})

    first = compare().json()
    rows = [
        ComparisonRow(
            id=f"cmp_{new_id('x')[2:]}", organization_id=home, file_id=first["file_id"], created_by="ada",
            created_at=NOW, **days,
        )
        for _ in range(POLICY.most_comparisons - 2)
    ]  # fmt: skip
    fill(server, lambda session: session.add_all(rows))
    assert compare().status_code == 201
    refused(compare())
    assert ada.get(f"/v1/organizations/{home}/comparisons/{first['id']}")["id"] == first["id"]


def file_rows(home: str, count: int) -> list[FileRow]:
    own: dict[str, Any] = {
        "organization_id": home,
        "name": "a.png",
        "content_type": "image/png",
        "size": 1,
        "created_by": "ada",
    }
    return [FileRow(id=new_id("file"), sha256=f"{n:064}", created_at=NOW, **own) for n in range(count)]


def upload(person: Client, home: str, colour: str, name: str = "one.png") -> httpx2.Response:
    content = io.BytesIO()
    Image.new("RGB", (480, 480), colour).save(content, "PNG")
    file = {"file": (name, content.getvalue(), "image/png")}
    return person.call("POST", f"/v1/organizations/{home}/documents", files=file)


def test_only_so_many_files_are_kept(server: Server, ada: Client, home: str) -> None:
    assert upload(ada, home, "red").status_code == 201
    fill(server, lambda session: session.add_all(file_rows(home, POLICY.most_files - 1)))
    refused(upload(ada, home, "blue"))
    assert upload(ada, home, "red").status_code == 201, "it is kept already"
    refused(upload(ada, home, "red", "the same under another name.png"))
    records = {"file": ("own.csv", b"order_id,beans\no1,5\n", "text/csv")}
    days = {"since": "2026-01-01", "until": "2026-01-31"}
    refused(ada.call("POST", f"/v1/organizations/{home}/comparisons", files=records, data=days))


@pytest.mark.postgres
def test_of_files_uploaded_at_once_only_as_many_are_kept_as_there_is_room_for(strict: Server) -> None:
    home = strict.settled_organization()
    fill(strict, lambda session: session.add_all(file_rows(home, POLICY.most_files - 2)))
    colours = ["red", "green", "blue", "black", "white", "navy"]
    with ThreadPoolExecutor(len(colours)) as pool:
        answers = list(pool.map(lambda colour: upload(strict.person("ada"), home, colour), colours))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]
