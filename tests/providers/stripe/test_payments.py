"""Payments through Stripe, against its API as it is written down: real HTTP, through the real stripe package."""

import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from stripe import StripeError

from config.settings import BadSetting, Settings
from models.documents import FailureClass
from models.money import Money
from models.reasons.failures import FAILURES
from providers.assembly import http_providers
from providers.protocols import PaymentOrder, PaymentResult, ProviderFailure
from providers.stripe.payments import StripePayments
from tests.providers.http.broken import BrokenServer, http
from tests.providers.stripe.server import StripeServer, error

TRANSIENT, UNKNOWN, ACCOUNT, PAYER, FINAL = (
    FailureClass.TRANSIENT,
    FailureClass.UNKNOWN,
    FailureClass.ACCOUNT,
    FailureClass.PAYER,
    FailureClass.FINAL,
)
REFERENCE = "payout/inv_1/1"


def order(attempt: int = 1, **more: Any) -> PaymentOrder:
    reference = f"payout/inv_1/{attempt}"
    return PaymentOrder.model_validate(
        {
            "reference": reference,
            "idempotency_key": reference,
            "organization_id": "org_1",
            "invoice_id": "inv_1",
            "amount": Money(amount=12_345),
            "destination": {"account_number": "CANARY-NUMBER", "stripe_account": "acct_1"},
            **more,
        }
    )


def payments_at(url: str, timeout: float = 60.0) -> StripePayments:
    return StripePayments(SecretStr("sk_test_CANARY"), url, timeout)


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server


@pytest.fixture
def payments(stripe: StripeServer) -> StripePayments:
    return payments_at(stripe.url)


def failure(payments: StripePayments, attempt: int = 1, **more: Any) -> tuple[FailureClass, str]:
    with pytest.raises(ProviderFailure) as raised:
        payments.send(order(attempt, **more))
    assert "CANARY" not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert not isinstance(raised.value.__cause__, StripeError), "it quotes what was sent"
    return raised.value.failure_class, raised.value.code


def asked(payments: StripePayments, reference: str = REFERENCE) -> tuple[str, str | None]:
    result = payments.ask(reference)
    assert isinstance(result, PaymentResult) and result.reference == reference
    return result.status, result.failure_code


# ---------------------------------------------------------------------- the usual way


def test_money_goes_to_the_connected_account_and_from_there_to_its_bank(
    stripe: StripeServer, payments: StripePayments
) -> None:
    result = payments.send(order())
    assert result == PaymentResult(provider_id="tr_1", reference=REFERENCE, status="in_transit")
    before, transfer, payout = stripe.asked
    assert (before.method, before.form) == ("GET", {"transfer_group": REFERENCE}), "it is looked for first"
    assert (transfer.path, transfer.key, transfer.account) == (
        "/v1/transfers",
        f"{REFERENCE}/transfer",
        None,
    )
    assert transfer.form == {
        "amount": "12345",
        "currency": "usd",
        "destination": "acct_1",
        "transfer_group": REFERENCE,
        "metadata[reference]": REFERENCE,
        "metadata[organization_id]": "org_1",
    }
    assert (payout.path, payout.key, payout.account) == ("/v1/payouts", f"{REFERENCE}/payout", "acct_1")
    assert payout.form == {
        "amount": "12345",
        "currency": "usd",
        "metadata[reference]": REFERENCE,
        "metadata[organization_id]": "org_1",
    }
    assert transfer.headers["Authorization"] == "Bearer sk_test_CANARY"
    for request in (transfer, payout):
        assert not any("telemetry" in name.lower() for name in request.headers)
        assert "platform" not in json.loads(request.headers["X-Stripe-Client-User-Agent"])


@pytest.mark.parametrize(
    ("said", "status"),
    [("pending", "in_transit"), ("in_transit", "in_transit"), ("paid", "paid")],
)
def test_where_a_payment_stands(
    stripe: StripeServer, payments: StripePayments, said: str, status: str
) -> None:
    payments.send(order())
    stripe.payouts[0]["status"] = said
    assert asked(payments) == (status, None)
    assert len(stripe.payouts) == len(stripe.transfers) == 1


def test_what_was_never_sent_is_not_known(payments: StripePayments) -> None:
    assert payments.ask(REFERENCE) is None


