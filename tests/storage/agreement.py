"""What holds of a programme's money at every moment, asked of each party for itself."""

from pathlib import Path

from sqlalchemy import text

from cli.checks.provider_record import compare_with_provider
from lifecycle.views.balance import standings
from models.documents import Feature, Statement
from models.ledger.entries import Account
from storage.ledger.verification import balances, verify
from storage.organizations.decisions import load_dossier
from tests.storage.bank import BankedProgramme
from tests.storage.programme import POLICY

CENT = 10_000
NOWHERE_ELSE = (Account.GROSS, Account.REFUNDS)

SETTLED = """
    SELECT coalesce(sum(beans * CASE WHEN reconciled_in IS NULL THEN coalesce(advance_bean_micros, 10000)
        ELSE 10000 END), 0) FROM order_events WHERE organization_id = :id AND settled_in IS NOT NULL
"""
SETTLED_ADS = "SELECT coalesce(sum(settled_micros), 0) FROM ad_days WHERE organization_id = :id"
OWED = """
    SELECT coalesce(sum(net), 0) FROM statements WHERE organization_id = :id AND net > 0
        AND NOT EXISTS (SELECT 1 FROM statements newer WHERE newer.replaces = statements.id)
"""
INVOICED = """
    SELECT coalesce(sum(amount), 0) FROM invoices JOIN documents ON documents.id = 'invoice/' || invoices.id
    WHERE invoices.organization_id = :id AND state NOT IN ('rejected', 'cancelled')
"""
UNTOLD = """
    SELECT coalesce(sum(net), 0) FROM statements WHERE organization_id = :id AND net > 0
        AND NOT EXISTS (SELECT 1 FROM documents WHERE documents.id = 'statement/' || statements.id)
"""
CLAIMED = """
    SELECT statement_id, count(*) FROM invoice_statements JOIN invoices ON invoices.id = invoice_id
        JOIN documents ON documents.id = 'invoice/' || invoices.id
    WHERE invoices.organization_id = :id AND state NOT IN ('rejected', 'cancelled')
    GROUP BY statement_id HAVING count(*) > 1
"""
ATTEMPTED = """
    SELECT payout_id, count(*) FROM payout_attempts
    WHERE organization_id = :id AND (outcome IS NULL OR outcome = 'paid') GROUP BY payout_id HAVING count(*) > 1
"""
OPEN = "SELECT coalesce(sum(amount), 0) FROM payout_attempts WHERE organization_id = :id AND outcome IS NULL"
FORGOTTEN = """
    SELECT count(*) FROM statements WHERE organization_id = :id AND net < 0 AND carried_into IS NULL
        AND NOT EXISTS (SELECT 1 FROM statements newer WHERE newer.replaces = statements.id)
        AND EXISTS (
            SELECT 1 FROM statements later
            WHERE later.organization_id = :id AND later.stream = statements.stream
                AND later.period_start > statements.period_start AND later.issued_at > statements.issued_at
        )
"""
CARRIED = "SELECT count(*) FROM statements WHERE organization_id = :id AND carried_into IS NOT NULL"
UNSETTLED = {
    Feature.IAP: """
        SELECT count(*) FROM order_events
        WHERE organization_id = :id AND day <= :last AND (settled_in IS NULL
            OR advance_bean_micros IS NOT NULL AND reconciled_in IS NULL)
    """,
    Feature.IAA: """
        SELECT count(*) FROM ad_days WHERE organization_id = :id AND day <= :last AND settled_micros <> revenue_micros
    """,
}
"""What was earned while a feature's contract was in force, and no statement counts, or only at an advance."""


def number(programme: BankedProgramme, query: str, **more: object) -> int:
    """One number from the database."""
    with programme.database.reading() as session:
        return int(session.execute(text(query), {"id": programme.id, **more}).scalar_one())


def held(programme: BankedProgramme) -> dict[str, int]:
    """What the ledger has in each account, in micro-units, credit positive as the organization sees it."""
    with programme.database.reading() as session:
        return {account: -micros for (_, account), micros in balances(session, programme.id).items()}


def in_cents(programme: BankedProgramme) -> dict[Account, int]:
    """The same in cents, which what is owed comes to exactly, with the accounts in which there is nothing."""
    accounts = held(programme)
    return {account: accounts.get(account, 0) // CENT for account in Account}


def differences(programme: BankedProgramme, anchors: Path) -> list[str]:
    """What ``ledger verify`` finds, the payment provider's own record included."""
    checks = verify(programme.database, POLICY, anchors, programme.id)
    provider = compare_with_provider(programme.database, programme.bank, programme.now, POLICY, programme.id)
    return [check.difference.sentence for check in (*checks, provider) if check.difference]


def check_places(programme: BankedProgramme) -> None:
    """Every micro-unit that was settled is in exactly one account."""
    accounts = held(programme)
    settled = number(programme, SETTLED) + number(programme, SETTLED_ADS)
    assert -sum(accounts.get(account, 0) for account in NOWHERE_ELSE) == settled
    assert sum(micros for account, micros in accounts.items() if account not in NOWHERE_ELSE) == settled


def check_parties(programme: BankedProgramme) -> None:
    """Ledger, statements, invoices, payouts and the provider's record come to the same."""
    accounts = in_cents(programme)
    gone = accounts[Account.IN_TRANSIT] + accounts[Account.PAID_OUT] + accounts[Account.OVERPAID]
    invoiced = accounts[Account.INVOICED] + gone
    owed = accounts[Account.UNCONFIRMED] + accounts[Account.CONFIRMED] + invoiced
    assert owed == number(programme, OWED), "the ledger and the statements in force"
    assert invoiced == number(programme, INVOICED), "the ledger and the invoices in force"
    assert accounts[Account.IN_TRANSIT] == number(programme, OPEN), "the ledger and the attempts under way"
    arrived = programme.bank.arrived()
    assert accounts[Account.PAID_OUT] <= arrived <= gone, "the ledger and what has arrived by the provider"


def check_balance(programme: BankedProgramme) -> None:
    """What the admins are shown is what the ledger has; statements they were not told of yet are in the ledger only."""
    with programme.database.reading() as session:
        shown = standings(load_dossier(session, programme.id), programme.now, POLICY)
    accounts = in_cents(programme)
    assert {
        Account.UNCONFIRMED: shown.unconfirmed.amount + number(programme, UNTOLD),
        Account.CONFIRMED: shown.confirmed.amount,
        Account.INVOICED: shown.invoiced.amount,
        Account.IN_TRANSIT: shown.in_transit.amount,
        Account.PAID_OUT: shown.paid.amount + shown.paid_before.amount - accounts[Account.OVERPAID],
    }.items() <= accounts.items()


def check_debts(programme: BankedProgramme) -> None:
    """What an organization owes is taken off its next statement of that stream."""
    assert number(programme, FORGOTTEN) == 0


def check_once(programme: BankedProgramme) -> None:
    """Nothing is claimed or paid twice, and nothing that nobody confirmed."""
    with programme.database.reading() as session:
        for query in (CLAIMED, ATTEMPTED):
            assert session.execute(text(query), {"id": programme.id}).all() == []
    twice = {invoice: count for invoice, count in programme.bank.standing().items() if count > 1}
    assert twice == {}, "the provider holds more than one transfer for an invoice"
    confirmed = sum(
        statement.net.amount
        for statement in programme.dossier().of(Statement)
        if statement.state in ("invoiced", "paid", "closed")
    )
    assert programme.bank.arrived() <= confirmed
