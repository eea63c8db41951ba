"""What a decision of the platform's staff amounts to: whether it grants or refuses, how grave it is, what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lifecycle.machine import AnyRule, AnyState, Tone
from lifecycle.machines import MACHINES, RULES, moves_money, state_of
from lifecycle.turns import AT_DESKS
from models.commands import Role
from models.documents import AnyDocument
from words import filled
from words.voice import ENGLISH, NOBODY_KNOWN, Names, Voice

BY_THEIR_WORD = frozenset({"evidence", "proposal", "approved_digest", "adjustment"})
"""Facts by which somebody answers for money that no provider has confirmed, or for where it goes."""


class Verdict(StrEnum):
    """What a decision says to what was asked for."""

    APPROVES = "approves"
    REFUSES = "refuses"
    NEITHER = "neither"


@dataclass(frozen=True)
class Weight:
    """How much a decision matters.

    Attributes:
        grave: it is asked for twice: it ends something, or money follows somebody's word.
        can_be_put_off: no money moves, so that it may be taken some seconds later.
        outcomes: what may hold afterwards, in sentences.
    """

    verdict: Verdict
    grave: bool
    can_be_put_off: bool
    outcomes: tuple[str, ...]


def weigh(document: AnyDocument, event: str, names: Names = NOBODY_KNOWN, voice: Voice = ENGLISH) -> Weight:
    """What a decision on a document as it stands amounts to."""
    machine, action = MACHINES[document.machine], f"{document.machine}.{event}"
    rules = [rule for rule in RULES[document.machine, event] if document.state in rule.sources]
    targets = list({rule.target: machine.state(rule.target) for rule in rules}.values())
    grave = moves_money(action) and any(BY_THEIR_WORD.intersection(facts_of(rule)) for rule in rules)
    return Weight(
        verdict_of(document, rules, targets),
        grave or any(ends(document, target) for target in targets),
        not moves_money(action),
        tuple(filled(target.description, document, names, voice) for target in targets),
    )


def facts_of(rule: AnyRule) -> tuple[str, ...]:
    """What a rule takes."""
    return (*rule.required_facts, *rule.optional_facts)


def verdict_of(document: AnyDocument, rules: Sequence[AnyRule], targets: Sequence[AnyState]) -> Verdict:
    """Whether a decision grants what was asked for, or refuses it."""
    state = state_of(document)
    if not (state.desks or state.appealed) and not any(
        "approved_digest" in facts_of(rule) or "proposed_digest" in facts_of(rule) for rule in rules
    ):
        return Verdict.NEITHER
    if any("adjustment" in facts_of(rule) for rule in rules):
        return Verdict.APPROVES
    if all(rule.needs_reasons for rule in rules):
        return Verdict.REFUSES
    if any("offered_version" in facts_of(rule) for rule in rules):
        return Verdict.NEITHER
    return Verdict.NEITHER if all(target.tone is Tone.BAD for target in targets) else Verdict.APPROVES


def ends(document: AnyDocument, target: AnyState) -> bool:
    """Whether a state is one from which the organization cannot go on by itself, beyond what a review says."""
    if target.tone is Tone.BAD and target.waits_for is Role.OPERATOR:
        return True
    return (
        target.final and target.tone is not Tone.GOOD and (document.machine, document.state) not in AT_DESKS
    )
