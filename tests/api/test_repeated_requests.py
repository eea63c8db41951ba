"""The same bytes under the same key get the same answer, wherever the document has gone since."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from models.documents import Payout, PayoutAccount
from models.money import Money
from models.tables import IdempotencyRow
from tests.api.server import Server, problem

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = b'{"organization_id": "%s", "document_id": "%s", "action": "%s"}'


def answer_of(document_id: str, action: str, state: str) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "state": state,
        "revision": 2,
        "transition_id": "t_1",
        "action": action,
        "id": document_id,
        "next_actions": [],
    }


def answered(
    server: Server, organization: str, subject: str, key: str, path: str, body: bytes, answer: dict[str, Any]
) -> None:
    """An answer that was given before."""
    with server.database.transaction() as session:
        session.add(
            IdempotencyRow(
                principal=f"{organization}/{subject}",
                key=key,
                route=f"POST {path}",
                body_sha256=sha256(body).hexdigest(),
                status=200,
                response=answer,
            )
        )


@pytest.mark.parametrize(
    ("document_id", "action"),
    [
        ("payout_account", "payout_account.approve_change"),
        ("payout/inv_gone", "payout.approve"),
        ("verification", "verification.approve"),
        ("invoice/inv_removed", "invoice.approve"),
    ],
)
def test_a_decision_sent_again_is_answered_as_before(server: Server, document_id: str, action: str) -> None:
    organization = server.settled_organization(
        PayoutAccount(id="payout_account", state="active", since=NOW, revision=3),
        Payout(
            id="payout/inv_gone", state="paid", since=NOW, revision=2, invoice_id="invoice/inv_gone",
            amount=Money(amount=12345),
        ),
    )  # fmt: skip
    path, key = "/v1/operator/decisions", f"again-{action}"
    body = BODY % (organization.encode(), document_id.encode(), action.encode())
    before = answer_of(document_id, action, "active")
    answered(server, organization, "olga", key, path, body, before)
    olga = server.person("olga")
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    again = olga.call("POST", path, headers, content=body)
    assert (again.status_code, again.json()) == (200, before)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = olga.call("POST", path, headers, content=body.replace(b'"}', b'", "facts": {}}'))
    problem(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "path", ["statements/stm_gone/confirm", "invoices/self-billed", "payouts/inv_gone/retry"]
)
def test_an_admin_who_asks_again_is_answered_as_before(server: Server, path: str) -> None:
    ada, organization = server.person("ada"), server.settled_organization()
    whole = f"/v1/organizations/{organization}/{path}"
    body = b'{"statement_ids": ["stm_gone"]}' if "self" in path else b""
    before = answer_of("statement/stm_gone", "statement.confirm", "confirmed")
    answered(server, organization, "ada", "k-1", whole, body, before)
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json", "If-Match": '"1"'}
    again = ada.call("POST", whole, headers, content=body)
    assert (again.status_code, again.json()) == (200, before)
