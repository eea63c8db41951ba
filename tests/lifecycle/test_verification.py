"""Business verification: the prerequisite of everything."""

from datetime import timedelta

import pytest

from models.commands import Role
from models.dossier import payments_blocked_by
from tests.lifecycle.life import DAY, MONDAY, Life, organization


def in_review() -> Life:
    life = Life()
    life.admin("verification.submit", submission_id="s1", country="DE")
    return life


def expiring(days: int = 100) -> Life:
    return Life().verified(expires_on=MONDAY + days * DAY)


def test_a_business_is_submitted_reviewed_and_verified() -> None:
    life = in_review()
    assert life.state("verification") == "in_review"
    assert life.effects[-1].name == "request_review"
    assert life.provider("verification.verify") == "verified"
    assert life.told == ["Your business is verified. Next: sign a contract."]


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("decline", "could_not_verify"),
        ("reject", "rejected"),
        ("request_information", "information_needed"),
    ],
)
def test_every_other_result_names_its_reasons(event: str, state: str) -> None:
    life = in_review()
    assert life.refused(Role.PROVIDER, f"verification.{event}") == "reason_missing"
    assert life.provider(f"verification.{event}", why="name_differs") == state
    assert [reason.code for reason in life["verification"].reasons] == ["name_differs"]


def test_what_could_not_be_verified_is_corrected_and_resubmitted() -> None:
    life = in_review()
    life.provider("verification.decline", why="name_differs")
    assert life.admin("verification.submit", submission_id="s2", country="DE") == "in_review"
    assert life["verification"].reasons == []


def test_a_rejection_is_a_ticket_to_the_operator() -> None:
    life = in_review()
    life.provider("verification.reject", why="sanctioned")
    assert life.refused(Role.ADMIN, "verification.submit", submission_id="s2", country="DE") == "wrong_state"
    assert life.operator("verification.reopen") == "could_not_verify"


def test_a_review_is_late_after_three_working_days_and_asked_after_daily() -> None:
    life = in_review()
    assert life.wait(2 * DAY) == []
    assert life.wait(DAY) == ["review_late"]
    assert life["verification"].late
    assert life.effects[-1].name == "ask_review"
    assert life.wait(2 * DAY) == ["review_late", "review_late"]
    assert life.provider("verification.verify") == "verified"
    assert not life["verification"].late


def test_a_weekend_does_not_make_a_review_late() -> None:
    life = Life()
    life.now = MONDAY + 4 * DAY  # a Friday
    life.admin("verification.submit", submission_id="s1", country="DE")
    assert life.wait(5 * DAY - timedelta(seconds=1)) == []
    assert life.wait(timedelta(seconds=1)) == ["review_late"]


def test_information_is_needed_by_a_deadline_and_stops_no_other_clock() -> None:
    life = in_review()
    life.provider("verification.request_information", why="proof_of_address")
    assert life.next_alarm("lapse") == MONDAY + 14 * DAY
    assert life.wait(13 * DAY) == ["remind", "remind"]
    assert [(event, (when - MONDAY).days) for event, when in life.rang] == [("remind", 7), ("remind", 12)]
    assert life.admin("verification.provide_information", submission_id="s2") == "in_review"
    assert life["verification"].information_due is None


def test_a_verification_lapses_when_the_deadline_passes() -> None:
    life = in_review()
    life.provider("verification.request_information", why="proof_of_address")
    assert life.wait(14 * DAY) == ["remind", "remind", "lapse"]
    assert life.state("verification") == "lapsed"
    assert life.refused(Role.ADMIN, "verification.provide_information", submission_id="s") == "wrong_state"
    assert life.admin("verification.submit", submission_id="s2", country="DE") == "in_review"


def test_news_about_an_earlier_request_change_nothing() -> None:
    life = in_review()
    old = life.command(Role.PROVIDER, "verification.verify", "verification")
    life.provider("verification.decline", why="name_differs")
    life.admin("verification.submit", submission_id="s2", country="DE")
    assert life.refusal(old).code == "stale"


# ---------------------------------------------------------------------- documents run out


def test_documents_must_be_valid_long_enough() -> None:
    life, facts = Life(), {"submission_id": "s1", "country": "DE"}
    at_the_limit = life.refused(Role.ADMIN, "verification.submit", expires_on=MONDAY + 30 * DAY, **facts)
    assert at_the_limit == "document_expires_too_soon"
    assert life.admin("verification.submit", expires_on=MONDAY + 31 * DAY, **facts) == "in_review"
    assert life["verification"].expires_on == MONDAY + 31 * DAY


