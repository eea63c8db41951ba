"""When a provider takes its last word back: payments that leave although their attempt was given up.

Its word is asked for again before it is believed (``recheck``). An attempt that it has after all counts, if no other
one does: then the payout is paid. Else money leaves twice, and what is too much is claimed back: it is booked as
``overpaid``, and waits for finance until it is back.
"""

from collections.abc import Callable

from lifecycle.deadlines import field_due
from lifecycle.machine import Context, Deadline, Facts, Guard, Rule, State, Tone
from lifecycle.steps.payout.attempts import CODE, SETTLED, ask_tomorrow, asked_daily, in_transit, paid
from lifecycle.steps.payout.owed_again import OWED
from lifecycle.steps.payout.owed_again import SETTLED as ARRIVED
from models import effects
from models.commands import Command, Role
from models.documents import Payout
from models.money import Money
from models.reasons import payouts
from models.states import PayoutState
from models.webhooks import WebhookType

Sets = Callable[[Context[Payout]], Facts]

MOVING = ("accept", "pay")
ENDED = ("fail_transient", "fail_account", "fail_payer", "fail_final", "return")
"""What a provider says of an attempt: it has the payment, or has it no longer."""

LATE = ("accept_late", "pay_late", "end_late")
"""What it answers when it is asked again about an attempt that was given up."""

TELLING = (
    "You may have been paid more than what is owed to you. Please leave in your account what is too much; "
    "the platform will get in touch."
)


def contradicts(payout: Payout, command: Command) -> bool:
    """Whether a provider's word says something else of an attempt than what was believed of it."""
    reference, event = command.reference, command.event
    if command.actor.role is not Role.PROVIDER or reference is None or not payout.has_sent(reference):
        return False
    if reference in payout.duplicates:
        return event in (*ENDED, "ask")
    if reference in payout.owed_again:
        return event in (*MOVING, "ask")
    settled = payout.state in (*ARRIVED, OWED)
    if not payout.counts(reference):
        # It may have been paid back by the organization, and has come back all the same.
        return event in (*MOVING, "ask") or (settled and event in ENDED)
    # What fails after it was paid has come back, whatever the provider calls that.
    failed = event in ENDED and event != "return"
    match payout.state:
        case PayoutState.PAID:
            return failed
        case PayoutState.OVERPAID:
            return failed or event == "ask"
        case PayoutState.CLOSED | PayoutState.OWED_AGAIN:
            return event in (*ENDED, "ask")
    return False


# ---------------------------------------------------------------------- what changes


def with_duplicates(payout: Payout, duplicates: list[str]) -> Facts:
    """The payments that are too many, and what they come to."""
    too_much = Money(amount=payout.amount.amount * len(duplicates), currency=payout.amount.currency)
    return {"duplicates": duplicates, "overpaid": too_much if duplicates else None}


def by_that_attempt(sets: Sets) -> Sets:
    """The same of the attempt that was given up, which is the one that counts."""
    return lambda context: {**sets(context), "reference": context.command.reference}


def takes_the_place(context: Context[Payout]) -> Facts:
    """The attempt that was given up is paid, and so may be the one that took its place."""
    payout: Payout = context.document
    assert payout.reference is not None
    return {
        **paid(context),
        **with_duplicates(payout, [*payout.duplicates, payout.reference]),
        "reference": context.command.reference,
        "act_at": context.now + context.policy.ask_again,
    }


def is_too_much(context: Context[Payout]) -> Facts:
    """The attempt that was given up is paid besides."""
    payout: Payout = context.document
    return {
        **with_duplicates(payout, [*payout.duplicates, str(context.command.reference)]),
        "act_at": context.now + context.policy.ask_again,
    }


def without(context: Context[Payout], gone: str) -> Facts:
    """One payment less that is too many; nothing is asked any more once there is none."""
    payout: Payout = context.document
    rest = [reference for reference in payout.duplicates if reference != gone]
    return {**with_duplicates(payout, rest), "act_at": payout.act_at if rest else None}


def ended(context: Context[Payout]) -> Facts:
    """A payment that was too many has failed, or has come back by itself."""
    return without(context, str(context.command.reference))


def recovered(context: Context[Payout]) -> Facts:
    """What one payment too many came to is back."""
    return without(context, context.document.duplicates[0])


def another_counts(context: Context[Payout]) -> Facts:
    """The payment that counted has come back: one that was too many takes its place."""
    counting = context.document.duplicates[0]
    return {**without(context, counting), **SETTLED, "reference": counting}


def asked_in_turn(context: Context[Payout]) -> str:
    """The attempts that the provider has, one after the other."""
    payout: Payout = context.document
    every = [*payout.duplicates, *([payout.reference] if payout.state == PayoutState.OVERPAID else [])]
    return str(every[payout.asks % len(every)])


# ---------------------------------------------------------------------- what is asked of a command

OURS: Guard[Payout] = Guard(
    code="nothing_sent",
    reason="No payment has been sent that this could be about.",
    holds=lambda c: c.command.reference is not None and c.document.has_sent(c.command.reference),
)
NEW: Guard[Payout] = Guard(
    code="known_already",
    reason="This payment is known already.",
    holds=lambda c: (
        c.command.reference not in c.document.duplicates and not c.document.counts(c.command.reference)
    ),
)
TOO_MUCH: Guard[Payout] = Guard(
    code="no_duplicate",
    reason="This payment is not one too many.",
    holds=lambda c: c.command.reference in c.document.duplicates,
)
ONE: Guard[Payout] = Guard(
    code="several_duplicates",
    reason="More than one payment is too many.",
    holds=lambda c: len(c.document.duplicates) == 1,
)

OVER: Guard[Payout] = Guard(
    code="still_watched", reason="The time for returns is not over.", holds=lambda c: not c.document.watched
)

