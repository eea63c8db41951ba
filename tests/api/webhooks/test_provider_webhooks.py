"""Webhooks: signed by somebody we know, a short while ago, once or many times, in any order."""

import json
import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import select

from models.documents import Launch
from models.identity import new_id
from models.states import LaunchState
from models.tables import OrderEventRow, TransitionRow
from providers.http.signature import HEADER, sign
from storage.earnings.quarantine import conflicts
from tests.api.support.forms import VERIFICATION
from tests.api.support.live import Live, Organization, files
from tests.api.support.server import Server, problem
from tests.sandbox.box import SECRET, eventually

RELEASED = Launch(
    id="launch/game_1", state=LaunchState.LIVE, since=datetime(2026, 1, 1, tzinfo=UTC), game_id="game_1"
)
MISSPELT = {
    "provider_id": "tr_1",
    "reference": "payout/inv_1/1",
    "status": "paid",
    "failureCode": "no_account",
}
NEWS = b'{"event_id": "e", "organization_id": "org_none"}'


def review(organization_id: str, **event: Any) -> dict[str, Any]:
    """The news of a decided verification."""
    event = {"id": new_id("ev"), "action": "verification.verify", "document_id": "verification"} | event
    return {
        "event_id": event["id"],
        "type": "review.decided",
        "organization_id": organization_id,
        "event": event,
    }


def order(organization_id: str, **more: Any) -> dict[str, Any]:
    return {
        "event_id": new_id("oe"),
        "type": "minis.trade_order.redeem.success",
        "organization_id": organization_id,
        "game_id": "game_1",
        "order_id": "order_1",
        "product": "one_time",
        "beans": 100,
        "user_id": "user_1",
        "region": "US",
        "at": "2026-01-05T12:00:00Z",
    } | more


def payment(organization_id: str, reference: str, status: str = "paid", **more: Any) -> dict[str, Any]:
    return {
        "event_id": new_id("pe"),
        "type": f"payment.{status}",
        "organization_id": organization_id,
        "payment": {"provider_id": "tr_1", "reference": reference, "status": status},
    } | more


def test_what_nobody_has_signed_is_refused(server: Server) -> None:
    now = int(time.time())
    good = sign(SECRET, NEWS, now)
    seal = good.partition("s=")[2]
    headers: list[Any] = [
        None,
        "",
        "garbage",
        "t=,s=",
        f"t={now}",
        f"s={seal}",
        f"t={now},s={seal[:-1]}",
        f"t={now},s={seal}0",
        f"t={now},s={seal.upper()}",
        f"t={now},s={'0' * 64}",
        f"t={now + 1},s={seal}",
        f"t=-{now},s={seal}",
        f"t=+{now},s={seal}",
        f"t={now}.0,s={seal}",
        f"t=１{str(now)[1:]},s={seal}".encode(),
        f"t={'9' * 5000},s={seal}",
        f"t={now},s={seal},s={seal}",
        f"v1,{seal}",
        b"\xff\xfe\x00",
        "t=NaN,s=" + seal,
        sign("other-secret", NEWS, now),
        sign("", NEWS, now),
        sign(SECRET, NEWS + b" ", now),
        sign(SECRET, NEWS, now - 301),
        sign(SECRET, NEWS, now + 900),
        sign(SECRET, NEWS, 0),
    ]
    for header in headers:
        sent = {HEADER: header} if header is not None else {}
        try:
            answer = server.call("POST", "/v1/webhooks/verification", content=NEWS, headers=sent)
        except Exception as error:
            assert "header" in str(error).lower(), "only a header that cannot be sent at all may end here"
            continue
        body = problem(answer, 401)
        assert body["code"].startswith("signature_"), header
        assert "WWW-Authenticate" in answer.headers


