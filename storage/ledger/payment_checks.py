"""Comparing what was claimed and paid: invoices with their statements, payouts with their attempts."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, func, literal, select, union_all
from sqlmodel import Session

from models.ledger.accounts import OVERPAID, OWED_AGAIN
from models.ledger.checks import Checked, Difference
from models.ledger.entries import Account
from models.money import Money
from models.states import InvoiceState, PayoutState
from storage.bulk import among
from storage.ledger.booking import unit_of
from storage.ledger.differences import Scope, amount
from storage.ledger.statement_checks import accounts, fact, micros_of, payout_micros
from storage.settlement.sources import DOCUMENTS, STATEMENTS, TABLES

INVOICES, CLAIMS, ATTEMPTS = TABLES["invoices"], TABLES["invoice_statements"], TABLES["payout_attempts"]

NO_LONGER_CLAIMS = (InvoiceState.REJECTED, InvoiceState.CANCELLED)
"""The states of an invoice whose statements can be claimed again."""

ROWS_AT_ONCE = 5_000


def check_invoices(scope: Scope) -> Checked:
    """Whether every invoice is for the sum of its statements, and no two in force claim the same one."""
    invoice = (INVOICES.c.organization_id, "invoice/" + INVOICES.c.id, literal("total"), INVOICES.c.currency)
    unit = unit_of(INVOICES.c.currency)
    claimed = (
        amount(*invoice, STATEMENTS.c.net * unit, scope.of(INVOICES))
        .join_from(INVOICES, CLAIMS, CLAIMS.c.invoice_id == INVOICES.c.id)
        .join(STATEMENTS, STATEMENTS.c.id == CLAIMS.c.statement_id)
    )
    return Checked(
        check="invoices",
        compared="every invoice with the sum of its statements, each claimed by one invoice at a time",
        count=scope.count(INVOICES),
        difference=scope.compare(
            claimed,
            amount(*invoice, INVOICES.c.amount * unit, scope.of(INVOICES)),
            lambda row, wanted, seen: (
                f"{row.subject} of {row.organization_id} is for {seen}, but its statements come to {wanted}."
            ),
        )
        or claimed_twice(scope),
    )


def claimed_twice(scope: Scope) -> Difference | None:
    """The first statement that two invoices in force claim."""
    document = (DOCUMENTS.c.organization_id == INVOICES.c.organization_id) & (
        DOCUMENTS.c.id == "invoice/" + INVOICES.c.id
    )
    query = (
        select(INVOICES.c.organization_id, CLAIMS.c.statement_id, func.count().label("claims"))
        .join_from(CLAIMS, INVOICES, CLAIMS.c.invoice_id == INVOICES.c.id)
        .join(DOCUMENTS, document)
        .where(scope.of(INVOICES), DOCUMENTS.c.state.not_in(NO_LONGER_CLAIMS))
        .group_by(INVOICES.c.organization_id, CLAIMS.c.statement_id)
        .having(func.count() > 1)
        .order_by(INVOICES.c.organization_id, CLAIMS.c.statement_id)
    )
    row = scope.session.execute(query.limit(1)).first()
    if row is None:
        return None
    return Difference(
        organization_id=row.organization_id,
        subject=f"statement/{row.statement_id}",
        expected="one invoice",
        found=f"{row.claims} invoices",
        sentence=f"statement/{row.statement_id} of {row.organization_id} is claimed by {row.claims} invoices in force: "
        "it could be paid more than once.",
    )


def check_attempts(scope: Scope) -> Checked:
    """Whether every payout under way or paid has exactly one attempt that is, and no other payout has one."""
    held_in = case(accounts(PayoutState), value=DOCUMENTS.c.state, else_="")
    moving = (Account.IN_TRANSIT.value, Account.PAID_OUT.value)
    payout = (DOCUMENTS.c.organization_id, DOCUMENTS.c.id)
    these = (scope.of(DOCUMENTS), DOCUMENTS.c.machine == "payout")
    of_documents = union_all(
        amount(*payout, held_in, fact("currency"), payout_micros(), *these, held_in.in_(moving)),
        amount(
            *payout,
            literal(Account.OVERPAID.value),
            fact("currency"),
            micros_of("overpaid"),
            *these,
            DOCUMENTS.c.state.in_(OVERPAID),
        ),
        amount(
            *payout,
            literal(Account.OVERPAID.value),
            fact("currency"),
            -micros_of("owed"),
            *these,
            DOCUMENTS.c.state == OWED_AGAIN,
        ),
    )
    unit = unit_of(ATTEMPTS.c.currency)
    attempt = (ATTEMPTS.c.organization_id, ATTEMPTS.c.payout_id)
    of_attempts = union_all(
        *(
            amount(
                *attempt,
                literal(account),
                ATTEMPTS.c.currency,
                sign * ATTEMPTS.c.amount * unit,
                scope.of(ATTEMPTS),
                condition,
            )
            for account, sign, condition in (
                (Account.IN_TRANSIT.value, 1, ATTEMPTS.c.outcome.is_(None)),
                (
                    Account.PAID_OUT.value,
                    1,
                    ATTEMPTS.c.outcome.in_(("paid", "returned_late", "paid_otherwise")),
                ),
                (Account.OVERPAID.value, 1, ATTEMPTS.c.outcome == "overpaid"),
                (Account.OVERPAID.value, -1, ATTEMPTS.c.outcome.in_(("returned_late", "owed_again"))),
            )
        )
    )
    return Checked(
        check="attempts",
        compared="every payout under way or paid with its one attempt that is so",
        count=scope.count(ATTEMPTS),
        difference=scope.compare(
            of_documents,
            of_attempts,
            lambda row, wanted, seen: (
                f"The attempts of {row.subject} of {row.organization_id} have {seen} "
                f"“{row.item.replace('_', ' ')}”, but the payout itself says {wanted}."
            ),
        ),
    )


def check_overpaid(scope: Scope) -> Checked:
    """Whether nothing was paid more than once, or although it was cancelled, that is not back yet."""
    found = first_with(scope, "overpaid", OVERPAID)
    difference = None
    if found is not None:
        organization_id, payout_id, too_much = found
        difference = Difference(
            organization_id=organization_id,
            subject=payout_id,
            expected="nothing paid too much",
            found=str(too_much),
            sentence=f"The provider has paid {organization_id} {too_much} too much for {payout_id}. Finance must see to "
            "it that it comes back, and record it.",
        )
    return Checked(
        check="overpaid",
        compared="what the provider has paid with what is owed: every payment made once",
        count=scope.count(DOCUMENTS, DOCUMENTS.c.machine == "payout"),
        difference=difference,
    )


def check_owed(scope: Scope) -> Checked:
    """Whether nothing has come back after it was settled that was not paid in another way yet."""
    found = first_with(scope, "owed", (OWED_AGAIN,))
    difference = None
    if found is not None:
        organization_id, payout_id, owed = found
        difference = Difference(
            organization_id=organization_id,
            subject=payout_id,
            expected="nothing owed again",
            found=str(owed),
            sentence=f"{owed} of {payout_id} have come back after they were settled, and are owed to {organization_id} "
            "again. Finance must pay them in another way, and record it.",
        )
    return Checked(
        check="owed",
        compared="what has come back of settled payments with what was paid instead",
        count=scope.count(DOCUMENTS, DOCUMENTS.c.machine == "payout"),
        difference=difference,
    )


def first_with(scope: Scope, field: str, states: Collection[str]) -> tuple[str, str, Money] | None:
    """The first payout in some states: its organization, its id, and an amount that it has then."""
    query = select(
        DOCUMENTS.c.organization_id, DOCUMENTS.c.id, fact("currency", field), fact("amount", field)
    ).where(scope.of(DOCUMENTS), DOCUMENTS.c.machine == "payout", DOCUMENTS.c.state.in_(states))
    row = scope.session.execute(query.order_by(DOCUMENTS.c.id).limit(1)).first()
    if row is None:
        return None
    organization_id, payout_id, currency, minor_units = row
    return organization_id, payout_id, Money(amount=int(minor_units), currency=currency)


class Attempt(NamedTuple):
    """An attempt at a payment as we know it; ``outcome`` is ``None`` while it is open."""

    organization_id: str
    payout_id: str
    reference: str
    amount: Money
    sent_at: datetime
    outcome: str | None
    payout_state: str


def attempts(
    session: Session, organization_id: str | None, references: Collection[str] | None = None
) -> Iterator[Attempt]:
    """The attempts of payments with the states of their payouts, by reference: all, or those asked for."""
    document = (DOCUMENTS.c.organization_id == ATTEMPTS.c.organization_id) & (
        DOCUMENTS.c.id == ATTEMPTS.c.payout_id
    )
    query = select(ATTEMPTS, DOCUMENTS.c.state).join_from(ATTEMPTS, DOCUMENTS, document)
    if organization_id is not None:
        query = query.where(ATTEMPTS.c.organization_id == organization_id)
    if references is not None:
        query = query.where(among(ATTEMPTS.c.reference, references))
    rows: Any = session.execute(
        query.order_by(ATTEMPTS.c.reference).execution_options(yield_per=ROWS_AT_ONCE)
    )
    for row in rows:
        yield Attempt(
            organization_id=row.organization_id,
            payout_id=row.payout_id,
            reference=row.reference,
            amount=Money(amount=row.amount, currency=row.currency),
            sent_at=row.sent_at,
            outcome=row.outcome,
            payout_state=row.state,
        )
