"""Who has agreed to a payout, and to what: exactly this amount, to exactly this account."""

from lifecycle.machine import Context, Guard
from models.documents import Payout

NO_APPROVAL = {"approved_by": None, "approved_digest": None}
"""Nobody has agreed yet, or what was agreed to is something else now."""

SMALL: Guard[Payout] = Guard(
    code="needs_approval",
    reason="The platform’s finance team must agree to this payout.",
    holds=lambda c: c.proposed.amount.amount <= c.policy.payout_approval_above and not c.proposed.returned,
)
NOT_THE_INITIATOR: Guard[Payout] = Guard(
    code="four_eyes",
    reason="Whoever approved the invoice may not approve its payout; another person must.",
    holds=lambda c: c.command.actor.id != c.document.initiated_by,
)
WHAT_WAS_SEEN: Guard[Payout] = Guard(
    code="approval_of_something_else",
    reason="The amount or the account is another one now; read both again, then approve.",
    holds=lambda c: c.proposed.approved_digest == c.document.proposed_digest,
    needs_facts=True,
)


def is_approved(context: Context[Payout]) -> bool:
    """Whether whoever must agree has agreed, to this very amount and account."""
    return SMALL.holds(context) or context.document.approved_digest == context.proposed.proposed_digest


APPROVED = Guard(
    code="not_approved",
    reason="The platform’s finance team must agree to this payout first.",
    holds=is_approved,
)
NOT_APPROVED: Guard[Payout] = Guard(
    code="approved", reason="This payout is approved.", holds=lambda c: not is_approved(c)
)
