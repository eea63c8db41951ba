"""What holds money says in each state where, and every rule moves it between the accounts of its states."""

from datetime import date

import pytest

from lifecycle.machine import NEW, AnyRule
from lifecycle.machines import MACHINES
from models.documents import AnyDocument, Payout, Statement, Stream
from models.ledger.accounts import moved
from models.ledger.entries import Account
from models.money import Money
from models.states import MoneyState, PayoutState, StatementState
from storage.organizations.decisions import ENDINGS
from tests.lifecycle.life import MONDAY

HOLDING: dict[str, type[MoneyState]] = {"statement": StatementState, "payout": PayoutState}
RULES = [
    pytest.param(machine.name, rule, source, id=f"{machine.name}.{rule.event} {source}-{rule.target}")
    for machine in MACHINES.values()
    if machine.name in HOLDING
    for rule in machine.rules
    for source in rule.sources
]


def test_only_statements_and_payouts_hold_money() -> None:
    with_money = {
        machine.name
        for machine in MACHINES.values()
        if {"net", "amount", "total"} & set(machine.document.model_fields)
    }
    assert with_money - {"invoice"} == set(HOLDING), "an invoice only claims what its statements hold"
    says_where = {
        machine.name for machine in MACHINES.values() if isinstance(machine.states[0].name, MoneyState)
    }
    assert says_where == set(HOLDING), "models/states.py: the states of what holds money are a MoneyState"


def test_every_rule_that_takes_a_payment_back_from_its_provider_ends_the_attempt() -> None:
    sent = {state.value for state in PayoutState if state.account is Account.IN_TRANSIT}
    ending = {
        rule.event
        for rule in MACHINES["payout"].rules
        if sent & {*rule.sources} and rule.target not in sent and not rule.of_any_attempt
    }
    assert ending | {"return"} == set(ENDINGS), "storage/organizations/decisions.py: ENDINGS"


@pytest.mark.parametrize(("machine", "rule", "source"), RULES)
def test_every_rule_moves_the_money_between_the_accounts_of_its_states(
    machine: str, rule: AnyRule, source: str
) -> None:
    postings = moved(None if source == NEW else standing(machine, source), standing(machine, rule.target))
    assert sum(posting.amount_micros for posting in postings) == 0
    before = None if source == NEW else HOLDING[machine](source).account
    after = HOLDING[machine](rule.target).account
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
        before, after = HOLDING[machine](source).account, HOLDING[machine](rule.target).account
        assert before is after or (before, after) in ways


def test_a_payment_too_many_is_overpaid_until_it_is_back() -> None:
    paid, twice = standing("payout", "paid"), standing("payout", "overpaid", duplicates=["payout/1/1"])
    assert [(p.account, p.amount_micros) for p in moved(paid, twice)] == [
        (Account.OVERPAID, 12_340_000),
        (Account.PAID_OUT, -12_340_000),
    ]
    assert {(p.account, -p.amount_micros) for p in moved(twice, paid)} == {
        (p.account, p.amount_micros) for p in moved(paid, twice)
    }
    back = standing("payout", "owed_again", owed_again=["payout/1/1"])
    assert moved(paid, back) == moved(twice, paid), (
        "what has come back is missing where the other was too much"
    )


def standing(machine: str, state: str, **facts: list[str]) -> AnyDocument:
    net = Money(amount=1_234)
    if machine == "statement":
        return Statement(
            id="statement/1", state=StatementState(state), since=MONDAY, stream=Stream.IAA,
            period_start=date(2026, 2, 1), period_end=date(2026, 2, 15), net=net,
        )  # fmt: skip
    payout = Payout(id="payout/1", state=PayoutState(state), since=MONDAY, invoice_id="invoice/1", amount=net)
    return payout.model_copy(update=facts)
