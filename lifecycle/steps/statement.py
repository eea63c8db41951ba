"""Statements: confirmed by an admin or by the clock, appealed once, then invoiced and paid."""

from datetime import timedelta

from lifecycle.deadlines import countdown, field_due, reminder_rule
from lifecycle.machine import NEW, Context, Deadline, Facts, Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import review_late, staff_late_rules
from models import effects
from models.commands import Role
from models.documents import Statement
from models.money import LARGEST_ADJUSTMENT
from models.reasons import reviews
from models.states import StatementState
from models.webhooks import WebhookType

NOT_APPEALED: Guard[Statement] = Guard(
    code="already_appealed",
    reason="This statement was appealed before; each statement can be appealed once.",
    holds=lambda c: not c.document.appealed,
)
POSITIVE: Guard[Statement] = Guard(
    code="nothing_owed",
    reason="Nothing is owed: the net must be more than nothing, such as $10.00.",
    holds=lambda c: c.proposed.net.amount > 0,
    needs_facts=True,
)

SAME_CURRENCY: Guard[Statement] = Guard(
    code="adjustment_in_another_currency",
    reason="The adjustment must be in the currency of the statement.",
    holds=lambda c: (
        c.proposed.adjustment is None or c.proposed.adjustment.currency == c.document.net.currency
    ),
    needs_facts=True,
)
IN_RANGE: Guard[Statement] = Guard(
    code="adjustment_too_large",
    reason="An adjustment adds or takes away at most $10,000,000,000.00; check the amount.",
    holds=lambda c: c.proposed.adjustment is None or abs(c.proposed.adjustment.amount) <= LARGEST_ADJUSTMENT,
    needs_facts=True,
)

ISSUED = ("stream", "period_start", "period_end", "net")
CONFIRM = {"confirm_by": None, "clock_left": None}


def stop_clock(context: Context[Statement]) -> Facts:
    """The clock of the confirmation stands still while an appeal is reviewed."""
    ends = context.document.confirm_by
    assert ends is not None, "a statement that waits for its confirmation has a date for it"
    return {"appealed": True, "clock_left": ends - context.now, "confirm_by": None}


def start_clock_again(context: Context[Statement]) -> Facts:
    """The clock runs on with what was left of it."""
    left = context.document.clock_left
    assert left is not None, "an appealed statement has some of its clock left"
    return {"confirm_by": context.now + left, "clock_left": None}


