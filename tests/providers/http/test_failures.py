"""What the adapters make of a provider that fails, against real sockets."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activities.payments import in_programme_time
from config.settings import Settings
from models.desks import Desk
from models.money import Money
from models.programme.clock import ProgrammeClock
from models.reasons.failures import Failure, FailureClass, class_of
from providers.assembly import http_providers
from providers.http.client import retry_after
from providers.protocols import (
    NotFound,
    Notice,
    PaymentOrder,
    ProviderFailure,
    Providers,
    ReviewRequest,
)
from tests.providers.http.broken import BrokenServer, http

TRANSIENT, UNKNOWN, ACCOUNT, PAYER, FINAL = (
    FailureClass.TRANSIENT,
    FailureClass.UNKNOWN,
    FailureClass.ACCOUNT,
    FailureClass.PAYER,
    FailureClass.FINAL,
)
ORDER = PaymentOrder(
    reference="payout/inv_1/1",
    idempotency_key="payout/inv_1/1",
    organization_id="org_1",
    invoice_id="inv_1",
    amount=Money(amount=12_345),
    destination={"account_number": "CANARY-ACCOUNT"},
)
REVIEW = ReviewRequest(
    reference="org_1/contract/iaa/1",
    organization_id="org_1",
    document_id="contract/iaa",
    kind=Desk.CONTRACTS,
    fields={"name": "CANARY-NAME"},
)
NOTICE = Notice(id="n1", organization_id="org_1", kind="k", recipients=[], subject="s", text="t")
RESULT = {"provider_id": "tr_1", "reference": ORDER.reference, "status": "in_transit", "failure_code": None}


def problem(code: str) -> bytes:
    return json.dumps({"code": code, "status": 400}).encode()


def providers(url: str, timeout: float = 60) -> Providers:
    known = {"provider_url": url, "provider_timeout": timeout, "state_dir": Path("/nowhere")}
    return http_providers(Settings.model_validate(known))


# what is answered · class of a payment · class of anything else · code · seconds to wait
ANSWERS: list[tuple[bytes, FailureClass, FailureClass, str, int | None]] = [
    (http("429 Too Many", b"", "Retry-After: 17"), TRANSIENT, TRANSIENT, "rate_limited", 17),
    (
        http("503 No", b"", "X-Not-Processed: true", "Retry-After: 3"),
        TRANSIENT,
        TRANSIENT,
        "not_processed",
        3,
    ),
    (http("503 No", b"", "Retry-After: 9"), UNKNOWN, TRANSIENT, "http_503", 9),
    (http("500 Oh", b"<html>"), UNKNOWN, TRANSIENT, "http_500", None),
    (http("504 Late", problem("gateway")), UNKNOWN, TRANSIENT, "http_504", None),
    (http("302 There", b"", "Location: http://127.0.0.1:1/"), UNKNOWN, TRANSIENT, "http_302", None),
    (http("200 OK", b""), UNKNOWN, TRANSIENT, "malformed_answer", None),
    (http("200 OK", b"{"), UNKNOWN, TRANSIENT, "malformed_answer", None),
    (http("201 OK", b"[1e999]"), UNKNOWN, TRANSIENT, "malformed_answer", None),
    (http("200 OK", b'{"status":"\xff"}'), UNKNOWN, TRANSIENT, "malformed_answer", None),
    (http("200 OK", b'{"status"', length=500), UNKNOWN, TRANSIENT, "connection_lost", None),
    (http("200 OK", b"xx", "Content-Encoding: gzip"), UNKNOWN, TRANSIENT, "connection_lost", None),
    (b"", UNKNOWN, TRANSIENT, "connection_lost", None),
    (b"SSH-2.0-garbage\r\n\r\n", UNKNOWN, TRANSIENT, "connection_lost", None),
    (http("408 Slow"), UNKNOWN, TRANSIENT, "http_408", None),
    (http("409 Twice", problem("reference_conflict")), UNKNOWN, FINAL, "reference_conflict", None),
    (http("422 No", problem("account_closed")), ACCOUNT, FINAL, "account_closed", None),
    (http("422 No", problem("invalid_currency")), ACCOUNT, FINAL, "invalid_currency", None),
    (http("402 No", problem("insufficient_funds")), PAYER, FINAL, "insufficient_funds", None),
    (http("403 No", problem("declined")), FINAL, FINAL, "declined", None),
    (http("401 No", b"<html>who are you"), FINAL, FINAL, "http_401", None),
    (http("400 No", problem("Acct 1234 closed!")), FINAL, FINAL, "http_400", None),
    (http("404 No", problem("unknown_reference")), FINAL, FINAL, "unknown_reference", None),
]


@pytest.mark.parametrize(("answer", "of_payment", "of_others", "code", "wait"), ANSWERS)
def test_the_class_of_a_failure(
    answer: bytes, of_payment: FailureClass, of_others: FailureClass, code: str, wait: int | None
) -> None:
    with BrokenServer(answer) as server:
        world = providers(server.url)
        calls: list[tuple[Callable[[], object], FailureClass]] = [
            (lambda: world.payments.send(ORDER), of_payment),
            (lambda: world.desks[Desk.CONTRACTS].request(REVIEW), of_others),
        ]
        if code != "reference_conflict":
            calls.append((lambda: world.notifications.send(NOTICE), of_others))
        for call, expected in calls:
            with pytest.raises(ProviderFailure) as failure:
                call()
            found = failure.value
            assert (found.failure_class, found.code, found.retry_after_seconds) == (expected, code, wait)
            assert "CANARY" not in repr(found) + str(found)
        assert b"Idempotency-Key: payout/inv_1/1\r\n" in server.requests[0]
        assert b"Authorization: Bearer " in server.requests[0] and b"X-Request-Id: " in server.requests[0]


def test_a_notice_whose_id_is_taken_was_sent_before_and_is_not_sent_in_other_words() -> None:
    with BrokenServer(http("409 Twice", problem("reference_conflict"))) as server:
        providers(server.url).notifications.send(NOTICE)
    assert len(server.requests) == 1


def test_a_provider_that_cannot_be_reached_has_not_been_told() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(ProviderFailure) as failure:
            providers(f"http://127.0.0.1:{deaf.getsockname()[1]}").payments.send(ORDER)
    assert (failure.value.failure_class, failure.value.code) == (TRANSIENT, "unreachable")


@pytest.mark.parametrize(("silent", "code"), [(True, "timeout"), (False, "connection_lost")])
def test_silence_and_resets_leave_it_unknown(silent: bool, code: str) -> None:
    with BrokenServer(b"", silent=silent, reset=True) as server:
        payments = providers(server.url, timeout=0.3 if silent else 60).payments
        with pytest.raises(ProviderFailure) as failure:
            payments.send(ORDER)
        assert (failure.value.failure_class, failure.value.code) == (UNKNOWN, code)
        with pytest.raises(ProviderFailure) as failure:
            payments.ask(ORDER.reference)
        assert (failure.value.failure_class, failure.value.code) == (TRANSIENT, code)


def test_only_the_provider_itself_can_say_that_it_knows_nothing() -> None:
    with BrokenServer(http("404 No", problem("unknown_reference"))) as server:
        world = providers(server.url)
        assert world.payments.ask("payout/x/1") is None
        with pytest.raises(NotFound):
            world.desks[Desk.LAUNCHES].ask("x")
    with BrokenServer(http("404 No", b"<html>no such route")) as server:
        with pytest.raises(ProviderFailure) as failure:
            providers(server.url).payments.ask("payout/x/1")
        assert failure.value.code == "http_404"


def test_an_answer_about_something_else_is_no_answer() -> None:
    with BrokenServer(
        http("200 OK", json.dumps({**RESULT, "reference": "payout/inv_2/1"}).encode())
    ) as server:
        with pytest.raises(ProviderFailure) as failure:
            providers(server.url).payments.send(ORDER)
        assert (failure.value.failure_class, failure.value.code) == (UNKNOWN, "malformed_answer")
    event = {"id": "e", "action": "contract.activate", "document_id": "contract/iaa", "reference": "another"}
    answer = json.dumps({"status": "decided", "event": event}).encode()
    with BrokenServer(http("200 OK", answer)) as server:
        with pytest.raises(ProviderFailure) as failure:
            providers(server.url).desks[Desk.CONTRACTS].request(REVIEW)
        assert failure.value.code == "malformed_answer"


def test_an_answer_may_say_more_than_we_know() -> None:
    body = json.dumps({**RESULT, "new_field": [1]}).encode()
    with BrokenServer(http("200 OK", body)) as server:
        assert providers(server.url).payments.send(ORDER).status == "in_transit"


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    with BrokenServer(http("200 OK", b" " * (9 * 1024 * 1024))) as server:
        with pytest.raises(ProviderFailure) as failure:
            providers(server.url).payments.send(ORDER)
        assert failure.value.failure_class is UNKNOWN


def test_requests_show_nothing_personal() -> None:
    assert "CANARY" not in repr(ORDER) + repr(REVIEW)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, ACCOUNT) for code in ("account_closed", "no_account", "invalid_account_number")),
        *((code, ACCOUNT) for code in ("incorrect_account_holder_name", "bank_account_restricted")),
        ("invalid_currency", ACCOUNT),
        ("insufficient_funds", PAYER),
        ("bank_processing_error", TRANSIENT),
        ("network", TRANSIENT),
        ("declined", FINAL),
        ("", FINAL),
        ("sanctioned", FINAL),
    ],
)
def test_the_class_of_a_failed_payment(code: str, expected: FailureClass) -> None:
    assert class_of(code) is expected


def test_retry_after_in_all_its_forms() -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert retry_after(None, now) is None
    assert retry_after("0", now) == 0
    assert retry_after("999999999", now) == 7 * 86_400
    assert retry_after("Fri, 01 May 2026 12:01:00 GMT", now) == 60
    assert retry_after("Fri, 01 May 2020 12:01:00 GMT", now) == 0
    for garbage in ("", "-1", "soon", "1e3", "٣", "Fri, 99 May 2026 12:01:00 GMT", "9" * 400):
        assert retry_after(garbage, now) is None, garbage


@pytest.mark.parametrize(
    ("real", "seconds_per_day", "programme"),
    [(None, 86_400, None), (17, 86_400, 17), (17, 1, 17 * 86_400), (7 * 86_400, 1, 366 * 86_400)],
)
def test_a_providers_wait_is_real_time(
    real: int | None, seconds_per_day: float, programme: int | None
) -> None:
    asked = Failure(FailureClass.TRANSIENT, "rate_limited", real)
    heard = in_programme_time(asked, ProgrammeClock(seconds_per_day=seconds_per_day))
    assert heard.retry_after_seconds == programme
