"""After ten years, and with as much of everything as there may be, an answer is no larger than it has to be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from api.services.organization_snapshot import MOST_LISTED, OF_GAMES, active_dossier
from models.documents import AnyDocument, Feature, Integration, Invoice, Launch, Payout, Statement, Stream
from models.identity import new_id
from models.money import Money
from models.programme.policy import default_policy
from models.states import IntegrationState, InvoiceState, LaunchState, PayoutState, StatementState
from models.tables import InvitationRow, MemberRow, SubmissionRow, WebhookEndpointRow, real_now
from storage.webhooks.endpoints import MOST_ENDPOINTS
from tests.api.support.server import Client, Server, put, put_statement

POLICY = default_policy()
NOW = datetime.now(UTC)
LARGEST = 400_000
"""Bytes of an answer about an organization that has as much of everything as it may have."""


def month(home: str, number: int, state: str) -> list[AnyDocument]:
    """A statement, its invoice and its payout, all in one state; a payout is closed when they are."""
    start, serial = date(2016, 1, 1) + timedelta(days=30 * number), f"{number:04}{home[4:]}"
    statement_id, invoice_id = f"statement/st_{serial}", f"invoice/inv_{serial}"
    return [
        Statement(
            id=statement_id,
            state=StatementState(state),
            since=NOW,
            revision=4,
            stream=Stream.IAA,
            period_start=start,
            period_end=start,
            net=Money(amount=20_000),
            invoice_id=invoice_id,
        ),
        Invoice(
            id=invoice_id,
            state=InvoiceState(state),
            since=NOW,
            revision=4,
            number=serial,
            statement_ids=[statement_id],
            total=Money(amount=20_000),
            dated=start,
            submission_id="sub_1",
        ),
        Payout(
            id=f"payout/inv_{serial}",
            state=PayoutState(state),
            since=NOW,
            revision=5,
            invoice_id=invoice_id,
            amount=Money(amount=20_000),
            attempt=1,
            paid_at=NOW - timedelta(days=400 if state == "closed" else 10),
        ),
    ]


def lived(server: Server, years: int) -> str:
    """An organization that was paid every month for some years; the last three payments may still come back."""
    home = server.settled_organization()
    with server.database.transaction() as session:
        for number in range(12 * years):
            documents = month(home, number, "closed" if number < 12 * years - 3 else "paid")
            for document in documents:
                put(session, home, document)
            statement = documents[0]
            assert isinstance(statement, Statement)
            put_statement(session, home, statement.id[10:], 20_000, statement.period_start)
    return home


@pytest.fixture(scope="module")
def old(server: Server) -> str:
    return lived(server, 10)


def test_what_is_read_for_an_action_after_ten_years_is_what_was_read_after_one(
    server: Server, old: str
) -> None:
    young = lived(server, 1)
    with server.database.reading() as session:
        sizes = [len(active_dossier(session, home).model_dump_json()) for home in (young, old)]
        kinds = [
            sorted(d.machine for d in active_dossier(session, home).documents.values())
            for home in (young, old)
        ]
    assert sizes[0] == sizes[1]
    assert kinds[0] == kinds[1]
    assert kinds[1].count("payout") == 3 and kinds[1].count("statement") == 4


def test_history_is_shown_after_ten_years(server: Server, ada: Client, old: str) -> None:
    at = f"/v1/organizations/{old}"
    view = ada.get(at)
    gathered = {kind: {"closed": 117, "paid": 3} for kind in ("statement", "invoice", "payout")}
    assert view["counts"] == {**gathered, "integration": {}, "launch": {}}
    assert view["balance_owed"] is None
    balance = ada.get(f"{at}/balance")
    assert (balance["invoiced"]["amount"], balance["in_transit"]["amount"]) == (0, 0), balance
    first = f"0000{old[4:]}"
    assert ada.get(f"{at}/statements/st_{first}")["state"] == "closed"
    assert ada.get(f"{at}/invoices/inv_{first}")["statement_ids"] == [f"st_{first}"]
    assert ada.get(f"{at}/payouts/inv_{first}")["state"] == "closed"
    assert len(ada.everything(f"{at}/statements")) == 120


def test_an_invoice_for_what_was_paid_long_ago_is_told_so(ada: Client, old: str) -> None:
    draft = {
        "statement_ids": [f"st_0000{old[4:]}"],
        "number": "again",
        "amount": {"amount": 20_000, "currency": "USD"},
        "date": NOW.date().isoformat(),
    }
    findings = ada.post(f"/v1/organizations/{old}/invoices/preflight", draft)["findings"]
    failed = {finding["name"]: finding for finding in findings if finding["result"] == "failed"}
    assert "unknown_statement" not in failed
    assert "paid already" in str(failed["statement_not_confirmed"])


def games(home: str, count: int) -> list[AnyDocument]:
    found: list[AnyDocument] = []
    for _ in range(count):
        game = new_id("game")
        features = list(Feature)
        found.append(
            Launch(
                id=f"launch/{game}",
                state=LaunchState.NOT_SUBMITTED,
                since=NOW,
                game_id=game,
                features=features,
            )
        )
        found += [
            Integration(
                id=f"integration/{game}/{f}",
                state=IntegrationState.NOT_RUN,
                since=NOW,
                game_id=game,
                feature=f,
            )
            for f in features
        ]
    return found


def belongings(session: Session, home: str) -> None:
    """As many people and endpoints as there may be."""
    own: dict[str, Any] = {"organization_id": home}
    soon = real_now() + timedelta(days=1)
    for number in range(POLICY.most_members - 2 - 50):
        session.add(MemberRow(subject=f"who-{number}", role="member", name="Example", **own))
    for number in range(50):
        session.add(
            InvitationRow(
                id=new_id("ivt"), email=f"{number}@example.com", role="member", invited_by="ada",
                invited_at=real_now() - timedelta(days=2), expires_at=soon, **own,
            )
        )  # fmt: skip
    session.add(
        SubmissionRow(
            id=f"sub_{home}",
            kind="webhook_secrets",
            key_id="none",
            fields=b"",
            created_by="ada",
            created_at=NOW,
            **own,
        )
    )
    session.flush()
    for number in range(MOST_ENDPOINTS):
        session.add(
            WebhookEndpointRow(
                id=new_id("whe"), url=f"https://{number}.example", events=[], secrets_id=f"sub_{home}", cursor=0,
                made_by="ada", made_at=real_now(), **own,
            )
        )  # fmt: skip


def test_no_answer_about_an_organization_grows_beyond_its_ceilings(server: Server, ada: Client) -> None:
    home = server.settled_organization(*games("", POLICY.most_games))
    with server.database.transaction() as session:
        belongings(session, home)
    at = f"/v1/organizations/{home}"
    people = ada.get(f"{at}/members")
    assert len(people["members"]) + len(people["invitations"]) == POLICY.most_members
    view = ada.get(at)
    assert len(view["next_actions"]) == MOST_LISTED and len(view["blockers"]) <= MOST_LISTED
    steps = [step["machine"] for step in view["documents"]]
    assert len([machine for machine in steps if machine in OF_GAMES]) == MOST_LISTED
    assert {"verification", "qualification", "contract", "payout_account"} <= set(steps)
    counted = {machine: sum(view["counts"][machine].values()) for machine in OF_GAMES}
    assert counted == {"launch": POLICY.most_games, "integration": 2 * POLICY.most_games}
    blockers = ada.get(f"{at}/blockers")["blockers"]
    assert len(blockers) == MOST_LISTED
    sizes = {
        path: len(ada.call("GET", f"{at}{path}").content)
        for path in ("", "/members", "/blockers", "/webhook-endpoints", "/games", "/contracts", "/forecast")
    }
    assert max(sizes.values()) < LARGEST, sizes
    assert sizes[""] < LARGEST // 3, sizes
