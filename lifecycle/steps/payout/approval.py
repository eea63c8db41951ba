"""Who has agreed to a payout, and to what: exactly this amount, to exactly this account."""

from lifecycle.machine import Context, Guard

NO_APPROVAL = {"approved_by": None, "approved_digest": None}
"""Nobody has agreed yet, or what was agreed to is something else now."""

SMALL = Guard(
    "needs_approval",
    "A finance approver must agree to this payout.",
    lambda c: c.proposed.amount.amount <= c.policy.payout_approval_above and not c.proposed.returned,
)
NOT_THE_INITIATOR = Guard(
    "four_eyes",
    "Whoever approved the invoice may not approve its payout; another person must.",
    lambda c: c.command.actor.id != c.document.initiated_by,
)
WHAT_WAS_SEEN = Guard(
    "approval_of_something_else",
    "Read the amount and the account again, and name the digest of what you approve.",
    lambda c: c.proposed.approved_digest == c.document.proposed_digest,
    needs_facts=True,
)


def is_approved(context: Context) -> bool:
    """Whether whoever must agree has agreed, to this very amount and account."""
    return SMALL.holds(context) or context.document.approved_digest == context.proposed.proposed_digest


APPROVED = Guard("not_approved", "A finance approver must agree to this payout first.", is_approved)
NOT_APPROVED = Guard("approved", "This payout is approved.", lambda c: not is_approved(c))
