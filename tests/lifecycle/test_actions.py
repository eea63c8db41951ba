"""The names under which actions are given, and what is said of them."""

import pytest

from lifecycle.actions import NAMED_ACTIONS, message_name
from lifecycle.machines import MACHINES
from lifecycle.steps.payout.states import STATES
from models.commands import Role

ASKED_FOR = {
    f"{machine.name}.{rule.event}"
    for machine in MACHINES.values()
    for rule in machine.rules
    if any(role is not Role.CLOCK for role in rule.roles)
}


def test_every_action_that_is_not_the_clocks_alone_has_a_name() -> None:
    assert set(NAMED_ACTIONS) == ASKED_FOR
    assert "statement.confirm" in ASKED_FOR and "payout.outcome_unknown" in ASKED_FOR
    assert "statement.auto_confirm" not in ASKED_FOR


def test_what_the_parts_of_the_pipeline_tell_each_other_has_a_name() -> None:
    messages = {f"invoice.{state.news}" for state in STATES if state.news}
    messages |= {"payout.account_changed", "statement.issue"}
    assert messages <= set(NAMED_ACTIONS)


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_a_description_says_who_may_do_it_and_stays_short(name: str) -> None:
    machine, _, event = name.partition(".")
    rules = [rule for rule in MACHINES[machine].rules_for(event) if rule.roles != (Role.CLOCK,)]
    description = NAMED_ACTIONS[name].description
    assert description.startswith(f"{MACHINES[machine].title}, by ")
    for role in {role for rule in rules for role in rule.roles} - {Role.CLOCK}:
        assert role in description
    assert len(description) <= 300, "the dialogs show it on a few lines"


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("statement.confirm", "Statement, by admin: pending_confirmation → confirmed."),
        ("integration.add", "Integration, by pipeline: new → not_run. Needs game_id, feature."),
        ("payout.ask", "Payout, by provider: most states → unchanged."),
        (
            "statement.replace",
            "Statement, by operator: appeal_review → replaced. May bring adjustment. Say why.",
        ),
        (
            "payout.recover",
            "Payout, by finance: overpaid or paid_in_error → closed or paid or unchanged or cancelled. "
            "Needs evidence. Say why: repaid, reversed, set_off.",
        ),
    ],
)
def test_it_says_from_where_to_where_and_what_it_takes(name: str, description: str) -> None:
    assert NAMED_ACTIONS[name].description == description


def test_what_nobody_may_ask_for_is_given_as_act_and_refused_there() -> None:
    assert message_name("statement.confirm") == "statement.confirm"
    assert {message_name("statement.auto_confirm"), message_name("no.such")} == {"act"}
