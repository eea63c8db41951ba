"""Payouts: sent on payment day, retried by themselves, never sent twice, watched for their return."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from lifecycle.decide import decide
from lifecycle.views.pending import waiting
from models.commands import Command, Refusal, Role
from models.dossier import Dossier
from models.money import Money
from models.programme.policy import Policy, default_policy
from models.reasons import payouts
from models.reasons.failures import FAILURES
from tests.lifecycle.life import DAY, HOUR, LARGE, MINUTE, MONDAY, Life, organization, payout, sent

ONE = "payout/1"
FRIDAY = datetime(2026, 3, 6, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def account(life: Life, usable: bool, submission: str = "account-1", why: str | None = None) -> str:
    """What the organization tells about the account."""
    return life.pipeline(
        "payout.account_changed",
        ONE,
        account_usable=usable,
        account_submission_id=submission,
        blocked_by=why,
    )


def fail(life: Life, kind: str, **facts: Any) -> str:
    return life.provider(f"payout.fail_{kind}", ONE, failure_code="code", **facts)


def paid() -> Life:
    life = sent()
    life.provider("payout.pay", ONE)
    return life


def unresolved(code: str = "timeout") -> Life:
    life = sent()
    life.provider("payout.outcome_unknown", ONE, failure_code=code)
    life.wait(DAY)
    assert life.state(ONE) == "outcome_unresolved"
    return life


# ---------------------------------------------------------------------- when it leaves


def test_payouts_leave_on_fridays() -> None:
    life = payout()
    assert life.state(ONE) == "scheduled"
    assert life.wait(until=FRIDAY - SECOND) == []
    assert life.wait(SECOND) == ["send"]
    assert life.state(ONE) == "sending"
    assert (life[ONE].attempt, life[ONE].reference, life[ONE].sent_to) == (1, "payout/1/1", "account-1")
    assert life.effects[-1].name == "send_payment"


def test_the_clock_sends_nothing_early() -> None:
    life = payout()
    assert life.refused(Role.CLOCK, "payout.send", ONE) == "not_due"


def test_a_payout_that_waited_past_its_friday_goes_on_at_once_on_a_working_day() -> None:
    life = payout()
    account(life, False, why="bank_change")
    life.wait(until=FRIDAY + DAY)  # a Saturday
    account(life, True)
    assert life.next_alarm("send") == FRIDAY + 3 * DAY


def test_a_payout_that_waited_before_its_friday_leaves_on_it() -> None:
    life = payout()
    life.operator("payout.hold", ONE, why="account_suspected")
    life.wait(DAY)
    life.operator("payout.release_hold", ONE, why="cleared")
    assert life.next_alarm("send") == FRIDAY


# ---------------------------------------------------------------------- approval


def test_above_fifty_thousand_dollars_a_finance_approver_must_agree() -> None:
    assert payout(LARGE - 1).state(ONE) == "scheduled"
    life = payout(LARGE)
    assert life.state(ONE) == "awaiting_approval"
    assert life.approve() == "scheduled"
    assert life.next_alarm("send") == FRIDAY


def test_whoever_approved_the_invoice_does_not_approve_its_payout() -> None:
    life = payout(LARGE)
    seen = life.seen(ONE)
    assert life.refused(Role.FINANCE, "payout.approve", ONE, who="otto", approved_digest=seen) == "four_eyes"


def test_a_finance_approver_may_cancel_instead() -> None:
    life = payout(LARGE)
    assert life.finance("payout.cancel", ONE, why="fraud_confirmed") == "cancelled"


def test_an_approval_is_for_one_account() -> None:
    life = payout(LARGE)
    life.approve()
    assert account(life, False, why="bank_change") == "awaiting_account"
    assert account(life, True, "account-2") == "awaiting_approval"
    assert life[ONE].approved_by is None
    assert life.approve() == "scheduled"


def test_an_approval_names_what_was_read() -> None:
    life = payout(LARGE)
    assert life.refused(Role.FINANCE, "payout.approve", ONE) == "invalid_facts"
    read_before = life.seen(ONE)
    assert account(life, True, "account-2") == "awaiting_approval"
    for other in (read_before, payout(LARGE + 1).seen(ONE), "0" * 64):
        code = life.refused(Role.FINANCE, "payout.approve", ONE, approved_digest=other)
        assert code == "approval_of_something_else"
    assert life.approve() == "scheduled"
    assert (life[ONE].approved_by, life[ONE].approved_digest) == ("fay", life.seen(ONE))


def test_an_approval_of_an_account_does_not_come_back_with_it() -> None:
    life = payout(LARGE)
    life.approve()
    account(life, True, "account-2")
    assert account(life, True, "account-1") == "awaiting_approval"
    assert life[ONE].approved_digest is None


def test_an_approval_is_for_one_amount() -> None:
    """No rule changes the amount of a payout; if one did, what was agreed to would be something else."""
    life = payout(LARGE)
    life.approve()
    more = life[ONE].model_copy(update={"amount": Money(amount=LARGE + 1)})
    life.dossier = life.dossier.model_copy(update={"documents": {ONE: more}})
    life.wait(until=life.next_alarm("send") - timedelta(seconds=1))
    assert life.refusal(life.command(Role.CLOCK, "payout.send", ONE)).code == "not_due"
    life.now = life.next_alarm("send")
    assert life.refusal(life.command(Role.CLOCK, "payout.send", ONE)).code == "not_approved"


def test_an_approval_outlives_a_block_of_the_same_account() -> None:
    life = payout(LARGE)
    life.approve()
    account(life, False, why="verification_suspended")
    assert account(life, True) == "scheduled"


@pytest.mark.parametrize("state", ["scheduled", "retrying"])
def test_another_account_voids_the_approval_even_without_a_block(state: str) -> None:
    life = payout(LARGE)
    life.approve()
    if state == "retrying":
        life.wait(until=life.next_alarm("send"))
        fail(life, "transient")
    assert account(life, True, "account-2") == "awaiting_approval"
    assert life.wait(30 * DAY) == []


def test_another_account_during_an_attempt_asks_for_a_new_approval_after_it() -> None:
    life = sent(LARGE)
    account(life, False, why="bank_change")
    assert account(life, True, "account-2") == "sending"
    assert fail(life, "transient") == "awaiting_approval"
    assert life.wait(30 * DAY) == [], "nothing is due that would be refused"


@pytest.mark.parametrize("kind", ["payer", "final"])
def test_a_retry_asks_for_a_new_approval_when_the_account_is_another(kind: str) -> None:
    life = sent(LARGE)
    fail(life, kind)
    account(life, True, "account-2")
    assert life.operator("payout.retry", ONE, why="cause_mended") == "awaiting_approval"


# ---------------------------------------------------------------------- failures


def test_a_transient_failure_is_retried_fast_then_slowly_without_end() -> None:
    life, waits = sent(), []
    for _ in range(13):
        fail(life, "transient")
        began = life.now
        due = life.next_alarm("send")
        waits.append((due - began).total_seconds())
        life.wait(until=due)
    fast = [min(5 * 2**n, 300) for n in range(10)]
    for wait, base in zip(waits, [*fast, 3_600, 3_600, 3_600], strict=True):
        assert base <= wait <= base * 1.2, "lengthened by a jitter of a fifth at most"
    assert life[ONE].attempt == 14


def test_a_retry_is_never_sooner_than_the_provider_asks_for() -> None:
    life = sent()
    life.provider("payout.fail_transient", ONE, failure_code="rate_limited", retry_after_seconds=7_200)
    assert life.next_alarm("send") == life.now + 2 * HOUR


@pytest.mark.parametrize("wait", ["7200", 7_200.0])
def test_a_wait_is_understood_in_any_form(wait: object) -> None:
    life = sent()
    life.provider("payout.fail_transient", ONE, retry_after_seconds=wait)
    assert life.next_alarm("send") == life.now + 2 * HOUR


@pytest.mark.parametrize("wait", [-1, 366 * 86_400 + 1, "soon", 1.5, [1]])
def test_a_wait_that_makes_no_sense_is_refused(wait: object) -> None:
    life = sent()
    assert (
        life.refused(Role.PROVIDER, "payout.fail_transient", ONE, retry_after_seconds=wait) == "invalid_facts"
    )


def test_an_admin_or_operator_need_not_wait_for_a_retry() -> None:
    life = sent()
    fail(life, "transient")
    assert life.admin("payout.retry", ONE) == "sending"


@pytest.mark.parametrize(
    ("kind", "state"), [("account", "awaiting_account"), ("payer", "awaiting_funds"), ("final", "declined")]
)
def test_a_failure_goes_to_who_can_mend_it_and_is_told(kind: str, state: str) -> None:
    life = sent()
    assert fail(life, kind) == state
    assert life[ONE].failure_class == kind
    assert life.effects[-1].name == "tell_organization"
    assert life.wait(100 * DAY) == []


def test_missing_funds_are_retried_by_the_operator() -> None:
    life = sent()
    fail(life, "payer")
    assert life.refused(Role.ADMIN, "payout.retry", ONE) == "wrong_role"
    assert life.operator("payout.retry", ONE, why="cause_mended") == "sending"


def test_a_refused_account_is_not_paid_to_again() -> None:
    life = sent()
    fail(life, "account")
    assert account(life, True) == "awaiting_account", "old news of the very account that the bank refused"
    assert life[ONE].blocked_by == "broken"
    assert account(life, False, why="bank_change") == "awaiting_account"
    assert life[ONE].blocked_by == "bank_change"
    assert account(life, True, "account-2") == "scheduled"
    life.wait(until=life.next_alarm("send"))
    assert (life[ONE].attempt, life[ONE].sent_to) == (2, "account-2")


def test_a_refusal_of_the_earlier_account_goes_on_to_the_present_one() -> None:
    life = sent()
    account(life, False, why="bank_change")
    account(life, True, "account-2")
    assert fail(life, "account") == "scheduled"
    assert life[ONE].refused_account == "account-1"
    large = sent(LARGE)
    account(large, True, "account-2")
    assert fail(large, "account") == "awaiting_approval"


def test_while_the_account_is_blocked_a_failed_attempt_waits_for_it() -> None:
    life = sent()
    account(life, False, why="bank_change")
    assert fail(life, "transient") == "awaiting_account"
    assert account(life, True, "account-2") == "scheduled"


def test_a_payout_that_waits_says_why() -> None:
    life = payout(account_usable=False, blocked_by="verification_suspended")
    assert (life.state(ONE), life[ONE].blocked_by) == ("awaiting_account", "verification_suspended")
    account(life, False, why="bank_change")
    assert life[ONE].blocked_by == "bank_change"
    account(life, True)
    assert life[ONE].blocked_by is None


def test_the_admin_is_told_why_a_payment_failed_and_how_to_mend_it() -> None:
    life = organization()
    life.invoiced(life.confirmed())
    facts = {"failure_class": "account", "failure_code": "account_closed"}
    life.pipeline("invoice.fail_payment", "invoice/1", **facts)
    why, fix = FAILURES["account_closed"].why, FAILURES["account_closed"].fix
    assert f"A payment failed. {why} {fix}" in life.told
    item = next(w for w in waiting(sent_back().dossier, life.now, life.policy) if w.document_id == ONE)
    assert item.who is Role.ADMIN and {why, fix} <= set(item.reasons)


def sent_back() -> Life:
    """A payout whose account is closed."""
    life = sent()
    life.provider("payout.fail_account", ONE, failure_code="account_closed")
    return life


# ---------------------------------------------------------------------- outcomes


def test_the_provider_takes_it_and_pays_it() -> None:
    life = sent()
    assert life.provider("payout.accept", ONE) == "in_transit"
    assert life.provider("payout.pay", ONE) == "paid"
    assert life.effects[-1].name == "tell_organization"


def test_a_payment_in_transit_is_asked_after_five_working_days_then_daily() -> None:
    life = sent()
    life.provider("payout.accept", ONE)
    began = life.now
    life.rang.clear()
    life.wait(9 * DAY)
    assert [(event, (when - began).days) for event, when in life.rang] == [
        ("ask", 7),
        ("ask", 8),
        ("ask", 9),
    ]


def test_without_an_answer_for_ten_minutes_the_outcome_is_unknown() -> None:
    life = sent()
    assert life.wait(10 * MINUTE) == ["outcome_unknown"]
    assert life.state(ONE) == "outcome_unknown"


def test_an_unknown_outcome_is_asked_after_10_s_doubling_to_an_hour_and_escalated_after_24_h() -> None:
    life = sent()
    life.provider("payout.outcome_unknown", ONE, failure_code="timeout")
    began = life.now
    life.rang.clear()
    life.wait(26 * HOUR)
    asked = [(when - began).total_seconds() for event, when in life.rang if event == "ask"]
    waits = [later - earlier for earlier, later in zip([0.0, *asked], asked, strict=False)]
    assert waits[:10] == [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600]
    assert set(waits[9:]) == {3_600}
    assert [when - began for event, when in life.rang if event == "escalate"] == [24 * HOUR]
    assert life.state(ONE) == "outcome_unresolved"
    assert all(effect.reference == "payout/1/1" for effect in life.effects if effect.name == "ask_payment")


def test_not_found_is_no_answer_while_the_provider_may_still_be_taking_it_in() -> None:
    life = sent()
    life.provider("payout.outcome_unknown", ONE)
    assert life.refused(Role.PROVIDER, "payout.not_received", ONE) == "too_early_to_tell"
    life.wait(10 * MINUTE)
    assert life.provider("payout.not_received", ONE) == "retrying"
    life.wait(until=life.next_alarm("send"))
    assert (life[ONE].attempt, life[ONE].reference) == (1, "payout/1/1"), "it may be on its way still"


@pytest.mark.parametrize("times", [1, 2, 5])
def test_what_the_provider_did_not_receive_is_sent_again_under_the_same_reference(times: int) -> None:
    life = sent()
    for _ in range(times):
        life.provider("payout.outcome_unknown", ONE)
        life.wait(10 * MINUTE)
        life.provider("payout.not_received", ONE)
        life.wait(until=life.next_alarm("send"))
        assert (life.state(ONE), life[ONE].reference) == ("sending", "payout/1/1")
    fail(life, "transient")
    life.wait(until=life.next_alarm("send"))
    assert life[ONE].reference == "payout/1/2", "the provider has failed it for good"


@pytest.mark.parametrize(("kind", "state"), [("transient", "retrying"), ("final", "declined")])
def test_what_the_provider_did_not_look_at_is_sent_again_under_the_same_reference(
    kind: str, state: str
) -> None:
    life = sent()
    assert fail(life, kind, not_taken=True) == state
    life.operator("payout.retry", ONE, why="provider_recovered")
    assert life[ONE].reference == "payout/1/1"


def test_a_word_about_the_payment_itself_that_comes_late_finds_its_attempt() -> None:
    life = sent()
    life.provider("payout.outcome_unknown", ONE)
    life.wait(10 * MINUTE)
    life.provider("payout.not_received", ONE)
    late = life.command(Role.PROVIDER, "payout.pay", ONE)
    life.wait(until=life.next_alarm("send"))
    life.take(late)
    assert life.state(ONE) == "paid"


@pytest.mark.parametrize(
    ("why", "reference"), [("bank_statement", "payout/1/1"), ("transfer_reversed", "payout/1/2")]
)
def test_what_people_found_not_paid_is_sent_again_under_the_same_reference_unless_it_was_reversed(
    why: str, reference: str
) -> None:
    life = unresolved()
    proposal = propose(life, "not_paid")
    life.take(
        life.command(Role.FINANCE, "payout.resolve_not_paid", ONE, who="fay", why=why, proposal=proposal)
    )
    life.wait(until=life.next_alarm("send"))
    assert life[ONE].reference == reference


OUTCOMES = [("paid", "paid"), ("not_paid", "retrying")]


def propose(life: Life, outcome: str, who: str = "otto", evidence: str = "provider case 0001") -> str:
    """An operator says what became of the payment; what another person must name to confirm it."""
    life.operator(
        "payout.propose_resolution",
        ONE,
        who=who,
        why="provider_record",
        proposed_outcome=outcome,
        evidence=evidence,
    )
    assert life.state(ONE) == "resolution_proposed"
    proposal: str = life[ONE].proposal
    return proposal


def confirm(life: Life, outcome: str, proposal: str, who: str = "fay") -> str | None:
    """The refusal's code when a finance approver confirms; ``None`` when it is taken."""
    command = life.command(
        Role.FINANCE, f"payout.resolve_{outcome}", ONE, who=who, why="bank_statement", proposal=proposal
    )
    decision = decide(life.dossier, command, life.now, life.policy)
    if isinstance(decision, Refusal):
        return decision.code
    life.take(command)
    return None


