"""Why am I not paid? Everything that stands between an organization and its money, with all that an admin asks.

Money is counted once: each cent waits for its first blocker, the one that must go before anything else can move it.
What the blockers count of money owed adds up to what is owed, and of estimated money to what is estimated.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from itertools import groupby

from lifecycle.machines import state_of
from lifecycle.messages import payout_of
from lifecycle.turns import waits_for
from lifecycle.views.pending import (
    Waiting,
    is_optional,
    money_waiting,
)
from lifecycle.views.prerequisites import actions_of, allowed
from lifecycle.views.situation import situation
from models.commands import PEOPLE, AllowedAction, Role
from models.documents import (
    AnyDocument,
    Invoice,
    Payout,
    Statement,
)
from models.dossier import Dossier, obstacle_to_paying
from models.estimates import Estimate
from models.figures import OWED
from models.money import Money, sum_of
from models.programme.periods import day_of
from models.programme.policy import Policy
from models.states import InvoiceState, PayoutState, StatementState
from words.voice import Names, Period, Sentence, Words

ISSUED_THEN = Sentence("The statement is issued, and an admin can confirm it.")


class Blocker(Waiting):
    """One thing that stands between the organization and its money.

    Attributes:
        document_id: where it stands; ``earnings/…`` for what is on no statement yet.
        documents: everything that waits here, itself included.
        after: the documents that must move before somebody can act here.
        then_in_words: what the clock does at ``until``, in a sentence.
        counted: how much money waits for this before anything else; no cent is counted twice.
        estimated: the money is an estimate, because no statement says it yet.
        you_can: what an admin may do about it now.
    """

    documents: list[str]
    after: list[str]
    then_in_words: Words
    counted: Money | None
    estimated: bool
    you_can: list[AllowedAction]


def blockers(
    dossier: Dossier,
    now: datetime,
    policy: Policy,
    estimates: Sequence[Estimate] = (),
    names: Names | None = None,
) -> list[Blocker]:
    """Every blocker at once, the most urgent first.

    First what is late, then what people can do now, then what they can do only after something else, then what moves
    on by itself; among these what holds up money, the earliest date and the longest wait go first.
    """
    places = {d.id: place(d, dossier) for d in dossier.documents.values() if waits(d, dossier)}
    firsts = {s.id: first_for(s, dossier, now, policy, places) for s in owed_statements(dossier)}
    found = []
    for lead, ids in groupby(sorted(places, key=lambda i: (places[i], i != places[i])), places.__getitem__):
        counted = sum_of(s.net for s in owed_statements(dossier) if firsts[s.id] == lead)
        found.append(blocker(dossier.documents[lead], list(ids), counted, dossier, now, policy, names))
    found += [accruing(estimate, now, policy) for estimate in estimates]
    return sorted(found, key=urgency)


def counted_by(items: Iterable[Blocker], estimated: bool) -> dict[Role, Money]:
    """How much money waits for whom, each cent for its first blocker only; owed and estimated money apart."""
    totals: dict[Role, Money] = {}
    for item in items:
        if item.counted and item.estimated is estimated:
            totals[item.who] = totals[item.who] + item.counted if item.who in totals else item.counted
    return totals


def urgency(item: Blocker) -> tuple[bool, bool, bool, bool, bool, datetime]:
    """Where a blocker stands in the list: the smaller, the more urgent."""
    return (
        not item.late,
        item.who not in PEOPLE,
        bool(item.after),
        item.money is None,
        item.until is None,
        item.until or item.since,
    )


# ---------------------------------------------------------------------- what waits, and where


def waits(document: AnyDocument, dossier: Dossier) -> bool:
    """Whether money or progress waits with a document."""
    return state_of(document).waits_for is not None and not is_optional(document, dossier)


def place(document: AnyDocument, dossier: Dossier) -> str:
    """The document at which one really waits: several that wait for the same step are one blocker."""
    if isinstance(document, Statement):
        if document.state == StatementState.CONFIRMED:
            return next(s.id for s in dossier.of(Statement) if s.state == StatementState.CONFIRMED)
        invoice = dossier.get(document.invoice_id or "", Invoice)
        if document.state == StatementState.INVOICED and invoice and waits(invoice, dossier):
            return place(invoice, dossier)
    if isinstance(document, Invoice) and document.state != InvoiceState.UNDER_REVIEW:
        payout = dossier.get(payout_of(document.id), Payout)
        if payout and waits(payout, dossier):
            return place(payout, dossier)
    if isinstance(document, Payout) and document.state in (
        PayoutState.AWAITING_ACCOUNT,
        PayoutState.RETURNED,
    ):
        return account_blocker(dossier) or document.id
    return document.id


def account_blocker(dossier: Dossier) -> str | None:
    """The document because of which nothing can be paid to the organization now, if there is one."""
    obstacle = obstacle_to_paying(dossier)
    return obstacle.document_id if obstacle and obstacle.document_id in dossier.documents else None


def owed_statements(dossier: Dossier) -> list[Statement]:
    """The statements that are issued and not yet paid."""
    return [statement for statement in dossier.of(Statement) if statement.state in OWED]


def first_for(
    statement: Statement, dossier: Dossier, now: datetime, policy: Policy, places: dict[str, str]
) -> str:
    """The blocker that a statement's money waits for before anything else."""
    here = places[statement.id]
    if statement.state == StatementState.CONFIRMED and now >= policy.pay_out_opens:
        return account_blocker(dossier) or here
    return here


