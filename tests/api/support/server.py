"""The API as a real process, with people who speak to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import update
from sqlmodel import Session

from lifecycle.turns import waits_for
from models.documents import AnyDocument
from models.identity import new_id
from models.programme.policy import Policy
from models.tables import DocumentRow, InvitationRow, MemberRow, StatementRow
from providers.http.signature import HEADER, sign
from storage.database import Database
from storage.organizations.decisions import create_organization
from storage.organizations.policies import policy_of
from storage.people.roles import add_member, add_staff
from tests.runs import process_logs
from tests.sandbox.box import ROOT, SECRET, Box, eventually, free_port

NOWHERE = "127.0.0.1:1"
"""A Temporal address at which nobody answers."""


@dataclass
class Server:
    """An API process; ``box`` is the sandbox that signs its people's tokens."""

    box: Box
    state_dir: Path
    temporal_address: str = NOWHERE
    database_url: str = ""
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    extra: dict[str, str] = field(default_factory=dict)
    http: httpx2.Client = field(
        default_factory=lambda: httpx2.Client(timeout=120, trust_env=False), repr=False
    )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_address(self) -> str:
        return self.database_url or f"sqlite:///{self.state_dir / 'monetization.db'}"

    @property
    def database(self) -> Database:
        return Database(self.database_address)

    @property
    def log(self) -> str:
        return (self.state_dir / "api.log").read_text(errors="replace")

    def environment(self) -> dict[str, str]:
        return {
            **self.box.environment(),
            "MONETIZATION_STATE_DIR": str(self.state_dir),
            "MONETIZATION_TEMPORAL_ADDRESS": self.temporal_address,
            "MONETIZATION_API_PORT": str(self.port),
            "MONETIZATION_API_URL": self.url,
            "MONETIZATION_PROVIDER_URL": self.box.url,
            "MONETIZATION_DATABASE_URL": self.database_url,
            "MONETIZATION_BAD_TOKENS_PER_MINUTE": "100000",
            "MONETIZATION_REQUESTS_PER_MINUTE": "0",
            **self.extra,
        }

    def start(self) -> "Server":
        self.state_dir.mkdir(parents=True, exist_ok=True)
        process_logs.follow(self.state_dir / "api.log")
        with (self.state_dir / "api.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api"],
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

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return self.http.request(method, self.url + path, **more)

    def token(self, subject: str, **claims: Any) -> str:
        answer = self.box.call("POST", "/oidc/token", token=None, data={"sub": subject, **claims})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def person(self, subject: str, **claims: Any) -> "Client":
        return Client(self, subject, self.token(subject, **claims))

    def webhook(
        self, provider: str, body: bytes | Mapping[str, Any], at: int | None = None, secret: str = SECRET
    ) -> httpx2.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = sign(secret, raw, int(time.time()) if at is None else at)
        headers = {HEADER: signature, "Content-Type": "application/json"}
        return self.call("POST", f"/v1/webhooks/{provider}", content=raw, headers=headers)

    def settled_organization(self, *documents: AnyDocument) -> str:
        """An organization put into the database by hand, with Ada as its admin and Max as a plain member.

        It is as if a day had passed since the invitations of other tests, which would count against this one's.
        """
        organization_id = new_id("org")
        with self.database.transaction() as session:
            long_ago = datetime.now(UTC) - timedelta(days=2)
            session.execute(update(InvitationRow).values(invited_at=long_ago))
            founder = MemberRow(
                organization_id=organization_id, subject="ada", role="admin", name="Ada Lovelace"
            )
            create_organization(
                session, organization_id, "Example Games", founder, datetime.now(UTC), Policy()
            )
            add_member(
                session,
                MemberRow(organization_id=organization_id, subject="max", role="member", name="Max Member"),
            )
            for subject, role in (("olga", "operator"), ("femi", "finance"), ("aud", "auditor")):
                add_staff(session, subject, role, subject.title())
            for document in documents:
                put(session, organization_id, document)
        return organization_id

    def _up(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "the API has ended"
        try:
            return self.call("GET", "/healthz").status_code == 200
        except httpx2.TransportError:
            return False


@dataclass
class Client:
    """Somebody who is signed in."""

    server: Server
    subject: str
    token: str

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        own = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.server.call(method, path, headers=own, **more)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def everything(self, path: str, cursor: str = "{id}", **query: Any) -> list[Any]:
        """All rows of a list, page by page: other tests may have put much into the same database before."""
        rows: list[Any] = []
        while True:
            after = {"starting_after": cursor.format(**rows[-1])} if rows else {}
            page = self.get(path, **{"limit": 100, **query, **after})
            rows += page["data"]
            if not page["has_more"]:
                return rows

    def post(self, path: str, body: Any = None, key: str | None = None, match: str | None = None) -> Any:
        answer = self.try_post(path, body, key, match)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def try_post(
        self, path: str, body: Any = None, key: str | None = None, match: str | None = None
    ) -> httpx2.Response:
        headers = {"Idempotency-Key": key} if key else {}
        headers |= {"If-Match": match} if match else {}
        more = {"json": body} if body is not None else {}
        return self.call("POST", path, headers, **more)

    def upload(
        self, organization_id: str, content: bytes, name: str = "file.pdf", kind: str = "application/pdf"
    ) -> httpx2.Response:
        path = f"/v1/organizations/{organization_id}/documents"
        return self.call("POST", path, files={"file": (name, content, kind)})

    def etag(self, path: str) -> str:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.headers["ETag"]


def put(session: Session, organization_id: str, document: AnyDocument) -> None:
    """Put a document into the database, as its workflow would."""
    session.merge(
        DocumentRow(
            organization_id=organization_id,
            id=document.id,
            machine=document.machine,
            state=document.state,
            since=document.since,
            revision=document.revision,
            waits_for=waits_for(document, policy_of(session, organization_id, Policy())),
            facts=document.model_dump(mode="json"),
        )
    )


def put_statement(session: Session, organization_id: str, statement_id: str, net: int, start: Any) -> None:
    """The money of a statement."""
    session.add(
        StatementRow(
            id=statement_id,
            organization_id=organization_id,
            stream="iaa",
            period_start=start,
            period_end=start,
            issue=1,
            currency="USD",
            gross=net,
            refunds=0,
            platform_share=0,
            adjustments=0,
            tax_withheld=0,
            net=net,
            issued_at=datetime.now(UTC),
        )
    )


def problem(answer: httpx2.Response, status: int, code: str | None = None) -> Any:
    """The problem document of an answer that must be one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["type"].endswith(f"/problems/{body['code']}")
    if code:
        assert body["code"] == code, body
    return body
