"""Organizations with a history: one is made by the models, and multiplied by the database itself."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, MetaData, Text, cast, func, insert, select, text, true
from sqlmodel import Session, SQLModel
from sqlmodel.sql.sqltypes import AutoString

from lifecycle.machines import state_of
from models.documents import (
    AnyDocument,
    Contract,
    Feature,
    Integration,
    Invoice,
    Launch,
    Payout,
    PayoutAccount,
    Qualification,
    Statement,
    Stream,
    Verification,
)
from models.money import Money
from models.states import (
    ContractState,
    IntegrationState,
    InvoiceState,
    LaunchState,
    PayoutAccountState,
    PayoutState,
    QualificationState,
    StatementState,
    VerificationState,
)
from models.tables import (
    AdDayRow,
    DocumentRow,
    EarningTermRow,
    FileRow,
    GameRow,
    InvoiceRow,
    InvoiceStatementRow,
    MemberRow,
    NotificationRow,
    OrderEventRow,
    OrganizationRow,
    PayoutAttemptRow,
    StatementLineRow,
    StatementRow,
    TransitionRow,
)
from storage.database import Database

MARK = "00000000"
"""In every id and name of the organization that is multiplied; its copies have their number instead."""

A_YEAR = 48
"""Statements of an organization with all three streams."""

MONTH = 4
"""Of these, those of one month: an invoice claims them together."""

WAITING = 50
"""One in so many organizations waits for an operator."""

NET = 123_456
ORDERS, AD_DAYS = 20, 10
STEPS = {
    "statement": ("issue", "confirm", "invoice", "pay", "close"),
    "invoice": ("submit", "approve", "pay", "close"),
    "payout": ("schedule", "send", "accept", "pay", "close"),
}
REACHED = {"statement": "closed", "invoice": "closed", "payout": "closed"}


def periods(statements: int, today: date) -> list[tuple[Stream, date, date]]:
    """The periods of so many statements, the oldest first, the last ones of the month before."""
    found: list[tuple[Stream, date, date]] = []
    first = today.replace(day=1)
    while len(found) < statements:
        last = first - timedelta(days=1)
        first = last.replace(day=1)
        found += [
            (Stream.IAP_SUBSCRIPTION, first, last),
            (Stream.IAP_NON_SUBSCRIPTION, first, last),
            (Stream.IAA, first.replace(day=16), last),
            (Stream.IAA, first, first.replace(day=15)),
        ]
    return list(reversed(found[:statements]))


class History:
    """The rows of an organization.

    Args:
        statements: how many it has had; all but the last month's are paid and closed.
        games: how many games it has; each statement has a line for each.
        appealed: its last statement waits for an operator.
        mark: what tells its ids from another's.
    """

    def __init__(
        self, statements: int, now: datetime, games: int = 1, appealed: bool = False, mark: str = MARK
    ) -> None:
        self.id, self.now, self.mark = f"org_{mark}", now, mark
        self.games = [f"game_{mark}x{number}" for number in range(games)]
        self.statement_ids = [f"st_{mark}x{number:04}" for number in range(statements)]
        self.invoice_ids = [f"inv_{mark}x{number:04}" for number in range(max(0, statements - 1) // MONTH)]
        self.rows: list[SQLModel] = [
            OrganizationRow(id=self.id, name=f"Example Games {mark}", created_by=self.admin, created_at=now),
            MemberRow(organization_id=self.id, subject=self.admin, role="admin", name="Ada Example"),
        ]
        self._set_up()
        for number, period in enumerate(periods(statements, now.date())):
            self._statement(number, period, appealed and number == statements - 1)
        for number in range(len(self.invoice_ids)):
            self._invoice(number)
        self._earnings()

    @property
    def admin(self) -> str:
        """Who acts for it."""
        return f"ada-{self.mark}"

    def _document(self, document: AnyDocument, *steps: str) -> None:
        """Where a document stands, and how it came there."""
        self.rows.append(
            DocumentRow(
                organization_id=self.id,
                id=document.id,
                machine=document.machine,
                state=document.state,
                since=document.since,
                revision=len(steps),
                waits_for=state_of(document).waits_for,
                facts=document.model_dump(mode="json") | {"revision": len(steps)},
            )
        )
        for revision, step in enumerate(steps, 1):
            self.rows.append(
                TransitionRow(
                    organization_id=self.id,
                    command_id=f"{document.id}/{revision}",
                    position=0,
                    action=f"{document.machine}.{step}",
                    document_id=document.id,
                    revision=revision,
                    actor_role="admin",
                    actor_id=self.admin,
                    from_state=None,
                    to_state=document.state,
                    at=document.since,
                    recorded_at=document.since,
                )
            )

    def _set_up(self) -> None:
        since = self.now - timedelta(days=365)
        done: dict[str, Any] = {"since": since, "revision": 2}
        self._document(
            Verification(id="verification", state=VerificationState.VERIFIED, country="DE", **done),
            "submit",
            "verify",
        )
        self._document(
            Qualification(id="qualification", state=QualificationState.APPROVED, **done), "submit", "approve"
        )
        account = {"tax_form": "W-8BEN-E", "tax_country": "DE", **done}
        self._document(
            PayoutAccount(id="payout_account", state=PayoutAccountState.ACTIVE, **account), "submit", "accept"
        )
        for feature in Feature:
            contract = {"feature": feature, "version": 1, "signed_version": 1, **done}
            self._document(
                Contract(id=f"contract/{feature}", state=ContractState.ACTIVE, **contract), "sign", "activate"
            )
            self._term(f"contract/{feature}", 1)
        for game in self.games:
            self.rows.append(GameRow(id=game, organization_id=self.id, name=f"Game {game}", created_at=since))
            for feature in Feature:
                tested = {"game_id": game, "feature": feature, **done}
                name = f"integration/{game}/{feature}"
                self._document(Integration(id=name, state=IntegrationState.PASSED, **tested), "run", "pass")
            live = {
                "game_id": game,
                "features": list(Feature),
                "launched_at": since,
                "regions": ["JP"],
                **done,
            }
            self._document(Launch(id=f"launch/{game}", state=LaunchState.LIVE, **live), "register", "publish")
            self._term(f"launch/{game}", None)
            self.rows.append(
                FileRow(
                    id=f"file_{game[5:]}", organization_id=self.id, name="proof.pdf", size=1_000,
                    content_type="application/pdf", sha256="0" * 64, created_by=self.admin, created_at=since,
                )
            )  # fmt: skip

    def _term(self, document_id: str, version: int | None) -> None:
        day = (self.now - timedelta(days=3_650)).date()
        self.rows.append(
            EarningTermRow(
                organization_id=self.id, document_id=document_id, from_day=day, earns=True, version=version
            )
        )

    def _statement(self, number: int, period: tuple[Stream, date, date], appealed: bool) -> None:
        stream, start, end = period
        statement_id, month = self.statement_ids[number], number // MONTH
        paid = month < len(self.invoice_ids)
        since = datetime.combine(end, time(), UTC) + timedelta(days=15)
        state = REACHED["statement"] if paid else "appeal_review" if appealed else "pending_confirmation"
        steps = STEPS["statement"] if paid else ("issue", "appeal") if appealed else ("issue",)
        self._document(
            Statement(
                id=f"statement/{statement_id}", state=StatementState(state), since=since, stream=stream,
                period_start=start, period_end=end, net=Money(amount=NET),
                confirm_by=None if appealed else since + timedelta(days=28), appealed=appealed,
                invoice_id=f"invoice/{self.invoice_ids[month]}" if paid else None,
            ),
            *steps,
        )  # fmt: skip
        amounts: dict[str, Any] = {"gross": 2 * NET, "refunds": 0, "platform_share": NET, "net": NET}
        self.rows.append(
            StatementRow(
                id=statement_id, organization_id=self.id, stream=stream, period_start=start, period_end=end,
                issue=1, currency="USD", adjustments=0, tax_withheld=0, issued_at=since, **amounts,
            )
        )  # fmt: skip
        for position, game in enumerate(self.games, 1):
            self.rows.append(
                StatementLineRow(
                    statement_id=statement_id, position=position, kind="earning", game_id=game,
                    contract_version=1, source_count=9, **amounts,
                )
            )  # fmt: skip
        self.rows.append(
            NotificationRow(
                organization_id=self.id, command_id=f"statement/{statement_id}/1", position=0,
                kind="statement.issue", document_id=f"statement/{statement_id}", text="A statement has come.",
                at=since, sent_at=since,
            )
        )  # fmt: skip

    def _invoice(self, number: int) -> None:
        invoice_id = self.invoice_ids[number]
        claimed = self.statement_ids[number * MONTH : (number + 1) * MONTH]
        dated = self.now.date() - timedelta(days=31 * (len(self.invoice_ids) - number))
        since = datetime.combine(dated, time(), UTC) + timedelta(days=20)
        total = Money(amount=NET * len(claimed))
        self._document(
            Invoice(
                id=f"invoice/{invoice_id}", state=InvoiceState(REACHED["invoice"]), since=since, number=f"EX-{number:04}",
                statement_ids=[f"statement/{one}" for one in claimed], total=total, dated=dated,
                submission_id=f"sub_{self.mark}",
            ),
            *STEPS["invoice"],
        )  # fmt: skip
        self._document(
            Payout(
                id=f"payout/{invoice_id}", state=PayoutState(REACHED["payout"]), since=since, attempt=1, paid_at=since,
                invoice_id=f"invoice/{invoice_id}", amount=total,
            ),
            *STEPS["payout"],
        )  # fmt: skip
        self.rows += [
            InvoiceRow(
                id=invoice_id, organization_id=self.id, number=f"EX-{number:04}", number_key=f"ex-{number:04}",
                dated=dated, amount=total.amount, currency="USD", submission_id=f"sub_{self.mark}",
            ),
            *(InvoiceStatementRow(invoice_id=invoice_id, statement_id=one) for one in claimed),
            PayoutAttemptRow(
                payout_id=f"payout/{invoice_id}", attempt=1, organization_id=self.id,
                reference=f"payout/{invoice_id}/1", amount=total.amount, currency="USD", sent_at=since,
                outcome="paid", ended_at=since,
            ),
        ]  # fmt: skip

    def _earnings(self) -> None:
        """Orders and ads of this month, on no statement yet."""
        today, game = self.now.date(), self.games[0]
        for number in range(ORDERS):
            self.rows.append(
                OrderEventRow(
                    event_id=f"ev_{self.mark}x{number}", organization_id=self.id, game_id=game,
                    order_id=f"or_{self.mark}x{number}", stream="iap_non_subscription", beans=100 + number,
                    user_id=f"user-{number % 7}", region="US", day=today.replace(day=1), is_sandbox=False,
                    at=self.now, received_at=self.now,
                )
            )  # fmt: skip
        for number in range(AD_DAYS):
            self.rows.append(
                AdDayRow(
                    report_id=f"ad_{self.mark}x{number}", revision=1, organization_id=self.id, game_id=game,
                    placement=f"p{number}", region="US", day=today.replace(day=1), requests=10,
                    impressions=10, clicks=1, revenue_micros=1_234_567, received_at=self.now,
                )
            )  # fmt: skip

    def put(self, session: Session) -> None:
        """Write all rows, what others refer to first."""
        for rows in self._by_table().values():
            session.add_all(rows)
            session.flush()

    def _by_table(self) -> dict[str, list[SQLModel]]:
        """The rows, table by table in the order of their references."""
        found: dict[str, list[SQLModel]] = {table.name: [] for table in SQLModel.metadata.sorted_tables}
        for row in self.rows:
            found[str(row.__tablename__)].append(row)
        return {name: rows for name, rows in found.items() if rows}

    def multiply(self, database: Database, first: int, last: int) -> None:
        """Write copies of it, numbered from ``first`` to ``last`` (PostgreSQL), and not the original.

        Triggers and references are not looked at, and a crash would lose it: it is only for measuring.
        """
        numbers = func.generate_series(first, last).table_valued("nth").render_derived()
        mark = func.lpad(cast(numbers.c.nth, Text), len(MARK), "0")
        for name, rows in self._by_table().items():
            table = SQLModel.metadata.tables[name]
            original = table.to_metadata(MetaData(), name="original")
            copied = [column for column in original.columns if column is not original.autoincrement_column]
            with database.engine.begin() as connection:
                for setting in ("session_replication_role = replica", "synchronous_commit = off"):
                    connection.execute(text(f"SET LOCAL {setting}"))
                own = ", ".join(column.name for column in copied)
                new = (
                    f"CREATE TEMPORARY TABLE original ON COMMIT DROP AS SELECT {own} FROM {name} WITH NO DATA"
                )
                connection.execute(text(new))
                values = [row.model_dump(include={column.name for column in copied}) for row in rows]
                connection.execute(insert(original), values)
                copies = select(*(copy_of(column, mark) for column in copied)).select_from(
                    original.join(numbers, true())
                )
                connection.execute(insert(table).from_select([column.name for column in copied], copies))


def copy_of(column: Column[Any], mark: ColumnElement[str]) -> ColumnElement[Any]:
    """A column of a copy, with its own mark."""
    if isinstance(column.type, JSON):
        return cast(func.replace(cast(column, Text), MARK, mark), JSON)
    return func.replace(column, MARK, mark) if isinstance(column.type, AutoString) else column


def fill(database: Database, organizations: int, now: datetime) -> None:
    """Organizations with a year behind them; one in fifty waits for an operator."""
    quiet = organizations - organizations // WAITING
    History(A_YEAR, now).multiply(database, 1, quiet)
    History(A_YEAR, now, appealed=True).multiply(database, quiet + 1, organizations)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would have done
