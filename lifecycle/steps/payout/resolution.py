"""Who may say what became of a payment that the provider says nothing about: two people, exactly as proposed."""

import hashlib
import json
from collections.abc import Callable

from lifecycle.machine import Context, Facts, Guard
from models.documents import Payout
from models.reasons.failures import HALF_WAY
from models.reasons.payouts import TRANSFER_REVERSED

NO_PROPOSAL: Facts = {
    "proposed_outcome": None,
    "evidence": None,
    "proposed_by": None,
    "proposal": None,
}
"""The provider has answered after all, or the proposal was declined: there is nothing to confirm any more."""


def propose(context: Context[Payout]) -> Facts:
    """Who proposes which outcome, sealed, so that exactly this can be confirmed and nothing else."""
    payout: Payout = context.proposed
    by = context.command.actor.id
    said = {
        "payout": payout.id,
        "attempt": payout.attempt,
        "reference": payout.reference,
        "amount": payout.amount.model_dump(),
        "outcome": payout.proposed_outcome,
        "evidence": payout.evidence,
        "proposed_by": by,
        "reasons": [reason.model_dump() for reason in context.command.reasons],
    }
    sealed = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return {"proposed_by": by, "proposal": hashlib.sha256(sealed).hexdigest()}


def proposed(outcome: str) -> Guard[Payout]:
    """Only what was proposed can be confirmed."""
    return Guard(
        code="proposed_otherwise",
        reason="The other outcome was proposed; confirm that one, or decline the proposal.",
        holds=lambda c: c.document.proposed_outcome == outcome,
    )


def confirmed(sets: Callable[[Context[Payout]], Facts]) -> Callable[[Context[Payout]], Facts]:
    """The facts of a confirmed outcome; who proposed it on which evidence stays on record."""
    kept = frozenset(NO_PROPOSAL)
    return lambda context: {name: value for name, value in sets(context).items() if name not in kept}


def nothing_stands(context: Context[Payout]) -> bool:
    """Whether nothing of the payment is known to be with the provider, or somebody says that it was reversed there."""
    not_paid = context.proposed.proposed_outcome == "not_paid"
    said = {reason.code for reason in context.command.reasons}
    return not (not_paid and context.document.failure_code in HALF_WAY) or TRANSFER_REVERSED in said


FOUND_HALF_WAY: Guard[Payout] = Guard(
    code="outcome_unknown_already",
    reason="The outcome is unknown already, and this says nothing new about it.",
    holds=lambda c: (
        c.brought("failure_code", c.proposed.failure_code) in HALF_WAY
        and c.brought("failure_code", c.proposed.failure_code) != c.document.failure_code
    ),
    needs_facts=True,
)
NOTHING_STANDS = Guard(
    code="transfer_stands",
    reason="The payment provider has taken a part of this payment, so that another attempt could pay twice. Have it "
    "reversed there: the payout then goes on by itself. Only if it does not, say that it was not paid, with the "
    "reason that it was reversed there.",
    holds=nothing_stands,
    needs_facts=True,
)
NOT_THE_PROPOSER: Guard[Payout] = Guard(
    code="same_person",
    reason="Whoever proposed this outcome may not confirm it; another person must.",
    holds=lambda c: c.command.actor.id != c.document.proposed_by,
)
OWN_PROPOSAL: Guard[Payout] = Guard(
    code="not_the_proposer",
    reason="Only whoever proposed this outcome may take it back; ask finance to decline it.",
    holds=lambda c: c.command.actor.id == c.document.proposed_by,
)
SAME_PROPOSAL: Guard[Payout] = Guard(
    code="proposal_changed",
    reason="The proposal is another one now; read it again, then decide on that.",
    holds=lambda c: c.proposed.proposal == c.document.proposal,
    needs_facts=True,
)
