"""Each desk, content and discontent, asked and by webhook."""

import json
import time
from typing import Any

import pytest

from models.desks import Desk
from providers.failures import SignatureError
from providers.http.signature import verify
from tests.sandbox.box import SECRET, Box, Receiver, eventually

HAPPY: list[tuple[Desk, str, dict[str, Any], str, dict[str, Any]]] = [
    (
        Desk.VERIFICATION,
        "verification",
        {
            "country": "JP",
            "certificate": {"expires_on": "2031-05-01"},
            "representative": {"id_expires_on": "2030-01-31", "birth_date": "1980-01-01"},
        },
        "verification.verify",
        {"country": "JP", "expires_on": "2030-01-31T00:00:00+00:00"},
    ),
    (
        Desk.VERIFICATION,
        "verification",
        {"country": "US", "expires_on": None},
        "verification.verify",
        {"country": "US", "expires_on": None},
    ),
    (
        Desk.QUALIFICATION,
        "qualification",
        {"store_url": "https://store.example/1"},
        "qualification.approve",
        {},
    ),
    (Desk.CONTRACTS, "contract/iaa", {"version": 1}, "contract.activate", {}),
    (
        Desk.LAUNCHES,
        "launch/g1",
        {"regions": ["JP", "DE"]},
        "launch.approve",
        {"us_eu_approval": "approved"},
    ),
    (
        Desk.LAUNCHES,
        "launch/g1",
        {"regions": ["US"], "notes": "RESTRICTED"},
        "launch.approve",
        {"us_eu_approval": "approved_with_restrictions"},
    ),
    (Desk.LAUNCHES, "launch/g1", {"regions": ["JP"]}, "launch.approve", {}),
    (Desk.TAX_FORMS, "payout_account", {"backup_withholding": False}, "payout_account.accept", {}),
    (Desk.BANK_ACCOUNTS, "payout_account", {"account_number": "000123456789"}, "payout_account.accept", {}),
    (Desk.INVOICES, "invoice/inv_1", {"number": "A-1"}, "invoice.approve", {}),
]

UNHAPPY: list[tuple[Desk, dict[str, Any], str, str, bool]] = [
    (
        Desk.VERIFICATION,
        {"registered_address": "1 Example Street (DOUBTFUL)"},
        "verification.refer",
        "needs_a_person",
        True,
    ),
    (
        Desk.VERIFICATION,
        {"registration_number": "INFO-NEEDED"},
        "verification.request_information",
        "proof_of_address_needed",
        True,
    ),
    (
        Desk.VERIFICATION,
        {"registration_number": "COULD-NOT-VERIFY"},
        "verification.decline",
        "registration_number_not_found",
        True,
    ),
    (Desk.VERIFICATION, {"registration_number": "REJECTED"}, "verification.reject", "not_eligible", True),
    (
        Desk.QUALIFICATION,
        {"store_url": "https://store.example/COULD-NOT-VERIFY"},
        "qualification.decline",
        "owner_differs",
        True,
    ),
    (
        Desk.QUALIFICATION,
        {"store_url": "https://store.example/REJECTED"},
        "qualification.reject",
        "industry_not_supported",
        True,
    ),
    (Desk.CONTRACTS, {"signatory": "REFUSED"}, "contract.decline", "signatory_not_authorized", True),
    (Desk.LAUNCHES, {"notes": "NOT-APPROVED"}, "launch.decline", "crashes_on_start", True),
    (Desk.TAX_FORMS, {"tax_number": "000000000"}, "payout_account.decline", "tax_number_not_found", False),
    (Desk.TAX_FORMS, {"backup_withholding": True}, "payout_account.reject", "backup_withholding", False),
    (
        Desk.BANK_ACCOUNTS,
        {"account_name": "Game Studio MISMATCH"},
        "payout_account.request_documents",
        "account_name_differs",
        True,
    ),
    (
        Desk.BANK_ACCOUNTS,
        {"bank": {"account_number": "000000000000"}},
        "payout_account.decline",
        "invalid_account_number",
        False,
    ),
    (Desk.INVOICES, {"number": "REJECT-7"}, "invoice.reject", "amount_differs", True),
]


def request(organization: str, desk: Desk, document: str, nth: int, **fields: Any) -> dict[str, Any]:
    return {
        "reference": f"{organization}/{document}/{nth}",
        "organization_id": organization,
        "document_id": document,
        "kind": desk.value,
        "fields": fields,
        "files": [{"name": "a.pdf", "sha256": "0" * 64, "content_type": "application/pdf", "size": 9}],
    }


def decided(box: Box, body: dict[str, Any]) -> dict[str, Any]:
    """The news of a request, once there are any."""
    path = f"/{body['kind']}/reviews"
    assert box.call("POST", path, json=body).status_code in (200, 202)
    asked: dict[str, Any] = eventually(lambda: _decided(box, path, body["reference"]))
    assert asked["reference"] == body["reference"] and asked["document_id"] == body["document_id"]
    return asked


