"""Who holds an idempotency key: taken over from the dead, and nothing that a displaced holder does hurts the next."""

from datetime import timedelta
from typing import Any

import pytest

from models.tables import IdempotencyRow, real_now
from storage import idempotency
from storage.database import Database
from storage.idempotency import InFlight, KeyReused, Stored

ANSWER = {"state": "done"}


@pytest.fixture(autouse=True)
def long_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that no slow machine lets pass by chance."""
    monkeypatch.setattr(idempotency, "LEASE", timedelta(hours=1))


def begin(database: Database, holder: str, body: str = "b") -> Stored | None:
    with database.transaction() as session:
        return idempotency.begin(session, "org/ada", "k", "POST /x", body, holder)


def row(database: Database) -> IdempotencyRow | None:
    with database.reading() as session:
        return session.get(IdempotencyRow, ("org/ada", "k"))


def let_lease_pass(database: Database) -> None:
    with database.transaction() as session:
        kept = session.get_one(IdempotencyRow, ("org/ada", "k"))
        kept.created_at = real_now() - idempotency.LEASE - timedelta(milliseconds=1)


def ended(database: Database, how: Any, holder: str) -> None:
    with database.transaction() as session:
        how(session, "org/ada", "k", holder)


def finished(database: Database, response: dict[str, Any]) -> dict[str, Any]:
    with database.transaction() as session:
        return idempotency.finish(session, "org/ada", "k", 200, response)


@pytest.fixture
def taken_over(database: Database) -> Database:
    """A database in which a second holder has taken the key over from a first that still lives."""
    begin(database, "first")
    with pytest.raises(InFlight):
        begin(database, "second")
    let_lease_pass(database)
    assert begin(database, "second") is None
    return database


def test_a_key_is_taken_over_from_a_holder_that_is_silent(taken_over: Database) -> None:
    with pytest.raises(InFlight):
        begin(taken_over, "third")
    with pytest.raises(KeyReused):
        begin(taken_over, "third", body="another")


@pytest.mark.parametrize("how", [idempotency.release, idempotency.leave_open])
def test_a_displaced_holder_neither_frees_nor_opens_the_key_of_the_next(
    taken_over: Database, how: Any
) -> None:
    ended(taken_over, how, "first")
    kept = row(taken_over)
    assert kept is not None and (kept.holder, kept.status) == ("second", None)
    with pytest.raises(InFlight):
        begin(taken_over, "third")
    with pytest.raises(KeyReused):
        begin(taken_over, "third", body="another")


@pytest.mark.parametrize("how", [idempotency.release, idempotency.leave_open])
def test_the_present_holder_frees_and_opens_it(taken_over: Database, how: Any) -> None:
    ended(taken_over, how, "second")
    assert begin(taken_over, "third") is None


def test_the_answer_that_is_kept_first_is_the_answer_of_both_holders(taken_over: Database) -> None:
    assert finished(taken_over, ANSWER) == ANSWER, "by the first, which was only slow"
    assert finished(taken_over, {"state": "done", "later": True}) == ANSWER
    for how in (idempotency.release, idempotency.leave_open):
        ended(taken_over, how, "second")
    assert begin(taken_over, "third") == Stored(200, ANSWER)


def test_an_outcome_that_is_not_known_is_taken_over_at_once(database: Database) -> None:
    begin(database, "first")
    ended(database, idempotency.leave_open, "first")
    assert begin(database, "second") is None
    ended(database, idempotency.release, "first")
    with pytest.raises(InFlight):
        begin(database, "third")
