"""Webhooks from the API to a receiver, through real relays that are killed; each event arrives under one id."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlmodel import select
from standardwebhooks import Webhook

from models.documents import Verification
from models.states import VerificationState
from models.tables import WebhookDeliveryRow, real_now
from tests.api.support.server import Client, Server
from tests.providers.webhooks.receiver import Receiver, answer_with
from tests.sandbox.box import ROOT, Box, eventually
from tests.storage.studio import NOON, Studio

RELAY = """
import asyncio
from relays.webhooks import WebhookRelay
from config.logs import configure_logs
from config.settings import Settings
from providers.webhooks.sender import Outgoing
from storage.database import Database
from storage.encryption.keyring import load_keyring

settings = Settings()
configure_logs("worker", "json")
keyring = load_keyring("", settings.state_dir)
relay = WebhookRelay(Database(settings.database()), keyring, Outgoing(settings.webhooks_allow_local))
asyncio.run(relay.run())
"""


@pytest.fixture(scope="module")
def local(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API that lets webhooks go to this machine."""
    extra = {"MONETIZATION_WEBHOOKS_ALLOW_LOCAL": "true"}
    running = Server(issuer[0], tmp_path_factory.mktemp("hooks"), extra=extra).start()
    yield running
    running.stop()


class Relay:
    """A relay of its own, as it runs in a worker."""

    def __init__(self, server: Server) -> None:
        self.log = server.state_dir / "relay.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RELAY],
                cwd=ROOT,
                env={**os.environ, **server.environment()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)


@pytest.fixture
def start(local: Server) -> Iterator[Callable[[], Relay]]:
    started: list[Relay] = []

    def one() -> Relay:
        started.append(Relay(local))
        return started[-1]

    yield one
    for relay in started:
        relay.kill()


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    made: list[Receiver] = []
    yield made
    for receiver in made:
        receiver.stop()


def listen(receivers: list[Receiver], behave: Any) -> Receiver:
    receivers.append(Receiver(behave))
    return receivers[-1]


@pytest.fixture
def studio(local: Server) -> Studio:
    return Studio(local.database)


def happen(studio: Studio, state: str = "verified") -> None:
    event = {"verified": "verify", "suspended": "suspend"}[state]
    studio.put(
        Verification(id="verification", state=VerificationState(state), since=NOON), f"verification.{event}"
    )


def register(local: Server, studio: Studio, url: str) -> tuple[Client, str, dict[str, Any]]:
    """The admin, the address of the endpoint's own part of the API, and the endpoint."""
    admin = local.person(studio.admin.id)
    base = f"/v1/organizations/{studio.id}/webhook-endpoints"
    answer = admin.try_post(base, {"url": url})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return admin, f"{base}/{made['id']}", made


def make_due(local: Server, leased: bool = False) -> None:
    """Let all waiting be over; and all leases have run out, also of what is ``leased`` to a relay that is dead."""
    with local.database.transaction() as session:
        for row in session.exec(select(WebhookDeliveryRow)):
            if leased:
                row.claimed_until = None
            if row.due_at:
                row.due_at = real_now() - timedelta(seconds=1)


def ids(receiver: Receiver) -> list[str]:
    return [headers["webhook-id"] for headers, _ in receiver.seen]


