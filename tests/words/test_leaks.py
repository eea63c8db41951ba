"""Nothing of the machine reaches people: in no mail, no paper, no spreadsheet and no list of words."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from api.http.problems import TITLES
from api.services.organizations.members import invitation_text
from lifecycle.machine import AnyMachine
from lifecycle.machines import MACHINES
from mails.compose import Mail
from mails.languages import writer
from models.commands import Role
from models.mail.letters import Letter, Recipient, Told
from models.mail.topics import Audience, Profile, Topic
from models.reasons.failures import FAILURES
from tests.lifecycle.test_blockers import document_in
from tests.papers.examples import all_of_them
from tests.words.machine_words import machine_words_in
from words.columns import COLUMNS
from words.languages import COMPLETE

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CONSOLE = "https://console.example"
REFERENCES = re.compile(r"\b(?:org|st|inv|game|pay)_[a-z0-9]+\b")
"""Ids by which papers name what they are about, for whoever asks of it; nobody has another name for a statement."""
ENGLISH_WORDS = re.compile(r"\b(?:the|your|is|and|to|of|for)\b", re.IGNORECASE)


def notifications(machine: AnyMachine) -> list[Told]:
    """Everything that may be told of a kind of document, by everybody who may cause it."""
    told = [
        (rule, role, f"{rule.notification} {reason}".strip())
        for rule in machine.rules
        if rule.notification
        for role in rule.roles
        for reason in (
            [f"{words.why} {words.fix}" for words in FAILURES.values()] if rule.notification_details else [""]
        )
    ]
    then = [deadline.then for state in machine.states for deadline in state.deadlines]
    return [
        Told(
            id=number, kind=f"{machine.name}.{rule.event}", document_id=document_in(machine, rule.target).id,
            text=text, topic=list(Topic)[number % len(Topic)], at=NOW, document=document_in(machine, rule.target),
            until=NOW + timedelta(days=7) if then else None, then=then[number % len(then)] if then else None,
            to_state=rule.target, actor=(role, "olga" if role in (Role.OPERATOR, Role.FINANCE) else "somebody"),
        )
        for number, (rule, role, text) in enumerate(told)
    ]  # fmt: skip


def letter(told: Told, audience: str) -> Letter:
    documents = {told.document_id: told.document} if told.document else {}
    return Letter(
        "org_00000example", "Example Games", audience, (told,), games={"g1": "Banana Rush"},
        people={"olga": "Olga", "somebody": "Sam"}, documents=documents,
    )  # fmt: skip


def shown(mail: Mail) -> str:
    """What a reader of a mail sees in either form; addresses of pages stand behind links, or alone."""
    html = re.sub(r"<style.*?</style>|<[^>]*>", " ", mail.html, flags=re.DOTALL)
    return re.sub(r"https://\S+", "", f"{mail.subject}\n{mail.text}\n{html}")


@pytest.mark.parametrize("language", COMPLETE)
@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_a_mail_of_any_kind_shows_nothing_of_the_machine(machine: AnyMachine, language: str) -> None:
    author = writer(
        CONSOLE, Recipient("bob", "bob@example.com", Profile(language=language.replace("_", "-")))
    )
    every = notifications(machine)
    for audience in Audience if language == "en" else [Audience.ADMINS]:
        mails = [author.letter(letter(told, audience)) for told in every]
        if every:
            mails.append(author.digest([letter(told, audience) for told in every]))
        for mail in mails:
            assert not machine_words_in(shown(mail))
            if language != "en":
                words = shown(mail).replace("Example Games", "").replace("Banana Rush", "")
                assert not ENGLISH_WORDS.search(words), words


def test_an_invitation_shows_nothing_of_the_machine() -> None:
    for role in ("admin", "member"):
        assert not machine_words_in(
            invitation_text(role, "Example Games", "Ada", "https://console.example/x")
        )


@pytest.mark.parametrize("name", [name for name in all_of_them() if name.endswith((".pdf", ".csv"))])
def test_a_paper_shows_nothing_of_the_machine(name: str) -> None:
    made = all_of_them()[name]
    text = (
        "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
        if name.endswith(".pdf")
        else made.decode("utf-8-sig")
    )
    text = REFERENCES.sub("", text)
    assert not machine_words_in(text), name


def test_the_head_of_a_column_and_the_title_of_a_problem_are_words() -> None:
    for text in (*COLUMNS.values(), *TITLES.values()):
        assert not machine_words_in(text), text
