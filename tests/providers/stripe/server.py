"""Stripe, as far as payments need it, over real HTTP: transfers, payouts, reversals, keys, lists, and its errors.

Answers have the form of Stripe's own (see its API reference); what is left out is what nobody here reads.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    form: dict[str, str]
    key: str | None
    account: str | None
    headers: dict[str, str]


@dataclass
class Disturbance:
    """What goes wrong at the next request of a method to a path.

    Attributes:
        status: what is answered.
        accept: the request is carried out before that.
        silent: seconds before the answer.
        drop: hang up instead of answering.
    """

    method: str
    path: str
    status: int = 0
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    accept: bool = False
    silent: float = 0
    drop: bool = False


def error(kind: str, code: str | None = None, **more: Any) -> bytes:
    """The body of an error."""
    said = {"type": kind, "message": "CANARY: No such thing: 'acct_CANARY'", **more}
    return json.dumps({"error": said | ({"code": code} if code else {})}).encode()


class StripeServer:
    """The server; what it has accepted is in ``transfers`` and ``payouts``."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.transfers: list[Json] = []
        self.payouts: list[Json] = []
        self.disturbances: list[Disturbance] = []
        self.keys: dict[str, tuple[dict[str, str], int, Json]] = {}
        self.page = 10
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                outer.answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "StripeServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def disturb(self, method: str, path: str, **more: Any) -> None:
        """Let the next such request go wrong."""
        self.disturbances.append(Disturbance(method, path, **more))

    def sent(self, method: str, path: str) -> list[Asked]:
        """The requests of a method to a path."""
        return [asked for asked in self.asked if (asked.method, asked.path) == (method, path)]

    @property
    def out(self) -> int:
        """What left for banks and has not failed, and what lies in connected accounts."""
        return sum(t["amount"] for t in self.transfers if not t["reversed"])

    # ------------------------------------------------------------------ answering

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        asked = Asked(
            request.command,
            url.path,
            dict(parse_qsl(body or url.query)),
            request.headers.get("Idempotency-Key"),
            request.headers.get("Stripe-Account"),
            dict(request.headers),
        )
        self.asked.append(asked)
        wrong = next((d for d in self.disturbances if (d.method, d.path) == (asked.method, asked.path)), None)
        if wrong:
            self.disturbances.remove(wrong)
        if wrong is None or wrong.accept:
            with self._lock:
                status, said = self.replayed(asked) if asked.method == "POST" else self.handle(asked)
            raw, headers = json.dumps(said).encode(), {}
        if wrong:
            time.sleep(wrong.silent)
            if wrong.drop:
                request.close_connection = True
                return
            if wrong.status:
                status, raw, headers = wrong.status, wrong.body, wrong.headers
        request.send_response(status)
        for name, value in {**headers, "Request-Id": "req_1", "Content-Length": str(len(raw))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(raw)

    def replayed(self, asked: Asked) -> tuple[int, Json]:
        """The same answer for the same key, and an error when something else is asked under it."""
        key = f"{asked.account}/{asked.key}"
        if key in self.keys:
            form, status, said = self.keys[key]
            if form != asked.form:
                return 400, {
                    "error": {"type": "idempotency_error", "message": "Keys for idempotent requests"}
                }
            return status, said
        status, said = self.handle(asked)
        self.keys[key] = (asked.form, status, json.loads(json.dumps(said)))
        return status, said

    def handle(self, asked: Asked) -> tuple[int, Json]:
        handlers: dict[tuple[str, str], Callable[[Asked], tuple[int, Json]]] = {
            ("POST", "/v1/transfers"): self.make_transfer,
            ("GET", "/v1/transfers"): self.list_transfers,
            ("POST", "/v1/payouts"): self.make_payout,
            ("GET", "/v1/payouts"): self.list_payouts,
        }
        if asked.path.endswith("/reversals"):
            return self.reverse(asked)
        return handlers[asked.method, asked.path](asked)

    def make_transfer(self, asked: Asked) -> tuple[int, Json]:
        transfer = {
            "id": f"tr_{len(self.transfers) + 1}",
            "object": "transfer",
            "amount": int(asked.form["amount"]),
            "amount_reversed": 0,
            "currency": asked.form["currency"],
            "created": int(time.time()),
            "destination": asked.form["destination"],
            "metadata": metadata(asked.form),
            "reversals": {"object": "list", "data": [], "has_more": False},
            "reversed": False,
            "transfer_group": asked.form["transfer_group"],
        }
        self.transfers.insert(0, transfer)
        return 200, transfer

    def make_payout(self, asked: Asked) -> tuple[int, Json]:
        payout = {
            "id": f"po_{len(self.payouts) + 1}",
            "object": "payout",
            "account": asked.account,
            "amount": int(asked.form["amount"]),
            "currency": asked.form["currency"],
            "created": int(time.time()),
            "status": "pending",
            "failure_code": None,
            "metadata": metadata(asked.form),
        }
        self.payouts.insert(0, payout)
        return 200, payout

    def reverse(self, asked: Asked) -> tuple[int, Json]:
        transfer = next(t for t in self.transfers if t["id"] == asked.path.split("/")[3])
        if transfer["reversed"]:
            return 400, {"error": {"type": "invalid_request_error", "message": "already fully reversed"}}
        reversal = {"id": "trr_1", "object": "transfer_reversal", "metadata": metadata(asked.form)}
        transfer["reversed"], transfer["amount_reversed"] = True, transfer["amount"]
        transfer["reversals"]["data"].insert(0, reversal)
        return 200, reversal

    def list_transfers(self, asked: Asked) -> tuple[int, Json]:
        group = asked.form.get("transfer_group")
        return self.listed(asked, [t for t in self.transfers if group in (None, t["transfer_group"])])

    def list_payouts(self, asked: Asked) -> tuple[int, Json]:
        since = int(asked.form.get("created[gte]", 0))
        own = [p for p in self.payouts if p["account"] == asked.account and p["created"] >= since]
        return self.listed(asked, own)

    def listed(self, asked: Asked, items: list[Json]) -> tuple[int, Json]:
        ids = [item["id"] for item in items]
        after = asked.form.get("starting_after")
        rest = items[ids.index(after) + 1 :] if after else items
        limit = min(int(asked.form.get("limit", self.page)), self.page)
        return 200, {
            "object": "list",
            "url": asked.path,
            "data": rest[:limit],
            "has_more": len(rest) > limit,
        }


def metadata(form: dict[str, str]) -> dict[str, str]:
    """``metadata[name]`` of a form."""
    return {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
