"""Why am I not paid? Every blocker at once, each with its owner, and every cent counted once."""

from datetime import date
from typing import Any

import pytest

from lifecycle.machine import AnyMachine, AnyState
from lifecycle.machines import MACHINES
from lifecycle.views.blockers import Blocker, blockers, counted_by
from lifecycle.views.pending import owed
from models.commands import Role
from models.documents import AnyDocument, Stream
from models.estimates import Estimate
from models.money import Money
from models.programme.policy import Policy
from tests.lifecycle.life import DAY, MONDAY, Life, organization, payout

AT_REST = {
    ("verification", "verified"),
    ("contract", "active"),
    ("integration", "passed"),
    ("launch", "live"),
    ("payout_account", "active"),
    ("statement", "paid"),
    ("invoice", "paid"),
    ("payout", "paid"),
}
"""States that are not final and in which neither money nor progress waits; all others must name who acts."""

OPTIONAL = {("launch", "withdrawn")}
EVERY_STATE = [
    pytest.param(machine, state, id=f"{machine.name}.{state.name}")
    for machine in MACHINES.values()
    for state in machine.states
]
NET = Money(amount=20_000)
FACTS: dict[str, dict[str, Any]] = {
    "contract": {"id": "contract/iaa", "feature": "iaa"},
    "integration": {"id": "integration/g1/iaa", "game_id": "g1", "feature": "iaa"},
    "launch": {"id": "launch/g1", "game_id": "g1", "features": ["iaa"], "regions": ["JP"]},
    "payout_account": {"submission_id": "account-1"},
    "statement": {
        "stream": "iaa",
        "period_start": date(2026, 2, 1),
        "period_end": date(2026, 2, 15),
        "net": NET,
        "confirm_by": MONDAY + 28 * DAY,
        "invoice_id": "invoice/1",
    },
    "invoice": {
        "number": "2026-001",
        "statement_ids": ["statement/1"],
        "total": NET,
        "dated": MONDAY.date(),
        "submission_id": "pdf",
        "pay_by": MONDAY + 15 * DAY,
    },
    "payout": {
        "invoice_id": "invoice/1",
        "amount": NET,
        "act_at": MONDAY + 4 * DAY,
        "unknown_since": MONDAY,
        "paid_at": MONDAY,
    },
}
NUMBERED = ("statement", "invoice", "payout")


def document_in(machine: AnyMachine, state: str, **facts: Any) -> AnyDocument:
    """A document as it may stand in a state."""
    own = {"id": f"{machine.name}/1" if machine.name in NUMBERED else machine.name}
    found: AnyDocument = machine.document(
        **own | FACTS.get(machine.name, {}) | {"state": state, "since": MONDAY} | facts
    )
    return found


def listed(life: Life, *estimates: Estimate) -> list[Blocker]:
    return blockers(life.dossier, life.now, life.policy, estimates)


def items(life: Life, *estimates: Estimate) -> dict[str, Blocker]:
    return {item.document_id: item for item in listed(life, *estimates)}


def estimate(cents: int, carried: int = 0) -> Estimate:
    zero = Money(amount=0)
    return Estimate(
        stream=Stream.IAA,
        period_start=date(2026, 3, 1),
        period_end=date(2026, 3, 15),
        delivered_on=date(2026, 4, 1),
        gross=Money(amount=cents - carried),
        refunds=zero,
        platform_share=zero,
        adjustments=zero,
        carried=Money(amount=carried),
        tax_withheld=zero,
        net=Money(amount=cents),
    )


def with_payout(life: Life) -> Life:
    """An organization's dossier as the database shows it: with the payout of its invoice."""
    life.invoiced(life.confirmed())
    life.dossier.documents["payout/1"] = payout()["payout/1"]
    return life


# ---------------------------------------------------------------------- every state of every machine


@pytest.mark.parametrize(("machine", "state"), EVERY_STATE)
def test_wherever_money_or_progress_waits_somebody_is_named(machine: AnyMachine, state: AnyState) -> None:
    life = organization().qualified().tested()
    document = document_in(machine, state.name)
    life.dossier.documents[document.id] = document
    at_rest = state.final or (machine.name, state.name) in AT_REST | OPTIONAL
    found = [item for item in listed(life) if document.id in item.documents]
    assert len(found) == (0 if at_rest else 1)
    for item in found:
        assert item.what and item.who and item.since
        assert item.todo or item.after or item.until or item.who in (Role.PROVIDER, Role.CLOCK, Role.PIPELINE)
        assert not item.until or item.then_in_words


@pytest.mark.parametrize(("machine", "state"), EVERY_STATE)
@pytest.mark.parametrize("verification", ["suspended", "expired", "in_review"])
def test_a_second_blocker_never_hides_the_first(
    machine: AnyMachine, state: AnyState, verification: str
) -> None:
    life = organization().qualified().tested()
    document = document_in(machine, state.name)
    life.dossier.documents[document.id] = document
    if document.id == "verification":
        return
    life.dossier.documents["verification"] = document_in(MACHINES["verification"], verification)
    found = items(life)
    assert "verification" in found
    at_rest = state.final or (machine.name, state.name) in AT_REST | OPTIONAL
    assert any(document.id in item.documents for item in found.values()) is not at_rest


# ---------------------------------------------------------------------- chains


