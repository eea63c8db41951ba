"""A mail in its reader's words: what happened and to what, what is to be done and until when, and the page for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader

import words
from mails.names import unlinked
from models.mail.console_pages import page_path
from models.mail.letters import Letter, Told
from models.mail.topics import Audience, Topic
from words.voice import Names, Voice

MOST = 30
"""So many things stand in one mail; the others stand in the inbox."""


@dataclass(frozen=True)
class Link:
    """Somewhere to go."""

    label: str
    url: str


@dataclass(frozen=True)
class Item:
    """One thing that a mail tells.

    Attributes:
        sentence: what happened.
        advice: what it means, and what to do until when.
    """

    sentence: str
    advice: str
    link: Link | None


@dataclass(frozen=True)
class Part:
    """What a mail tells of one organization."""

    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Mail:
    """A mail, ready to be sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Writer:
    """Writes mails in the words of one reader.

    Attributes:
        console: the address of the console.
        reader: who is spoken to as “you”.
        language: the reader's language as HTML names it, and which way it is written.
    """

    console: str
    voice: Voice
    reader: str = ""
    language: str = "en"
    direction: str = "ltr"

    def letter(self, letter: Letter) -> Mail:
        """The mail about what one command led to; only in a mail to its own people an organization's name leads."""
        items = self.items(letter)
        subject = first_sentence(items[0].sentence)
        if letter.to_its_own:
            subject = f"{unlinked(letter.organization)}: {subject}"
        return self.mail(subject, [Part("", items)])

    def digest(self, letters: Sequence[Letter], waiting: Sequence[Item] = ()) -> Mail:
        """The mail about a day: what waits for one of the staff, and what came by organization, reminders folded."""
        say = self.voice.translate
        parts = [Part(unlinked(letter.organization), self.items(letter)) for letter in letters]
        if waiting:
            parts.insert(0, Part(say("Waiting for you"), tuple(waiting)))
        count = sum(len(part.items) for part in parts)
        what = say("1 thing to know") if count == 1 else say("{count} things to know").format(count=count)
        names = ", ".join(dict.fromkeys(part.heading for part in parts if part.heading))
        return self.mail(f"{names}: {what}" if letters else parts[0].items[0].sentence, parts)

    def items(self, letter: Letter) -> tuple[Item, ...]:
        """What a letter tells, the most important first; of the same document only the last."""
        last = {told.document_id: told for told in letter.notifications}
        told = sorted(last.values(), key=lambda one: (list(Topic).index(one.topic), one.id))
        return tuple(self.item(one, letter) for one in told[:MOST])

    def item(self, told: Told, letter: Letter) -> Item:
        """One notification."""
        say = self.voice.translate
        if told.document is None:
            link = Link(say("Open"), self.url(told, letter)) if letter.to_its_own else None
            return Item(self.voice.say(told.text), "", link)
        names = self.names(letter)
        sentence = words.past(told.kind, told.to_state, told.document, *told.actor, names, self.voice)
        advice = [self.voice.say(told.text)] if told.text else []
        if told.until and told.then:
            advice.append(f"{self.voice.day(told.until.date())}: {say(told.then)}")
        link = Link(words.opens(told.document, self.voice), self.url(told, letter))
        return Item(sentence, " ".join(advice), link)

    def names(self, letter: Letter) -> Names:
        """What a reader of a letter knows things by."""
        return Names(
            organization=unlinked(letter.organization),
            games={key: unlinked(name) for key, name in letter.games.items()},
            people={key: unlinked(name) for key, name in letter.people.items()},
            documents=letter.documents,
            reader=self.reader,
        )

    def url(self, told: Told, letter: Letter) -> str:
        """The very page of what a notification is about."""
        if letter.audience != Audience.ADMINS:
            return f"{self.console}/operators/cases/{letter.organization_id}/{told.document_id}"
        return self.console + page_path(f"/organizations/{letter.organization_id}", told.document_id)

    def mail(self, subject: str, parts: Sequence[Part]) -> Mail:
        """Text and HTML of the same."""
        say = self.voice.translate
        shown = {
            "subject": subject,
            "parts": parts,
            "language": self.language,
            "direction": self.direction,
            "footer": say("Dates are those of the programme, in UTC."),
            "choices": Link(say("Choose which mails you get"), f"{self.console}/profile"),
        }
        return Mail(
            subject=subject,
            text=templates().get_template("mail.txt").render(shown).strip() + "\n",
            html=templates().get_template("mail.html").render(shown),
        )


def first_sentence(text: str) -> str:
    """What a mail is called that says no more than a text: what that begins with; “15. Okt. 2026” ends none."""
    return re.split(r"(?<=[^\W\d][.!?])\s+(?=[^\W\d])", text, maxsplit=1)[0]


@cache
def templates() -> Environment:
    """The two forms of a mail; what people have typed cannot become HTML."""
    return Environment(
        loader=FunctionLoader(lambda name: (resources.files("mails") / "templates" / name).read_text()),
        autoescape=lambda name: (name or "").endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
