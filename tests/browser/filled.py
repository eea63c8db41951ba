"""Organizations put into a database by hand, and the console over it: every page at once, and no Temporal.

What a page looks like depends on what it shows; whether commands work is looked at elsewhere.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, Page
from sqlmodel import Session

from api.app import create_app
from api.security.identity import SESSION_COOKIE
from bench.crowd import History
from config.settings import Settings
from models.documents import (
    AnyDocument,
    Contract,
    Feature,
    PayoutAccount,
    Qualification,
    Reason,
    Verification,
)
from models.programme.policy import Policy
from models.states import ContractState, PayoutAccountState, QualificationState, VerificationState
from models.tables import (
    AdDayRow,
    DocumentRow,
    GameRow,
    InvoiceStatementRow,
    MemberRow,
    OrderEventRow,
    OrganizationRow,
    StaffRow,
    StatementRow,
)
from storage.database import Database
from storage.organizations.decisions import create_organization
from storage.people import sessions
from storage.schema import upgrade
from tests.api.support.server import put
from tests.sandbox.box import eventually, free_port

STATEMENTS = 46
DAYS = 30
PAID, HALFWAY, BEGINNING = "org_00000000", "org_halfway0", "org_beginning"
GAME, STATEMENT, INVOICE = "game_00000000x0", f"st_00000000x{STATEMENTS - 1:04}", "inv_00000000x0010"
PAGES: dict[str, str] = {
    "overview": f"/organizations/{PAID}",
    "overview-halfway": f"/organizations/{HALFWAY}",
    "overview-beginning": f"/organizations/{BEGINNING}",
    "verification": f"/organizations/{BEGINNING}/verification",
    "qualification": f"/organizations/{BEGINNING}/qualification",
    "contracts": f"/organizations/{PAID}/contracts",
    "contract": f"/organizations/{PAID}/contracts/iaa",
    "contract-to-sign": f"/organizations/{HALFWAY}/contracts/iap",
    "games": f"/organizations/{PAID}/games",
    "game": f"/organizations/{PAID}/games/{GAME}",
    "payout-account": f"/organizations/{PAID}/payout-account",
    "payout-account-whole": f"/organizations/{PAID}/payout-account?whole=true",
    "payout-account-declined": f"/organizations/{HALFWAY}/payout-account",
    "revenue": f"/organizations/{PAID}/revenue",
    "revenue-beginning": f"/organizations/{BEGINNING}/revenue",
    "metrics": f"/organizations/{PAID}/revenue/metrics",
    "metrics-beginning": f"/organizations/{BEGINNING}/revenue/metrics",
    "comparisons": f"/organizations/{PAID}/revenue/comparisons",
    "statement": f"/organizations/{PAID}/revenue/statements/{STATEMENT}",
    "line": f"/organizations/{PAID}/revenue/statements/{STATEMENT}/lines/1",
    "payouts": f"/organizations/{PAID}/payouts",
    "forecast": f"/organizations/{PAID}/payouts/forecast",
    "invoice": f"/organizations/{PAID}/payouts/invoices/{INVOICE}",
    "payout": f"/organizations/{PAID}/payouts/{INVOICE}",
    "invoice-new": f"/organizations/{PAID}/payouts/invoices/new",
    "members": f"/organizations/{PAID}/members",
    "inbox": f"/organizations/{PAID}/inbox",
    "activity": f"/organizations/{PAID}/activity",
    "api-keys": f"/organizations/{PAID}/api-keys",
    "webhooks": f"/organizations/{PAID}/webhooks",
    "organizations": "/organizations",
    "help": "/help",
    "not-found": "/nothing",
}
STAFF = {
    "queue": "/operators",
    "together": f"/operators/together?case={HALFWAY}/qualification",
    "dashboard": "/operators/dashboard",
    "search": "/operators/organizations",
    "settlements": "/operators/settlements",
    "money": "/operators/money?figure=in_transit",
    "reviews": "/operators/reviews",
    "to-come": "/operators/statements-to-come?stream=iaa&period_start=2026-01-01",
    "case": f"/operators/cases/{PAID}/verification",
    "case-to-decide": f"/operators/cases/{HALFWAY}/qualification",
    "case-invoice": f"/operators/cases/{PAID}/invoice/{INVOICE}",
    "case-payout": f"/operators/cases/{PAID}/payout/{INVOICE}",
    "case-statement": f"/operators/cases/{PAID}/statement/{STATEMENT}",
    "overview-by-staff": f"/organizations/{PAID}",
}

AMOUNTS = {"statement": "net", "invoice": "total", "payout": "amount"}
"""What kinds of documents call their money."""


@dataclass(frozen=True)
class Filled:
    """The console of a filled database; ``secrets`` are the sessions of its people."""

    url: str
    secrets: dict[str, str]
    admin: str
    database: Database

    def context(self, browser: Browser, who: str = "admin", **options: object) -> BrowserContext:
        """A browser in which somebody is signed in."""
        context = browser.new_context(base_url=self.url, **options)  # type: ignore[arg-type]
        cookie = SetCookieParam(
            name=SESSION_COOKIE,
            value=self.secrets[who],
            url=self.url.replace("http:", "https:"),
            secure=True,
            httpOnly=True,
            sameSite="Lax",
        )
        context.add_cookies([cookie])
        return context

    @contextmanager
    def page(self, browser: Browser, who: str = "admin", **options: object) -> Iterator[Page]:
        """A page of such a browser."""
        context = self.context(browser, who, **options)
        try:
            yield context.new_page()
        finally:
            context.close()


@contextmanager
def filled(folder: Path) -> Iterator[Filled]:
    """Serve it for the length of a block."""
    port = free_port()
    url, now = f"http://127.0.0.1:{port}", datetime.now(UTC)
    settings = Settings(
        state_dir=folder, temporal_address="127.0.0.1:1", requests_per_minute=0, api_url=url, api_port=port
    )
    upgrade(settings.database())
    database = Database(settings.database())
    with database.transaction() as session:
        history = earning_organization(session, now)
        begun_organizations(session, history.admin, now)
        session.add(StaffRow(subject="olga", role="operator", name="Olga Operator"))
        secrets = {
            who: sessions.begin(session, subject, who.title(), None, now)
            for who, subject in (("admin", history.admin), ("staff", "olga"))
        }
    how = uvicorn.Config(
        create_app(settings),
        "127.0.0.1",
        port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(how)
    running = threading.Thread(target=server.run)
    running.start()
    try:
        eventually(lambda: server.started, 60)
        yield Filled(url, secrets, history.admin, database)
    finally:
        server.should_exit = True
        running.join()


def earning_organization(session: Session, now: datetime) -> History:
    """An organization with a year behind it, two statements to confirm, and earnings of these days."""
    history = History(STATEMENTS, now, games=2)
    nets: dict[str, int] = {}
    for number, row in enumerate(history.rows):
        match row:
            case OrganizationRow():
                row.name = "Nina Überspiele GmbH"
            case GameRow():
                row.name = "Rocky Road" if row.id == GAME else "Marmalade Falls: Extended Edition"
            case StatementRow():
                part = 60 + number * 37 % 100
                row.gross, row.net = row.gross * part // 100, row.net * part // 100
                row.platform_share, nets[row.id] = row.gross - row.net, row.net
    claimed: dict[str, int] = {}
    for row in history.rows:
        if isinstance(row, InvoiceStatementRow):
            claimed[row.invoice_id] = claimed.get(row.invoice_id, 0) + nets[row.statement_id]
    for row in history.rows:
        if isinstance(row, DocumentRow) and row.machine in AMOUNTS:
            amount = (nets | claimed)[row.id.partition("/")[2]]
            row.facts = row.facts | {AMOUNTS[row.machine]: {"amount": amount, "currency": "USD"}}
    history.put(session)
    for number in range(DAYS):
        session.add_all(earned_on_a_day(history, number, now))
    return history


def earned_on_a_day(history: History, number: int, now: datetime) -> Iterator[OrderEventRow | AdDayRow]:
    """Some orders and the ads of one of the last days."""
    day, game = (now - timedelta(days=number)).date(), history.games[number % 2]
    for order in range(2 + number % 4):
        yield OrderEventRow(
            event_id=f"e{number}-{order}", organization_id=history.id, game_id=game, order_id=f"o{number}-{order}",
            stream="iap_non_subscription", beans=100 + number * 977 % 9000, user_id=f"u{number % 11}",
            region=("US", "JP", "DE")[order % 3], day=day, is_sandbox=False, at=now, received_at=now,
        )  # fmt: skip
    yield AdDayRow(
        report_id=f"a{number}", revision=1, organization_id=history.id, game_id=game, placement="rewarded",
        region="US", day=day, requests=1_000 + number, impressions=900 + 3 * number, clicks=9,
        revenue_micros=4_000_000 + number * 7_919_000 % 80_000_000, received_at=now,
    )  # fmt: skip


def begun_organizations(session: Session, admin: str, now: datetime) -> None:
    """One that has just begun, and one that is half set up, whose account was declined."""
    why = Reason(
        code="account_closed", field="account_number", detail="The bank says that the account is closed."
    )
    halfway: list[AnyDocument] = [
        Verification(id="verification", state=VerificationState.VERIFIED, since=now, country="US"),
        Qualification(id="qualification", state=QualificationState.IN_REVIEW, since=now),
        Contract(
            id="contract/iaa",
            state=ContractState.ACTIVE,
            since=now,
            feature=Feature.IAA,
            version=1,
            signed_version=1,
        ),
        PayoutAccount(id="payout_account", state=PayoutAccountState.DECLINED, since=now, reasons=[why]),
    ]
    for organization_id, name, documents in (
        (HALFWAY, "Halfway Studio", halfway),
        (BEGINNING, "Beginning Studio", []),
    ):
        founder = MemberRow(organization_id=organization_id, subject=admin, role="admin", name="Ada Example")
        create_organization(session, organization_id, name, founder, now, Policy())
        for document in documents:
            put(session, organization_id, document)
    waiting = session.get(DocumentRow, (HALFWAY, "qualification"))
    assert waiting is not None
    waiting.waits_for = "operator"  # as people decide it
