"""Everything that stands in the way of an invoice, at once; submitting it is refused for the first of these."""

from collections.abc import Iterator
from datetime import datetime

from forms.findings import Finding, failed, passed
from lifecycle.machine import AnyGuard, Context
from lifecycle.permissions import unmet
from lifecycle.steps.invoice import (
    INVOICEABLE,
    SUBMITTABLE,
    selected,
    statements_confirmed,
    statements_known,
)
from models.commands import Actor, Command, Role
from models.documents import Invoice, Statement
from models.dossier import Dossier
from models.money import Money
from models.programme.policy import Policy
from models.states import StatementState
from words.voice import Sentence

WHY_NOT = {
    StatementState.PENDING_CONFIRMATION: Sentence("This statement is not confirmed yet: confirm it first."),
    StatementState.APPEAL_REVIEW: Sentence("This statement is under appeal: wait for the decision."),
    StatementState.REPLACED: Sentence("This statement was replaced: select the one that took its place."),
    StatementState.INVOICED: Sentence("This statement is on another invoice already."),
    StatementState.PAID: Sentence("This statement is paid already."),
    StatementState.CLOSED: Sentence("This statement is paid already."),
}


def invoice_findings(dossier: Dossier, invoice: Invoice, now: datetime, policy: Policy) -> list[Finding]:
    """What each guard of a submission says of an invoice, and of each of its statements.

    Args:
        invoice: as it would be submitted.
    """
    command = Command(
        id="-", action="invoice.submit", document_id=invoice.id, actor=Actor(role=Role.ADMIN, id="-")
    )
    context = Context(dossier, invoice, invoice, command, now, policy)
    findings = list(statement_findings(context))
    guards: tuple[AnyGuard, ...] = (*SUBMITTABLE, *INVOICEABLE)
    lacking = list(unmet(guards, context))
    for guard in guards:
        pointer = guard.field
        if guard.holds in (statements_known, statements_confirmed):
            continue
        if guard not in lacking:
            findings.append(passed(guard.code, pointer))
        else:
            findings.append(
                failed(guard.code, pointer, Sentence(guard.reason)).model_copy(
                    update=seen(guard.code, context)
                )
            )
    return findings


def statement_findings(context: Context[Invoice]) -> Iterator[Finding]:
    """What is wrong with each selected statement, or that nothing is."""
    wrong = False
    ids = context.proposed.statement_ids
    for place, statement_id in enumerate(ids):
        statement = context.dossier.get(statement_id, Statement)
        pointer = f"/statement_ids/{place}"
        if statement is None or statement_id in ids[:place]:
            missing = Sentence("This organization has no such statement.")
            why = missing if statement is None else Sentence("It is selected twice.")
            yield failed("unknown_statement", pointer, why, Sentence("Select each of your statements once."))
        elif statement.state != StatementState.CONFIRMED:
            why = WHY_NOT.get(statement.state, Sentence("This statement cannot be invoiced."))
            yield failed("statement_not_confirmed", pointer, why)
        else:
            continue
        wrong = True
    if not wrong:
        yield passed("statement_not_confirmed", "/statement_ids")


def seen(code: str, context: Context[Invoice]) -> dict[str, object]:
    """What a guard expects and what it found, where that can be said."""
    policy, invoice = context.policy, context.proposed
    claimed = sum(statement.net.amount for statement in selected(context))
    if code == "total_differs":
        expected = Money(amount=claimed, currency=policy.settlement_currency)
        return {"expected": str(expected), "found": (str(invoice.total),)}
    if code == "below_minimum":
        least = Money(amount=policy.invoice_minimum, currency=policy.settlement_currency)
        return {"expected": str(least), "found": (str(invoice.total),)}
    if code == "wrong_date":
        confirmed = [s.confirmed_on for s in selected(context) if s.confirmed_on]
        earliest = max(confirmed).isoformat() if confirmed else ""
        return {"expected": f"{earliest} … {context.now.date()}", "found": (invoice.dated.isoformat(),)}
    return {}