def test_each_flipped_bit_is_noticed(server: Server) -> None:
    chance = random.Random(1)
    body = str(review("org_none")).encode()
    header = sign(SECRET, body, int(time.time()))
    for _ in range(60):
        flipped = bytearray(body)
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        answer = server.call(
            "POST", "/v1/webhooks/verification", content=bytes(flipped), headers={HEADER: header}
        )
        problem(answer, 401, "signature_mismatch")


def test_both_live_secrets_are_known(server: Server) -> None:
    for secret in (SECRET, "older-secret"):
        problem(server.webhook("verification", review("org_none"), secret=secret), 404)


def test_signed_nonsense_is_an_error_of_theirs(server: Server, organization: str) -> None:
    good = review(organization)
    event = good["event"]
    nonsense: list[tuple[str, Any]] = [
        ("verification", b""),
        ("verification", b"null"),
        ("verification", b"[]"),
        ("verification", b"{"),
        ("verification", b"\xff"),
        ("verification", b'{"event": NaN}'),
        ("verification", b"[" * 100_000),
        ("verification", b'{"event_id": "a", "event_id": "b"}'),
        ("verification", good | {"event": event | {"id": "\ud800"}}),
        ("verification", good | {"event": event | {"id": "a\u0000"}}),
        ("verification", good | {"event": event | {"id": "x" * 400}}),
        ("verification", good | {"event": event | {"id": ""}} | {"organization_id": 7}),
        ("verification", good | {"event": event | {"action": "Verification Verify"}}),
        ("verification", good | {"event": event | {"document_id": ""}}),
        ("verification", good | {"event": event | {"extra": 1}}),
        ("verification", good | {"event": event | {"facts": []}}),
        ("verification", good | {"event": event | {"facts": {"expires_on": 2**70}}}),
        ("verification", good | {"event": event | {"action": "payout.pay"}}),
        ("verification", good | {"isSandbox": True}),
        ("tax-forms", good),
        ("payments", good),
        ("payments", payment(organization, "payout/inv_1/1", isTest=True)),
        ("payments", payment(organization, "payout/inv_1/1", payment=MISSPELT)),
        ("payments", payment(organization, "payout/inv_1/1", "paid", type="payment.failed")),
        ("payments", payment(organization, "payout/inv_1/1", "lost")),
        ("orders", good),
        ("orders", order(organization, beans=-1)),
        ("orders", order(organization, beans=2**63)),
        ("orders", order(organization, beans=1.5)),
        ("orders", order(organization, beans="100")),
        ("orders", order(organization, at="yesterday")),
        ("orders", order(organization, at="2026-01-05T12:00:00")),
        ("orders", order(organization, region="USA")),
        ("orders", order(organization, refund_amount=1)),
        ("orders", order(organization, type="refund_traceback")),
        ("orders", order(organization, is_sandbox="no")),
    ]
    for provider, body in nonsense:
        answer = server.webhook(provider, body)
        assert problem(answer, 422)["detail"], body
    for provider, body in (
        ("verification", review("org_none")),
        ("verification", review("' OR 1=1")),
        ("payments", payment(organization, "payout/inv_none/1")),
        ("payments", payment(organization, "something/else")),
        ("strangers", good),
        ("%00", good),
    ):
        problem(server.webhook(provider, body), 404, "not_found")


def test_news_wait_for_temporal_but_orders_do_not(server: Server, organization: str) -> None:
    answer = server.webhook("verification", review(organization))
    problem(answer, 503, "temporal_unavailable")
    assert answer.headers["Retry-After"]
    studio = server.settled_organization(RELEASED)
    news = order(studio)
    assert server.webhook("orders", news).status_code == 200
    assert server.webhook("orders", news).status_code == 200
    with server.database.reading() as session:
        rows = session.exec(select(OrderEventRow).where(OrderEventRow.event_id == news["event_id"])).all()
    assert [row.beans for row in rows] == [100]
    back = order(studio, event_id=new_id("re"), type="refund_traceback", refund_amount=40)
    assert server.webhook("orders", back).status_code == 200
    days = server.person("ada").get(
        f"/v1/organizations/{studio}/metrics", start="2026-01-01", end="2026-01-31"
    )["data"]
    assert [(day["gmv_beans"], day["refunded_beans"], day["orders"]) for day in days] == [(100, 40, 1)]