def _decided(box: Box, path: str, reference: str) -> Any:
    answer = box.call("GET", path, params={"reference": reference})
    assert answer.status_code in (200, 202)
    assert (answer.status_code == 200) == (answer.json()["status"] == "decided")
    return answer.json()["event"]


@pytest.mark.parametrize(("desk", "document", "fields", "action", "facts"), HAPPY)
def test_a_desk_says_yes(
    box: Box,
    receiver: Receiver,
    organization: str,
    desk: Desk,
    document: str,
    fields: dict[str, Any],
    action: str,
    facts: dict[str, Any],
) -> None:
    body = request(organization, desk, document, 1, **fields)
    first = box.call("POST", f"/{desk.value}/reviews", json=body)
    at_once = desk in (Desk.TAX_FORMS, Desk.BANK_ACCOUNTS)
    assert first.status_code == (200 if at_once else 202)
    event = decided(box, body)
    assert (event["action"], event["facts"], event["reasons"]) == (action, facts, [])
    if at_once:
        assert first.json()["event"] == event
        return
    [webhook] = eventually(lambda: receiver.of(organization))
    assert webhook.path == f"/v1/webhooks/{desk.value}"
    assert webhook.json["type"] == "review.decided"
    assert webhook.json["event"] == event
    assert webhook.json["event_id"] == event["id"]
    verify(["another", SECRET], webhook.signature, webhook.body, int(time.time()))
    with pytest.raises(SignatureError):
        verify([SECRET], webhook.signature, webhook.body + b" ", int(time.time()))


@pytest.mark.parametrize(("desk", "fields", "action", "code", "once"), UNHAPPY)
def test_a_magic_value_makes_a_desk_say_no(
    box: Box, organization: str, desk: Desk, fields: dict[str, Any], action: str, code: str, once: bool
) -> None:
    first = decided(box, request(organization, desk, "doc", 1, **fields))
    assert first["action"] == action
    assert first["reasons"][0]["code"] == code and first["reasons"][0]["detail"]
    second = decided(box, request(organization, desk, "doc", 2, **fields))
    assert (second["action"] != action) == once
    assert second["id"] != first["id"]


@pytest.mark.parametrize(
    ("feature", "checks"),
    [
        ("iaa", ["rewarded_placement_active", "reward_after_ad_end", "interstitial"]),
        (
            "iap",
            [
                "sandbox_order_created",
                "sandbox_order_paid",
                "redeem_webhook_answered",
                "duplicate_without_second_grant",
                "refund_traceback_handled",
            ],
        ),
    ],
)
def test_an_integration_run_reports_its_checks(
    box: Box, organization: str, feature: str, checks: list[str]
) -> None:
    document = f"integration/g1/{feature}"
    body = request(organization, Desk.INTEGRATIONS, document, 1, feature=feature, note=f"FAILS-{checks[1]}")
    failed = decided(box, body)
    assert failed["action"] == "integration.fail"
    by_name = {check["name"]: check for check in failed["facts"]["checks"]}
    assert list(by_name) == checks
    assert by_name[checks[1]]["result"] == "failed"
    assert by_name[checks[1]]["why"] and by_name[checks[1]]["fix"]
    passed = decided(box, request(organization, Desk.INTEGRATIONS, document, 2, feature=feature))
    assert passed["action"] == "integration.pass"
    results = {check["name"]: check["result"] for check in passed["facts"]["checks"]}
    assert results.pop("interstitial", "passed") in ("passed", "not_run")
    assert set(results.values()) == {"passed"}


def test_a_reference_is_one_request(box: Box, organization: str) -> None:
    body = request(organization, Desk.CONTRACTS, "contract/iap", 1, version=1)
    event = decided(box, body)
    again = box.call("POST", "/contracts/reviews", json=body, params={})
    assert again.status_code == 200 and again.json()["event"] == event
    other = box.call("POST", "/contracts/reviews", json={**body, "fields": {"version": 2}})
    assert (other.status_code, other.json()["code"]) == (409, "reference_conflict")
    assert other.headers["content-type"] == "application/problem+json"


