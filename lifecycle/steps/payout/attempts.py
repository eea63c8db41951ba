"""What the rules of a payout look at, and what they change: accounts, attempts, waits."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from lifecycle.deadlines import in_words
from lifecycle.machine import Context, Facts, Guard
from lifecycle.steps.payout.approval import NO_APPROVAL
from lifecycle.steps.payout.resolution import NO_PROPOSAL
from models.documents import Payout
from models.programme.clock import add_working_days, next_weekday, working_day
from models.programme.policy import Policy
from models.reasons.failures import EVENTS, NO_FAILURE, FailureClass
from models.reasons.payouts import TRANSFER_REVERSED

CODE = ("failure_code",)
CLASSES: Mapping[str, FailureClass] = {
    **{event: failure_class for failure_class, event in EVENTS.items()},
    "not_received": FailureClass.TRANSIENT,
    "resolve_not_paid": FailureClass.TRANSIENT,
    "return": FailureClass.ACCOUNT,
}
"""The class of failure that each event is about: a provider's own word, or what comes to the same."""

# ---------------------------------------------------------------------- whether the account can be paid to


def is_usable(context: Context[Payout]) -> bool:
    """Whether the account may be paid to, and is not the very one that the bank has refused."""
    payout = context.proposed
    refused = payout.refused_account is not None and payout.refused_account == payout.account_submission_id
    return payout.account_usable and not refused


def sent_elsewhere(context: Context[Payout]) -> bool:
    """Whether a usable account has taken the place of the one that the attempt was sent to."""
    payout = context.document
    return is_usable(context) and payout.sent_to != payout.account_submission_id


USABLE = Guard(
    code="account_not_usable",
    reason="The payout account cannot be paid to now; the payout goes on by itself once it can.",
    holds=is_usable,
)
NOT_USABLE: Guard[Payout] = Guard(
    code="account_usable", reason="The payout account can be paid to.", holds=lambda c: not is_usable(c)
)
OTHER_ACCOUNT = Guard(
    code="no_other_account",
    reason="No other account has taken the place of the refused one.",
    holds=sent_elsewhere,
)


def new_account(context: Context[Payout]) -> Facts:
    """What is heard of the account; an approval was given for one account, and another needs a new one."""
    usable = is_usable(context)
    same = context.proposed.account_submission_id == context.document.account_submission_id
    refused = context.proposed.account_usable and not usable
    return {
        "account_usable": usable,
        "blocked_by": "broken" if refused else context.brought("blocked_by", context.proposed.blocked_by),
        **({} if same else NO_APPROVAL),
    }


def wait_with_account(context: Context[Payout]) -> Facts:
    """What is heard of the account stops the payout; its payment day is kept in mind."""
    return {**new_account(context), "act_at": None}


# ---------------------------------------------------------------------- when it leaves


def set_pay_day(context: Context[Payout]) -> Facts:
    """The next payment day, which a payout that must wait for something else may miss."""
    return {"pay_day": next_weekday(context.now, context.policy.payout_weekday)}


def pay_on(context: Context[Payout]) -> Facts:
    """The next payment day; it is what the payout waits for."""
    day = next_weekday(context.now, context.policy.payout_weekday)
    return {"pay_day": day, "act_at": day, "blocked_by": None}


def at_once(context: Context[Payout]) -> Facts:
    """What held it is mended: it goes on at once, on a working day, if its payment day has passed."""
    now = working_day(context.now)
    return {
        "act_at": max(now, context.document.pay_day or now),
        **NO_FAILURE,
        "blocked_by": None,
        "tries": 0,
    }


def go_on(context: Context[Payout]) -> Facts:
    """The account can be paid to again: the payout goes on at once."""
    return {**at_once(context), **new_account(context)}


def spread(context: Context[Payout]) -> float:
    """A number between 0 and 1 that differs between payouts and tries, the same at each replay."""
    seed = f"{context.document.id}/{context.document.attempt}/{context.document.tries}"
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32


# ---------------------------------------------------------------------- one attempt and its outcome

ANSWERED: Facts = {"unknown_since": None, **NO_PROPOSAL}
"""The outcome is unknown no longer."""


def handed_over(context: Context[Payout]) -> Facts:
    """What is sent now, committed before the provider is called.

    What the provider has not taken may still be on its way to it: it is sent again as the same attempt, under the
    same reference, of which the provider takes one. Only what it has failed for good is followed by a new attempt.
    """
    payout = context.document
    attempt = payout.attempt if payout.not_taken else payout.attempt + 1
    return {
        "attempt": attempt,
        "not_taken": False,
        "reference": payout.reference_of(attempt),
        "sent_to": context.document.account_submission_id,
        "sent_at": context.now,
        "asks": 0,
        "act_at": None,
        **ANSWERED,
    }


def void_first(context: Context[Payout]) -> Facts:
    """What may still be on its way is stopped first, under its own reference."""
    act_at = context.now + context.policy.unknown_ask.wait(1, 0)
    return {"reference": context.document.reference, "asks": 1, "act_at": act_at}


