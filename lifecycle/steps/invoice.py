"""Invoices: a claim for confirmed statements, reviewed, then paid by its payout."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from forms.lookalikes import as_latin
from lifecycle.deadlines import PAY_OUT_OPEN, review_late, review_late_rule
from lifecycle.machine import NEW, Consequence, Context, Deadline, Guard, Machine, Rule, State
from lifecycle.steps.payout_account import CHANGING
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models.commands import Role
from models.documents import Contract, FailureClass, Invoice, PayoutAccount, Statement
from models.dossier import Dossier
from models.reasons.failures import explain
from models.typed_numbers import number_key


def selected(context: Context) -> list[Statement]:
    """The statements that the invoice claims, as far as they exist."""
    found = (context.dossier.get(i, Statement) for i in context.proposed.statement_ids)
    return [statement for statement in found if statement]


def statements_known(context: Context) -> bool:
    """Whether each selected statement exists, once."""
    ids = context.proposed.statement_ids
    return len(set(ids)) == len(ids) and len(selected(context)) == len(ids)


def statements_confirmed(context: Context) -> bool:
    """Whether each selected statement is confirmed and not claimed by another invoice."""
    return all(statement.state == "confirmed" for statement in selected(context))


def total_matches(context: Context) -> bool:
    """Whether the invoice is for exactly the sum of its statements, in the settlement currency."""
    claimed, total = selected(context), context.proposed.total
    currencies = {total.currency, *(statement.net.currency for statement in claimed)}
    return currencies == {context.policy.settlement_currency} and total.amount == sum(
        statement.net.amount for statement in claimed
    )


def contracts_ended(dossier: Dossier) -> bool:
    """Whether the organization can earn no more, because every contract that it had is terminated."""
    contracts = {contract.state for contract in dossier.of(Contract)}
    return "terminated" in contracts and contracts <= {"terminated", "not_signed"}


def large_enough(context: Context) -> bool:
    """Whether the invoice reaches the minimum; what is left after the last contract has ended need not."""
    return contracts_ended(context.dossier) or context.proposed.total.amount >= context.policy.invoice_minimum


def not_dated_early(context: Context) -> bool:
    """Whether the invoice is dated on or after the day on which its last statement was confirmed."""
    days = [statement.confirmed_on for statement in selected(context) if statement.confirmed_on]
    dated = context.proposed.dated
    return bool(max(days, default=dated) <= dated <= context.now.date() + timedelta(days=1))


def number_free(context: Context) -> bool:
    """Whether the number is not of those that only the platform gives, and does not look like one."""
    invoice, prefix = context.proposed, context.policy.self_billed_prefix
    reserved = number_key(as_latin(invoice.number)).startswith(number_key(as_latin(prefix)))
    return bool(reserved == invoice.self_billed)


def account_active(context: Context) -> bool:
    """Whether the payout account can receive payments now."""
    account = context.dossier.get("payout_account", PayoutAccount)
    return account is not None and account.state == "active"


ACCOUNT_ACTIVE = Guard(
    "payout_account_not_active",
    "The payout account must be set up and active before an invoice is submitted.",
    account_active,
)
INVOICEABLE = (
    Guard(
        "unknown_statement",
        "Select each statement once, and only statements of this organization.",
        statements_known,
        True,
    ),
    Guard(
        "statement_not_confirmed",
        "Select only statements that are confirmed and not yet invoiced.",
        statements_confirmed,
        True,
    ),
    Guard("total_differs", "The amount must equal the sum of the selected statements.", total_matches, True),
    Guard(
        "below_minimum",
        "The selected statements are together below the smallest invoice; select more of them.",
        large_enough,
        True,
    ),
    Guard(
        "wrong_date",
        "The invoice must be dated between the day the last statement was confirmed and today.",
        not_dated_early,
        True,
    ),
    Guard(
        "reserved_number",
        "Numbers that begin like this are given by the platform alone; choose another number.",
        number_free,
        True,
    ),
)


def for_its_statements(event: str) -> Callable[[Context], Iterable[Consequence]]:
    """The consequence of an invoice's step for each statement that it claims."""

    def consequences(context: Context) -> Iterable[Consequence]:
        facts = {"invoice_id": context.document.id} if event == "invoice" else {}
        for statement_id in context.proposed.statement_ids:
            yield Consequence(statement_id, event, facts)

    return consequences


release_statements = for_its_statements("release")
return_statements = for_its_statements("return_payment")


def break_account(context: Context) -> Iterable[Consequence]:
    """When the bank refused the account in force, it must be mended before anything is sent there again."""
    account = context.dossier.get("payout_account", PayoutAccount)
    if account is None or context.proposed.failure_class != FailureClass.ACCOUNT:
        return
    in_force = context.brought("refused_account") in (None, account.submission_id)
    if in_force and account.state in ("active", *CHANGING):
        yield Consequence("payout_account", "break", {"failure_code": context.proposed.failure_code})


