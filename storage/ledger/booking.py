"""Booking: what moves money is written into the organization's journal, in the same transaction.

One entry for each command and for each statement issued, in the order in which their transactions took their
organization's turn.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, null, select
from sqlmodel import Session

from models.commands import Transition
from models.documents import AnyDocument, Payout, Statement
from models.ledger.accounts import moved
from models.ledger.entries import Account, Head, Posting, micros_of_minor_unit
from models.money import EXPONENTS
from storage.bulk import among
from storage.ledger.journal import Booking, append, standing
from storage.settlement.sources import LINES, STATEMENTS
from storage.settlement.statement_lines import total

NET_LINES: Mapping[str, Account] = {
    "appeal": Account.APPEALS,
    "carried_forward": Account.CARRIED_FORWARD,
}
"""The accounts that lines with a net only draw on, by their kind."""

FIGURES = (
    Account.GROSS,
    Account.REFUNDS,
    Account.ROUNDING,
    Account.PLATFORM_SHARE,
    Account.TAX_WITHHELD,
    Account.APPEALS,
    Account.CARRIED_FORWARD,
    Account.UNCONFIRMED,
)
"""The accounts that the issue of a statement is booked to, in the order of the bridge."""


def post_transitions(
    session: Session,
    organization_id: str,
    transitions: Sequence[Transition],
    before: Sequence[AnyDocument | None],
) -> Head | None:
    """Book what one command's transitions moved, as one entry; ``None`` if they moved no money.

    Args:
        before: of each transition, its document as it stood before, if that holds money.
    """
    pairs = zip(before, transitions, strict=True)
    postings = [posting for earlier, transition in pairs for posting in moved(earlier, transition.document)]
    if not postings:
        return None
    first = transitions[0]
    booking = Booking(
        organization_id=organization_id,
        event=first.action,
        document_id=first.document.id,
        command_id=first.command_id,
        at=first.at,
        currency=currency_of(transitions),
        postings=postings,
    )
    return append(session, [booking])[0]


def currency_of(transitions: Iterable[Transition]) -> str:
    """The one currency of the money that a command's transitions are about."""
    documents = [transition.document for transition in transitions]
    amounts = [document.net for document in documents if isinstance(document, Statement)]
    amounts += [document.amount for document in documents if isinstance(document, Payout)]
    [currency] = {amount.currency for amount in amounts}
    return currency


def post_statements(session: Session, statement_ids: Collection[str], now: datetime) -> None:
    """Book statements that were just added up; one that replaces another takes back all that the other booked.

    A statement on which nothing was earned, refunded or carried books nothing.
    """
    query = figures(among(STATEMENTS.c.id, statement_ids)).order_by(STATEMENTS.c.id)
    bookings = []
    for row in session.execute(query).all():
        document_id = f"statement/{row.id}"
        replaced = standing(session, row.organization_id, f"statement/{row.replaces}") if row.replaces else []
        postings = [Posting(p.account, p.document_id, -p.amount_micros) for p in replaced]
        postings += [
            Posting(account, document_id, amount)
            for account in FIGURES
            if (amount := row._mapping[account.value])
        ]
        if postings:
            bookings.append(
                Booking(
                    organization_id=row.organization_id,
                    event="statement.replace" if row.replaces else "statement.issue",
                    document_id=document_id,
                    command_id=f"issue/{row.id}",
                    at=now,
                    currency=row.currency,
                    postings=postings,
                )
            )
    append(session, bookings)


def figures(condition: ColumnElement[bool]) -> Select[Any]:
    """What the issue of statements books to each account, in micro-units: a row for each statement.

    It comes from the lines and from the net, which settlement works out apart from each other, so that an
    entry that balances says that both agree.
    """
    sums = line_sums(condition)
    unit = unit_of(STATEMENTS.c.currency)
    net = STATEMENTS.c.net * unit

    def of_lines(name: str) -> ColumnElement[int]:
        return func.coalesce(sums.c[name], 0)

    amounts = {
        Account.GROSS: of_lines("gross_micros"),
        Account.REFUNDS: -of_lines("refunds_micros"),
        Account.ROUNDING: -of_lines("remainder_micros"),
        Account.PLATFORM_SHARE: -of_lines("platform_share") * unit,
        Account.TAX_WITHHELD: -STATEMENTS.c.tax_withheld * unit,
        Account.APPEALS: of_lines("appeal") * unit,
        Account.CARRIED_FORWARD: of_lines("carried_forward") * unit - case((net < 0, net), else_=0),
        Account.UNCONFIRMED: case((net > 0, -net), else_=0),
    }
    return (
        select(
            STATEMENTS.c.id,
            STATEMENTS.c.organization_id,
            STATEMENTS.c.currency,
            STATEMENTS.c.replaces,
            *(amounts[account].label(account.value) for account in FIGURES),
        )
        .join_from(STATEMENTS, sums, sums.c.statement_id == STATEMENTS.c.id, isouter=True)
        .where(condition)
    )


def unit_of(currency: ColumnElement[str]) -> ColumnElement[int]:
    """How many micro-units a minor unit has, in SQL."""
    return case({code: micros_of_minor_unit(code) for code in EXPONENTS}, value=currency, else_=null())


def line_sums(condition: ColumnElement[bool]) -> Subquery:
    """What the lines of statements come to; a row for each statement that has any."""
    exact = ("gross_micros", "refunds_micros", "remainder_micros", "platform_share")
    return (
        select(
            LINES.c.statement_id,
            *(total(LINES.c[name]).label(name) for name in exact),
            *(total(case((LINES.c.kind == kind, LINES.c.net), else_=0)).label(kind) for kind in NET_LINES),
        )
        .where(LINES.c.statement_id.in_(select(STATEMENTS.c.id).where(condition)))
        .group_by(LINES.c.statement_id)
        .subquery("line_sums")
    )
