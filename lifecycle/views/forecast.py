"""When an organization can expect which payments: at the earliest, and without its doing anything more.

Pure: from where the documents stand, what is estimated, the policy and the moment. It never promises more than what is
owed and estimated, and never an earlier day than the pipeline could keep if everybody acted at once.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from enum import StrEnum
from itertools import groupby

from pydantic import BaseModel, ConfigDict

from lifecycle.machines import state_of
from lifecycle.messages import payout_of
from lifecycle.steps.invoice import contracts_ended
from lifecycle.views.blockers import account_blocker
from lifecycle.views.payout_timing import account_ready, arrival, from_payout, from_review
from models.documents import Invoice, Payout, PayoutAccount, Statement
from models.dossier import Dossier
from models.estimates import Estimate
from models.money import Money, sum_of
from models.programme.clock import next_weekday
from models.programme.policy import Policy, time_zone
from models.states import CHANGING, InvoiceState, PayoutState, StatementState
from words.voice import Period, Sentence, Words

READY = (StatementState.CONFIRMED, StatementState.PENDING_CONFIRMATION, StatementState.APPEAL_REVIEW)
"""The states of a statement that no invoice claims yet."""


class Basis(StrEnum):
    """How sure a number is."""

    SETTLED = "settled"
    ESTIMATED = "estimated"


class Part(BaseModel):
    """Some money of a payment: what it is for, and how sure it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_id: str
    amount: Money
    basis: Basis


class ExpectedPayment(BaseModel):
    """A payment that can be expected.

    Attributes:
        document_id: the payout or invoice that it is, if there is one already.
        amount: after platform share and tax; the sum of its parts.
        basis: estimated as soon as one part is.
        earliest: the moment from which it can arrive, if everybody acts at once.
        expected: when it then arrives at the latest, with the days that banks take.
        without_you: when it arrives at the latest although you do nothing more; ``None``: never without somebody's act.
        why: what it still takes.
    """

    model_config = ConfigDict(extra="forbid")

    document_id: str | None
    parts: list[Part]
    amount: Money
    basis: Basis
    earliest: datetime
    expected: datetime
    without_you: datetime | None
    why: Words


class Threshold(BaseModel):
    """How far an organization is from the smallest invoice.

    Attributes:
        reached: how much of what no invoice claims yet is confirmed.
        missing: what is missing to the minimum.
        expected_on: when enough may be confirmed; ``None``: not with what is known today.
    """

    model_config = ConfigDict(extra="forbid")

    minimum: Money
    reached: Money
    missing: Money
    expected_on: datetime | None


class Forecast(BaseModel):
    """What an organization can expect.

    Attributes:
        payments: the earliest first.
        below_minimum: what reaches no payment yet, because it is together too small for an invoice.
        settled: the sum of all parts that statements say, with those below the minimum.
        estimated: the same of those that no statement says yet.
        next_payment_day: when payments leave next.
        assumptions: what all of it rests on, in words.
    """

    model_config = ConfigDict(extra="forbid")

    payments: list[ExpectedPayment]
    below_minimum: list[Part]
    threshold: Threshold
    settled: Money
    estimated: Money
    next_payment_day: datetime
    assumptions: list[Words]


def forecast(dossier: Dossier, now: datetime, policy: Policy, estimates: Sequence[Estimate] = ()) -> Forecast:
    """What can be expected from where things stand."""
    claimed = [
        claim for invoice in dossier.of(Invoice) if (claim := of_invoice(invoice, dossier, now, policy))
    ]
    coming, small, reached_on = unclaimed(dossier, now, policy, estimates)
    payments = sorted([*claimed, *coming], key=lambda payment: (payment.earliest, payment.expected))
    parts = [*(part for payment in payments for part in payment.parts), *small]
    zero = Money(amount=0, currency=policy.settlement_currency)
    confirmed = sum((s.net.amount for s in dossier.of(Statement) if s.state == StatementState.CONFIRMED), 0)
    least = 0 if contracts_ended(dossier) else policy.invoice_minimum
    return Forecast(
        payments=payments,
        below_minimum=small,
        threshold=Threshold(
            minimum=zero.model_copy(update={"amount": least}),
            reached=zero.model_copy(update={"amount": confirmed}),
            missing=zero.model_copy(update={"amount": max(0, least - confirmed)}),
            expected_on=reached_on,
        ),
        settled=sum_of(p.amount for p in parts if p.basis is Basis.SETTLED) or zero,
        estimated=sum_of(p.amount for p in parts if p.basis is Basis.ESTIMATED) or zero,
        next_payment_day=next_weekday(now, policy.payout_weekday),
        assumptions=list(assumptions(dossier, policy, estimates)),
    )


# ---------------------------------------------------------------------- what invoices claim


def of_invoice(invoice: Invoice, dossier: Dossier, now: datetime, policy: Policy) -> ExpectedPayment | None:
    """The payment of an invoice that is neither paid nor over."""
    if invoice.state not in (
        InvoiceState.UNDER_REVIEW,
        InvoiceState.PROCESSING_PAYMENT,
        InvoiceState.PAYMENT_FAILED,
    ):
        return None
    payout = dossier.get(payout_of(invoice.id), Payout)
    if payout is not None and (state_of(payout).final or payout.state == PayoutState.PAID):
        return None
    earliest, without_you, why = (
        from_payout(payout, dossier, now, policy) if payout else from_review(invoice, dossier, now, policy)
    )
    parts = [
        Part(document_id=i, amount=statement.net, basis=Basis.SETTLED)
        for i in invoice.statement_ids
        if (statement := dossier.get(i, Statement))
    ]
    return ExpectedPayment(
        document_id=payout.id if payout else invoice.id,
        parts=parts,
        amount=invoice.total,
        basis=Basis.SETTLED,
        earliest=earliest,
        expected=min(arrival(earliest, policy), without_you or datetime.max.replace(tzinfo=UTC)),
        without_you=without_you,
        why=why,
    )


