"""Notifications: what was written with its transition is sent after it, once, however often it takes.

All that one command led to is one mail to each person. Who has chosen so gets it with the other news of a day.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from mails.compose import Item, Link, Mail, Writer
from mails.languages import writer
from models.mail.letters import Letter, Recipient
from models.mail.topics import Delivery, Profile, Topic
from models.programme.clock import ProgrammeClock
from models.tables import DigestRow
from providers.http.notifications import LONGEST_HTML, LONGEST_TEXT, Notice
from providers.protocols import Notifications, ProviderFailure
from storage.database import Database
from storage.mail import digests, outbox
from storage.people import staff_desk

BATCH = 50
LEASE_SECONDS = 60.0
PAUSE_SECONDS = 1.0
RETRY_SECONDS = 10.0
ODD_RETRY_SECONDS = 600.0
"""After how long a mail is tried again that could not even be made: only another release may fix that."""

MORNING = 8
"""The hour at which digests come, where their reader is."""

log = structlog.get_logger("notifications")


class NotificationRelay:
    """Empties the outbox; it runs beside the activities in every worker, and rows are leased to one at a time.

    Args:
        console: the address of the console, to which mails lead.
        clock: by which days pass.
    """

    def __init__(
        self, database: Database, notifications: Notifications, console: str, clock: ProgrammeClock
    ) -> None:
        self.database, self.notifications = database, notifications
        self.console, self.clock = console, clock

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            sent = 0
            for batch in (self.send_batch, self.send_digests, self.plan_queue_digests):
                try:
                    sent = max(sent, await asyncio.to_thread(batch))
                except Exception:
                    log.exception("outbox not reached")
            if sent < BATCH:
                await asyncio.sleep(PAUSE_SECONDS)

    def send_batch(self) -> int:
        """Send what is due at once; returns how many letters were tried."""
        pending = outbox.lease(self.database, BATCH, LEASE_SECONDS)
        for letter, recipients in pending:
            wait = pause_after(partial(self.deliver, letter, recipients), letter.organization_id)
            if wait is None:
                outbox.mark_sent(self.database, letter.ids)
            else:
                outbox.give_back(self.database, letter.ids, wait)
        return len(pending)

    def send_digests(self) -> int:
        """Send the digests whose morning has come; returns how many were tried."""
        pending = digests.lease(self.database, BATCH, LEASE_SECONDS)
        for digest in pending:
            wait = pause_after(partial(self.deliver_digest, digest))
            if wait is None:
                digests.mark_sent(self.database, digest.id)
            else:
                digests.give_back(self.database, digest.id, wait)
        return len(pending)

    def plan_queue_digests(self) -> int:
        """Have the staff for whom something waits told of it in the morning."""
        with self.database.reading() as session:
            mornings = {one: self.morning(profile) for one, profile in digests.staff_with_work(session)}
            missing = digests.unplanned(session, mornings)
        if missing:
            with self.database.transaction() as session:
                for subject in missing:
                    digests.plan_queue_digest(session, subject, mornings[subject])
        return 0

    def deliver(self, letter: Letter, recipients: list[Recipient]) -> None:
        """Have each reader of a letter told as they have chosen; one who cannot be reached keeps no other waiting."""
        topic = min((told.topic for told in letter.notifications), key=list(Topic).index)
        done = outbox.have_got(self.database, letter.id)
        failure: ProviderFailure | None = None
        for reader in recipients:
            if reader.key in done:
                continue
            try:
                self.tell(letter, reader, topic)
            except ProviderFailure as error:
                failure = error
            else:
                outbox.note_got(self.database, letter.id, reader.key)
        if failure:
            raise failure

    def tell(self, letter: Letter, reader: Recipient, topic: Topic) -> None:
        """Send a letter to one reader, or put it by for their digest."""
        match reader.profile.hears(topic):
            case Delivery.AT_ONCE:
                mail = writer(self.console, reader).letter(letter)
                name, kind = f"notification/{letter.id}", letter.notifications[0].kind
                self.send(name, letter.organization_id, kind, reader, mail)
            case Delivery.DIGEST:
                with self.database.transaction() as session:
                    digests.put_by(session, reader.subject, letter.ids, self.morning(reader.profile))
            case Delivery.INBOX:
                pass

    def deliver_digest(self, digest: DigestRow) -> None:
        """Send somebody what has come since their last digest, or what waits for them in the queue."""
        with self.database.reading() as session:
            letters, reader = digests.contents(session, digest)
            counts = [] if letters or reader is None else staff_desk.waiting_for(session, digest.subject)
        if reader is None or not (letters or counts):
            return
        author = writer(self.console, reader)
        mail = author.digest(letters, [queue_item(author, count, late) for count, late in counts])
        self.send(f"digest/{digest.id}", digest.subject, "digest", reader, mail)

    def send(self, name: str, about: str, kind: str, reader: Recipient, mail: Mail) -> None:
        """Hand one mail for one person to the mail service."""
        who = hashlib.sha256(reader.key.encode()).hexdigest()[:16]
        notice = Notice(
            id=f"{name}/{who}",
            organization_id=about,
            kind=kind,
            recipients=[reader.address],
            subject=mail.subject[:200],
            text=shortened(mail.text),
            html=mail.html if len(mail.html) <= LONGEST_HTML else "",
        )
        self.notifications.send(notice)

    def morning(self, profile: Profile) -> datetime:
        """The real moment of the next morning where somebody is."""
        now = self.clock.now().astimezone(ZoneInfo(profile.time_zone) if profile.time_zone != "UTC" else UTC)
        today = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        return self.clock.real((today if today > now else today + timedelta(days=1)).astimezone(UTC))


def pause_after(send: Callable[[], None], organization_id: str = "") -> float | None:
    """Send something; after how many seconds it is to be tried again if that failed.

    One that nobody can send must not hold up those that come after it.
    """
    try:
        send()
    except ProviderFailure as failure:
        log.warning("notification not sent", organization_id=organization_id, code=failure.code)
        return RETRY_SECONDS
    except Exception:
        log.exception("notification not sent", organization_id=organization_id)
        return ODD_RETRY_SECONDS
    return None


def shortened(text: str) -> str:
    """A text that is too long for a mail ends early, for the rest stands in the inbox."""
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


def queue_item(author: Writer, count: int, late: int) -> Item:
    """What waits for somebody of the staff, as a mail tells it."""
    say = author.voice.translate
    sentence = (
        say("1 case waits for you") if count == 1 else say("{count} cases wait for you").format(count=count)
    )
    advice = ""
    if late:
        behind = say("1 of them is late.") if late == 1 else say("{count} of them are late.")
        advice = behind.format(count=late)
    return Item(sentence, advice, Link(say("Open the queue"), f"{author.console}/operators"))