@pytest.mark.parametrize(("outcome", "state"), OUTCOMES)
def test_what_stayed_unknown_is_found_out_by_one_and_confirmed_by_another(outcome: str, state: str) -> None:
    life = unresolved()
    proposal = propose(life, outcome)
    assert confirm(life, outcome, proposal, who="otto") == "same_person"
    assert confirm(life, outcome, proposal) is None
    assert life.state(ONE) == state
    assert (life[ONE].proposed_by, life[ONE].evidence) == ("otto", "provider case 0001"), "kept on record"


@pytest.mark.parametrize("evidence", ["№ 4711/26", "Fall–Nr. 12", "案件12", "#12 (bank)"])
def test_the_number_of_a_case_is_taken_as_somebody_else_gave_it(evidence: str) -> None:
    life = unresolved()
    assert propose(life, "paid", evidence=evidence)
    assert life[ONE].evidence == evidence


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [("evidence", "a\u202e12", "Type it by hand"), ("evidence", "???", "at least one letter or digit")],
)
def test_a_fact_that_is_refused_is_said_what_to_do_about_in_words(fact: str, value: str, words: str) -> None:
    life = unresolved()
    facts = {"proposed_outcome": "paid", "evidence": "case 12", fact: value}
    command = life.command(Role.OPERATOR, "payout.propose_resolution", ONE, why="provider_record", **facts)
    said = life.refusal(command).reason
    assert words in said and value not in said


