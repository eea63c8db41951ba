"""Of what kind it is what people are told: by that they choose how they hear of it."""

from datetime import UTC, datetime

import pytest

from lifecycle.machines import RULES
from lifecycle.views.topics import topic
from models.documents import AnyDocument, PayoutAccount, Qualification
from models.mail.topics import Topic
from models.states import PayoutAccountState, QualificationState
from tests.lifecycle.test_words import EXAMPLES

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DOCUMENTS: dict[str, AnyDocument] = {
    **{document.machine: document for document in EXAMPLES},
    "qualification": Qualification(id="qualification", state=QualificationState.IN_REVIEW, since=NOON),
    "payout_account": PayoutAccount(id="payout_account", state=PayoutAccountState.ACTIVE, since=NOON),
}


@pytest.mark.parametrize(
    ("action", "state", "expected"),
    [
        ("statement.issue", "pending_confirmation", Topic.YOUR_TURN),
        ("statement.remind", "pending_confirmation", Topic.REMINDER),
        ("invoice.pay", "paid", Topic.MONEY),
        ("qualification.approve", "approved", Topic.PROGRESS),
        ("qualification.decline", "could_not_verify", Topic.YOUR_TURN),
        ("payout_account.change", "change_in_review", Topic.SECURITY),
        ("payout_account.finish_change", "active", Topic.SECURITY),
    ],
)
def test_a_topic_follows_from_the_rule_and_where_it_led(action: str, state: str, expected: Topic) -> None:
    machine, _, event = action.partition(".")
    [rule] = [rule for rule in RULES[machine, event] if rule.target == state][:1]
    document = DOCUMENTS[machine].model_copy(update={"state": state})
    assert topic(rule, document) is expected
