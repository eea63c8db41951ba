"""The payout account: set up once, changed only under four eyes, held while it changes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from lifecycle.deadlines import PAY_OUT_OPEN, after, review_late, review_late_rule
from lifecycle.machine import Context, Deadline, Guard, Machine, Rule, State
from lifecycle.steps.verification import VERIFIED
from models.commands import Role
from models.documents import PayoutAccount

NOT_THE_REQUESTER = Guard(
    "four_eyes",
    "Whoever asked for this change, or has approved it once, may not approve it; another person must.",
    lambda c: c.command.actor.id not in (c.document.requested_by, c.document.operator_id),
)
WHAT_WAS_SEEN = Guard(
    "approval_of_something_else",
    "Read the change again, and name the digest of what you approve.",
    lambda c: c.document.proposed_digest in (None, c.brought("approved_digest")),
    needs_facts=True,
)
SAME_CHANGE = Guard(
    "change_replaced",
    "The change is another one now; read it again, then decide on that.",
    lambda c: c.brought("proposed_digest") in (None, c.document.proposed_digest),
    needs_facts=True,
)
NAMES_AGREE = Guard(
    "names_to_compare",
    "The names differ from the verified one: an operator compares the documents.",
    lambda c: not c.document.names_to_compare,
)
SOUND = Guard(
    "account_broken", "The account in force is refused by the bank.", lambda c: not c.document.broken
)

CHANGING = ("change_in_review", "change_awaiting_approval", "cooling_off")
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


def proposed_tax(context: Context) -> Mapping[str, Any]:
    """The tax form that a command brings, and none when it brings none."""
    return {name: context.brought(name) for name in TAX}


def adopted_tax(context: Context) -> Mapping[str, Any]:
    """The proposed tax form, in force from now on; what a change did not propose stays."""
    document = context.document
    return {
        "tax_form": document.proposed_tax_form or document.tax_form,
        "tax_country": document.proposed_tax_country or document.tax_country,
        **NO_PROPOSED_TAX,
    }


PAYOUT_ACCOUNT = Machine(
    "payout_account",
    "Payout account",
    PayoutAccount,
    states=(
        State(
            "not_set_up",
            "No payout account is set up; earnings stay in the balance.",
            Role.ADMIN,
            todo="Set up the payout account: business, tax and bank",
        ),
        State(
            "checking",
            "The tax form and the bank account are being checked.",
            Role.PROVIDER,
            (review_late(lambda p: p.account_check_days),),
            effect="check_payout_account",
        ),
        State(
            "documents_needed",
            "The account name does not match the verified business; documents are needed.",
            Role.ADMIN,
            todo="Upload documents that prove whose account it is",
        ),
        State(
            "in_review",
            "An operator compares the documents.",
            Role.OPERATOR,
            (review_late(lambda p: p.account_check_days),),
            todo="Compare the documents with the account name",
        ),
        State(
            "rejected",
            "The payout account was rejected.",
            Role.ADMIN,
            todo="Correct what is named and submit the payout account again",
        ),
        State(
            "refused",
            "The organization is under US backup withholding and cannot be paid.",
            Role.OPERATOR,
            todo="Reopen once the withholding notice is lifted",
        ),
        State("active", "The payout account can receive payments."),
        State(
            "mend_needed",
            "The bank refuses the payout account; payments wait for another one.",
            Role.ADMIN,
            todo="Enter a bank account that can receive the payment",
        ),
        State(
            "change_in_review",
            "An operator reviews the change of the payout account; payments wait.",
            Role.OPERATOR,
            (review_late(lambda p: p.account_check_days),),
            todo="Review the change of the payout account",
        ),
        State(
            "change_awaiting_approval",
            "A finance approver must agree to the change; payments wait.",
            Role.FINANCE,
            (review_late(lambda p: p.account_check_days),),
            todo="Approve or decline the change of the payout account",
        ),
        State(
            "cooling_off",
            "The change is approved and cools off; payments wait.",
            Role.CLOCK,
            (
                Deadline(
                    "finish_change",
                    after(lambda p: timedelta(days=p.cooling_off_days)),
                    when=lambda p: f"after {p.cooling_off_days} days",
                ),
            ),
        ),
    ),
    rules=(
        Rule(
            "submit",
            ("not_set_up", "rejected"),
            "checking",
            (Role.ADMIN,),
            (PAY_OUT_OPEN, VERIFIED),
            takes=("submission_id",),
            may_take=(*TAX, "names_to_compare"),
            sets=lambda c: {"names_to_compare": c.brought("names_to_compare", False), **proposed_tax(c)},
        ),
        Rule(
            "accept",
            ("checking",),
            "active",
            (Role.PROVIDER,),
            (NAMES_AGREE,),
            sets=adopted_tax,
            effect="tell_payouts",
            meaning="Your payout account is set up.",
        ),
        Rule(
            "accept",
            ("checking",),
            "in_review",
            (Role.PROVIDER,),
            meaning="Tax form and bank account are right; an operator compares the names with your documents.",
        ),
        Rule(
            "accept",
            ("in_review",),
            "active",
            (Role.OPERATOR,),
            sets=lambda c: {"names_to_compare": False, **adopted_tax(c)},
            effect="tell_payouts",
            meaning="Your payout account is set up.",
        ),
        Rule(
            "reject",
            ("checking",),
            "rejected",
            (Role.PROVIDER,),
            needs_reasons=True,
            meaning="Your payout account was rejected; see what to correct.",
        ),
        Rule(
            "reject",
            ("in_review",),
            "rejected",
            (Role.OPERATOR,),
            needs_reasons=True,
            meaning="Your payout account was rejected; see what to correct.",
        ),
        Rule(
            "request_documents",
            ("checking",),
            "documents_needed",
            (Role.PROVIDER,),
            needs_reasons=True,
            meaning="The account name does not match your business; please upload documents.",
        ),
        Rule(
            "provide_documents",
            ("documents_needed",),
            "in_review",
            (Role.ADMIN,),
            takes=("submission_id",),
        ),
        Rule(
            "refuse",
            ("checking",),
            "refused",
            (Role.PROVIDER,),
            needs_reasons=True,
            meaning="An organization under US backup withholding cannot be paid; talk to the operator.",
        ),
        Rule(
            "reopen",
            ("refused",),
            "rejected",
            (Role.OPERATOR,),
            meaning="Your payout account can be submitted again.",
        ),
        Rule(
            "break",
            ("active",),
            "mend_needed",
            (Role.PIPELINE,),
            may_take=("failure_code",),
            sets=lambda _: {"broken": True},
            effect="tell_payouts",
            meaning="The bank refused your payout account; enter another one, and the payment goes on by itself.",
        ),
        *(
            Rule(
                "break",
                (state,),
                state,
                (Role.PIPELINE,),
                may_take=("failure_code",),
                sets=lambda _: {"broken": True},
                effect="tell_payouts",
            )
            for state in CHANGING
        ),
        Rule(
            "change",
            ("active", "mend_needed"),
            "change_in_review",
            (Role.ADMIN,),
            (VERIFIED,),
            takes=("proposed_submission_id",),
            may_take=("proposed_digest", *TAX),
            sets=lambda c: {
                "requested_by": c.command.actor.id,
                "proposed_digest": c.brought("proposed_digest"),
                "approved_digest": None,
                **proposed_tax(c),
            },
            effect="tell_payouts",
            meaning="A change of your payout account was requested; payments wait until it is done. "
            "If none of you asked for it, withdraw it at once.",
        ),
        Rule(
            "approve_change",
            ("change_in_review",),
            "change_awaiting_approval",
            (Role.OPERATOR,),
            (NOT_THE_REQUESTER, WHAT_WAS_SEEN),
            may_take=("approved_digest",),
            sets=lambda c: {"operator_id": c.command.actor.id},
            meaning="An operator has approved the change of your payout account; a finance approver looks at it next.",
        ),
        Rule(
            "approve_change",
            ("change_awaiting_approval",),
            "cooling_off",
            (Role.FINANCE,),
            (NOT_THE_REQUESTER, WHAT_WAS_SEEN),
            may_take=("approved_digest",),
            meaning="The change of your payout account is approved; it cools off before it is used.",
        ),
        Rule(
            "decline_change",
            CHANGING,
            "active",
            (Role.OPERATOR, Role.FINANCE),
            (SOUND, SAME_CHANGE),
            may_take=("proposed_digest",),
            needs_reasons=True,
            sets=lambda _: DROP_CHANGE,
            effect="tell_payouts",
            meaning="The change of your payout account was declined; the account in force stays.",
        ),
        Rule(
            "decline_change",
            CHANGING,
            "mend_needed",
            (Role.OPERATOR, Role.FINANCE),
            (SAME_CHANGE,),
            may_take=("proposed_digest",),
            needs_reasons=True,
            sets=lambda _: DROP_CHANGE,
            meaning="The new payout account was declined; enter another one.",
        ),
        Rule(
            "withdraw_change",
            CHANGING,
            "active",
            (Role.ADMIN,),
            (SOUND,),
            sets=lambda _: DROP_CHANGE,
            effect="tell_payouts",
            meaning="The change of your payout account was withdrawn; the account in force stays.",
        ),
        Rule(
            "withdraw_change",
            CHANGING,
            "mend_needed",
            (Role.ADMIN,),
            sets=lambda _: DROP_CHANGE,
            meaning="The change was withdrawn; the bank still refuses the account in force.",
        ),
        Rule(
            "finish_change",
            ("cooling_off",),
            "active",
            (Role.CLOCK,),
            sets=lambda c: {
                **DROP_CHANGE,
                **adopted_tax(c),
                "submission_id": c.document.proposed_submission_id,
                "broken": False,
                "failure_code": None,
            },
            effect="tell_payouts",
            meaning="Your new payout account is in use; waiting payments go on by themselves.",
        ),
        *review_late_rule("checking"),
        *review_late_rule("in_review", "change_in_review", "change_awaiting_approval", ask=False),
    ),
)
