"""Statements: confirmed by an admin or by the clock, appealed once, then invoiced and paid."""

from datetime import timedelta

from lifecycle.deadlines import countdown, field_due, reminder_rule, review_late, review_late_rule
from lifecycle.machine import NEW, Deadline, Guard, Machine, Rule, State
from models.commands import Role
from models.documents import Statement
from models.money import LARGEST_ADJUSTMENT

NOT_APPEALED = Guard(
    "already_appealed",
    "This statement was appealed before; each statement can be appealed once.",
    lambda c: not c.document.appealed,
)
POSITIVE = Guard("nothing_owed", "The net is not positive.", lambda c: c.proposed.net.amount > 0, True)

SAME_CURRENCY = Guard(
    "adjustment_in_another_currency",
    "The adjustment must be in the currency of the statement.",
    lambda c: c.proposed.adjustment is None or c.proposed.adjustment.currency == c.document.net.currency,
    needs_facts=True,
)
IN_RANGE = Guard(
    "adjustment_too_large",
    "An adjustment adds or takes away at most 1,000,000,000,000 minor units; check the amount.",
    lambda c: c.proposed.adjustment is None or abs(c.proposed.adjustment.amount) <= LARGEST_ADJUSTMENT,
    needs_facts=True,
)

ISSUED = ("stream", "period_start", "period_end", "net")
CONFIRM = {"confirm_by": None, "clock_left": None}

STATEMENT = Machine(
    "statement",
    "Statement",
    Statement,
    states=(
        State(
            "pending_confirmation",
            "The statement waits to be confirmed; it confirms itself when the clock runs out.",
            Role.ADMIN,
            (
                countdown(
                    "remind", lambda d, p: d.confirm_by, lambda p: p.confirm_reminders, "it confirms itself"
                ),
                Deadline(
                    "auto_confirm",
                    field_due("confirm_by"),
                    when=lambda p: f"{p.confirm_days} days after its issue; an appeal stops that clock",
                ),
            ),
            todo="Confirm the statement, or appeal it",
        ),
        State(
            "appeal_review",
            "The appeal is being reviewed; the clock of the confirmation stands still.",
            Role.OPERATOR,
            (review_late(lambda p: p.appeal_review_days),),
            todo="Decide the appeal: replace the statement or reject the appeal",
        ),
        State(
            "confirmed",
            "The statement is confirmed and can be invoiced.",
            Role.ADMIN,
            todo="Submit an invoice for the confirmed statement",
            elsewhere="invoice.submit",
        ),
        State("invoiced", "An invoice claims this statement.", Role.PIPELINE),
        State("paid", "The statement is paid."),
        State("closed", "Paid, and the time for returns is over.", final=True),
        State("replaced", "Void: a new statement took its place.", final=True),
        State(
            "carried_forward", "The net was not positive; it is carried to the next statement.", final=True
        ),
    ),
    rules=(
        Rule(
            "issue",
            (NEW,),
            "pending_confirmation",
            (Role.PIPELINE,),
            (POSITIVE,),
            takes=ISSUED,
            may_take=("issue", "replaces"),
            sets=lambda c: {"confirm_by": c.now + timedelta(days=c.policy.confirm_days)},
            meaning="A new statement is ready: confirm it, or appeal it.",
        ),
        Rule(
            "issue",
            (NEW,),
            "carried_forward",
            (Role.PIPELINE,),
            takes=ISSUED,
            may_take=("issue", "replaces"),
            meaning="The net of this period was not positive; it is carried to the next statement.",
        ),
        reminder_rule(
            "remind", "pending_confirmation", "A statement confirms itself soon; please look at it."
        ),
        Rule(
            "confirm",
            ("pending_confirmation",),
            "confirmed",
            (Role.ADMIN,),
            sets=lambda c: {**CONFIRM, "confirmed_on": c.now.date()},
        ),
        Rule(
            "auto_confirm",
            ("pending_confirmation",),
            "confirmed",
            (Role.CLOCK,),
            sets=lambda c: {**CONFIRM, "confirmed_on": c.now.date()},
            meaning="The statement confirmed itself, because nobody confirmed or appealed it in time.",
        ),
        Rule(
            "appeal",
            ("pending_confirmation",),
            "appeal_review",
            (Role.ADMIN,),
            (NOT_APPEALED,),
            takes=("submission_id",),
            sets=lambda c: {
                "appealed": True,
                "clock_left": c.document.confirm_by - c.now,
                "confirm_by": None,
            },
        ),
        Rule(
            "reject_appeal",
            ("appeal_review",),
            "pending_confirmation",
            (Role.OPERATOR,),
            needs_reasons=True,
            sets=lambda c: {"confirm_by": c.now + c.document.clock_left, "clock_left": None},
            meaning="Your appeal was rejected; the clock of the confirmation runs again.",
        ),
        Rule(
            "replace",
            ("appeal_review",),
            "replaced",
            (Role.OPERATOR,),
            (SAME_CURRENCY, IN_RANGE),
            may_take=("adjustment",),
            needs_reasons=True,
            sets=lambda _: {"clock_left": None},
            effect="issue_replacement",
            meaning="Your appeal was granted: a new statement replaces this one.",
        ),
        Rule(
            "invoice",
            ("confirmed",),
            "invoiced",
            (Role.PIPELINE,),
            takes=("invoice_id",),
        ),
        Rule(
            "release",
            ("invoiced",),
            "confirmed",
            (Role.PIPELINE,),
            sets=lambda _: {"invoice_id": None},
        ),
        Rule("pay", ("invoiced",), "paid", (Role.PIPELINE,), meaning="The statement is paid."),
        Rule("return_payment", ("paid",), "invoiced", (Role.PIPELINE,)),
        Rule("close", ("paid",), "closed", (Role.PIPELINE,)),
        *review_late_rule("appeal_review", ask=False),
    ),
)
