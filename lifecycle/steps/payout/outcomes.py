"""What becomes of an attempt, by the word of its provider or the lack of it."""

from collections.abc import Callable

from lifecycle.machine import Context, Facts, Guard, Rule, own_request
from lifecycle.steps.payout.approval import NOT_APPROVED
from lifecycle.steps.payout.attempts import (
    ASKED_FOR,
    CODE,
    NOT_USABLE,
    OTHER_ACCOUNT,
    VISIBLE,
    account_refused,
    ask_later,
    ask_tomorrow,
    failed,
    in_transit,
    outcome_lost,
    paid,
    retry_later,
    try_the_other_account,
)
from lifecycle.steps.payout.overpaid import rules as late_words
from lifecycle.steps.payout.owed_again import RULES as OWING
from lifecycle.steps.payout.resolution import (
    FOUND_HALF_WAY,
    NO_PROPOSAL,
)
from lifecycle.steps.payout.states import SENT, STOPPED, UNKNOWN
from models import effects
from models.commands import Role
from models.documents import Payout
from models.states import PayoutState
from models.webhooks import WebhookType

NOT_SENT: tuple[tuple[PayoutState, tuple[Guard[Payout], ...], Callable[[Context[Payout]], Facts]], ...] = (
    (PayoutState.AWAITING_ACCOUNT, (NOT_USABLE,), failed),
    (PayoutState.AWAITING_APPROVAL, (NOT_APPROVED,), failed),
    (PayoutState.RETRYING, (), retry_later),
)
"""Where a payout stands, and why, when it turns out that an attempt did not reach the provider."""

OUTCOMES: tuple[Rule[Payout], ...] = (
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
        effect=effects.TELL_ORGANIZATION,
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
        effect=effects.TELL_ORGANIZATION,
        webhook_type=WebhookType.PAYOUT_SENT,
    ),
    Rule(
        event="pay",
        sources=(*STOPPED, PayoutState.VOIDING),
        target=PayoutState.PAID,
        roles=(Role.PROVIDER,),
        guards=(ASKED_FOR,),
        updates=paid,
        effect=effects.TELL_ORGANIZATION,
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
    *(
        Rule(
            event="fail_transient",
            sources=SENT,
            target=target,
            roles=(Role.PROVIDER,),
            guards=guards,
            optional_facts=(*CODE, "retry_after_seconds", "not_taken"),
            updates=updates,
        )
        for target, guards, updates in NOT_SENT
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
            (PayoutState.AWAITING_ACCOUNT, (), account_refused, effects.TELL_ORGANIZATION),
        )
    ),
    Rule(
        event="fail_payer",
        sources=SENT,
        target=PayoutState.AWAITING_FUNDS,
        roles=(Role.PROVIDER,),
        required_facts=CODE,
        updates=failed,
        effect=effects.TELL_ORGANIZATION,
        webhook_type=WebhookType.PAYOUT_FAILED,
    ),
    Rule(
        event="fail_final",
        sources=SENT,
        target=PayoutState.DECLINED,
        roles=(Role.PROVIDER,),
        required_facts=CODE,
        optional_facts=("not_taken",),
        updates=failed,
        effect=effects.TELL_ORGANIZATION,
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
            effect=effects.ASK_PAYMENT,
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
            effect=effects.ASK_PAYMENT,
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
)
