"""The demo's people: patient with what goes away, told of what does not."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.demo.api_client import SIGN_INS, ApiClient, Declined
from cli.demo.people import Person
from config.settings import Settings

ASKED: list[str] = []


class Answers(BaseHTTPRequestHandler):
    """The issuer, the API that works on a request for a while, and a sandbox that knows no such fault."""

    def do_POST(self) -> None:
        ASKED.append(self.path)
        if self.path == "/token":
            self.say(200, {"access_token": "t"})
        elif self.path.startswith("/control"):
            self.say(422, {"code": "invalid_request"})
        elif ASKED.count(self.path) <= SIGN_INS + 2:
            self.say(409, {"code": "idempotency_in_flight"})
        else:
            self.say(200, {"id": "org_1"})

    def say(self, status: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def client() -> Iterator[ApiClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield ApiClient(Settings(api_url=url, provider_url=url, oidc_issuer=url))
    server.shutdown()
    server.server_close()


def test_a_request_that_is_still_worked_on_is_asked_for_until_it_is_answered(client: ApiClient) -> None:
    async def register() -> object:
        made = await client.post(Person("ada", "Ada"), "/v1/organizations", {}, key="k")
        await client.close()
        return made

    assert asyncio.run(register()) == {"id": "org_1"}


def test_a_fault_that_the_sandbox_does_not_know_is_told(client: ApiClient) -> None:
    async def arm() -> None:
        try:
            await client.arm("faults", {"kind": "unheard_of"})
        finally:
            await client.close()

    with pytest.raises(Declined, match="faults"):
        asyncio.run(arm())
