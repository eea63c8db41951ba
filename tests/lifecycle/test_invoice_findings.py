"""Before an invoice is submitted everything that stands in its way is said at once, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from forms.findings import Finding, verdict
from lifecycle.machine import AnyGuard
from lifecycle.steps.invoice import INVOICEABLE, SUBMITTABLE
from lifecycle.views.invoice_findings import WHY_NOT, invoice_findings
from models.commands import Role
from models.documents import Invoice
from models.money import Money
from models.states import InvoiceState, StatementState
from tests.lifecycle.life import Life, organization

INVOICE = "invoice/1"


def looked_at(life: Life, *statement_ids: str, **facts: Any) -> list[Finding]:
    """What is found before these statements are invoiced."""
    filled = life.invoice_facts(*statement_ids, **facts)
    invoice = Invoice(id=INVOICE, state=InvoiceState.UNDER_REVIEW, since=life.now, **filled)
    return invoice_findings(life.dossier, invoice, life.now, life.policy)


def wrong(life: Life, *statement_ids: str, **facts: Any) -> dict[str, Finding]:
    """Of that, what failed, by its code."""
    return {f.name: f for f in looked_at(life, *statement_ids, **facts) if f.result == "failed"}


def test_of_an_invoice_that_would_be_taken_everything_passes() -> None:
    life = organization()
    statement = life.confirmed()
    found = looked_at(life, statement)
    assert {finding.result for finding in found} == {"passed"}
    # Each guard of a submission has spoken; one finding is on the statements themselves.
    guards: tuple[AnyGuard, ...] = (*SUBMITTABLE, *INVOICEABLE)
    spoken = {guard.code for guard in guards} - {"unknown_statement"}
    assert {finding.name for finding in found} == spoken
    assert life.admin("invoice.submit", INVOICE, **life.invoice_facts(statement)) == "under_review"


def test_all_that_is_wrong_is_said_at_once() -> None:
    life = organization()
    statement = life.confirmed(cents=50)
    life.operator("verification.suspend", why="check")
    too_early = life.now.date() - timedelta(days=2)
    found = wrong(life, statement, total=Money(amount=40), dated=too_early, number="MPP-1")
    assert set(found) >= {"not_verified", "total_differs", "below_minimum", "wrong_date"}
    assert verdict(found.values()) == "to_fix"


def test_the_first_of_them_is_why_it_is_refused() -> None:
    life = organization()
    statement = life.confirmed(cents=50)
    first = next(f for f in looked_at(life, statement, total=Money(amount=40)) if f.result == "failed")
    facts = life.invoice_facts(statement, total={"amount": 40})
    assert life.refused(Role.ADMIN, "invoice.submit", INVOICE, **facts) == first.name


def test_a_wrong_amount_says_the_right_one() -> None:
    life = organization()
    statement = life.confirmed(cents=20_000)
    finding = wrong(life, statement, total=Money(amount=19_999))["total_differs"]
    assert (finding.expected, finding.found, finding.pointer) == ("USD 200.00", ("USD 199.99",), "/amount")


def test_too_small_an_invoice_says_the_smallest() -> None:
    life = organization()
    finding = wrong(life, life.confirmed(cents=50))["below_minimum"]
    assert (finding.expected, finding.found) == ("USD 100.00", ("USD 0.50",))


def test_a_date_before_the_last_confirmation_says_from_when_on() -> None:
    life = organization()
    statement = life.confirmed()
    today = life.now.date()
    finding = wrong(life, statement, dated=today - timedelta(days=1))["wrong_date"]
    assert (finding.expected, finding.found) == (f"{today} … {today}", (str(today - timedelta(days=1)),))


@pytest.mark.parametrize("state", [state for state in StatementState if state != StatementState.CONFIRMED])
def test_a_statement_that_cannot_be_invoiced_says_why_at_its_place(state: StatementState) -> None:
    life = organization()
    good, other = life.confirmed(1), life.confirmed(2)
    life.dossier.documents[other] = life[other].model_copy(update={"state": state})
    finding = wrong(life, good, other)["statement_not_confirmed"]
    assert finding.pointer == "/statement_ids/1"
    assert finding.why == WHY_NOT.get(state, "This statement cannot be invoiced.")


def test_a_statement_selected_twice_and_one_of_nobody_are_told_apart() -> None:
    life = organization()
    statement = life.confirmed()
    found = [f for f in looked_at(life, statement, statement, "statement/none") if f.result == "failed"]
    said = [(f.pointer, f.why) for f in found if f.name == "unknown_statement"]
    assert said == [
        ("/statement_ids/1", "It is selected twice."),
        ("/statement_ids/2", "This organization has no such statement."),
    ]