def test_orders_that_cannot_be_counted_are_put_aside_and_not_asked_for_again(server: Server) -> None:
    studio = server.settled_organization(RELEASED)
    news = order(studio)
    refund = order(studio, type="refund_traceback", refund_amount=60)
    told = [
        (refund, "waiting_for_its_order"),
        (news, None),
        (news, None),
        (news | {"beans": 1}, "contradicts_an_earlier_report"),
        (refund | {"event_id": new_id("re")}, "more_than_its_order"),
        (order(studio, game_id="game_2"), "unknown_game"),
        (order("org_none"), "unknown_organization"),
        (order(studio, at="2099-01-01T00:00:00Z"), "in_the_future"),
    ]
    for body, why in told:
        answer = server.webhook("orders", body)
        assert (answer.status_code, answer.json()) == (200, {"received": True, "put_aside": why}), body
    assert kept(server, studio) == [-60, 100]


def test_orders_forged_stale_doubled_and_shuffled_count_once(server: Server) -> None:
    studio, chance = server.settled_organization(RELEASED), random.Random(11)
    orders = [order(studio, order_id=f"order_{n}", beans=100 + n) for n in range(8)]
    refunds = [
        news | {"event_id": new_id("re"), "type": "refund_traceback", "refund_amount": beans}
        for news in orders
        for beans in (30, 20)
    ]
    now = int(time.time())
    sent: list[tuple[bytes, str, int]] = []
    for news in (*orders, *refunds):
        raw = json.dumps(news).encode()
        flipped = bytearray(raw)
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        dearer = json.dumps(news | {"event_id": new_id("x"), "order_id": new_id("x")}).encode()
        sent += [(raw, sign(SECRET, raw, now), 200)] * 3
        sent += [
            (bytes(flipped), sign(SECRET, raw, now), 401),
            (dearer, sign("guessed", dearer, now), 401),
            (dearer, sign(SECRET, dearer, now - 301), 401),
        ]
    chance.shuffle(sent)

    def send(one: tuple[bytes, str, int]) -> bool:
        raw, header, status = one
        answer = server.call("POST", "/v1/webhooks/orders", content=raw, headers={HEADER: header})
        return answer.status_code == status

    with ThreadPoolExecutor(8) as many:
        assert all(many.map(send, sent))
    amounts = sorted([*(100 + n for n in range(8)), *[-30] * 8, *[-20] * 8])
    assert kept(server, studio) == amounts


def kept(server: Server, organization_id: str) -> list[int]:
    with server.database.reading() as session:
        query = select(OrderEventRow.beans).where(OrderEventRow.organization_id == organization_id)
        return sorted(session.exec(query))


@pytest.mark.temporal
def test_the_same_news_many_times_are_news_once(live: Live) -> None:
    made = live.organization()
    made.post("/verification", VERIFICATION | files(made))
    reference = made.review("verification")["reference"]
    stale = review(made.id, reference=f"{made.id}/verification/0", action="verification.reject")
    stale["event"]["reasons"] = [{"code": "old"}]
    news = review(made.id, reference=reference, facts={"country": "US"})
    bodies = [news, stale] * 10
    random.Random(3).shuffle(bodies)
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda body: live.server.webhook("verification", body), bodies))
    assert {answer.status_code for answer in answers} == {200}
    made.becomes("/verification", "verified")
    live.server.webhook("verification", news | {"event": news["event"] | {"id": new_id("ev")}})
    time.sleep(0.5)
    assert made.get("/verification")["state"] == "verified", "it answers nothing that is asked"
    with live.server.database.reading() as session:
        query = select(TransitionRow).where(TransitionRow.organization_id == made.id)
        actions = [row.action for row in session.exec(query)]
    assert actions.count("verification.verify") == 1 and "verification.reject" not in actions