# ---------------------------------------------------------------------- what no invoice claims yet


def unclaimed(
    dossier: Dossier, now: datetime, policy: Policy, estimates: Sequence[Estimate]
) -> tuple[list[ExpectedPayment], list[Part], datetime | None]:
    """The payments of what no invoice claims yet, what stays below the minimum, and when the minimum is reached.

    All that is ready before a payment day is claimed together, as soon as it reaches the minimum.
    """
    ready_at = sorted(ready_parts(dossier, now, policy, estimates), key=lambda found: found[0])
    least = 0 if contracts_ended(dossier) else policy.invoice_minimum
    payments: list[ExpectedPayment] = []
    pool: list[Part] = []
    reached_on: datetime | None = None
    for pay_day, found in groupby(ready_at, key=lambda item: next_weekday(item[0], policy.payout_weekday)):
        for moment, part in found:
            pool.append(part)
            if reached_on is None and sum(p.amount.amount for p in pool) >= least:
                reached_on = moment
        if sum(part.amount.amount for part in pool) >= least:
            payments.append(of_parts(pool, pay_day, dossier, policy))
            pool = []
    return payments, pool, reached_on


def ready_parts(
    dossier: Dossier, now: datetime, policy: Policy, estimates: Sequence[Estimate]
) -> Iterator[tuple[datetime, Part]]:
    """What no invoice claims yet, and from when one could, if everybody acted at once."""
    opens = max(account_ready(dossier, now, policy), policy.pay_out_opens)
    for statement in dossier.of(Statement):
        if statement.state in READY:
            yield opens, Part(document_id=statement.id, amount=statement.net, basis=Basis.SETTLED)
    for estimate in estimates:
        if estimate.net.amount > 0:
            delivered = datetime.combine(
                estimate.delivered_on, time(), time_zone(policy.settlement_time_zone)
            ).astimezone(UTC)
            part = Part(document_id=estimate.id, amount=estimate.net, basis=Basis.ESTIMATED)
            yield max(opens, delivered), part


def of_parts(parts: list[Part], pay_day: datetime, dossier: Dossier, policy: Policy) -> ExpectedPayment:
    """The payment of an invoice that could be submitted."""
    settled = all(part.basis is Basis.SETTLED for part in parts)
    return ExpectedPayment(
        document_id=None,
        parts=parts,
        amount=sum_of(part.amount for part in parts) or Money(amount=0),
        basis=Basis.SETTLED if settled else Basis.ESTIMATED,
        earliest=pay_day,
        expected=arrival(pay_day, policy),
        without_you=None,
        why=never_without_you(parts, dossier),
    )


def never_without_you(parts: list[Part], dossier: Dossier) -> str:
    """Why a payment never comes by itself, and what does."""
    clocks = [
        statement.confirm_by
        for part in parts
        if (statement := dossier.get(part.document_id, Statement)) and statement.confirm_by
    ]
    if account_blocker(dossier):
        first = Sentence(
            "Never by itself: the payout account and the business must be in order, and an admin must submit an invoice."
        )
    else:
        first = Sentence("Never by itself: an admin must submit an invoice.")
    if not clocks:
        return first
    by_itself = Sentence("The statements are confirmed automatically by {day}.", day=max(clocks))
    return Sentence("{first} {second}", first=first, second=by_itself)


def assumptions(dossier: Dossier, policy: Policy, estimates: Sequence[Estimate]) -> Iterator[str]:
    """What the forecast rests on, in words."""
    yield Sentence(
        "“Earliest” means that everybody acts at once: you, the reviewers, the platform and the banks."
    )
    yield Sentence(
        "Payments leave on payment days only; banks then take up to {days} working days.",
        days=policy.transit_days,
    )
    yield Sentence("Amounts are after the platform's share and tax; your bank may charge a fee of its own.")
    if policy.invoice_minimum and not contracts_ended(dossier):
        least = Money(amount=policy.invoice_minimum, currency=policy.settlement_currency)
        yield Sentence("An invoice must be for at least {amount}.", amount=least)
    if any(statement.state == StatementState.APPEAL_REVIEW for statement in dossier.of(Statement)):
        yield Sentence("A statement under appeal is taken at its present net; the appeal may change it.")
    if any(estimate.net.amount > 0 for estimate in estimates):
        yield Sentence(
            "Estimated amounts are what has been reported so far; later reports, refunds and corrections change them."
        )
    for estimate in estimates:
        if estimate.promised_on:
            yield Sentence(
                "What was earned in {period} has no statement although its day, {promised}, has passed; "
                "it comes with the settlement of {delivered}.",
                period=Period(estimate.period_start, estimate.period_end),
                promised=estimate.promised_on,
                delivered=estimate.delivered_on,
            )
    account = dossier.get("payout_account", PayoutAccount)
    if account and account.state in CHANGING:
        yield Sentence("The change of the payout account that is under way is approved and not withdrawn.")
