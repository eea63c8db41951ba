"""Keys: in flight, taken over from the dead, reused, replayed; and nothing secret anywhere it should not be."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.tables import IdempotencyRow, SubmissionRow, real_now
from tests.api.forms import BANK, GAME, PAYOUT_ACCOUNT, VERIFICATION
from tests.api.live import Live, Organization, files
from tests.api.server import problem

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


def test_a_request_whose_process_died_is_taken_over(live: Live) -> None:
    made, key = live.organization(), str(uuid.uuid4())
    first = made.post("/games", GAME, key=key)
    rewrite(made, key, status=None, response=None)
    answer = made.try_post("/games", GAME, key=key)
    problem(answer, 409, "idempotency_in_flight")
    assert answer.headers["Retry-After"]
    problem(made.try_post("/games", GAME | {"name": "x"}, key=key), 422, "idempotency_key_reused")

    rewrite(made, key, created_at=real_now() - timedelta(hours=1))
    again = made.post("/games", GAME, key=key)
    assert again == first, "Temporal and the workflow know the command"
    assert row_of(made, key).response is not None
    assert made.post("/games", GAME, key=key) == again
    assert len(made.get("/games")["data"]) == 1


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
