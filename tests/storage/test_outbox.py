"""The outbox: each notification goes to one relay at a time, and is not lost when that relay is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlmodel import select

from models.documents import Verification
from models.states import VerificationState
from models.tables import MemberRow, NotificationRow, real_now
from providers.http.notifications import LONGEST_TEXT, Notice
from relays.notifications import NotificationRelay, notice_of
from storage.database import Database
from storage.organizations.outbox import PendingNotification, give_back, lease, mark_sent
from storage.people.roles import add_member
from tests.storage.studio import NOON, Studio


def notify(studio: Studio, text: str = "You are verified.") -> None:
    document = Verification(id="verification", state=VerificationState.VERIFIED, since=NOON)
    studio.put(document, "verification.verify", message=text)


def run_out(database: Database) -> None:
    """Let all leases run out."""
    with database.transaction() as session:
        for row in session.exec(select(NotificationRow)):
            row.claimed_until = real_now() - timedelta(seconds=1)


def test_admins_are_told(studio: Studio) -> None:
    with studio.database.transaction() as session:
        add_member(session, MemberRow(organization_id=studio.id, subject="zoe", role="admin", name="Zoe"))
    notify(studio)
    [pending] = lease(studio.database, 10, 60)
    assert pending == PendingNotification(
        id=pending.id,
        organization_id=studio.id,
        kind="verification.verify",
        document_id="verification",
        text="You are verified.",
        recipients=["ada@tiny.example", "zoe"],
    )


def test_the_oldest_come_first_and_no_more_than_asked_for(studio: Studio) -> None:
    for text in ("one", "two", "three"):
        notify(studio, text)
    assert [pending.text for pending in lease(studio.database, 2, 60)] == ["one", "two"]
    assert [pending.text for pending in lease(studio.database, 2, 60)] == ["three"]
    assert lease(studio.database, 2, 60) == []


def test_a_lease_runs_out(studio: Studio) -> None:
    notify(studio)
    [first] = lease(studio.database, 10, 60)
    assert lease(studio.database, 10, 60) == []
    run_out(studio.database)
    assert lease(studio.database, 10, 60) == [first]
    with studio.database.reading() as session:
        assert session.exec(select(NotificationRow.tries)).one() == 2


def test_what_is_sent_is_done(studio: Studio) -> None:
    notify(studio)
    [pending] = lease(studio.database, 10, 60)
    mark_sent(studio.database, pending.id)
    give_back(studio.database, pending.id, 0)
    run_out(studio.database)
    assert lease(studio.database, 10, 60) == []


def test_what_is_given_back_is_due_again_later(studio: Studio) -> None:
    notify(studio)
    [pending] = lease(studio.database, 10, 60)
    give_back(studio.database, pending.id, 60)
    assert lease(studio.database, 10, 60) == []
    give_back(studio.database, pending.id, 0)
    assert lease(studio.database, 10, 60) == [pending]


def test_no_two_relays_get_the_same(studio: Studio) -> None:
    for number in range(60):
        notify(studio, str(number))
    ready = threading.Barrier(8)

    def relay(_: int) -> list[int]:
        ready.wait()
        mine: list[int] = []
        while batch := lease(studio.database, 4, 60):
            for pending in batch:
                mine.append(pending.id)
                mark_sent(studio.database, pending.id)
        return mine

    with ThreadPoolExecutor(8) as pool:
        taken = [pending_id for mine in pool.map(relay, range(8)) for pending_id in mine]
    assert len(taken) == len(set(taken)) == 60


class MailService:
    """Takes what it can; an odd mail makes it fail as nobody has foreseen."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, notice: Notice) -> None:
        notice.text.encode("ascii")
        self.sent.append(notice.text)


def test_a_mail_that_nobody_can_send_holds_up_no_other(studio: Studio) -> None:
    for text in ("one", "twö", "three"):
        notify(studio, text)
    service = MailService()
    relay = NotificationRelay(studio.database, service)
    assert relay.send_batch() == 3
    assert service.sent == ["one", "three"]
    run_out(studio.database)
    assert [pending.text for pending in lease(studio.database, 10, 60)] == ["twö"], "it is not lost"


def test_a_text_that_is_too_long_for_a_mail_is_sent_as_far_as_it_goes(studio: Studio) -> None:
    notify(studio, "Sorry. " + "x" * LONGEST_TEXT)
    [pending] = lease(studio.database, 10, 60)
    notice = notice_of(pending)
    assert (len(notice.text), notice.text[-1], notice.subject) == (LONGEST_TEXT, "…", "Sorry.")