def test_the_same_payment_sent_twice_moves_once(stripe: StripeServer, payments: StripePayments) -> None:
    assert payments.send(order()) == payments.send(order())
    assert (stripe.out, len(stripe.transfers), len(stripe.payouts)) == (12_345, 1, 1)


def test_a_payment_sent_again_after_stripe_has_forgotten_its_keys_moves_once(
    stripe: StripeServer, payments: StripePayments
) -> None:
    sent = payments.send(order())
    stripe.keys.clear()
    assert payments.send(order()) == sent
    assert (stripe.out, len(stripe.transfers), len(stripe.payouts)) == (12_345, 1, 1)


def test_what_stripe_has_forgotten_the_keys_of_is_not_sent_to_another_account(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.send(order())
    stripe.keys.clear()
    assert failure(payments, destination={"stripe_account": "acct_2"}) == (UNKNOWN, "reference_conflict")
    assert stripe.out == 12_345


def test_a_half_sent_payment_is_completed_by_whoever_sends_it_again(
    stripe: StripeServer, payments: StripePayments
) -> None:
    stripe.disturb("POST", "/v1/payouts", status=500, body=error("api_error"))
    assert failure(payments) == (UNKNOWN, "half_sent")
    stripe.keys.clear()
    assert payments.send(order()).status == "in_transit"
    assert (stripe.out, len(stripe.transfers), len(stripe.payouts)) == (12_345, 1, 1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, (UNKNOWN, "http_500")), (429, (TRANSIENT, "rate_limited")), (401, (FINAL, "not_authorized"))],
)
def test_nothing_is_sent_while_stripe_does_not_say_whether_it_was_sent_before(
    stripe: StripeServer, payments: StripePayments, status: int, expected: tuple[FailureClass, str]
) -> None:
    stripe.disturb("GET", "/v1/transfers", status=status, body=error("api_error"))
    assert failure(payments) == expected
    assert stripe.transfers == []


def test_another_payment_under_the_same_key_is_never_a_reason_for_a_new_attempt(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.send(order())
    assert failure(payments, amount=Money(amount=99)) == (UNKNOWN, "reference_conflict")
    assert stripe.out == 12_345


def test_it_is_found_among_many_payouts_of_the_same_account(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.send(order())
    for attempt in range(2, 28):
        payments.send(order(attempt))
    stripe.payouts[-1]["status"] = "paid"
    stripe.asked.clear()
    assert asked(payments) == ("paid", None)
    assert len(stripe.sent("GET", "/v1/payouts")) == 3, "ten at a time"


# ---------------------------------------------------------------------- lost answers


@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/payouts"])
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"silent": 60.0}, "timeout"),
        ({"drop": True}, "connection_lost"),
        ({"status": 500, "body": error("api_error")}, "http_500"),
        ({"status": 503, "body": error("api_error"), "headers": {"Stripe-Should-Retry": "true"}}, "http_503"),
        ({"status": 502, "body": b"<html>"}, "http_502"),
        ({"status": 200, "body": b'{"object": "tra'}, "malformed_answer"),
        ({"status": 200, "body": b'{"object": "transfer", "id": "tr_1"}'}, "malformed_answer"),
        (
            {"status": 409, "body": error("invalid_request_error", "idempotency_key_in_use")},
            "reference_conflict",
        ),
        ({"status": 400, "body": error("idempotency_error")}, "reference_conflict"),
    ],
)
def test_an_accepted_payment_whose_answer_is_lost_is_unknown_and_found_by_its_reference(
    stripe: StripeServer, payments: StripePayments, path: str, how: dict[str, Any], code: str
) -> None:
    stripe.disturb("POST", path, accept=True, **how)
    sender = payments
    if "silent" in how:
        stripe.disturbances[0].drop = True
        sender = payments_at(stripe.url, timeout=3)
    expected = code if path == "/v1/transfers" else "half_sent"
    assert failure(sender) == (UNKNOWN, expected)
    assert len(stripe.sent("POST", path)) == 1, "the stripe package repeats nothing by itself"
    assert asked(payments) == ("in_transit", None)
    assert (len(stripe.transfers), len(stripe.payouts), stripe.out) == (1, 1, 12_345)


