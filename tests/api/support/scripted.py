"""An organization in which everything that is anybody's words carries a script, or what else a test wants."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from sqlmodel import Session, SQLModel

from api.app import create_app
from api.security.identity import SESSION_COOKIE
from bench.crowd import History
from config.settings import Settings
from models.comparison import DifferenceKind
from models.documents import Check, Reason
from models.tables import (
    ApiKeyRow,
    ClaimRow,
    ComparisonRow,
    DifferenceRow,
    InvitationRow,
    StaffRow,
    StatementRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    real_now,
)
from storage.database import Database
from storage.encryption.keyring import Keyring, load_keyring
from storage.organizations.submissions import save
from storage.people import sessions
from storage.schema import upgrade
from tests.api.support.forms import BANK, PAYOUT_ACCOUNT, QUALIFICATION, VERIFICATION

HERE = "https://here.example"
SCRIPT = "\"'><evil-x onload=evil(1) x='\"><script>evil(1)</script><!--]]>"

COLUMNS = {
    "organizations": ("name",), "members": ("name",), "games": ("name",), "files": ("name",),
    "notifications": ("text",), "order_events": ("order_id", "user_id"), "ad_days": ("placement", "region"),
}  # fmt: skip
"""Columns with words of people or of other systems, of the rows that a history has."""

SHOWN = (
    "organizations.name", "members.name", "members.email", "games.name", "files.name", "notifications.text",
    "order_events.order_id", "ad_days.placement", "ad_days.region", "reason", "check.why", "check.fix",
    "appeal.subject", "appeal.description", "verification.legal_name_english", "verification.full_name",
    "qualification.owner", "qualification.store_url", "account.entity_name", "account.institution", "proposed.institution",
    "key.name", "endpoint.url", "delivery.type", "invitation.email", "claim.name", "difference.order_id",
    "line.note",
)  # fmt: skip
"""What some page shows, each of it."""


Say = Callable[[str], str]
"""What stands where the words of a name stand."""


def words(what: str) -> str:
    """Somebody's words."""
    return f"{what}{SCRIPT}"


def in_all(form: Any, what: str, say: Say) -> Any:
    """A form with such words in each of its texts."""
    if isinstance(form, dict):
        return {name: in_all(part, f"{what}.{name}", say) for name, part in form.items()}
    fixed = not isinstance(form, str) or len(form) == 2 or form[:4].isdigit() or form.startswith("file_")
    parts = what.split(".")
    return form if fixed else say(f"{parts[0]}.{parts[-1]}")


FORMS: dict[str, dict[str, Any]] = {
    "verification": VERIFICATION,
    "qualification": QUALIFICATION,
    "account": PAYOUT_ACCOUNT,
    "proposed": {"bank": BANK},
    "appeal": {"subject": "", "description": ""},
}
FORM_OF = {
    "verification": {"submission_id": "sub_verification"},
    "qualification": {"submission_id": "sub_qualification"},
    "payout_account": {"submission_id": "sub_account", "proposed_submission_id": "sub_proposed"},
    "statement": {"submission_id": "sub_appeal"},
}


def scripted(now: datetime, say: Say) -> History:
    """An organization's history with such words in it; a line of a statement names orders."""
    history = History(6, now, games=1, appealed=True)
    purchases = next(
        row.id
        for row in history.rows
        if isinstance(row, StatementRow) and row.stream == "iap_non_subscription"
    )
    reason = Reason(code="other", detail=say("reason"), field="x").model_dump()
    for row in history.rows:
        table = str(row.__tablename__)
        for column in COLUMNS.get(table, ()):
            number = getattr(row, "event_id", "") + getattr(row, "report_id", "")
            setattr(row, column, say(f"{table}.{column}") + number)
        match table:
            case "transitions":
                put(row, reasons=[reason])
            case "members":
                put(row, email=say("members.email"))
            case "statement_lines":
                put(row, note=say("line.note"), bean_price_micros=10_000)
            case "documents":
                mark(row, reason, say)
            case "order_events":
                put(row, settled_in=purchases, contract_version=1)
    return history


