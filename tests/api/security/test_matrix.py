"""Who may do what with whose: every operation and page, for every kind of person and object, each cell asserted.

The doors are those that the application has mounted: one that is added without saying who may come in fails here.
Temporal is down, so a command that somebody may give ends in 503 at the latest.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import httpx2
import pytest

from models.tables import MemberRow
from storage.people.roles import add_member, add_staff
from tests.api.security.test_sign_in import Browser
from tests.api.support.endpoints import Door, Watch, doors, furnish
from tests.api.support.server import Server

ORGANIZATION = "/v1/organizations/{organization_id}"
PAGES = "/organizations/{organization_id}"

PEOPLE = (
    "anonymous", "member", "removed_admin", "operator", "finance", "auditor",
    "key_read", "key_act", "other_admin", "admin",
)  # fmt: skip
"""Those who may remove things come last."""

STAFF = ("operator", "finance", "auditor")
KEYS = ("key_read", "key_act")

IN = (200, 201, 303, 307, 400, 404, 409, 412, 413, 415, 422, 428, 503)
"""Let in: what comes of it depends on the request. Refusals are exact: 401, 403, 404, or to the sign-in."""

OPEN = {
    "GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /problems/{code}",
    "GET /static/{digest}/{name:path}", "GET /sign-in", "GET /sign-in/callback", "GET /signed-out",
    "POST /sign-out",
}  # fmt: skip
"""For everybody."""

SIGNED = {"POST /v1/webhooks/{provider}"}
"""For whoever knows the secret; being somebody helps nobody."""

ANYBODY = {"GET /v1/me"}
"""For everybody who has signed in, and for keys."""

PERSON = {
    "POST /v1/organizations", "GET /", "GET /organizations", "POST /organizations", "POST /sign-out/everywhere",
    "GET /v1/me/profile", "PUT /v1/me/profile", "GET /profile", "POST /profile", "POST /kept",
    "GET /help",
}  # fmt: skip
"""For everybody who has signed in, but not for keys."""

INVITED = {
    "GET /v1/invitations/{invitation_id}", "POST /v1/invitations/{invitation_id}/accept",
    "GET /invitations/{invitation_id}", "POST /invitations/{invitation_id}/accept",
}  # fmt: skip
"""Only for whom the invitation went to, and that is nobody here."""

OF_STAFF = ("/v1/operator/", "/operators")

ONLY_ADMINS_READ = {f"GET {ORGANIZATION}/api-keys", f"GET {PAGES}/api-keys"}
IN_PERSON = {
    f"GET {ORGANIZATION}/api-keys", f"POST {ORGANIZATION}/api-keys", f"POST {ORGANIZATION}/api-keys/{{key_id}}/revoke",
    f"POST {ORGANIZATION}/members/invitations",
    f"POST {ORGANIZATION}/members/invitations/{{invitation_id}}/revoke",
    f"POST {ORGANIZATION}/members/role", f"POST {ORGANIZATION}/members/remove",
}  # fmt: skip
"""Not with a key, whatever it may do."""

SKIPPED = {f"GET {ORGANIZATION}/events"}
"""Ends only when the listener goes; test_events has it."""

NOTHING_THERE = {
    f"GET {ORGANIZATION}/contracts/{{feature}}/signed.pdf": 409,
    f"GET {ORGANIZATION}/payouts/{{payout_id}}/remittance.pdf": 409,
    f"GET {ORGANIZATION}/statements/{{statement_id}}/lines/{{position}}/sources": 200,
}
"""What those who may read get where there is nothing yet."""


def group(door: Door) -> str:
    """What kind of door it is; fails for one of which nobody has said who may come in."""
    name = str(door)
    for kind, names in (
        ("open", OPEN), ("signed", SIGNED), ("anybody", ANYBODY), ("person", PERSON), ("invited", INVITED),
    ):  # fmt: skip
        if name in names:
            return kind
    if door.path.startswith(OF_STAFF):
        return "staff"
    if door.path.startswith(f"{ORGANIZATION}/") or door.path == ORGANIZATION or door.path.startswith(PAGES):
        return "read" if door.method == "GET" else "act"
    raise AssertionError(f"Nobody has said who may {name}: say so here.")


def expected(door: Door, who: str, place: str) -> tuple[int, ...]:
    """With which statuses somebody is answered at a door, by where the object is.

    Args:
        place: "own": in Ada's organization; "foreign": there, but the object is of another one; "elsewhere": all of
            it is in another organization; "missing": the object, or the whole organization, does not exist.
    """
    kind, staff = group(door), who in STAFF
    if kind == "open":
        return (200, 303, 400, 403, 404, 503)
    if kind == "signed":
        return (401, 404)
    if who == "anonymous":
        return (303,) if door.is_page else (401,)
    key = who in KEYS
    if kind == "anybody":
        return (200,)
    if kind == "person":
        return (403,) if key else IN
    if kind == "invited":
        return (403,) if key else (404,)
    if kind == "staff":
        if not staff:
            return (403,)
        return IN if door.method == "GET" else (*IN, 403)
    return in_organization(door, who, place, kind == "act")


def in_organization(door: Door, who: str, place: str, acting: bool) -> tuple[int, ...]:
    """The same, for what belongs to an organization."""
    name, key = str(door), who in KEYS
    there = place in ("own", "foreign") or (place == "missing" and bool(set(door.parts) - FIXED))
    admin = who in ("admin", *KEYS) if there else who == "other_admin" and place == "elsewhere"
    if who in STAFF:
        if place == "missing" and not there:
            return (404,)
        if acting:
            return (403, 404) if door.is_page else (403,)
        return (403,) if name in ONLY_ADMINS_READ else read(door, place)
    if who == "member" and there:
        return (403,)
    if not admin:
        return (404, 403) if key and (door.is_page or acting or name in IN_PERSON) else (404,)
    if key and (door.is_page or name in IN_PERSON):
        return (403,)
    if not acting:
        return read(door, place)
    if who == "key_read":
        return (403,)
    return (*IN, 403) if key else IN


FIXED = {"organization_id", "feature", "position"}
"""Parts of addresses that name no object of one organization alone."""


def read(door: Door, place: str) -> tuple[int, ...]:
    """What those get who may read."""
    if place in ("foreign", "missing") and set(door.parts) - FIXED:
        return (404,)
    return (NOTHING_THERE.get(str(door), 200), 303)


@dataclass
class World:
    """Two organizations with everything in them, and everybody."""

    server: Server
    places: dict[str, dict[str, str]]
    knock: dict[str, Callable[[Door, str], httpx2.Response]]


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    ada, other = server.person("ada"), server.person("mallory")
    own, elsewhere = server.settled_organization(), server.settled_organization()
    with server.database.transaction() as session:
        for subject in ("mallory", "ada"):
            row = session.get(MemberRow, (elsewhere, subject))
            if row is not None:
                session.delete(row)
        session.delete(session.get(MemberRow, (elsewhere, "max")))
        add_member(
            session, MemberRow(organization_id=elsewhere, subject="mallory", role="admin", name="Mallory")
        )
        add_member(session, MemberRow(organization_id=own, subject="rita", role="admin", name="Rita"))
        for subject, role in (("olga", "operator"), ("femi", "finance"), ("aud", "auditor")):
            add_staff(session, subject, role, subject.title())
    mine, theirs = furnish(server, ada, own), furnish(server, other, elsewhere)
    with server.database.transaction() as session:
        session.delete(session.get(MemberRow, (own, "rita")))
    nowhere = {
        name: value
        if name in FIXED | {"digest", "name", "code", "provider", "delivery_id"}
        else f"{value.partition('_')[0]}_none"
        for name, value in mine.items()
    }
    places = {
        "own": mine,
        "foreign": {**theirs, "organization_id": own},
        "elsewhere": theirs,
        "missing": {**nowhere, "organization_id": own},
        "no organization": {**nowhere, "organization_id": "org_none"},
    }
    browsers: list[Browser] = []
    knock: dict[str, Callable[[Door, str], httpx2.Response]] = {"anonymous": outside(server, {})}
    for who, subject in {
        "member": "max", "other_admin": "mallory", "admin": "ada", "operator": "olga", "finance": "femi",
        "auditor": "aud", "removed_admin": "rita",
    }.items():  # fmt: skip
        browser = Browser(server)
        browsers.append(browser)
        browser.sign_in(subject)
        token = {"Authorization": f"Bearer {server.person(subject).token}"}
        knock[who] = either(inside(browser), outside(server, token))
    for scope in ("read", "act"):
        made = ada.post(f"/v1/organizations/{own}/api-keys", {"name": scope, "scopes": [scope]})
        knock[f"key_{scope}"] = outside(server, {"Authorization": f"Bearer {made['token']}"})
    yield World(server, places, knock)
    for browser in browsers:
        browser.http.close()


def headers() -> dict[str, str]:
    """What a command needs; a key of its own for each, or they would be told that theirs was used before."""
    return {"Idempotency-Key": token_hex(8), "If-Match": '"x"'}


def outside(server: Server, who: dict[str, str]) -> Callable[[Door, str], httpx2.Response]:
    """Knocks as a program."""

    def knock(door: Door, path: str) -> httpx2.Response:
        more: dict[str, Any] = {"data": {"x": "y"}} if door.is_page else {"json": {}}
        accept = {"Accept": "text/html"} if door.is_page else {}
        return server.call(
            door.method,
            path,
            headers={**headers(), **accept, **who},
            **(more if door.method == "POST" else {}),
        )

    return knock


def inside(browser: Browser) -> Callable[[Door, str], httpx2.Response]:
    """Knocks as a browser that is signed in."""

    def knock(door: Door, path: str) -> httpx2.Response:
        more: dict[str, Any] = {"data": {"x": "y"}} if door.method == "POST" else {}
        return browser.go(door.method, path, headers={"Accept": "text/html"}, **more)

    return knock


def either(
    page: Callable[[Door, str], httpx2.Response], program: Callable[[Door, str], httpx2.Response]
) -> Callable[[Door, str], httpx2.Response]:
    """Knocks as a browser at pages, and as a program elsewhere."""
    return lambda door, path: (page if door.is_page else program)(door, path)


LEAVES = {"POST /sign-out", "POST /sign-out/everywhere"}
"""Asked last: whoever does so is gone."""

BEGINS = {"GET /sign-in", "GET /sign-in/callback"}
"""Keep what somebody needs who has not come in yet."""


def test_every_door_says_who_may_come_in() -> None:
    kinds = Counter(group(door) for door in doors())
    assert kinds["read"] > 50 and kinds["act"] > 50 and kinds["staff"] > 10, kinds


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_gets_exactly_as_far_as_they_may(world: World, who: str) -> None:
    cells, wrong = 0, []
    knock, watch = world.knock[who], Watch(world.server)
    tail = world.places["elsewhere"]["organization_id"][4:]
    secret = [value for value in world.places["elsewhere"].values() if tail in value]
    for door in sorted(doors(), key=lambda door: (str(door) in LEAVES, door.method)):
        if str(door) in SKIPPED or (str(door) in LEAVES and who not in ("anonymous", *KEYS)):
            continue
        for place, ids in world.places.items():
            if place != "own" and not door.parts:
                continue
            kept = "missing" if place == "no organization" else place
            bare = not set(door.parts) - FIXED
            if (place == "missing" and bare) or (place == "no organization" and not bare):
                continue
            answer = knock(door, door.at(ids))
            may = expected(door, who, kept)
            cells += 1
            if answer.status_code not in may:
                wrong.append(f"{door} {place}: {answer.status_code}, not {may}: {answer.text[:200]}")
            assert_strict(answer, str(door))
            if door.is_page and who == "anonymous" and answer.status_code == 303 and str(door) not in OPEN:
                assert answer.headers["Location"].startswith("/sign-in?"), str(door)
            changed = watch.changed()
            if (
                answer.status_code >= 400
                and answer.status_code != 503
                and str(door) not in BEGINS
                and changed
            ):
                wrong.append(f"{door} {place}: refused with {answer.status_code}, but changed {changed}")
            if place in ("foreign", "missing") and answer.status_code < 300 and who not in STAFF:
                leaked = [one for one in secret if one in answer.text and one not in door.at(ids)]
                if leaked:
                    wrong.append(f"{door} {place}: shows {leaked}")
    print(f"{who}: {cells} cells")
    assert not wrong, "\n".join(wrong)
    assert cells > 200


def assert_strict(answer: httpx2.Response, door: str) -> None:
    """No answer may be framed by another site, taken for another type, or kept by anybody on the way."""
    policy = answer.headers["Content-Security-Policy"]
    by_own_pages = "/operators/files/" in door and "frame-ancestors 'self'" in policy
    assert "frame-ancestors 'none'" in policy or policy.startswith("sandbox;") or by_own_pages, door
    assert "unsafe" not in policy and "*" not in policy, door
    assert answer.headers["X-Content-Type-Options"] == "nosniff", door
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", door
    kept = answer.headers["Cache-Control"]
    assert kept == "no-store" or ("/static/" in door and "immutable" in kept), door
    assert not [name for name in answer.headers if name.startswith("access-control")], door


def test_what_is_foreign_looks_like_what_is_missing(world: World) -> None:
    """The objects of others to an admin, and the whole organization to a stranger."""
    for who, here, nowhere in (("admin", "foreign", "missing"), ("other_admin", "own", "no organization")):
        knock, asked = world.knock[who], 0
        for door in doors():
            bare = not set(door.parts) - FIXED
            if not door.path.startswith(ORGANIZATION) or str(door) in SKIPPED or (bare and who == "admin"):
                continue
            answers = [knock(door, door.at(world.places[place])) for place in (here, nowhere)]
            foreign, missing = answers
            assert foreign.status_code == missing.status_code, str(door)
            if foreign.status_code == 404:
                said = [{**answer.json(), "request_id": ""} for answer in answers]
                assert _without(str(said[0]), world) == _without(str(said[1]), world), str(door)
                asked += 1
        assert asked > 20


def _without(text: str, world: World) -> str:
    """A text without the ids in it, the longest first, because others may stand in them."""
    ids = {value for ids in world.places.values() for name, value in ids.items() if name.endswith("_id")}
    for value in sorted(ids, key=len, reverse=True):
        text = text.replace(value, "…")
    return text
