"""Ceilings hold among many who ask at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete
from sqlmodel import select

from models.commands import PIPELINE, Transition
from models.documents import Launch
from models.identity import new_id
from models.programme.policy import Policy
from models.states import LaunchState
from models.tables import DocumentRow, FileRow, OrganizationPolicyRow, real_now
from storage.organizations.ceilings import CeilingReached, add_upload
from storage.organizations.decisions import record
from storage.organizations.policies import begin_policy
from tests.storage.studio import NOON, POLICY, Studio

AT_ONCE = 12
ROOM = 3


def together(job: Callable[[int], str]) -> Counter[str]:
    """Do a job in all threads at the same time; what came of it."""
    ready = threading.Barrier(AT_ONCE)

    def run(number: int) -> str:
        ready.wait()
        try:
            return job(number)
        except CeilingReached:
            return "ceiling_reached"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, range(AT_ONCE)))


def documents(studio: Studio) -> list[str]:
    with studio.database.reading() as session:
        own = select(DocumentRow.id).where(DocumentRow.organization_id == studio.id)
        return list(session.exec(own))


def registration(game: str) -> Transition:
    return Transition(
        command_id=game,
        index=0,
        action="launch.register",
        actor=PIPELINE,
        from_state=None,
        at=NOON,
        document=Launch(
            id=f"launch/{game}", state=LaunchState.NOT_SUBMITTED, since=NOON, revision=1, game_id=game
        ),
    )


def upload(studio: Studio, content: str, name: str = "invoice.pdf") -> FileRow:
    return FileRow(
        id=new_id("file"),
        organization_id=studio.id,
        name=name,
        content_type="application/pdf",
        size=1,
        sha256=content,
        created_by="ada",
        created_at=real_now(),
    )


def goes_by(studio: Studio, policy: Policy) -> None:
    """Have the organization go by another policy than the installation."""
    with studio.database.transaction() as session:
        session.execute(delete(OrganizationPolicyRow))
        begin_policy(session, studio.id, policy, NOON)


def test_of_games_registered_at_once_only_as_many_are_recorded_as_there_is_room_for(studio: Studio) -> None:
    goes_by(studio, POLICY.model_copy(update={"most_games": ROOM}))

    def register(number: int) -> str:
        refusal = record(studio.database, studio.id, [registration(f"g{number}")], POLICY).refusal
        return refusal.code if refusal else "registered"

    assert together(register) == {"registered": ROOM, "ceiling_reached": AT_ONCE - ROOM}
    assert sum(document.startswith("launch/") for document in documents(studio)) == ROOM


def test_a_game_that_is_registered_already_goes_on_at_the_ceiling(studio: Studio) -> None:
    goes_by(studio, POLICY.model_copy(update={"most_games": 1}))
    policy = POLICY
    assert record(studio.database, studio.id, [registration("g1")], policy).refusal is None
    assert record(studio.database, studio.id, [registration("g1")], policy).refusal is None, "the same again"
    submitted = Launch(id="launch/g1", state=LaunchState.IN_REVIEW, since=NOON, revision=2, game_id="g1")
    moved = studio.transition(submitted, "launch.submit")
    assert record(studio.database, studio.id, [moved], policy).refusal is None


def test_of_files_uploaded_at_once_only_as_many_are_kept_as_there_is_room_for(studio: Studio) -> None:
    def keep(number: int) -> str:
        with studio.database.transaction() as session:
            add_upload(session, upload(studio, f"{number:064}"), ROOM)
        return "kept"

    assert together(keep) == {"kept": ROOM, "ceiling_reached": AT_ONCE - ROOM}
    assert studio.count("files") == ROOM


def test_one_file_uploaded_by_many_at_once_is_kept_once(studio: Studio) -> None:
    def keep(_: int) -> str:
        with studio.database.transaction() as session:
            return add_upload(session, upload(studio, "a" * 64), ROOM).sha256[:1]

    assert together(keep) == {"a": AT_ONCE}
    assert studio.count("files") == 1


def test_one_content_under_ever_new_names_counts_each_time(studio: Studio) -> None:
    with studio.database.transaction() as session:
        for number in range(ROOM):
            add_upload(session, upload(studio, "a" * 64, f"{number}.pdf"), ROOM)
            session.flush()
        add_upload(session, upload(studio, "a" * 64, "0.pdf"), ROOM)
        with pytest.raises(CeilingReached):
            add_upload(session, upload(studio, "a" * 64, "another.pdf"), ROOM)