def test_what_fits_no_pattern_is_told_in_words() -> None:
    life = unresolved()
    propose(life, "paid")
    command = life.command(Role.FINANCE, "payout.resolve_paid", ONE, why="provider_record", proposal="A")
    said = life.refusal(command).reason
    assert "SHA-256" in said and "^" not in said


@pytest.mark.parametrize("code", ["half_sent", "reversal_refused"])
def test_what_the_provider_has_taken_half_of_is_not_sent_again_unless_both_say_that_it_was_reversed(
    code: str,
) -> None:
    life = unresolved(code)
    found = {"proposed_outcome": "not_paid", "evidence": "provider case 0001"}
    propose_it = partial(life.command, Role.OPERATOR, "payout.propose_resolution", ONE, **found)
    assert refused(life, propose_it(why="provider_record")) == "transfer_stands"
    life.take(propose_it(why="transfer_reversed"))
    confirm_it = partial(
        life.command, Role.FINANCE, "payout.resolve_not_paid", ONE, proposal=life[ONE].proposal
    )
    assert refused(life, confirm_it(why="bank_statement")) == "transfer_stands"
    life.take(confirm_it(why="transfer_reversed"))
    assert life.state(ONE) == "retrying"


@pytest.mark.parametrize("code", ["half_sent", "reversal_refused"])
def test_what_the_provider_has_taken_half_of_can_be_found_to_be_paid(code: str) -> None:
    life = unresolved(code)
    assert confirm(life, "paid", propose(life, "paid")) is None
    assert life.state(ONE) == "paid"


