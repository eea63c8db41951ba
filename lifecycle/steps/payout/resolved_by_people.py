"""What two people find out of an outcome that stayed unknown."""

from lifecycle.machine import Rule
from lifecycle.steps.payout.attempts import (
    paid,
)
from lifecycle.steps.payout.outcomes import NOT_SENT
from lifecycle.steps.payout.resolution import (
    NO_PROPOSAL,
    NOT_THE_PROPOSER,
    NOTHING_STANDS,
    OWN_PROPOSAL,
    SAME_PROPOSAL,
    confirmed,
    propose,
    proposed,
)
from models import effects
from models.commands import Role
from models.documents import Payout
from models.reasons import payouts
from models.states import PayoutState
from models.webhooks import WebhookType

RESOLUTION: tuple[Rule[Payout], ...] = (
    Rule(
        event="propose_resolution",
        sources=(PayoutState.OUTCOME_UNRESOLVED,),
        target=PayoutState.RESOLUTION_PROPOSED,
        roles=(Role.OPERATOR,),
        guards=(NOTHING_STANDS,),
        required_facts=("proposed_outcome", "evidence"),
        needs_reasons=True,
        reason_codes=payouts.RESOLVE,
        updates=propose,
    ),
    Rule(
        event="resolve_paid",
        sources=(PayoutState.RESOLUTION_PROPOSED,),
        target=PayoutState.PAID,
        roles=(Role.FINANCE,),
        guards=(NOT_THE_PROPOSER, proposed("paid"), SAME_PROPOSAL),
        required_facts=("proposal",),
        needs_reasons=True,
        reason_codes=payouts.RESOLVE_PAID,
        updates=confirmed(paid),
        effect=effects.TELL_ORGANIZATION,
        webhook_type=WebhookType.PAYOUT_PAID,
    ),
    *(
        Rule(
            event="resolve_not_paid",
            sources=(PayoutState.RESOLUTION_PROPOSED,),
            target=target,
            roles=(Role.FINANCE,),
            guards=(NOT_THE_PROPOSER, proposed("not_paid"), SAME_PROPOSAL, NOTHING_STANDS, *guards),
            required_facts=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.RESOLVE,
            updates=confirmed(sets),
        )
        for target, guards, sets in NOT_SENT
    ),
    Rule(
        event="decline_resolution",
        sources=(PayoutState.RESOLUTION_PROPOSED,),
        target=PayoutState.OUTCOME_UNRESOLVED,
        roles=(Role.FINANCE,),
        guards=(SAME_PROPOSAL,),
        required_facts=("proposal",),
        needs_reasons=True,
        reason_codes=payouts.DECLINE,
        updates=lambda _: NO_PROPOSAL,
    ),
    Rule(
        event="withdraw_resolution",
        sources=(PayoutState.RESOLUTION_PROPOSED,),
        target=PayoutState.OUTCOME_UNRESOLVED,
        roles=(Role.OPERATOR,),
        guards=(OWN_PROPOSAL, SAME_PROPOSAL),
        required_facts=("proposal",),
        needs_reasons=True,
        reason_codes=payouts.WITHDRAW,
        updates=lambda _: NO_PROPOSAL,
    ),
)
