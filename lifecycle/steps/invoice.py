"""Invoices: a claim for confirmed statements, reviewed, then paid by its payout."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from forms.lookalikes import as_latin
from lifecycle.deadlines import PAY_OUT_OPEN
from lifecycle.machine import NEW, Consequence, Context, Deadline, Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import review_rules, under_review
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models import effects
from models.commands import Role
from models.desks import Desk
from models.documents import Contract, Document, FailureClass, Invoice, PayoutAccount, Statement
from models.dossier import Dossier, account_obstacle
from models.reasons import reviews
from models.reasons.failures import NO_FAILURE
from models.states import CHANGING, InvoiceState, PayoutAccountState, StatementState
from models.typed_numbers import number_key
from models.webhooks import WebhookType


def selected(context: Context[Invoice]) -> list[Statement]:
    """The statements that the invoice claims, as far as they exist."""
    found = (context.dossier.get(i, Statement) for i in context.proposed.statement_ids)
    return [statement for statement in found if statement]


def statements_known(context: Context[Invoice]) -> bool:
    """Whether each selected statement exists, once."""
    ids = context.proposed.statement_ids
    return len(set(ids)) == len(ids) and len(selected(context)) == len(ids)


def statements_confirmed(context: Context[Invoice]) -> bool:
    """Whether each selected statement is confirmed and not claimed by another invoice."""
    return all(statement.state == StatementState.CONFIRMED for statement in selected(context))


def total_matches(context: Context[Invoice]) -> bool:
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


def large_enough(context: Context[Invoice]) -> bool:
    """Whether the invoice reaches the minimum; what is left after the last contract has ended need not."""
    return contracts_ended(context.dossier) or context.proposed.total.amount >= context.policy.invoice_minimum


def not_dated_early(context: Context[Invoice]) -> bool:
    """Whether the invoice is dated on or after the day on which its last statement was confirmed."""
    days = [statement.confirmed_on for statement in selected(context) if statement.confirmed_on]
    dated = context.proposed.dated
    return bool(max(days, default=dated) <= dated <= context.now.date() + timedelta(days=1))


def number_free(context: Context[Invoice]) -> bool:
    """Whether the number is not of those that only the platform gives, and does not look like one."""
    invoice, prefix = context.proposed, context.policy.self_billed_prefix
    reserved = number_key(as_latin(invoice.number)).startswith(number_key(as_latin(prefix)))
    return bool(reserved == invoice.self_billed)


ACCOUNT_ACTIVE: Guard[Document] = Guard(
    code="payout_account_not_active",
    reason="The payout account must be set up and active before an invoice is submitted.",
    holds=lambda c: account_obstacle(c.dossier) is None,
    waits_for_step="payout_account",
    moved_by=lambda document, dossier: ["payout_account"],
)
SUBMITTABLE = (PAY_OUT_OPEN, VERIFIED, ACCOUNT_ACTIVE)
"""What must hold before any invoice can be submitted."""
STATEMENTS_CONFIRMED: Guard[Invoice] = Guard(
    code="statement_not_confirmed",
    reason="Select only statements that are confirmed and not yet invoiced.",
    holds=statements_confirmed,
    needs_facts=True,
    waits_for_step="statement",
    field="/statement_ids",
)
INVOICEABLE: tuple[Guard[Invoice], ...] = (
    Guard(
        code="unknown_statement",
        reason="Select each statement once, and only statements of this organization.",
        holds=statements_known,
        needs_facts=True,
        field="/statement_ids",
    ),
    STATEMENTS_CONFIRMED,
    Guard(
        code="total_differs",
        reason="The amount must equal the sum of the selected statements.",
        holds=total_matches,
        needs_facts=True,
        field="/amount",
    ),
    Guard(
        code="below_minimum",
        reason="The selected statements are together below the smallest invoice; select more of them.",
        holds=large_enough,
        needs_facts=True,
        field="/statement_ids",
    ),
    Guard(
        code="wrong_date",
        reason="The invoice must be dated between the day the last statement was confirmed and today.",
        holds=not_dated_early,
        needs_facts=True,
        field="/date",
    ),
    Guard(
        code="reserved_number",
        reason="Numbers that begin like this are given by the platform alone; choose another number.",
        holds=number_free,
        needs_facts=True,
        field="/number",
    ),
)


def for_its_statements(event: str) -> Callable[[Context[Invoice]], Iterable[Consequence]]:
    """The consequence of an invoice's step for each statement that it claims."""

    def consequences(context: Context[Invoice]) -> Iterable[Consequence]:
        facts = {"invoice_id": context.document.id} if event == "invoice" else {}
        for statement_id in context.proposed.statement_ids:
            yield Consequence(statement_id, event, facts)

    return consequences