# ---------------------------------------------------------------------- one blocker


def blocker(
    document: AnyDocument,
    ids: list[str],
    counted: Money | None,
    dossier: Dossier,
    now: datetime,
    policy: Policy,
    names: Names | None = None,
) -> Blocker:
    """What is to be said of a document at which something waits."""
    here = [dossier.documents[i] for i in ids]
    now_so = situation(document, dossier, now, policy, names=names)
    who = Role.CLOCK if now_so.opening else waits_for(document, policy) or Role.PIPELINE
    alarm = now_so.alarm
    return Blocker(
        document_id=document.id,
        documents=ids,
        state=document.state,
        what=now_so.what,
        todo=now_so.todo,
        who=who,
        since=document.since,
        until=alarm.due if alarm else None,
        then=alarm.event if alarm else None,
        then_in_words=Sentence(alarm.then) if alarm else "",
        late=any(d.late for d in here),
        money=held_up(document, here, dossier),
        counted=counted,
        estimated=False,
        actions=[] if now_so.stuck else actions_of(document, who, dossier, now, policy),
        after=list(
            dict.fromkeys(
                i for guard in now_so.lacking for i in guard.moved_by(document, dossier) if i != document.id
            )
        ),
        reasons=[*now_so.reasons, *late_payments(here)],
        you_can=allowed(document, Role.ADMIN, dossier, now, policy, now_so.too_small),
    )


def held_up(document: AnyDocument, here: list[AnyDocument], dossier: Dossier) -> Money | None:
    """The money that cannot arrive before this is done."""
    if isinstance(document, Statement):
        return sum_of(s.net for s in here if isinstance(s, Statement))
    return money_waiting(document, dossier)


def late_payments(here: list[AnyDocument]) -> list[str]:
    """The promised days of payment that have passed for what waits here, in sentences."""
    return [
        Sentence(
            "Invoice {number} was to be paid by {day}; that has passed.",
            number=invoice.number,
            day=invoice.pay_by,
        )
        for invoice in here
        if isinstance(invoice, Invoice)
        and invoice.late
        and invoice.pay_by
        and invoice.state != InvoiceState.UNDER_REVIEW
    ]


def accruing(estimate: Estimate, now: datetime, policy: Policy) -> Blocker:
    """What is earned and on no statement yet, as a blocker: nobody must act, its statement comes by itself."""
    delivered = datetime.combine(estimate.delivered_on, time(), UTC)
    period = Period(estimate.period_start, estimate.period_end)
    if estimate.net.amount > 0:
        what = Sentence("The earnings of {period} are on no statement yet.", period=period)
    else:
        what = Sentence(
            "Refunds and debts outweigh the earnings of {period}; the rest is taken off the next statement.",
            period=period,
        )
    reasons: list[str] = []
    going_on = day_of(now, policy) <= estimate.period_end
    if going_on:
        reasons.append(Sentence("The period is not over yet."))
    if estimate.carried.amount:
        reasons.append(
            Sentence("A debt of earlier statements is taken off: {amount}.", amount=estimate.carried)
        )
    money = estimate.net if estimate.net.amount > 0 else None
    return Blocker(
        document_id=estimate.id,
        documents=[estimate.id],
        state="accruing" if going_on else "to_be_settled",
        what=what,
        todo="",
        who=Role.CLOCK,
        since=datetime.combine(estimate.period_start, time(), UTC),
        until=delivered,
        then="issue",
        then_in_words=ISSUED_THEN if money else Sentence("If nothing more is earned, no money comes of it."),
        late=False,
        money=money,
        counted=money,
        estimated=True,
        actions=[],
        after=[],
        reasons=reasons,
        you_can=[],
    )
