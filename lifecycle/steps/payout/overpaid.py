"""When a provider takes its last word back: payments that leave although their attempt was given up.

Its word is asked for again before it is believed (``recheck``). An attempt that it has after all counts, if no other
one does: then the payout is paid. Else money leaves twice, and what is too much is claimed back: it is booked as
``overpaid``, and waits for finance until it is back.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lifecycle.deadlines import field_due
from lifecycle.machine import Context, Deadline, Guard, Rule, State
from lifecycle.steps.payout.attempts import CODE, SETTLED, ask_tomorrow, asked_daily, in_transit, paid
from lifecycle.steps.payout.owed_again import OWED
from lifecycle.steps.payout.owed_again import SETTLED as ARRIVED
from models.commands import Command, Role
from models.documents import Payout
from models.money import Money
from models.reasons import payouts

Sets = Callable[[Context], Mapping[str, Any]]

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
        case "paid":
            return failed
        case "overpaid":
            return failed or event == "ask"
        case "closed" | "owed_again":
            return event in (*ENDED, "ask")
    return False


# ---------------------------------------------------------------------- what changes


def with_duplicates(payout: Payout, duplicates: list[str]) -> dict[str, Any]:
    """The payments that are too many, and what they come to."""
    too_much = Money(amount=payout.amount.amount * len(duplicates), currency=payout.amount.currency)
    return {"duplicates": duplicates, "overpaid": too_much if duplicates else None}


def by_that_attempt(sets: Sets) -> Sets:
    """The same of the attempt that was given up, which is the one that counts."""
    return lambda context: {**sets(context), "reference": context.command.reference}


def takes_the_place(context: Context) -> Mapping[str, Any]:
    """The attempt that was given up is paid, and so may be the one that took its place."""
    payout: Payout = context.document
    assert payout.reference is not None
    return {
        **paid(context),
        **with_duplicates(payout, [*payout.duplicates, payout.reference]),
        "reference": context.command.reference,
        "act_at": context.now + context.policy.ask_again,
    }


def is_too_much(context: Context) -> Mapping[str, Any]:
    """The attempt that was given up is paid besides."""
    payout: Payout = context.document
    return {
        **with_duplicates(payout, [*payout.duplicates, str(context.command.reference)]),
        "act_at": context.now + context.policy.ask_again,
    }


def without(context: Context, gone: str) -> Mapping[str, Any]:
    """One payment less that is too many; nothing is asked any more once there is none."""
    payout: Payout = context.document
    rest = [reference for reference in payout.duplicates if reference != gone]
    return {**with_duplicates(payout, rest), "act_at": payout.act_at if rest else None}


def ended(context: Context) -> Mapping[str, Any]:
    """A payment that was too many has failed, or has come back by itself."""
    return without(context, str(context.command.reference))


def recovered(context: Context) -> Mapping[str, Any]:
    """What one payment too many came to is back."""
    return without(context, context.document.duplicates[0])


def another_counts(context: Context) -> Mapping[str, Any]:
    """The payment that counted has come back: one that was too many takes its place."""
    counting = context.document.duplicates[0]
    return {**without(context, counting), **SETTLED, "reference": counting}


def asked_in_turn(context: Context) -> str:
    """The attempts that the provider has, one after the other."""
    payout: Payout = context.document
    every = [*payout.duplicates, *([payout.reference] if payout.state == "overpaid" else [])]
    return str(every[payout.asks % len(every)])


# ---------------------------------------------------------------------- what is asked of a command

OURS = Guard(
    "nothing_sent",
    "No payment has been sent that this could be about.",
    lambda c: c.command.reference is not None and c.document.has_sent(c.command.reference),
)
NEW = Guard(
    "known_already",
    "This payment is known already.",
    lambda c: c.command.reference not in c.document.duplicates and not c.document.counts(c.command.reference),
)
TOO_MUCH = Guard(
    "no_duplicate",
    "This payment is not one too many.",
    lambda c: c.command.reference in c.document.duplicates,
)
ONE = Guard(
    "several_duplicates", "More than one payment is too many.", lambda c: len(c.document.duplicates) == 1
)

OVER = Guard("still_watched", "The time for returns is not over.", lambda c: not c.document.watched)

ONE_LESS: tuple[tuple[str, str, tuple[Guard, ...]], ...] = (
    ("overpaid", "closed", (ONE, OVER)),
    ("overpaid", "paid", (ONE,)),
    ("overpaid", "overpaid", ()),
    ("paid_in_error", "cancelled", (ONE,)),
    ("paid_in_error", "paid_in_error", ()),
)
"""Where a payout stands, and why, when one payment too many is back."""

ASK = Deadline("ask", field_due("act_at"), binding=False, when=asked_daily)

STATES = (
    State(
        "overpaid",
        "The provider has, or may have, paid this more than once: what is too much must come back.",
        Role.FINANCE,
        (ASK,),
        todo="Have the second payment stopped or reversed at the provider, or paid back by the organization; "
        "then record it",
    ),
    State(
        "paid_in_error",
        "The payout was cancelled, and the provider has paid it all the same: the payment must come back.",
        Role.FINANCE,
        (ASK,),
        todo="Have the payment reversed at the provider, or paid back by the organization; then record it",
    ),
)


def rules(stopped: tuple[str, ...], sent: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of what a provider says of attempts that were given up.

    Args:
        stopped: the states in which nothing is known to be with the provider.
        sent: those in which an attempt may be.
    """
    everywhere = (
        *stopped,
        *sent,
        "voiding",
        "paid",
        "closed",
        "cancelled",
        "overpaid",
        "paid_in_error",
        OWED,
    )
    word: dict[str, Any] = {"by": (Role.PROVIDER,), "of_any_attempt": True}
    return (
        *(
            Rule(
                "recheck",
                (state,),
                state,
                guards=(OURS,),
                effect="recheck_payment",
                asks=lambda c: str(c.command.reference),
                **word,
            )
            for state in everywhere
        ),
        *(
            Rule(
                event,
                (*stopped, "voiding"),
                target,
                guards=(OURS,),
                sets=sets,
                effect="tell_organization",
                **word,
            )
            for event, target, sets in (
                ("accept_late", "in_transit", by_that_attempt(in_transit)),
                ("pay_late", "paid", by_that_attempt(paid)),
            )
        ),
        *(
            Rule(
                event,
                sources,
                target,
                guards=(OURS, NEW),
                sets=sets,
                effect=effect,
                meaning=TELLING,
                **word,
            )
            for event in ("accept_late", "pay_late")
            for sources, target, sets, effect in (
                (sent, "overpaid", takes_the_place, "tell_organization"),
                (("paid", "closed"), "overpaid", is_too_much, None),
                (("overpaid",), "overpaid", is_too_much, None),
                (("cancelled",), "paid_in_error", is_too_much, None),
                (("paid_in_error",), "paid_in_error", is_too_much, None),
            )
        ),
        *(
            Rule("end_late", (source,), target, guards=(TOO_MUCH, *guards), sets=ended, **word)
            for source, target, guards in ONE_LESS
        ),
        *(
            Rule(
                "recover",
                (source,),
                target,
                (Role.FINANCE,),
                guards,
                takes=("evidence",),
                needs_reasons=True,
                reason_codes=payouts.RECOVER,
                sets=recovered,
                meaning="A payment that was made to you in error is back with the platform.",
            )
            for source, target, guards in ONE_LESS
        ),
        *(
            Rule("return", (source,), target, (Role.PROVIDER,), guards, takes=CODE, sets=another_counts)
            for source, target, guards in ONE_LESS
            if source == "overpaid"
        ),
        *(
            Rule(
                "ask",
                (state,),
                state,
                (Role.CLOCK,),
                sets=ask_tomorrow,
                effect="recheck_payment",
                asks=asked_in_turn,
            )
            for state in ("overpaid", "paid_in_error")
        ),
    )