detach_statements = for_its_statements("detach")
return_statements = for_its_statements("return_payment")


def fail_account(context: Context[Invoice]) -> Iterable[Consequence]:
    """When the bank refused the account in force, it must be mended before anything is sent there again."""
    account = context.dossier.get("payout_account", PayoutAccount)
    if account is None or context.proposed.failure_class != FailureClass.ACCOUNT:
        return
    in_force = context.brought("refused_account", context.proposed.refused_account) in (
        None,
        account.submission_id,
    )
    if in_force and account.state in (PayoutAccountState.ACTIVE, *CHANGING):
        yield Consequence("payout_account", "fail", {"failure_code": context.proposed.failure_code})


def payment_came_back(context: Context[Invoice]) -> Iterable[Consequence]:
    """The statements are owed again, and the account that sent the money back must be mended."""
    yield from return_statements(context)
    yield from fail_account(context)


def failure_in_words(context: Context[Invoice]) -> str:
    """Why a payment failed, and how that is mended."""
    assert context.proposed.failure is not None, "a failed payment says in which class"
    words = context.proposed.failure.words
    return f"{words.why} {words.fix}"


FAILURE = tuple(NO_FAILURE)
NO_FAILED_PAYMENT = {**NO_FAILURE, "refused_account": None}
PAYMENT_LATE: Deadline[Invoice] = Deadline(
    event="payment_late",
    then="The promised day of payment has passed; the payment counts as late.",
    due=lambda d, p: None if d.late else d.pay_by,
    binding=False,
    when=lambda p: f"{p.payment_days} days after it was submitted",
)
DESKS = (Desk.INVOICES,)

