"""Whatever is sent to whichever door: no error of ours, nothing kept of what was refused, nothing said that is secret.

Small and always the same in the ordinary tests, and on a slow machine smaller; ``make fuzz`` takes FUZZ_SECONDS for
each test, from FUZZ_SEED, which is printed.
"""

import json
import os
import random
import time
from collections import Counter
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from api.http.problems import MEDIA_TYPE
from tests.api.security.test_sign_in import Browser
from tests.api.support.attack import CANARY, Answer, Attacker, Sent, exchange
from tests.api.support.endpoints import Door, Watch, doors, furnish
from tests.api.support.server import Server
from tests.sandbox.box import ROOT

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("FUZZ_SEED") or (time.time_ns() % 2**32 if SECONDS else 1))
SMALL = {"sqlite": 600, "postgresql": 300}
"""How many requests are enough for the ordinary tests."""
PATIENCE = 15.0
"""How many seconds they may take there, once it were so many that they say something."""
FEWEST = 50
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

NEVER_ENDS = "/v1/organizations/{organization_id}/events"
LEAVES = ("/sign-out", "/sign-out/everywhere")
UNAVAILABLE = {"temporal_unavailable", "issuer_unavailable", "not_ready", "outcome_unknown", "not_running"}

SCHEMA = json.loads((ROOT / "docs/openapi.json").read_text())
WRITES_BEFORE = ("parked_forms",)
"""Kept for those who still have to sign in."""


def parameters(door: Door) -> list[str]:
    """The names of the parameters of a door's query; for pages, those that any page has."""
    operation = SCHEMA["paths"].get(door.path, {}).get(door.method.lower())
    if operation is None:
        return [
            "after",
            "limit",
            "machine",
            "late",
            "text",
            "state",
            "waiting_for",
            "country",
            "done",
            "parked",
            "next",
        ]
    return [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]


def fault(door: Door, sent: Sent, answer: Answer, changed: list[str]) -> str | None:
    """What is wrong about an answer, if anything."""
    status = answer.status
    if status is None:
        return None
    kind = answer.headers.get("content-type", "")
    if "x-request-id" not in answer.headers:
        return None if status == 400 and kind.startswith("text/plain") else "not answered by the application"
    problem: dict[str, Any] = {}
    if status >= 400 and kind == MEDIA_TYPE and sent.method != "HEAD":
        problem = json.loads(answer.body)
        if problem["status"] != status or problem["request_id"] != answer.headers["x-request-id"]:
            return "a problem that does not say what it is"
    if status >= 500 and not (status == 503 and (problem.get("code") in UNAVAILABLE or door.is_page)):
        return "an error of ours"
    if status >= 400 and not door.is_page and kind != MEDIA_TYPE and sent.method != "HEAD":
        return f"an error that is no problem document but {kind}"
    if 400 <= status < 500 and [name for name in changed if name not in WRITES_BEFORE]:
        return f"refused, but {changed} changed"
    if status >= 400 and not door.is_page and CANARY in answer.text:
        return "an error that repeats what was sent"
    if "<script>xss" in answer.text and "html" in kind:
        return "a script of theirs in a page of ours"
    if "Traceback" in answer.text or "sqlalchemy" in answer.text.lower():
        return "the inside shows"
    for name in (
        "x-content-type-options",
        "content-security-policy",
        "strict-transport-security",
        "cache-control",
    ):
        if name not in answer.headers:
            return f"no {name}"
    if (
        "frame-ancestors '" not in answer.headers["content-security-policy"]  # none, or our own pages
        and "sandbox" not in answer.headers["content-security-policy"]
    ):
        return "may be framed"
    if "x-evil" in answer.headers or "access-control-allow-origin" in answer.headers:
        return "a header of theirs"
    if sent.method == "TRACE" and status < 400:
        return "TRACE answered"
    where = answer.headers.get("location", "/")
    if status in (301, 302, 303, 307, 308) and not where.startswith("/") and "/oidc" not in where:
        return "leads elsewhere"
    return undocumented(door, sent, status, answer)


