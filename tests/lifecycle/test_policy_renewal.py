"""A renewed policy holds for what begins from then on; what runs keeps the date that it began with."""

from lifecycle.views.payout_timing import from_review
from models.programme.clock import add_working_days
from models.programme.policy import Policy
from tests.lifecycle.life import DAY, MONDAY, Life

OLD = Policy(since=MONDAY)
LONGER = Policy(
    version=2,
    since=MONDAY + 2 * DAY,
    earlier=(OLD,),
    verification_review_days=8,
    qualification_review_days=9,
    confirm_days=50,
    confirm_reminders=(20,),
    information_days=30,
)


def test_a_review_that_runs_is_late_when_it_was_to_be_and_the_next_by_the_new_policy() -> None:
    life = Life(policy=OLD)
    life.admin("verification.submit", submission_id="s1", country="DE")
    before = life.next_alarm("review_late")
    life.now, life.policy = LONGER.since or MONDAY, LONGER
    assert life.next_alarm("review_late") == before == add_working_days(MONDAY, 3)
    life.provider("verification.request_information", why="unreadable")
    life.admin("verification.provide_information", submission_id="s2")
    assert life.next_alarm("review_late") == add_working_days(life.now, 8)


def test_a_statement_keeps_its_date_and_its_reminders() -> None:
    life = Life(policy=OLD)
    life.statement(1)
    life.wait(2 * DAY)
    life.policy = LONGER
    life.statement(2)
    life.wait(60 * DAY)
    reminded = [(at - MONDAY).days for event, at in life.rang if event == "remind"]
    confirmed = [(at - MONDAY).days for event, at in life.rang if event == "auto_confirm"]
    assert (reminded, confirmed) == ([14, 21, 26, 32], [28, 52])


def test_a_forecast_goes_by_the_same_dates() -> None:
    life = Life(policy=OLD).verified().signed().account()
    invoice = life.confirmed()
    life.admin("invoice.submit", "invoice/1", **life.invoice_facts(invoice))
    under_review = life["invoice/1"]
    before = from_review(under_review, life.dossier, life.now, OLD)
    longer = LONGER.model_copy(update={"since": life.now + DAY, "invoice_review_days": 30})
    assert from_review(under_review, life.dossier, life.now, longer) == before
    later = under_review.model_copy(update={"since": life.now + DAY})
    assert from_review(later, life.dossier, life.now + DAY, longer) > before
