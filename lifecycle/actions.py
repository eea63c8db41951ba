"""The actions that somebody can ask for, by their names: what Temporal's dialogs list, and how a command is given.

A command travels as an update or signal of its action's own name (``statement.confirm``), so that histories say what was
asked for. What the clock alone does is asked for by nobody and has no such name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lifecycle.machine import NEW, AnyMachine, AnyRule
from lifecycle.machines import MACHINES
from models.commands import ACT, Role

MANY = 6
"""More states than these are not named one by one."""


@dataclass(frozen=True, slots=True)
class NamedAction:
    """An action as people find it in Temporal.

    Attributes:
        name: ``machine.event``, under which it is given.
        description: who may do it, from where to where it leads, and what it takes.
    """

    name: str
    description: str


def named_actions(machine: AnyMachine) -> tuple[NamedAction, ...]:
    """The actions of a machine that somebody can ask for, in the order of its rules."""
    events = dict.fromkeys(rule.event for rule in machine.rules if set(rule.roles) != {Role.CLOCK})
    return tuple(
        NamedAction(f"{machine.name}.{event}", description(machine, machine.rules_for(event)))
        for event in events
    )


def description(machine: AnyMachine, rules: Iterable[AnyRule]) -> str:
    """One event in words, from all of its rules but the clock's own."""
    asked_for = [rule for rule in rules if set(rule.roles) != {Role.CLOCK}]
    who = [role for role in union(rule.roles for rule in asked_for) if role is not Role.CLOCK]
    parts = [f"{machine.title}, by {' or '.join(who)}: {way(asked_for)}."]
    needed = [fact for fact in union(r.required_facts for r in asked_for) if is_needed(fact, asked_for)]
    optional = union((*r.required_facts, *r.optional_facts) for r in asked_for)
    optional = [fact for fact in optional if fact not in needed]
    if needed:
        parts.append(f"Needs {', '.join(needed)}.")
    if optional:
        parts.append(f"May bring {', '.join(optional)}.")
    if any(rule.needs_reasons for rule in asked_for):
        codes = union(rule.reason_codes for rule in asked_for)
        parts.append(f"Say why: {', '.join(codes)}." if codes else "Say why.")
    return " ".join(parts)


def is_needed(fact: str, rules: Iterable[AnyRule]) -> bool:
    """Whether a command must bring a fact, whichever of the rules it goes by."""
    return all(fact in rule.required_facts for rule in rules)


def way(rules: Iterable[AnyRule]) -> str:
    """From where to where an event leads, by whichever of its rules."""
    sources = ["new" if source == NEW else source for source in union(rule.sources for rule in rules)]
    targets = union(("unchanged" if rule.is_self_transition else rule.target,) for rule in rules)
    return f"{' or '.join(sources) if len(sources) <= MANY else 'most states'} → {' or '.join(targets)}"


def union(groups: Iterable[Iterable[str]]) -> list[str]:
    """What is in any of the groups, each once, in their order."""
    return list(dict.fromkeys(item for group in groups for item in group))


NAMED_ACTIONS: Mapping[str, NamedAction] = {
    action.name: action for machine in MACHINES.values() for action in named_actions(machine)
}
"""All of them, by name."""


def message_name(action: str) -> str:
    """Under which name a command is given: its action's own, or ``act`` where there is no action of that name."""
    return action if action in NAMED_ACTIONS else ACT