def payment_came_back(context: Context) -> Iterable[Consequence]:
    """The statements are owed again, and the account that sent the money back must be mended."""
    yield from return_statements(context)
    yield from break_account(context)


def failure_in_words(context: Context) -> str:
    """Why a payment failed, and how that is mended."""
    failure = explain(context.proposed.failure_class, context.proposed.failure_code)
    return f"{failure.why} {failure.mend}"


FAILURE = ("failure_class", "failure_code")
NO_FAILURE = {"failure_class": None, "failure_code": None, "refused_account": None}
PAYMENT_LATE = Deadline(
    "payment_late",
    lambda d, p: None if d.late else d.pay_by,
    binding=False,
    when=lambda p: f"{p.payment_days} days after it was submitted",
)

INVOICE = Machine(
    "invoice",
    "Invoice",
    Invoice,
    states=(
        State(
            "under_review",
            "The invoice is being reviewed.",
            Role.PROVIDER,
            (review_late(lambda p: p.invoice_review_days),),
            effect="request_review",
        ),
        State(
            "processing_payment",
            "The invoice is valid and its payment is under way.",
            Role.PIPELINE,
            (PAYMENT_LATE,),
            effect="start_payout",
        ),
        State(
            "payment_failed",
            "The payment failed; the payout says who must act.",
            Role.PIPELINE,
            (PAYMENT_LATE,),
        ),
        State("paid", "The invoice is paid; the payment is watched for its return."),
        State("rejected", "The invoice was rejected; submit another for the same statements.", final=True),
        State("cancelled", "The payout was cancelled; its statements can be invoiced again.", final=True),
        State("closed", "Paid, and the time for returns is over.", final=True),
    ),
    rules=(
        Rule(
            "submit",
            (NEW,),
            "under_review",
            (Role.ADMIN,),
            (PAY_OUT_OPEN, VERIFIED, ACCOUNT_ACTIVE, *INVOICEABLE),
            takes=("number", "statement_ids", "total", "dated", "submission_id"),
            may_take=("self_billed",),
            sets=lambda c: {
                "submitted_by": c.command.actor.id,
                "pay_by": c.now + timedelta(days=c.policy.payment_days),
            },
            consequences=for_its_statements("invoice"),
        ),
        Rule(
            "approve",
            ("under_review",),
            "processing_payment",
            REVIEWERS,
            sets=lambda c: {"approved_by": c.command.actor.id},
            meaning="Your invoice is valid; its payment is under way.",
        ),
        Rule(
            "reject",
            ("under_review",),
            "rejected",
            REVIEWERS,
            needs_reasons=True,
            consequences=release_statements,
            meaning="Your invoice was rejected; see why and submit another for the same statements.",
        ),
        Rule(
            "fail_payment",
            ("processing_payment", "payment_failed"),
            "payment_failed",
            (Role.PIPELINE,),
            takes=FAILURE,
            may_take=("refused_account",),
            sets=lambda c: {"refused_account": c.brought("refused_account")},
            consequences=break_account,
            meaning="A payment failed.",
            details=failure_in_words,
        ),
        Rule("resume_payment", ("processing_payment",), "processing_payment", (Role.PIPELINE,)),
        Rule(
            "resume_payment",
            ("payment_failed",),
            "processing_payment",
            (Role.PIPELINE,),
            sets=lambda _: NO_FAILURE,
            meaning="The payment of your invoice goes on. Nothing is needed from you.",
        ),
        Rule(
            "pay",
            ("processing_payment", "payment_failed"),
            "paid",
            (Role.PIPELINE,),
            sets=lambda _: NO_FAILURE,
            consequences=for_its_statements("pay"),
            meaning="Your invoice is paid.",
        ),
        Rule(
            "return_payment",
            ("paid",),
            "payment_failed",
            (Role.PIPELINE,),
            takes=FAILURE,
            may_take=("refused_account",),
            consequences=payment_came_back,
            effect="tell_payouts",
            meaning="A payment came back from your bank; the amount is owed to you again.",
            details=failure_in_words,
        ),
        Rule(
            "cancel",
            ("processing_payment", "payment_failed"),
            "cancelled",
            (Role.PIPELINE,),
            consequences=release_statements,
            meaning="The payout was cancelled; its statements can be invoiced again.",
        ),
        Rule("close", ("paid",), "closed", (Role.PIPELINE,), consequences=for_its_statements("close")),
        *(
            Rule(
                "payment_late", (state,), state, (Role.CLOCK,), sets=lambda _: {"late": True}, meaning=meaning
            )
            for state, meaning in (
                (
                    "processing_payment",
                    "The payment of your invoice takes longer than promised. Nothing is needed from you; "
                    "its page says what it waits for.",
                ),
                (
                    "payment_failed",
                    "The payment of your invoice is late, because it failed. See its page for what mends it.",
                ),
            )
        ),
        *review_late_rule("under_review"),
    ),
)
