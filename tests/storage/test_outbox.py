"""The outbox: each letter goes to one relay at a time, and is not lost when that relay is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlmodel import col, select

from api.services.organizations.inbox import InboxView, folded, show_notification
from models.commands import Actor, Role
from models.documents import FailureClass, PayoutAccount, Statement, Stream, Verification
from models.mail.topics import Delivery, Profile, Topic
from models.money import Money
from models.programme.clock import ProgrammeClock
from models.states import PayoutAccountState, StatementState, VerificationState
from models.tables import (
    DigestRow,
    DocumentRow,
    MemberRow,
    NotificationRow,
    StaffRow,
    real_now,
)
from providers.failures import ProviderFailure
from providers.http.notifications import LONGEST_TEXT, Notice
from relays.notifications import NotificationRelay
from storage.database import Database
from storage.mail.outbox import give_back, lease, mark_sent
from storage.organizations import inbox
from storage.organizations.decisions import record
from storage.people.profiles import choose
from storage.people.roles import add_member
from tests.storage.studio import NOON, POLICY, Studio

CONSOLE = "https://console.example"


def notify(studio: Studio, text: str = "You are verified.", **how: object) -> None:
    document = Verification(id="verification", state=VerificationState.VERIFIED, since=NOON)
    studio.put(document, "verification.verify", message=text, **how)


def statement(statement_id: str = "st_1") -> Statement:
    return Statement(
        id=f"statement/{statement_id}",
        state=StatementState.PENDING_CONFIRMATION,
        since=NOON,
        stream=Stream.IAA,
        period_start=date(2026, 10, 1),
        period_end=date(2026, 10, 15),
        net=Money(amount=42_075),
    )


def texts(studio: Studio, limit: int = 10) -> list[str]:
    """What the letters say that are leased now."""
    return [told.text for letter, _ in lease(studio.database, limit, 60) for told in letter.notifications]


def run_out(database: Database) -> None:
    """Let all leases run out."""
    with database.transaction() as session:
        for row in session.exec(select(NotificationRow)):
            row.claimed_until = real_now() - timedelta(seconds=1)


def colleague(studio: Studio, subject: str, email: str | None = None, profile: Profile | None = None) -> None:
    """Another admin of the organization."""
    with studio.database.transaction() as session:
        row = MemberRow(
            organization_id=studio.id, subject=subject, role="admin", name=subject.title(), email=email
        )
        add_member(session, row)
        if profile:
            choose(session, subject, profile)


class MailService:
    """Takes mails; one with an odd letter makes it fail as nobody has foreseen, and some mailboxes are gone."""

    def __init__(self, *gone: str) -> None:
        self.sent: list[Notice] = []
        self.gone = set(gone)

    def send(self, notice: Notice) -> None:
        if self.gone & set(notice.recipients):
            raise ProviderFailure(FailureClass.TRANSIENT, "recipients_refused")
        if "twö" in notice.text:
            raise UnicodeError(notice.id)
        self.sent.append(notice)

    def to(self, address: str) -> list[Notice]:
        """What came for somebody."""
        return [notice for notice in self.sent if notice.recipients == [address]]


def relay_to(studio: Studio, service: MailService) -> NotificationRelay:
    return NotificationRelay(studio.database, service, CONSOLE, ProgrammeClock())


def test_admins_are_told(studio: Studio) -> None:
    colleague(studio, "zoe")
    notify(studio)
    [(letter, recipients)] = lease(studio.database, 10, 60)
    [told] = letter.notifications
    assert (letter.organization, told.kind, told.document_id, told.text) == (
        "Tiny Games",
        "verification.verify",
        "verification",
        "You are verified.",
    )
    assert [reader.address for reader in recipients] == ["ada@tiny.example", "zoe"]


def test_the_oldest_come_first_and_no_more_than_asked_for(studio: Studio) -> None:
    for text in ("one", "two", "three"):
        notify(studio, text)
    assert texts(studio, 2) == ["one", "two"]
    assert texts(studio, 2) == ["three"]
    assert texts(studio, 2) == []


def test_a_lease_runs_out(studio: Studio) -> None:
    notify(studio)
    first = lease(studio.database, 10, 60)
    assert lease(studio.database, 10, 60) == []
    run_out(studio.database)
    assert lease(studio.database, 10, 60) == first
    with studio.database.reading() as session:
        assert session.exec(select(NotificationRow.tries)).one() == 2


def test_what_is_sent_is_done(studio: Studio) -> None:
    notify(studio)
    [(letter, _)] = lease(studio.database, 10, 60)
    mark_sent(studio.database, letter.ids)
    give_back(studio.database, letter.ids, 0)
    run_out(studio.database)
    assert lease(studio.database, 10, 60) == []


def test_what_is_given_back_is_due_again_later(studio: Studio) -> None:
    notify(studio)
    [(letter, _)] = lease(studio.database, 10, 60)
    give_back(studio.database, letter.ids, 60)
    assert lease(studio.database, 10, 60) == []
    give_back(studio.database, letter.ids, 0)
    assert texts(studio) == ["You are verified."]


def test_no_two_relays_get_the_same(studio: Studio) -> None:
    for number in range(60):
        notify(studio, str(number))
    ready = threading.Barrier(8)

    def relay(_: int) -> list[int]:
        ready.wait()
        mine: list[int] = []
        while batch := lease(studio.database, 4, 60):
            for letter, _recipients in batch:
                mine += letter.ids
                mark_sent(studio.database, letter.ids)
        return mine

    with ThreadPoolExecutor(8) as pool:
        taken = [pending_id for mine in pool.map(relay, range(8)) for pending_id in mine]
    assert len(taken) == len(set(taken)) == 60


def test_what_one_command_led_to_is_one_mail_however_few_are_leased_at_once(studio: Studio) -> None:
    steps = [
        studio.transition(
            statement(f"st_{number}"), "statement.pay", command_id="payment", index=number, message="Paid."
        )
        for number in range(4)
    ]
    record(studio.database, studio.id, steps, POLICY)
    assert texts(studio, 1) == ["Paid."] * 4


def test_a_mail_that_nobody_can_send_holds_up_no_other(studio: Studio) -> None:
    for text in ("one", "twö", "three"):
        notify(studio, text)
    service = MailService()
    assert relay_to(studio, service).send_batch() == 3
    assert ["one" in notice.text for notice in service.sent] == [True, False]
    run_out(studio.database)
    assert texts(studio) == ["twö"], "it is not lost"


def test_a_mailbox_that_is_gone_keeps_nobody_else_from_their_mail_and_brings_it_to_nobody_twice(
    studio: Studio,
) -> None:
    colleague(studio, "zoe", "zoe@tiny.example")
    notify(studio)
    service = MailService("ada@tiny.example")
    for _ in range(3):
        relay_to(studio, service).send_batch()
        run_out(studio.database)
    assert [notice.recipients for notice in service.sent] == [["zoe@tiny.example"]]
    service.gone.clear()
    relay_to(studio, service).send_batch()
    assert [notice.recipients for notice in service.sent] == [["zoe@tiny.example"], ["ada@tiny.example"]]


def test_a_text_that_is_too_long_for_a_mail_is_sent_as_far_as_it_goes(studio: Studio) -> None:
    notify(studio, "Sorry. " + "x" * LONGEST_TEXT)
    service = MailService()
    relay_to(studio, service).send_batch()
    assert (len(service.sent[0].text), service.sent[0].text[-1]) == (LONGEST_TEXT, "…")


def test_a_mail_says_what_it_is_about_and_leads_to_the_very_page(studio: Studio) -> None:
    studio.put(statement(), "statement.issue", message="Confirm it, or appeal it.")
    service = MailService()
    relay_to(studio, service).send_batch()
    [notice] = service.sent
    assert notice.subject == "Tiny Games: The statement for in-app ads, 1–15 October 2026 is ready: $420.75"
    assert f"{CONSOLE}/organizations/{studio.id}/revenue/statements/st_1" in notice.text
    assert "Confirm it, or appeal it." in notice.text and "st_1" not in notice.subject
    assert notice.subject.removeprefix("Tiny Games: ") == notice.text.splitlines()[0]
    assert f'href="{CONSOLE}/organizations/{studio.id}/revenue/statements/st_1"' in notice.html


def test_who_has_asked_for_another_bank_account_is_named_to_the_others(studio: Studio) -> None:
    colleague(studio, "zoe", "zoe@tiny.example")
    account = PayoutAccount(id="payout_account", state=PayoutAccountState.CHANGE_IN_REVIEW, since=NOON)
    asked_by = studio.admin
    studio.put(account, "payout_account.change", actor=asked_by, message="Payments wait until it is done.")
    service = MailService()
    relay_to(studio, service).send_batch()
    assert service.to("zoe@tiny.example")[0].subject.startswith("Tiny Games: Ada asked to change the payout")
    assert service.to("ada@tiny.example")[0].subject.startswith("Tiny Games: You asked to change the payout")
    assert "/payout-account" in service.to("zoe@tiny.example")[0].text


def test_a_name_cannot_become_html(studio: Studio) -> None:
    notify(studio, "<b>You</b> are verified.")
    service = MailService()
    relay_to(studio, service).send_batch()
    assert "<b>You</b>" not in service.sent[0].html and "&lt;b&gt;You" in service.sent[0].html


def due(database: Database) -> None:
    """Let the morning come at which digests are sent."""
    with database.transaction() as session:
        for row in session.exec(select(DigestRow).where(col(DigestRow.sent_at).is_(None))):
            row.due_at = real_now() - timedelta(seconds=1)


def test_whoever_wants_it_so_gets_the_news_of_a_day_as_one_mail(studio: Studio) -> None:
    daily = Profile(time_zone="Asia/Tokyo", mail={Topic.PROGRESS: Delivery.DIGEST})
    colleague(studio, "zoe", "zoe@tiny.example", daily)
    service = MailService()
    relay = relay_to(studio, service)
    for text in ("one", "two"):
        notify(studio, text, topic=Topic.PROGRESS)
    relay.send_batch()
    assert len(service.to("ada@tiny.example")) == 2 and service.to("zoe@tiny.example") == []
    assert relay.send_digests() == 0, "its morning has not come"
    with studio.database.reading() as session:
        [planned] = session.exec(select(DigestRow))
    assert planned.due_at.hour == 23, "eight o'clock in Tokyo"
    due(studio.database)
    assert relay.send_digests() == 1 and relay.send_digests() == 0
    [digest] = service.to("zoe@tiny.example")
    assert digest.subject == "Tiny Games: 1 thing to know", "of one document only what came last"


def test_nobody_is_told_in_a_digest_of_an_organization_that_they_have_left(studio: Studio) -> None:
    colleague(studio, "zoe", "zoe@tiny.example", Profile(mail={Topic.PROGRESS: Delivery.DIGEST}))
    service = MailService()
    notify(studio, topic=Topic.PROGRESS)
    relay_to(studio, service).send_batch()
    with studio.database.transaction() as session:
        session.delete(session.get(MemberRow, (studio.id, "zoe")))
    due(studio.database)
    relay_to(studio, service).send_digests()
    assert service.to("zoe@tiny.example") == []


def test_who_wants_no_mail_of_a_topic_finds_it_in_the_inbox_only(studio: Studio) -> None:
    colleague(studio, "zoe", "zoe@tiny.example", Profile(mail={Topic.PROGRESS: Delivery.INBOX}))
    service = MailService()
    notify(studio, topic=Topic.PROGRESS)
    relay_to(studio, service).send_batch()
    assert service.to("zoe@tiny.example") == [] and service.to("ada@tiny.example") != []


def test_the_staff_hear_in_the_morning_of_what_waits_for_them_and_of_what_is_late(studio: Studio) -> None:
    with studio.database.transaction() as session:
        for row in session.exec(select(StaffRow)):
            row.email = "olga@platform.example" if row.role == "operator" else None
        document = session.get(DocumentRow, (studio.id, "verification"))
        assert document is not None
        document.waits_for, document.facts = "operator", {**document.facts, "late": True}
    service = MailService()
    relay = relay_to(studio, service)
    for _ in range(3):
        relay.plan_queue_digests()
    due(studio.database)
    assert relay.send_digests() == 1, "however often it is planned"
    [notice] = service.to("olga@platform.example")
    assert notice.subject == "1 case waits for you"
    assert "1 of them is late." in notice.text
    assert f"{CONSOLE}/operators" in notice.text


def test_the_staff_are_not_told_of_an_empty_queue(studio: Studio) -> None:
    with studio.database.transaction() as session:
        for row in session.exec(select(StaffRow)):
            row.email = "olga@platform.example"
    service = MailService()
    relay_to(studio, service).plan_queue_digests()
    with studio.database.reading() as session:
        assert session.exec(select(DigestRow)).all() == []


def test_an_operator_is_named_to_no_organization(studio: Studio) -> None:
    notify(studio, actor=Actor(role=Role.OPERATOR, id="olga"))
    service = MailService()
    relay_to(studio, service).send_batch()
    assert "Olga" not in service.sent[0].text and "olga" not in service.sent[0].html


def test_whoever_is_only_invited_reads_our_words_first_and_never_the_organizations_own(
    studio: Studio,
) -> None:
    with studio.database.transaction() as session:
        session.add(
            NotificationRow(
                organization_id=studio.id,
                command_id="ivt_1",
                position=0,
                kind="member.invite",
                document_id="members",
                text="You are invited to join an organization here as an admin. Organization: “Tiny Games”",
                recipient="zoe@elsewhere.example",
                at=NOON,
            )
        )
    service = MailService()
    relay_to(studio, service).send_batch()
    [notice] = service.sent
    assert notice.recipients == ["zoe@elsewhere.example"]
    assert notice.subject == "You are invited to join an organization here as an admin."
    assert studio.id not in notice.text


def test_no_name_in_a_mail_becomes_a_link(database: Database) -> None:
    studio = Studio(database, "Locked: https://evil.example/now")
    studio.put(statement(), "statement.issue", message="Confirm it, or appeal it.")
    service = MailService()
    relay_to(studio, service).send_batch()
    assert "evil.example" not in service.sent[0].subject + service.sent[0].text + service.sent[0].html


def test_reminders_of_the_same_are_one_line_of_the_inbox_and_one_unread(studio: Studio) -> None:
    for _ in range(3):
        notify(studio, "Please look at it.", topic=Topic.REMINDER)
    for _ in range(2):
        notify(studio)
    with studio.database.reading() as session:
        rows = inbox.notifications(session, studio.id, 10, None).data
        assert len(rows) == 5
        assert inbox.unread(session, studio.id, "ada") == 3
    view = InboxView(data=[show_notification(row, 0) for row in rows], has_more=False, unread=3)
    assert sorted(line.count for line in folded(view)) == [1, 1, 3]
