"""What comes after a payment, and what stops one: its return, a hold, a cancellation, another account."""

from lifecycle.machine import Guard, Rule, own_request
from lifecycle.steps.payout.approval import NOT_APPROVED
from lifecycle.steps.payout.attempts import (
    CODE,
    NOT_USABLE,
    USABLE,
    ask_later,
    at_once,
    go_on,
    new_account,
    returned,
    void_first,
    wait_with_account,
)
from lifecycle.steps.payout.states import NOT_TAKEN, STOPPABLE, STOPPED, UNAFFECTED
from models import effects
from models.commands import Role
from models.documents import Payout
from models.reasons import payouts
from models.states import PayoutState
from models.webhooks import WebhookType

MAY_BE_ON_ITS_WAY: Guard[Payout] = Guard(
    code="nothing_on_its_way",
    reason="Nothing can be on its way to the payment provider.",
    holds=lambda c: c.document.not_taken,
)

STOPPING: tuple[Rule[Payout], ...] = (
    Rule(
        event="return",
        sources=(PayoutState.PAID,),
        target=PayoutState.RETURNED,
        roles=(Role.PROVIDER,),
        required_facts=CODE,
        updates=returned,
        effect=effects.TELL_ORGANIZATION,
        webhook_type=WebhookType.PAYOUT_RETURNED,
    ),
    Rule(
        event="close",
        sources=(PayoutState.PAID,),
        target=PayoutState.CLOSED,
        roles=(Role.CLOCK,),
        updates=lambda _: {"watched": False},
        effect=effects.TELL_ORGANIZATION,
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
            (PayoutState.AWAITING_APPROVAL, (NOT_APPROVED,), None, effects.TELL_ORGANIZATION),
            (PayoutState.SCHEDULED, (), at_once, effects.TELL_ORGANIZATION),
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
                effects.TELL_ORGANIZATION,
            ),
        )
    ),
    Rule(
        event="ask",
        sources=(PayoutState.VOIDING,),
        target=PayoutState.VOIDING,
        roles=(Role.CLOCK,),
        updates=ask_later,
        effect=effects.VOID_PAYMENT,
        effect_reference=own_request,
    ),
    Rule(
        event="void",
        sources=(PayoutState.VOIDING,),
        target=PayoutState.CANCELLED,
        roles=(Role.PROVIDER,),
        updates=lambda c: {"reasons": c.document.reasons, "not_taken": False, "act_at": None},
        effect=effects.TELL_ORGANIZATION,
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
                effects.TELL_ORGANIZATION,
            ),
            (
                (PayoutState.AWAITING_ACCOUNT,),
                PayoutState.SCHEDULED,
                (USABLE,),
                go_on,
                effects.TELL_ORGANIZATION,
            ),
            (
                (PayoutState.RETURNED,),
                PayoutState.AWAITING_APPROVAL,
                (USABLE,),
                new_account,
                effects.TELL_ORGANIZATION,
            ),
            *(((state,), state, (), new_account, None) for state in UNAFFECTED),
        )
    ),
)