@pytest.mark.parametrize(
    "how",
    [{"silent": 0.8, "drop": True}, {"status": 500}, {"status": 429, "body": error("rate_limit_error")}],
)
def test_a_payment_that_is_half_sent_is_completed_by_whoever_asks(
    stripe: StripeServer, payments: StripePayments, how: dict[str, Any]
) -> None:
    stripe.disturb("POST", "/v1/payouts", **how)
    assert failure(payments) == (UNKNOWN, "half_sent")
    assert (len(stripe.transfers), len(stripe.payouts)) == (1, 0)
    assert asked(payments) == ("in_transit", None)
    assert asked(payments) == ("in_transit", None)
    assert (len(stripe.transfers), len(stripe.payouts)) == (1, 1)
    first, second = stripe.sent("POST", "/v1/payouts")
    assert (first.key, first.form) == (second.key, second.form), "in the same words under the same key"


def test_a_transfer_that_never_arrived_is_not_known(stripe: StripeServer, payments: StripePayments) -> None:
    stripe.disturb("POST", "/v1/transfers", status=500, body=error("api_error"))
    assert failure(payments) == (UNKNOWN, "http_500")
    assert payments.ask(REFERENCE) is None


def test_nothing_was_sent_where_nobody_listens() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        assert failure(payments_at(address)) == (TRANSIENT, "unreachable")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "connection_lost"),
        (http("302 There", b"", "Location: http://127.0.0.1:1/"), "http_302"),
        (http("200 OK", b"[1e999]"), "malformed_answer"),
        (http("200 OK", b'{"id": "\xff"}'), "malformed_answer"),
        (http("500 Oh", b"[]"), "http_500"),
        (http("200 OK", b"{}", length=99), "connection_lost"),
    ],
)
def test_no_answer_however_broken_is_taken_for_a_definite_one(raw: bytes, code: str) -> None:
    with BrokenServer(raw) as server:
        payments = payments_at(server.url)
        assert failure(payments) == (UNKNOWN, code)
        with pytest.raises(ProviderFailure) as raised:
            payments.ask(REFERENCE)
        assert raised.value.failure_class is TRANSIENT


# ---------------------------------------------------------------------- refusals

REFUSED: list[tuple[int, bytes, dict[str, str], FailureClass, str]] = [
    (429, error("invalid_request_error", "rate_limit"), {}, TRANSIENT, "rate_limited"),
    (429, error("invalid_request_error", "lock_timeout"), {}, TRANSIENT, "rate_limited"),
    (409, error("api_error", "lock_timeout"), {"Stripe-Should-Retry": "true"}, TRANSIENT, "not_processed"),
    (409, error("api_error", "lock_timeout"), {"Stripe-Should-Retry": "false"}, UNKNOWN, "reference_conflict"),
    (400, error("invalid_request_error", "balance_insufficient"), {}, PAYER, "insufficient_funds"),
    (402, error("card_error", "card_declined", decline_code="insufficient_funds"), {}, PAYER, "insufficient_funds"),
    (402, error("card_error", "card_declined"), {}, FINAL, "card_declined"),
    (403, error("invalid_request_error", "account_invalid"), {}, ACCOUNT, "no_stripe_account"),
    (400, error("invalid_request_error", "resource_missing", param="destination"), {}, ACCOUNT, "no_stripe_account"),
    (400, error("invalid_request_error", param="currency"), {}, ACCOUNT, "invalid_currency"),
    (400, error("invalid_request_error", "insufficient_capabilities_for_transfer"), {}, ACCOUNT,
     "stripe_account_limited"),
    (400, error("invalid_request_error", "transfers_not_allowed"), {}, ACCOUNT, "stripe_account_limited"),
    (400, error("invalid_request_error", "account_closed"), {}, ACCOUNT, "account_closed"),
    (400, error("invalid_request_error", "amount_too_small"), {}, FINAL, "invalid_amount"),
    (400, error("invalid_request_error", "something_new"), {}, FINAL, "something_new"),
    (400, error("invalid_request_error", "Not, a code"), {}, FINAL, "declined"),
    (401, error("invalid_request_error"), {}, FINAL, "not_authorized"),
    (403, error("invalid_request_error"), {}, FINAL, "not_authorized"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "headers", "expected", "code"), REFUSED)
