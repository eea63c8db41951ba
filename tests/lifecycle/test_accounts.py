"""Every state that holds money has an account, and every rule moves it between the accounts of its states."""

from datetime import date

import pytest

from lifecycle.machine import NEW, AnyRule
from lifecycle.machines import MACHINES
from models.commands import PIPELINE, Transition
from models.documents import AnyDocument, Payout, Statement, Stream
from models.ledger.accounts import HELD_IN, moved
from models.ledger.entries import Account
from models.money import Money
from models.states import PayoutState, StatementState
from tests.lifecycle.life import MONDAY

RULES = [
    pytest.param(machine.name, rule, source, id=f"{machine.name}.{rule.event} {source}-{rule.target}")
    for machine in MACHINES.values()
    if machine.name in HELD_IN
    for rule in machine.rules
    for source in rule.sources
]


def test_only_statements_and_payouts_hold_money() -> None:
    with_money = {
        machine.name
        for machine in MACHINES.values()
        if {"net", "amount", "total"} & set(machine.document.model_fields)
    }
    assert with_money - {"invoice"} == set(HELD_IN), "an invoice only claims what its statements hold"


@pytest.mark.parametrize("machine", sorted(HELD_IN))
def test_every_state_has_an_account_and_no_other(machine: str) -> None:
    assert set(HELD_IN[machine]) == {state.name for state in MACHINES[machine].states}


@pytest.mark.parametrize(("machine", "rule", "source"), RULES)
def test_every_rule_moves_the_money_between_the_accounts_of_its_states(
    machine: str, rule: AnyRule, source: str
) -> None:
    transition = step(machine, None if source == NEW else source, rule.target)
    postings = moved(transition)
    assert sum(posting.amount_micros for posting in postings) == 0
    before = None if source == NEW else HELD_IN[machine][source]
    after = HELD_IN[machine][rule.target]
    if before is None:
        begins = {"statement": (Account.UNCONFIRMED, Account.CARRIED_FORWARD), "payout": (Account.INVOICED,)}
        assert after in begins[machine], "its money would appear from nowhere"
        assert postings == []
    elif before is after:
        assert postings == []
    else:
        assert [(p.account, p.amount_micros) for p in postings] == [
            (before, 12_340_000),
            (after, -12_340_000),
        ]


@pytest.mark.parametrize(("machine", "rule", "source"), RULES)
def test_money_takes_no_short_cut(machine: str, rule: AnyRule, source: str) -> None:
    """Between which accounts money may move at all."""
    ways = {
        (Account.UNCONFIRMED, Account.CONFIRMED),
        (Account.CONFIRMED, Account.INVOICED),
        (Account.INVOICED, Account.CONFIRMED),
        (Account.INVOICED, Account.IN_TRANSIT),
        (Account.INVOICED, Account.PAID_OUT),
        (Account.IN_TRANSIT, Account.INVOICED),
        (Account.IN_TRANSIT, Account.PAID_OUT),
        (Account.PAID_OUT, Account.INVOICED),
    }
    if source != NEW:
        before, after = HELD_IN[machine][source], HELD_IN[machine][rule.target]
        assert before is after or (before, after) in ways


def step(machine: str, source: str | None, target: str) -> Transition:
    document: AnyDocument
    net = Money(amount=1_234)
    if machine == "statement":
        document = Statement(
            id="statement/1", state=StatementState(target), since=MONDAY, stream=Stream.IAA,
            period_start=date(2026, 2, 1), period_end=date(2026, 2, 15), net=net,
        )  # fmt: skip
    else:
        document = Payout(
            id="payout/1", state=PayoutState(target), since=MONDAY, invoice_id="invoice/1", amount=net
        )
    return Transition(
        command_id="c", index=0, action=f"{machine}.any", actor=PIPELINE, from_state=source, at=MONDAY,
        document=document,
    )  # fmt: skip
