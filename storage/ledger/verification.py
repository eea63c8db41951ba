"""Verifying the ledger: everything that this database and its anchors can say, in one consistent view."""

from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from models.ledger.checks import Checked, Difference
from models.programme.policy import Policy
from storage.database import Database
from storage.exact_sums import exact_sum
from storage.ledger.anchors import Unreadable, read
from storage.ledger.balance_checks import check_balances
from storage.ledger.chain import check_chains
from storage.ledger.differences import Scope
from storage.ledger.journal import ENTRIES, POSTINGS
from storage.ledger.payment_checks import check_attempts, check_invoices, check_overpaid, check_owed
from storage.ledger.statement_checks import check_documents, check_sources, check_statements

CHECKS = (
    check_statements,
    check_sources,
    check_balances,
    check_invoices,
    check_attempts,
    check_overpaid,
    check_owed,
    check_documents,
)


def verify(
    database: Database, policy: Policy, anchors: Path, organization_id: str | None = None
) -> list[Checked]:
    """Check the ledger of one organization, or of all, against itself and against what it was booked from.

    Args:
        policy: under which statements were worked out.
        anchors: the file of anchors; it need not be there.
    """
    try:
        # Before the database, so that no anchor is newer than what is seen there.
        kept = list(read(anchors))
    except Unreadable as error:
        return [
            Checked(check="anchors", compared="the file of anchors", count=0, difference=unreadable(error))
        ]
    with database.reading() as session:
        scope = Scope(session, organization_id, policy)
        return [*check_chains(session, kept, organization_id), *(check(scope) for check in CHECKS)]


def unreadable(error: Unreadable) -> Difference:
    """That the file of anchors cannot be used."""
    return Difference(
        organization_id="",
        subject="anchors",
        expected="anchors",
        found="something else",
        sentence=f"{error}.",
    )


def balances(session: Session, organization_id: str | None = None) -> dict[tuple[str, str], int]:
    """What there is in each account by currency, in micro-units, debit positive."""
    query = (
        select(ENTRIES.c.currency, POSTINGS.c.account, exact_sum(POSTINGS.c.amount_micros))
        .join_from(POSTINGS, ENTRIES)
        .group_by(ENTRIES.c.currency, POSTINGS.c.account)
    )
    if organization_id is not None:
        query = query.where(POSTINGS.c.organization_id == organization_id)
    return {(currency, account): micros for currency, account, micros in session.execute(query)}