def put(row: SQLModel, **values: Any) -> None:
    """Change a row."""
    for name, value in values.items():
        setattr(row, name, value)


def mark(row: Any, reason: dict[str, Any], say: Say) -> None:
    """Give a document reasons, its form, and a check that failed."""
    row.facts |= {"reasons": [reason], **FORM_OF.get(row.machine, {})}
    if row.machine == "integration":
        check = Check(name="other", result="failed", why=say("check.why"), fix=say("check.fix"))
        row.state = "failed"
        row.facts |= {"state": "failed", "checks": [check.model_dump()]}


def fill(session: Session, keyring: Keyring, now: datetime, say: Say = words) -> History:
    """Write it all, with what belongs to it, and with Olga of the staff."""
    history, later = scripted(now, say), real_now() + timedelta(days=1)
    history.put(session)
    own, admin, statement_id = history.id, history.admin, history.statement_ids[-1]
    file_id = f"file_{history.games[0][5:]}"
    for name, form in FORMS.items():
        save(session, keyring, name, own, admin, in_all(form, name, say), [file_id], f"sub_{name}")
    save(session, keyring, "webhook_secrets", own, admin, {"secrets": ["whsec_none"]}, (), "sub_secrets")
    rows: list[SQLModel] = [
        StaffRow(subject="olga", role="operator", name=say("staff.name")),
        ClaimRow(
            organization_id=own, document_id="verification", subject="x", name=say("claim.name"), since=now
        ),
        ApiKeyRow(
            id="key_1", organization_id=own, name=say("key.name"), secret_sha256="0", scopes=["read"],
            made_by=admin, made_at=now, expires_at=later,
        ),
        InvitationRow(
            id="ivt_1", organization_id=own, email=say("invitation.email"), role="admin", invited_by=admin,
            invited_at=now, expires_at=later,
        ),
        WebhookEndpointRow(
            id="whe_1", organization_id=own, url=say("endpoint.url"), events=[], secrets_id="sub_secrets", cursor=0,
            made_by=admin, made_at=now,
        ),
        ComparisonRow(
            id="cmp_1", organization_id=own, file_id=file_id, statement_id=statement_id, created_by=admin,
            created_at=now,
            differences={kind: {"count": 1, "own_micros": 1, "platform_micros": 2} for kind in DifferenceKind},
        ),
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    session.add_all(
        [
            WebhookDeliveryRow(
                endpoint_id="whe_1", organization_id=own, event_id="evt_1", type=say("delivery.type"),
                document_id="verification", body="{}", code="refused",
            ),
            DifferenceRow(
                comparison_id="cmp_1", position=1, kind=DifferenceKind.OTHER_AMOUNT, order_id=say("difference.order_id"),
                own_micros=1, own_refunded_micros=0, platform_micros=2, platform_refunded_micros=0,
            ),
        ]
    )  # fmt: skip
    return history


@asynccontextmanager
async def browsing(
    folder: Path, say: Say = words
) -> AsyncIterator[tuple[dict[str, httpx2.AsyncClient], str]]:
    """Browsers of an admin and of the staff, and the id of the organization."""
    settings = Settings(state_dir=folder, temporal_address="127.0.0.1:1", requests_per_minute=0, api_url=HERE)
    upgrade(settings.database())
    now = datetime.now(UTC)
    with Database(settings.database()).transaction() as session:
        history = fill(session, load_keyring("", folder), now, say)
        secrets = {
            who: sessions.begin(session, subject, who, None, now)
            for who, subject in (("admin", history.admin), ("staff", "olga"))
        }
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        clients = {
            who: httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app),
                base_url=HERE,
                cookies={SESSION_COOKIE: secret},
                headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
            )
            for who, secret in secrets.items()
        }
        yield clients, history.id
        for client in clients.values():
            await client.aclose()
