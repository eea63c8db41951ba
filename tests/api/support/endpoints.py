"""Every door of the application: what is mounted, what is kept behind it, and whether a knock has changed that."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy import create_engine, inspect

from api.app import create_app
from config.settings import Settings
from models.documents import (
    Contract,
    Feature,
    Integration,
    Invoice,
    Launch,
    Payout,
    Statement,
    Stream,
    Verification,
)
from models.money import Money
from models.states import (
    ContractState,
    IntegrationState,
    InvoiceState,
    LaunchState,
    PayoutState,
    StatementState,
    VerificationState,
)
from models.tables import ComparisonRow, GameRow, InvitationRow, StatementLineRow, real_now
from storage.encryption.keyring import load_keyring
from storage.organizations.submissions import save
from storage.webhooks import endpoints
from tests.api.support.forms import VERIFICATION, pdf
from tests.api.support.server import Client, Server, put, put_statement

NOTED = {"sessions": ("seen_at",), "api_keys": ("used_at",)}
"""What is noted of everybody who comes in, whatever becomes of the request."""

WHETHER_WRITTEN = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_wal_insert_lsn()::text"}
"""What to ask a database for, which is the same again as long as nobody has written to it."""


@dataclass(frozen=True)
class Door:
    """An operation of the API, or a route of the console."""

    method: str
    path: str
    is_page: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parts(self) -> list[str]:
        """The names of the variable parts of the address."""
        return re.findall(r"\{([a-z_]+)(?::path)?\}", self.path)

    def at(self, ids: dict[str, str]) -> str:
        """The address with its variable parts filled in."""
        return re.sub(r"\{([a-z_]+)(?::path)?\}", lambda found: ids[found[1]], self.path)


def routes() -> Iterator[Any]:
    """Every route that is mounted."""

    def within(of: Any) -> Iterator[Any]:
        for route in of:
            inner = getattr(route, "original_router", None)
            yield from within(inner.routes) if inner is not None else [route]

    return within(create_app(Settings.model_construct()).routes)


def doors() -> list[Door]:
    """Every route that is mounted, each with each of its methods."""
    found = []
    for route in routes():
        is_page = (
            not (isinstance(route, APIRoute) and route.include_in_schema) and route.path != "/openapi.json"
        )
        found += [Door(method, route.path, is_page) for method in sorted(set(route.methods) - {"HEAD"})]
    return found


class Watch:
    """Sees whether anything in a server's database has changed."""

    def __init__(self, server: Server) -> None:
        self._rows = create_engine(server.database_address, isolation_level="AUTOCOMMIT").connect()
        self._asks = WHETHER_WRITTEN[self._rows.dialect.name]
        seen = inspect(self._rows)
        self._kept = {
            table: [one["name"] for one in seen.get_columns(table) if one["name"] not in NOTED.get(table, ())]
            for table in seen.get_table_names()
        }
        self._version = self._rows.exec_driver_sql(self._asks).scalar()
        self._contents = self.contents()

    def contents(self) -> dict[str, str]:
        """A fingerprint of every table, without what is noted of everybody."""
        found = {}
        for name, columns in self._kept.items():
            query = f'SELECT {", ".join(columns)} FROM "{name}"'
            rows = sorted(map(repr, self._rows.exec_driver_sql(query)))
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found

    def changed(self) -> list[str]:
        """The tables in which something has changed since it was asked last."""
        version = self._rows.exec_driver_sql(self._asks).scalar()
        if version == self._version:
            return []
        before, self._version, self._contents = self._contents, version, self.contents()
        return [name for name, seen in self._contents.items() if before.get(name) != seen]


def furnish(server: Server, owner: Client, organization_id: str) -> dict[str, str]:
    """Put something behind every door of an organization; the ids by the names of the addresses' parts."""
    now, tail = datetime.now(UTC), organization_id[4:]
    statement_id, invoice_id, invitation_id = f"st_{tail}", f"inv_{tail}", f"ivt_{tail}"
    game_id, comparison_id = f"game_{tail}", f"cmp_{tail}"
    money = Money(amount=20_000)
    file_id = owner.upload(organization_id, pdf()).json()["id"]
    keyring = load_keyring("", server.state_dir)
    key = owner.post(f"/v1/organizations/{organization_id}/api-keys", {"name": "Seen", "scopes": ["read"]})
    with server.database.transaction() as session:
        form = save(session, keyring, "verification", organization_id, owner.subject, VERIFICATION)
        put_statement(session, organization_id, statement_id, money.amount, date(2026, 1, 1))
        for document in (
            Verification(
                id="verification",
                state=VerificationState.VERIFIED,
                since=now,
                revision=2,
                country="US",
                submission_id=form,
            ),
            Contract(
                id="contract/iaa", state=ContractState.ACTIVE, since=now, revision=2, feature=Feature.IAA
            ),
            Integration(
                id=f"integration/{game_id}/iaa",
                state=IntegrationState.PASSED,
                since=now,
                revision=1,
                game_id=game_id,
                feature=Feature.IAA,
            ),
            Launch(
                id=f"launch/{game_id}",
                state=LaunchState.APPROVED,
                since=now,
                revision=1,
                game_id=game_id,
            ),
            Statement(
                id=f"statement/{statement_id}",
                state=StatementState.PENDING_CONFIRMATION,
                since=now,
                revision=1,
                stream=Stream.IAA,
                period_start=date(2026, 1, 1),
                period_end=date(2026, 1, 15),
                net=money,
                confirm_by=now + timedelta(days=28),
            ),
            Invoice(
                id=f"invoice/{invoice_id}",
                state=InvoiceState.PROCESSING_PAYMENT,
                since=now,
                revision=2,
                number="1",
                statement_ids=[f"statement/{statement_id}"],
                total=money,
                dated=date(2026, 2, 1),
                submission_id=form,
            ),
            Payout(
                id=f"payout/{invoice_id}",
                state=PayoutState.HELD,
                since=now,
                revision=3,
                invoice_id=f"invoice/{invoice_id}",
                amount=money,
                attempt=1,
            ),
        ):
            put(session, organization_id, document)
        session.flush()
        session.add(
            StatementLineRow(
                statement_id=statement_id,
                position=1,
                kind="earning",
                game_id=game_id,
                contract_version=1,
                gross=money.amount,
                net=money.amount,
            )
        )
        endpoint, _ = endpoints.make(
            session, keyring, organization_id, "https://games.example/hook", [], owner.subject
        )
        session.flush()
        endpoint_id = endpoint.id
        session.add(GameRow(id=game_id, organization_id=organization_id, name="Example Game", created_at=now))
        session.add(
            ComparisonRow(
                id=comparison_id,
                organization_id=organization_id,
                file_id=file_id,
                statement_id=statement_id,
                created_by="ada",
                created_at=now,
            )
        )
        session.add(
            InvitationRow(
                id=invitation_id,
                organization_id=organization_id,
                email="nobody@example.com",
                role="member",
                invited_by="ada",
                invited_at=real_now(),
                expires_at=real_now() + timedelta(days=1),
            )
        )
    return {
        "organization_id": organization_id,
        "statement_id": statement_id,
        "invoice_id": invoice_id,
        "payout_id": invoice_id,
        "invitation_id": invitation_id,
        "file_id": file_id,
        "key_id": key["id"],
        "game_id": game_id,
        "comparison_id": comparison_id,
        "endpoint_id": endpoint_id,
        "delivery_id": "1",
        "feature": "iaa",
        "position": "1",
        "document_id": "verification",
        "code": "not_found",
        "provider": "payments",
        "digest": "000000000000",
        "name": "none.css",
    }
