"""The payout account: set up once, changed only under four eyes, held while it changes."""

from datetime import timedelta

from lifecycle.deadlines import PAY_OUT_OPEN, after
from lifecycle.machine import Context, Deadline, Facts, Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import (
    nothing_left_for_people,
    people_may,
    review_late,
    review_rules,
    staff_late_rules,
    under_review,
)
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models import effects
from models.commands import Role
from models.desks import Desk
from models.documents import PayoutAccount
from models.reasons import reviews
from models.states import CHANGING, PayoutAccountState
from models.webhooks import WebhookType

NOT_THE_REQUESTER: Guard[PayoutAccount] = Guard(
    code="four_eyes",
    reason="Whoever asked for this change, or has approved it once, may not approve it; another person must.",
    holds=lambda c: c.command.actor.id not in (c.document.requested_by, c.document.operator_id),
)
WHAT_WAS_SEEN: Guard[PayoutAccount] = Guard(
    code="approval_of_something_else",
    reason="The change is another one now; read it again, then approve it.",
    holds=lambda c: (
        c.document.proposed_digest in (None, c.brought("approved_digest", c.proposed.approved_digest))
    ),
    needs_facts=True,
)
SAME_CHANGE: Guard[PayoutAccount] = Guard(
    code="change_replaced",
    reason="The change is another one now; read it again, then decide on that.",
    holds=lambda c: (
        c.brought("proposed_digest", c.proposed.proposed_digest) in (None, c.document.proposed_digest)
    ),
    needs_facts=True,
)
NAMES_AGREE: Guard[PayoutAccount] = Guard(
    code="names_to_compare",
    reason="The names differ from the verified one: the platform compares the documents.",
    holds=lambda c: not c.document.names_to_compare,
)
SOUND: Guard[PayoutAccount] = Guard(
    code="account_failed",
    reason="The account in force is refused by the bank.",
    holds=lambda c: not c.document.broken,
)
DESKS = (Desk.TAX_FORMS, Desk.BANK_ACCOUNTS)
CHECKED = nothing_left_for_people(DESKS)
PEOPLE_MAY = people_may(DESKS)
REVIEWED: tuple[tuple[PayoutAccountState, tuple[Role, ...], tuple[Guard[PayoutAccount], ...]], ...] = (
    (PayoutAccountState.CHECKING, REVIEWERS, (PEOPLE_MAY,)),
    (PayoutAccountState.IN_REVIEW, (Role.OPERATOR,), ()),
)
"""Where an account is looked at, and by whom."""

TAX = ("proposed_tax_form", "proposed_tax_country")
NO_PROPOSED_TAX = dict.fromkeys(TAX)
DROP_CHANGE = {
    "proposed_submission_id": None,
    "proposed_digest": None,
    "approved_digest": None,
    "requested_by": None,
    "operator_id": None,
    **NO_PROPOSED_TAX,
}


def proposed_tax(context: Context[PayoutAccount]) -> Facts:
    """The tax form that a command brings, and none when it brings none."""
    return {name: getattr(context.proposed, name) if context.brings(name) else None for name in TAX}


def adopted_tax(context: Context[PayoutAccount]) -> Facts:
    """The proposed tax form, in force from now on; what a change did not propose stays."""
    document = context.document
    return {
        "tax_form": document.proposed_tax_form or document.tax_form,
        "tax_country": document.proposed_tax_country or document.tax_country,
        **NO_PROPOSED_TAX,
    }