def test_five_blockers_at_once_are_all_named_and_the_money_is_counted_once() -> None:
    life = Life().verified().signed()
    life.confirmed(1, 6_000)
    life.statement(2, 3_000)
    life.statement(3, 500)
    life.admin("statement.appeal", "statement/3", submission_id="a")
    life.operator("contract.suspend", "contract/iaa", why="check")
    life.operator("verification.suspend", why="check")
    life.wait(10 * DAY)
    found = items(life)
    assert set(found) >= {
        "verification", "contract/iaa", "payout_account", "statement/1", "statement/2", "statement/3",
    }  # fmt: skip
    assert found["verification"].counted == Money(amount=6_000)
    assert found["verification"].money == found["payout_account"].money == Money(amount=9_500)
    assert found["statement/1"].counted is None and found["payout_account"].counted is None
    assert found["payout_account"].after == ["verification"]
    assert found["payout_account"].todo == "" and found["payout_account"].actions == []
    assert found["statement/1"].after == ["verification", "payout_account"]
    assert "$40.00 is missing" in found["statement/1"].what
    assert found["statement/3"].late and "takes longer" in found["statement/3"].reasons[-1]
    assert counted_by(found.values(), estimated=False) == {
        Role.OPERATOR: Money(amount=6_500),
        Role.ADMIN: Money(amount=3_000),
    }


def test_the_most_urgent_goes_first() -> None:
    life = Life().verified().signed()
    life.statement(1)
    life.statement(2)
    life.admin("statement.appeal", "statement/2", submission_id="a")
    life.wait(10 * DAY)
    order = [item.document_id for item in listed(life, estimate(700))]
    assert order[0] == "statement/2", "late"
    assert order[1] == "statement/1", "holds up money, and a date comes"
    assert order[-1] == "earnings/iaa/2026-03-01", "nobody has to act"


def test_statements_that_wait_for_one_invoice_are_one_blocker() -> None:
    life = organization()
    life.confirmed(1, 6_000)
    life.confirmed(2, 6_000)
    item = items(life)["statement/1"]
    assert item.documents == ["statement/1", "statement/2"]
    assert item.counted == item.money == Money(amount=12_000)
    assert item.actions == ["invoice.submit"]
    assert [action.action for action in item.you_can] == ["invoice.submit"]


def test_a_payout_waits_for_its_day_with_its_invoice_and_statements() -> None:
    life = with_payout(organization())
    item = items(life)["payout/1"]
    assert set(item.documents) == {"payout/1", "invoice/1", "statement/1"}
    assert (item.who, item.until) == (Role.CLOCK, life["payout/1"].act_at)
    assert item.then_in_words == "The payment is sent."
    assert item.counted == NET


def test_a_payout_that_waits_for_a_bank_change_waits_for_whoever_decides_it() -> None:
    life = with_payout(organization())
    life.admin("payout_account.change", proposed_submission_id="account-2")
    stopped = life["payout/1"].model_copy(update={"state": "awaiting_account", "act_at": None})
    life.dossier.documents["payout/1"] = stopped
    found = items(life)
    assert "payout/1" not in found
    item = found["payout_account"]
    assert (item.who, item.counted) == (Role.OPERATOR, NET)
    assert set(item.documents) == {"payout_account", "payout/1", "invoice/1", "statement/1"}
    life.operator("payout_account.approve_change")
    life.finance("payout_account.approve_change")
    item = items(life)["payout_account"]
    assert (item.who, item.until) == (Role.CLOCK, life.now + 3 * DAY)
    assert [action.action for action in item.you_can] == ["payout_account.withdraw_change"]


def test_a_held_payout_says_why() -> None:
    life = with_payout(organization())
    life.operator("payout.hold", "payout/1", why="sanctions_check")
    item = items(life)["payout/1"]
    assert (item.who, item.reasons) == (
        Role.OPERATOR,
        ["The organization or its bank is checked against sanctions lists."],
    )


def test_a_payment_that_is_later_than_promised_says_so() -> None:
    life = with_payout(organization())
    life.dossier.documents["invoice/1"] = life["invoice/1"].model_copy(update={"late": True})
    item = items(life)["payout/1"]
    assert item.late and "was to be paid by 17 March 2026" in item.reasons[-1]


# ---------------------------------------------------------------------- what is on no statement yet


def test_what_accrues_says_when_its_statement_comes() -> None:
    life = organization()
    item = items(life, estimate(700))["earnings/iaa/2026-03-01"]
    assert (item.who, item.counted, item.estimated) == (Role.CLOCK, Money(amount=700), True)
    assert item.until and item.until.date() == date(2026, 4, 1)
    assert item.reasons == ["The period is not over yet."]
    assert counted_by([item], estimated=False) == {}


def test_a_debt_is_taken_off_and_promises_nothing() -> None:
    item = items(organization(), estimate(-300, carried=-1_000))["earnings/iaa/2026-03-01"]
    assert item.money is item.counted is None
    assert "taken off the next statement" in item.what
    assert "A debt of earlier statements is taken off: -$10.00." in item.reasons


def test_before_pay_out_opens_the_clock_holds_the_money() -> None:
    opens = MONDAY + 10 * DAY
    life = Life(policy=Policy(pay_out_opens=opens)).verified()
    statement = life.confirmed()
    found = items(life)
    for name in ("payout_account", statement):
        assert (found[name].who, found[name].until, found[name].actions) == (Role.CLOCK, opens, [])
    assert found[statement].counted == owed(life.dossier)
