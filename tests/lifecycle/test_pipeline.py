"""The pipeline as data says of each step what its machine does: whoever forgets something reads here what it is."""

from typing import get_args

import pytest

import workflows.organization
from lifecycle.machine import NEW
from lifecycle.machines import MACHINES, RULES
from lifecycle.pipeline import PIPELINE, STEPS, Step
from models.commands import Role
from models.desks import Desk
from models.documents import AnyDocument
from models.effects import EffectName
from worker import WORKFLOWS

REVIEWING = (EffectName.REQUEST_REVIEW, EffectName.CHECK_PAYOUT_ACCOUNT)
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


def test_every_workflow_of_a_step_is_run_by_the_worker() -> None:
    assert {step.run_by for step in STEPS.values()} <= {workflow.__name__ for workflow in WORKFLOWS}


def test_the_organizations_workflow_says_what_an_organization_goes_through() -> None:
    told = workflows.organization.__doc__ or ""
    for section in PIPELINE:
        titles = ", ".join(step.machine.title.lower() for step in section.steps)
        assert f"{section.title}: {titles}" in told, (
            f"workflows/organization.py should say: {section.title}: {titles}"
        )
