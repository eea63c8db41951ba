"""Reading: it works while Temporal is down, page by page, and shows nothing that it should not."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.documents import FailureClass, Invoice, Payout, PayoutAccount, Statement, Stream, Verification
from models.money import Money
from models.states import InvoiceState, PayoutAccountState, PayoutState, StatementState, VerificationState
from models.tables import PayoutAttemptRow, StatementLineRow, TransitionRow
from storage.encryption.keyring import load_keyring
from storage.organizations.given_by_hand import keep_hands
from storage.organizations.submissions import save
from tests.api.support.forms import GAME, PAYOUT_ACCOUNT, VERIFICATION
from tests.api.support.server import Client, Server, problem, put, put_statement

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def settled(server: Server) -> str:
    """An organization with statements, an invoice and a payout."""
    organization_id = server.settled_organization()
    keyring = load_keyring("", server.state_dir)
    with server.database.transaction() as session:
        forms = {
            kind: save(session, keyring, kind, organization_id, "ada", fields)
            for kind, fields in (("verification", VERIFICATION), ("payout_account", PAYOUT_ACCOUNT))
        }
        documents: list[Any] = [
            Verification(
                id="verification",
                state=VerificationState.VERIFIED,
                since=NOW,
                revision=2,
                country="US",
                submission_id=forms["verification"],
            ),
            PayoutAccount(
                id="payout_account",
                state=PayoutAccountState.ACTIVE,
                since=NOW,
                revision=2,
                submission_id=forms["payout_account"],
            ),
        ]
        for number in range(5):
            start = date(2026, 1, 1) + timedelta(days=number)
            put_statement(
                session, organization_id, f"st_{number}{organization_id[4:]}", 10_000 + number, start
            )
            documents.append(
                Statement(
                    id=f"statement/st_{number}{organization_id[4:]}",
                    state=StatementState.PENDING_CONFIRMATION if number else StatementState.CONFIRMED,
                    since=NOW,
                    revision=1,
                    stream=Stream.IAA,
                    period_start=start,
                    period_end=start,
                    net=Money(amount=10_000 + number),
                    confirm_by=NOW + timedelta(days=28),
                )
            )
        session.flush()
        session.add(
            StatementLineRow(
                statement_id=f"st_0{organization_id[4:]}",
                position=1,
                kind="earning",
                game_id="game_1",
                contract_version=1,
                source_count=3,
                gross=10_000,
                net=10_000,
            )
        )
        invoice_id = f"inv_{organization_id[4:]}"
        documents += [
            Invoice(
                id=f"invoice/{invoice_id}",
                state=InvoiceState.PROCESSING_PAYMENT,
                since=NOW,
                revision=2,
                number="1",
                statement_ids=[f"statement/st_0{organization_id[4:]}"],
                total=Money(amount=10_000),
                dated=date(2026, 2, 1),
                submission_id="sub_1",
            ),
            Payout(
                id=f"payout/{invoice_id}",
                state=PayoutState.RETRYING,
                since=NOW,
                revision=3,
                invoice_id=f"invoice/{invoice_id}",
                amount=Money(amount=10_000),
                attempt=1,
                failure_code="network",
                failure_class=FailureClass.TRANSIENT,
            ),
        ]
        for document in documents:
            put(session, organization_id, document)
        session.add(
            PayoutAttemptRow(
                payout_id=f"payout/{invoice_id}",
                attempt=1,
                organization_id=organization_id,
                reference=f"payout/{invoice_id}/1",
                amount=10_000,
                currency="USD",
                sent_at=NOW,
                outcome="failed",
                failure_code="network",
                ended_at=NOW,
            )
        )
        for number in range(7):
            session.add(
                TransitionRow(
                    organization_id=organization_id,
                    command_id=f"c{number}",
                    position=0,
                    action="verification.submit",
                    document_id="verification",
                    revision=number + 1,
                    actor_role="admin" if number else "operator",
                    actor_id="ada" if number else "olga",
                    from_state="not_started",
                    to_state="in_review",
                    at=NOW,
                )
            )
    return organization_id


def test_temporal_is_down_and_reading_works_while_commands_say_503(
    server: Server, ada: Client, settled: str
) -> None:
    said = problem(server.call("GET", "/readyz"), 503, "not_ready")
    assert "temporal" in said["detail"] and "database" not in said["detail"]
    view = ada.get(f"/v1/organizations/{settled}")
    assert view["stage"] == "contracts"
    assert view["balance_owed"] == {"amount": 50_010, "currency": "USD"}
    assert view["counts"]["statement"] == {"confirmed": 1, "pending_confirmation": 4}
    key, game = str(uuid.uuid4()), f"/v1/organizations/{settled}/games"
    answer = ada.try_post(game, GAME, key)
    problem(answer, 503, "temporal_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    problem(ada.try_post(game, GAME, key), 503, "temporal_unavailable")
    problem(ada.try_post(game, {**GAME, "name": "Another"}, key), 422, "idempotency_key_reused")
    made = ada.try_post("/v1/organizations", {"name": "New"}, str(uuid.uuid4()))
    problem(made, 503, "temporal_unavailable")


def test_a_repeated_creation_makes_one_organization(server: Server) -> None:
    grace, key = server.person("grace"), str(uuid.uuid4())
    for _ in range(3):
        problem(grace.try_post("/v1/organizations", {"name": "New"}, key), 503)
    assert len(grace.get("/v1/me")["organizations"]) == 1


def test_money_commands_need_a_key_and_what_was_read(ada: Client, settled: str) -> None:
    statement = f"/v1/organizations/{settled}/statements/st_1{settled[4:]}"
    problem(ada.try_post(f"{statement}/confirm"), 400, "idempotency_key_missing")
    problem(ada.try_post(f"{statement}/confirm", key="with space"), 400, "idempotency_key_malformed")
    problem(ada.try_post(f"{statement}/confirm", key="x" * 141), 400, "idempotency_key_malformed")
    problem(ada.try_post(f"{statement}/confirm", key="a"), 428, "if_match_missing")
    problem(ada.try_post(f"{statement}/confirm", key="a", match='"old"'), 412, "stale_if_match")
    problem(ada.try_post(f"{statement}/confirm", key="a", match=ada.etag(statement)), 503)
    base = f"/v1/organizations/{settled}"
    for path in (f"payouts/inv_{settled[4:]}/retry", "payout-account/change/withdraw"):
        problem(ada.try_post(f"{base}/{path}"), 400, "idempotency_key_missing")
    problem(ada.try_post(f"{base}/invoices", {}), 400, "idempotency_key_missing")


def test_the_etag_changes_with_the_statement_but_not_with_reminders(
    server: Server, ada: Client, settled: str
) -> None:
    statement_id = f"st_2{settled[4:]}"
    path = f"/v1/organizations/{settled}/statements/{statement_id}"
    before = ada.etag(path)
    statement = Statement(
        id=f"statement/{statement_id}",
        state=StatementState.PENDING_CONFIRMATION,
        since=NOW,
        revision=2,
        reminders=1,
        stream=Stream.IAA,
        period_start=date(2026, 1, 3),
        period_end=date(2026, 1, 3),
        net=Money(amount=10_002),
        confirm_by=NOW + timedelta(days=28),
    )
    with server.database.transaction() as session:
        put(session, settled, statement)
    assert ada.etag(path) == before
    with server.database.transaction() as session:
        put(session, settled, statement.model_copy(update={"net": Money(amount=1)}))
    assert ada.etag(path) != before


def pages(client: Client, path: str, limit: int, **query: Any) -> list[Any]:
    """A whole list, page by page."""
    found: list[Any] = []
    while True:
        after = {"starting_after": found[-1]["id"]} if found else {}
        page = client.get(path, limit=limit, **after, **query)
        assert len(page["data"]) <= limit
        found += page["data"]
        if not page["has_more"]:
            return found


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_lists_give_everything_once(ada: Client, settled: str, limit: int) -> None:
    base = f"/v1/organizations/{settled}"
    statements = pages(ada, f"{base}/statements", limit)
    assert [s["period_start"] for s in statements] == [f"2026-01-0{n}" for n in (5, 4, 3, 2, 1)]
    events = pages(ada, f"{base}/timeline", limit)
    numbers = [int(event["id"]) for event in events]
    assert len(numbers) == 7 and numbers == sorted(numbers, reverse=True)


def test_statements_can_be_filtered(ada: Client, settled: str) -> None:
    path = f"/v1/organizations/{settled}/statements"
    assert [s["state"] for s in ada.get(path, state="confirmed")["data"]] == ["confirmed"]
    assert len(ada.get(path, stream="iap_subscription")["data"]) == 0
    assert len(ada.get(path, since="2026-01-02", until="2026-01-03")["data"]) == 2
    assert len(ada.get(path, game_id="game_1")["data"]) == 1
    problem(ada.call("GET", f"{path}?starting_after=st_unknown"), 422)


def test_a_statement_has_lines_and_a_payout_has_attempts(ada: Client, settled: str) -> None:
    base = f"/v1/organizations/{settled}"
    statement = ada.get(f"{base}/statements/st_0{settled[4:]}")
    assert statement["lines"][0]["gross"] == {"amount": 10_000, "currency": "USD"}
    payout = ada.get(f"{base}/payouts/inv_{settled[4:]}")
    assert payout["attempts"][0]["outcome"] == "failed" and "payout.retry" in payout["allowed_actions"]
    assert ada.get(f"{base}/invoices/inv_{settled[4:]}")["statement_ids"] == [f"st_0{settled[4:]}"]
    assert len(ada.get(f"{base}/payouts")["data"]) == len(ada.get(f"{base}/invoices")["data"]) == 1
    for path in (
        "statements/st_no",
        "invoices/inv_no",
        "payouts/inv_no",
        "games/game_no",
        "documents/file_no",
    ):
        problem(ada.call("GET", f"{base}/{path}"), 404)


def test_blockers_name_everything_at_once(ada: Client, settled: str) -> None:
    said = ada.get(f"/v1/organizations/{settled}/blockers")
    assert {b["document_id"] for b in said["blockers"]} >= {"contract/iaa", f"statement/st_1{settled[4:]}"}
    assert said["next_date"] and said["balance_owed"]["amount"] > 0


def test_numbers_of_identity_tax_and_bank_are_masked(server: Server, ada: Client, settled: str) -> None:
    base = f"/v1/organizations/{settled}"
    for person in (ada, server.person("olga")):
        account = person.call("GET", f"{base}/payout-account")
        assert account.json()["form"]["fields"]["bank"]["account_number"] == "••6789"
        assert "000123456789" not in account.text and "12-3456789" not in account.text
        verified = person.call("GET", f"{base}/verification")
        assert "X9876543210" not in verified.text and "1985-" not in verified.text
        assert verified.json()["form"]["fields"]["legal_name_english"] == "Example Games LLC"


def test_staff_stay_nameless_to_the_organization(server: Server, ada: Client, settled: str) -> None:
    path = f"/v1/organizations/{settled}/timeline"
    assert {e["by"]: e["who"] for e in ada.get(path)["data"]} == {"admin": "Ada Lovelace", "operator": None}
    assert {e["who"] for e in server.person("olga").get(path)["data"]} == {"ada", "olga"}


def test_every_answer_is_guarded(server: Server, ada: Client, settled: str) -> None:
    for answer in (
        ada.call("GET", f"/v1/organizations/{settled}"),
        server.call("GET", "/healthz"),
        server.call("GET", "/nowhere"),
        server.call("GET", "/openapi.json"),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Request-Id"]
        assert "server" not in answer.headers
    mine = ada.call("GET", "/v1/me", {"X-Request-Id": "my-id-1"})
    assert mine.headers["X-Request-Id"] == "my-id-1"
    spoof = ada.call("GET", "/v1/me", {"X-Request-Id": "x" * 500})
    assert len(spoof.headers["X-Request-Id"]) == 32


def test_the_operators_queue_is_in_order(server: Server) -> None:
    organization_id = server.settled_organization()
    olga = server.person("olga")
    with server.database.transaction() as session:
        rejected = Verification(
            id="verification", state=VerificationState.REJECTED, since=NOW - timedelta(days=9), revision=3
        )
        changing = PayoutAccount(
            id="payout_account",
            state=PayoutAccountState.CHANGE_AWAITING_APPROVAL,
            since=NOW,
            revision=3,
            late=True,
        )
        for document in (rejected, changing):
            put(session, organization_id, document)
    queue = olga.get("/v1/operator/queue", organization_id=organization_id)
    assert [item["document_id"] for item in queue["data"]] == ["payout_account", "verification"], "late first"
    longest = queue["data"][1]
    assert longest["age_seconds"] >= 9 * 86_400 and "verification.reopen" in longest["your_actions"]
    page = olga.get("/v1/operator/queue", organization_id=organization_id, limit=1)
    assert page["has_more"]
    rest = olga.get(
        "/v1/operator/queue",
        organization_id=organization_id,
        starting_after=f"{organization_id}/payout_account",
    )
    assert [item["document_id"] for item in rest["data"]] == ["verification"]
    late = olga.get("/v1/operator/queue", organization_id=organization_id, late="true")
    assert [item["document_id"] for item in late["data"]] == ["payout_account"]
    finance = olga.get("/v1/operator/queue", organization_id=organization_id, waiting_for="finance")
    assert [item["machine"] for item in finance["data"] if "machine" in item] == []
    assert [item["document_id"] for item in finance["data"]] == ["payout_account"]
    listed = olga.everything("/v1/operator/organizations", waiting_for="finance")
    assert organization_id in [item["id"] for item in listed]


def test_measures_are_counted_by_route_and_hold_no_ids(server: Server, ada: Client, settled: str) -> None:
    ada.get(f"/v1/organizations/{settled}/blockers")
    text = server.call("GET", "/metrics").text
    assert 'route="/v1/organizations/{organization_id}/blockers",status="200"' in text
    assert settled not in text


def test_only_staff_read_who_temporal_says_gave_something_by_hand(server: Server) -> None:
    """And only of what was given by hand: a claim under another command's id makes nobody its author."""
    home = server.settled_organization()
    own: dict[str, Any] = {
        "organization_id": home, "position": 0, "action": "payout.cancel", "document_id": "payout/inv_1",
        "from_state": "held", "to_state": "cancelled", "at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    with server.database.transaction() as session:
        hand, sealed = (TransitionRow(**own, command_id=f"temporal/c{n}", revision=n, actor_role=role, actor_id=who)
                        for n, (role, who) in enumerate([("pipeline", "temporal"), ("finance", "femi")]))  # fmt: skip
        session.add_all([hand, sealed])
    keep_hands(server.database, home, {hand.command_id: "123@host", sealed.command_id: "456@host"})

    def claims(who: str) -> set[tuple[str, str | None]]:
        events = server.person(who).get(f"/v1/organizations/{home}/timeline")["data"]
        return {(event["by"], event["claimed_by"]) for event in events}

    assert claims("olga") == claims("aud") == {("pipeline", "123@host"), ("finance", None)}
    assert claims("ada") == {("pipeline", None), ("finance", None)}
