"""The pipeline as data says of each step what its machine does: whoever forgets something reads here what it is."""

from typing import get_args
from unittest.mock import MagicMock

import pytest
from temporalio import activity

import workflows.organization
from activities.catalogue import all_activities
from lifecycle.machine import NEW
from lifecycle.machines import MACHINES, RULES, STATES, in_person, moves_money
from lifecycle.pipeline import PIPELINE, STEPS, Step
from models import effects
from models.commands import Role
from models.desks import Desk
from models.documents import AnyDocument
from models.wire import activities as wire_activities
from worker import WORKFLOWS

REVIEWING = (effects.REQUEST_REVIEW, effects.CHECK_PAYOUT_ACCOUNT)
MOVING_MONEY = {effects.START_PAYOUT, effects.ISSUE_REPLACEMENT, effects.SEND_PAYMENT}
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))


@each_step
def test_what_a_step_needs_is_what_its_guards_look_at(step: Step) -> None:
    machine = step.machine
    looked_at = {
        guard.code
        for rule in machine.rules
        for guard in rule.guards
        if guard.waits_for_step and guard.waits_for_step != machine.name
    }
    named = {guard.code for guard in step.needs if guard.waits_for_step}
    assert named == looked_at, f"lifecycle/pipeline.py: `needs` of {machine.name}, and its guards"
    assert {guard.waits_for_step for guard in step.needs} - {""} <= set(STEPS)
    own = {guard.code for rule in machine.rules for guard in rule.guards}
    assert {guard.code for guard in step.needs} <= own, f"{machine.name} needs what none of its rules asks"


@each_step
def test_what_is_handed_in_has_a_desk_and_the_other_way_round(step: Step) -> None:
    asks = any(state.effect in REVIEWING for state in step.machine.states)
    assert bool(step.reviewed_by) is asks, f"lifecycle/pipeline.py: `reviewed_by` of {step.machine.name}"


@each_step
def test_a_step_begins_as_it_says(step: Step) -> None:
    machine = step.machine
    new = [rule for rule in machine.rules if NEW in rule.sources]
    assert bool(new) is bool(step.opened_by), f"lifecycle/pipeline.py: `opened_by` of {machine.name}"
    kind, _, event = step.opened_by.partition(".")
    assert not event or (kind, event) in RULES
    kind, _, event = step.begins_with.partition(".")
    assert not event or any(Role.ADMIN in rule.roles for rule in RULES[kind, event])


@each_step
def test_who_decides_finds_what_to_look_at_and_reasons_to_give(step: Step) -> None:
    machine = step.machine
    decided = [rule for rule in machine.rules if {Role.OPERATOR, Role.FINANCE} & {*rule.roles}]
    assert bool(machine.checklist) is bool(decided), f"`checklist` of the machine {machine.name}"
    for rule in decided:
        given = bool(rule.reason_codes or rule.usual_reasons)
        assert given is rule.needs_reasons, f"`usual_reasons` of the rule {machine.name}.{rule.event}"


@each_step
def test_what_money_follows_from_is_known_to_move_it(step: Step) -> None:
    name = step.machine.name
    for rule in step.machine.rules:
        leads_to = step.machine.state(rule.target)
        staff = {Role.OPERATOR, Role.FINANCE} & {*rule.roles}
        if staff and not rule.is_self_transition and {rule.effect, leads_to.effect} & MOVING_MONEY:
            assert moves_money(f"{name}.{rule.event}"), f"`moves_money` of the rule {name}.{rule.event}"


def test_what_is_signed_or_moves_money_is_asked_for_in_person() -> None:
    asked = {f"{machine}.{event}" for machine, event in RULES if in_person(f"{machine}.{event}")}
    whole = {f"{machine}.{event}" for machine, event in RULES if machine in ("payout", "payout_account")}
    assert asked == {"contract.sign", *whole}
    assert in_person("payout.not_an_action") and not in_person("nothing.at_all")


def test_a_payout_that_tells_its_organization_has_news_for_the_invoice() -> None:
    for rule in STEPS["payout"].machine.rules:
        state = STATES["payout", rule.target]
        if effects.TELL_ORGANIZATION in (rule.effect, state.effect):
            assert state.news, f"`news` of the state {state.name}, to which payout.{rule.event} leads"
    assert {state.news for state in STEPS["payout"].machine.states} - {""} <= {
        event for machine, event in RULES if machine == "invoice"
    }


def test_every_desk_reviews_one_kind_of_document() -> None:
    assert sorted(desk for step in STEPS.values() for desk in step.reviewed_by) == sorted(Desk)


def test_every_kind_of_document_is_a_step_with_each_of_its_states() -> None:
    documents = {kind.model_fields["machine"].default: kind for kind in get_args(get_args(AnyDocument)[0])}
    assert set(documents) == set(STEPS)
    for name, machine in MACHINES.items():
        assert machine.document is documents[name]
        states = machine.document.model_fields["state"].annotation
        assert states is not None
        assert [state.name for state in machine.states] and {state.name for state in machine.states} == set(
            states
        )


def test_every_activity_is_carried_out_by_the_worker() -> None:
    named = {
        step.name
        for module in (effects, wire_activities)
        for step in vars(module).values()
        if isinstance(step, wire_activities.Activity)
    }
    definitions = [activity._Definition.from_callable(one) for one in all_activities(MagicMock())]
    assert named == {found.name for found in definitions if found}, "activities/catalogue.py"


def test_every_workflow_of_a_step_is_run_by_the_worker() -> None:
    assert {step.run_by for step in STEPS.values()} <= {workflow.__name__ for workflow in WORKFLOWS}


def test_the_organizations_workflow_says_what_an_organization_goes_through() -> None:
    told = workflows.organization.__doc__ or ""
    for section in PIPELINE:
        titles = ", ".join(step.machine.title.lower() for step in section.steps)
        assert f"{section.title}: {titles}" in told, (
            f"workflows/organization.py should say: {section.title}: {titles}"
        )
