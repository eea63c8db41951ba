"""The sandbox as a real process, and a real receiver of its webhooks."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from config.settings import Settings
from models.programme.clock import ProgrammeClock
from tests.runs import process_logs

ROOT = Path(__file__).parents[2]
TOKEN = "test-provider-token"
SECRET = "test-webhook-secret"
T = TypeVar("T")
PORTS = range(12_000, 32_000)
_claims: list[socket.socket] = []


def free_port() -> int:
    """A port that stays free until its server listens there, and again while that is started anew.

    Below those that systems give to connections and to whoever asks for any, so that nobody gets it by chance;
    and while this process lives, its datagram socket keeps the number from other processes that ask here.
    """
    for port in random.sample(PORTS, len(PORTS)):
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    raise AssertionError("no port is free")


def eventually(look: Callable[[], T], seconds: float = 90.0) -> T:
    """The first truthy value that ``look`` gives."""
    deadline = time.monotonic() + seconds
    while True:
        if value := look():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"still {value!r} after {seconds} s")
        time.sleep(0.02)


@dataclass
class Delivery:
    """A webhook as it came."""

    path: str
    signature: str | None
    body: bytes
    json: dict[str, Any]


class Receiver:
    """Takes webhooks like the application would; ``statuses`` of an organization are answered first, then 200."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.statuses: dict[str, list[int]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                delivery = Delivery(self.path, self.headers["TikTok-Signature"], body, json.loads(body))
                outer.deliveries.append(delivery)
                first = outer.statuses.get(delivery.json["organization_id"])
                self.send_response(first.pop(0) if first else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, organization_id: str) -> list[Delivery]:
        return [item for item in list(self.deliveries) if item.json["organization_id"] == organization_id]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Box:
    """A sandbox process; its state survives ``kill`` and ``start``."""

    state_dir: Path
    api_url: str
    seconds_per_day: float = 0.05
    seed: int = 7
    anchor: datetime = field(default_factory=lambda: datetime.now(UTC))
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    _client: httpx2.Client = field(
        default_factory=lambda: httpx2.Client(timeout=60, trust_env=False), repr=False
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def clock(self) -> ProgrammeClock:
        return ProgrammeClock(anchor=self.anchor, seconds_per_day=self.seconds_per_day)

    @property
    def log(self) -> str:
        return (self.state_dir / "sandbox.log").read_text()

    def environment(self) -> dict[str, str]:
        return {
            "MONETIZATION_STATE_DIR": str(self.state_dir),
            "MONETIZATION_POLICY": "fast",
            "MONETIZATION_REVIEWS": "providers",
            "MONETIZATION_POLICY_ANCHOR": self.anchor.isoformat(),
            "MONETIZATION_SECONDS_PER_DAY": str(self.seconds_per_day),
            "MONETIZATION_PROVIDER_TOKEN": TOKEN,
            "MONETIZATION_WEBHOOK_SECRETS": f"{SECRET},older-secret",
            "MONETIZATION_API_URL": self.api_url,
            "MONETIZATION_OIDC_ISSUER": f"{self.url}/oidc",
            "MONETIZATION_LOG_FORMAT": "json",
        }

    def settings(self, timeout: float = 60.0) -> Settings:
        """The settings of an application that uses this sandbox."""
        return Settings.model_validate(
            {
                "state_dir": self.state_dir,
                "provider_url": self.url,
                "provider_token": TOKEN,
                "provider_timeout": timeout,
            }
        )

    def start(self) -> "Box":
        self.state_dir.mkdir(parents=True, exist_ok=True)
        process_logs.follow(self.state_dir / "sandbox.log")
        with (self.state_dir / "sandbox.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "--port", str(self.port), "--seed", str(self.seed)],
                cwd=ROOT,
                env={**os.environ, **self.environment()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(self._up, 120)
        except AssertionError:
            raise AssertionError(self.log) from None
        return self

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> float:
        """Ask it to end; returns how many seconds that took."""
        assert self.process is not None
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        return time.monotonic() - started

    def call(self, method: str, path: str, token: str | None = TOKEN, **more: Any) -> httpx2.Response:
        headers = {b"Authorization": f"Bearer {token}".encode("utf-8", "surrogatepass")} if token else {}
        return self._client.request(method, self.url + path, headers=headers, **more)

    def control(self, method: str, path: str, **more: Any) -> Any:
        response = self.call(method, f"/control{path}", **more)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def fault(self, provider: str, kind: str, **more: Any) -> int:
        armed = self.control("POST", "/faults", json={"provider": provider, "kind": kind, **more})
        return int(armed["id"])

    def _up(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "the sandbox has ended"
        try:
            return self.call("GET", "/healthz").status_code == 200
        except httpx2.TransportError:
            return False
