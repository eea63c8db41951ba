"""The payment provider, through the application's own adapter: what left, left once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models.documents import FailureClass
from models.money import Money
from providers.assembly import http_providers
from providers.protocols import PaymentOrder, PaymentResult, Payments, ProviderFailure
from tests.sandbox.box import Box, Receiver, eventually

MOST_DAYS = 400
"""What comes so late comes after the test: it is twenty seconds."""


def order(
    organization: str, attempt: int = 1, account: str = "000123456789", amount: int = 12_345
) -> PaymentOrder:
    invoice = f"inv_{organization}"
    reference = f"payout/{invoice}/{attempt}"
    return PaymentOrder(
        reference=reference,
        idempotency_key=reference,
        organization_id=organization,
        invoice_id=invoice,
        amount=Money(amount=amount),
        destination={"account_name": "CANARY HOLDER", "account_number": account},
    )


def left(box: Box, organization: str) -> list[dict[str, Any]]:
    """What really left for an organization."""
    transfers: list[dict[str, Any]] = box.control("GET", f"/payments?organization_id={organization}")["data"]
    return transfers


def settled(payments: Payments, sent: PaymentOrder, *statuses: str) -> PaymentResult:
    def look() -> PaymentResult | None:
        result = payments.ask(sent.reference)
        return result if result and result.status in statuses else None

    result = eventually(look)
    assert result
    return result


@pytest.fixture
def payments(box: Box) -> Payments:
    return http_providers(box.settings()).payments


@pytest.fixture
def hasty(box: Box) -> Payments:
    """A client that waits for two seconds only."""
    return http_providers(box.settings(timeout=2)).payments


def test_a_payment_arrives(box: Box, receiver: Receiver, payments: Payments, organization: str) -> None:
    sent = order(organization)
    assert payments.ask(sent.reference) is None
    first = payments.send(sent)
    assert (first.status, first.reference, first.failure_code) == ("in_transit", sent.reference, None)
    assert settled(payments, sent, "paid").provider_id == first.provider_id
    [webhook] = eventually(lambda: receiver.of(organization))
    assert webhook.path == "/v1/webhooks/payments"
    assert webhook.json["type"] == "payment.paid"
    assert webhook.json["payment"] == payments.send(sent).model_dump()
    [transfer] = left(box, organization)
    assert transfer["amount"] == {"amount": 12_345, "currency": "USD"}
    assert (transfer["status"], transfer["invoice_id"]) == ("paid", sent.invoice_id)
    assert "CANARY" not in box.log and "000123456789" not in box.log
    assert b"CANARY HOLDER" not in (box.state_dir / "sandbox.db-wal").read_bytes()


@pytest.mark.parametrize(
    "numbers",
    [
        {"ifsc": "SBIN0001234", "account_number": "00123456789"},
        {"clabe": "032180000118359719"},
        {"bank_code": "0001", "branch_code": "001", "account_type": "ordinary", "account_number": "0123456"},
    ],
)
def test_an_account_is_paid_by_the_numbers_of_its_country(
    payments: Payments, organization: str, numbers: dict[str, str]
) -> None:
    sent = order(organization).model_copy(update={"destination": {"account_name": "Example", **numbers}})
    payments.send(sent)
    assert settled(payments, sent, "paid").reference == sent.reference


def test_a_key_moves_money_once(box: Box, payments: Payments, organization: str) -> None:
    start = threading.Barrier(20)

    def send(_: int) -> str:
        start.wait()
        return payments.send(order(organization)).provider_id

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(send, range(20)))) == 1
    assert len(left(box, organization)) == 1
    with pytest.raises(ProviderFailure) as failure:
        payments.send(order(organization, amount=99))
    assert (failure.value.failure_class, failure.value.code) == (FailureClass.UNKNOWN, "reference_conflict")
    assert len(left(box, organization)) == 1


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("accept_then_timeout", {"seconds": 60}, "timeout"),
        ("accept_then_error", {"status": 500}, "http_500"),
        ("accept_then_error", {"status": 503}, "http_503"),
        ("accept_then_truncate", {}, "connection_lost"),
    ],
)
def test_accepted_but_not_said_so(
    box: Box,
    payments: Payments,
    hasty: Payments,
    organization: str,
    kind: str,
    more: dict[str, Any],
    code: str,
) -> None:
    sent, sender = order(organization), hasty if code == "timeout" else payments
    box.fault("payments", kind, organization_id=organization, operation="request", times=2, **more)
    for _ in range(2):
        with pytest.raises(ProviderFailure) as failure:
            sender.send(sent)
        assert (failure.value.failure_class, failure.value.code) == (FailureClass.UNKNOWN, code)
    asked = eventually(lambda: payments.ask(sent.reference))
    assert asked and asked.provider_id == payments.send(sent).provider_id
    assert len(left(box, organization)) == 1


def test_accepted_but_not_yet_to_be_seen(box: Box, payments: Payments, organization: str) -> None:
    for attempt, days in ((1, MOST_DAYS), (2, 20)):
        fault = {"organization_id": organization, "times": 1, "seconds": 0.1, "days": days}
        box.fault("payments", "accept_then_timeout", **fault)
        with pytest.raises(ProviderFailure):
            payments.send(order(organization, attempt))
    assert payments.ask(order(organization, 1).reference) is None
    assert len(left(box, organization)) == 2
    assert eventually(lambda: payments.ask(order(organization, 2).reference))


@pytest.mark.parametrize(
    ("more", "failure_class", "wait"),
    [
        ({"status": 429, "retry_after": 2}, FailureClass.TRANSIENT, 2),
        ({"status": 503, "not_processed": True}, FailureClass.TRANSIENT, None),
        ({"status": 503}, FailureClass.UNKNOWN, None),
        ({"status": 422, "code": "account_closed"}, FailureClass.ACCOUNT, None),
        ({"status": 402, "code": "insufficient_funds"}, FailureClass.PAYER, None),
        ({"status": 403, "code": "declined"}, FailureClass.FINAL, None),
    ],
)
def test_errors_on_demand_carry_nothing_out(
    box: Box,
    payments: Payments,
    organization: str,
    more: dict[str, Any],
    failure_class: FailureClass,
    wait: int | None,
) -> None:
    sent = order(organization)
    box.fault("payments", "error", organization_id=organization, operation="request", times=1, **more)
    with pytest.raises(ProviderFailure) as failure:
        payments.send(sent)
    assert (failure.value.failure_class, failure.value.retry_after_seconds) == (failure_class, wait)
    assert payments.ask(sent.reference) is None and not left(box, organization)
    assert payments.send(sent).status == "in_transit"


def test_some_calls_fail(box: Box, payments: Payments, organization: str) -> None:
    box.fault("payments", "error_rate", organization_id=organization, probability=0.5)
    outcomes: list[str] = []
    for attempt in range(1, 31):
        try:
            outcomes.append(payments.send(order(organization, attempt)).status)
        except ProviderFailure as failure:
            outcomes.append(failure.code)
    assert set(outcomes) == {"in_transit", "http_503"}
    assert outcomes.count("in_transit") == len(left(box, organization))


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("000111111113", "account_closed"),
        ("000111111116", "no_account"),
        ("000111111114", "bank_account_restricted"),
        ("000111111115", "incorrect_account_holder_name"),
        ("000999999992", "declined"),
    ],
)
def test_a_bank_may_refuse_later(
    receiver: Receiver, payments: Payments, organization: str, account: str, code: str
) -> None:
    for attempt in (1, 2):
        sent = order(organization, attempt, account)
        assert payments.send(sent).status == "in_transit"
        assert settled(payments, sent, "paid", "failed").failure_code == code
    eventually(lambda: len(receiver.of(organization)) == 2)
    assert {webhook.json["type"] for webhook in receiver.of(organization)} == {"payment.failed"}


def test_a_bank_may_stumble_once(payments: Payments, organization: str) -> None:
    ends = []
    for attempt in (1, 2):
        sent = order(organization, attempt, "000888888883")
        payments.send(sent)
        ends.append(settled(payments, sent, "paid", "failed"))
    assert [end.status for end in ends] == ["failed", "paid"]
    assert ends[0].failure_code == "bank_processing_error"


@pytest.mark.parametrize(
    ("account", "failure_class", "again"),
    [
        ("000111111112", FailureClass.ACCOUNT, True),
        ("000444444440", FailureClass.ACCOUNT, True),
        ("000222222227", FailureClass.PAYER, False),
    ],
)
def test_a_transfer_may_be_refused_at_once(
    box: Box, payments: Payments, organization: str, account: str, failure_class: FailureClass, again: bool
) -> None:
    refused = order(organization, 1, account)
    for _ in range(2):
        with pytest.raises(ProviderFailure) as failure:
            payments.send(refused)
        assert failure.value.failure_class is failure_class
    assert payments.ask(refused.reference) is None and not left(box, organization)
    if again:
        with pytest.raises(ProviderFailure):
            payments.send(order(organization, 2, account))
    else:
        assert payments.send(order(organization, 2, account)).status == "in_transit"


def test_what_was_paid_may_come_back(
    box: Box, receiver: Receiver, payments: Payments, organization: str
) -> None:
    by_account = order(organization, 1, "000999999991")
    payments.send(by_account)
    assert settled(payments, by_account, "returned").failure_code == "account_closed"
    box.fault(
        "payments", "return_payment_after", organization_id=organization, times=1, days=2, code="no_account"
    )
    by_fault = order(organization, 2)
    payments.send(by_fault)
    assert settled(payments, by_fault, "returned").failure_code == "no_account"
    box.fault("payments", "answer_late", organization_id=organization, times=1, days=MOST_DAYS)
    on_its_way, by_hand = order(organization, 3), order(organization, 4)
    payments.send(on_its_way)
    payments.send(by_hand)
    path = "/control/payments/{}/return"
    assert box.call("POST", path.format(on_its_way.reference)).json()["code"] == "not_paid"
    settled(payments, by_hand, "paid")
    returned = box.call("POST", path.format(by_hand.reference), json={"code": "bank_account_restricted"})
    assert returned.json()["status"] == "returned"
    eventually(lambda: len(receiver.of(organization)) == 6)
    types = [webhook.json["type"] for webhook in receiver.of(organization)]
    assert sorted(types) == ["payment.paid"] * 3 + ["payment.returned"] * 3
    assert len({webhook.json["event_id"] for webhook in receiver.of(organization)}) == 6


def test_a_bank_refuses_on_demand(box: Box, payments: Payments, organization: str) -> None:
    box.fault("payments", "refuse", organization_id=organization, times=1, code="account_closed")
    for attempt, status in ((1, "failed"), (2, "paid")):
        sent = order(organization, attempt)
        payments.send(sent)
        assert settled(payments, sent, "paid", "failed").status == status


def test_odd_amounts_are_refused(payments: Payments, organization: str) -> None:
    for amount in (0, -5):
        with pytest.raises(ProviderFailure) as failure:
            payments.send(order(organization, amount=amount))
        assert failure.value.code == "invalid_amount"


def test_the_record_lists_what_was_accepted_page_by_page(
    box: Box, payments: Payments, organization: str
) -> None:
    fault = {"organization_id": organization, "times": 1, "seconds": 0.1, "days": MOST_DAYS}
    box.fault("payments", "accept_then_timeout", **fault)
    with pytest.raises(ProviderFailure):
        payments.send(order(organization, 1))
    for attempt in range(2, 6):
        payments.send(order(organization, attempt, amount=100 + attempt))
    with pytest.raises(ProviderFailure):
        payments.send(order(organization, 6, "000111111112"))
    found, after = [], f"payout/inv_{organization}/"
    while True:
        page = payments.records(after, 2)
        assert len(page.payments) <= 2 and page.next_cursor
        mine = [record for record in page.payments if f"inv_{organization}/" in record.reference]
        found += mine
        after = page.next_cursor
        if not page.has_more:
            break
    assert [(record.reference[-1], record.amount) for record in found] == [
        (str(attempt), Money(amount=100 + attempt)) for attempt in range(2, 6)
    ]
    for record in found:
        assert (
            record.provider_id
            == payments.send(
                order(organization, int(record.reference[-1]), amount=record.amount.amount)
            ).provider_id
        )


def test_what_was_voided_before_it_came_is_refused_for_ever(box: Box, payments: Payments) -> None:
    sent = order("org_void1")
    voided = payments.void(sent.reference)
    assert voided is not None and (voided.status, voided.failure_code) == ("failed", "payment_cancelled")
    for _ in range(2):
        with pytest.raises(ProviderFailure) as refusal:
            payments.send(sent)
        assert (refusal.value.failure_class, refusal.value.code) == (FailureClass.FINAL, "payment_cancelled")
    assert left(box, "org_void1") == []


def test_what_is_on_its_way_is_stopped_and_what_has_arrived_is_not(box: Box, payments: Payments) -> None:
    stopped, arrived = order("org_void2"), order("org_void2", attempt=2)
    for sent in (stopped, arrived):
        payments.send(sent)
    box.control("POST", f"/payments/{arrived.reference}/pay")
    for sent, status in ((stopped, "failed"), (arrived, "paid")):
        voided = payments.void(sent.reference)
        assert voided is not None and voided.status == status
        assert voided == payments.ask(sent.reference) == payments.send(sent)