@pytest.mark.parametrize("state", ["outcome_unknown", "outcome_unresolved", "resolution_proposed"])
def test_what_is_learned_later_of_an_unknown_outcome_counts_as_well(state: str) -> None:
    life = sent()
    life.provider("payout.outcome_unknown", ONE, failure_code="timeout")
    since = life[ONE].unknown_since
    if state != "outcome_unknown":
        life.wait(DAY)
    if state == "resolution_proposed":
        propose(life, "not_paid")
    again = partial(life.command, Role.PROVIDER, "payout.outcome_unknown", ONE)
    assert refused(life, again(failure_code="timeout")) == "outcome_unknown_already"
    life.take(again(failure_code="reversal_refused"))
    assert (life[ONE].failure_code, life[ONE].unknown_since) == ("reversal_refused", since)
    assert life.state(ONE) == ("outcome_unknown" if state == "outcome_unknown" else "outcome_unresolved")
    assert (life[ONE].proposal, life[ONE].act_at is not None) == (None, True), "it is asked about as before"
    assert refused(life, again(failure_code="timeout")) == "outcome_unknown_already", "and never forgotten"


def refused(life: Life, command: Command) -> str:
    """The code with which a command is refused."""
    decision = decide(life.dossier, command, life.now, life.policy)
    assert isinstance(decision, Refusal), decision
    return decision.code


