"""All machines, and the look-ups derived from them and from the pipeline."""

from collections.abc import Mapping

from lifecycle.machine import NEW, AnyMachine, AnyRule, AnyState, Tone
from lifecycle.pipeline import STEPS
from models.documents import AnyDocument

MACHINES: Mapping[str, AnyMachine] = {name: step.machine for name, step in STEPS.items()}
"""All machines, in the order of the pipeline."""

STATES: Mapping[tuple[str, str], AnyState] = {
    (machine.name, state.name): state for machine in MACHINES.values() for state in machine.states
}

RECURRING = tuple(name for name, step in STEPS.items() if step.recurring)
"""Kinds of documents of which an organization has more every month."""

FINISHED = frozenset(where for where, state in STATES.items() if state.final and where[0] in RECURRING)
"""Those of them, by kind and state, in which nothing follows: nobody's next step depends on them."""

RULES: Mapping[tuple[str, str], tuple[AnyRule, ...]] = {
    (machine.name, rule.event): machine.rules_for(rule.event)
    for machine in MACHINES.values()
    for rule in machine.rules
}

BY_STATE: Mapping[tuple[str, str], tuple[AnyRule, ...]] = {
    (machine.name, name): tuple(rule for rule in machine.rules if name in rule.sources)
    for machine in MACHINES.values()
    for name in (NEW, *(state.name for state in machine.states))
}


def moves_money(action: str) -> bool:
    """Whether an action moves money, or changes where money goes."""
    machine, _, event = action.partition(".")
    return (machine in MACHINES and MACHINES[machine].moves_money) or any(
        rule.moves_money for rule in RULES.get((machine, event), ())
    )


def in_person(action: str) -> bool:
    """Whether only a person may ask for it who has signed in a short while ago: signing, bank changes, payouts."""
    machine, _, event = action.partition(".")
    return (machine in MACHINES and MACHINES[machine].moves_money) or any(
        rule.in_person for rule in RULES.get((machine, event), ())
    )


def state_of(document: AnyDocument) -> AnyState:
    """What the state in which a document stands says about it."""
    return STATES[document.machine, document.state]


THEN: Mapping[str, str] = {
    deadline.event: deadline.then
    for machine in MACHINES.values()
    for state in machine.states
    for deadline in state.deadlines
}
"""What happens then, by the clock's event."""

GOOD = frozenset(state.name for state in STATES.values() if state.tone is Tone.GOOD)
BAD = frozenset(state.name for state in STATES.values() if state.tone is Tone.BAD)
