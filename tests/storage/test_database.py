"""What every use of the database has in common."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import Database


def test_an_error_does_not_repeat_what_was_to_be_written(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, database.transaction() as session:
        session.execute(text("INSERT INTO organizations (id) VALUES (:secret)"), {"secret": "EXAMPLE-SECRET"})
    assert "EXAMPLE-SECRET" not in str(raised.value)