def test_a_document_without_an_expiry_never_expires() -> None:
    life = Life().verified()
    assert life.wait(3_650 * DAY) == []


def test_an_expiry_is_warned_of_30_14_and_7_days_before() -> None:
    life = expiring(100)
    life.wait(101 * DAY)
    assert [(event, (when - MONDAY).days) for event, when in life.rang] == [
        ("warn_expiry", 70),
        ("warn_expiry", 86),
        ("warn_expiry", 93),
        ("expire", 100),
    ]
    assert life.state("verification") == "expired"


def test_an_expired_business_is_not_paid_until_it_is_verified_again() -> None:
    life = organization()
    life.operator("verification.suspend", why="check")
    assert payments_blocked_by(life.dossier) == "verification_suspended"
    life.operator("verification.reinstate")
    assert payments_blocked_by(life.dossier) is None
    life.admin("verification.renew", submission_id="s", expires_on=life.now + 40 * DAY)
    life.provider("verification.verify")
    life.wait(40 * DAY)
    assert payments_blocked_by(life.dossier) == "verification_expired"
    life.admin("verification.submit", submission_id="s", country="DE")
    assert payments_blocked_by(life.dossier) == "not_verified"
    life.provider("verification.request_information", why="proof_of_address")
    assert payments_blocked_by(life.dossier) == "not_verified"
    life.admin("verification.provide_information", submission_id="s")
    life.provider("verification.verify")
    assert payments_blocked_by(life.dossier) is None
    assert life.effects[-1].name == "tell_payouts"


def test_expired_documents_are_replaced_by_ones_that_never_expire() -> None:
    life = expiring(100)
    life.wait(100 * DAY)
    assert life.admin("verification.submit", submission_id="s2", country="DE") == "in_review"
    assert life.provider("verification.verify") == "verified"
    assert life.wait(1_000 * DAY) == []


def test_a_renewal_is_possible_on_the_very_day_of_the_first_warning() -> None:
    life = expiring(100)
    assert life.wait(70 * DAY) == ["warn_expiry"]
    renewed = life.now + 400 * DAY
    assert life.admin("verification.renew", submission_id="s2", expires_on=renewed) == "renewing"
    assert life["verification"].expires_on == MONDAY + 100 * DAY, "the old documents are in force meanwhile"
    assert life.provider("verification.verify") == "verified"
    assert life["verification"].expires_on == renewed


def test_a_declined_renewal_leaves_the_documents_in_force() -> None:
    life = expiring(100)
    life.admin("verification.renew", submission_id="s2", expires_on=MONDAY + 500 * DAY)
    assert life.provider("verification.decline", why="unreadable") == "verified"
    assert life["verification"].expires_on == MONDAY + 100 * DAY
    assert life["verification"].proposed_expires_on is None


def test_documents_that_run_out_during_a_renewal_stop_payments_but_not_the_review() -> None:
    life = organization()
    life.admin("verification.renew", submission_id="s", expires_on=life.now + 40 * DAY)
    life.provider("verification.verify")
    life.wait(35 * DAY)
    life.admin("verification.renew", submission_id="s", expires_on=life.now + 400 * DAY)
    assert "expire" in life.wait(5 * DAY)
    assert life.state("verification") == "in_review"
    assert payments_blocked_by(life.dossier) == "not_verified"
    assert life.provider("verification.verify") == "verified"
    assert "expire" not in life.wait(300 * DAY)


def test_documents_that_run_out_during_a_review_are_not_valid() -> None:
    life = Life()
    life.admin("verification.submit", submission_id="s", country="DE", expires_on=MONDAY + 31 * DAY)
    life.wait(32 * DAY)
    assert life.provider("verification.verify") == "expired"


def test_a_suspension_does_not_outlive_the_documents() -> None:
    life = expiring(100)
    life.operator("verification.suspend", why="check")
    life.wait(101 * DAY)
    assert life.state("verification") == "suspended"
    assert life.operator("verification.reinstate") == "expired"


def test_an_expiry_without_an_offset_is_meant_in_utc() -> None:
    life = Life().verified(expires_on="2027-03-01")
    assert life["verification"].expires_on.isoformat() == "2027-03-01T00:00:00+00:00"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE, Role.PIPELINE, Role.CLOCK])
def test_only_reviewers_verify(role: Role) -> None:
    assert in_review().refused(role, "verification.verify") == "wrong_role"
