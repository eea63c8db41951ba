"""The payout account: set up once, changed only under four eyes, after a cooling-off time."""

from datetime import timedelta

import pytest

from models.commands import Role
from models.dossier import payments_blocked_by
from models.programme.policy import Policy
from tests.lifecycle.life import DAY, MONDAY, Life, organization

ACCOUNT = "payout_account"


def checking() -> Life:
    life = Life().verified()
    life.admin("payout_account.submit", submission_id="account-1")
    return life


def changing(until: str = "change_in_review", **named: str) -> Life:
    """A change of the account, as far as a state; its digest may be named."""
    life = organization()
    seen = {"approved_digest": named["proposed_digest"]} if named else {}
    life.admin("payout_account.change", proposed_submission_id="account-2", **named)
    if until != "change_in_review":
        life.operator("payout_account.approve_change", **seen)
    if until == "cooling_off":
        life.finance("payout_account.approve_change", **seen)
    assert life.state(ACCOUNT) == until
    return life


def broken(life: Life) -> Life:
    """The bank refuses the account in force."""
    life.pipeline("payout_account.fail", ACCOUNT, failure_code="account_closed")
    return life


# ---------------------------------------------------------------------- set-up


def test_it_is_set_up_by_a_verified_business_and_checked_by_the_provider() -> None:
    assert Life().refused(Role.ADMIN, "payout_account.submit", submission_id="a") == "not_verified"
    life = checking()
    assert life.effects[-1].name == "check_payout_account"
    assert life.provider("payout_account.accept") == "active"
    assert life.effects[-1].name == "tell_payouts"


def test_it_is_not_set_up_before_pay_out_opens() -> None:
    life = Life(policy=Policy(pay_out_opens=MONDAY + DAY)).verified()
    facts = {"submission_id": "a"}
    assert life.refused(Role.ADMIN, "payout_account.submit", **facts) == "pay_out_not_open"
    life.wait(DAY)
    assert life.admin("payout_account.submit", **facts) == "checking"


def test_another_name_on_the_account_asks_for_documents_that_an_operator_compares() -> None:
    life = checking()
    assert life.provider("payout_account.request_documents", why="name_differs") == "documents_needed"
    assert life.admin("payout_account.provide_documents", submission_id="a2") == "in_review"
    assert life.refused(Role.PROVIDER, "payout_account.accept") == "wrong_role"
    assert life.operator("payout_account.accept") == "active"


def test_a_rejected_account_is_corrected_and_submitted_again() -> None:
    life = checking()
    assert life.provider("payout_account.decline", why="virtual_account") == "declined"
    assert life.admin("payout_account.submit", submission_id="a2") == "checking"


def test_backup_withholding_is_refused_until_an_operator_reopens() -> None:
    life = checking()
    assert life.provider("payout_account.reject", why="backup_withholding") == "rejected"
    assert life.refused(Role.ADMIN, "payout_account.submit", submission_id="a2") == "wrong_state"
    assert life.operator("payout_account.reopen") == "declined"


def test_its_checks_are_late_after_three_working_days() -> None:
    assert checking().wait(3 * DAY) == ["review_late"]


# ---------------------------------------------------------------------- the tax form on file


def tax_on_file(life: Life) -> tuple[str | None, str | None]:
    return life[ACCOUNT].tax_form, life[ACCOUNT].tax_country


def with_form(form: str = "W-8BEN-E", country: str = "DE") -> Life:
    life = Life().verified()
    facts = {"proposed_tax_form": form, "proposed_tax_country": country}
    life.admin("payout_account.submit", submission_id="account-1", **facts)
    return life


def test_a_tax_form_is_on_file_once_it_was_accepted() -> None:
    life = with_form()
    assert tax_on_file(life) == (None, None)
    life.provider("payout_account.accept")
    assert tax_on_file(life) == ("W-8BEN-E", "DE")


def test_a_rejected_tax_form_is_not_on_file_and_its_successor_is_another() -> None:
    life = with_form()
    life.provider("payout_account.decline", why="tax_number_not_found")
    facts = {"proposed_tax_form": "W-9", "proposed_tax_country": "US"}
    life.admin("payout_account.submit", submission_id="account-2", **facts)
    life.provider("payout_account.request_documents", why="name_differs")
    life.admin("payout_account.provide_documents", submission_id="account-3")
    life.operator("payout_account.accept")
    assert tax_on_file(life) == ("W-9", "US")


def test_a_changed_tax_form_is_on_file_when_the_change_is_in_use() -> None:
    life = with_form()
    life.provider("payout_account.accept")
    facts = {"proposed_submission_id": "account-2", "proposed_tax_country": "FR"}
    life.admin("payout_account.change", **facts)
    life.admin("payout_account.withdraw_change")
    assert tax_on_file(life) == ("W-8BEN-E", "DE")
    life.admin("payout_account.change", **facts)
    life.operator("payout_account.approve_change")
    life.finance("payout_account.approve_change")
    assert tax_on_file(life) == ("W-8BEN-E", "DE")
    life.wait(3 * DAY)
    assert tax_on_file(life) == ("W-8BEN-E", "FR")
    assert life[ACCOUNT].proposed_tax_country is None


# ---------------------------------------------------------------------- changes


def test_a_change_has_three_people_behind_it_and_cools_off_three_days() -> None:
    life = changing("cooling_off")
    began = life.now
    assert life.next_alarm("finish_change") == began + 3 * DAY
    assert life.wait(3 * DAY - timedelta(seconds=1)) == []
    assert life[ACCOUNT].submission_id == "account-1"
    assert life.wait(timedelta(seconds=1)) == ["finish_change"]
    account = life[ACCOUNT]
    assert (account.state, account.submission_id, account.proposed_submission_id) == (
        "active",
        "account-2",
        None,
    )
    assert (account.requested_by, account.operator_id) == (None, None)


