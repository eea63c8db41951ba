"""What settling a batch asks of the database: as many statements for many organizations as for few, none reads a table
whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event

from models.documents import Feature
from models.tables import ContractTextRow
from models.wire.steps import Period
from storage.database import Database
from storage.settlement.batches import issue_statements, organizations_due
from storage.settlement.replacement import replace_statement
from tests.storage.studio import ADS_EARLY, FEBRUARY, JANUARY, POLICY, Studio

MARCH = FEBRUARY.model_copy(
    update={"start": date(2026, 3, 1), "end": date(2026, 3, 31), "delivered_on": date(2026, 4, 15)}
)
PERIODS = (JANUARY, ADS_EARLY, FEBRUARY, MARCH)
NOW = datetime(2026, 4, 15, 6, tzinfo=UTC)
WHOLE = {"sqlite": "SCAN ", "postgresql": "Seq Scan on "}
"""How a plan says that a table is read from its beginning to its end."""


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent to the database, and what with; one for many rows counts once."""
    said: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            said.append((statement, None if many else parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def studios(database: Database, count: int) -> list[str]:
    """Organizations that have something of everything: advances, refunds, late items, debts, ads."""
    with database.transaction() as session:
        session.merge(
            ContractTextRow(
                feature="iap",
                version=2,
                text="",
                sha256="",
                share_basis_points=3_000,
                advance_bean_micros=8_000,
            )
        )
    ids = []
    for number in range(count):
        studio = Studio(database).live("racer")
        studio.contract(Feature.IAP, version=2)
        order = studio.order(1000, date(2026, 1, 5))
        studio.earn(
            *(order, studio.refund(order, 900, date(2026, 2, 5)), studio.order(5, date(2026, 3, 5))),
            *(studio.ad_day(7_000_000 + day, date(2026, 1, day)) for day in range(1, 4 + number % 2)),
        )
        ids.append(studio.id)
    return ids


def settled(database: Database, ids: list[str]) -> list[tuple[str, Any]]:
    """What the database hears of settling all periods of organizations in one batch each, and of one replacement."""
    with heard(database) as said:
        for period in PERIODS:
            organizations_due(database, period, None, 1_000, POLICY)
            issued = issue_statements(database, period, ids, POLICY, NOW)
            assert len([statement for statement in issued if statement.organization_id in ids]) == len(ids)
        last = next(statement for statement in issued if statement.organization_id == ids[0])
        replace_statement(database, last.statement_id, ids[0], POLICY, NOW)
    return said


def test_many_organizations_take_as_many_statements_as_few(database: Database) -> None:
    few = settled(database, studios(database, 1))
    many = settled(database, studios(database, 7))
    assert [statement for statement, _ in many] == [statement for statement, _ in few]
    assert len(few) < 30 * (len(PERIODS) + 1)


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: f"{period.stream}-{period.start}")
def test_no_table_is_read_whole(database: Database, period: Period) -> None:
    """Not even one of a few rows, though that would be quicker: a settlement may not slow down as tables grow."""
    ids = studios(database, 2)
    with heard(database) as said:
        issue_statements(database, period, ids, POLICY, NOW)
    explain = "EXPLAIN QUERY PLAN " if database.engine.name == "sqlite" else "EXPLAIN "
    for statement, parameters in said:
        if parameters is None:
            continue
        with database.settlement(ids) as session:
            rows = session.connection().exec_driver_sql(explain + statement, parameters).all()
        plan = "\n".join(str(row[-1]) for row in rows)
        whole = [line for line in plan.splitlines() if f"{WHOLE[database.engine.name]}" in line]
        assert not [line for line in whole if any(table in line for table in database_tables())], plan


def database_tables() -> set[str]:
    """The tables that grow."""
    return {table for table in ContractTextRow.metadata.tables if table != "contract_texts"}
