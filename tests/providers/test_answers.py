"""What a provider answers means one thing, or nothing."""

import pytest
from pydantic import ValidationError

from providers.http.reviews import ReviewAnswer
from providers.payments.messages import PaymentRecordPage, PaymentResult

PAID = '{"provider_id": "p1", "reference": "payout/inv_1/1", "status": "paid"}'
PAGE = '{"payments": [], "next_cursor": null, "has_more": false}'
REVIEW = '{"event": null}'


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (PaymentResult, PAID.replace("{", '{"status": "failed", ')),
        (PaymentResult, PAID.replace("}", ', "st\\u0061tus": "failed"}')),
        (PaymentResult, PAID.replace("}", ', "more": {"a": 1, "a": 2}}')),
        (PaymentRecordPage, PAGE.replace("[]", '[{"status": "paid", "status": "failed"}]')),
        (PaymentRecordPage, PAGE.replace("}", ', "has_more": true}')),
        (PaymentResult, "[" * 100_000),
        (PaymentResult, PAID + PAID),
    ],
)
def test_a_name_that_occurs_twice_in_an_answer_is_no_answer(kind: type[PaymentResult], answer: str) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate_json(answer)


def test_an_answer_may_say_more_than_we_know() -> None:
    more = PAID.replace("}", ', "fee": {"amount": 1}, "fees": [{"amount": 1}, {"amount": 1}]}')
    assert PaymentResult.model_validate_json(more).status == "paid"
    assert not PaymentRecordPage.model_validate_json(PAGE.encode()).has_more
    with pytest.raises(ValidationError):
        ReviewAnswer.model_validate_json('{"event": 1, "event": 2}')
