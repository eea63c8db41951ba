"""Many organizations that attack together, with work that does not end, keep each other waiting and nobody else."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from secrets import token_urlsafe

import httpx2
import pytest
from sqlalchemy import text

from models.identity import new_id
from tests.api.support.server import Client, Server, problem
from tests.sandbox.box import eventually

ATTACKERS = 10
EACH = 6
"""More requests in all than a process has threads, or connections."""

EVENT = {"id": "evt_1", "action": "verification.verify", "document_id": "verification", "reference": "ref_1"}

HELD = re.compile(r'api_turns\{queue="(\w+)",state="(held|waiting)"\} (\d+)')


@pytest.fixture
def mallory(strict: Server) -> Iterator[Client]:
    """Mallory has a connection for everything that she asks at once."""
    patient = httpx2.Limits(max_connections=2 * ATTACKERS * EACH)
    with httpx2.Client(timeout=600, trust_env=False, limits=patient) as http:
        box = strict.box
        own = Server(box, strict.state_dir, database_url=strict.database_url, port=strict.port, http=http)
        yield own.person("ada")


@contextmanager
def nobody_can_mark_what_they_read(server: Server) -> Iterator[None]:
    """Whoever writes there waits for as long as the test wants, with a thread and a connection."""
    with server.database.engine.connect() as connection:
        connection.execute(text("LOCK TABLE notification_reads IN EXCLUSIVE MODE"))
        yield
        connection.rollback()


def turns(server: Server) -> dict[tuple[str, str], int]:
    """How many turns are held and waited for, by the name of the queue."""
    said = HELD.findall(server.call("GET", "/metrics").text)
    return {(queue, state): int(number) for queue, state, number in said}


def test_organizations_that_attack_together_keep_only_each_other_waiting(
    strict: Server, mallory: Client
) -> None:
    mine, *theirs = [strict.settled_organization() for _ in range(ATTACKERS + 1)]
    ada, olga = strict.person("ada"), strict.person("olga")
    asked: list[Future[httpx2.Response]] = []
    with ThreadPoolExecutor(ATTACKERS * EACH) as pool, nobody_can_mark_what_they_read(strict):
        for organization in theirs:
            for number in range(EACH):
                if number % 2:
                    path = f"/v1/organizations/{organization}/notifications/read"
                    asked.append(pool.submit(mallory.try_post, path, {"up_to": "1"}))
                else:
                    path = f"/organizations/{organization}/inbox/read"
                    form = {
                        "up_to": "1",
                        "_page": f"/organizations/{organization}/inbox",
                        "_key": token_urlsafe(18),
                    }
                    asked.append(pool.submit(mallory.call, "POST", path, data=form))
        everything = ATTACKERS * EACH
        eventually(lambda: sum(turns(strict)["pages", state] for state in ("held", "waiting")) == everything)

        assert ada.get(f"/v1/organizations/{mine}")["id"] == mine
        assert ada.get("/v1/me")["subject"] == "ada"
        assert mine in ada.call("GET", f"/organizations/{mine}").text
        assert strict.call("GET", "/healthz").status_code == 200
        problem(strict.call("GET", "/readyz"), 503, "not_ready")  # as ever: there is no Temporal here
        news = {"event_id": "evt_1", "organization_id": new_id("org"), "event": EVENT}
        problem(strict.webhook("verification", news), 404, "not_found")
        assert strict.call("GET", "/sign-in", follow_redirects=False).status_code == 303
        assert "data" in olga.get("/v1/operator/queue")
        assert olga.get(f"/v1/organizations/{theirs[0]}")["id"] == theirs[0]
        assert not any(one.done() for one in asked)
    assert {one.result().status_code for one in asked} == {200, 303}
    assert sum(turns(strict)[name] for name in turns(strict)) == 0
