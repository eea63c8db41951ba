"""What decisions amount to: which key takes them, which are confirmed, and which can be undone."""

from datetime import UTC, datetime

import pytest

from lifecycle.machines import RULES, moves_money
from lifecycle.views.verdicts import Verdict, weigh
from models.documents import AnyDocument, Invoice, Payout, Qualification, Statement, Stream, Verification
from models.money import Money
from models.states import InvoiceState, PayoutState, QualificationState, StatementState, VerificationState

NOW = datetime(2026, 10, 1, tzinfo=UTC)
IN_REVIEW = Verification(id="verification", state=VerificationState.IN_REVIEW, since=NOW)
INVOICE = Invoice(
    id="invoice/inv_1",
    state=InvoiceState.UNDER_REVIEW,
    since=NOW,
    number="1",
    statement_ids=["statement/st_1"],
    total=Money(amount=42_075, currency="USD"),
    dated=NOW.date(),
    submission_id="sub_1",
)
PAYOUT = Payout(
    id="payout/inv_1",
    state=PayoutState.AWAITING_APPROVAL,
    since=NOW,
    invoice_id="invoice/inv_1",
    amount=INVOICE.total,
)
APPEAL = Statement(
    id="statement/st_1",
    state=StatementState.APPEAL_REVIEW,
    since=NOW,
    stream=Stream.IAA,
    period_start=NOW.date(),
    period_end=NOW.date(),
    net=INVOICE.total,
)


@pytest.mark.parametrize(
    ("document", "event", "verdict", "grave", "can_be_put_off"),
    [
        (IN_REVIEW, "verify", Verdict.APPROVES, False, True),
        (IN_REVIEW, "decline", Verdict.REFUSES, False, True),
        (IN_REVIEW, "reject", Verdict.REFUSES, True, True),
        (INVOICE, "approve", Verdict.APPROVES, False, False),
        (INVOICE, "reject", Verdict.REFUSES, False, True),
        (PAYOUT, "approve", Verdict.APPROVES, True, False),
        (PAYOUT, "hold", Verdict.NEITHER, False, False),
        (PAYOUT, "cancel", Verdict.NEITHER, True, False),
        (APPEAL, "replace", Verdict.APPROVES, True, False),
        (APPEAL, "reject_appeal", Verdict.REFUSES, False, True),
    ],
)
def test_what_a_decision_amounts_to(
    document: Verification | Invoice | Payout | Statement,
    event: str,
    verdict: Verdict,
    grave: bool,
    can_be_put_off: bool,
) -> None:
    weight = weigh(document, event)
    assert (weight.verdict, weight.grave, weight.can_be_put_off) == (verdict, grave, can_be_put_off)


def test_a_decision_says_what_holds_afterwards() -> None:
    approved = Qualification(id="qualification", state=QualificationState.IN_REVIEW, since=NOW)
    assert weigh(approved, "approve").outcomes == ("The organization may publish games.",)


def test_nothing_is_put_off_by_which_money_moves() -> None:
    known: dict[str, AnyDocument] = {"payout": PAYOUT, "invoice": INVOICE, "statement": APPEAL}
    for machine, event in RULES:
        if machine in known and moves_money(f"{machine}.{event}"):
            assert not weigh(known[machine], event).can_be_put_off
