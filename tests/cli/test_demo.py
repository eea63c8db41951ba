"""``monetization demo --once --json``: four organizations are paid, and the last line says so."""

from pathlib import Path
from typing import Any

import pytest

from cli.errors import Exit
from cli.stack.state_dir import load_stack
from tests.cli.runner import Ended, monetization, upped

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

KEYS = {
    "organization_id", "stages", "statements", "invoices", "payouts", "paid", "history_events",
    "temporal_actions", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "state"


@pytest.fixture(scope="module")
def ended(state_dir: Path) -> Ended:
    arguments = ("--once", "--json", "--seconds-per-day", "0.6", "--state-dir", str(state_dir))
    # Whatever installation the shell is set up for, the demo keeps away from it.
    elsewhere = {"MONETIZATION_DATABASE_URL": "postgresql://nowhere/db"}
    return monetization("demo", *arguments, seconds=720, env=elsewhere)  # it gives up by itself before


@pytest.fixture(scope="module")
def organizations(ended: Ended) -> dict[str, Any]:
    assert ended.code == Exit.OK, ended.err[-4000:]
    return {one["play"]: one for one in ended.json()["organizations"]}


def outcomes(organization: Any) -> list[str]:
    return [attempt["outcome"] for payout in organization["payouts"] for attempt in payout["attempts"]]


def test_it_ends_with_one_line_of_json(ended: Ended, organizations: dict[str, Any]) -> None:
    assert len(ended.out.splitlines()) == 1
    line = ended.json()
    assert set(line) >= KEYS
    for organization in organizations.values():
        assert set(organization) >= KEYS
    plain = {key: value for key, value in line.items() if key != "organizations"}
    assert plain == organizations["plain"]
    assert "Temporal's pages:" in ended.err


def test_everybody_is_paid_what_the_invoices_say(organizations: dict[str, Any]) -> None:
    assert set(organizations) == {"plain", "second_try", "rocky_road", "boomerang"}
    for organization in organizations.values():
        claimed = sum(invoice["total"]["amount"] for invoice in organization["invoices"])
        settled = sum(s["net"]["amount"] for s in organization["statements"] if s["state"] == "paid")
        assert organization["paid"] == {"amount": claimed, "currency": "USD"}
        assert organization["paid"]["amount"] == settled > 0
        assert {payout["state"] for payout in organization["payouts"]} == {"paid"}
        assert organization["history_events"] > organization["temporal_actions"] > 0
        assert organization["stages"]["verification"] == "verified"
        assert organization["stages"]["launch"] == "live"


def test_the_plain_one_earned_with_both_features_and_was_paid_at_once(organizations: dict[str, Any]) -> None:
    plain = organizations["plain"]
    assert plain["stages"]["contract/iaa"] == plain["stages"]["contract/iap"] == "active"
    paid = {s["stream"].partition("_")[0] for s in plain["statements"] if s["state"] == "paid"}
    assert paid == {"iaa", "iap"}
    assert outcomes(plain) == ["paid"]


def test_the_others_met_their_troubles(organizations: dict[str, Any]) -> None:
    statements = organizations["second_try"]["statements"]
    (replaced,) = (s for s in statements if s["state"] == "replaced")
    (successor,) = (s for s in statements if s["issue"] == 2)
    assert successor["replaces"] == replaced["id"] and replaced["replaced_by"] == successor["id"]
    assert successor["net"]["amount"] == replaced["net"]["amount"] + 1234
    rocky = [a for payout in organizations["rocky_road"]["payouts"] for a in payout["attempts"]]
    assert [a["outcome"] for a in rocky] == ["failed", "paid"], "a busy provider has looked at no attempt"
    assert rocky[0]["failure_code"] == "account_closed"
    assert outcomes(organizations["boomerang"]) == ["returned", "paid"]
    assert organizations["boomerang"]["payouts"][0]["returned"]


def test_the_second_one_went_through_all_that_the_story_says(
    state_dir: Path, organizations: dict[str, Any]
) -> None:
    from storage.database import Database
    from storage.organizations.queries import timeline

    with Database(f"sqlite:///{state_dir / 'monetization.db'}").reading() as session:
        events = timeline(session, organizations["second_try"]["organization_id"], 500, None).data
    actions = {event.action for event in events}
    assert actions >= {
        "verification.request_information",
        "verification.provide_information",
        "contract.decline",
        "integration.fail",
        "statement.appeal",
        "statement.replace",
        "payout_account.refer",
    }


def test_people_decide_verifications_and_providers_the_accounts_that_they_do_not_doubt(
    state_dir: Path, ended: Ended, organizations: dict[str, Any]
) -> None:
    from storage.database import Database
    from storage.organizations.queries import timeline

    def by(play: str, action: str) -> set[tuple[str, str]]:
        with Database(f"sqlite:///{state_dir / 'monetization.db'}").reading() as session:
            events = timeline(session, organizations[play]["organization_id"], 500, None).data
        return {(event.actor_role, event.actor_id) for event in events if event.action == action}

    for play in organizations:
        assert by(play, "verification.verify") == {("operator", "rita")}
    assert by("plain", "payout_account.accept") == {("provider", "bank-accounts")}
    assert by("second_try", "payout_account.accept") == {("operator", "rita")}
    assert "providers decide: integrations" in ended.err


def test_what_is_left_can_be_listed_although_nothing_runs(state_dir: Path, organizations: Any) -> None:
    stack = load_stack(state_dir)
    assert stack is not None and stack.supervisor is None
    listed = monetization("payouts", "list", "--json", "--state-dir", str(state_dir)).json()
    assert {payout["organization_id"] for payout in listed} == {
        one["organization_id"] for one in organizations.values()
    }
    failed = monetization("payouts", "list", "--failed", "--json", "--state-dir", str(state_dir))
    assert failed.code == Exit.OK


def test_what_is_paid_is_not_paid_again_by_a_retry(state_dir: Path, organizations: dict[str, Any]) -> None:
    payout_id = organizations["boomerang"]["payouts"][0]["id"]
    with upped(state_dir, "--seconds-per-day", "0.6") as up:
        ended = up.run("payouts", "retry", payout_id)
    # Where days are short it may be closed by now, and its workflow over.
    assert ended.code in (Exit.REFUSED, Exit.NOT_FOUND), ended.err
    assert "Traceback" not in ended.err
