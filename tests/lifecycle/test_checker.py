"""The model checker: everything holds, and it would be noticed if it did not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from lifecycle.checker.checking import Failure, Walk, check
from lifecycle.checker.worlds import worlds
from lifecycle.machine import AnyRule
from lifecycle.machines import BY_STATE, RULES
from models.desks import Desk
from tests.lifecycle import test_contracts as contracts
from tests.lifecycle import test_invoices as invoices
from tests.lifecycle import test_payout_account as accounts
from tests.lifecycle import test_payouts as payouts
from tests.lifecycle import test_reviewing as reviews
from tests.lifecycle import test_verification as verifications

pytestmark = pytest.mark.slow
WORLDS = {world.name: world for world in worlds()}


@pytest.mark.timeout(1800)
def test_everything_holds_everywhere() -> None:
    reports = list(check())
    failures = [(report.world, failure) for report in reports for failure in report.failures]
    assert not failures, shown(failures[0][1])
    assert sum(report.states for report in reports) > 300_000, "the worlds have shrunk"


def shown(failure: Failure) -> str:
    """A failure with the way to it."""
    return "\n".join([failure.claim, *failure.trace])


def proof(world: str) -> Callable[[], None]:
    """The proof by checking one world, up to the first thing that does not hold."""

    def prove() -> None:
        failures = Walk(WORLDS[world]).run(first_failure=True).failures
        assert not failures, shown(failures[0])

    return prove


GUARDS: list[tuple[str, str, Callable[[], None]]] = [
    (
        "verification.submit",
        "document_expires_too_soon",
        verifications.test_documents_must_be_valid_long_enough,
    ),
    (
        "verification.verify",
        "document_expired",
        verifications.test_documents_that_run_out_during_a_review_are_not_valid,
    ),
    (
        "verification.reinstate",
        "document_expired",
        verifications.test_a_suspension_does_not_outlive_the_documents,
    ),
    ("qualification.submit", "not_verified", proof("pay in")),
    ("contract.sign", "not_verified", proof("pay in")),
    ("contract.sign", "another_feature_under_way", proof("contracts")),
    ("contract.sign", "not_the_offered_version", proof("contracts")),
    ("contract.offer_version", "not_a_newer_version", contracts.test_a_new_version_has_a_higher_number),
    ("integration.run", "contract_not_signed", proof("two features")),
    ("launch.register", "id_differs", proof("two features")),
    ("launch.submit", "not_verified", proof("verification")),
    ("launch.submit", "not_qualified", proof("pay in")),
    ("launch.submit", "integration_not_passed", proof("two features")),
    ("launch.submit", "region_not_allowed", proof("verification")),
    ("launch.publish", "contract_not_in_force", proof("two features")),
    ("launch.publish", "integration_not_passed", proof("two features")),
    ("launch.publish", "region_not_allowed", proof("verification")),
    ("payout_account.submit", "pay_out_not_open", accounts.test_it_is_not_set_up_before_pay_out_opens),
    ("payout_account.change", "not_verified", proof("payout account")),
    ("payout_account.approve_change", "four_eyes", proof("payout account")),
    (
        "payout_account.accept",
        "provider_decides",
        partial(
            reviews.test_what_machines_check_people_do_not_decide_as_long_as_it_is_in_time, Desk.BANK_ACCOUNTS
        ),
    ),
    (
        "payout_account.accept",
        "people_decide_the_rest",
        partial(
            reviews.test_where_people_do_one_of_two_checks_the_others_yes_is_not_the_last_word, Desk.TAX_FORMS
        ),
    ),
    (
        "verification.refer",
        "provider_decides_alone",
        partial(reviews.test_a_provider_that_decides_alone_may_not_leave_it_to_people, Desk.VERIFICATION),
    ),
    (
        "verification.review_late",
        "people_decide",
        partial(reviews.test_people_are_late_once, Desk.VERIFICATION),
    ),
    ("statement.appeal", "already_appealed", proof("statements")),
    ("invoice.submit", "unknown_statement", invoices.test_statements_are_known_and_claimed_once),
    ("invoice.submit", "statement_not_confirmed", invoices.test_only_confirmed_statements_are_invoiced),
    ("invoice.submit", "total_differs", proof("invoices")),
    ("invoice.submit", "below_minimum", proof("invoices")),
    ("invoice.submit", "wrong_date", proof("invoices")),
    ("invoice.submit", "payout_account_not_active", proof("invoices")),
    ("invoice.submit", "pay_out_not_open", invoices.test_nothing_is_invoiced_before_pay_out_opens),
    ("payout.schedule", "needs_approval", proof("a payout")),
    ("payout.approve", "four_eyes", proof("pay out, large")),
    ("payout.approve", "approval_of_something_else", proof("pay out, large")),
    ("payout.pay", "nothing_sent", proof("pay out")),
    ("payout.not_received", "too_early_to_tell", proof("pay out, lost")),
    ("payout.retry", "account_not_usable", proof("pay out")),
    ("payout.resolve_paid", "same_person", proof("a payout")),
    ("payout.resolve_not_paid", "same_person", proof("a payout")),
    ("payout.resolve_paid", "proposal_changed", proof("a payout")),
    ("payout.resolve_not_paid", "proposal_changed", proof("a payout")),
    ("payout.resolve_paid", "proposed_otherwise", proof("a payout")),
    ("payout.resolve_not_paid", "proposed_otherwise", proof("a payout")),
    ("payout.ask", "nothing_sent", payouts.test_an_old_hint_asks_about_what_it_hints_at),
]


@pytest.mark.parametrize(("action", "code", "prove"), GUARDS, ids=[f"{a}-{c}" for a, c, _ in GUARDS])
def test_each_guard_once_removed_makes_its_proof_fail(
    action: str, code: str, prove: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(rule: AnyRule) -> Iterator[AnyRule]:
        yield replace(rule, guards=tuple(guard for guard in rule.guards if guard.code != code))

    change_rules(monkeypatch, action, without)
    with pytest.raises(AssertionError):
        prove()


MISSING = [
    ("verification.reopen", "could_not_verify", "verification"),
    ("verification.lapse", "lapsed", "verification"),
    ("payout_account.reopen", "declined", "payout account"),
    ("payout_account.finish_change", "active", "payout account"),
    ("invoice.return_payment", "payment_failed", "pay out"),
    ("invoice.cancel", "cancelled", "pay out"),
    ("payout.fail_transient", "awaiting_approval", "a payout"),
    ("payout.not_received", "awaiting_approval", "a payout"),
    ("payout.resolve_not_paid", "awaiting_account", "a payout"),
    ("payout.account_changed", "awaiting_account", "a payout"),
    ("payout.account_changed", "sending", "pay out"),
    ("payout.ask", "in_transit", "a payout"),
]
"""Rules without which something due or told is refused, or something is stuck; several were once missing."""


@pytest.mark.parametrize(("action", "target", "world"), MISSING, ids=[f"{a}-{t}" for a, t, _ in MISSING])
def test_each_rule_once_removed_makes_its_proof_fail(
    action: str, target: str, world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_rules(monkeypatch, action, lambda rule: [rule] if rule.target != target else [])
    with pytest.raises(AssertionError):
        proof(world)()


def change_rules(
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    change: Callable[[AnyRule], Iterator[AnyRule] | list[AnyRule]],
) -> None:
    """Let the rules of one event be others for the time of a test."""
    machine, _, event = action.partition(".")
    changed = {id(rule): list(change(rule)) for rule in RULES[machine, event]}
    assert any(others != [rule] for rule in RULES[machine, event] for others in [changed[id(rule)]])
    for table in (RULES, BY_STATE):
        for key, rules in list(table.items()):
            if key[0] == machine:
                others = tuple(other for rule in rules for other in changed.get(id(rule), [rule]))
                monkeypatch.setitem(table, key, others)