def test_what_happens_arrives_signed_and_the_log_says_so(
    local: Server, studio: Studio, receivers: list[Receiver], start: Callable[[], Relay]
) -> None:
    receiver = listen(receivers, answer_with(200))
    admin, own, made = register(local, studio, receiver.url)
    happen(studio)
    relay = start()
    eventually(lambda: receiver.seen)
    [(headers, body)] = receiver.seen
    told = Webhook(made["secret"]).verify(body, headers)
    assert told["type"] == "verification.verified" and told["data"]["state"] == "verified"
    [listed] = eventually(
        lambda: [d for d in admin.get(f"{own}/deliveries")["data"] if d["state"] == "delivered"]
    )
    assert (listed["event_id"], listed["tries"], listed["status_code"]) == (headers["webhook-id"], 1, 200)
    changed = admin.post(f"{own}/rotate-secret")
    admin.post(f"{own}/test")
    eventually(lambda: len(receiver.seen) == 2)
    headers, body = receiver.seen[1]
    for secret in (made["secret"], changed["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    admin.post(f"{own}/deliveries/{listed['id']}/replay")
    eventually(lambda: len(receiver.seen) == 3)
    assert ids(receiver)[2] == ids(receiver)[0]
    assert admin.post(f"{own}/replay", {"since": "2020-01-01T00:00:00Z"}) == {"events": 1}
    eventually(lambda: len(receiver.seen) == 4)
    assert receiver.seen[3][1] == receiver.seen[0][1]
    for secret in (made["secret"], changed["secret"]):
        assert secret not in local.log and secret not in relay.log.read_text()
        stored = b"".join(path.read_bytes() for path in local.state_dir.glob("monetization.db*"))
        assert secret.encode() not in stored and secret[6:].encode() not in stored


def test_a_relay_that_dies_between_sending_and_noting_it_costs_a_repetition_at_most(
    local: Server, studio: Studio, receivers: list[Receiver], start: Callable[[], Relay]
) -> None:
    victims: list[Relay] = []

    def kill_first(handler: BaseHTTPRequestHandler) -> None:
        if victims:
            victims.pop().kill()
        else:
            answer_with(200)(handler)

    receiver = listen(receivers, kill_first)
    admin, own, _ = register(local, studio, receiver.url)
    victims.append(start())
    happen(studio)
    eventually(lambda: receiver.seen and not victims)
    start()
    make_due(local, leased=True)  # as the lease runs out by itself after a minute
    eventually(lambda: len(receiver.seen) == 2)
    assert len(set(ids(receiver))) == 1 and receiver.seen[0][1] == receiver.seen[1][1]
    eventually(lambda: admin.get(f"{own}/deliveries")["data"][0]["state"] == "delivered")


def test_an_endpoint_that_was_down_hears_of_everything_once_it_is_up(
    local: Server, studio: Studio, receivers: list[Receiver], start: Callable[[], Relay]
) -> None:
    up: list[bool] = []
    taken: list[str] = []

    def behave(handler: BaseHTTPRequestHandler) -> None:
        if up:
            taken.append(handler.headers["webhook-id"])
        answer_with(200 if up else 503)(handler)

    receiver = listen(receivers, behave)
    admin, own, _ = register(local, studio, receiver.url)
    for number in range(12):
        happen(studio, "suspended" if number % 2 else "verified")
    start()
    start()
    eventually(lambda: len(set(ids(receiver))) == 12)

    def waiting() -> Any:
        found = [d for d in admin.get(f"{own}/deliveries")["data"] if d["code"] == "http_503"]
        return found if len(found) == 12 else None

    assert all(delivery["state"] == "waiting" and delivery["next_try_at"] for delivery in eventually(waiting))
    up.append(True)
    make_due(local)
    eventually(lambda: all(d["state"] == "delivered" for d in admin.get(f"{own}/deliveries")["data"]))
    assert sorted(taken) == sorted(set(ids(receiver)))  # each once, by one of the two relays
    revisions = {json.loads(body)["data"]["revision"] for _, body in receiver.seen}
    assert revisions == set(range(1, 13))


def test_gone_is_told_no_more_and_the_admins_hear_of_it(
    local: Server, studio: Studio, receivers: list[Receiver], start: Callable[[], Relay]
) -> None:
    receiver = listen(receivers, answer_with(410))
    admin, own, _ = register(local, studio, receiver.url)
    happen(studio)
    start()
    base = f"/v1/organizations/{studio.id}"
    [endpoint] = eventually(
        lambda: [one for one in admin.get(f"{base}/webhook-endpoints") if one["disabled_at"]]
    )
    assert endpoint["disabled_because"] == "gone"
    inbox = admin.get(f"{base}/notifications")
    assert inbox["unread"] == 1 and inbox["data"][0]["document_id"] == "webhooks"
    assert admin.try_post(f"{own}/test").json()["code"] == "endpoint_disabled"
    assert admin.post(f"{own}/enable")["disabled_because"] == ""


def test_a_redirect_to_somewhere_private_is_not_followed(
    local: Server, studio: Studio, receivers: list[Receiver], start: Callable[[], Relay]
) -> None:
    private = listen(receivers, answer_with(200))
    receiver = listen(receivers, answer_with(308, {"Location": private.url}))
    admin, own, _ = register(local, studio, receiver.url)
    happen(studio)
    start()
    eventually(lambda: [d for d in admin.get(f"{own}/deliveries")["data"] if d["code"] == "redirect"])
    assert private.seen == []
