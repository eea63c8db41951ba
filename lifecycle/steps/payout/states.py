"""Where a payout can stand, and the groups of states from which the same may follow."""

from datetime import timedelta

from lifecycle.deadlines import after, field_due, in_words
from lifecycle.machine import Deadline, State, Tone
from lifecycle.steps.payout.attempts import (
    asked_daily,
    asked_doubling,
    retried,
)
from lifecycle.steps.payout.overpaid import STATES as OVERPAID
from lifecycle.steps.payout.owed_again import OWED
from lifecycle.steps.payout.owed_again import STATE as OWED_AGAIN
from models import effects
from models.commands import Role
from models.documents import Payout
from models.states import PayoutState

UNKNOWN = (PayoutState.OUTCOME_UNKNOWN, PayoutState.OUTCOME_UNRESOLVED, PayoutState.RESOLUTION_PROPOSED)
SENT = (PayoutState.SENDING, PayoutState.IN_TRANSIT, *UNKNOWN)
STOPPABLE = (
    PayoutState.SCHEDULED,
    PayoutState.RETRYING,
    PayoutState.AWAITING_APPROVAL,
    PayoutState.AWAITING_ACCOUNT,
    PayoutState.AWAITING_FUNDS,
)
STOPPED = (*STOPPABLE, PayoutState.HELD, PayoutState.DECLINED)
NOT_TAKEN = tuple(state for state in STOPPED if state != PayoutState.AWAITING_FUNDS)
"""Where a payout may stand whose attempt is not known to have reached the provider, and may still."""
UNAFFECTED = (
    *STOPPED,
    PayoutState.VOIDING,
    PayoutState.RETURNED,
    PayoutState.PAID,
    PayoutState.OVERPAID,
    PayoutState.PAID_IN_ERROR,
    OWED,
    *SENT,
)
ACT = field_due("act_at")

