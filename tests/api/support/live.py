"""The whole programme as processes: Temporal, worker, sandbox and API, in real time."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from temporalio.client import Client as Temporal

from cli.stack.temporal_server import REPORT_AFTER
from lifecycle.machines import RULES
from models.commands import PIPELINE, Command
from models.identity import new_id, organization_workflow_id
from storage.encryption.keyring import load_keyring
from storage.encryption.payload_codec import sealing_converter
from tests.api.support.forms import PAYOUT_ACCOUNT, VERIFICATION, pdf
from tests.api.support.server import Client, Server, put_statement
from tests.runs import process_logs
from tests.sandbox.box import ROOT, Box, eventually, free_port
from workflows.search_attributes import ALL

TYPES = {1: "Text", 2: "Keyword", 3: "Int", 4: "Double", 5: "Bool", 6: "Datetime", 7: "KeywordList"}


@dataclass
class Live:
    """All processes of an installation, and what tests do with them again and again."""

    box: Box
    server: Server
    port: int = field(default_factory=free_port)
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    statements: int = 0

    def start(self) -> "Live":
        attributes = [f"{key.name}={TYPES[key.indexed_value_type]}" for key in ALL]
        flags = [flag for attribute in attributes for flag in ("--search-attribute", attribute)]
        polls = [
            flag
            for queue in ("transfer", "timer", "visibility")
            for flag in ("--dynamic-config-value", f"history.{queue}ProcessorMaxPollRPS=2000")
        ]
        polls += ["--dynamic-config-value", f"{REPORT_AFTER}=2"]
        temporal = [
            str(ROOT / ".venv/bin/temporal"),
            "server",
            "start-dev",
            "--headless",
            "--log-level",
            "error",
        ]
        self.run("temporal", [*temporal, "--ip", "127.0.0.1", "--port", str(self.port), *flags, *polls])
        self.server.temporal_address = f"127.0.0.1:{self.port}"
        self.server.start()
        eventually(lambda: "No worker asks for work" in self.server.call("GET", "/readyz").text, 120)
        self.run("worker", [sys.executable, "worker.py"])
        eventually(lambda: self.server.call("GET", "/readyz").status_code == 200, 120)
        return self

    def run(self, name: str, command: list[str]) -> None:
        process_logs.follow(self.server.state_dir / f"{name}.log")
        with (self.server.state_dir / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self.server.environment()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        self.server.stop()
        for process in self.processes.values():
            process.kill()
            process.wait(60)

    def pause_worker(self) -> None:
        """Stop it, and wait until all of it stands: the signal lets other threads run on for a while."""
        self.processes["worker"].send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.processes["worker"].pid, os.WSTOPPED | os.WNOWAIT)

    def resume_worker(self) -> None:
        self.processes["worker"].send_signal(signal.SIGCONT)

    def signal(self, workflow_id: str, command: Command) -> None:
        """A signal of another part of the pipeline."""

        async def send() -> None:
            client = await self.temporal()
            await client.get_workflow_handle(workflow_id).signal("act", command)

        asyncio.run(send())

    def messages(self, workflow_id: str) -> list[str]:
        """Under which names a workflow's history says that it was asked or told something, in order."""

        async def read() -> list[str]:
            history = await (await self.temporal()).get_workflow_handle(workflow_id).fetch_history()
            signals = [event.workflow_execution_signaled_event_attributes for event in history.events]
            updates = [event.workflow_execution_update_accepted_event_attributes for event in history.events]
            names = zip(
                (s.signal_name for s in signals),
                (u.accepted_request.input.name for u in updates),
                strict=True,
            )
            return [signal or update for signal, update in names if signal or update]

        return asyncio.run(read())

    def terminate(self, workflow_id: str) -> None:
        """End a workflow that would be in trouble for ever, and leave readiness degraded."""

        async def end() -> None:
            await (await self.temporal()).get_workflow_handle(workflow_id).terminate()

        asyncio.run(end())

    async def temporal(self) -> Temporal:
        """A client as the processes have one."""
        keyring = load_keyring("", self.server.state_dir)
        return await Temporal.connect(f"127.0.0.1:{self.port}", data_converter=sealing_converter(keyring))

    def organization(self, person: str = "ada") -> "Organization":
        """A new organization."""
        client = self.server.person(person, name=person.title())
        made = client.post("/v1/organizations", {"name": "Example Games"})
        return Organization(self, client, made["id"])


