"""However much an organization has been through, a request takes the same number of SQL statements, and few."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import event
from sqlmodel import SQLModel

from api import cache
from api.app import create_app
from api.security.identity import SESSION_COOKIE
from bench.counted import HEADER, Counted
from bench.crowd import History
from config.settings import Settings
from models.comparison import DifferenceKind
from models.tables import (
    ApiKeyRow,
    ClaimRow,
    ComparisonRow,
    DifferenceRow,
    DocumentRow,
    InvitationRow,
    MemberRow,
    StaffRow,
    SubmissionRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    real_now,
)
from storage.database import Database
from storage.people import sessions
from storage.schema import upgrade
from tests.api.support.endpoints import Door, doors

FEW, MANY = 5, 60
MAIL = "ada@example.com"

ELSEWHERE = ("/sign-in", "/sign-in/callback", "/readyz", "/static/{digest}/{name:path}")
"""What asks others, or reads no database."""

ENDLESS = ("/v1/organizations/{organization_id}/events",)

MISSING = ("file_id",)
"""Ids of what is not there: these organizations' files are in no store."""

ORGANIZATION = "/v1/organizations/{organization_id}"
UNSIGNED = f"{ORGANIZATION}/contracts/{{feature}}/signed.pdf"
MOST = {"page": 11, "api": 8}
MORE = {
    "/organizations/{organization_id}/payouts": 19,
    "/organizations/{organization_id}/revenue": 18,
    "/organizations/{organization_id}/revenue/statements/{statement_id}/lines/{position}": 16,
    "/organizations/{organization_id}/revenue/statements/{statement_id}": 16,
    "/organizations/{organization_id}/payouts/forecast": 15,
    "/organizations/{organization_id}": 21,
    "/operators/cases/{organization_id}/{document_id:path}": 17,
    "/organizations/{organization_id}/payouts/invoices/{invoice_id}": 14,
    "/organizations/{organization_id}/revenue/metrics": 14,
    "/organizations/{organization_id}/payouts/{invoice_id}": 13,
    "/organizations/{organization_id}/activity": 12,
    f"{ORGANIZATION}/balance": 11,
    "/v1/operator/queue": 9,
    "/operators/dashboard": 15,
    "/v1/operator/dashboard": 12,
    f"{ORGANIZATION}/blockers": 10,
    f"{ORGANIZATION}/forecast": 10,
}
"""Where more than ``MOST`` statements are needed."""

MOMENTS = 3
"""At how many moments a page reads: who asks, what they may see, and then all that it shows at once."""

COUNTED_APART = {"/operators/dashboard": 1}
"""What is counted for everybody at a moment of its own."""

READ = [door for door in doors() if door.method == "GET" and door.path not in (*ELSEWHERE, *ENDLESS)]


def ids(history: History) -> dict[str, str]:
    """What stands in addresses, by the names of their parts."""
    return {
        "organization_id": history.id,
        "statement_id": history.statement_ids[-1],
        "document_id": f"statement/{history.statement_ids[-1]}",
        "invoice_id": history.invoice_ids[0] if history.invoice_ids else "inv_none",
        "payout_id": history.invoice_ids[0] if history.invoice_ids else "inv_none",
        "game_id": history.games[0],
        "feature": "iap",
        "position": "1",
        "code": "not_found",
        "comparison_id": "cmp_0",
        "endpoint_id": "whe_0",
        "invitation_id": "ivt_0",
        **dict.fromkeys(MISSING, "none"),
    }


