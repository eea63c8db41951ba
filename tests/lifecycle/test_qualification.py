"""Industry qualification: one time, by a verified business."""

import pytest

from models.commands import Role
from tests.lifecycle.life import DAY, Life


def in_review() -> Life:
    life = Life().verified()
    life.admin("qualification.submit", submission_id="s")
    return life


def test_it_needs_a_verified_business() -> None:
    assert Life().refused(Role.ADMIN, "qualification.submit", submission_id="s") == "not_verified"


def test_it_is_approved_once_and_for_all() -> None:
    life = in_review()
    assert life.provider("qualification.approve") == "approved"
    assert life.refused(Role.ADMIN, "qualification.submit", submission_id="s") == "wrong_state"


def test_what_could_not_be_verified_is_resubmitted() -> None:
    life = in_review()
    assert life.provider("qualification.decline", why="game_not_found") == "could_not_verify"
    assert life.admin("qualification.submit", submission_id="s2") == "in_review"


def test_a_rejection_is_a_ticket_to_the_operator() -> None:
    life = in_review()
    assert life.provider("qualification.reject", why="owner_differs") == "rejected"
    assert life.refused(Role.ADMIN, "qualification.submit", submission_id="s2") == "wrong_state"
    assert life.operator("qualification.reopen") == "could_not_verify"


@pytest.mark.parametrize("event", ["decline", "reject"])
def test_a_refusal_says_why(event: str) -> None:
    assert in_review().refused(Role.PROVIDER, f"qualification.{event}") == "reason_missing"


def test_a_review_is_late_after_three_working_days() -> None:
    life = in_review()
    assert life.wait(3 * DAY) == ["review_late"]