@pytest.mark.parametrize(("outcome", "state"), OUTCOMES)
def test_an_outcome_is_confirmed_exactly_as_it_was_proposed(outcome: str, state: str) -> None:
    life = unresolved()
    first = propose(life, outcome)
    other = next(name for name, _ in OUTCOMES if name != outcome)
    assert confirm(life, other, first) == "proposed_otherwise"
    decline(life, first)
    second = propose(life, outcome, evidence="provider case 0002")
    assert second != first
    assert confirm(life, outcome, first) == "proposal_changed"
    decline(life, second)
    third = propose(life, outcome, who="olga", evidence="provider case 0002")
    assert third != second, "who proposes it is part of it"
    assert confirm(life, outcome, second) == "proposal_changed"
    assert confirm(life, outcome, third, who="olga") == "same_person"
    assert confirm(life, outcome, third) is None


def decline(life: Life, proposal: str) -> None:
    life.finance("payout.decline_resolution", ONE, why="evidence_insufficient", proposal=proposal)


@pytest.mark.parametrize("who", ["otto", "olga"])
@pytest.mark.parametrize("outcome", ["paid", "not_paid"])
def test_no_proposal_takes_the_place_of_one_that_waits(who: str, outcome: str) -> None:
    life = unresolved()
    first = propose(life, "paid")
    facts = {"proposed_outcome": outcome, "evidence": "provider case 0002"}
    action = "payout.propose_resolution"
    assert life.refused(Role.OPERATOR, action, ONE, who=who, why="provider_record", **facts) == "wrong_state"
    assert life[ONE].proposal == first
    assert confirm(life, "paid", first) is None


