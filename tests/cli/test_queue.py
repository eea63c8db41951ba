"""The staff's queue in the command line: what is in it, what is not, and that the API counts the same."""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lifecycle.turns import waits_for
from models.desks import Decider, Desk
from models.documents import AnyDocument, Qualification, Reason, Verification
from models.programme.policy import DECIDED_BY, Policy
from models.states import QualificationState, VerificationState
from models.tables import DocumentRow, MemberRow
from storage.database import Database
from storage.organizations.decisions import create_organization
from storage.people import review_queue, staff_desk
from storage.schema import upgrade
from tests.cli.runner import monetization
from tests.words.machine_words import machine_words_in

NOW = datetime(2026, 11, 2, tzinfo=UTC)
BY_PEOPLE = Policy(decided_by=DECIDED_BY)
FIRST_PROVIDER = Policy(decided_by=dict.fromkeys(Desk, Decider.PROVIDER_THEN_PEOPLE))


def verification(**more: Any) -> Verification:
    return Verification(
        id="verification", state=VerificationState.IN_REVIEW, since=NOW, revision=1, country="DE", **more
    )


ORGANIZATIONS: dict[str, tuple[Policy, AnyDocument]] = {
    "org_people": (BY_PEOPLE, verification()),
    "org_referred": (FIRST_PROVIDER, verification(doubts=[Reason(code="unsure")])),
    "org_late": (FIRST_PROVIDER, verification(late=True)),
    "org_alone": (Policy(), verification(late=True)),
    "org_outside": (FIRST_PROVIDER, verification()),
    "org_ticket": (
        BY_PEOPLE,
        Qualification(
            id="qualification", state=QualificationState.REJECTED, since=NOW - timedelta(days=9), revision=2
        ),
    ),
}


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Organizations with one document each, of which all but one are for people of the platform."""
    folder = tmp_path_factory.mktemp("queue")
    url = f"sqlite:///{folder / 'monetization.db'}"
    upgrade(url)
    with Database(url).transaction() as session:
        for organization_id, (policy, document) in ORGANIZATIONS.items():
            founder = MemberRow(organization_id=organization_id, subject="ada", role="admin", name="Ada")
            create_organization(session, organization_id, f"Games of {organization_id}", founder, NOW, policy)
            session.flush()
            row = session.get_one(DocumentRow, (organization_id, document.id))
            row.state, row.since, row.revision = document.state, document.since, document.revision
            row.waits_for, row.facts = waits_for(document, policy), document.model_dump(mode="json")
        session.flush()
        staff_desk.claim(session, "org_people", "verification", "olga", "Olga")
    return folder


def asked(state_dir: Path, *options: str) -> Any:
    return json.loads(monetization("queue", "--json", *options, "--state-dir", str(state_dir)).out)


def test_it_holds_what_people_decide_what_is_referred_and_what_is_late_outside(state_dir: Path) -> None:
    found = asked(state_dir)
    assert [case["organization_id"] for case in found["cases"]] == [
        "org_alone", "org_late", "org_ticket", "org_people", "org_referred",
    ]  # fmt: skip
    who = {case["organization_id"]: case["who"] for case in found["cases"]}
    assert who.pop("org_alone") == "provider" and set(who.values()) == {"operator"}
    assert all(case["todo"] for case in found["cases"] if case["who"] == "operator")
    claims = {case["organization_id"]: case["claimed_by"] for case in found["cases"]}
    assert claims.pop("org_people") == "Olga" and set(claims.values()) == {None}


def test_it_is_counted_by_kind_and_says_what_is_not_in_it(state_dir: Path) -> None:
    found = asked(state_dir)
    counted = found["totals"]
    assert counted["total"] == len(found["cases"])
    assert (counted["operator"], counted["finance"], counted["late_outside"]) == (4, 0, 1)
    assert (counted["late"], counted["outside"]) == (2, 1)
    assert {one["machine"]: (one["count"], one["late"]) for one in counted["kinds"]} == {
        "qualification": (1, 0),
        "verification": (4, 2),
    }
    words = monetization("queue", "--state-dir", str(state_dir)).out
    assert "5 in the queue: 4 for operators" in words
    assert "Not in it: 1 at outside desks that are not late." in words
    assert not machine_words_in(re.sub(r"org_[a-z]+", "", words)), words


def test_it_is_narrowed_by_role_and_lateness_and_the_counts_stay(state_dir: Path) -> None:
    late = asked(state_dir, "--late")
    assert {case["organization_id"] for case in late["cases"]} == {"org_alone", "org_late"}
    assert late["totals"] == asked(state_dir)["totals"]
    assert asked(state_dir, "--for", "finance")["cases"] == []


@pytest.mark.parametrize(("subject", "expected"), [("olga", ["org_people"]), ("", 4)])
def test_it_is_narrowed_by_who_is_at_work(state_dir: Path, subject: str, expected: Any) -> None:
    with Database(f"sqlite:///{state_dir / 'monetization.db'}").reading() as session:
        rows = review_queue.queue(session, review_queue.STAFF, 10, None, claimed_by=subject).data
        found = [row.organization_id for row in rows]
        assert asdict(review_queue.totals(session, ["verification"]))["total"] == 5
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_ticket_is_found_in_part_and_misspelt(state_dir: Path) -> None:
    found = json.loads(monetization("find", "of org_peo", "--json", "--state-dir", str(state_dir)).out)
    assert [(hit["kind"], hit["organization_id"]) for hit in found["data"]] == [
        ("organization", "org_people")
    ]
    words = monetization("find", "Gamse of org_poeple", "--limit", "1", "--state-dir", str(state_dir)).out
    assert "spelt alike" in words and "org_people" in words
    assert "Nothing" in monetization("find", "zzz", "--state-dir", str(state_dir)).out


def test_the_dashboard_has_the_figures_of_the_console(state_dir: Path) -> None:
    found = json.loads(monetization("dashboard", "--json", "--state-dir", str(state_dir)).out)
    assert {one["machine"]: one["outside"] for one in found["reviews"]} == {"verification": 2}
    [verifications] = found["reviews"]
    assert verifications["late"] + verifications["today"] + verifications["in_time"] == 5
    assert found["money"] == [] and found["settlement"]
    words = monetization("dashboard", "--state-dir", str(state_dir)).out
    assert "No money is owed or under way." in words and "Business verification" in words
