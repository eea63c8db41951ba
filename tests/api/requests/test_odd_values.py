"""Every parameter and field of every door, on PostgreSQL, which takes less than SQLite does: what is odd breaks nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from tests.api.requests.test_examples import SCHEMA, example
from tests.api.security.test_sign_in import Browser
from tests.api.support.endpoints import Door, doors, furnish, routes
from tests.api.support.server import Server

pytestmark = pytest.mark.postgres

NUL = "a%00b"
ODD = (
    NUL, "%ED%A0%80%FF", "%27%5C%25%0D%0AX-Evil:1", "-1", "999999999999999999", "9223372036854775808", "9999-12-31",
    "0001-01-01", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00",
)  # fmt: skip
"""As they stand in an address."""

IDS = ODD[:6]
"""What is tried where ids stand."""

READ_BY_HAND = {"/organizations/{organization_id}": ("done", "parked")}
"""Parameters that every page of an organization looks at; one stands for all."""

LEFT_OUT = {
    "/v1/organizations/{organization_id}/events",
    "/sign-in",
    "/sign-in/callback",
    "/sign-out",
    "/sign-out/everywhere",
}
AWAY = {"temporal_unavailable", "not_running", "outcome_unknown"}


def addresses(ids: dict[str, str]) -> Iterator[tuple[Door, str, str]]:
    """Every door with one odd value in one place of its address, and that value."""
    parameters = {
        (method, route.path): [one.alias for one in route.dependant.query_params]
        for route in routes()
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    organization = False
    for door in doors():
        if door.path in LEFT_OUT:
            continue
        for part in door.parts:
            if part == "organization_id":
                if organization:
                    continue  # the same dependency everywhere
                organization = True
            for value in IDS:
                yield door, door.at({**ids, part: value}), value
        if door.method == "GET":
            read = parameters.get((door.method, door.path), ())
            for name in (*read, *READ_BY_HAND.get(door.path, ())):
                for value in ODD:
                    yield door, f"{door.at(ids)}?{name}={value}", value


def test_no_odd_value_in_an_address_breaks_anything(strict: Server) -> None:
    ids = furnish(strict, strict.person("ada"), strict.settled_organization())
    known: dict[str, dict[str, str]] = {}
    for subject in ("ada", "olga"):
        browser = Browser(strict)
        browser.sign_in(subject)
        known[subject] = {
            "Cookie": f"__Host-session={browser.cookies['__Host-session']}",
            "Sec-Fetch-Site": "same-origin",
        }
    wrong, asked = [], 0
    for door, address, value in addresses(ids):
        who = known["olga" if "operator" in door.path else "ada"]
        more: dict[str, Any] = {"headers": {**who, "Idempotency-Key": f"odd-{asked}", "If-Match": "*"}}
        if door.is_page:
            more["headers"]["Accept"] = "text/html"
        answer = strict.call(door.method, address, **more)
        asked += 1
        away = answer.status_code == 503 and (door.is_page or answer.json()["code"] in AWAY)
        if answer.status_code >= 500 and not away:
            wrong.append(f"{door.method} {address}: {answer.status_code} {answer.text[:200]}")
        if value == NUL and answer.status_code not in (404, 422):
            wrong.append(f"{door.method} {address}: NUL is answered with {answer.status_code}")
        if "x-evil" in answer.headers:
            wrong.append(f"{door.method} {address}: a header of theirs")
    print(f"{asked} addresses")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])
    assert asked > 1000
    assert '"failed"' not in strict.log


IN_TEXTS: tuple[Any, ...] = (
    "9999-12-31",
    "0001-01-01",
    "x" * 6000,
    "\U0001f4b8\u202e",
    "'\\%",
    2**63 - 1,
    -(2**63),
    [],
    {},
)
UNREADABLE = (rb'"a\u0000b"', rb'"\ud800"', b"9223372036854775808", b"1e400", b"NaN", b'"\xff"')
"""Values that no body may have anywhere."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body something stands that is no object and no list."""
    if isinstance(value, dict | list):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, name))
    else:
        yield path


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    """A body with another value somewhere."""
    if not path:
        return to
    whole = dict(value) if isinstance(value, dict) else list(value)
    whole[path[0]] = changed(value[path[0]], path[1:], to)
    return whole


def test_no_odd_value_in_a_body_breaks_anything(strict: Server) -> None:
    ada, olga = strict.person("ada"), strict.person("olga")
    ids = furnish(strict, ada, strict.settled_organization())
    wrong, asked = [], 0
    for door in doors():
        operation = SCHEMA["paths"].get(door.path, {}).get(door.method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or door.path in LEFT_OUT:
            continue
        good = example(str(door), content)
        who, mark = olga if "operator" in door.path else ada, "0123456789odd"
        places = list(leaves(good))
        bodies = [json.dumps(changed(good, place, odd)).encode() for place in places for odd in IN_TEXTS]
        marked = json.dumps(changed(good, places[-1], mark)).encode()
        unreadable = [marked.replace(f'"{mark}"'.encode(), raw) for raw in UNREADABLE]
        for body in (*bodies, *unreadable):
            asked += 1
            headers = {
                "Content-Type": "application/json",
                "Idempotency-Key": f"body-{asked}",
                "If-Match": "*",
            }
            answer = who.call(door.method, door.at(ids), headers, content=body)
            away = answer.status_code == 503 and answer.json()["code"] in AWAY
            if (answer.status_code >= 500 and not away) or (body in unreadable and answer.status_code != 422):
                wrong.append(f"{door} {body[:300]!r}: {answer.status_code} {answer.text[:200]}")
    print(f"{asked} bodies")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])
    assert asked > 800
    assert '"failed"' not in strict.log