ONE_LESS: tuple[tuple[PayoutState, PayoutState, tuple[Guard[Payout], ...]], ...] = (
    (PayoutState.OVERPAID, PayoutState.CLOSED, (ONE, OVER)),
    (PayoutState.OVERPAID, PayoutState.PAID, (ONE,)),
    (PayoutState.OVERPAID, PayoutState.OVERPAID, ()),
    (PayoutState.PAID_IN_ERROR, PayoutState.CANCELLED, (ONE,)),
    (PayoutState.PAID_IN_ERROR, PayoutState.PAID_IN_ERROR, ()),
)
"""Where a payout stands, and why, when one payment too many is back."""

ASK = Deadline(
    event="ask",
    then="The payment provider is asked what became of the payment.",
    due=field_due("act_at"),
    binding=False,
    when=asked_daily,
)

STATES: tuple[State[Payout], ...] = (
    State(
        name=PayoutState.OVERPAID,
        description="The payment provider has, or may have, paid this more than once: what is too much must come back.",
        waits_for=Role.FINANCE,
        deadlines=(ASK,),
        todo="Have the second payment stopped or reversed at the payment provider, or paid back by the organization; "
        "then record it",
        tone=Tone.BAD,
        news="pay",
    ),
    State(
        name=PayoutState.PAID_IN_ERROR,
        description="The payout was cancelled, and was paid all the same: the payment must come back.",
        waits_for=Role.FINANCE,
        deadlines=(ASK,),
        todo="Have the payment reversed at the payment provider, or paid back by the organization; then record it",
        tone=Tone.BAD,
    ),
)


def rules(stopped: tuple[PayoutState, ...], sent: tuple[PayoutState, ...]) -> tuple[Rule[Payout], ...]:
    """The rules of what a provider says of attempts that were given up.

    Args:
        stopped: the states in which nothing is known to be with the provider.
        sent: those in which an attempt may be.
    """
    everywhere = (
        *stopped,
        *sent,
        PayoutState.VOIDING,
        PayoutState.PAID,
        PayoutState.CLOSED,
        PayoutState.CANCELLED,
        PayoutState.OVERPAID,
        PayoutState.PAID_IN_ERROR,
        OWED,
    )
    return (
        *(
            Rule(
                event="recheck",
                sources=(state,),
                target=state,
                guards=(OURS,),
                effect=effects.RECHECK_PAYMENT,
                effect_reference=lambda c: str(c.command.reference),
                roles=(Role.PROVIDER,),
                of_any_attempt=True,
            )
            for state in everywhere
        ),
        *(
            Rule(
                event=event,
                sources=(*stopped, PayoutState.VOIDING),
                target=target,
                guards=(OURS,),
                updates=sets,
                effect=effects.TELL_ORGANIZATION,
                roles=(Role.PROVIDER,),
                of_any_attempt=True,
                webhook_type=WebhookType.PAYOUT_PAID
                if target == PayoutState.PAID
                else WebhookType.PAYOUT_SENT,
            )
            for event, target, sets in (
                ("accept_late", PayoutState.IN_TRANSIT, by_that_attempt(in_transit)),
                ("pay_late", PayoutState.PAID, by_that_attempt(paid)),
            )
        ),
        *(
            Rule(
                event=event,
                sources=sources,
                target=target,
                guards=(OURS, NEW),
                updates=sets,
                effect=effect,
                notification=TELLING,
                roles=(Role.PROVIDER,),
                of_any_attempt=True,
                webhook_type=WebhookType.PAYOUT_OVERPAID,
            )
            for event in ("accept_late", "pay_late")
            for sources, target, sets, effect in (
                (sent, PayoutState.OVERPAID, takes_the_place, effects.TELL_ORGANIZATION),
                ((PayoutState.PAID, PayoutState.CLOSED), PayoutState.OVERPAID, is_too_much, None),
                ((PayoutState.OVERPAID,), PayoutState.OVERPAID, is_too_much, None),
                ((PayoutState.CANCELLED,), PayoutState.PAID_IN_ERROR, is_too_much, None),
                ((PayoutState.PAID_IN_ERROR,), PayoutState.PAID_IN_ERROR, is_too_much, None),
            )
        ),
        *(
            Rule(
                event="end_late",
                sources=(source,),
                target=target,
                guards=(TOO_MUCH, *guards),
                updates=ended,
                roles=(Role.PROVIDER,),
                of_any_attempt=True,
                webhook_type=WebhookType.PAYOUT_RECOVERED,
            )
            for source, target, guards in ONE_LESS
        ),
        *(
            Rule(
                event="recover",
                sources=(source,),
                target=target,
                roles=(Role.FINANCE,),
                guards=guards,
                required_facts=("evidence",),
                needs_reasons=True,
                reason_codes=payouts.RECOVER,
                updates=recovered,
                notification="A payment that was made to you in error is back with the platform.",
                webhook_type=WebhookType.PAYOUT_RECOVERED,
            )
            for source, target, guards in ONE_LESS
        ),
        *(
            Rule(
                event="return",
                sources=(source,),
                target=target,
                roles=(Role.PROVIDER,),
                guards=guards,
                required_facts=CODE,
                updates=another_counts,
                webhook_type=WebhookType.PAYOUT_RECOVERED,
            )
            for source, target, guards in ONE_LESS
            if source == "overpaid"
        ),
        *(
            Rule(
                event="ask",
                sources=(state,),
                target=state,
                roles=(Role.CLOCK,),
                updates=ask_tomorrow,
                effect=effects.RECHECK_PAYMENT,
                effect_reference=asked_in_turn,
            )
            for state in (PayoutState.OVERPAID, PayoutState.PAID_IN_ERROR)
        ),
    )