STATEMENT = Machine(
    name="statement",
    title="Statement",
    document=Statement,
    moves_money=False,
    checklist=(
        "What was appealed is compared with the sources of the lines.",
        "The comparison, if one is attached.",
    ),
    states=(
        State(
            name=StatementState.PENDING_CONFIRMATION,
            description="The statement waits to be confirmed; without an answer it is confirmed automatically.",
            waits_for=Role.ADMIN,
            deadlines=(
                countdown(
                    "remind",
                    lambda d, p: d.confirm_by,
                    lambda p: p.confirm_reminders,
                    "it is confirmed automatically",
                ),
                Deadline(
                    event="auto_confirm",
                    then="The statement is confirmed automatically, and can no longer be appealed.",
                    due=field_due("confirm_by"),
                    when=lambda p: f"{p.confirm_days} days after its issue; an appeal stops that clock",
                ),
            ),
            todo="Confirm the statement for {stream}, {period}: {amount}, or appeal it",
        ),
        State(
            name=StatementState.APPEAL_REVIEW,
            description="The appeal is being reviewed; the time to confirm stands still.",
            waits_for=Role.OPERATOR,
            appealed=True,
            deadlines=(review_late(lambda p: p.appeal_review_days),),
            todo="Decide the appeal of the statement for {stream}, {period}: replace the statement, or reject the appeal",
        ),
        State(
            name=StatementState.CONFIRMED,
            description="The statement is confirmed and can be invoiced.",
            waits_for=Role.ADMIN,
            todo="Create an invoice for the statement for {stream}, {period}: {amount}",
            continues_in="invoice.submit",
            tone=Tone.GOOD,
        ),
        State(
            name=StatementState.INVOICED,
            description="The statement is on an invoice.",
            waits_for=Role.PIPELINE,
        ),
        State(name=StatementState.PAID, description="The statement is paid.", tone=Tone.GOOD),
        State(
            name=StatementState.CLOSED,
            description="Paid, and the time for returns is over.",
            final=True,
            tone=Tone.GOOD,
        ),
        State(
            name=StatementState.REPLACED,
            description="Void: a new statement took its place.",
            effect=effects.ISSUE_REPLACEMENT,
            final=True,
        ),
        State(
            name=StatementState.CARRIED_FORWARD,
            description="Nothing is left to be paid for this period; the rest is carried forward to the next statement.",
            final=True,
        ),
    ),
    rules=(
        Rule(
            event="issue",
            sources=(NEW,),
            target=StatementState.PENDING_CONFIRMATION,
            roles=(Role.PIPELINE,),
            guards=(POSITIVE,),
            required_facts=ISSUED,
            optional_facts=("issue", "replaces"),
            updates=lambda c: {"confirm_by": c.now + timedelta(days=c.policy.confirm_days)},
            notification="A new statement is ready: confirm it, or appeal it.",
            webhook_type=WebhookType.STATEMENT_ISSUED,
        ),
        Rule(
            event="issue",
            sources=(NEW,),
            target=StatementState.CARRIED_FORWARD,
            roles=(Role.PIPELINE,),
            required_facts=ISSUED,
            optional_facts=("issue", "replaces"),
            notification="Nothing is left to be paid for this period; the rest is carried forward to the next statement.",
            webhook_type=WebhookType.STATEMENT_CARRIED_FORWARD,
        ),
        reminder_rule(
            "remind",
            StatementState.PENDING_CONFIRMATION,
            "A statement is confirmed automatically soon; please look at it.",
        ),
        Rule(
            event="confirm",
            sources=(StatementState.PENDING_CONFIRMATION,),
            target=StatementState.CONFIRMED,
            roles=(Role.ADMIN,),
            updates=lambda c: {**CONFIRM, "confirmed_on": c.now.date()},
            webhook_type=WebhookType.STATEMENT_CONFIRMED,
        ),
        Rule(
            event="auto_confirm",
            sources=(StatementState.PENDING_CONFIRMATION,),
            target=StatementState.CONFIRMED,
            roles=(Role.CLOCK,),
            updates=lambda c: {**CONFIRM, "confirmed_on": c.now.date()},
            notification="The statement was confirmed automatically, because nobody confirmed or appealed it in time.",
            webhook_type=WebhookType.STATEMENT_CONFIRMED,
        ),
        Rule(
            event="appeal",
            sources=(StatementState.PENDING_CONFIRMATION,),
            target=StatementState.APPEAL_REVIEW,
            roles=(Role.ADMIN,),
            guards=(NOT_APPEALED,),
            required_facts=("submission_id",),
            updates=stop_clock,
            webhook_type=WebhookType.STATEMENT_APPEALED,
        ),
        Rule(
            event="reject_appeal",
            sources=(StatementState.APPEAL_REVIEW,),
            target=StatementState.PENDING_CONFIRMATION,
            roles=(Role.OPERATOR,),
            needs_reasons=True,
            usual_reasons=reviews.APPEAL_REJECTED,
            updates=start_clock_again,
            notification="Your appeal was rejected; the time to confirm the statement runs again.",
            webhook_type=WebhookType.STATEMENT_APPEAL_REJECTED,
        ),
        Rule(
            event="replace",
            sources=(StatementState.APPEAL_REVIEW,),
            target=StatementState.REPLACED,
            roles=(Role.OPERATOR,),
            guards=(SAME_CURRENCY, IN_RANGE),
            optional_facts=("adjustment",),
            needs_reasons=True,
            usual_reasons=reviews.APPEAL_GRANTED,
            updates=lambda _: {"clock_left": None},
            notification="Your appeal was granted: a new statement replaces this one.",
            webhook_type=WebhookType.STATEMENT_REPLACED,
            moves_money=True,
        ),
        Rule(
            event="invoice",
            sources=(StatementState.CONFIRMED,),
            target=StatementState.INVOICED,
            roles=(Role.PIPELINE,),
            required_facts=("invoice_id",),
            webhook_type=WebhookType.STATEMENT_INVOICED,
        ),
        Rule(
            event="detach",
            sources=(StatementState.INVOICED,),
            target=StatementState.CONFIRMED,
            roles=(Role.PIPELINE,),
            updates=lambda _: {"invoice_id": None},
            webhook_type=WebhookType.STATEMENT_DETACHED,
        ),
        Rule(
            event="pay",
            sources=(StatementState.INVOICED,),
            target=StatementState.PAID,
            roles=(Role.PIPELINE,),
            notification="The statement is paid.",
            webhook_type=WebhookType.STATEMENT_PAID,
        ),
        Rule(
            event="return_payment",
            sources=(StatementState.PAID,),
            target=StatementState.INVOICED,
            roles=(Role.PIPELINE,),
            webhook_type=WebhookType.STATEMENT_PAYMENT_RETURNED,
        ),
        Rule(
            event="close",
            sources=(StatementState.PAID,),
            target=StatementState.CLOSED,
            roles=(Role.PIPELINE,),
            webhook_type=WebhookType.STATEMENT_CLOSED,
        ),
        *staff_late_rules(StatementState.APPEAL_REVIEW),
    ),
)
