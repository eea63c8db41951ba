"""Comparing amounts that should agree, set-based: only what differs leaves the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlmodel import Session

from models.ledger.checks import Difference
from models.ledger.entries import in_words
from models.programme.policy import Policy
from storage.settlement.statement_lines import total

COLUMNS = ("organization_id", "subject", "item", "currency", "micros")
"""What is compared: an amount of a subject, by a name of its own."""

Amounts = Select[Any] | CompoundSelect[Any]


class Scope:
    """What is checked: everything, or one organization.

    Attributes:
        policy: under which statements were worked out.
    """

    def __init__(self, session: Session, organization_id: str | None, policy: Policy) -> None:
        self.session = session
        self.organization_id = organization_id
        self.policy = policy

    def of(self, table: Any) -> ColumnElement[bool]:
        """Whether a row is in scope."""
        column: ColumnElement[str] = table.c.organization_id
        return column == self.organization_id if self.organization_id else true()

    def count(self, table: Any, *conditions: ColumnElement[bool]) -> int:
        """How many rows of a table there are in scope."""
        query = select(func.count()).select_from(table).where(self.of(table), *conditions)
        return int(self.session.scalar(query) or 0)

    def compare(
        self, expected: Amounts, found: Amounts, tell: Callable[[Any, str, str], str]
    ) -> Difference | None:
        """The first amount that is not what it should be.

        Args:
            tell: says it in words, given the row and both amounts in words.
        """
        wanted, seen = expected.subquery("expected"), found.subquery("found")
        zero = literal(0, BigInteger)
        key = COLUMNS[:-1]
        both = union_all(
            select(*(wanted.c[name] for name in key), wanted.c.micros.label("wanted"), zero.label("seen")),
            select(*(seen.c[name] for name in key), zero.label("wanted"), seen.c.micros.label("seen")),
        ).subquery("both")
        columns = [both.c[name] for name in key]
        wanted_sum, seen_sum = total(both.c.wanted), total(both.c.seen)
        query = (
            select(*columns, wanted_sum.label("wanted"), seen_sum.label("seen"))
            .group_by(*columns)
            .having(wanted_sum != seen_sum)
            .order_by(*columns)
            .limit(1)
        )
        row = self.session.execute(query).first()
        if row is None:
            return None
        amounts = in_words(row.wanted, row.currency), in_words(row.seen, row.currency)
        return Difference(
            organization_id=row.organization_id,
            subject=row.subject,
            expected=amounts[0],
            found=amounts[1],
            sentence=tell(row, *amounts),
        )


def amount(
    organization_id: Any, subject: Any, item: Any, currency: Any, micros: Any, *conditions: Any
) -> Select[Any]:
    """A query for amounts to compare."""
    values = (organization_id, subject, item, currency, micros)
    return select(*(value.label(name) for name, value in zip(COLUMNS, values, strict=True))).where(
        *conditions
    )