@dataclass
class Organization:
    """An organization whose admin speaks to the API."""

    live: Live
    admin: Client
    id: str
    revision: int = 0

    @property
    def path(self) -> str:
        return f"/v1/organizations/{self.id}"

    def get(self, path: str = "", **query: Any) -> Any:
        return self.admin.get(f"{self.path}{path}", **query)

    def post(self, path: str, body: Any = None, key: str | None = None, match: str | None = None) -> Any:
        return posted(self.admin, f"{self.path}{path}", body, key, match)

    def try_post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.admin.try_post(f"{self.path}{path}", body, **more)

    def confirm(self, statement_id: str) -> Any:
        path = f"/statements/{statement_id}"
        return self.post(f"{path}/confirm", key=new_id("key"), match=self.admin.etag(f"{self.path}{path}"))

    def file(self) -> str:
        answer = self.admin.upload(self.id, pdf())
        assert answer.status_code == 201, answer.text
        file_id: str = answer.json()["id"]
        return file_id

    def decide(self, person: str, action: str, document_id: str, reason: str = "", **facts: Any) -> Any:
        decision = self.decision(action, document_id, reason, **facts)
        return posted(self.live.server.person(person), "/v1/operator/decisions", decision)

    def decision(self, action: str, document_id: str, reason: str = "", **facts: Any) -> dict[str, Any]:
        rules = RULES.get((action.partition(".")[0], action.partition(".")[2]), ())
        codes = [code for rule in rules for code in rule.reason_codes] or ["because"]
        return {
            "organization_id": self.id,
            "document_id": document_id,
            "action": action,
            "reasons": [{"code": codes[0], "detail": reason}] if reason else [],
            "facts": facts,
        }

    def becomes(self, path: str, state: str) -> Any:
        """Wait until what is at an address stands in a state."""

        def look() -> Any:
            view = self.get(path)
            return view if view["state"] == state else None

        return eventually(look)

    def review(self, document_id: str) -> Any:
        """The request that is pending at a desk."""
        path = f"/reviews?organization_id={self.id}&decided=false"

        def look() -> Any:
            pending = self.live.box.control("GET", path)
            return next((r for r in pending if r["event"]["document_id"] == document_id), None)

        return eventually(look)

    def reviewed(self, document_id: str, action: str | None = None, **verdict: Any) -> None:
        """Have the desk decide now, as it would have, or otherwise; word comes by webhook."""
        review = self.review(document_id)
        body = {"desk": review["desk"], "reference": review["reference"], **verdict}
        self.live.box.control("POST", "/reviews/decide", json=body | ({"action": action} if action else {}))

    def verified(self) -> "Organization":
        self.post("/verification", VERIFICATION | files(self))
        self.reviewed("verification")
        self.becomes("/verification", "verified")
        return self

    def payable(self) -> "Organization":
        self.verified()
        self.post("/payout-account", PAYOUT_ACCOUNT)
        self.becomes("/payout-account", "active")
        return self

    def issued(self, net: int = 123_456) -> tuple[str, Command]:
        """A statement that settlement has written, and the word of it, which nobody has heard yet."""
        self.live.statements += 1
        day = date(2020, 1, 1) + timedelta(days=self.live.statements)
        statement_id = new_id("st")
        with self.live.server.database.transaction() as session:
            put_statement(session, self.id, statement_id, net, day)
        return statement_id, Command(
            id=f"settlement/{statement_id}",
            action="statement.issue",
            document_id=f"statement/{statement_id}",
            actor=PIPELINE,
            facts={
                "stream": "iaa",
                "period_start": str(day),
                "period_end": str(day),
                "issue": 1,
                "net": {"amount": net, "currency": "USD"},
            },
        )

    def statement(self, net: int = 123_456) -> str:
        """A statement, as settlement issues it."""
        statement_id, command = self.issued(net)
        self.live.signal(organization_workflow_id(self.id), command)
        eventually(
            lambda: self.admin.call("GET", f"{self.path}/statements/{statement_id}").status_code == 200
        )
        return statement_id

    def invoice(self, statement_ids: list[str], number: str, amount: int, **more: Any) -> dict[str, Any]:
        """An invoice for statements, dated today."""
        return {
            "statement_ids": statement_ids,
            "number": number,
            "date": datetime.now(UTC).date().isoformat(),
            "amount": {"amount": amount, "currency": "USD"},
            "file_id": self.file(),
            **more,
        }


def posted(client: Client, path: str, body: Any, key: str | None = None, match: str | None = None) -> Any:
    """Give a command; when the answer did not come in time, give it again under its key, as the API asks to."""
    key = key or new_id("key")

    def answered() -> Any:
        answer = client.try_post(path, body, key, match)
        return None if answer.status_code == 503 and answer.json()["code"] == "outcome_unknown" else answer

    answer = eventually(answered)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def files(made: Organization) -> dict[str, Any]:
    """The part of a verification that names a file, uploaded before."""
    file_id = made.file()
    representative = VERIFICATION["primary_representative"] | {"proof_of_representation_file_id": file_id}
    return {"certificate_file_id": file_id, "primary_representative": representative}