PAYOUT_ACCOUNT = Machine(
    name="payout_account",
    title="Payout account",
    document=PayoutAccount,
    moves_money=True,
    checklist=(
        "The account’s name is that of the verified business.",
        "The tax form fits the country, and is signed.",
        "For a change: the organization has confirmed on another way that it asked for it.",
    ),
    states=(
        State(
            name=PayoutAccountState.NOT_SET_UP,
            description="No payout account is set up; earnings stay in the balance.",
            waits_for=Role.ADMIN,
            todo="Set up the payout account: business, tax and bank",
        ),
        under_review(
            PayoutAccountState.CHECKING,
            "The tax form and the bank account are being checked.",
            desks=DESKS,
            days=lambda p: p.account_check_days,
            todo="Check the tax form and the bank account, then accept or decline them",
            effect=effects.CHECK_PAYOUT_ACCOUNT,
        ),
        State(
            name=PayoutAccountState.DOCUMENTS_NEEDED,
            description="The account name does not match the verified business; documents are needed.",
            waits_for=Role.ADMIN,
            todo="Upload documents that prove whose account it is",
        ),
        State(
            name=PayoutAccountState.IN_REVIEW,
            description="The platform compares the documents with the account.",
            waits_for=Role.OPERATOR,
            deadlines=(review_late(lambda p: p.account_check_days),),
            todo="Compare the documents with the account name",
        ),
        State(
            name=PayoutAccountState.DECLINED,
            description="The payout account was not accepted.",
            waits_for=Role.ADMIN,
            todo="Correct the payout account and submit it again",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutAccountState.REJECTED,
            description="A business under US backup withholding cannot be paid.",
            waits_for=Role.OPERATOR,
            todo="Reopen the payout account once the withholding notice is lifted",
            tone=Tone.BAD,
        ),
        State(
            name=PayoutAccountState.ACTIVE,
            description="The payout account can receive payments.",
            tone=Tone.GOOD,
        ),
        State(
            name=PayoutAccountState.NEEDS_FIX,
            description="The bank refuses the payout account; payments wait for another one.",
            waits_for=Role.ADMIN,
            todo="Enter a bank account that can receive the payment",
        ),
        State(
            name=PayoutAccountState.CHANGE_IN_REVIEW,
            description="The platform reviews the change of the payout account; payments wait.",
            waits_for=Role.OPERATOR,
            deadlines=(review_late(lambda p: p.account_check_days),),
            todo="Review the change of the payout account",
        ),
        State(
            name=PayoutAccountState.CHANGE_AWAITING_APPROVAL,
            description="A second person of the platform must agree to the change; payments wait.",
            waits_for=Role.FINANCE,
            deadlines=(review_late(lambda p: p.account_check_days),),
            todo="Approve or decline the change of the payout account",
        ),
        State(
            name=PayoutAccountState.COOLING_OFF,
            description="The change is approved, and a waiting period protects you; payments wait.",
            waits_for=Role.CLOCK,
            deadlines=(
                Deadline(
                    event="finish_change",
                    then="The new account is used, and waiting payments go on.",
                    due=after(lambda p: timedelta(days=p.cooling_off_days)),
                    when=lambda p: f"after {p.cooling_off_days} days",
                ),
            ),
        ),
    ),
    rules=(
        Rule(
            event="submit",
            sources=(PayoutAccountState.NOT_SET_UP, PayoutAccountState.DECLINED),
            target=PayoutAccountState.CHECKING,
            roles=(Role.ADMIN,),
            guards=(PAY_OUT_OPEN, VERIFIED),
            required_facts=("submission_id",),
            optional_facts=(*TAX, "names_to_compare"),
            updates=lambda c: {
                "names_to_compare": (c.proposed.names_to_compare if c.brings("names_to_compare") else False),
                **proposed_tax(c),
            },
        ),
        Rule(
            event="accept",
            sources=(PayoutAccountState.CHECKING,),
            target=PayoutAccountState.ACTIVE,
            roles=(Role.PROVIDER,),
            guards=(NAMES_AGREE, CHECKED),
            updates=adopted_tax,
            effect=effects.TELL_PAYOUTS,
            notification="Your payout account is set up.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_ACTIVATED,
        ),
        Rule(
            event="accept",
            sources=(PayoutAccountState.CHECKING,),
            target=PayoutAccountState.IN_REVIEW,
            roles=(Role.PROVIDER,),
            notification="What machines check is right; the platform looks at the rest.",
        ),
        *(
            Rule[PayoutAccount](
                event="accept",
                sources=(state,),
                target=PayoutAccountState.ACTIVE,
                roles=(Role.OPERATOR,),
                guards=guards,
                updates=lambda c: {"names_to_compare": False, **adopted_tax(c)},
                effect=effects.TELL_PAYOUTS,
                notification="Your payout account is set up.",
                webhook_type=WebhookType.PAYOUT_ACCOUNT_ACTIVATED,
            )
            for state, _, guards in REVIEWED
        ),
        *(
            Rule[PayoutAccount](
                event="decline",
                sources=(state,),
                target=PayoutAccountState.DECLINED,
                roles=roles,
                guards=guards,
                needs_reasons=True,
                usual_reasons=reviews.ACCOUNT,
                notification="Your payout account was not accepted; see what to correct.",
                webhook_type=WebhookType.PAYOUT_ACCOUNT_DECLINED,
            )
            for state, roles, guards in REVIEWED
        ),
        Rule(
            event="request_documents",
            sources=(PayoutAccountState.CHECKING,),
            target=PayoutAccountState.DOCUMENTS_NEEDED,
            roles=REVIEWERS,
            guards=(PEOPLE_MAY,),
            needs_reasons=True,
            usual_reasons=reviews.ACCOUNT_UNPROVED,
            notification="The account name does not match your business; please upload documents.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_DOCUMENTS_REQUESTED,
        ),
        Rule(
            event="provide_documents",
            sources=(PayoutAccountState.DOCUMENTS_NEEDED,),
            target=PayoutAccountState.IN_REVIEW,
            roles=(Role.ADMIN,),
            required_facts=("submission_id",),
        ),
        Rule(
            event="reject",
            sources=(PayoutAccountState.CHECKING,),
            target=PayoutAccountState.REJECTED,
            roles=REVIEWERS,
            guards=(PEOPLE_MAY,),
            needs_reasons=True,
            usual_reasons=reviews.WITHHOLDING,
            notification="An organization under US backup withholding cannot be paid; talk to the platform.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_REJECTED,
        ),
        Rule(
            event="reopen",
            sources=(PayoutAccountState.REJECTED,),
            target=PayoutAccountState.DECLINED,
            roles=(Role.OPERATOR,),
            notification="Your payout account can be submitted again.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_REOPENED,
        ),
        Rule(
            event="fail",
            sources=(PayoutAccountState.ACTIVE,),
            target=PayoutAccountState.NEEDS_FIX,
            roles=(Role.PIPELINE,),
            optional_facts=("failure_code",),
            updates=lambda _: {"broken": True},
            effect=effects.TELL_PAYOUTS,
            notification="The bank refused your payout account; enter another one, and the payment goes on by itself.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_FAILED,
        ),
        *(
            Rule[PayoutAccount](
                event="fail",
                sources=(state,),
                target=state,
                roles=(Role.PIPELINE,),
                optional_facts=("failure_code",),
                updates=lambda _: {"broken": True},
                effect=effects.TELL_PAYOUTS,
            )
            for state in CHANGING
        ),
        Rule(
            event="change",
            sources=(PayoutAccountState.ACTIVE, PayoutAccountState.NEEDS_FIX),
            target=PayoutAccountState.CHANGE_IN_REVIEW,
            roles=(Role.ADMIN,),
            guards=(VERIFIED,),
            required_facts=("proposed_submission_id",),
            optional_facts=("proposed_digest", *TAX),
            updates=lambda c: {
                "requested_by": c.command.actor.id,
                "proposed_digest": c.brought("proposed_digest", c.proposed.proposed_digest),
                "approved_digest": None,
                **proposed_tax(c),
            },
            effect=effects.TELL_PAYOUTS,
            notification="A change of your payout account was requested; payments wait until it is done. "
            "If none of you asked for it, withdraw it at once.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGE_REQUESTED,
        ),
        Rule(
            event="approve_change",
            sources=(PayoutAccountState.CHANGE_IN_REVIEW,),
            target=PayoutAccountState.CHANGE_AWAITING_APPROVAL,
            roles=(Role.OPERATOR,),
            guards=(NOT_THE_REQUESTER, WHAT_WAS_SEEN),
            optional_facts=("approved_digest",),
            updates=lambda c: {"operator_id": c.command.actor.id},
            notification="The platform has approved the change of your payout account; a second person looks at it next.",
        ),
        Rule(
            event="approve_change",
            sources=(PayoutAccountState.CHANGE_AWAITING_APPROVAL,),
            target=PayoutAccountState.COOLING_OFF,
            roles=(Role.FINANCE,),
            guards=(NOT_THE_REQUESTER, WHAT_WAS_SEEN),
            optional_facts=("approved_digest",),
            notification="The change of your payout account is approved; after a waiting period it is used.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGE_APPROVED,
        ),
        Rule(
            event="decline_change",
            sources=CHANGING,
            target=PayoutAccountState.ACTIVE,
            roles=(Role.OPERATOR, Role.FINANCE),
            guards=(SOUND, SAME_CHANGE),
            optional_facts=("proposed_digest",),
            needs_reasons=True,
            usual_reasons=reviews.ACCOUNT_CHANGE,
            updates=lambda _: DROP_CHANGE,
            effect=effects.TELL_PAYOUTS,
            notification="The change of your payout account was declined; the account in force stays.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGE_DECLINED,
        ),
        Rule(
            event="decline_change",
            sources=CHANGING,
            target=PayoutAccountState.NEEDS_FIX,
            roles=(Role.OPERATOR, Role.FINANCE),
            guards=(SAME_CHANGE,),
            optional_facts=("proposed_digest",),
            needs_reasons=True,
            usual_reasons=reviews.ACCOUNT_CHANGE,
            updates=lambda _: DROP_CHANGE,
            notification="The new payout account was declined; enter another one.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGE_DECLINED,
        ),
        Rule(
            event="withdraw_change",
            sources=CHANGING,
            target=PayoutAccountState.ACTIVE,
            roles=(Role.ADMIN,),
            guards=(SOUND,),
            updates=lambda _: DROP_CHANGE,
            effect=effects.TELL_PAYOUTS,
            notification="The change of your payout account was withdrawn; the account in force stays.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGE_WITHDRAWN,
        ),
        Rule(
            event="withdraw_change",
            sources=CHANGING,
            target=PayoutAccountState.NEEDS_FIX,
            roles=(Role.ADMIN,),
            updates=lambda _: DROP_CHANGE,
            notification="The change was withdrawn; the bank still refuses the account in force.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGE_WITHDRAWN,
        ),
        Rule(
            event="finish_change",
            sources=(PayoutAccountState.COOLING_OFF,),
            target=PayoutAccountState.ACTIVE,
            roles=(Role.CLOCK,),
            updates=lambda c: {
                **DROP_CHANGE,
                **adopted_tax(c),
                "submission_id": c.document.proposed_submission_id,
                "broken": False,
                "failure_code": None,
            },
            effect=effects.TELL_PAYOUTS,
            notification="Your new payout account is in use; waiting payments go on by themselves.",
            webhook_type=WebhookType.PAYOUT_ACCOUNT_CHANGED,
        ),
        *review_rules(DESKS, PayoutAccountState.CHECKING),
        *staff_late_rules(
            PayoutAccountState.IN_REVIEW,
            PayoutAccountState.CHANGE_IN_REVIEW,
            PayoutAccountState.CHANGE_AWAITING_APPROVAL,
        ),
    ),
)