def belongings(history: History, size: int) -> Iterator[SQLModel]:
    """What else an organization may have ``size`` of."""
    own, admin, now, later = history.id, history.admin, history.now, real_now() + timedelta(days=1)
    made: dict[str, Any] = {"organization_id": own, "made_by": admin, "made_at": now}
    created: dict[str, Any] = {"organization_id": own, "created_by": admin, "created_at": now}
    kinds: dict[str, Any] = {
        kind: {"count": 1, "own_micros": 1, "platform_micros": 2} for kind in DifferenceKind
    }
    documents = [row.id for row in history.rows if isinstance(row, DocumentRow)]
    yield SubmissionRow(id="sub_secrets", kind="webhook_secrets", key_id="none", fields=b"", **created)
    for number in range(size):
        yield ApiKeyRow(
            id=f"key_{number}",
            name="Example",
            secret_sha256=str(number),
            scopes=["read"],
            expires_at=later,
            **made,
        )
        yield WebhookEndpointRow(
            id=f"whe_{number}",
            url=f"https://{number}.example",
            events=[],
            secrets_id="sub_secrets",
            cursor=0,
            **made,
        )
        yield WebhookDeliveryRow(
            endpoint_id="whe_0", organization_id=own, event_id=f"evt_{number}", type="verification.verified",
            document_id="verification", body="{}", due_at=later,
        )  # fmt: skip
        yield InvitationRow(
            id=f"ivt_{number}", organization_id=own, email=MAIL if number == 0 else f"{number}@example.com",
            role="member", invited_by=admin, invited_at=now, expires_at=later,
        )  # fmt: skip
        yield MemberRow(organization_id=own, subject=f"who-{number}", role="admin", name="Example")
        yield ClaimRow(
            organization_id=own, document_id=documents[number], subject="olga", name="Olga", since=now
        )
        yield ComparisonRow(
            id=f"cmp_{number}", file_id=f"file_{history.games[0][5:]}", differences=kinds, **created
        )
        yield DifferenceRow(
            comparison_id="cmp_0", position=number, kind=DifferenceKind.OTHER_AMOUNT, order_id=f"or_{number}",
            own_micros=1, own_refunded_micros=0, platform_micros=2, platform_refunded_micros=0,
        )  # fmt: skip


async def look(folder: Path, size: int) -> dict[str, tuple[int, int, int]]:
    """What every door answers, with how many statements, and from how many moments of the database.

    Args:
        size: how often everything is there.
    """
    here = Settings(
        state_dir=folder,
        temporal_address="127.0.0.1:1",
        requests_per_minute=0,
        api_url="https://here.example",
    )
    upgrade(here.database())
    now = datetime.now(UTC)
    history = History(size, now, games=size, appealed=True)
    database, moments = Database(here.database()), Counter[str]()
    event.listen(database.engine, "begin", lambda _: moments.update(["begun"]))
    with database.transaction() as session:
        history.rows += [*belongings(history, size)]
        history.put(session)
        for number in range(1, size):
            History(1, now, appealed=True, mark=f"{number:08}").put(session)
        session.add(StaffRow(subject="olga", role="operator", name="Olga"))
        secrets = {who: sessions.begin(session, who, who, MAIL, now) for who in (history.admin, "olga")}
    app, found = create_app(here), {}
    transport = httpx2.ASGITransport(app=Counted(app))
    async with app.router.lifespan_context(app):
        for door in READ:
            who = "olga" if door.path.startswith(("/operators", "/v1/operator")) else history.admin
            cookies = {SESSION_COOKIE: secrets[who]}
            async with httpx2.AsyncClient(
                transport=transport, base_url=here.api_url, cookies=cookies
            ) as browser:
                moments.clear()
                answer = await browser.get(door.at(ids(history)))
            found[str(door)] = answer.status_code, int(answer.headers[HEADER]), moments["begun"]
    return found


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, tuple[int, int, int]]]:
    """What every door answers where there is little, and where there is much; nothing from what was read before."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cache, "SHARE", 0)
        patched.setattr(sessions, "SEEN_EVERY", timedelta(days=1))  # noting it would count, once a minute
        return [asyncio.run(look(tmp_path_factory.mktemp(f"of-{size}"), size)) for size in (FEW, MANY)]


@pytest.mark.parametrize("door", READ, ids=str)
def test_a_request_takes_as_few_statements_after_years_as_at_first(
    door: Door, answers: list[dict[str, tuple[int, int, int]]]
) -> None:
    (few, little, _), (status, queries, _) = (found[str(door)] for found in answers)
    assert status == few and (status < 400 or door.path == UNSIGNED or set(door.parts) & set(MISSING)), status
    assert little == queries
    assert queries <= MORE.get(door.path, MOST["page" if door.is_page else "api"])


@pytest.mark.parametrize("door", [door for door in READ if door.is_page], ids=str)
def test_a_page_shows_one_moment(door: Door, answers: list[dict[str, tuple[int, int, int]]]) -> None:
    _, _, moments = answers[0][str(door)]
    assert moments <= MOMENTS + COUNTED_APART.get(door.path, 0)
