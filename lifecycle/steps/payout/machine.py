"""Payouts: sent on payment day, retried by themselves, never sent twice, watched for their return."""

from datetime import timedelta

from lifecycle.deadlines import after, field_due, in_words
from lifecycle.machine import NEW, Deadline, Guard, Machine, Rule, State, own_request
from lifecycle.steps.payout.approval import APPROVED, NOT_APPROVED, NOT_THE_INITIATOR, SMALL, WHAT_WAS_SEEN
from lifecycle.steps.payout.attempts import (
    ASKED_FOR,
    CODE,
    NOT_USABLE,
    OTHER_ACCOUNT,
    USABLE,
    VISIBLE,
    account_refused,
    ask_later,
    ask_tomorrow,
    asked_daily,
    asked_doubling,
    at_once,
    failed,
    go_on,
    handed_over,
    in_transit,
    new_account,
    outcome_lost,
    paid,
    pay_on,
    retried,
    retry_later,
    returned,
    set_pay_day,
    try_the_other_account,
    void_first,
    wait_with_account,
)
from lifecycle.steps.payout.overpaid import STATES as OVERPAID
from lifecycle.steps.payout.overpaid import contradicts
from lifecycle.steps.payout.overpaid import rules as late_words
from lifecycle.steps.payout.owed_again import OWED
from lifecycle.steps.payout.owed_again import RULES as OWING
from lifecycle.steps.payout.owed_again import STATE as OWED_AGAIN
from lifecycle.steps.payout.resolution import (
    FOUND_HALF_WAY,
    NO_PROPOSAL,
    NOT_THE_PROPOSER,
    NOTHING_STANDS,
    OWN_PROPOSAL,
    SAME_PROPOSAL,
    confirmed,
    propose,
    proposed,
)
from models.commands import Role
from models.documents import FailureClass, Payout
from models.reasons import payouts

UNKNOWN = ("outcome_unknown", "outcome_unresolved", "resolution_proposed")
SENT = ("sending", "in_transit", *UNKNOWN)
STOPPABLE = ("scheduled", "retrying", "awaiting_approval", "awaiting_account", "awaiting_funds")
STOPPED = (*STOPPABLE, "held", "declined")
NOT_TAKEN = tuple(state for state in STOPPED if state != "awaiting_funds")
"""Where a payout may stand whose attempt is not known to have reached the provider, and may still."""
UNAFFECTED = (*STOPPED, "voiding", "returned", "paid", "overpaid", "paid_in_error", OWED, *SENT)
ACT = field_due("act_at")
MAY_BE_ON_ITS_WAY = Guard(
    "nothing_on_its_way", "Nothing can be on its way to the provider.", lambda c: c.document.not_taken
)
NOT_SENT = (
    ("awaiting_account", (NOT_USABLE,), failed(FailureClass.TRANSIENT)),
    ("awaiting_approval", (NOT_APPROVED,), failed(FailureClass.TRANSIENT)),
    ("retrying", (), retry_later),
)
"""Where a payout stands, and why, when it turns out that an attempt did not reach the provider."""

