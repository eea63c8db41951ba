"""When money comes back of which the books were closed: after the time for returns, or although it was paid back by hand.

The provider is asked (``recheck``) before it is believed. What has come back is owed to the organization again: it
is booked against ``overpaid``, waits for finance until it was paid in another way, and is recorded as such.
"""

from collections.abc import Mapping
from typing import Any

from lifecycle.machine import Context, Guard, Rule, State
from models.commands import Role
from models.documents import Payout
from models.money import Money
from models.reasons import payouts

SETTLED = ("paid", "closed")
"""The states of a payout whose payment has arrived, as far as is known."""

OWED = "owed_again"

TELLING = (
    "A payment to you has come back to the platform, and is owed to you again. Nothing is needed from you; "
    "the platform will get in touch."
)
PAID_AGAIN = "What had come back to the platform of a payment to you was paid to you in another way."


def with_owed(payout: Payout, owed: list[str]) -> dict[str, Any]:
    """The payments that have come back unexpectedly, and what they come to."""
    amount = Money(amount=payout.amount.amount * len(owed), currency=payout.amount.currency)
    return {"owed_again": owed, "owed": amount if owed else None}


def came_back(context: Context) -> Mapping[str, Any]:
    """One payment more has come back."""
    payout: Payout = context.document
    return with_owed(payout, [*payout.owed_again, str(context.command.reference)])


def paid_otherwise(context: Context) -> Mapping[str, Any]:
    """What one of them came to was paid in another way."""
    payout: Payout = context.document
    return with_owed(payout, payout.owed_again[1:])


def there_after_all(context: Context) -> Mapping[str, Any]:
    """One of them is with the organization after all."""
    payout: Payout = context.document
    return with_owed(payout, [one for one in payout.owed_again if one != context.command.reference])


ARRIVED = Guard(
    "not_arrived",
    "No payment of this reference was made and has stayed.",
    lambda c: (
        c.command.reference is not None
        and c.document.has_sent(c.command.reference)
        and c.command.reference not in (*c.document.owed_again, *c.document.duplicates)
    ),
)
COUNTS = Guard(
    "not_owed_again",
    "This payment has not come back.",
    lambda c: c.document.counts(c.command.reference) and c.command.reference in c.document.owed_again,
)
ONE = Guard("several_owed", "More than one payment has come back.", lambda c: len(c.document.owed_again) == 1)
OVER = Guard("still_watched", "The time for returns is not over.", lambda c: not c.document.watched)

ONE_LESS: tuple[tuple[str, tuple[Guard, ...]], ...] = (("closed", (ONE, OVER)), ("paid", (ONE,)), (OWED, ()))
"""Where a payout stands, and why, when one payment less is owed again."""

STATE = State(
    OWED,
    "A payment has come back after it was settled, and is owed to the organization again.",
    Role.FINANCE,
    todo="Pay the organization in another way, then record it",
)

RULES = (
    *(
        Rule(
            "return_late",
            (source,),
            OWED,
            (Role.PROVIDER,),
            (ARRIVED,),
            of_any_attempt=True,
            sets=came_back,
            meaning=TELLING,
        )
        for source in (*SETTLED, OWED)
    ),
    *(
        Rule(
            "settle",
            (OWED,),
            target,
            (Role.FINANCE,),
            guards,
            takes=("evidence",),
            needs_reasons=True,
            reason_codes=payouts.SETTLE,
            sets=paid_otherwise,
            meaning=PAID_AGAIN,
        )
        for target, guards in ONE_LESS
    ),
    *(
        Rule(
            "pay_late",
            (OWED,),
            target,
            (Role.PROVIDER,),
            (COUNTS, *guards),
            of_any_attempt=True,
            sets=there_after_all,
        )
        for target, guards in ONE_LESS
    ),
)
