"""Comparing the ledger with what it was booked from: documents, statements, their lines, and their sources.

Each check is a few SQL statements over the whole database, or over one organization.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)

from models.documents import Stream
from models.ledger.accounts import OVERPAID, OWED_AGAIN
from models.ledger.checks import Checked, Difference
from models.ledger.entries import Account
from models.states import MoneyState, PayoutState, StatementState
from storage.ledger.booking import FIGURES, figures, unit_of
from storage.ledger.differences import Scope, amount
from storage.ledger.journal import ENTRIES, POSTINGS
from storage.settlement.sources import AD_DAYS, AD_SETTLEMENTS, DOCUMENTS, LINES, ORDERS, STATEMENTS
from storage.settlement.statement_lines import rounded_groups
from storage.settlement.trace import SOURCED

NEWER = STATEMENTS.alias("newer")
IN_FORCE = ~exists().where(NEWER.c.replaces == STATEMENTS.c.id)
"""Whether no other statement has taken a statement's place."""

LINE = (
    "kind",
    "game_id",
    "contract_version",
    "source_count",
    "gross_micros",
    "refunds_micros",
    "sources_digest",
    "bean_price_micros",
)
"""What a line says of its sources."""


def check_documents(scope: Scope) -> Checked:
    """Whether every statement and payout has its money in the accounts that fit where it stands."""
    posted = amount(
        POSTINGS.c.organization_id,
        POSTINGS.c.document_id,
        POSTINGS.c.account,
        ENTRIES.c.currency,
        POSTINGS.c.amount_micros,
        scope.of(POSTINGS),
    ).join_from(POSTINGS, ENTRIES)
    expected = union_all(*booked(scope), held_by_statements(scope), *held_by_payouts(scope))
    return Checked(
        check="documents",
        compared="what the ledger has in each account for every statement and payout with where they stand",
        count=scope.count(STATEMENTS) + scope.count(DOCUMENTS, DOCUMENTS.c.machine == "payout"),
        difference=scope.compare(
            expected,
            posted,
            lambda row, wanted, seen: (
                f"The ledger of {row.organization_id} has {seen} of {row.subject} in "
                f"“{row.item.replace('_', ' ')}”, where {wanted} should be by the {row.subject.partition('/')[0]} itself."
            ),
        ),
    )


def booked(scope: Scope) -> list[Select[Any]]:
    """What the issue of statements in force booked, but for their nets, which move on."""
    row = figures(scope.of(STATEMENTS) & IN_FORCE).cte("figures")
    document_id = "statement/" + row.c.id
    return [
        amount(
            row.c.organization_id, document_id, literal(account.value), row.c.currency, row.c[account.value]
        )
        for account in FIGURES
        if account is not Account.UNCONFIRMED
    ]


def held_by_statements(scope: Scope) -> Select[Any]:
    """Where the nets of statements in force are; one that its organization has not recorded yet is unconfirmed."""
    document_id = "statement/" + STATEMENTS.c.id
    document = (DOCUMENTS.c.organization_id == STATEMENTS.c.organization_id) & (DOCUMENTS.c.id == document_id)
    held_in = case(accounts(StatementState), value=DOCUMENTS.c.state, else_=Account.UNCONFIRMED.value)
    return amount(
        STATEMENTS.c.organization_id,
        document_id,
        held_in,
        STATEMENTS.c.currency,
        -STATEMENTS.c.net * unit_of(STATEMENTS.c.currency),
        scope.of(STATEMENTS),
        IN_FORCE,
        STATEMENTS.c.net > 0,
    ).join_from(STATEMENTS, DOCUMENTS, document, isouter=True)


