"""Stripe's webhooks: signed by Stripe, and no more than a hint to look."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from httpx2 import Response

from models.documents import Payout
from models.money import Money
from models.states import PayoutState
from tests.api.support.server import Server, problem
from tests.providers.stripe.test_signature import OURS, SECRET, event, signed
from tests.sandbox.box import Box

PAYOUT = Payout(
    id="payout/inv_stripe",
    state=PayoutState.IN_TRANSIT,
    since=datetime(2026, 1, 1, tzinfo=UTC),
    invoice_id="invoice/inv_stripe",
    amount=Money(amount=12_345),
    attempt=1,
    reference="payout/inv_stripe/1",
)


@pytest.fixture(scope="module")
def with_stripe(issuer: tuple[Box, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "MONETIZATION_PAYMENTS": "stripe",
        "MONETIZATION_STRIPE_WEBHOOK_SECRETS": f"whsec_newer, {SECRET}",
    }
    running = Server(issuer[0], tmp_path_factory.mktemp("stripe"), extra=settings).start()
    yield running
    running.stop()


def tell(server: Server, body: bytes, header: str | None) -> Response:
    headers = {"Stripe-Signature": header} if header is not None else {}
    return server.call("POST", "/v1/webhooks/stripe", content=body, headers=headers)


def test_only_what_stripe_signed_is_read(with_stripe: Server) -> None:
    body = event()
    refused = problem(tell(with_stripe, body, None), 401, "signature_missing")
    assert SECRET not in str(refused)
    for header in ("nonsense", "t=,v1=", signed(body, "whsec_other"), signed(body, ago=400), "t=1,v1=\u00e9"):
        raw = header.encode("utf-8")
        answer = with_stripe.http.post(
            with_stripe.url + "/v1/webhooks/stripe", content=body, headers={b"Stripe-Signature": raw}
        )
        problem(answer, 401, "signature_mismatch")
    problem(tell(with_stripe, body + b" ", signed(body)), 401, "signature_mismatch")
    problem(tell(with_stripe, b"\xff\xfe", signed(body)), 401, "signature_mismatch")
    problem(tell(with_stripe, b"[]", signed(b"[]")), 422, "invalid_request")


def test_the_other_signature_does_not_open_it(with_stripe: Server) -> None:
    problem(with_stripe.webhook("stripe", event()), 401, "signature_missing")


def test_a_hint_about_a_payment_of_ours_is_taken_to_its_workflow(with_stripe: Server) -> None:
    organization = with_stripe.settled_organization(PAYOUT)
    ours = {"reference": PAYOUT.reference or "", "organization_id": organization}
    body = event("payout.failed", ours)
    problem(tell(with_stripe, body, signed(body)), 503)  # Temporal is away: it is sent again
    foreign = event("payout.failed", {**ours, "organization_id": with_stripe.settled_organization()})
    problem(tell(with_stripe, foreign, signed(foreign)), 404)
    unknown = event("payout.failed", OURS)
    problem(tell(with_stripe, unknown, signed(unknown)), 404)


def test_what_does_not_concern_us_is_taken_and_forgotten(with_stripe: Server) -> None:
    for body in (
        event("charge.succeeded"),
        event(metadata={}),
        event(metadata={"reference": "../../organization", "organization_id": "org_1"}),
    ):
        assert tell(with_stripe, body, signed(body)).status_code == 200


def test_a_word_on_an_attempt_that_was_given_up_is_never_forgotten_however_long_ago(
    with_stripe: Server,
) -> None:
    over = {"id": "payout/inv_twice", "state": "closed", "attempt": 2, "reference": "payout/inv_twice/2"}
    organization = with_stripe.settled_organization(PAYOUT.model_copy(update=over))
    answers = []
    for attempt in (1, 2, 3):
        reference = f"payout/inv_twice/{attempt}"
        body = event(metadata={"reference": reference, "organization_id": organization})
        answers.append(tell(with_stripe, body, signed(body)).status_code)
    assert answers == [503, 503, 200], (
        "Temporal is away: what was sent is to be asked after, and is told again"
    )


def test_news_of_a_payout_that_is_closed_are_asked_after_since_its_money_may_have_come_back(
    with_stripe: Server,
) -> None:
    closed = PAYOUT.model_copy(
        update={"id": "payout/inv_closed", "state": "closed", "reference": "payout/inv_closed/1"}
    )
    organization = with_stripe.settled_organization(closed)
    body = event(metadata={"reference": "payout/inv_closed/1", "organization_id": organization})
    problem(tell(with_stripe, body, signed(body)), 503)  # Temporal is away: it is sent again


def test_it_is_not_there_where_stripe_moves_no_money(server: Server) -> None:
    body = event()
    problem(tell(server, body, signed(body)), 404)
