"""Payouts: sent on payment day, retried by themselves, never sent twice, watched for their return."""

from datetime import timedelta

from lifecycle.deadlines import after, field_due, in_words
from lifecycle.machine import NEW, Deadline, Guard, Machine, Rule, State, Tone, own_request
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
from models.effects import EffectName
from models.reasons import payouts
from models.states import PayoutState
from models.webhooks import WebhookType

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
MAY_BE_ON_ITS_WAY: Guard[Payout] = Guard(
    code="nothing_on_its_way",
    reason="Nothing can be on its way to the provider.",
    holds=lambda c: c.document.not_taken,
)
NOT_SENT = (
    (PayoutState.AWAITING_ACCOUNT, (NOT_USABLE,), failed(FailureClass.TRANSIENT)),
    (PayoutState.AWAITING_APPROVAL, (NOT_APPROVED,), failed(FailureClass.TRANSIENT)),
    (PayoutState.RETRYING, (), retry_later),
)
"""Where a payout stands, and why, when it turns out that an attempt did not reach the provider."""

PAYOUT = Machine(
    name="payout",
    title="Payout",
    document=Payout,
    states=(
        State(
            name=PayoutState.AWAITING_APPROVAL,
            description="The payout is above the limit, or was returned before: a finance approver must agree.",
            waits_for=Role.FINANCE,
            todo="Approve or cancel the payout",
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
        ),
        State(
            name=PayoutState.SENDING,
            description="The payment is being handed to the provider.",
            waits_for=Role.PROVIDER,
            deadlines=(
                Deadline(
                    event="outcome_unknown",
                    then="Without an answer by then, the provider is asked what became of the payment.",
                    due=after(lambda p: p.sending_limit),
                    when=lambda p: f"after {in_words(p.sending_limit)} without an answer",
                ),
            ),
            effect=EffectName.SEND_PAYMENT,
        ),
        State(
            name=PayoutState.IN_TRANSIT,
            description="The provider has the payment; banks take some working days.",
            waits_for=Role.PROVIDER,
            deadlines=(
                Deadline(
                    event="ask",
                    then="The provider is asked what became of the payment.",
                    due=ACT,
                    binding=False,
                    when=asked_daily,
                ),
            ),
        ),
        State(
            name=PayoutState.RETRYING,
            description="The payment did not go through for a passing reason; it is tried again by itself.",
            waits_for=Role.CLOCK,
            deadlines=(Deadline(event="send", then="The payment is sent.", due=ACT, when=retried),),
        ),
        State(
            name=PayoutState.OUTCOME_UNKNOWN,
            description="It is unknown whether the provider took the payment; it is asked before anything else is done.",
            waits_for=Role.PROVIDER,
            deadlines=(
                Deadline(
                    event="ask",
                    then="The provider is asked what became of the payment.",
                    due=ACT,
                    binding=False,
                    when=asked_doubling,
                ),
                Deadline(
                    event="escalate",
                    then="A finance approver must find out what became of the payment.",
                    due=lambda d, p: d.unknown_since and d.unknown_since + p.unknown_escalate,
                    when=lambda p: f"after a {in_words(p.unknown_escalate)} without an answer",
                ),
            ),
        ),
        State(
            name=PayoutState.OUTCOME_UNRESOLVED,
            description="The outcome stayed unknown for too long: an operator must find out.",
            waits_for=Role.OPERATOR,
            deadlines=(
                Deadline(
                    event="ask",
                    then="The provider is asked what became of the payment.",
                    due=ACT,
                    binding=False,
                    when=asked_doubling,
                ),
            ),
            todo="Find out at the provider whether the payment was made, and propose the outcome",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutState.RESOLUTION_PROPOSED,
            description="An operator has found out what became of the payment: a finance approver must confirm it.",
            waits_for=Role.FINANCE,
            deadlines=(
                Deadline(
                    event="ask",
                    then="The provider is asked what became of the payment.",
                    due=ACT,
                    binding=False,
                    when=asked_doubling,
                ),
            ),
            todo="Look at the evidence, then confirm or decline the proposed outcome",
        ),
        State(
            name=PayoutState.AWAITING_ACCOUNT,
            description="The payout account cannot be paid to; the payout goes on by itself once it can.",
            waits_for=Role.ADMIN,
            todo="Mend the payout account",
            continues_in="payout_account.change",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutState.AWAITING_FUNDS,
            description="The paying account lacks funds.",
            waits_for=Role.OPERATOR,
            todo="Fund the paying account, then retry",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutState.DECLINED,
            description="The provider declined the payment for good.",
            waits_for=Role.OPERATOR,
            todo="Find out why the payment was declined; retry or cancel the payout",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutState.HELD,
            description="An operator holds the payout.",
            waits_for=Role.OPERATOR,
            todo="Release the hold, or cancel the payout",
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
        ),
        State(
            name=PayoutState.RETURNED,
            description="The payment came back; the amount is owed again. The payout account must be mended.",
            waits_for=Role.ADMIN,
            todo="Mend the payout account",
            continues_in="payout_account.change",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutState.VOIDING,
            description="The payout is being cancelled; its payment may still be on its way and is stopped first.",
            waits_for=Role.PROVIDER,
            deadlines=(
                Deadline(
                    event="ask",
                    then="The provider is asked what became of the payment.",
                    due=ACT,
                    binding=False,
                    when=asked_doubling,
                ),
            ),
            effect=EffectName.VOID_PAYMENT,
        ),
        *OVERPAID,
        OWED_AGAIN,
        State(
            name=PayoutState.CLOSED,
            description="Paid, and the time for returns is over.",
            final=True,
            tone=Tone.GOOD,
        ),
        State(name=PayoutState.CANCELLED, description="The payout was cancelled.", final=True),
    ),
    rules=(
        *(
            Rule(
                event="schedule",
                sources=(NEW,),
                target=target,
                roles=(Role.PIPELINE,),
                guards=guards,
                required_facts=("invoice_id", "amount", "account_usable", "account_submission_id"),
                optional_facts=("initiated_by", "blocked_by"),
                updates=sets,
                webhook_type=WebhookType.PAYOUT_SCHEDULED if target == PayoutState.SCHEDULED else None,
            )
            for target, guards, sets in (
                (PayoutState.AWAITING_ACCOUNT, (NOT_USABLE,), set_pay_day),
                (PayoutState.SCHEDULED, (SMALL,), pay_on),
                (PayoutState.AWAITING_APPROVAL, (), set_pay_day),
            )
        ),
        Rule(
            event="approve",
            sources=(PayoutState.AWAITING_APPROVAL,),
            target=PayoutState.SCHEDULED,
            roles=(Role.FINANCE,),
            guards=(NOT_THE_INITIATOR, USABLE, WHAT_WAS_SEEN),
            required_facts=("approved_digest",),
            updates=lambda c: {"approved_by": c.command.actor.id, **pay_on(c)},
            webhook_type=WebhookType.PAYOUT_SCHEDULED,
        ),
        Rule(
            event="send",
            sources=(PayoutState.SCHEDULED, PayoutState.RETRYING),
            target=PayoutState.SENDING,
            roles=(Role.CLOCK,),
            guards=(USABLE, APPROVED),
            updates=handed_over,
        ),
        Rule(
            event="retry",
            sources=(PayoutState.RETRYING,),
            target=PayoutState.SENDING,
            roles=(Role.ADMIN,),
            guards=(USABLE, APPROVED),
            updates=handed_over,
        ),
        *(
            Rule(
                event="retry",
                sources=sources,
                target=target,
                roles=(Role.OPERATOR,),
                guards=(USABLE, agreed),
                needs_reasons=True,
                reason_codes=payouts.RETRY,
                updates=sets,
                effect=effect,
            )
            for sources, target, agreed, sets, effect in (
                ((PayoutState.RETRYING,), PayoutState.SENDING, APPROVED, handed_over, None),
                (
                    (PayoutState.AWAITING_FUNDS, PayoutState.DECLINED),
                    PayoutState.SENDING,
                    APPROVED,
                    handed_over,
                    EffectName.TELL_ORGANIZATION,
                ),
                (
                    (PayoutState.AWAITING_FUNDS, PayoutState.DECLINED),
                    PayoutState.AWAITING_APPROVAL,
                    NOT_APPROVED,
                    None,
                    EffectName.TELL_ORGANIZATION,
                ),
            )
        ),
        Rule(
            event="accept",
            sources=(PayoutState.SENDING, *UNKNOWN),
            target=PayoutState.IN_TRANSIT,
            roles=(Role.PROVIDER,),
            updates=in_transit,
            webhook_type=WebhookType.PAYOUT_SENT,
        ),
        Rule(
            event="pay",
            sources=SENT,
            target=PayoutState.PAID,
            roles=(Role.PROVIDER,),
            updates=paid,
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_PAID,
        ),
        # A provider may correct itself: what it had failed it has, or has paid, after all. Nothing else could
        # keep the next attempt from paying twice.
        Rule(
            event="accept",
            sources=(*STOPPED, PayoutState.VOIDING),
            target=PayoutState.IN_TRANSIT,
            roles=(Role.PROVIDER,),
            guards=(ASKED_FOR,),
            updates=in_transit,
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_SENT,
        ),
        Rule(
            event="pay",
            sources=(*STOPPED, PayoutState.VOIDING),
            target=PayoutState.PAID,
            roles=(Role.PROVIDER,),
            guards=(ASKED_FOR,),
            updates=paid,
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_PAID,
        ),
        *late_words((*STOPPED, PayoutState.RETURNED), SENT),
        *OWING,
        Rule(
            event="outcome_unknown",
            sources=(PayoutState.SENDING,),
            target=PayoutState.OUTCOME_UNKNOWN,
            roles=(Role.PROVIDER, Role.CLOCK),
            optional_facts=CODE,
            updates=outcome_lost,
        ),
        # What a bank refused may be stuck half-way back; people look at it when that does not end by itself.
        Rule(
            event="outcome_unknown",
            sources=(PayoutState.IN_TRANSIT,),
            target=PayoutState.OUTCOME_UNKNOWN,
            roles=(Role.PROVIDER,),
            required_facts=CODE,
            updates=outcome_lost,
        ),
        # What is learned of an unknown outcome meanwhile decides what people may say of it.
        *(
            Rule(
                event="outcome_unknown",
                sources=(state,),
                target=target,
                roles=(Role.PROVIDER,),
                guards=(FOUND_HALF_WAY,),
                required_facts=CODE,
                updates=lambda _: NO_PROPOSAL,
            )
            for state, target in (
                (PayoutState.OUTCOME_UNKNOWN, PayoutState.OUTCOME_UNKNOWN),
                (PayoutState.OUTCOME_UNRESOLVED, PayoutState.OUTCOME_UNRESOLVED),
                (PayoutState.RESOLUTION_PROPOSED, PayoutState.OUTCOME_UNRESOLVED),
            )
        ),
        Rule(
            event="fail_transient",
            sources=SENT,
            target=PayoutState.AWAITING_ACCOUNT,
            roles=(Role.PROVIDER,),
            guards=(NOT_USABLE,),
            optional_facts=(*CODE, "retry_after_seconds", "not_taken"),
            updates=failed(FailureClass.TRANSIENT),
        ),
        Rule(
            event="fail_transient",
            sources=SENT,
            target=PayoutState.AWAITING_APPROVAL,
            roles=(Role.PROVIDER,),
            guards=(NOT_APPROVED,),
            optional_facts=(*CODE, "retry_after_seconds", "not_taken"),
            updates=failed(FailureClass.TRANSIENT),
        ),
        Rule(
            event="fail_transient",
            sources=SENT,
            target=PayoutState.RETRYING,
            roles=(Role.PROVIDER,),
            optional_facts=(*CODE, "retry_after_seconds", "not_taken"),
            updates=retry_later,
        ),
        *(
            Rule(
                event=event,
                sources=SENT,
                target=target,
                roles=(Role.PROVIDER,),
                guards=guards,
                required_facts=CODE,
                updates=sets,
                effect=effect,
                webhook_type=WebhookType.PAYOUT_FAILED if target == PayoutState.AWAITING_ACCOUNT else None,
            )
            # A payment that comes back before it was reported paid is no more than refused.
            for event in ("fail_account", "return")
            for target, guards, sets, effect in (
                (PayoutState.AWAITING_APPROVAL, (OTHER_ACCOUNT, NOT_APPROVED), try_the_other_account, None),
                (PayoutState.SCHEDULED, (OTHER_ACCOUNT,), try_the_other_account, None),
                (PayoutState.AWAITING_ACCOUNT, (), account_refused, EffectName.TELL_ORGANIZATION),
            )
        ),
        Rule(
            event="fail_payer",
            sources=SENT,
            target=PayoutState.AWAITING_FUNDS,
            roles=(Role.PROVIDER,),
            required_facts=CODE,
            updates=failed(FailureClass.PAYER),
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_FAILED,
        ),
        Rule(
            event="fail_final",
            sources=SENT,
            target=PayoutState.DECLINED,
            roles=(Role.PROVIDER,),
            required_facts=CODE,
            optional_facts=("not_taken",),
            updates=failed(FailureClass.FINAL),
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_FAILED,
        ),
        *(
            Rule(
                event="not_received",
                sources=UNKNOWN,
                target=target,
                roles=(Role.PROVIDER,),
                guards=(VISIBLE, *guards),
                updates=sets,
            )
            for target, guards, sets in NOT_SENT
        ),
        *(
            Rule(
                event="ask",
                sources=(state,),
                target=state,
                roles=(Role.CLOCK,),
                updates=sets,
                effect=EffectName.ASK_PAYMENT,
                effect_reference=own_request,
            )
            for state, sets in (
                (PayoutState.IN_TRANSIT, ask_tomorrow),
                *((state, ask_later) for state in UNKNOWN),
            )
        ),
        # A provider that only says that something has moved is asked what: its word may be old, or forged.
        *(
            Rule(
                event="ask",
                sources=(state,),
                target=state,
                roles=(Role.PROVIDER,),
                guards=(ASKED_FOR,),
                effect=EffectName.ASK_PAYMENT,
                effect_reference=own_request,
            )
            for state in (*STOPPED, PayoutState.VOIDING, PayoutState.IN_TRANSIT, *UNKNOWN, PayoutState.PAID)
        ),
        Rule(
            event="escalate",
            sources=(PayoutState.OUTCOME_UNKNOWN,),
            target=PayoutState.OUTCOME_UNRESOLVED,
            roles=(Role.CLOCK,),
            notification="It is not known yet whether a payment reached you; people of the platform find out. "
            "Nothing is needed from you.",
        ),
        Rule(
            event="propose_resolution",
            sources=(PayoutState.OUTCOME_UNRESOLVED,),
            target=PayoutState.RESOLUTION_PROPOSED,
            roles=(Role.OPERATOR,),
            guards=(NOTHING_STANDS,),
            required_facts=("proposed_outcome", "evidence"),
            needs_reasons=True,
            reason_codes=payouts.RESOLVE,
            updates=propose,
        ),
        Rule(
            event="resolve_paid",
            sources=(PayoutState.RESOLUTION_PROPOSED,),
            target=PayoutState.PAID,
            roles=(Role.FINANCE,),
            guards=(NOT_THE_PROPOSER, proposed("paid"), SAME_PROPOSAL),
            required_facts=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.RESOLVE_PAID,
            updates=confirmed(paid),
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_PAID,
        ),
        *(
            Rule(
                event="resolve_not_paid",
                sources=(PayoutState.RESOLUTION_PROPOSED,),
                target=target,
                roles=(Role.FINANCE,),
                guards=(NOT_THE_PROPOSER, proposed("not_paid"), SAME_PROPOSAL, NOTHING_STANDS, *guards),
                required_facts=("proposal",),
                needs_reasons=True,
                reason_codes=payouts.RESOLVE,
                updates=confirmed(sets),
            )
            for target, guards, sets in NOT_SENT
        ),
        Rule(
            event="decline_resolution",
            sources=(PayoutState.RESOLUTION_PROPOSED,),
            target=PayoutState.OUTCOME_UNRESOLVED,
            roles=(Role.FINANCE,),
            guards=(SAME_PROPOSAL,),
            required_facts=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.DECLINE,
            updates=lambda _: NO_PROPOSAL,
        ),
        Rule(
            event="withdraw_resolution",
            sources=(PayoutState.RESOLUTION_PROPOSED,),
            target=PayoutState.OUTCOME_UNRESOLVED,
            roles=(Role.OPERATOR,),
            guards=(OWN_PROPOSAL, SAME_PROPOSAL),
            required_facts=("proposal",),
            needs_reasons=True,
            reason_codes=payouts.WITHDRAW,
            updates=lambda _: NO_PROPOSAL,
        ),
        Rule(
            event="return",
            sources=(PayoutState.PAID,),
            target=PayoutState.RETURNED,
            roles=(Role.PROVIDER,),
            required_facts=CODE,
            updates=returned,
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_RETURNED,
        ),
        Rule(
            event="close",
            sources=(PayoutState.PAID,),
            target=PayoutState.CLOSED,
            roles=(Role.CLOCK,),
            updates=lambda _: {"watched": False},
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_CLOSED,
        ),
        Rule(
            event="hold",
            sources=STOPPABLE,
            target=PayoutState.HELD,
            roles=(Role.OPERATOR,),
            needs_reasons=True,
            reason_codes=payouts.HOLD,
            updates=lambda _: {"act_at": None},
            notification="A payment to you is held by the platform; its page says why. Nothing is needed from you.",
            webhook_type=WebhookType.PAYOUT_HELD,
        ),
        *(
            Rule(
                event="release_hold",
                sources=(PayoutState.HELD,),
                target=target,
                roles=(Role.OPERATOR,),
                guards=guards,
                needs_reasons=True,
                reason_codes=payouts.RELEASE_HOLD,
                updates=sets,
                effect=effect,
                notification="A payment to you is no longer held.",
                webhook_type=WebhookType.PAYOUT_HOLD_RELEASED,
            )
            for target, guards, sets, effect in (
                (PayoutState.AWAITING_ACCOUNT, (NOT_USABLE,), None, None),
                (PayoutState.AWAITING_APPROVAL, (NOT_APPROVED,), None, EffectName.TELL_ORGANIZATION),
                (PayoutState.SCHEDULED, (), at_once, EffectName.TELL_ORGANIZATION),
            )
        ),
        *(
            Rule(
                event="cancel",
                sources=sources,
                target=target,
                roles=roles,
                guards=guards,
                needs_reasons=True,
                reason_codes=codes,
                updates=sets,
                effect=effect,
                webhook_type=WebhookType.PAYOUT_CANCELLED if target == PayoutState.CANCELLED else None,
            )
            for roles, codes in (
                ((Role.OPERATOR, Role.FINANCE), payouts.CANCEL),
                ((Role.PIPELINE,), {}),
            )
            for sources, target, guards, sets, effect in (
                (NOT_TAKEN, PayoutState.VOIDING, (MAY_BE_ON_ITS_WAY,), void_first, None),
                (
                    (*STOPPED, PayoutState.RETURNED),
                    PayoutState.CANCELLED,
                    (),
                    None,
                    EffectName.TELL_ORGANIZATION,
                ),
            )
        ),
        Rule(
            event="ask",
            sources=(PayoutState.VOIDING,),
            target=PayoutState.VOIDING,
            roles=(Role.CLOCK,),
            updates=ask_later,
            effect=EffectName.VOID_PAYMENT,
            effect_reference=own_request,
        ),
        Rule(
            event="void",
            sources=(PayoutState.VOIDING,),
            target=PayoutState.CANCELLED,
            roles=(Role.PROVIDER,),
            updates=lambda c: {"reasons": c.document.reasons, "not_taken": False, "act_at": None},
            effect=EffectName.TELL_ORGANIZATION,
            webhook_type=WebhookType.PAYOUT_CANCELLED,
        ),
        *(
            Rule(
                event="account_changed",
                sources=sources,
                target=target,
                roles=(Role.PIPELINE,),
                guards=guards,
                required_facts=("account_usable",),
                optional_facts=("blocked_by", "account_submission_id"),
                updates=sets,
                effect=effect,
                webhook_type=WebhookType.PAYOUT_SCHEDULED
                if target == PayoutState.SCHEDULED and target not in sources
                else None,
            )
            for sources, target, guards, sets, effect in (
                (
                    (PayoutState.SCHEDULED, PayoutState.RETRYING, PayoutState.AWAITING_APPROVAL),
                    PayoutState.AWAITING_ACCOUNT,
                    (NOT_USABLE,),
                    wait_with_account,
                    None,
                ),
                (
                    (PayoutState.SCHEDULED, PayoutState.RETRYING),
                    PayoutState.AWAITING_APPROVAL,
                    (NOT_APPROVED,),
                    wait_with_account,
                    None,
                ),
                (
                    (PayoutState.AWAITING_ACCOUNT,),
                    PayoutState.AWAITING_APPROVAL,
                    (USABLE, NOT_APPROVED),
                    new_account,
                    EffectName.TELL_ORGANIZATION,
                ),
                (
                    (PayoutState.AWAITING_ACCOUNT,),
                    PayoutState.SCHEDULED,
                    (USABLE,),
                    go_on,
                    EffectName.TELL_ORGANIZATION,
                ),
                (
                    (PayoutState.RETURNED,),
                    PayoutState.AWAITING_APPROVAL,
                    (USABLE,),
                    new_account,
                    EffectName.TELL_ORGANIZATION,
                ),
                *(((state,), state, (), new_account, None) for state in UNAFFECTED),
            )
        ),
    ),
    contradicts=contradicts,
)
