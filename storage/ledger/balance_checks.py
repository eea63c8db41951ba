"""Comparing statements and payouts with what their organizations are shown: the balance is worked out of that."""

from sqlalchemy import union_all

from models.ledger.checks import Checked
from storage.ledger.booking import unit_of
from storage.ledger.differences import Scope, amount
from storage.ledger.statement_checks import fact, micros_of, payout_micros
from storage.settlement.sources import DOCUMENTS, STATEMENTS


def check_balances(scope: Scope) -> Checked:
    """Whether what organizations are shown of statements and payouts is what these are, and so the ledger's balance."""
    document_id = "statement/" + STATEMENTS.c.id
    told = (DOCUMENTS.c.organization_id == STATEMENTS.c.organization_id) & (DOCUMENTS.c.id == document_id)
    net = (STATEMENTS.c.currency, STATEMENTS.c.net * unit_of(STATEMENTS.c.currency))
    of_payout = (fact("currency"), payout_micros())
    subject, stands, shown = (
        (DOCUMENTS.c.organization_id, DOCUMENTS.c.id),
        DOCUMENTS.c.state,
        DOCUMENTS.c.facts["state"].as_string(),
    )
    statement, payout = (
        (scope.of(DOCUMENTS), DOCUMENTS.c.machine == machine) for machine in ("statement", "payout")
    )
    return Checked(
        check="balances",
        compared="every statement and payout with what its organization is shown of it",
        count=scope.count(DOCUMENTS, DOCUMENTS.c.machine.in_(("statement", "payout"))),
        difference=scope.compare(
            union_all(
                amount(*subject, stands, *net, *statement).join_from(STATEMENTS, DOCUMENTS, told),
                amount(*subject, stands, *of_payout, *payout),
            ),
            union_all(
                amount(*subject, shown, fact("currency", "net"), micros_of("net"), *statement),
                amount(*subject, shown, *of_payout, *payout),
            ),
            lambda row, wanted, seen: (
                f"{row.organization_id} is shown {seen} of {row.subject} as “{row.item.replace('_', ' ')}”, "
                f"where {wanted} should be shown."
            ),
        ),
    )
