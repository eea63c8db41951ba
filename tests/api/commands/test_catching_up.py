"""What is read can be acted on, also while its workflow has yet to hear that it was recorded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from lifecycle.decide import decide
from models.commands import Accepted, Actor, Command, Role
from models.identity import new_id, organization_workflow_id
from models.programme.policy import Policy
from storage.organizations.decisions import load_dossier, record
from tests.api.commands.test_commands import signature
from tests.api.support.forms import GAME
from tests.api.support.live import Live, Organization
from tests.api.support.server import problem
from tests.sandbox.box import eventually

pytestmark = pytest.mark.temporal

NOT_CAUGHT_UP = "the workflow has not caught up with the database"


def record_alone(made: Organization, command: Command) -> None:
    """Record a decision as a worker does that is killed before it can tell its workflow."""
    database, policy = made.live.server.database, Policy()
    with database.reading() as session:
        dossier = load_dossier(session, made.id)
    accepted = decide(dossier, command, datetime.now(UTC), policy)
    assert isinstance(accepted, Accepted), accepted
    record(database, made.id, accepted.transitions, policy)


def acted(made: Organization, command: Command, path: str, **request: Any) -> Any:
    """What comes of acting on what is recorded, when its workflow hears of it only after it has refused."""
    log = made.live.server.state_dir / "api.log"
    begin = len(log.read_bytes())
    record_alone(made, command)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(made.try_post, path, **request)
        eventually(lambda: NOT_CAUGHT_UP.encode() in log.read_bytes()[begin:] or answer.done())
        made.live.signal(organization_workflow_id(made.id), command)
        return answer.result()


def test_a_statement_that_is_listed_is_confirmed_once_its_workflow_knows_it(live: Live) -> None:
    made = live.organization()
    _, command = made.issued()
    path = f"/{command.document_id.replace('statement', 'statements')}/confirm"
    answer = acted(made, command, path, key=new_id("k"), match="*")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "confirmed"


def test_an_appeal_reaches_a_statement_that_is_listed(live: Live) -> None:
    made = live.organization()
    _, command = made.issued()
    path = f"/{command.document_id.replace('statement', 'statements')}/appeal"
    appeal = {"subject": "Two days are missing", "description": "See the files."}
    answer = acted(made, command, path, body=appeal, key=new_id("k"), match="*")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "appeal_review"


def test_a_step_is_taken_that_the_database_has_opened_and_the_workflow_has_not_yet(live: Live) -> None:
    made = live.organization()
    before = made.try_post("/contracts/iaa/sign", signature(made), match="*")
    problem(before, 409, "not_verified")
    verified = Command(
        id=f"reopened/{made.id}",
        action="verification.submit",
        document_id="verification",
        actor=Actor(role=Role.ADMIN, id="ada"),
        facts={"submission_id": "sub_1", "country": "GB"},
    )
    record_alone(made, verified)
    word = Command(
        id=f"word/{made.id}",
        action="verification.verify",
        document_id="verification",
        actor=Actor(role=Role.PROVIDER, id="verification"),
        reference=f"{made.id}/verification/1",
        facts={"expires_on": "2090-01-01"},
    )
    made.live.signal(organization_workflow_id(made.id), verified)
    answer = acted(made, word, "/contracts/iaa/sign", body=signature(made), match="*")
    assert answer.status_code == 200, answer.text
    # Its submission is invented: the review of it can never be asked for.
    live.terminate(organization_workflow_id(made.id))


def test_a_document_of_which_its_workflow_has_never_heard_is_acted_on_and_its_late_word_harms_nothing(
    live: Live,
) -> None:
    made = live.organization()
    _, command = made.issued()
    record_alone(made, command)
    path = f"/{command.document_id.replace('statement', 'statements')}"
    assert made.post(f"{path}/confirm", key=new_id("k"), match="*")["state"] == "confirmed"
    live.signal(organization_workflow_id(made.id), command)
    made.post("/games", GAME, key=new_id("k"))
    assert made.get(path)["state"] == "confirmed", "also after the word has been read"


def test_what_is_nowhere_is_denied_at_once(live: Live) -> None:
    made = live.organization()
    problem(made.try_post("/statements/st_none/confirm", key=new_id("k"), match="*"), 404, "unknown_document")
