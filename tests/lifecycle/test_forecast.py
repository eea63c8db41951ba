"""When do I get what? Never promised too early, never too much, and kept when nothing else happens."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.decide import decide
from lifecycle.machines import BY_STATE, RULES
from lifecycle.messages import schedule_payout, tell_organization, tell_payout
from lifecycle.steps.payout.states import SENT
from lifecycle.views.blockers import blockers, counted_by
from lifecycle.views.forecast import Basis, ExpectedPayment, Forecast, forecast
from lifecycle.views.pending import owed
from models.commands import Accepted, Command, Role
from models.documents import Invoice, Payout, Reason, Statement
from models.estimates import Estimate
from models.money import Money
from models.programme.policy import Policy
from tests.lifecycle.life import DAY, LARGE, MONDAY, Life
from tests.lifecycle.test_blockers import estimate

FRIDAY = datetime(2026, 3, 6, tzinfo=UTC)
NEXT_FRIDAY = FRIDAY + 7 * DAY


class Whole(Life):
    """An organization together with its payouts, as the database shows them; they hear of each other at once."""

    def take(self, command: Command) -> str:
        heard = len(self.effects)
        super().take(command)
        for effect in self.effects[heard:]:
            document = self[effect.document_id]
            if effect.name == "start_payout" and isinstance(document, Invoice):
                if f"payout/{document.id.partition('/')[2]}" not in self.dossier.documents:
                    self.take(schedule_payout(self.dossier, document))
            elif effect.name == "tell_payouts":
                for payout in self.dossier.of(Payout):
                    self.attempt(tell_payout(self.dossier, payout.invoice_id))
            elif effect.name == "tell_organization" and isinstance(document, Payout):
                told = tell_organization(document)
                if told:
                    self.attempt(told)
        return self.state(command.document_id)

    def attempt(self, command: Command) -> bool:
        """Whether a command was possible."""
        if not isinstance(decide(self.dossier, command, self.now, self.policy), Accepted):
            return False
        self.take(command)
        return True

    def try_to(self, role: Role, action: str, document_id: str, **facts: Any) -> bool:
        """Whether somebody could do something; a reason is given where one is needed."""
        command = self.command(role, action, document_id, **facts)
        codes = [
            code for rule in RULES.get((command.machine, command.event), ()) for code in rule.reason_codes
        ]
        return self.attempt(
            command.model_copy(update={"reasons": [Reason(code=codes[0] if codes else "check")]})
        )

    def forecast(self, *estimates: Estimate) -> Forecast:
        return forecast(self.dossier, self.now, self.policy, estimates)


def whole(policy: Policy | None = None) -> Whole:
    """A verified business with a contract and a payout account."""
    life = Whole(policy=policy)
    life.verified().signed().account()
    return life


def only(found: Forecast) -> ExpectedPayment:
    [payment] = found.payments
    return payment


# ---------------------------------------------------------------------- one thing at a time


def test_a_statement_that_waits_for_confirmation_never_comes_without_the_admin() -> None:
    life = whole()
    life.statement()
    payment = only(life.forecast())
    assert (payment.earliest, payment.amount, payment.basis) == (FRIDAY, Money(amount=20_000), Basis.SETTLED)
    assert payment.expected == NEXT_FRIDAY
    assert payment.without_you is None
    assert payment.why.startswith("Never by itself: an admin must submit an invoice.")
    assert "are confirmed automatically by 30 March 2026" in payment.why


def test_an_invoice_under_review_comes_without_the_admin() -> None:
    life = whole()
    life.admin("invoice.submit", "invoice/1", **life.invoice_facts(life.confirmed()))
    payment = only(life.forecast())
    assert (payment.document_id, payment.earliest) == ("invoice/1", FRIDAY)
    assert payment.without_you == FRIDAY + 7 * DAY, "reviewed by Thursday, five working days after Friday"


def test_a_scheduled_payout_leaves_on_its_day() -> None:
    life = whole()
    life.invoiced(life.confirmed())
    payment = only(life.forecast())
    assert (payment.document_id, payment.earliest, payment.expected) == ("payout/1", FRIDAY, NEXT_FRIDAY)
    assert payment.without_you == NEXT_FRIDAY


def test_a_payment_on_its_way_may_arrive_any_moment() -> None:
    life = whole()
    life.invoiced(life.confirmed())
    life.wait(until=FRIDAY)
    life.provider("payout.accept", "payout/1")
    life.wait(2 * DAY)
    payment = only(life.forecast())
    assert (payment.earliest, payment.expected) == (life.now, NEXT_FRIDAY)


def test_a_refused_account_cools_off_before_the_payment_goes_on() -> None:
    life = whole()
    life.invoiced(life.confirmed())
    life.wait(until=FRIDAY)
    life.provider("payout.fail_account", "payout/1", failure_code="no_account")
    payment = only(life.forecast())
    assert payment.earliest == datetime(2026, 3, 9, tzinfo=UTC), "three days later, on the next working day"
    assert payment.without_you is None
    life.admin("payout_account.change", proposed_submission_id="account-2")
    life.operator("payout_account.approve_change")
    life.finance("payout_account.approve_change")
    assert only(life.forecast()).earliest == datetime(2026, 3, 9, tzinfo=UTC)
    life.wait(until=payment.earliest)
    assert life.state("payout/1") == "sending"


def test_a_large_payout_needs_a_finance_approver() -> None:
    life = whole()
    life.invoiced(life.confirmed(cents=LARGE))
    payment = only(life.forecast())
    assert (payment.earliest, payment.without_you) == (FRIDAY, None)
    assert "finance team must agree" in payment.why


@pytest.mark.parametrize(("cents", "missing"), [(9_999, 1), (4_000, 6_000)])
def test_below_the_minimum_nothing_is_promised(cents: int, missing: int) -> None:
    life = whole()
    life.confirmed(cents=cents)
    found = life.forecast()
    assert found.payments == []
    assert [part.amount.amount for part in found.below_minimum] == [cents]
    assert (found.threshold.missing.amount, found.threshold.expected_on) == (missing, None)


def test_the_minimum_is_reached_with_what_accrues() -> None:
    life = whole()
    life.confirmed(cents=4_000)
    found = life.forecast(estimate(7_000))
    payment = only(found)
    assert found.threshold.expected_on == datetime(2026, 4, 1, tzinfo=UTC)
    assert (payment.amount.amount, payment.basis) == (11_000, Basis.ESTIMATED)
    assert payment.earliest == datetime(2026, 4, 3, tzinfo=UTC)
    assert [part.basis for part in payment.parts] == [Basis.SETTLED, Basis.ESTIMATED]
    assert (found.settled.amount, found.estimated.amount) == (4_000, 7_000)


def test_after_the_last_contract_there_is_no_minimum() -> None:
    life = whole()
    life.confirmed(cents=50)
    life.operator("contract.terminate", "contract/iaa", why="end")
    assert only(life.forecast()).amount.amount == 50


def test_before_pay_out_opens_nothing_leaves() -> None:
    opens = MONDAY + 30 * DAY
    life = Whole(policy=Policy(pay_out_opens=opens))
    life.verified().signed()
    life.statement()
    assert only(life.forecast()).earliest >= opens


def test_a_negative_estimate_promises_nothing() -> None:
    found = whole().forecast(estimate(-500))
    assert (found.payments, found.below_minimum, found.estimated.amount) == ([], [], 0)


# ---------------------------------------------------------------------- to the end


def test_what_is_forecast_is_what_is_then_paid() -> None:
    """Everybody acts at once, and the bank takes all its days."""
    life = whole()
    life.statement(1, 7_000)
    life.statement(2, 6_000)
    promised = only(life.forecast())
    for number in (1, 2):
        life.admin("statement.confirm", f"statement/{number}")
    life.invoiced("statement/1", "statement/2")
    assert (
        only(life.forecast()).model_copy(
            update={"document_id": None, "without_you": None, "why": promised.why}
        )
        == promised
    )
    life.wait(until=promised.earliest)
    life.provider("payout.accept", "payout/1")
    life.wait(until=promised.expected)
    life.provider("payout.pay", "payout/1")
    payout = life["payout/1"]
    assert payout.amount == promised.amount
    assert promised.earliest <= payout.paid_at <= promised.expected
    assert life.forecast().payments == []


FACTS: dict[str, list[dict[str, object]]] = {
    "payout.fail_account": [{"failure_code": "no_account"}],
    "payout.return": [{"failure_code": "no_account"}],
    "payout.fail_payer": [{"failure_code": "insufficient_funds"}],
    "payout.fail_final": [{"failure_code": "declined"}],
    "payout_account.change": [{"proposed_submission_id": f"account-{n}"} for n in (2, 3)],
    "verification.submit": [{"submission_id": "s", "country": "DE"}],
    "statement.appeal": [{"submission_id": "appeal"}],
}
LEFT_OUT = {"payout_account.withdraw_change", "payout_account.decline_change", "contract.terminate"}
"""What the forecast assumes not to happen; and what would lift the minimum for all. Nor does a provider take back
that a payment failed."""
ROLES = (Role.ADMIN, Role.OPERATOR, Role.FINANCE, Role.PROVIDER)


MONEY = ("statement", "invoice", "payout")
TROUBLE = ("verification", "contract", "payout_account")


def steps(life: Whole, *kinds: str) -> list[tuple[Role, str, str]]:
    """What somebody might do now with documents of some kinds."""
    return [
        (role, action, document.id)
        for document in life.dossier.documents.values()
        if document.machine in kinds
        for rule in BY_STATE[document.machine, document.state]
        for role in ROLES
        if (role is not Role.PROVIDER or document.machine != "payout" or document.state in SENT)
        and role in rule.roles
        and (action := f"{document.machine}.{rule.event}") not in LEFT_OUT
    ]


HEALING = (
    (Role.OPERATOR, "payout_account.approve_change", "payout_account"),
    (Role.FINANCE, "payout_account.approve_change", "payout_account"),
    (Role.OPERATOR, "verification.reinstate", "verification"),
)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_forecast_promises_too_much_or_too_early(seed: int) -> None:
    random, life = Random(seed), whole()
    said: list[Forecast] = []
    number, invoices = 1, 0
    life.confirmed()
    for _ in range(random.randint(10, 40)):
        choice = random.choices(("issue", "invoice", "wait", "trouble", "heal", "money"), (1, 3, 3, 1, 2, 8))[
            0
        ]
        if choice == "issue" and number < 6:
            number += 1
            life.statement(number, random.choice((3_000, 9_999, 10_000, 20_000, LARGE)))
        elif choice == "invoice":
            ready = [s.id for s in life.dossier.of(Statement) if s.state == "confirmed"]
            if ready:
                invoices += 1
                facts = life.invoice_facts(*ready, number=f"N{invoices}")
                life.try_to(Role.ADMIN, "invoice.submit", f"invoice/{invoices}", **facts)
        elif choice == "wait":
            life.wait(random.choice((timedelta(hours=7), DAY, 3 * DAY, 10 * DAY)))
        elif choice == "heal":
            for step in HEALING:
                life.try_to(*step)
        elif found := steps(life, *(TROUBLE if choice == "trouble" else MONEY)):
            role, action, document_id = random.choice(found)
            if action in ("payout.cancel", "payout.hold") and random.random() < 0.9:
                continue
            life.try_to(role, action, document_id, **random.choice(FACTS.get(action, [{}])))
        estimates = [estimate(random.choice((-700, 900, 15_000)))]
        said.append(life.forecast(*estimates))
        check_amounts(life, said[-1], estimates)
    for payout in life.dossier.of(Payout):
        if payout.paid_at is None:
            continue
        claimed = set(life[payout.invoice_id].statement_ids)
        for promised in said:
            for payment in promised.payments:
                if claimed & {part.document_id for part in payment.parts}:
                    assert payment.earliest <= payout.paid_at, (payment, payout)


def check_amounts(life: Whole, found: Forecast, estimates: list[Estimate]) -> None:
    """What is forecast is what is owed and estimated, and every cent of it has its first blocker."""
    balance = owed(life.dossier) or Money(amount=0)
    accruing = sum(max(0, e.net.amount) for e in estimates)
    assert found.settled == balance
    assert found.estimated.amount == accruing
    parts = [part for payment in found.payments for part in payment.parts] + found.below_minimum
    assert len({part.document_id for part in parts}) == len(parts), "nothing is promised twice"
    assert all(p.amount.amount == sum(part.amount.amount for part in p.parts) for p in found.payments)
    items = blockers(life.dossier, life.now, life.policy, estimates)
    assert sum(m.amount for m in counted_by(items, estimated=False).values()) == balance.amount
    assert sum(m.amount for m in counted_by(items, estimated=True).values()) == accruing
    assert len({item.document_id for item in items}) == len(items)
    held = [document_id for item in items for document_id in item.documents]
    assert len(set(held)) == len(held), "nothing waits at two places"


def test_the_property_plays_whole_lives() -> None:
    """The steps it draws from are enough to be paid."""
    life = whole()
    life.statement(1)
    assert life.try_to(Role.ADMIN, "statement.confirm", "statement/1")
    assert life.try_to(Role.ADMIN, "invoice.submit", "invoice/1", **life.invoice_facts("statement/1"))
    assert life.try_to(Role.OPERATOR, "invoice.approve", "invoice/1")
    assert (Role.OPERATOR, "payout.hold", "payout/1") in steps(life, *MONEY)
    assert life.try_to(Role.OPERATOR, "payout.hold", "payout/1")
    assert life.try_to(Role.OPERATOR, "payout.release_hold", "payout/1")
    life.wait(until=FRIDAY)
    assert life.try_to(Role.PROVIDER, "payout.pay", "payout/1")
    assert life.state("statement/1") == "paid"
    assert date(2026, 3, 6) == life["payout/1"].paid_at.date()
