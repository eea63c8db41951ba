"""What the sandbox remembers: its own SQLite file, written so that ``kill -9`` loses nothing it has answered."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, JsonValue
from sqlalchemy import Connection, DateTime, Dialect, Index, TypeDecorator, event
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine

_registry = registry()


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite itself keeps no time zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Table(SQLModel, registry=_registry):
    """The base of the sandbox's tables, apart from those of the application."""


class ReviewRow(Table, table=True):
    """A request handed in at a desk, and the decision that it will get; what was filled in is not kept."""

    __tablename__ = "review"

    desk: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    organization_id: str = Field(index=True)
    document_id: str
    digest: str
    magic: str | None = None
    event: str
    received_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    decided: bool = False

    __table_args__ = (Index("review_due", "decided", "due_at"),)


class CaseRow(Table, table=True):
    """A case of the platform's played reviewer, as it waited since a moment, and what she says of it."""

    __tablename__ = "case"

    organization_id: str = Field(primary_key=True)
    document_id: str = Field(primary_key=True)
    since: str = Field(primary_key=True)
    magic: str | None = None
    decision: str
    due_at: datetime = Field(sa_type=Moment)
    decided: bool = False


class PaymentRow(Table, table=True):
    """A transfer that was accepted: together they are what really left. ``next_*`` is what comes of it."""

    __tablename__ = "payment"

    reference: str = Field(primary_key=True)
    idempotency_key: str = Field(unique=True)
    provider_id: str = Field(unique=True)
    organization_id: str = Field(index=True)
    invoice_id: str = Field(index=True)
    amount: int
    currency: str
    destination_sha256: str
    digest: str
    status: str = "in_transit"
    failure_code: str | None = None
    received_at: datetime = Field(sa_type=Moment)
    visible_at: datetime = Field(sa_type=Moment)
    next_status: str | None = None
    next_code: str | None = None
    next_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    return_after_days: float | None = None
    return_code: str = "account_closed"


class RefusalRow(Table, table=True):
    """A transfer that was refused when it was sent; its reference stays refused."""

    __tablename__ = "refusal"

    reference: str = Field(primary_key=True)
    invoice_id: str = Field(index=True)
    code: str


class NoticeRow(Table, table=True):
    """A mail that was taken over."""

    __tablename__ = "notice"

    id: str = Field(primary_key=True)
    organization_id: str = Field(index=True)
    digest: str
    notice: str
    received_at: datetime = Field(sa_type=Moment)


class GameRow(Table, table=True):
    """A game in the storefront: when it was live (``spans``) and how much it earns on a day."""

    __tablename__ = "game"

    game_id: str = Field(primary_key=True)
    organization_id: str
    features: str = "[]"
    regions: str = "[]"
    spans: str = "[]"
    live: bool = Field(default=False, index=True)
    volume: str = "{}"
    generated_to: date
    announced_on: date | None = None


class PendingRow(Table, table=True):
    """An order or ad day that is made up but not yet reported."""

    __tablename__ = "pending"

    key: str = Field(primary_key=True)
    kind: str
    game_id: str
    available_at: datetime = Field(sa_type=Moment, index=True)
    live_at: datetime = Field(sa_type=Moment)
    payload: str


class FeedRow(Table, table=True):
    """An order or ad day as reported; the sequence is the feed's order, and its cursor."""

    __tablename__ = "feed"

    sequence: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str = Field(unique=True)
    payload: str

    __table_args__ = (Index("feed_kind", "kind", "sequence"), {"sqlite_autoincrement": True})


class WebhookRow(Table, table=True):
    """News to be sent until somebody answers 2xx; ``due_at`` is real Unix time."""

    __tablename__ = "webhook"

    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(index=True)
    provider: str
    organization_id: str
    body: str
    state: str = "pending"
    due_at: float
    attempts: int = 0
    last_status: int | None = None

    __table_args__ = (Index("webhook_due", "state", "due_at"), {"sqlite_autoincrement": True})


class FaultRow(Table, table=True):
    """A failure on demand: how often it may still strike (``None``: always), and how often it was considered."""

    __tablename__ = "fault"

    id: int | None = Field(default=None, primary_key=True)
    fault: str
    left: int | None = None
    considered: int = 0
    struck: int = 0

    __table_args__ = ({"sqlite_autoincrement": True},)


class KeyRow(Table, table=True):
    """A key under which the sandbox's issuer signs or has signed tokens."""

    __tablename__ = "signing_key"

    id: int | None = Field(default=None, primary_key=True)
    kid: str = Field(unique=True)
    pem: str


class NoteRow(Table, table=True):
    """A single value, such as the seed."""

    __tablename__ = "note"

    name: str = Field(primary_key=True)
    value: str


class Store:
    """The sandbox's database; one writer at a time, any number of readers."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30}, pool_size=32)
        # SQLite's own way of waiting for a lock is to sleep and look again; a lock of ours hands over at once.
        self._writing = threading.Lock()
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        _registry.metadata.create_all(self._engine)
        self._reading = self._engine.execution_options(reading=True)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction; kept when the block ends, undone when it raises."""
        with self._writing, Session(self._engine) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent view."""
        with Session(self._reading) as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def digest(model: BaseModel) -> str:
    """A fingerprint of what a request says, whatever the order of its keys."""
    return fingerprint(model.model_dump(mode="json"))


def fingerprint(value: JsonValue) -> str:
    """The SHA-256 of a value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def opaque(prefix: str, *parts: object) -> str:
    """An id that is always the same for the same parts, and says nothing about them."""
    return f"{prefix}_{hashlib.sha256('/'.join(map(str, parts)).encode()).hexdigest()[:20]}"


def _prepare(connection: Any, record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
