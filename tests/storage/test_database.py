"""What every use of the database has in common."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database


def test_an_error_does_not_repeat_what_was_to_be_written(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, database.transaction() as session:
        session.execute(text("INSERT INTO organizations (id) VALUES (:secret)"), {"secret": "EXAMPLE-SECRET"})
    assert "EXAMPLE-SECRET" not in str(raised.value)


def test_writers_of_one_process_wait_for_their_turn_without_asking_sqlite_again(database: Database) -> None:
    if database.engine.name != "sqlite":
        pytest.skip("PostgreSQL lets many write at once")

    def no_patience(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    def write(number: int) -> None:
        with database.transaction() as session:
            session.execute(text("UPDATE organizations SET name = :name"), {"name": str(number)})
            time.sleep(0.002)

    event.listen(database.engine, "checkout", no_patience)
    try:
        with ThreadPoolExecutor(8) as many:
            list(many.map(write, range(80)))
    finally:
        event.remove(database.engine, "checkout", no_patience)
        database.engine.dispose()
