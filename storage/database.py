"""The database: one engine per process, and transactions that either happen whole or not at all."""

import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, select

from models.tables import OrganizationRow
from storage.bulk import among
from storage.settlement.digest import SourcesDigest

SQLITE_BUSY_MILLISECONDS = 20_000

ONLY_BY_INDEX = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
)
"""A batch is found by its ids, however large the tables grow; PostgreSQL, counting with what it knew of them before
they grew, would read them whole."""


@lru_cache
def connect(url: str) -> Engine:
    """The engine for a database address; SQLite is set to survive power loss and many processes.

    Errors don't repeat what was to be written: they go into logs, and into Temporal's histories.
    """
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30, hide_parameters=True)
        event.listen(engine, "handle_error", leave_out_the_row)
        return engine
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"check_same_thread": False}, pool_size=20, max_overflow=20, hide_parameters=True
    )
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


@lru_cache
def alone(url: str) -> AbstractContextManager[Any]:
    """What the writers of this process wait for: SQLite lets one write at a time, and has the others look again and
    again, at ever longer intervals, instead of giving them their turn.
    """
    return Lock() if url.startswith("sqlite") else nullcontext()


def leave_out_the_row(context: ExceptionContext) -> None:
    """Reduce PostgreSQL's message to its first line: the detail below it repeats the row."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    whole, first = str(original), getattr(getattr(original, "diag", None), "message_primary", None)
    if wrapped and first:
        original.args = (first,)
        wrapped.args = (str(wrapped.args[0]).replace(whole, first), *wrapped.args[1:])


def prepare_sqlite(connection: Any, _: Any) -> None:
    """Write-ahead log, full synchronisation, foreign keys; transactions are begun by us.

    ``recursive_triggers`` lets REPLACE meet the triggers that refuse DELETE.
    """
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}")
    write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_aggregate("sources_digest", 2, SourcesDigest)


def write_ahead(connection: Any) -> None:
    """Turn the write-ahead log on; when processes do so at once, SQLite fails some of them without waiting."""
    patience = time.monotonic() + SQLITE_BUSY_MILLISECONDS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.01)


def begin_sqlite(connection: Any) -> None:
    """Readers begin deferred, writers at once, so that no writer fails after it has read."""
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


class Database:
    """Where ``storage`` reads and writes.

    Args:
        url: an SQLAlchemy address, SQLite or PostgreSQL.
    """

    def __init__(self, url: str) -> None:
        self.engine = connect(url)
        one_view = {} if self.engine.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self.readers = self.engine.execution_options(**one_view)
        self.writers = self.engine.execution_options(writes=True)
        self.settlers = self.engine.execution_options(writes=True, **one_view)
        self._alone = alone(url)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing transaction: committed at the end, rolled back when anything is raised."""
        with self._alone, Session(self.writers, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def settlement(self, organization_ids: Collection[str]) -> Iterator[Session]:
        """A writing transaction of many steps that all see the same rows; it fails if another changes them.

        Nobody else records for these organizations meanwhile.
        """
        with (
            self._alone,
            self.turns(organization_ids),
            Session(self.settlers, expire_on_commit=False) as session,
            session.begin(),
        ):
            if self.engine.name == "postgresql":
                session.connection().exec_driver_sql(ONLY_BY_INDEX)
            yield session

    @contextmanager
    def turns(self, organization_ids: Collection[str]) -> Iterator[None]:
        """Hold the turns of organizations (SQLite lets only one write at all), always in the same order.

        A transaction of its own holds them, because what the next one sees must begin after they are taken.
        """
        if self.engine.name == "sqlite":
            yield
            return
        these = select(OrganizationRow.id).where(among(OrganizationRow.id, organization_ids))
        in_order = these.order_by(OrganizationRow.id).with_for_update(key_share=True)
        with Session(self.writers) as session, session.begin():
            session.exec(in_order).all()
            yield

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view for reading."""
        with Session(self.readers, expire_on_commit=False) as session:
            yield session


def insert_into(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT in the session's dialect, which can say what is to happen ON CONFLICT."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
