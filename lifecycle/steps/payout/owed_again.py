"""When money comes back of which the books were closed: after the time for returns, or although it was paid back by hand.

The provider is asked (``recheck``) before it is believed. What has come back is owed to the organization again: it
is booked against ``overpaid``, waits for finance until it was paid in another way, and is recorded as such.
"""

from typing import Final

from lifecycle.machine import Context, Facts, Guard, Rule, State, Tone
from models.commands import Role
from models.documents import Payout
from models.money import Money
from models.reasons import payouts
from models.states import PayoutState
from models.webhooks import WebhookType

SETTLED = (PayoutState.PAID, PayoutState.CLOSED)
"""The states of a payout whose payment has arrived, as far as is known."""

OWED: Final = PayoutState.OWED_AGAIN

TELLING = (
    "A payment to you has come back to the platform, and is owed to you again. Nothing is needed from you; "
    "the platform will get in touch."
)
PAID_AGAIN = "What had come back to the platform of a payment to you was paid to you in another way."


def with_owed(payout: Payout, owed: list[str]) -> Facts:
    """The payments that have come back unexpectedly, and what they come to."""
    amount = Money(amount=payout.amount.amount * len(owed), currency=payout.amount.currency)
    return {"owed_again": owed, "owed": amount if owed else None}


def came_back(context: Context[Payout]) -> Facts:
    """One payment more has come back."""
    payout: Payout = context.document
    return with_owed(payout, [*payout.owed_again, str(context.command.reference)])


def paid_otherwise(context: Context[Payout]) -> Facts:
    """What one of them came to was paid in another way."""
    payout: Payout = context.document
    return with_owed(payout, payout.owed_again[1:])


def there_after_all(context: Context[Payout]) -> Facts:
    """One of them is with the organization after all."""
    payout: Payout = context.document
    return with_owed(payout, [one for one in payout.owed_again if one != context.command.reference])


ARRIVED: Guard[Payout] = Guard(
    code="not_arrived",
    reason="No payment of this reference was made and has stayed.",
    holds=lambda c: (
        c.command.reference is not None
        and c.document.has_sent(c.command.reference)
        and c.command.reference not in (*c.document.owed_again, *c.document.duplicates)
    ),
)
COUNTS: Guard[Payout] = Guard(
    code="not_owed_again",
    reason="This payment has not come back.",
    holds=lambda c: c.document.counts(c.command.reference) and c.command.reference in c.document.owed_again,
)
ONE: Guard[Payout] = Guard(
    code="several_owed",
    reason="More than one payment has come back.",
    holds=lambda c: len(c.document.owed_again) == 1,
)
OVER: Guard[Payout] = Guard(
    code="still_watched", reason="The time for returns is not over.", holds=lambda c: not c.document.watched
)

ONE_LESS: tuple[tuple[PayoutState, tuple[Guard[Payout], ...]], ...] = (
    (PayoutState.CLOSED, (ONE, OVER)),
    (PayoutState.PAID, (ONE,)),
    (OWED, ()),
)
"""Where a payout stands, and why, when one payment less is owed again."""

STATE: State[Payout] = State(
    name=OWED,
    description="A payment has come back after it was settled, and is owed to the organization again.",
    waits_for=Role.FINANCE,
    todo="Pay the organization in another way, then record it",
    tone=Tone.BAD,
    news="pay",
)

RULES: tuple[Rule[Payout], ...] = (
    *(
        Rule(
            event="return_late",
            sources=(source,),
            target=OWED,
            roles=(Role.PROVIDER,),
            guards=(ARRIVED,),
            of_any_attempt=True,
            updates=came_back,
            notification=TELLING,
            webhook_type=WebhookType.PAYOUT_RETURNED,
        )
        for source in (*SETTLED, OWED)
    ),
    *(
        Rule(
            event="settle",
            sources=(OWED,),
            target=target,
            roles=(Role.FINANCE,),
            guards=guards,
            required_facts=("evidence",),
            needs_reasons=True,
            reason_codes=payouts.SETTLE,
            updates=paid_otherwise,
            notification=PAID_AGAIN,
            webhook_type=WebhookType.PAYOUT_SETTLED,
        )
        for target, guards in ONE_LESS
    ),
    *(
        Rule(
            event="pay_late",
            sources=(OWED,),
            target=target,
            roles=(Role.PROVIDER,),
            guards=(COUNTS, *guards),
            of_any_attempt=True,
            updates=there_after_all,
            webhook_type=WebhookType.PAYOUT_PAID,
        )
        for target, guards in ONE_LESS
    ),
)