def test_a_proposal_is_declined_only_as_it_was_seen() -> None:
    life = unresolved()
    seen = propose(life, "paid")
    decline_it = partial(
        life.command, Role.FINANCE, "payout.decline_resolution", ONE, why="evidence_contradicts"
    )
    assert refused(life, decline_it()) == "invalid_facts", "it names none"
    decline(life, seen)
    newer = propose(life, "paid", evidence="provider case 0002")
    assert refused(life, decline_it(proposal=seen)) == "proposal_changed"
    assert life[ONE].proposal == newer
    life.take(decline_it(proposal=newer))
    assert life.state(ONE) == "outcome_unresolved"


def test_whoever_proposed_an_outcome_takes_it_back_alone() -> None:
    life = unresolved()
    seen = propose(life, "paid", who="olga")
    withdraw = partial(life.command, Role.OPERATOR, "payout.withdraw_resolution", ONE, why="mistaken")
    assert refused(life, withdraw(who="otto", proposal=seen)) == "not_the_proposer"
    assert refused(life, withdraw(who="olga")) == "invalid_facts", "it names none"
    assert refused(life, withdraw(who="olga", proposal="0" * 64)) == "proposal_changed"
    finance = partial(life.command, Role.FINANCE, "payout.withdraw_resolution", ONE, why="mistaken")
    assert refused(life, finance(who="olga", proposal=seen)) == "wrong_role"
    life.take(withdraw(who="olga", proposal=seen))
    assert (life.state(ONE), life[ONE].proposal, life[ONE].evidence) == ("outcome_unresolved", None, None)
    assert confirm(life, "paid", seen) == "wrong_state"
    newer = propose(life, "not_paid", who="olga")
    assert confirm(life, "not_paid", newer) is None, "it is proposed and confirmed as ever"


def test_the_same_words_about_another_attempt_or_amount_are_another_proposal() -> None:
    one, other = unresolved(), unresolved()
    changed = other[ONE].model_copy(update={"amount": Money(amount=20_001)})
    other.dossier = Dossier(organization_id="org_1", documents={ONE: changed})
    assert propose(one, "paid") != propose(other, "paid")
    earlier = one[ONE].proposal
    decline(one, earlier)
    changed = one[ONE].model_copy(update={"attempt": 2, "reference": "payout/1/2"})
    one.dossier = Dossier(organization_id="org_1", documents={ONE: changed})
    assert propose(one, "paid") != earlier


@pytest.mark.parametrize(
    ("event", "facts", "state"),
    [
        ("accept", {}, "in_transit"),
        ("pay", {}, "paid"),
        ("fail_transient", {"failure_code": "network"}, "retrying"),
        ("fail_account", {"failure_code": "no_account"}, "awaiting_account"),
        ("fail_payer", {"failure_code": "insufficient_funds"}, "awaiting_funds"),
        ("fail_final", {"failure_code": "declined"}, "declined"),
        ("return", {"failure_code": "no_account"}, "awaiting_account"),
        ("not_received", {}, "retrying"),
    ],
)
def test_the_providers_late_answer_voids_a_proposal(event: str, facts: dict[str, str], state: str) -> None:
    life = unresolved()
    proposal = propose(life, "not_paid")
    assert life.provider(f"payout.{event}", ONE, **facts) == state
    assert life[ONE].proposal is None and life[ONE].evidence is None
    assert confirm(life, "not_paid", proposal) == "wrong_state"


def test_a_proposal_may_be_declined_and_is_asked_about_meanwhile() -> None:
    life = unresolved()
    proposal = propose(life, "paid")
    life.effects.clear()
    life.wait(2 * HOUR)
    assert [effect.name for effect in life.effects] == ["ask_payment"] * 2
    assert life.state(ONE) == "resolution_proposed"
    assert life.refused(Role.OPERATOR, "payout.decline_resolution", ONE, why="x") == "wrong_role"
    decline(life, proposal)
    assert (life.state(ONE), life[ONE].proposal) == ("outcome_unresolved", None)
    assert confirm(life, "paid", proposal) == "wrong_state"