@pytest.mark.temporal
def test_payments_news_reach_their_payout(live: Live) -> None:
    made = live.organization().payable()
    statement_id = made.statement(150_000)
    made.confirm(statement_id)
    invoice_id = made.post("/invoices", made.invoice([statement_id], "W-1", 150_000), key=str(uuid.uuid4()))[
        "id"
    ]
    reference = f"payout/{invoice_id}/1"
    problem(live.server.webhook("payments", payment(made.id, reference)), 404)
    made.decide("olga", "invoice.approve", f"invoice/{invoice_id}")
    path = f"{made.path}/payouts/{invoice_id}"
    eventually(lambda: made.admin.call("GET", path).status_code == 200)
    assert live.server.webhook("payments", payment(made.id, reference)).status_code == 200
    time.sleep(0.5)
    assert made.get(f"/payouts/{invoice_id}")["state"] == "scheduled", "nothing was sent, so nothing was paid"
    other = live.organization("mallory")
    problem(live.server.webhook("payments", payment(other.id, reference)), 404)
    made.decide("olga", "payout.cancel", f"payout/{invoice_id}", "Test.")
    answer = live.server.webhook("payments", payment(made.id, reference))
    assert answer.status_code == 200, "late news of a payout that is over are not asked for again"


@pytest.mark.temporal
def test_a_lost_workflow_is_brought_back_by_what_comes_next(live: Live) -> None:
    """Made while Temporal was away, an organization comes to life with its first command or news."""
    organization_id = live.server.settled_organization()
    made = Organization(live, live.server.person("ada"), organization_id)
    assert made.post("/games", {"name": "First", "features": ["iap"]})["state"] == "not_submitted"
    other = live.server.settled_organization()
    assert live.server.webhook("verification", review(other)).status_code == 200


@pytest.mark.parametrize(
    "unknown",
    [{"isSandbox": True}, {"is_Sandbox": True}, {"sandbox": 1}, {"refundAmount": 100}, {"note": None}],
)
def test_an_order_that_says_something_unknown_earns_nothing_and_is_put_aside(
    server: Server, unknown: dict[str, Any]
) -> None:
    studio = server.settled_organization(RELEASED)
    news = order(studio, order_id=new_id("or"))
    answer = server.webhook("orders", news | unknown)
    assert (answer.status_code, answer.json()["put_aside"]) == (200, "unknown_field")
    assert put_aside(server, news) == [("unknown_field", f"{next(iter(unknown))}: there is no such field")]
    with server.database.reading() as session:
        assert session.get(OrderEventRow, news["event_id"]) is None
    assert server.webhook("orders", news).json()["put_aside"] is None, "told correctly, it counts"


def test_a_malformed_order_is_refused_with_its_reason_and_kept_for_operators(server: Server) -> None:
    studio = server.settled_organization(RELEASED)
    twice = order(studio)
    raw = json.dumps(twice).encode()[:-1] + b', "is_sandbox": true, "is_sandbox": false}'
    assert problem(server.webhook("orders", raw), 422)["detail"]
    assert [reason for reason, _ in put_aside(server, twice)] == ["malformed"]
    for wrong in ({"is_sandbox": 1}, {"is_sandbox": "true"}, {"is_sandbox": None}, {"at": 20260105120000}):
        news = order(studio) | wrong
        said = problem(server.webhook("orders", news), 422)["detail"]
        assert next(iter(wrong)) in said
        assert [reason for reason, _ in put_aside(server, news)] == ["malformed"]


def put_aside(server: Server, news: dict[str, Any]) -> list[tuple[str, str]]:
    with server.database.reading() as session:
        rows = conflicts(session, 1_000).data
    return [(row.reason, row.detail) for row in rows if row.subject == news["event_id"]]
