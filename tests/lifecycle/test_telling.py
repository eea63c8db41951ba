"""What an organization and its payouts tell each other."""

import pytest

from lifecycle.messages import schedule_payout, tell_organization, tell_payout
from lifecycle.steps.payout.states import STATES
from models.documents import FailureClass
from models.states import PayoutState
from tests.lifecycle.life import LARGE, Life, organization, payout, sent

ONE = "payout/1"


@pytest.mark.parametrize(("state", "event"), [(state.name, state.news) for state in STATES if state.news])
def test_what_a_payout_stands_for(state: PayoutState, event: str) -> None:
    document = payout()[ONE].model_copy(
        update={"state": state, "failure_class": FailureClass.ACCOUNT, "failure_code": "no_account"}
    )
    told = tell_organization(document)
    assert told is not None
    assert (told.id, told.action, told.document_id) == (
        f"payout/1@{document.revision}",
        f"invoice.{event}",
        "invoice/1",
    )


@pytest.mark.parametrize(
    "state", ["held", "retrying", "outcome_unknown", "outcome_unresolved", "resolution_proposed"]
)
def test_what_is_no_news_to_the_invoice(state: str) -> None:
    assert tell_organization(payout()[ONE].model_copy(update={"state": state})) is None


def test_waiting_for_an_account_is_a_failure_only_when_something_failed() -> None:
    assert tell_organization(payout(account_usable=False)[ONE]) is None


def test_a_refused_account_is_named() -> None:
    life = sent()
    life.provider("payout.fail_account", ONE, failure_code="no_account")
    told = tell_organization(life[ONE])
    assert told is not None
    assert told.facts == {
        "failure_class": "account",
        "failure_code": "no_account",
        "refused_account": "account-1",
    }


def test_a_payout_is_scheduled_with_the_account_and_who_approved_the_invoice() -> None:
    life = organization()
    life.invoiced(life.confirmed(1, LARGE))
    told = schedule_payout(life.dossier, life["invoice/1"])
    assert (told.document_id, told.facts["initiated_by"], told.facts["account_usable"]) == (
        "payout/1",
        "otto",
        True,
    )
    other = Life(life.dossier.model_copy(update={"documents": {}}))
    assert other.take(told) == "awaiting_approval"
    assert schedule_payout(life.dossier, life["invoice/1"]) == told, "the same message has the same id"


def test_the_id_of_a_message_follows_from_what_it_says() -> None:
    life = organization()
    first = tell_payout(life.dossier, "invoice/1")
    assert first == tell_payout(life.dossier, "invoice/1")
    life.admin("payout_account.change", proposed_submission_id="account-2")
    second = tell_payout(life.dossier, "invoice/1")
    assert second.id != first.id
    assert (second.facts["account_usable"], second.facts["blocked_by"]) == (False, "bank_change")
    life.operator("verification.suspend", why="check")
    assert tell_payout(life.dossier, "invoice/1").id not in (first.id, second.id)