PAYOUT = Machine(
    "payout",
    "Payout",
    Payout,
    states=(
        State(
            "awaiting_approval",
            "The payout is above the limit, or was returned before: a finance approver must agree.",
            Role.FINANCE,
            todo="Approve or cancel the payout",
        ),
        State(
            "scheduled",
            "The payout leaves on the next payment day.",
            Role.CLOCK,
            (Deadline("send", ACT, when=lambda p: "on the next payment day, a Friday by default"),),
        ),
        State(
            "sending",
            "The payment is being handed to the provider.",
            Role.PROVIDER,
            (
                Deadline(
                    "lose",
                    after(lambda p: p.sending_limit),
                    when=lambda p: f"after {in_words(p.sending_limit)} without an answer",
                ),
            ),
            effect="send_payment",
        ),
        State(
            "in_transit",
            "The provider has the payment; banks take some working days.",
            Role.PROVIDER,
            (Deadline("ask", ACT, binding=False, when=asked_daily),),
        ),
        State(
            "retrying",
            "The payment did not go through for a passing reason; it is tried again by itself.",
            Role.CLOCK,
            (Deadline("send", ACT, when=retried),),
        ),
        State(
            "outcome_unknown",
            "It is unknown whether the provider took the payment; it is asked before anything else is done.",
            Role.PROVIDER,
            (
                Deadline("ask", ACT, binding=False, when=asked_doubling),
                Deadline(
                    "escalate",
                    lambda d, p: d.unknown_since and d.unknown_since + p.unknown_escalate,
                    when=lambda p: f"after a {in_words(p.unknown_escalate)} without an answer",
                ),
            ),
        ),
        State(
            "outcome_unresolved",
            "The outcome stayed unknown for too long: an operator must find out.",
            Role.OPERATOR,
            (Deadline("ask", ACT, binding=False, when=asked_doubling),),
            todo="Find out at the provider whether the payment was made, and propose the outcome",
        ),
        State(
            "resolution_proposed",
            "An operator has found out what became of the payment: a finance approver must confirm it.",
            Role.FINANCE,
            (Deadline("ask", ACT, binding=False, when=asked_doubling),),
            todo="Look at the evidence, then confirm or decline the proposed outcome",
        ),
        State(
            "awaiting_account",
            "The payout account cannot be paid to; the payout goes on by itself once it can.",
            Role.ADMIN,
            todo="Mend the payout account",
            elsewhere="payout_account.change",
        ),
        State(
            "awaiting_funds",
            "The paying account lacks funds.",
            Role.OPERATOR,
            todo="Fund the paying account, then retry",
        ),
        State(
            "declined",
            "The provider declined the payment for good.",
            Role.OPERATOR,
            todo="Find out why the payment was declined; retry or cancel the payout",
        ),
        State("held", "An operator holds the payout.", Role.OPERATOR, todo="Release or cancel the payout"),
        State(
            "paid",
            "The payment is made; it is watched for its return.",
            None,
            (
                Deadline(
                    "close",
                    lambda d, p: d.paid_at and d.paid_at + timedelta(days=p.return_watch_days),
                    when=lambda p: f"{p.return_watch_days} days after it was paid",
                ),
            ),
        ),
        State(
            "returned",
            "The payment came back; the amount is owed again. The payout account must be mended.",
            Role.ADMIN,
            todo="Mend the payout account",
            elsewhere="payout_account.change",
        ),
        State(
            "voiding",
            "The payout is being cancelled; its payment may still be on its way, and is stopped at the provider first.",
            Role.PROVIDER,
            (Deadline("ask", ACT, binding=False, when=asked_doubling),),
            effect="void_payment",
        ),
        *OVERPAID,
        OWED_AGAIN,
        State("closed", "Paid, and the time for returns is over.", final=True),
        State("cancelled", "The payout was cancelled.", final=True),
    ),
    rules=(
        *(
            Rule(
                "schedule",
                (NEW,),
                target,
                (Role.PIPELINE,),
                guards,
                takes=("invoice_id", "amount", "account_usable", "account_submission_id"),
                may_take=("initiated_by", "blocked_by"),
                sets=sets,
            )
            for target, guards, sets in (
                ("awaiting_account", (NOT_USABLE,), set_pay_day),
                ("scheduled", (SMALL,), pay_on),
                ("awaiting_approval", (), set_pay_day),
            )
        ),
        Rule(
            "approve",
            ("awaiting_approval",),
            "scheduled",
            (Role.FINANCE,),
            (NOT_THE_INITIATOR, USABLE, WHAT_WAS_SEEN),
            takes=("approved_digest",),
            sets=lambda c: {"approved_by": c.command.actor.id, **pay_on(c)},
        ),
        Rule(
            "send", ("scheduled", "retrying"), "sending", (Role.CLOCK,), (USABLE, APPROVED), sets=handed_over
        ),
        Rule("retry", ("retrying",), "sending", (Role.ADMIN,), (USABLE, APPROVED), sets=handed_over),
        *(
            Rule(
                "retry",
                sources,
                target,
                (Role.OPERATOR,),
                (USABLE, agreed),
                needs_reasons=True,
                reason_codes=payouts.RETRY,
                sets=sets,
                effect=effect,
            )
            for sources, target, agreed, sets, effect in (
                (("retrying",), "sending", APPROVED, handed_over, None),
                (("awaiting_funds", "declined"), "sending", APPROVED, handed_over, "tell_organization"),
                (
                    ("awaiting_funds", "declined"),
                    "awaiting_approval",
                    NOT_APPROVED,
                    None,
                    "tell_organization",
                ),
            )
        ),
        Rule(
            "accept",
            ("sending", *UNKNOWN),
            "in_transit",
            (Role.PROVIDER,),
            sets=in_transit,
        ),
        Rule("pay", SENT, "paid", (Role.PROVIDER,), sets=paid, effect="tell_organization"),
        # A provider may correct itself: what it had failed it has, or has paid, after all. Nothing else could
        # keep the next attempt from paying twice.
        Rule(
            "accept",
            (*STOPPED, "voiding"),
            "in_transit",
            (Role.PROVIDER,),
            (ASKED_FOR,),
            sets=in_transit,
            effect="tell_organization",
        ),
        Rule(
            "pay",
            (*STOPPED, "voiding"),
            "paid",
            (Role.PROVIDER,),
            (ASKED_FOR,),
            sets=paid,
            effect="tell_organization",
        ),
        *late_words((*STOPPED, "returned"), SENT),
        *OWING,
        Rule(
            "lose",
            ("sending",),
            "outcome_unknown",
            (Role.PROVIDER, Role.CLOCK),
            may_take=CODE,
            sets=outcome_lost,
        ),
        # What a bank refused may be stuck half-way back; people look at it when that does not end by itself.
        Rule(
            "lose",
            ("in_transit",),
            "outcome_unknown",
            (Role.PROVIDER,),
            takes=CODE,
            sets=outcome_lost,
        ),
        # What is learned of an unknown outcome meanwhile decides what people may say of it.
        *(
            Rule(
                "lose",
                (state,),
                target,
                (Role.PROVIDER,),
                (FOUND_HALF_WAY,),
                takes=CODE,
                sets=lambda _: NO_PROPOSAL,
            )
            for state, target in (
                ("outcome_unknown", "outcome_unknown"),
                ("outcome_unresolved", "outcome_unresolved"),
                ("resolution_proposed", "outcome_unresolved"),
            )
        ),
        Rule(
            "fail_transient",
            SENT,
            "awaiting_account",
            (Role.PROVIDER,),
            (NOT_USABLE,),
            may_take=(*CODE, "retry_after_seconds", "not_taken"),
            sets=failed(FailureClass.TRANSIENT),
        ),
        Rule(
            "fail_transient",
            SENT,
            "awaiting_approval",
            (Role.PROVIDER,),
            (NOT_APPROVED,),
            may_take=(*CODE, "retry_after_seconds", "not_taken"),
            sets=failed(FailureClass.TRANSIENT),
        ),
        Rule(
            "fail_transient",
            SENT,
            "retrying",
            (Role.PROVIDER,),
            may_take=(*CODE, "retry_after_seconds", "not_taken"),
            sets=retry_later,
        ),
        *(
            Rule(
                event,
                SENT,
                target,
                (Role.PROVIDER,),
                guards,
                takes=CODE,
                sets=sets,
                effect=effect,
            )
            # A payment that comes back before it was reported paid is no more than refused.
            for event in ("fail_account", "return")
            for target, guards, sets, effect in (
                ("awaiting_approval", (OTHER_ACCOUNT, NOT_APPROVED), try_the_other_account, None),
                ("scheduled", (OTHER_ACCOUNT,), try_the_other_account, None),
                ("awaiting_account", (), account_refused, "tell_organization"),
            )
        ),
        Rule(
            "fail_payer",
            SENT,
            "awaiting_funds",
            (Role.PROVIDER,),
            takes=CODE,
            sets=failed(FailureClass.PAYER),
            effect="tell_organization",
        ),
        Rule(
            "fail_final",
            SENT,
            "declined",
            (Role.PROVIDER,),
            takes=CODE,
            may_take=("not_taken",),
            sets=failed(FailureClass.FINAL),
            effect="tell_organization",
        ),
        *(
            Rule(
                "not_received",
                UNKNOWN,
                target,
                (Role.PROVIDER,),
                (VISIBLE, *guards),
                sets=sets,
            )
            for target, guards, sets in NOT_SENT
        ),
        *(
            Rule("ask", (state,), state, (Role.CLOCK,), sets=sets, effect="ask_payment", asks=own_request)
            for state, sets in (
                ("in_transit", ask_tomorrow),
                *((state, ask_later) for state in UNKNOWN),
            )
        ),
        # A provider that only says that something has moved is asked what: its word may be old, or forged.
        *(
            Rule(
                "ask", (state,), state, (Role.PROVIDER,), (ASKED_FOR,), effect="ask_payment", asks=own_request
            )
            for state in (*STOPPED, "voiding", "in_transit", *UNKNOWN, "paid")
        ),
        Rule(
            "escalate",
            ("outcome_unknown",),
            "outcome_unresolved",
            (Role.CLOCK,),
            meaning="It is not known yet whether a payment reached you; people of the platform find out. "
            "Nothing is needed from you.",
        ),
        Rule(
            "propose_resolution",
            ("outcome_unresolved",),
            "resolution_proposed",
            (Role.OPERATOR,),
            (NOTHING_STANDS,),
            takes=("proposed_outcome", "evidence"),
            needs_reasons=True,
            reason_codes=payouts.RESOLVE,
            sets=propose,
        ),
        Rule(
            "resolve_paid",
            ("resolution_proposed",),
            "paid",
            (Role.FINANCE,),
            (NOT_THE_PROPOSER, proposed("paid"), SAME_PROPOSAL),
            takes=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.RESOLVE_PAID,
            sets=confirmed(paid),
            effect="tell_organization",
        ),
        *(
            Rule(
                "resolve_not_paid",
                ("resolution_proposed",),
                target,
                (Role.FINANCE,),
                (NOT_THE_PROPOSER, proposed("not_paid"), SAME_PROPOSAL, NOTHING_STANDS, *guards),
                takes=("proposal",),
                needs_reasons=True,
                reason_codes=payouts.RESOLVE,
                sets=confirmed(sets),
            )
            for target, guards, sets in NOT_SENT
        ),
        Rule(
            "decline_resolution",
            ("resolution_proposed",),
            "outcome_unresolved",
            (Role.FINANCE,),
            (SAME_PROPOSAL,),
            takes=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.DECLINE,
            sets=lambda _: NO_PROPOSAL,
        ),
        Rule(
            "withdraw_resolution",
            ("resolution_proposed",),
            "outcome_unresolved",
            (Role.OPERATOR,),
            (OWN_PROPOSAL, SAME_PROPOSAL),
            takes=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.WITHDRAW,
            sets=lambda _: NO_PROPOSAL,
        ),
        Rule(
            "return",
            ("paid",),
            "returned",
            (Role.PROVIDER,),
            takes=CODE,
            sets=returned,
            effect="tell_organization",
        ),
        Rule(
            "close",
            ("paid",),
            "closed",
            (Role.CLOCK,),
            sets=lambda _: {"watched": False},
            effect="tell_organization",
        ),
        Rule(
            "hold",
            STOPPABLE,
            "held",
            (Role.OPERATOR,),
            needs_reasons=True,
            reason_codes=payouts.HOLD,
            sets=lambda _: {"act_at": None},
            meaning="A payment to you is held by the platform; its page says why. Nothing is needed from you.",
        ),
        *(
            Rule(
                "release",
                ("held",),
                target,
                (Role.OPERATOR,),
                guards,
                needs_reasons=True,
                reason_codes=payouts.RELEASE,
                sets=sets,
                effect=effect,
                meaning="A payment to you is no longer held.",
            )
            for target, guards, sets, effect in (
                ("awaiting_account", (NOT_USABLE,), None, None),
                ("awaiting_approval", (NOT_APPROVED,), None, "tell_organization"),
                ("scheduled", (), at_once, "tell_organization"),
            )
        ),
        *(
            Rule(
                "cancel",
                sources,
                target,
                roles,
                guards,
                needs_reasons=True,
                reason_codes=codes,
                sets=sets,
                effect=effect,
            )
            for roles, codes in (
                ((Role.OPERATOR, Role.FINANCE), payouts.CANCEL),
                ((Role.PIPELINE,), {}),
            )
            for sources, target, guards, sets, effect in (
                (NOT_TAKEN, "voiding", (MAY_BE_ON_ITS_WAY,), void_first, None),
                ((*STOPPED, "returned"), "cancelled", (), None, "tell_organization"),
            )
        ),
        Rule(
            "ask",
            ("voiding",),
            "voiding",
            (Role.CLOCK,),
            sets=ask_later,
            effect="void_payment",
            asks=own_request,
        ),
        Rule(
            "void",
            ("voiding",),
            "cancelled",
            (Role.PROVIDER,),
            sets=lambda c: {"reasons": c.document.reasons, "not_taken": False, "act_at": None},
            effect="tell_organization",
        ),
        *(
            Rule(
                "account_changed",
                sources,
                target,
                (Role.PIPELINE,),
                guards,
                takes=("account_usable",),
                may_take=("blocked_by", "account_submission_id"),
                sets=sets,
                effect=effect,
            )
            for sources, target, guards, sets, effect in (
                (
                    ("scheduled", "retrying", "awaiting_approval"),
                    "awaiting_account",
                    (NOT_USABLE,),
                    wait_with_account,
                    None,
                ),
                (("scheduled", "retrying"), "awaiting_approval", (NOT_APPROVED,), wait_with_account, None),
                (
                    ("awaiting_account",),
                    "awaiting_approval",
                    (USABLE, NOT_APPROVED),
                    new_account,
                    "tell_organization",
                ),
                (("awaiting_account",), "scheduled", (USABLE,), go_on, "tell_organization"),
                (("returned",), "awaiting_approval", (USABLE,), new_account, "tell_organization"),
                *(((state,), state, (), new_account, None) for state in UNAFFECTED),
            )
        ),
    ),
    contradicts=contradicts,
)
