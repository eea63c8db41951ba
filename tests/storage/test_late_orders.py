"""Orders that reach the bank long after they were given up: a frozen worker's, a queued one's, one sent again."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.payments import is_too_late
from models.commands import Accepted
from models.documents import Payout
from models.reasons.failures import NOT_TAKEN
from models.wire.steps import ExternalStep
from storage.database import Database
from tests.storage.bank import LATE, BankedProgramme
from tests.storage.programme import DAY, POLICY

NOW = datetime(2026, 3, 6, tzinfo=UTC)


@pytest.fixture
def programme(database: Database) -> BankedProgramme:
    return BankedProgramme(database)


def sent(programme: BankedProgramme, *moods: str) -> Payout:
    """A payout that left in moods of the bank, some days later."""
    programme.bank.moods.extend(moods)
    payout_id = programme.sent(programme.confirmed())
    programme.wait(DAY)
    payout = programme.document(payout_id)
    assert isinstance(payout, Payout)
    return payout


@pytest.mark.parametrize(
    "moods", [(LATE,), (LATE, LATE), (LATE, "lost", LATE), ("lost", LATE), (LATE, "busy")]
)
def test_however_late_an_order_arrives_the_bank_takes_one_payment(
    programme: BankedProgramme, moods: tuple[str, ...]
) -> None:
    payout = sent(programme, *moods)
    programme.wait(5 * DAY)
    programme.wait(10 * DAY)
    assert not programme.bank.moods, "each order met its mood"
    programme.bank.late_orders_arrive()
    assert list(programme.bank.transfers) == [f"{payout.id}/1"]
    programme.bank.move(f"{payout.id}/1", "paid")
    assert isinstance(programme.hear(f"{payout.id}/1"), Accepted)
    assert programme.state(payout.id) == "paid"


@pytest.mark.parametrize("changed", ["sent_at", "reference", "state"])
def test_nothing_is_sent_that_the_database_no_longer_has_open(
    programme: BankedProgramme, changed: str
) -> None:
    payout = sent(programme, "lost")
    old = {"sent_at": NOW, "reference": "payout/inv_x/9", "state": payout.state}[changed]
    frozen = payout.model_copy(update={"state": "sending", changed: old})
    step = ExternalStep(
        organization_id=programme.id,
        document=frozen,
        reference=frozen.reference or "",
        policy=POLICY,
        now=programme.now,
    )
    before = dict(programme.bank.transfers)
    assert programme.steps.send_payment(step).command is None
    assert programme.bank.transfers == before


@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (1, True), (3_600, True)])
def test_an_order_is_too_late_once_its_time_is_over_by_the_wall_clock(seconds: int, late: bool) -> None:
    environment = ActivityEnvironment()
    ends = environment.info.started_time + (environment.info.start_to_close_timeout or timedelta())
    found = environment.run(is_too_late, ends + timedelta(seconds=seconds))
    assert found is late


def test_what_came_to_nothing_before_it_was_looked_at_is_known_by_its_code() -> None:
    assert {"deadline_passed", "rate_limited", "unreachable", "not_processed"} <= NOT_TAKEN
    assert not NOT_TAKEN & {"insufficient_funds", "declined", "account_closed", "bank_processing_error"}
