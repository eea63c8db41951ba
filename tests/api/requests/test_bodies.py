"""Bodies that are wrong in every way: never an error of ours, never anything kept, never repeated."""

import hashlib
import json
import random
import socket
import sqlite3
from typing import Any

import pytest

from tests.api.support.forms import BANK, GAME, PAYOUT_ACCOUNT, QUALIFICATION, VERIFICATION
from tests.api.support.server import Client, Server, problem
from tests.sandbox.box import eventually

CANARY = "GB33BUKB20201555555555"
JSON = {"Content-Type": "application/json"}


def contents(server: Server) -> str:
    """A fingerprint of everything in the database."""
    with sqlite3.connect(server.state_dir / "monetization.db") as rows:
        names = [name for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = {name: rows.execute(f'SELECT * FROM "{name}"').fetchall() for name in sorted(names)}
    return hashlib.sha256(repr(kept).encode()).hexdigest()


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


NOT_READABLE = {
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "-Infinity": b'{"name": -Infinity, "features": ["iaa"]}',
    "1e400": b'{"name": 1e400}',
    "a long fraction": b'{"name": 1.' + b"1" * 5000 + b"}",
    "integer beyond 64 bits": b'{"name": 9223372036854775808}',
    "integer below 64 bits": b'{"name": -9223372036854775809}',
    "integer of 10,000 digits": b'{"name": ' + b"9" * 10_000 + b"}",
    "lone surrogate": b'{"name": "\\ud800", "features": ["iaa"]}',
    "lone low surrogate": b'{"name": "\\udfff", "features": ["iaa"]}',
    "surrogate in a name": b'{"\\ud800": "x"}',
    "surrogate deep inside": b'{"name": "x", "features": ["iaa", ["\\udc00"]]}',
    "NUL": b'{"name": "a\\u0000b", "features": ["iaa"]}',
    "NUL in a name": b'{"name\\u0000": "x"}',
    "the same name twice": b'{"name": "a", "features": ["iaa"], "name": "b"}',
    "the same name twice, escaped": b'{"name": "a", "features": ["iaa"], "n\\u0061me": "b"}',
    "not UTF-8": b'{"name": "\xff\xfe", "features": ["iaa"]}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "CESU surrogates": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "x", "features": ["iaa"]}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "x", "features": ["iaa"]}',
    "cut off": b'{"name": "x", "features": ["i',
    "two values": b'{"name": "x"} {"name": "y"}',
    "comment": b'{"name": "x" /* y */}',
    "trailing comma": b'{"name": "x",}',
    "single quotes": b"{'name': 'x'}",
    "control character": b'{"name": "a\x01b"}',
    "nested deeply": deep(100_000),
    "nested, and a name": b'{"name": ' * 5000 + b"1" + b"}" * 5000,
    "blanks": b"   ",
    "NUL bytes": b"\x00" * 100,
}

NOT_VALID: dict[str, Any] = {
    "null": None,
    "a list": [GAME],
    "a text": "name",
    "a number": 7,
    "true": True,
    "nothing in it": {},
    "unknown field": {**GAME, "admin": True},
    "unknown field with a bad name": {**GAME, f"{CANARY} \u202e": True},
    "name a number": {**GAME, "name": 12},
    "name true": {**GAME, "name": True},
    "name null": {**GAME, "name": None},
    "name a list": {**GAME, "name": ["x"]},
    "name empty": {**GAME, "name": ""},
    "name blank": {**GAME, "name": "   "},
    "name too long": {**GAME, "name": "x" * 201},
    "name of two lines": {**GAME, "name": "a\nb"},
    "name with an escape": {**GAME, "name": "a\u001b[31mb"},
    "features a text": {**GAME, "features": "iaa"},
    "features an object": {**GAME, "features": {"iaa": True}},
    "no features": {**GAME, "features": []},
    "unknown feature": {**GAME, "features": [CANARY]},
    "features twice": {**GAME, "features": ["iaa", "iaa"]},
    "feature a number": {**GAME, "features": [1]},
    "feature null": {**GAME, "features": [None]},
}


@pytest.fixture
def games(organization: str) -> str:
    return f"/v1/organizations/{organization}/games"


@pytest.mark.parametrize("name", NOT_READABLE)
def test_what_is_no_plain_json_is_refused(server: Server, ada: Client, games: str, name: str) -> None:
    before = contents(server)
    answer = ada.call("POST", games, JSON, content=NOT_READABLE[name])
    body = problem(answer, 422)
    assert body["code"] in ("unreadable_body", "invalid_request")
    assert contents(server) == before


@pytest.mark.parametrize("name", NOT_VALID)
def test_what_does_not_fit_is_refused_field_by_field(
    server: Server, ada: Client, games: str, name: str
) -> None:
    before = contents(server)
    answer = (
        ada.try_post(games, NOT_VALID[name])
        if name != "null"
        else ada.call("POST", games, JSON, content=b"null")
    )
    body = problem(answer, 422, "invalid_request")
    assert body["errors"] and all(error["code"] for error in body["errors"])
    assert CANARY not in answer.text
    assert contents(server) == before


def test_other_content_types_are_refused(ada: Client, games: str) -> None:
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", ""):
        answer = ada.call("POST", games, {"Content-Type": kind}, content=json.dumps(GAME).encode())
        problem(answer, 415, "unsupported_media_type")
    problem(ada.call("POST", games), 422)


def test_what_takes_no_body_is_not_given_one(server: Server, ada: Client, organization: str) -> None:
    before = contents(server)
    path = f"/v1/organizations/{organization}/statements/st_1/confirm"
    for content in (b'{"net": 1}', b"[]", b"garbage", NOT_READABLE["NaN"], b"\x00"):
        headers = {"Idempotency-Key": "k", "If-Match": "*", **JSON}
        problem(ada.call("POST", path, headers, content=content), 422, "unexpected_body")
    assert contents(server) == before


def test_large_bodies_are_cut_off(ada: Client, games: str) -> None:
    large = b'{"name": "' + b"x" * (1024 * 1024) + b'"}'
    problem(ada.call("POST", games, JSON, content=large), 413, "too_large")

    def in_parts() -> Any:
        yield b'{"name": "'
        for _ in range(40):
            yield b"x" * 65_536

    answer = ada.call("POST", games, JSON, content=in_parts())
    problem(answer, 413, "too_large")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


FORMS: dict[str, tuple[str, Any]] = {
    "verification": ("/verification", VERIFICATION),
    "renewal": ("/verification/renewal", VERIFICATION),
    "qualification": ("/qualification", QUALIFICATION),
    "game": ("/games", GAME),
    "payout account": ("/payout-account", PAYOUT_ACCOUNT),
    "change": ("/payout-account/change", {"bank": BANK}),
    "signature": (
        "/contracts/iaa/sign",
        {"version": 1, "text_sha256": "0" * 64, "typed_name": "Ada", "typed_title": "CEO", "accept": True},
    ),
    "invoice": (
        "/invoices",
        {
            "statement_ids": ["st_1"],
            "number": "1",
            "date": "2026-01-31",
            "amount": {"amount": 1, "currency": "USD"},
            "file_id": "file_1",
        },
    ),
    "appeal": ("/statements/st_1/appeal", {"subject": "x", "description": "y", "file_ids": []}),
    "regions": ("/games/game_1/launch", {"regions": ["US"]}),
}
SPOILERS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63 - 1,
    "",
    "x" * 6000,
    "\u0007",
    "'; DROP TABLE organizations; --",
    "../../etc/passwd",
    "2026-02-30",
    "9999-99-99",
    "0000-01-01",
    "１２",
    [],
    {},
    [[]],
    {"$ne": None},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    found = [path] if path else []
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, item in entries:
        found += places(item, (*path, name))
    return found


def spoil(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    """The same body with another value at one place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = by
    return copy


@pytest.mark.parametrize("form", FORMS)
def test_a_form_with_one_field_spoiled_never_breaks_anything(
    server: Server, ada: Client, organization: str, form: str
) -> None:
    """Temporal is down here, so a body that is valid after all ends in 503, or at a check of ours."""
    path, good = FORMS[form]
    chance = random.Random(form)
    for place in places(good):
        for spoiler in chance.sample(SPOILERS, 6):
            key = str(chance.random())
            answer = ada.try_post(
                f"/v1/organizations/{organization}{path}", spoil(good, place, spoiler), key, "*"
            )
            assert answer.status_code in (409, 422, 503), f"{place} = {spoiler!r}: {answer.text}"
            assert "x" * 100 not in answer.text and "DROP TABLE" not in answer.text


def test_bytes_flipped_anywhere_never_break_anything(ada: Client, games: str) -> None:
    chance = random.Random(7)
    good = json.dumps(GAME).encode()
    for _ in range(100):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        answer = ada.call("POST", games, JSON, content=bytes(raw))
        assert answer.status_code in (422, 503), f"{bytes(raw)!r}: {answer.text}"


def test_addresses_that_lead_nowhere_are_problems_too(server: Server, ada: Client, organization: str) -> None:
    base = f"/v1/organizations/{organization}"
    for path in (
        "/nowhere",
        f"{base}/",
        f"{base}/statements/%00",
        f"{base}/statements/%ff",
        f"{base}/statements/st_1%2f..%2f",
        f"{base}/statements/st_{'x' * 300}",
        f"{base}/contracts/all",
        f"{base}/games/%ED%A0%80",
        "/v1/organizations/%27%3B--",
        "/v1/organizations/" + "x" * 500,
    ):
        problem(ada.call("GET", path), 404, "not_found")
    for query in (
        "limit=0",
        "limit=101",
        "limit=1e400",
        "limit=NaN",
        "starting_after=%00",
        "starting_after=st_no",
    ):
        problem(ada.call("GET", f"{base}/statements?{query}"), 422, "invalid_request")
    for query in ("since=NaN", "until=10000-01-01", "stream=all", "state=%22", "game_id=1"):
        problem(ada.call("GET", f"{base}/statements?{query}"), 422, "invalid_request")
    for query in ("start=0001-01-01", "end=0001-01-01&start=9999-12-31", "start=2026-02-30"):
        problem(ada.call("GET", f"{base}/metrics?{query}"), 422, "invalid_request")
    assert ada.call("GET", f"{base}/metrics?end=0001-01-01").status_code == 200
    answer = ada.call("DELETE", base)
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_request_that_is_cut_off_is_no_error_of_ours(server: Server, ada: Client, games: str) -> None:
    """Its line is closed in the middle of the body; it counts as a bad request, not as a failure."""
    path = games.replace("/games", "/statements/st_1/confirm")
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\nContent-Length: 900\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(f"{head}Content-Type: application/json\r\nX-Request-Id: cut-off\r\n\r\n{{".encode())
    said = eventually(lambda: [one for one in server.log.splitlines() if '"cut-off"' in one])
    assert len(said) == 1 and '"status": 400' in said[0], said


def test_no_bad_request_was_an_error_of_ours(server: Server) -> None:
    """Runs last in this file: nothing above has made the process log a failure."""
    failures = [line for line in server.log.splitlines() if '"error"' in line and '"failed"' in line]
    assert failures == []
    assert CANARY not in server.log
