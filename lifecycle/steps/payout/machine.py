"""Payouts: sent on payment day, retried by themselves, never sent twice, watched for their return."""

from lifecycle.machine import Machine
from lifecycle.steps.payout.outcomes import OUTCOMES
from lifecycle.steps.payout.overpaid import contradicts
from lifecycle.steps.payout.resolved_by_people import RESOLUTION
from lifecycle.steps.payout.sending import SENDING
from lifecycle.steps.payout.states import STATES
from lifecycle.steps.payout.stopping import STOPPING
from models.documents import Payout

PAYOUT = Machine(
    name="payout",
    title="Payout",
    document=Payout,
    moves_money=True,
    checklist=(
        "The provider’s own record was looked at.",
        "The account in force is the one that was paid to.",
    ),
    states=STATES,
    rules=(*SENDING, *OUTCOMES, *RESOLUTION, *STOPPING),
    contradicts=contradicts,
)