def test_a_refused_transfer_is_definite_and_says_who_must_act(
    stripe: StripeServer,
    payments: StripePayments,
    status: int,
    body: bytes,
    headers: dict[str, str],
    expected: FailureClass,
    code: str,
) -> None:
    stripe.disturb("POST", "/v1/transfers", status=status, body=body, headers=headers)
    assert failure(payments) == (expected, code)
    assert code in {*FAILURES, "card_declined", "something_new"}
    assert stripe.out == 0


def test_it_waits_as_long_as_stripe_asks(stripe: StripeServer, payments: StripePayments) -> None:
    body = error("invalid_request_error", "rate_limit")
    stripe.disturb("POST", "/v1/transfers", status=429, body=body, headers={"Retry-After": "17"})
    with pytest.raises(ProviderFailure) as raised:
        payments.send(order())
    assert raised.value.retry_after_seconds == 17


@pytest.mark.parametrize("destination", [{}, {"stripe_account": None}, {"stripe_account": "ba_1"}])
def test_without_a_connected_account_nothing_is_sent(
    stripe: StripeServer, payments: StripePayments, destination: dict[str, Any]
) -> None:
    assert failure(payments, destination=destination) == (ACCOUNT, "no_stripe_account")
    assert stripe.asked == []


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, error("invalid_request_error", "balance_insufficient"), "stripe_balance_short"),
        (402, error("invalid_request_error", "insufficient_funds"), "stripe_balance_short"),
        (400, error("invalid_request_error", "payouts_not_allowed"), "stripe_account_paused"),
        (403, error("invalid_request_error", "account_invalid"), "no_stripe_account"),
        (400, error("invalid_request_error", "something_new"), "something_new"),
        (400, error("invalid_request_error", param="currency"), "invalid_currency"),
    ],
)
def test_a_payout_that_is_refused_is_reported_when_its_transfer_is_taken_back(
    stripe: StripeServer, payments: StripePayments, status: int, body: bytes, expected: str
) -> None:
    stripe.disturb("POST", "/v1/payouts", status=status, body=body)
    result = payments.send(order())
    assert (result.status, result.failure_code) == ("failed", expected)
    assert stripe.out == 0
    assert asked(payments) == ("failed", expected), "and so it is told later, too"
    assert len(stripe.sent("POST", "/v1/payouts")) == 1, "nothing is paid out that was taken back"


# ---------------------------------------------------------------------- payouts that fail

STRIPES_CODES = {
    "account_closed": ACCOUNT,
    "account_frozen": ACCOUNT,
    "bank_account_restricted": ACCOUNT,
    "bank_ownership_changed": ACCOUNT,
    "could_not_process": TRANSIENT,
    "debit_not_authorized": ACCOUNT,
    "declined": FINAL,
    "incorrect_account_holder_address": ACCOUNT,
    "incorrect_account_holder_name": ACCOUNT,
    "incorrect_account_holder_tax_id": ACCOUNT,
    "insufficient_funds": ACCOUNT,
    "invalid_account_number": ACCOUNT,
    "invalid_account_number_length": ACCOUNT,
    "invalid_currency": ACCOUNT,
    "no_account": ACCOUNT,
}
"""The failure codes of payouts in Stripe's reference, those of cards left out."""


@pytest.mark.parametrize(("code", "expected"), STRIPES_CODES.items())
@pytest.mark.parametrize("before", ["in_transit", "paid"])
def test_a_payout_that_fails_even_after_it_was_paid_is_taken_back_and_can_be_paid_again_once(
    stripe: StripeServer, payments: StripePayments, code: str, expected: FailureClass, before: str
) -> None:
    payments.send(order())
    stripe.payouts[0]["status"] = before
    assert asked(payments) == (before, None)
    stripe.payouts[0] |= {"status": "failed", "failure_code": code}
    told = "stripe_balance_short" if code == "insufficient_funds" else code
    assert asked(payments) == ("failed", told)
    assert FAILURES[told].failure_class is expected and FAILURES[told].fix
    assert asked(payments) == ("failed", told)
    assert stripe.out == 0
    payments.send(order(2))
    assert stripe.out == 12_345
    assert asked(payments, "payout/inv_1/2") == ("in_transit", None)