def test_nothing_is_resolved_without_evidence_or_by_one_person_alone() -> None:
    life = unresolved()
    facts = {"proposed_outcome": "paid", "evidence": "case 0001"}
    propose_it = "payout.propose_resolution"
    assert life.refused(Role.FINANCE, "payout.resolve_paid", ONE, why="bank_statement") == "wrong_state"
    assert life.refused(Role.FINANCE, propose_it, ONE, why="bank_statement", **facts) == "wrong_role"
    assert life.refused(Role.OPERATOR, propose_it, ONE, **facts) == "reason_missing"
    for wrong in ({"evidence": "case"}, {"proposed_outcome": "paid"}, {**facts, "evidence": "x"},
                  {**facts, "evidence": "a\nb c"}, {**facts, "proposed_outcome": "perhaps"}):  # fmt: skip
        assert life.refused(Role.OPERATOR, propose_it, ONE, why="bank_statement", **wrong) == "invalid_facts"


def test_news_of_an_earlier_attempt_change_nothing_before_they_are_looked_into() -> None:
    life = sent()
    late = life.command(Role.PROVIDER, "payout.pay", ONE)
    fail(life, "transient")
    life.wait(until=life.next_alarm("send"))
    assert life.take(late) == "sending"
    assert (life.effects[-1].name, life.effects[-1].reference) == ("recheck_payment", "payout/1/1")


@pytest.mark.parametrize("kind", ["transient", "account", "payer", "final"])
@pytest.mark.parametrize(("event", "state"), [("pay", "paid"), ("accept", "in_transit")])
def test_a_provider_that_corrects_itself_is_believed_before_anything_is_sent_again(
    kind: str, event: str, state: str
) -> None:
    life = sent()
    fail(life, kind)
    assert life.provider(f"payout.{event}", ONE) == state
    assert life.effects[-1].name == "tell_organization"


def test_nothing_is_paid_that_was_not_sent() -> None:
    life = payout()
    assert life.refused(Role.PROVIDER, "payout.pay", ONE) == "nothing_sent"
    life.operator("payout.hold", ONE, why="account_suspected")
    assert life.refused(Role.PROVIDER, "payout.accept", ONE) == "nothing_sent"


# ---------------------------------------------------------------------- after it is paid


def test_a_payment_is_watched_for_its_return_for_90_days() -> None:
    life = paid()
    began = life.now
    life.rang.clear()
    life.wait(200 * DAY)
    assert life.rang == [("close", began + 90 * DAY)]
    # What comes back later is looked into, and goes another way.
    assert life.provider("payout.return", ONE, failure_code="no_account") == "closed"
    assert life.effects[-1].name == "recheck_payment"


def test_a_returned_payment_waits_for_another_account_and_a_new_approval() -> None:
    life = paid()
    life.wait(20 * DAY)
    assert life.provider("payout.return", ONE, failure_code="no_account") == "returned"
    assert account(life, True) == "returned"
    assert account(life, True, "account-2") == "awaiting_approval"
    assert life.approve() == "scheduled"
    life.wait(until=life.next_alarm("send"))
    assert life[ONE].reference == "payout/1/2"
    assert life.provider("payout.pay", ONE) == "paid"


def test_late_news_of_a_returned_payment_do_not_pay_it_again() -> None:
    life = paid()
    again = life.command(Role.PROVIDER, "payout.pay", ONE)
    life.provider("payout.return", ONE, failure_code="no_account")
    assert life.take(again) == "returned"
    account(life, True, "account-2")
    assert life.take(again) == "awaiting_approval"
    assert (life.effects[-1].name, life.effects[-1].reference) == ("recheck_payment", "payout/1/1")


def test_a_return_that_overtakes_the_news_of_the_payment_is_no_payment() -> None:
    life = sent()
    life.provider("payout.accept", ONE)
    late = life.command(Role.PROVIDER, "payout.pay", ONE)
    assert life.provider("payout.return", ONE, failure_code="no_account") == "awaiting_account"
    assert life.take(late) == "awaiting_account"
    assert life.effects[-1].name == "recheck_payment"


@pytest.mark.parametrize("state", ["in_transit", "paid", "outcome_unknown", "retrying", "declined"])
def test_a_provider_that_says_that_something_moved_is_asked_what(state: str) -> None:
    life = sent()
    events = {"in_transit": "accept", "paid": "pay", "outcome_unknown": "outcome_unknown"}
    if state in events:
        life.provider(f"payout.{events[state]}", ONE)
    else:
        fail(life, "transient" if state == "retrying" else "final")
    assert life.state(ONE) == state
    before = life[ONE]
    assert life.provider("payout.ask", ONE) == state
    assert (life.effects[-1].name, life.effects[-1].reference) == ("ask_payment", "payout/1/1")
    unmoved = before.model_copy(update={"revision": before.revision + 1})
    assert life[ONE] == unmoved, "who hints often does not change when it is asked by itself"