SETTLED: Facts = {
    "not_taken": False,
    **NO_FAILURE,
    **ANSWERED,
    "asks": 0,
    "tries": 0,
}


def in_transit(context: Context[Payout]) -> Facts:
    """The provider has it: after the days that banks take, it is asked."""
    return {**SETTLED, "act_at": add_working_days(context.now, context.policy.transit_days)}


def paid(context: Context[Payout]) -> Facts:
    """The money is there; from now on its return is watched for."""
    return {**SETTLED, "act_at": None, "paid_at": context.now}


def not_taken(context: Context[Payout]) -> bool:
    """Whether the attempt that ends here may still reach the provider: nobody has failed it for good."""
    if context.command.event == "resolve_not_paid":
        return TRANSFER_REVERSED not in {reason.code for reason in context.command.reasons}
    return context.command.event == "not_received" or bool(
        context.brought("not_taken", context.proposed.not_taken)
    )


def retry_later(context: Context[Payout]) -> Facts:
    """When to try again: fast at first, then slowly, never sooner than the provider asked for."""
    tries = context.document.tries + 1
    wait = context.policy.payout_retry.wait(tries, spread(context))
    asked = context.brought("retry_after_seconds", context.proposed.retry_after_seconds)
    asked_for = timedelta(seconds=asked or 0)
    return {
        "tries": tries,
        "not_taken": not_taken(context),
        "act_at": context.now + max(wait, asked_for),
        "failure_class": CLASSES[context.command.event],
        "failure_code": context.brought("failure_code", context.proposed.failure_code)
        or context.document.failure_code,
        **ANSWERED,
    }


def ask_later(context: Context[Payout]) -> Facts:
    """When to ask about an unknown outcome again."""
    asks = context.document.asks + 1
    return {"asks": asks, "act_at": context.now + context.policy.unknown_ask.wait(asks, 0)}


def ask_tomorrow(context: Context[Payout]) -> Facts:
    """When to ask a bank that takes longer than usual again."""
    return {"asks": context.document.asks + 1, "act_at": context.now + context.policy.ask_again}


def outcome_lost(context: Context[Payout]) -> Facts:
    """The provider may or may not have the payment: nothing is sent until it is known."""
    return {
        "failure_class": FailureClass.UNKNOWN,
        "failure_code": context.brought("failure_code", context.proposed.failure_code),
        "unknown_since": context.now,
        **ask_later(context),
    }


def failed(context: Context[Payout]) -> Facts:
    """The facts of a definite failure, of the class that the event names."""
    return {
        "failure_class": CLASSES[context.command.event],
        "act_at": None,
        "not_taken": not_taken(context),
        **ANSWERED,
    }


def account_refused(context: Context[Payout]) -> Facts:
    """The bank refuses the account that the attempt was sent to."""
    return {
        **failed(context),
        "refused_account": context.document.sent_to,
        "account_usable": False,
        "blocked_by": "broken",
        "reference": reference_after(context),
    }


def returned(context: Context[Payout]) -> Facts:
    """The money came back: it is owed again, and a person must agree before it leaves once more."""
    return {**account_refused(context), **NO_APPROVAL, "returned": True, "paid_at": None}


def try_the_other_account(context: Context[Payout]) -> Facts:
    """The bank refused an account that is no longer in force: the payout goes on to the one that is."""
    return {
        **at_once(context),
        **ANSWERED,
        "refused_account": context.document.sent_to,
        "reference": reference_after(context),
    }


def reference_after(context: Context[Payout]) -> str | None:
    """What came back can no longer be reported as paid: late news of that attempt have nothing to answer."""
    reference: str | None = context.document.reference
    return None if context.command.event == "return" else reference


# ---------------------------------------------------------------------- the waits in words


def retried(policy: Policy) -> str:
    """When a passing failure is tried again."""
    wait = policy.payout_retry
    fast = f"{wait.fast} times after {in_words(wait.first)}, doubling up to {in_words(wait.longest)}"
    return f"{fast}; then every {in_words(wait.slow)}; never sooner than the payment provider asks for"


def asked_doubling(policy: Policy) -> str:
    """When the provider is asked about an unknown outcome."""
    wait = policy.unknown_ask
    return f"after {in_words(wait.first)}, doubling up to every {in_words(wait.slow)}"


def asked_daily(policy: Policy) -> str:
    """When the provider is asked about a payment that it has."""
    return f"after {policy.transit_days} working days, then every {in_words(policy.ask_again)}"


# ---------------------------------------------------------------------- late words about an attempt


def visible_by_now(context: Context[Payout]) -> bool:
    """Whether "not found" at the provider is an answer: only some time after the payment was sent."""
    sent = context.document.sent_at
    return sent is not None and context.now >= sent + context.policy.provider_visibility


VISIBLE = Guard(
    code="too_early_to_tell",
    reason="The payment provider may still be taking the payment in; not finding it is no answer yet.",
    holds=visible_by_now,
)
ASKED_FOR: Guard[Payout] = Guard(
    code="nothing_sent",
    reason="No payment has been sent that this could be about.",
    holds=lambda c: c.document.reference is not None,
)