def undocumented(door: Door, sent: Sent, status: int, answer: Answer) -> str | None:
    """Whether an answer is another than the operation promises."""
    operation = SCHEMA["paths"].get(door.path, {}).get(door.method.lower())
    if operation is None or sent.method != door.method or status in (404, 405, 400, 413, 429):
        return None
    if status == 422 and b"%00" in sent.target:
        return None  # as everywhere
    promised = operation["responses"].get(str(status))
    if promised is None:
        return f"{status} is not documented"
    media = promised.get("content", {}).get("application/json")
    if status < 300 and media and answer.headers["content-type"] == "application/json":
        try:
            jsonschema_rs.validate(
                {**media["schema"], "components": SCHEMA["components"]}, json.loads(answer.body)
            )
        except jsonschema_rs.ValidationError as error:
            return f"not as documented: {error.message[:200]}"
    return None


def everybody(server: Server) -> dict[str, bytes]:
    """Everybody who may come in, by the header that says so."""
    found = {"nobody": b""}
    for subject in ("ada", "max", "olga", "femi", "aud"):
        found[subject] = f"Authorization: Bearer {server.token(subject)}".encode()
    for subject in ("ada", "olga"):
        browser = Browser(server)
        browser.sign_in(subject)
        found[f"{subject} at the console"] = (
            f"Cookie: __Host-session={browser.cookies['__Host-session']}".encode()
        )
        browser.http.close()
    return found


@pytest.mark.parametrize("kind", DATABASES)
def test_no_request_breaks_anything(request: pytest.FixtureRequest, kind: str) -> None:
    server: Server = request.getfixturevalue("server" if kind == "sqlite" else "strict")
    print(f"FUZZ_SEED={SEED}")
    chance = random.Random(SEED)
    organization_id = server.settled_organization()
    ids = furnish(server, server.person("ada"), organization_id)
    found = [door for door in doors() if door.path != NEVER_ENDS and door.path not in LEAVES]
    attacker = Attacker(chance, server.url.removeprefix("http://"), everybody(server), ids)
    watch, faults = Watch(server), Counter[str]()
    statuses, until, count = Counter[int | None](), time.monotonic() + (SECONDS or PATIENCE), 0
    while (SECONDS or count < SMALL[kind]) and (time.monotonic() < until or count <= FEWEST):
        door = found[count % len(found)]
        sent = attacker.request(door, parameters(door))
        answer = exchange(server.url, sent)
        statuses[answer.status] += 1
        count += 1
        if not sent.whole:
            time.sleep(0.05)  # what was cut off may still be worked on
        wrong = fault(door, sent, answer, watch.changed())
        for pause in (
            0.5,
            2,
            8,
            20,
        ):  # one that was cut off before may have been at it: this one again, by itself
            if not (wrong and wrong.startswith("refused, but")):
                break
            time.sleep(pause)
            watch.changed()
            answer = exchange(server.url, sent)
            wrong = fault(door, sent, answer, watch.changed())
        if wrong:
            faults[f"{door}: {wrong}"] += 1
            if faults[f"{door}: {wrong}"] == 1:
                print(f"\n{door}: {wrong}\n  {sent.raw[:1500]!r}\n  {answer.status} {answer.text[:300]}")
    print(f"{count} requests: {dict(statuses)}")
    assert not faults, f"FUZZ_SEED={SEED}: {faults}"
    assert not [line for line in server.log.splitlines() if '"failed"' in line]
    assert CANARY not in server.log
    assert count > FEWEST


def test_every_operation_answers_as_it_is_described(server: Server) -> None:
    people, until = everybody(server), time.monotonic() + (SECONDS or PATIENCE)
    described = schemathesis.openapi.from_url(f"{server.url}/openapi.json").exclude(path=NEVER_ENDS)
    asked, known = 0, dict[str, str]()
    operations: list[Any] = [found.ok() for found in described.get_all_operations()]  # type: ignore[union-attr]
    random.Random(SEED).shuffle(operations)
    for operation in operations:
        if time.monotonic() > until and asked > FEWEST:
            break
        known["Authorization"] = people["olga" if "/operator" in operation.path else "ada"].decode()[15:]

        @seed(SEED)
        @settings(
            max_examples=40 if SECONDS else 1,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(headers=known)
            if answer.status_code == 503:
                assert answer.json()["code"] in UNAVAILABLE
                return
            assert answer.status_code < 500, answer.text
            if answer.status_code not in (404, 405, 400):
                case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])

        ask()
    print(f"{asked} examples")
    assert asked > FEWEST
