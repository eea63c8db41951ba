"""The signature of Stripe's webhooks, against garbage; and which of its events concern us."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from stripe import WebhookSignature

from models.commands import ProviderEvent
from providers.failures import SignatureError
from providers.payments.provider import PayoutNews
from providers.stripe.webhook import StripeWebhook

SECRET = "whsec_example"
OURS = {"reference": "payout/inv_1/1", "organization_id": "org_1"}


def event(kind: str = "payout.paid", metadata: dict[str, str] = OURS, **more: Any) -> bytes:
    body = {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "data": {"object": {"metadata": metadata}},
        **more,
    }
    return json.dumps(body).encode()


def signed(body: bytes, secret: str = SECRET, ago: float = 0) -> str:
    text = body.decode()
    header: str = WebhookSignature.generate_signature_header(text, secret, int(time.time() - ago))
    return header


def code(header: str | None, body: bytes, *secrets: str) -> str | None:
    """Why a webhook is refused; ``None`` if it is not."""
    try:
        StripeWebhook(secrets or (SECRET,)).authenticate(header, body)
    except SignatureError as error:
        return error.code
    return None


def read(body: bytes) -> PayoutNews | None:
    webhook = StripeWebhook([SECRET])
    webhook.authenticate(signed(body), body)
    return webhook.read(body)


def test_what_stripe_signed_is_a_hint_about_one_payment() -> None:
    asked_after = ProviderEvent(
        id="stripe/evt_1", action="payout.ask", document_id="payout/inv_1", reference="payout/inv_1/1"
    )
    assert read(event()) == PayoutNews("org_1", asked_after)


@pytest.mark.parametrize("secrets", [("whsec_newer", SECRET), (SECRET, "whsec_older")])
def test_two_secrets_are_live_while_they_are_changed(secrets: tuple[str, ...]) -> None:
    body = event()
    assert code(signed(body), body, *secrets) is None
    assert code(signed(body, "whsec_other"), body, *secrets) == "signature_mismatch"


@pytest.mark.parametrize("secrets", [("",), ("", " "), ("other",)])
def test_an_empty_or_foreign_secret_opens_nothing(secrets: tuple[str, ...]) -> None:
    body = event()
    assert code(signed(body, ""), body, *secrets) == "signature_mismatch"


def test_it_is_taken_for_five_minutes() -> None:
    body = event()
    assert code(signed(body, ago=290), body) is None
    assert code(signed(body, ago=310), body) == "signature_mismatch"


@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    body = event()
    header = signed(body)
    spoiled = bytearray(body)
    spoiled[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert code(header, bytes(spoiled)) == "signature_mismatch"
    raw = bytearray(header.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert code(raw.decode("latin-1"), body) is not None


@given(
    st.one_of(
        st.none(),
        st.text(max_size=120),
        st.from_regex(r"t=[-+0-9٠-٩e. ]{0,30},v1=[0-9a-fA-Fé]{0,70}\n?"),
        st.just(f"t={'9' * 5_000},v1=00"),
    ),
    st.binary(max_size=60),
    st.lists(st.text(max_size=10), max_size=3),
)
def test_garbage_is_refused_and_nothing_else_is_raised(
    header: str | None, body: bytes, secrets: list[str]
) -> None:
    assert code(header, body, *secrets) in ("signature_missing", "signature_mismatch")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"nope", b'{"id": "evt_1", "type": "payout.paid", "data": 1}']
)
def test_what_is_signed_and_no_event_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValidationError):
        read(body)


@pytest.mark.parametrize(
    "kind",
    [
        "transfer.reversed",
        "transfer.updated",
        "payout.paid",
        "payout.failed",
        "payout.canceled",
        "payout.updated",
    ],
)
def test_events_after_which_a_payment_may_stand_elsewhere(kind: str) -> None:
    assert read(event(kind, account="acct_1")) is not None


@pytest.mark.parametrize(
    "body",
    [
        event("payout.created"),
        event("transfer.created"),
        event("charge.succeeded"),
        event(metadata={}),
        event(metadata={"reference": "payout/inv_1/1"}),
        event(metadata={"reference": "../../organization", "organization_id": "org_1"}),
    ],
)
def test_other_events_are_not_about_our_payments(body: bytes) -> None:
    assert read(body) is None