def test_an_old_hint_asks_about_what_it_hints_at() -> None:
    assert payout().refused(Role.PROVIDER, "payout.ask", ONE) == "nothing_sent"
    life = sent()
    old = life.command(Role.PROVIDER, "payout.ask", ONE)
    fail(life, "transient")
    life.wait(until=life.next_alarm("send"))
    life.provider("payout.accept", ONE)
    assert life.take(old) == "in_transit"
    assert (life.effects[-1].name, life.effects[-1].reference) == ("recheck_payment", "payout/1/1")


# ---------------------------------------------------------------------- operators


@pytest.mark.parametrize(
    ("action", "role", "codes"),
    [
        ("hold", Role.OPERATOR, payouts.HOLD),
        ("release_hold", Role.OPERATOR, payouts.RELEASE_HOLD),
        ("cancel", Role.FINANCE, payouts.CANCEL),
        ("retry", Role.OPERATOR, payouts.RETRY),
    ],
)
def test_what_is_done_with_a_payout_has_one_of_the_listed_reasons(
    action: str, role: Role, codes: payouts.Reasons
) -> None:
    def life() -> Life:
        played = sent() if action == "retry" else payout()
        if action == "retry":
            fail(played, "payer")
        if action == "release_hold":
            played.operator("payout.hold", ONE, why="sanctions_check")
        return played

    assert life().refused(role, f"payout.{action}", ONE) == "reason_missing"
    assert life().refused(role, f"payout.{action}", ONE, why="because") == "reason_unknown"
    for code in codes:
        played = life()
        played.take(played.command(role, f"payout.{action}", ONE, why=code))
        assert played[ONE].reasons[0].code == code


@pytest.mark.parametrize("state", ["scheduled", "retrying", "awaiting_approval", "awaiting_funds"])
def test_what_is_not_under_way_can_be_held_and_released(state: str) -> None:
    life = payout(LARGE) if state == "awaiting_approval" else payout() if state == "scheduled" else sent()
    if state in ("retrying", "awaiting_funds"):
        fail(life, "transient" if state == "retrying" else "payer")
    assert life.state(ONE) == state
    assert life.operator("payout.hold", ONE, why="account_suspected") == "held"
    assert life.wait(30 * DAY) == []
    after = "awaiting_approval" if state == "awaiting_approval" else "scheduled"
    assert life.operator("payout.release_hold", ONE, why="cleared") == after


@pytest.mark.parametrize("event", ["hold", "cancel"])
@pytest.mark.parametrize("news", [None, "accept", "outcome_unknown", "pay"])
def test_what_may_be_under_way_is_neither_held_nor_cancelled(event: str, news: str | None) -> None:
    life = sent()
    if news:
        life.provider(f"payout.{news}", ONE)
    assert life.refused(Role.OPERATOR, f"payout.{event}", ONE, why="x") == "wrong_state"


def test_a_declined_payout_is_cancelled_with_a_reason() -> None:
    life = sent()
    fail(life, "final")
    assert life.refused(Role.OPERATOR, "payout.cancel", ONE) == "reason_missing"
    assert life.operator("payout.cancel", ONE, why="sanctioned") == "cancelled"


def test_a_payout_is_scheduled_once() -> None:
    life = payout()
    facts = {
        "invoice_id": "invoice/1",
        "amount": {"amount": 1},
        "account_usable": True,
        "account_submission_id": "a",
    }
    assert life.refused(Role.PIPELINE, "payout.schedule", ONE, **facts) == "already_exists"


def test_a_valid_invoice_is_paid_within_fifteen_days() -> None:
    """The slowest usual way: a review of three working days over a weekend, then just after a Friday began."""
    policy: Policy = default_policy()
    for start in range(7):
        submitted = MONDAY + start * DAY
        life = Life(policy=policy)
        life.now = submitted + timedelta(days=policy.invoice_review_days + 2)
        life.dossier = payout().dossier.model_copy(update={"documents": {}})
        life.pipeline(
            "payout.schedule",
            ONE,
            invoice_id="invoice/1",
            amount={"amount": 20_000},
            account_usable=True,
            account_submission_id="account-1",
        )
        assert life.next_alarm("send") <= submitted + timedelta(days=policy.payment_days)