STATES: tuple[State[Payout], ...] = (
    State(
        name=PayoutState.AWAITING_APPROVAL,
        description="The payout is large, or came back before: the platform’s finance team must agree.",
        waits_for=Role.FINANCE,
        todo="Approve or cancel the payout of {amount}",
        news="resume_payment",
    ),
    State(
        name=PayoutState.SCHEDULED,
        description="The payout leaves on the next payment day.",
        waits_for=Role.CLOCK,
        deadlines=(
            Deadline(
                event="send",
                then="The payment is sent.",
                due=ACT,
                when=lambda p: "on the next payment day, a Friday by default",
            ),
        ),
        news="resume_payment",
    ),
    State(
        name=PayoutState.SENDING,
        description="The payment is being handed to the payment provider.",
        waits_for=Role.PROVIDER,
        deadlines=(
            Deadline(
                event="outcome_unknown",
                then="Without an answer by then, the payment provider is asked what became of the payment.",
                due=after(lambda p: p.sending_limit),
                when=lambda p: f"after {in_words(p.sending_limit)} without an answer",
            ),
        ),
        effect=effects.SEND_PAYMENT,
        news="resume_payment",
    ),
    State(
        name=PayoutState.IN_TRANSIT,
        description="The payment provider has the payment; banks take some working days.",
        waits_for=Role.PROVIDER,
        deadlines=(
            Deadline(
                event="ask",
                then="The payment provider is asked what became of the payment.",
                due=ACT,
                binding=False,
                when=asked_daily,
            ),
        ),
        news="resume_payment",
    ),
    State(
        name=PayoutState.RETRYING,
        description="The payment did not go through for a passing reason; it is tried again by itself.",
        waits_for=Role.CLOCK,
        deadlines=(Deadline(event="send", then="The payment is sent.", due=ACT, when=retried),),
    ),
    State(
        name=PayoutState.OUTCOME_UNKNOWN,
        description="It is unknown whether the payment provider took the payment; it is asked before anything else is done.",
        waits_for=Role.PROVIDER,
        deadlines=(
            Deadline(
                event="ask",
                then="The payment provider is asked what became of the payment.",
                due=ACT,
                binding=False,
                when=asked_doubling,
            ),
            Deadline(
                event="escalate",
                then="People of the platform must find out what became of the payment.",
                due=lambda d, p: d.unknown_since and d.unknown_since + p.unknown_escalate,
                when=lambda p: f"after a {in_words(p.unknown_escalate)} without an answer",
            ),
        ),
    ),
    State(
        name=PayoutState.OUTCOME_UNRESOLVED,
        description="The outcome stayed unknown for too long: the platform finds out what became of the payment.",
        waits_for=Role.OPERATOR,
        deadlines=(
            Deadline(
                event="ask",
                then="The payment provider is asked what became of the payment.",
                due=ACT,
                binding=False,
                when=asked_doubling,
            ),
        ),
        todo="Find out at the payment provider whether {amount} was paid, and propose the outcome",
        tone=Tone.BAD,
    ),
    State(
        name=PayoutState.RESOLUTION_PROPOSED,
        description="The platform has found out what became of the payment, and a second person must confirm it.",
        waits_for=Role.FINANCE,
        deadlines=(
            Deadline(
                event="ask",
                then="The payment provider is asked what became of the payment.",
                due=ACT,
                binding=False,
                when=asked_doubling,
            ),
        ),
        todo="Look at the evidence of what became of the payout of {amount}, then confirm or decline it",
    ),
    State(
        name=PayoutState.AWAITING_ACCOUNT,
        description="The payout account cannot be paid to; the payout goes on by itself once it can.",
        waits_for=Role.ADMIN,
        todo="Correct the payout account, so that {amount} can be paid to you",
        continues_in="payout_account.change",
        tone=Tone.BAD,
        news="fail_payment",
    ),
    State(
        name=PayoutState.AWAITING_FUNDS,
        description="The paying account lacks funds.",
        waits_for=Role.OPERATOR,
        todo="Fund the paying account, then try the payout of {amount} again",
        tone=Tone.BAD,
        news="fail_payment",
    ),
    State(
        name=PayoutState.DECLINED,
        description="The payment provider declined the payment for good.",
        waits_for=Role.OPERATOR,
        todo="Find out why the payout of {amount} was declined; try it again, or cancel it",
        tone=Tone.BAD,
        news="fail_payment",
    ),
    State(
        name=PayoutState.HELD,
        description="The platform holds the payout.",
        waits_for=Role.OPERATOR,
        todo="Release or cancel the payout of {amount}",
    ),
    State(
        name=PayoutState.PAID,
        description="The payment is made; it is watched for its return.",
        waits_for=None,
        deadlines=(
            Deadline(
                event="close",
                then="The time in which a payment can come back is over.",
                due=lambda d, p: d.paid_at and d.paid_at + timedelta(days=p.return_watch_days),
                when=lambda p: f"{p.return_watch_days} days after it was paid",
            ),
        ),
        tone=Tone.GOOD,
        news="pay",
    ),
    State(
        name=PayoutState.RETURNED,
        description="The payment came back; the amount is owed again. The payout account must be corrected.",
        waits_for=Role.ADMIN,
        todo="Correct the payout account, so that {amount} can be paid to you",
        continues_in="payout_account.change",
        tone=Tone.BAD,
        news="return_payment",
    ),
    State(
        name=PayoutState.VOIDING,
        description="The payout is being cancelled; its payment may still be on its way and is stopped first.",
        waits_for=Role.PROVIDER,
        deadlines=(
            Deadline(
                event="ask",
                then="The payment provider is asked what became of the payment.",
                due=ACT,
                binding=False,
                when=asked_doubling,
            ),
        ),
        effect=effects.VOID_PAYMENT,
    ),
    *OVERPAID,
    OWED_AGAIN,
    State(
        name=PayoutState.CLOSED,
        description="Paid, and the time for returns is over.",
        final=True,
        tone=Tone.GOOD,
        news="close",
    ),
    State(name=PayoutState.CANCELLED, description="The payout was cancelled.", final=True, news="cancel"),
)