def test_a_failure_is_not_told_before_the_money_is_back(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.send(order())
    stripe.payouts[0] |= {"status": "failed", "failure_code": "account_closed"}
    path = f"/v1/transfers/{stripe.transfers[0]['id']}/reversals"
    body = error("invalid_request_error", "balance_insufficient")
    stripe.disturb("POST", path, status=400, body=body)
    with pytest.raises(ProviderFailure) as raised:
        payments.ask(REFERENCE)
    assert (raised.value.failure_class, raised.value.code) == (UNKNOWN, "reversal_refused")
    assert asked(payments) == ("failed", "account_closed")
    assert len({request.key for request in stripe.sent("POST", path)}) == 2, "an old refusal is not replayed"


def test_a_lost_answer_about_what_was_taken_back_takes_nothing_back_twice(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.send(order())
    stripe.payouts[0] |= {"status": "failed", "failure_code": "no_account"}
    stripe.disturb("POST", "/v1/transfers/tr_1/reversals", accept=True, drop=True)
    with pytest.raises(ProviderFailure) as raised:
        payments.ask(REFERENCE)
    assert raised.value.failure_class is TRANSIENT
    assert asked(payments) == ("failed", "no_account")
    assert len(stripe.sent("POST", "/v1/transfers/tr_1/reversals")) == 1


def test_what_somebody_cancelled_at_stripe_is_no_payment(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.send(order())
    stripe.payouts[0]["status"] = "canceled"
    assert asked(payments) == ("failed", "payment_cancelled")
    assert stripe.out == 0


def test_a_code_that_nobody_knows_yet_is_final(stripe: StripeServer, payments: StripePayments) -> None:
    payments.send(order())
    stripe.payouts[0] |= {"status": "failed", "failure_code": "Said: Otherwise"}
    assert asked(payments) == ("failed", "declined")


# ---------------------------------------------------------------------- the record


def test_its_own_record_lists_each_of_our_transfers_once(
    stripe: StripeServer, payments: StripePayments
) -> None:
    for attempt in range(1, 6):
        payments.send(order(attempt))
    stripe.transfers[0]["transfer_group"] = "somebody else's"
    stripe.payouts[1]["status"] = "paid"
    stripe.payouts[2] |= {"status": "failed", "failure_code": "no_account"}
    before = len(stripe.sent("POST", "/v1/transfers/tr_3/reversals"))
    found, cursor = [], None
    while True:
        page = payments.records(cursor, 2)
        found += page.payments
        cursor = page.next_cursor
        if not page.has_more:
            break
    assert [(r.reference, r.status, r.failure_code, r.amount.amount) for r in found] == [
        ("payout/inv_1/4", "paid", None, 12_345),
        ("payout/inv_1/3", "failed", "no_account", 12_345),
        ("payout/inv_1/2", "in_transit", None, 12_345),
        ("payout/inv_1/1", "in_transit", None, 12_345),
    ]
    assert len(stripe.sent("POST", "/v1/transfers/tr_3/reversals")) == before, "looking changes nothing"


# ---------------------------------------------------------------------- the installation


def test_stripe_is_chosen_by_the_settings(stripe: StripeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONETIZATION_STRIPE_API_BASE", stripe.url)
    with pytest.raises(BadSetting, match="MONETIZATION_STRIPE_API_KEY"):
        http_providers(Settings(payments="stripe"))
    monkeypatch.setenv("MONETIZATION_STRIPE_API_KEY", "sk_test_1")
    providers = http_providers(Settings(payments="stripe"))
    assert providers.payments.send(order()).status == "in_transit"
    assert stripe.out == 12_345


def test_nothing_of_what_was_sent_or_said_is_logged(
    stripe: StripeServer, payments: StripePayments, caplog: pytest.LogCaptureFixture, capsys: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    stripe.disturb("POST", "/v1/transfers", status=400, body=error("invalid_request_error", "account_closed"))
    failure(payments)
    payments.send(order(2))
    assert (
        "CANARY"
        not in caplog.text + json.dumps([str(r.msg) for r in caplog.records]) + capsys.readouterr().out
    )
