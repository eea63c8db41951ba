"""The same bytes under the same key get the same answer, wherever the document has gone since."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from api.services.commands import command_id
from models.documents import Payout, PayoutAccount
from models.money import Money
from models.states import PayoutAccountState, PayoutState
from models.tables import IdempotencyRow, TransitionRow
from tests.api.support.server import Server, problem

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
        PayoutAccount(id="payout_account", state=PayoutAccountState.ACTIVE, since=NOW, revision=3),
        Payout(
            id="payout/inv_gone", state=PayoutState.PAID, since=NOW, revision=2, invoice_id="invoice/inv_gone",
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


def recorded(
    server: Server, organization: str, subject: str, key: str, role: str, action: str, document_id: str
) -> None:
    """What a worker has recorded of a request just before the process that was to answer it died."""
    route_key = command_id(subject, key)
    with server.database.transaction() as session:
        session.add(
            TransitionRow(
                organization_id=organization,
                command_id=route_key,
                position=0,
                action=action,
                document_id=document_id,
                revision=7,
                actor_role=role,
                actor_id=subject,
                from_state="before",
                to_state="after",
                at=NOW,
            )
        )


def held(server: Server, organization: str, subject: str, key: str, path: str, body: bytes) -> None:
    """A key whose holder died a moment ago."""
    with server.database.transaction() as session:
        session.add(
            IdempotencyRow(
                principal=f"{organization}/{subject}",
                key=key,
                route=f"POST {path}",
                body_sha256=sha256(body).hexdigest(),
                holder="dead",
            )
        )


@pytest.mark.parametrize(
    ("path", "action", "document_id"),
    [
        ("statements/st_1/confirm", "statement.confirm", "statement/st_1"),
        ("invoices/self-billed", "invoice.submit", "invoice/inv_1"),
        ("payouts/inv_1/retry", "payout.retry", "payout/inv_1"),
        ("payout-account/change/withdraw", "payout_account.withdraw_change", "payout_account"),
    ],
)
@pytest.mark.parametrize("is_held", [True, False])
def test_what_was_recorded_is_answered_though_nobody_lived_to_answer_it(
    server: Server, path: str, action: str, document_id: str, is_held: bool
) -> None:
    """At once, from the database alone: no lease is waited for, no `If-Match` and no state is judged, Temporal is away."""
    ada, organization = server.person("ada"), server.settled_organization()
    whole = f"/v1/organizations/{organization}/{path}"
    body = b'{"statement_ids": ["st_1"]}' if "self" in path else b""
    recorded(server, organization, "ada", "k-2", "admin", action, document_id)
    if is_held:
        held(server, organization, "ada", "k-2", whole, body)
    headers = {"Idempotency-Key": "k-2", "Content-Type": "application/json", "If-Match": '"long gone"'}
    answers = [ada.call("POST", whole, headers, content=body) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.headers["Idempotency-Replayed"] == "true"
        said = answer.json()
        assert (said["document_id"], said["state"], said["revision"]) == (document_id, "after", 7)
    if is_held:
        assert answers[0].json() == answers[1].json(), "the answer is kept now"
        other = ada.call("POST", whole, headers, content=body + b" ")
        problem(other, 422, "idempotency_key_reused")


def test_a_decision_that_was_recorded_is_answered_though_nobody_lived_to_answer_it(server: Server) -> None:
    account = PayoutAccount(id="payout_account", state=PayoutAccountState.COOLING_OFF, since=NOW, revision=7)
    organization, path = server.settled_organization(account), "/v1/operator/decisions"
    body = BODY % (organization.encode(), b"payout_account", b"payout_account.approve_change")
    recorded(
        server, organization, "femi", "k-3", "finance", "payout_account.approve_change", "payout_account"
    )
    held(server, organization, "femi", "k-3", path, body)
    headers = {"Idempotency-Key": "k-3", "Content-Type": "application/json"}
    answer = server.person("femi").call("POST", path, headers, content=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "after"


def test_records_that_were_compared_before_are_not_judged_again(server: Server) -> None:
    """The statement has been replaced since, and a file of that kind is no longer read."""
    ada, organization = server.person("ada"), server.settled_organization()
    path = f"/v1/organizations/{organization}/comparisons"
    content = b'--b\r\nContent-Disposition: form-data; name="statement_id"\r\n\r\nst_gone\r\n--b--\r\n'
    answered(server, organization, "ada", "k-4", path, content, {"id": "cmp_1"})
    headers = {"Idempotency-Key": "k-4", "Content-Type": "multipart/form-data; boundary=b"}
    again = ada.call("POST", path, headers, content=content)
    assert (again.status_code, again.json()) == (200, {"id": "cmp_1"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("webhook-endpoints", b'{"url": "https://no-such-name.invalid/hook"}'),
        ("webhook-endpoints/whe_gone/rotate-secret", b""),
        ("api-keys", b'{"name": "one", "scopes": ["read"]}'),
    ],
)
def test_a_secret_made_before_is_told_so_whatever_holds_now(server: Server, path: str, body: bytes) -> None:
    """The name no longer resolves, the endpoint is gone, and the sign-in is long ago."""
    organization = server.settled_organization()
    whole = f"/v1/organizations/{organization}/{path}"
    answered(server, organization, "ada", "k-5", whole, body, {"id": "x"})
    long_ago = str(int(datetime.now(UTC).timestamp()) - 3_600)
    ada = server.person("ada", auth_time=long_ago)
    headers = {"Idempotency-Key": "k-5", "Content-Type": "application/json"}
    problem(ada.call("POST", whole, headers, content=body), 409, "shown_once")
    problem(ada.call("POST", whole, {**headers, "Idempotency-Key": "k-6"}, content=body), 403)