def held_by_payouts(scope: Scope) -> list[Select[Any]]:
    """What payouts under way or paid have taken out of what was invoiced, and where it is."""
    state, currency, micros = DOCUMENTS.c.state, fact("currency"), payout_micros()
    held_in = case(accounts(PayoutState), value=state, else_="")
    gone = (scope.of(DOCUMENTS), DOCUMENTS.c.machine == "payout", held_in != Account.INVOICED.value)
    too_much = (scope.of(DOCUMENTS), DOCUMENTS.c.machine == "payout", state.in_(OVERPAID))
    came_back = (scope.of(DOCUMENTS), DOCUMENTS.c.machine == "payout", state == OWED_AGAIN)
    of_payout = (DOCUMENTS.c.organization_id, DOCUMENTS.c.id)
    return [
        amount(*of_payout, literal(Account.INVOICED.value), currency, micros, *gone),
        amount(*of_payout, held_in, currency, -micros, *gone),
        amount(*of_payout, literal(Account.OVERPAID.value), currency, micros_of("overpaid"), *too_much),
        amount(*of_payout, literal(Account.PAID_OUT.value), currency, -micros_of("overpaid"), *too_much),
        amount(*of_payout, literal(Account.OVERPAID.value), currency, -micros_of("owed"), *came_back),
        amount(*of_payout, literal(Account.PAID_OUT.value), currency, micros_of("owed"), *came_back),
    ]


def accounts(states: type[MoneyState]) -> dict[str, str]:
    """The accounts of a document's states, for a CASE."""
    return {state.value: state.account.value for state in states}


def fact(name: str, of: str = "amount") -> ColumnElement[str]:
    """A part of a payout's amount, or of another sum that a document holds."""
    value: ColumnElement[str] = DOCUMENTS.c.facts[(of, name)].as_string()
    return value


def micros_of(field: str) -> ColumnElement[int]:
    """A sum that a document holds, in micro-units."""
    return cast(fact("amount", field), BigInteger) * unit_of(fact("currency", field))


def payout_micros() -> ColumnElement[int]:
    """A payout's amount in micro-units."""
    return micros_of("amount")


def check_statements(scope: Scope) -> Checked:
    """Whether every statement comes to what its lines come to."""
    unit = unit_of(STATEMENTS.c.currency)
    earning, other = LINES.c.kind == "earning", LINES.c.kind != "earning"
    row = STATEMENTS.c
    of_rows = {
        "gross": row.gross,
        "refunds": row.refunds,
        "platform share": row.platform_share,
        "adjustments": row.adjustments,
        "net": row.net + row.tax_withheld,
    }
    of_lines = {
        "gross": case((earning, LINES.c.gross), else_=0),
        "refunds": case((earning, LINES.c.refunds), else_=0),
        "platform share": case((earning, LINES.c.platform_share), else_=0),
        "adjustments": case((other, LINES.c.net), else_=0),
        "net": LINES.c.net,
    }
    statement = (row.organization_id, "statement/" + row.id)
    found = union_all(
        *(
            amount(*statement, literal(item), row.currency, value * unit, scope.of(STATEMENTS))
            for item, value in of_rows.items()
        )
    )
    expected = union_all(
        *(
            amount(*statement, literal(item), row.currency, value * unit, scope.of(STATEMENTS)).join_from(
                STATEMENTS, LINES, LINES.c.statement_id == row.id
            )
            for item, value in of_lines.items()
        )
    )
    return Checked(
        check="statements",
        compared="every statement with the sum of its lines",
        count=scope.count(STATEMENTS),
        difference=scope.compare(
            expected,
            found,
            lambda row, wanted, seen: (
                f"{row.subject} of {row.organization_id} says {seen} as its {row.item}"
                f"{' before tax' if row.item == 'net' else ''}, but its lines come to {wanted}."
            ),
        ),
    )


def check_sources(scope: Scope) -> Checked:
    """Whether every line still comes to its orders, refunds and ad days, and none of these got lost in between."""
    written = (
        select(LINES.c.statement_id, *(LINES.c[name] for name in LINE))
        .join_from(LINES, STATEMENTS, STATEMENTS.c.id == LINES.c.statement_id)
        .where(scope.of(STATEMENTS), IN_FORCE, LINES.c.kind.in_(SOURCED))
    )
    counted = union_all(*(summed(scope, stream) for stream in Stream))
    row = scope.session.execute(unmatched(written, counted).limit(1)).first()
    return Checked(
        check="sources",
        compared="every statement line with the orders, refunds and ad days that it counts",
        count=int(scope.session.scalar(select(func.count()).select_from(written.subquery())) or 0),
        difference=changed_sources(scope, row) if row is not None else void_orders(scope) or ad_days(scope),
    )


