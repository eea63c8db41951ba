"""How a payout leaves: scheduled, approved by finance where it must be, sent, and sent again."""

from lifecycle.machine import NEW, Rule
from lifecycle.steps.payout.approval import APPROVED, NOT_APPROVED, NOT_THE_INITIATOR, SMALL, WHAT_WAS_SEEN
from lifecycle.steps.payout.attempts import (
    NOT_USABLE,
    USABLE,
    handed_over,
    pay_on,
    set_pay_day,
)
from models import effects
from models.commands import Role
from models.documents import Payout
from models.reasons import payouts
from models.states import PayoutState
from models.webhooks import WebhookType

SENDING: tuple[Rule[Payout], ...] = (
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
                effects.TELL_ORGANIZATION,
            ),
            (
                (PayoutState.AWAITING_FUNDS, PayoutState.DECLINED),
                PayoutState.AWAITING_APPROVAL,
                NOT_APPROVED,
                None,
                effects.TELL_ORGANIZATION,
            ),
        )
    ),
)
