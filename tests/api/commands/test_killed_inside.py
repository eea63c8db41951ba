"""Processes killed in the middle of a request: whoever sends it again is answered as if nothing had happened."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.identity import new_id, organization_workflow_id
from tests.api.support.live import Live, Organization
from tests.api.support.server import Client, Server
from tests.sandbox.box import ROOT, eventually

pytestmark = pytest.mark.temporal

FAILPOINTS = ROOT / "tests/chaos/failpoints"


def dying_at(point: str, marks: Path) -> dict[str, str]:
    """The environment of a process that is killed at a place in its code."""
    return {"PYTHONPATH": str(FAILPOINTS), "FAILPOINTS": point, "FAILPOINT_MARKS": str(marks)}


@pytest.fixture
def doomed(live: Live, tmp_path: Path) -> Iterator[Callable[[str], Server]]:
    """Further API processes of the installation, each of which is killed at a place in its code."""
    started: list[Server] = []

    def start(point: str) -> Server:
        server = Server(
            live.box,
            live.server.state_dir,
            temporal_address=live.server.temporal_address,
            extra=dying_at(point, tmp_path),
        ).start()
        started.append(server)
        return server

    yield start
    for server in started:
        assert server.process is not None
        server.process.kill()
        server.process.wait(60)


def dies(server: Server, send: Callable[[Client], Any]) -> None:
    """A request in the middle of which its process is killed."""
    with pytest.raises(httpx2.TransportError):
        send(server.person("ada", name="Ada"))
    assert server.process is not None
    assert server.process.wait(60) == -9


@pytest.mark.parametrize(
    "point",
    [
        "api.workflow_client:WorkflowClient.start:before:1",
        "api.workflow_client:WorkflowClient.start:after:1",
        "api.http.idempotency:IdempotentRequest.finish:before:1",
        "api.http.idempotency:IdempotentRequest.finish:after:1",
    ],
)
def test_a_registration_is_finished_soon_whose_process_was_killed(
    live: Live, doomed: Callable[[str], Server], point: str
) -> None:
    key, body = new_id("k"), {"name": "Example Games"}
    dies(doomed(point), lambda ada: ada.try_post("/v1/organizations", body, key))
    ada = live.server.person("ada", name="Ada")

    def begun() -> Any:
        answer = ada.try_post("/v1/organizations", body, key)
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_in_flight" and answer.headers["Retry-After"] == "1"
            return None
        assert answer.status_code == 201, answer.text
        return answer.json()

    made = eventually(begun, 30)
    assert ada.post("/v1/organizations", body, key) == made
    Organization(live, ada, made["id"]).post("/games", {"name": "G", "features": ["iaa"]}, key=new_id("k"))


@pytest.mark.parametrize(
    "point",
    [
        "api.services.commands:CommandContext.finish:before:1",
        "api.http.idempotency:IdempotentRequest.finish:before:1",
        "api.http.idempotency:IdempotentRequest.finish:after:1",
    ],
)
@pytest.mark.parametrize("what", ["confirm", "game"])
def test_what_was_recorded_is_answered_at_once_by_another_process(
    live: Live, doomed: Callable[[str], Server], point: str, what: str
) -> None:
    made, key = live.organization(), new_id("k")
    path, match = f"{made.path}/games", None
    body: Any = {"name": "G", "features": ["iaa"]}
    if what == "confirm":
        statement_id = made.statement()
        match = made.admin.etag(f"{made.path}/statements/{statement_id}")
        path, body = f"{made.path}/statements/{statement_id}/confirm", None
    dies(doomed(point), lambda ada: ada.try_post(path, body, key, match))
    answer = made.admin.try_post(path, body, key, match)
    assert answer.status_code == 200, answer.text
    assert made.admin.try_post(path, body, key, match).json() == answer.json()
    if what == "game":
        assert len(made.get("/games")["data"]) == 1


@pytest.mark.parametrize("action", ["confirm", "appeal"])
def test_a_statement_is_acted_on_that_a_killed_worker_has_recorded_and_told_nobody(
    live: Live, tmp_path: Path, action: str
) -> None:
    made = live.organization()
    _, command = made.issued()
    path = f"/{command.document_id.replace('statement', 'statements')}"
    worker = [sys.executable, "worker.py"]
    replaced(live, worker, dying_at("activities.records:record:after:1", tmp_path))
    try:
        live.signal(organization_workflow_id(made.id), command)
        assert live.processes["worker"].wait(120) == -9
        assert made.get(path)["state"] == "pending_confirmation", "it is there for everybody to read"
    finally:
        replaced(live, worker, {})
    appeal = {"subject": "Two days are missing", "description": "See the files."}
    body, key = (appeal if action == "appeal" else None), new_id("k")

    def answered() -> Any:
        answer = made.try_post(f"{path}/{action}", body, key=key, match="*")
        assert answer.status_code in (200, 503), answer.text
        return answer if answer.status_code == 200 else None

    assert eventually(answered).json()["state"] == ("confirmed" if action == "confirm" else "appeal_review")


def replaced(live: Live, command: list[str], extra: dict[str, str]) -> None:
    """Another worker in the place of the present one."""
    before: subprocess.Popen[bytes] = live.processes["worker"]
    before.kill()
    before.wait(60)
    live.server.extra.update(extra)
    live.run("worker", command)
    for name in extra:
        del live.server.extra[name]