def test_what_is_refused(box: Box, organization: str) -> None:
    body = request(organization, Desk.INVOICES, "invoice/1", 1)
    path = "/invoices/reviews"
    for token in (None, "wrong", "\udc80"):
        refused = box.call("POST", path, token=token, json=body)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    unknown = box.call("GET", path, params={"reference": "nobody/knows/1"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_reference")
    assert box.call("POST", "/contracts/reviews", json=body).status_code == 422
    assert box.call("POST", "/no-such-desk/reviews", json=body).status_code == 422
    for content in (b"", b"{", b'{"reference": NaN}', b'{"reference":"\\ud800"}', b'{"fields":1e999}'):
        garbage = box.call("POST", path, content=content)
        assert garbage.status_code == 422, content
        assert "NaN" not in garbage.text
    oddities: list[Any] = ["\ud800", 10**40, float("inf"), {"a": [{}] * 500}, "\0"]
    for odd in oddities:
        content = json.dumps({**body, "fields": {"odd": odd}}).encode()
        assert box.call("POST", path, content=content).status_code in (202, 409, 422), odd


def test_a_refusal_on_demand_happens_once_to_one_organization(box: Box, organization: str) -> None:
    more: dict[str, Any] = {"organization_id": organization, "times": 1}
    box.fault("contracts", "refuse", code="text_outdated", detail="Please read again.", **more)
    other = decided(box, request(organization + "x", Desk.CONTRACTS, "contract/iaa", 1))
    first = decided(box, request(organization, Desk.CONTRACTS, "contract/iaa", 1))
    second = decided(box, request(organization, Desk.CONTRACTS, "contract/iaa", 2))
    actions = [event["action"] for event in (other, first, second)]
    assert actions == ["contract.activate", "contract.decline", "contract.activate"]
    assert first["reasons"] == [{"code": "text_outdated", "detail": "Please read again.", "field": None}]


def test_any_decision_on_demand(box: Box, organization: str) -> None:
    action = "verification.request_information"
    box.fault("verification", "refuse", organization_id=organization, times=1, action=action)
    assert decided(box, request(organization, Desk.VERIFICATION, "verification", 1))["action"] == action
    body = {"provider": "invoices", "kind": "refuse", "action": "contract.decline"}
    assert box.call("POST", "/control/faults", json=body).json()["code"] == "unknown_action"
    for nonsense in (
        {"provider": "earnings", "kind": "refuse"},
        {"provider": "payments", "kind": "delay"},
        {"provider": "nobody", "kind": "error", "status": 500},
    ):
        assert box.call("POST", "/control/faults", json=nonsense).status_code == 422


def test_webhooks_are_sent_until_they_are_taken(box: Box, receiver: Receiver, organization: str) -> None:
    box.fault("webhooks", "answer_twice", organization_id=organization, times=1)
    event = decided(box, request(organization, Desk.INTEGRATIONS, "integration/g/iaa", 1))
    eventually(lambda: len(receiver.of(organization)) == 2)
    assert {webhook.json["event_id"] for webhook in receiver.of(organization)} == {event["id"]}
    receiver.statuses[organization] = [500, 401, 302]
    box.control("POST", f"/webhooks/{event['id']}/resend")
    eventually(lambda: len(receiver.of(organization)) == 6)
    eventually(lambda: not box.control("GET", f"/webhooks?organization_id={organization}&state=pending"))


def test_late_and_silent_desks(box: Box, receiver: Receiver, organization: str) -> None:
    box.fault("bank-accounts", "answer_late", organization_id=organization, days=3, times=1)
    body = request(organization, Desk.BANK_ACCOUNTS, "payout_account", 1)
    assert box.call("POST", "/bank-accounts/reviews", json=body).status_code == 202
    decided(box, body)
    eventually(lambda: receiver.of(organization))
    box.fault("integrations", "drop_webhook", organization_id=organization)
    decided(box, request(organization, Desk.INTEGRATIONS, "integration/g/iap", 1))
    states = {
        webhook["provider"]: webhook["state"]
        for webhook in box.control("GET", f"/webhooks?organization_id={organization}")
    }
    assert states["integrations"] == "dropped"
    assert len(receiver.of(organization)) == 1
    box.control("DELETE", f"/faults?organization_id={organization}")
    faults = [item["fault"].get("organization_id") for item in box.control("GET", "/faults")]
    assert organization not in faults


def test_a_person_may_decide(box: Box, organization: str) -> None:
    box.fault("launches", "answer_late", organization_id=organization, days=300)
    body = request(organization, Desk.LAUNCHES, "launch/g1", 1)
    assert box.call("POST", "/launches/reviews", json=body).status_code == 202
    verdict = {"desk": "launches", "reference": body["reference"], "action": "launch.decline"}
    box.control("POST", "/reviews/decide", json={**verdict, "reasons": [{"code": "ugly"}]})
    event = decided(box, body)
    assert (event["action"], event["reasons"][0]["code"]) == ("launch.decline", "ugly")
    assert box.call("POST", "/control/reviews/decide", json=verdict).json()["code"] == "already_decided"
    [review] = box.control("GET", f"/reviews?organization_id={organization}")
    assert review["decided"] is True


def test_notices_are_sent_once(box: Box, organization: str) -> None:
    notice = {
        "id": f"{organization}/notice/1",
        "organization_id": organization,
        "kind": "statement_ready",
        "recipients": ["canary@example.org"],
        "subject": "CANARY-SUBJECT",
        "text": "CANARY-TEXT",
        "html": "<p>CANARY-HTML</p>",
    }
    for _ in range(3):
        assert box.call("POST", "/notifications", json=notice).json() == {"status": "received"}
    assert box.call("POST", "/notifications", json={**notice, "text": "other"}).status_code == 409
    assert box.control("GET", f"/notices?organization_id={organization}") == [notice]
    assert "canary" not in box.log.lower()