def unmatched(written: Select[Any], counted: CompoundSelect[Any]) -> Select[Any]:
    """The lines, of either side, that the other side has not as often, those that were written first."""
    sides = (written.subquery("written"), 1), (counted.subquery("counted"), -1)
    both = union_all(*(select(*rows.c, literal(side).label("side")) for rows, side in sides)).subquery("both")
    columns = [both.c[name] for name in ("statement_id", *LINE)]
    surplus = func.sum(both.c.side)
    return (
        select(*columns).group_by(*columns).having(surplus != 0).order_by(surplus.desc(), both.c.statement_id)
    )


def summed(scope: Scope, stream: Stream) -> Select[Any]:
    """The lines of statements in force as their sources have them now."""
    these = scope.of(STATEMENTS) & IN_FORCE & (STATEMENTS.c.stream == stream.value)
    group = rounded_groups(stream, these, scope.policy)
    names = {"contract_version": "version", "sources_digest": "digest", "bean_price_micros": "bean_price"}
    return select(group.c.statement_id, *(group.c[names.get(name, name)].label(name) for name in LINE))


def changed_sources(scope: Scope, row: Any) -> Difference:
    """That a line and its sources do not agree."""
    owner = select(STATEMENTS.c.organization_id).where(STATEMENTS.c.id == row.statement_id)
    return Difference(
        organization_id=scope.session.scalars(owner).one(),
        subject=f"statement/{row.statement_id}",
        expected="lines whose count, sums and digest are those of their sources",
        found=f"{row.source_count} sources, {row.gross_micros} gross and {row.refunds_micros} refunds, in micros",
        sentence=f"A line of statement/{row.statement_id} ({row.kind}, game {row.game_id}) does not agree with "
        "the orders, refunds or ad days that it counts: the line or one of them was changed after it was settled.",
    )


def void_orders(scope: Scope) -> Difference | None:
    """The first order that only a statement counts whose place another has taken."""
    query = (
        select(ORDERS.c.organization_id, ORDERS.c.event_id, ORDERS.c.settled_in)
        .join(STATEMENTS, STATEMENTS.c.id == ORDERS.c.settled_in)
        .where(scope.of(ORDERS), ~IN_FORCE)
    )
    row = scope.session.execute(query.order_by(ORDERS.c.event_id).limit(1)).first()
    if row is None:
        return None
    return Difference(
        organization_id=row.organization_id,
        subject=f"statement/{row.settled_in}",
        expected="no orders",
        found=f"order event {row.event_id}",
        sentence=f"Order event {row.event_id} of {row.organization_id} counts only in statement/{row.settled_in}, "
        "which is void: the statement that took its place left it out.",
    )


def ad_days(scope: Scope) -> Difference | None:
    """The first ad day whose settled part is not what statements in force count of it."""
    currency = literal(scope.policy.settlement_currency)
    day = (AD_DAYS.c.organization_id, AD_DAYS.c.report_id, literal("settled"), currency)
    counted = (
        amount(*day, AD_SETTLEMENTS.c.micros, scope.of(AD_DAYS), IN_FORCE)
        .join_from(AD_SETTLEMENTS, AD_DAYS)
        .join(STATEMENTS, STATEMENTS.c.id == AD_SETTLEMENTS.c.statement_id)
    )
    return scope.compare(
        counted,
        amount(*day, AD_DAYS.c.settled_micros, scope.of(AD_DAYS)),
        lambda row, wanted, seen: (
            f"Ad day {row.subject} of {row.organization_id} says that {seen} of it are "
            f"settled, but statements count {wanted}."
        ),
    )
