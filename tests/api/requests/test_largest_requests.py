"""As much as one request may hold, and one more: the limits say how to ask instead, and nothing is kept."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import text

from api.services.earnings.comparison import MOST_PLATFORM_ORDERS
from api.services.earnings.statement_downloads import MOST_STATEMENTS
from models.documents import Statement, Stream
from models.money import Money
from models.states import StatementState
from models.tables import StatementLineRow
from tests.api.earnings.test_comparison import Compared, refusal
from tests.api.support.server import Client, Server, problem, put, put_statement

NOW = datetime(2026, 3, 15, tzinfo=UTC)
BUSY_DAY = date(2026, 2, 20)

ORDERS = """
    INSERT INTO order_events (event_id, organization_id, game_id, order_id, stream, beans, user_id, region, day,
        is_sandbox, at, received_at)
    WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT 'most-' || :id || '-' || n, :id, 'game_1', 'most-' || :id || '-' || n, 'iap_non_subscription', 100,
        'user', 'GB', :day, :no, :now, :now FROM numbers
"""


def gather_orders(server: Server, organization_id: str, first: int, last: int) -> None:
    values = {"id": organization_id, "first": first, "last": last, "day": BUSY_DAY.isoformat(), "no": False}
    with server.database.transaction() as session:
        session.execute(text(ORDERS), {**values, "now": NOW.isoformat(" ")})


def test_a_comparison_holds_300_000_orders_and_not_one_more(server: Server, ada: Client) -> None:
    compared = Compared(server)
    gather_orders(server, compared.id, 1, MOST_PLATFORM_ORDERS)
    day = {"since": BUSY_DAY.isoformat(), "until": BUSY_DAY.isoformat()}
    own = f"order_id,beans\nmost-{compared.id}-7,100\n"
    answer = compared.send(ada, own, **day)
    assert answer.status_code == 201, answer.text
    assert answer.json()["differences"]["missing_in_file"]["count"] == MOST_PLATFORM_ORDERS - 1
    gather_orders(server, compared.id, MOST_PLATFORM_ORDERS + 1, MOST_PLATFORM_ORDERS + 1)
    (error,) = refusal(compared.send(ada, own, **day))
    assert (error["pointer"], error["code"]) == ("/since", "too_many_orders")
    assert "300,000 orders; compare fewer days" in error["detail"]
    assert len(ada.get(compared.path)["data"]) == 1, "the one that was too large is not kept"


@pytest.fixture(scope="module")
def long_lived(server: Server) -> str:
    """An organization with as many statements as a file may hold, one line each."""
    organization_id = server.settled_organization()
    gather_statements(server, organization_id, range(MOST_STATEMENTS))
    return organization_id


def gather_statements(server: Server, organization_id: str, numbers: range) -> None:
    with server.database.transaction() as session:
        for number in numbers:
            day, statement_id = (
                date(2006, 1, 1) + timedelta(days=number),
                f"st_{number}x{organization_id[4:]}",
            )
            put_statement(session, organization_id, statement_id, 100, day)
            session.flush()
            session.add(
                StatementLineRow(
                    statement_id=statement_id,
                    position=1,
                    kind="earning",
                    game_id="game_1",
                    contract_version=1,
                    source_count=1,
                    gross=100,
                    net=100,
                    gross_micros=1_000_000,
                    sources_digest="ab" * 32,
                )
            )
            document = Statement(
                id=f"statement/{statement_id}",
                state=StatementState.PENDING_CONFIRMATION,
                since=NOW,
                revision=1,
                stream=Stream.IAA,
                period_start=day,
                period_end=day,
                net=Money(amount=100),
            )
            put(session, organization_id, document)


def test_a_file_holds_2_000_statements_and_not_one_more(server: Server, ada: Client, long_lived: str) -> None:
    path = f"/v1/organizations/{long_lived}/statements"
    made = ada.call("GET", f"{path}.csv")
    assert made.status_code == 200, made.text
    assert (
        len(list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"), newline=""))))
        == MOST_STATEMENTS
    )
    book = load_workbook(io.BytesIO(ada.call("GET", f"{path}.xlsx").content), read_only=True)
    assert book["Lines"].max_row == MOST_STATEMENTS + 1
    gather_statements(server, long_lived, range(MOST_STATEMENTS, MOST_STATEMENTS + 1))
    for kind in ("csv", "xlsx"):
        (error,) = problem(ada.call("GET", f"{path}.{kind}"), 422, "invalid_request")["errors"]
        assert (error["pointer"], error["code"]) == ("#query/since", "too_many")
        assert "2,000 statements; ask for a shorter range" in error["detail"]
    shorter = ada.call("GET", f"{path}.csv", params={"since": "2006-01-02"})
    assert (
        len(list(csv.DictReader(io.StringIO(shorter.content.decode("utf-8-sig"), newline=""))))
        == MOST_STATEMENTS
    )
