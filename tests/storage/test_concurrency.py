"""Many writers at once: one wins, the others are told so, and nobody finds the database locked."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from models.documents import Verification
from models.states import VerificationState
from storage.database import Database
from storage.organizations.decisions import Stale, record
from storage.schema import upgrade
from tests.storage.studio import NOON, POLICY, Studio

THREADS = 50


def at_once(job: Callable[[int], Any]) -> Counter[str]:
    """Do a job in all threads at the same time, and count what came of it."""
    ready = threading.Barrier(THREADS)

    def run(number: int) -> str:
        ready.wait()
        try:
            return str(job(number))
        except Stale:
            return "stale"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, range(THREADS)))


def verification(state: str = "in_review") -> Verification:
    return Verification(id="verification", state=VerificationState(state), since=NOON)


def test_of_many_decisions_on_one_revision_one_is_recorded(studio: Studio) -> None:
    decisions = [studio.transition(verification(), "verification.submit") for _ in range(THREADS)]
    came_of_it = at_once(
        lambda number: record(studio.database, studio.id, [decisions[number]], POLICY).refusal
    )
    assert came_of_it == {"None": 1, "stale": THREADS - 1}
    assert studio.count("transitions") == 1


def test_one_decision_recorded_by_many_is_recorded_once(studio: Studio) -> None:
    decision = studio.transition(verification(), "verification.submit", message="Submitted.")
    assert at_once(lambda _: record(studio.database, studio.id, [decision], POLICY).refusal) == {
        "None": THREADS
    }
    assert (studio.count("transitions"), studio.count("notifications")) == (1, 1)


def test_one_new_document_is_made_by_one(studio: Studio) -> None:
    document = verification().model_copy(update={"id": "verification/other"})
    decisions = [studio.transition(document, "verification.submit") for _ in range(THREADS)]
    came_of_it = at_once(
        lambda number: record(studio.database, studio.id, [decisions[number]], POLICY).refusal
    )
    assert came_of_it == {"None": 1, "stale": THREADS - 1}


def test_organizations_do_not_stand_in_each_others_way(database: Database) -> None:
    studios = [Studio(database) for _ in range(THREADS)]

    def live(number: int) -> None:
        for state in ("in_review", "verified", "suspended"):
            assert studios[number].put(verification(state), f"verification.{state}") is None

    assert at_once(live) == {"None": THREADS}
    assert studios[0].count("transitions") == 3 * THREADS


def test_processes_that_start_together_make_the_tables_once(empty_url: str) -> None:
    def start(_: int) -> None:
        upgrade(empty_url)
        with Database(empty_url).reading() as session:
            session.connection()

    assert at_once(start) == {"None": THREADS}
