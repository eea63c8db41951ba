"""Why am I not paid? One answer: every blocker, who must act, until when, and which money waits."""

import pytest

from lifecycle.views.pending import Stage, Waiting, next_actions, owed, stage, waiting
from models.commands import Role
from models.documents import Verification
from models.programme.policy import Policy
from models.states import VerificationState
from tests.lifecycle.life import DAY, MONDAY, Life, organization, payout, sent


def items(life: Life) -> dict[str, Waiting]:
    return {item.document_id: item for item in waiting(life.dossier, life.now, life.policy)}


def test_at_first_only_verification_is_to_be_done() -> None:
    life = Life()
    (item,) = next_actions(life.dossier, life.now, life.policy)
    assert (item.document_id, item.actions) == ("verification", ["verification.submit"])


def test_a_review_names_the_provider_and_when_it_is_late() -> None:
    life = Life()
    life.admin("verification.submit", submission_id="s", country="DE")
    item = items(life)["verification"]
    assert (item.who, item.until, item.then) == (Role.PROVIDER, MONDAY + 3 * DAY, "review_late")


def test_the_binding_deadline_is_named_rather_than_the_next_reminder() -> None:
    life = organization()
    statement = life.statement()
    item = items(life)[statement]
    assert (item.until, item.then) == (MONDAY + 28 * DAY, "auto_confirm")


def test_every_blocker_is_named_at_once() -> None:
    life = organization()
    life.confirmed()
    life.operator("verification.suspend", why="check")
    life.admin("payout_account.withdraw_change") if life.state("payout_account") != "active" else None
    life.pipeline("payout_account.fail", "payout_account", failure_code="account_closed")
    found = items(life)
    assert found["verification"].who is Role.OPERATOR
    assert found["verification"].money == owed(life.dossier)
    assert "statement/1" in found


def test_a_confirmed_statement_waits_for_an_invoice() -> None:
    life = organization()
    statement = life.confirmed()
    assert items(life)[statement].actions == ["invoice.submit"]
    life.invoiced(statement)
    assert statement not in items(life)


def test_what_is_below_the_smallest_invoice_waits_for_nobody() -> None:
    life = organization()
    statement = life.confirmed(cents=50)
    item = items(life)[statement]
    assert (item.actions, item.todo) == ([], "")
    assert "$99.50 is missing" in item.what


def test_before_pay_out_opens_its_steps_are_shown_as_coming() -> None:
    opens = MONDAY + 10 * DAY
    life = Life(policy=Policy(pay_out_opens=opens)).verified()
    statement = life.confirmed()
    for name in ("payout_account", statement):
        item = items(life)[name]
        assert (item.until, item.then, item.actions) == (opens, "pay_out_opens", [])
    life.wait(10 * DAY)
    assert items(life)["payout_account"].actions == ["payout_account.submit"]


def test_a_payout_that_waits_for_the_account_names_who_mends_it_and_how() -> None:
    life = sent()
    life.provider("payout.fail_account", "payout/1", failure_code="no_account")
    item = items(life)["payout/1"]
    assert (item.who, item.actions) == (Role.ADMIN, ["payout_account.change"])


def test_a_scheduled_payout_waits_for_its_day() -> None:
    life = payout()
    item = items(life)["payout/1"]
    assert (item.who, item.until) == (Role.CLOCK, life.next_alarm("send"))


def test_a_second_feature_is_optional() -> None:
    assert "contract/iap" not in items(organization())


def test_the_stages_of_a_life() -> None:
    life, seen = Life(), []

    def look() -> None:
        seen.append(stage(life.dossier))

    look()
    life.verified()
    look()
    life.signed().qualified()
    look()
    life.tested()
    look()
    life.admin("launch.submit", "launch/g1", regions=["JP"])
    life.provider("launch.approve", "launch/g1")
    life.admin("launch.publish", "launch/g1")
    look()
    statement = life.statement()
    look()
    life.admin("statement.confirm", statement)
    look()
    life.account()
    look()
    life.invoiced(statement)
    look()
    life.pipeline("invoice.pay", "invoice/1")
    look()
    assert seen == [
        Stage.VERIFICATION,
        Stage.CONTRACTS,
        Stage.INTEGRATION,
        Stage.LAUNCH,
        Stage.EARNING,
        Stage.STATEMENTS,
        Stage.PAYOUT_ACCOUNT,
        Stage.INVOICE,
        Stage.PAYOUT,
        Stage.PAID,
    ]


@pytest.mark.parametrize("state", [VerificationState.SUSPENDED, VerificationState.EXPIRED])
def test_a_business_that_is_no_longer_verified_is_back_at_the_first_stage(state: VerificationState) -> None:
    life = organization()
    verification = life.dossier.get("verification", Verification)
    assert verification is not None
    verification.state = state
    assert stage(life.dossier) is Stage.VERIFICATION
