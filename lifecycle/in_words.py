"""What the machines say of a document, for whoever reads it: what its state means, and what is to be done."""

from collections.abc import Iterator

from lifecycle.machines import MACHINES, RULES, state_of
from models.documents import AnyDocument, Reason
from models.reasons.failures import FAILURES
from words import filled
from words.codes import apart
from words.voice import ENGLISH, NOBODY_KNOWN, Names, Voice


def meaning(document: AnyDocument, names: Names = NOBODY_KNOWN, voice: Voice = ENGLISH) -> str:
    """What the state of a document means, a sentence."""
    return filled(state_of(document).description, document, names, voice)


def todo(document: AnyDocument, names: Names = NOBODY_KNOWN, voice: Voice = ENGLISH) -> str:
    """What whoever must act should do, naming the thing; empty when nobody must."""
    text = state_of(document).todo
    return filled(text, document, names, voice) if text else ""


def reason(given: Reason, machine: str, event: str = "", voice: Voice = ENGLISH) -> str:
    """Why something was decided, a sentence: as it was written, or what its code stands for.

    Args:
        event: what was decided; without it, any decision of the machine may have been.
    """
    if given.detail:
        return given.detail
    rules = RULES.get((machine, event), ()) if event else MACHINES[machine].rules
    for rule in rules:
        if text := rule.reason_codes.get(given.code) or rule.usual_reasons.get(given.code):
            return voice.translate(text)
    failure = FAILURES.get(given.code)
    return voice.translate(failure.why) if failure else f"{apart(given.code)}."


def texts() -> Iterator[str]:
    """Every text for people that the machines carry, for translators."""
    for machine in MACHINES.values():
        for state in machine.states:
            yield from (state.description, state.todo)
            yield from (deadline.then for deadline in state.deadlines)
        for rule in machine.rules:
            yield rule.notification
            yield from (guard.reason for guard in rule.guards)
            yield from (*rule.reason_codes.values(), *rule.usual_reasons.values())
        yield from machine.checklist
