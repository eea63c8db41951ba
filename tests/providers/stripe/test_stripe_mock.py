"""What we ask of Stripe, judged by Stripe's own stripe-mock: it knows every request and answer of the real API."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from models.documents import FailureClass
from providers.protocols import ProviderFailure
from providers.stripe.objects import Transfer
from providers.stripe.payments import StripePayments
from tests.providers.stripe.test_payments import order
from tests.sandbox.box import ROOT, eventually, free_port

pytestmark = pytest.mark.timeout(1500)  # it may have to be fetched and built first, and more than once
BESIDE_PYTHON = Path(sys.executable).parent / "stripe-mock"
GO = shutil.which("go") or "/usr/local/go/bin/go"
ABSENT = "NOT PROVED AGAINST stripe-mock: neither it nor Go is here; install Go, then `make stripe-mock`"


def program() -> str:
    """Where stripe-mock is, once it is made if need be."""
    found = shutil.which("stripe-mock") or (str(BESIDE_PYTHON) if BESIDE_PYTHON.exists() else None)
    if found:
        return found
    if not Path(GO).exists():
        pytest.skip(ABSENT)
    for pause in (5, 20, 60, None):
        why = trouble_making_it()
        if not why:
            return str(BESIDE_PYTHON)
        if pause:
            time.sleep(pause)
    pytest.skip(f"NOT PROVED AGAINST stripe-mock: it could not be made: {why}")


def trouble_making_it() -> str:
    """Make it; what came in between, which may be the network and pass."""
    try:
        made = subprocess.run(
            ["make", "-s", "stripe-mock", f"GO={GO}"], cwd=ROOT, capture_output=True, text=True, timeout=240
        )
    except subprocess.TimeoutExpired:
        return "it took more than four minutes"
    return made.stderr.strip()[-200:] or "make failed" if made.returncode else ""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = program()
    port, unused = free_port(), free_port()
    log = tmp_path_factory.mktemp("stripe-mock") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [made, "-http-addr", f"127.0.0.1:{port}", "-https-addr", f"127.0.0.1:{unused}"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in os.environ.items() if name != "PORT"},
        )
    base = f"http://127.0.0.1:{port}"

    def up() -> bool:
        assert process.poll() is None, (
            f"stripe-mock ended with {process.returncode}: {log.read_text()[-500:]}"
        )
        try:
            return httpx2.get(base, trust_env=False).status_code > 0
        except httpx2.TransportError:
            return False

    try:
        eventually(up, 120)
        yield base
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def payments(url: str) -> StripePayments:
    return StripePayments(SecretStr("sk_test_example"), url, 60)


def transfer() -> Transfer:
    return Transfer(
        id="tr_1", amount=12_345, currency="usd", created=1_700_000_000, destination="acct_1", reversed=False
    )


def test_stripe_takes_our_transfer_and_our_payout(payments: StripePayments) -> None:
    result = payments.send(order())
    assert (result.status, result.reference) == ("in_transit", "payout/inv_1/1")
    assert result.provider_id.startswith("tr_")


def test_stripe_understands_what_we_ask(payments: StripePayments) -> None:
    assert payments.ask("payout/inv_1/1") is None, "it answers with an example, which is not ours"
    page = payments.records(None, 10)
    assert page.payments == [] and page.next_cursor and page.next_cursor.startswith("tr_")
    assert payments.records(page.next_cursor, 10).payments == []


def test_stripe_understands_the_rest_of_what_we_do(payments: StripePayments) -> None:
    assert payments._payouts_of(transfer(), "payout/inv_1/1") == []
    payments._take_back(transfer(), "account_closed")


def test_stripe_refuses_a_key_that_is_none(url: str) -> None:
    with pytest.raises(ProviderFailure) as raised:
        StripePayments(SecretStr("nonsense"), url, 60).send(order())
    assert (raised.value.failure_class, raised.value.code) == (FailureClass.FINAL, "not_authorized")


def test_stripe_notices_what_its_api_does_not_know(url: str) -> None:
    """That the others pass says something: the same server refuses what is not in Stripe's description."""
    answer = httpx2.post(
        f"{url}/v1/transfers",
        data={"amount": "1", "currency": "usd", "destination": "acct_1", "transfer_groop": "x"},
        headers={"Authorization": "Bearer sk_test_example"},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 400, answer.text