INVOICE = Machine(
    name="invoice",
    title="Invoice",
    document=Invoice,
    moves_money=False,
    checklist=(
        "Number, date, name and amount on the PDF are those of the form.",
        "The PDF could be read; if not, it was looked at by a person.",
    ),
    states=(
        under_review(
            InvoiceState.UNDER_REVIEW,
            "The invoice is being reviewed.",
            desks=DESKS,
            days=lambda p: p.invoice_review_days,
            todo="Compare invoice {number} with its statements, {amount}, then approve or reject it",
        ),
        State(
            name=InvoiceState.PROCESSING_PAYMENT,
            description="The invoice is valid and its payment is under way.",
            waits_for=Role.PIPELINE,
            deadlines=(PAYMENT_LATE,),
            effect=effects.START_PAYOUT,
        ),
        State(
            name=InvoiceState.PAYMENT_FAILED,
            description="The payment failed; the page of the payout says what happens next.",
            waits_for=Role.PIPELINE,
            deadlines=(PAYMENT_LATE,),
            tone=Tone.BAD,
        ),
        State(
            name=InvoiceState.PAID,
            description="The invoice is paid; the payment is watched for its return.",
            tone=Tone.GOOD,
        ),
        State(
            name=InvoiceState.REJECTED,
            description="The invoice was rejected; submit another for the same statements.",
            final=True,
            tone=Tone.BAD,
        ),
        State(
            name=InvoiceState.CANCELLED,
            description="The payout was cancelled; its statements can be invoiced again.",
            final=True,
        ),
        State(
            name=InvoiceState.CLOSED,
            description="Paid, and the time for returns is over.",
            final=True,
            tone=Tone.GOOD,
        ),
    ),
    rules=(
        Rule(
            event="submit",
            sources=(NEW,),
            target=InvoiceState.UNDER_REVIEW,
            roles=(Role.ADMIN,),
            guards=(*SUBMITTABLE, *INVOICEABLE),
            required_facts=("number", "statement_ids", "total", "dated", "submission_id"),
            optional_facts=("self_billed",),
            updates=lambda c: {
                "submitted_by": c.command.actor.id,
                "pay_by": c.now + timedelta(days=c.policy.payment_days),
            },
            consequences=for_its_statements("invoice"),
            webhook_type=WebhookType.INVOICE_SUBMITTED,
        ),
        Rule(
            event="approve",
            sources=(InvoiceState.UNDER_REVIEW,),
            target=InvoiceState.PROCESSING_PAYMENT,
            roles=REVIEWERS,
            updates=lambda c: {"approved_by": c.command.actor.id},
            notification="Your invoice is valid; its payment is under way.",
            webhook_type=WebhookType.INVOICE_APPROVED,
            moves_money=True,
        ),
        Rule(
            event="reject",
            sources=(InvoiceState.UNDER_REVIEW,),
            target=InvoiceState.REJECTED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.INVOICE,
            consequences=detach_statements,
            notification="Your invoice was rejected; see why and submit another for the same statements.",
            webhook_type=WebhookType.INVOICE_REJECTED,
        ),
        Rule(
            event="fail_payment",
            sources=(InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED),
            target=InvoiceState.PAYMENT_FAILED,
            roles=(Role.PIPELINE,),
            required_facts=FAILURE,
            optional_facts=("refused_account",),
            updates=lambda c: {"refused_account": c.brought("refused_account", c.proposed.refused_account)},
            consequences=fail_account,
            notification="A payment failed.",
            notification_details=failure_in_words,
            webhook_type=WebhookType.INVOICE_PAYMENT_FAILED,
        ),
        Rule(
            event="resume_payment",
            sources=(InvoiceState.PROCESSING_PAYMENT,),
            target=InvoiceState.PROCESSING_PAYMENT,
            roles=(Role.PIPELINE,),
        ),
        Rule(
            event="resume_payment",
            sources=(InvoiceState.PAYMENT_FAILED,),
            target=InvoiceState.PROCESSING_PAYMENT,
            roles=(Role.PIPELINE,),
            updates=lambda _: NO_FAILED_PAYMENT,
            notification="The payment of your invoice goes on. Nothing is needed from you.",
            webhook_type=WebhookType.INVOICE_PAYMENT_RESUMED,
        ),
        Rule(
            event="pay",
            sources=(InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED),
            target=InvoiceState.PAID,
            roles=(Role.PIPELINE,),
            updates=lambda _: NO_FAILED_PAYMENT,
            consequences=for_its_statements("pay"),
            notification="Your invoice is paid.",
            webhook_type=WebhookType.INVOICE_PAID,
        ),
        Rule(
            event="return_payment",
            sources=(InvoiceState.PAID,),
            target=InvoiceState.PAYMENT_FAILED,
            roles=(Role.PIPELINE,),
            required_facts=FAILURE,
            optional_facts=("refused_account",),
            consequences=payment_came_back,
            effect=effects.TELL_PAYOUTS,
            notification="A payment came back from your bank; the amount is owed to you again.",
            notification_details=failure_in_words,
            webhook_type=WebhookType.INVOICE_PAYMENT_RETURNED,
        ),
        Rule(
            event="cancel",
            sources=(InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED),
            target=InvoiceState.CANCELLED,
            roles=(Role.PIPELINE,),
            consequences=detach_statements,
            notification="The payout was cancelled; its statements can be invoiced again.",
            webhook_type=WebhookType.INVOICE_CANCELLED,
        ),
        Rule(
            event="close",
            sources=(InvoiceState.PAID,),
            target=InvoiceState.CLOSED,
            roles=(Role.PIPELINE,),
            consequences=for_its_statements("close"),
            webhook_type=WebhookType.INVOICE_CLOSED,
        ),
        *(
            Rule[Invoice](
                event="payment_late",
                sources=(state,),
                target=state,
                roles=(Role.CLOCK,),
                updates=lambda _: {"late": True},
                notification=meaning,
            )
            for state, meaning in (
                (
                    InvoiceState.PROCESSING_PAYMENT,
                    "The payment of your invoice takes longer than promised. Nothing is needed from you; "
                    "its page says what it waits for.",
                ),
                (
                    InvoiceState.PAYMENT_FAILED,
                    "The payment of your invoice is late, because it failed. Its page says what puts it right.",
                ),
            )
        ),
        *review_rules(DESKS, InvoiceState.UNDER_REVIEW),
    ),
)
