"""Keys: in flight, taken over from the dead, reused, replayed; and nothing secret anywhere it should not be."""

import json
import uuid
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlmodel import select

from models.tables import IdempotencyRow, SubmissionRow, real_now
from storage.idempotency import LEASE
from tests.api.support.forms import BANK, GAME, PAYOUT_ACCOUNT, VERIFICATION
from tests.api.support.live import Live, Organization, files
from tests.api.support.server import Client, problem
from tests.sandbox.box import eventually

pytestmark = pytest.mark.temporal


def row_of(organization: Organization, key: str) -> IdempotencyRow:
    with organization.live.server.database.reading() as session:
        query = select(IdempotencyRow).where(IdempotencyRow.key == key)
        return session.exec(query).one()


def rewrite(organization: Organization, key: str, **values: Any) -> None:
    """Put a key back to where a process that died would have left it."""
    with organization.live.server.database.transaction() as session:
        row = session.exec(select(IdempotencyRow).where(IdempotencyRow.key == key)).one()
        for name, value in values.items():
            setattr(row, name, value)


def test_a_request_whose_process_died_before_it_was_recorded_is_taken_over(live: Live) -> None:
    made, key = live.organization(), str(uuid.uuid4())
    body, soon = json.dumps(GAME).encode(), real_now() + timedelta(hours=1)
    with live.server.database.transaction() as session:
        session.add(
            IdempotencyRow(
                principal=f"{made.id}/ada",
                key=key,
                route=f"POST {made.path}/games",
                body_sha256=sha256(body).hexdigest(),
                holder="dead",
                created_at=soon,
            )
        )

    def register() -> Any:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        return made.admin.call("POST", f"{made.path}/games", headers, content=body)

    answer = register()
    problem(answer, 409, "idempotency_in_flight")
    assert answer.headers["Retry-After"]
    problem(made.try_post("/games", GAME | {"name": "x"}, key=key), 422, "idempotency_key_reused")

    rewrite(made, key, created_at=real_now() - LEASE)
    done = register()
    assert done.status_code == 200
    assert row_of(made, key).response == done.json() == register().json()
    assert len(made.get("/games")["data"]) == 1


def test_a_request_whose_process_died_after_it_was_recorded_is_answered_at_once(live: Live) -> None:
    made, key = live.organization(), str(uuid.uuid4())
    first = made.post("/games", GAME, key=key)
    rewrite(made, key, status=None, response=None, created_at=real_now())
    assert made.post("/games", GAME, key=key) == first
    assert row_of(made, key).response == first
    assert len(made.get("/games")["data"]) == 1


def test_a_confirmation_whose_process_died_is_answered_though_the_statement_has_moved(live: Live) -> None:
    made, key = live.organization().payable(), str(uuid.uuid4())
    statement_id = made.statement()
    path, tag = (
        f"/statements/{statement_id}/confirm",
        made.admin.etag(f"{made.path}/statements/{statement_id}"),
    )
    first = made.post(path, key=key, match=tag)
    rewrite(made, key, status=503, response=None)
    assert made.post(path, key=key, match=tag) == first
    problem(made.try_post(path, key=str(uuid.uuid4()), match=tag), 412, "stale_if_match")


def test_an_organization_whose_process_died_in_its_beginning_is_begun_soon(live: Live) -> None:
    grace, key = live.server.person("grace", name="Grace"), str(uuid.uuid4())
    first = grace.post("/v1/organizations", {"name": "Grace's Games"}, key=key)
    made = Organization(live, grace, first["id"])
    rewrite(made, key, status=None, response=None, created_at=real_now() + timedelta(hours=1))
    problem(grace.try_post("/v1/organizations", {"name": "Grace's Games"}, key), 409, "idempotency_in_flight")
    rewrite(made, key, created_at=real_now())
    again = eventually(lambda: begun(grace, key))
    assert again["id"] == first["id"]
    assert row_of(made, key).response == again


def begun(person: Client, key: str) -> Any:
    answer = person.try_post("/v1/organizations", {"name": "Grace's Games"}, key)
    return answer.json() if answer.status_code == 201 else None


def test_a_repeated_form_is_kept_once(live: Live) -> None:
    made, key = live.organization(), str(uuid.uuid4())
    body = VERIFICATION | files(made)
    first = made.post("/verification", body, key=key)
    rewrite(made, key, status=503, response=None)
    assert made.post("/verification", body, key=key)["revision"] == first["revision"]
    with live.server.database.reading() as session:
        query = select(SubmissionRow.id).where(SubmissionRow.organization_id == made.id)
        assert len(session.exec(query).all()) == 1


def test_a_form_mended_under_the_same_key_is_the_mended_one(live: Live) -> None:
    made, key = live.organization(), str(uuid.uuid4())
    wrong = VERIFICATION | files(made) | {"certificate_expires_on": "2020-01-31"}
    problem(made.try_post("/verification", wrong, key=key), 409, "document_expires_too_soon")
    made.post("/verification", wrong | {"certificate_expires_on": "2091-01-31"}, key=key)
    kept = made.get("/verification")["form"]["fields"]["certificate_expires_on"]
    assert kept == "2091-01-31"


def test_nothing_secret_leaves_the_encrypted_fields(live: Live) -> None:
    """Planted numbers are in no log, no history, no answer, and not readable in the database."""
    made = live.organization().verified()
    canaries = ["77777300000001", "99-8887776", "C4N4RY-ID-55555"]
    form = PAYOUT_ACCOUNT | {
        "bank": BANK | {"account_number": canaries[0]},
        "tax": PAYOUT_ACCOUNT["tax"] | {"tax_number": canaries[1]},
    }
    made.post("/payout-account", form, key=str(uuid.uuid4()))
    made.becomes("/payout-account", "active")
    problem(made.try_post("/payout-account", form | {canaries[2]: canaries[2]}, key="c"), 422)
    problem(made.try_post("/payout-account", form | {"bank": {"account_number": canaries[0]}}, key="d"), 422)
    problem(made.try_post("/payout-account", form, key="e"), 409)
    for name in ("/payout-account", "/timeline", ""):
        text = made.admin.call("GET", f"{made.path}{name}").text
        assert not [canary for canary in canaries if canary in text]
    written = [path for path in live.server.state_dir.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"api.log", "worker.log", "monetization.db"}
    for path in written:
        content = path.read_bytes()
        assert not [canary for canary in canaries if canary.encode() in content], path
