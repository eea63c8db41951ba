"""Whose turn it is with a document, and what is asked outside for it: what its state says, and the policy."""

from lifecycle.machines import MACHINES, state_of
from lifecycle.pipeline import STEPS
from lifecycle.reviewing import Desks, asked, is_for_people, is_heard
from models import effects
from models.commands import Role
from models.documents import AnyDocument, Invoice
from models.effects import FollowUp
from models.programme.policy import Policy

AT_DESKS = frozenset(
    (machine.name, state.name) for machine in MACHINES.values() for state in machine.states if state.desks
)
"""Kinds and states of documents that desks review."""


def waits_for(document: AnyDocument, policy: Policy) -> Role | None:
    """Who must act next; a review that people decide waits for the operator."""
    state = state_of(document)
    if state.desks and is_for_people(state.desks, document, policy):
        return Role.OPERATOR
    return state.waits_for


def desks_asked(document: AnyDocument, policy: Policy) -> Desks:
    """The desks outside that are asked about a document of its kind, in their order."""
    return asked(STEPS[document.machine].reviewed_by, document, policy)


def hears_provider(document: AnyDocument, policy: Policy) -> bool:
    """Whether a provider's word on a document counts where it stands."""
    desks = state_of(document).desks
    return not desks or is_heard(desks, document, policy)


def effect_on_entering(document: AnyDocument, policy: Policy) -> FollowUp | None:
    """What is done outside when a document comes to stand where it stands.

    Where no desk is asked, the invoice that the platform itself must write is still written.
    """
    state = state_of(document)
    if not state.desks or desks_asked(document, policy):
        return state.effect
    return effects.WRITE_INVOICE if isinstance(document, Invoice) and document.self_billed else None