def test_nobody_approves_his_own_change() -> None:
    life = changing()
    assert life.refused(Role.OPERATOR, "payout_account.approve_change", who="ann") == "four_eyes"
    life.operator("payout_account.approve_change")
    assert life.refused(Role.FINANCE, "payout_account.approve_change", who="ann") == "four_eyes"
    assert life.refused(Role.FINANCE, "payout_account.approve_change", who="otto") == "four_eyes"
    assert life.finance("payout_account.approve_change") == "cooling_off"


def test_whoever_may_not_agree_to_a_change_is_told_why_in_words_that_fit_them() -> None:
    life = changing()
    approve_it = "payout_account.approve_change"
    asked = life.refusal(life.command(Role.OPERATOR, approve_it, ACCOUNT, who="ann"))
    life.operator(approve_it)
    first = life.refusal(life.command(Role.FINANCE, approve_it, ACCOUNT, who="otto"))
    assert (asked.code, first.code) == ("four_eyes", "four_eyes")
    assert "asked for this change" in asked.reason
    assert "has approved it once" in first.reason


def test_an_approver_whom_a_colleague_has_overtaken_is_told_so() -> None:
    """It is no question of their role: a moment ago it was theirs to do."""
    life = changing()
    approve_it = "payout_account.approve_change"
    life.operator(approve_it)
    late = life.refusal(life.command(Role.OPERATOR, approve_it, ACCOUNT, who="olga"))
    assert late.code == "wrong_state" and "colleague" in late.reason
    assert "payout_account.decline_change" in [action.action for action in late.allowed_actions]
    life.finance(approve_it)
    for role in (Role.OPERATOR, Role.FINANCE):
        assert life.refused(role, approve_it, who="late") == "wrong_state"
    assert life.refused(Role.ADMIN, approve_it, who="ann") == "wrong_state"
    assert changing().refused(Role.ADMIN, approve_it) == "wrong_role", "who never may is told that"


@pytest.mark.parametrize("until", ["change_in_review", "change_awaiting_approval", "cooling_off"])
@pytest.mark.parametrize("by", [Role.OPERATOR, Role.FINANCE])
def test_a_change_is_declined_only_as_it_was_seen_where_that_is_named(until: str, by: Role) -> None:
    life = changing(until, proposed_digest="a" * 64)
    decline_it = "payout_account.decline_change"
    stale = life.refused(by, decline_it, why="phished", proposed_digest="b" * 64)
    assert (stale, life.state(ACCOUNT)) == ("change_replaced", until)
    life.take(life.command(by, decline_it, ACCOUNT, why="phished", proposed_digest="a" * 64))
    assert (life.state(ACCOUNT), life[ACCOUNT].proposed_digest) == ("active", None)


@pytest.mark.parametrize("until", ["change_in_review", "change_awaiting_approval", "cooling_off"])
def test_payments_wait_while_the_account_changes(until: str) -> None:
    assert payments_blocked_by(changing(until).dossier) == "bank_change"


@pytest.mark.parametrize("until", ["change_in_review", "change_awaiting_approval", "cooling_off"])
@pytest.mark.parametrize("by", [Role.OPERATOR, Role.FINANCE])
def test_a_change_can_be_stopped_until_it_is_in_use(until: str, by: Role) -> None:
    life = changing(until)
    life.take(life.command(by, "payout_account.decline_change", ACCOUNT, why="phished"))
    assert (life.state(ACCOUNT), life[ACCOUNT].submission_id) == ("active", "account-1")
    assert life.wait(10 * DAY) == []


@pytest.mark.parametrize("until", ["change_in_review", "change_awaiting_approval", "cooling_off"])
def test_an_admin_withdraws_a_change(until: str) -> None:
    life = changing(until)
    assert life.admin("payout_account.withdraw_change") == "active"
    assert payments_blocked_by(life.dossier) is None


def test_a_finance_approver_cannot_stand_in_for_the_operator() -> None:
    assert changing().refused(Role.FINANCE, "payout_account.approve_change") == "wrong_role"


# ---------------------------------------------------------------------- the bank refuses it


def test_an_account_that_the_bank_refuses_is_replaced_by_another() -> None:
    life = broken(organization())
    assert life.state(ACCOUNT) == "needs_fix"
    assert payments_blocked_by(life.dossier) == "broken"
    life.admin("payout_account.change", proposed_submission_id="account-2")
    life.operator("payout_account.approve_change")
    life.finance("payout_account.approve_change")
    life.wait(3 * DAY)
    assert payments_blocked_by(life.dossier) is None


@pytest.mark.parametrize("event", ["decline_change", "withdraw_change"])
def test_without_the_change_a_refused_account_is_still_to_be_mended(event: str) -> None:
    life = broken(organization())
    life.admin("payout_account.change", proposed_submission_id="account-2")
    act = life.operator if event == "decline_change" else life.admin
    assert act(f"payout_account.{event}", why="wrong_account") == "needs_fix"
    assert payments_blocked_by(life.dossier) == "broken"


@pytest.mark.parametrize("until", ["change_in_review", "change_awaiting_approval", "cooling_off"])
def test_a_refusal_during_a_change_does_not_start_the_change_anew(until: str) -> None:
    life = changing(until)
    since = life[ACCOUNT].since
    life.wait(DAY)
    broken(life)
    assert (life.state(ACCOUNT), life[ACCOUNT].since) == (until, since)
    assert payments_blocked_by(life.dossier) == "broken"
