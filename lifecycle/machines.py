"""All nine machines, and the look-ups derived from them."""

from collections.abc import Mapping

from lifecycle.machine import NEW, AnyMachine, AnyRule, AnyState
from lifecycle.steps.contract import CONTRACT
from lifecycle.steps.integration import INTEGRATION
from lifecycle.steps.invoice import INVOICE
from lifecycle.steps.payout.machine import PAYOUT
from lifecycle.steps.payout_account import PAYOUT_ACCOUNT
from lifecycle.steps.qualification import QUALIFICATION
from lifecycle.steps.release import RELEASE
from lifecycle.steps.statement import STATEMENT
from lifecycle.steps.verification import VERIFICATION
from models.documents import AnyDocument

MACHINES: Mapping[str, AnyMachine] = {
    machine.name: machine
    for machine in (
        VERIFICATION,
        QUALIFICATION,
        CONTRACT,
        INTEGRATION,
        RELEASE,
        PAYOUT_ACCOUNT,
        STATEMENT,
        INVOICE,
        PAYOUT,
    )
}
"""All machines, in the order of the pipeline."""

STATES: Mapping[tuple[str, str], AnyState] = {
    (machine.name, state.name): state for machine in MACHINES.values() for state in machine.states
}

GATHERED = ("statement", "invoice", "payout")
"""Kinds of documents of which an organization has more every month."""

BYGONE = frozenset(where for where, state in STATES.items() if state.final and where[0] in GATHERED)
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


def state_of(document: AnyDocument) -> AnyState:
    """What the state in which a document stands says about it."""
    return STATES[document.machine, document.state]
