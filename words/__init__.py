"""The one table of words: what each kind of document, state and action is called, before and after.

Every sentence that people read of these, on pages, in mails, in Temporal and on the command line, is taken from here, so
that it is the same everywhere. A text is a key for translators; names in braces are filled in afterwards.
"""

from collections.abc import Mapping

from models.commands import Role
from models.documents import AnyDocument
from models.identity import DocumentId
from words import earnings, onboarding, payouts
from words.actors import has, name_of
from words.table import Deed, Sheet, Standing
from words.things import things, things_of_id
from words.voice import ENGLISH, NOBODY_KNOWN, Names, Sentence, Thing, Voice

__all__ = ["ENGLISH", "SHEETS", "Deed", "Names", "Sheet", "Standing", "Voice"]

SHEETS: Mapping[str, Sheet] = {**onboarding.SHEETS, **earnings.SHEETS, **payouts.SHEETS}
"""The words of each kind of document."""

OTHERS: Mapping[str, str] = {
    "members": "Members",
    "webhooks": "Webhooks",
    "earnings": "Earnings",
    "policy": "Programme rules",
}
"""What people are told about that is no document."""


VIEW, SOMETHING_ELSE = "View", "Something else"


def filled(text: str, document: AnyDocument, names: Names, voice: Voice, **more: Thing) -> str:
    """A text of the table in the reader's language, with its names filled in."""
    return voice.say(Sentence(text, **things(document, names), **more))


def title_of(document: AnyDocument, names: Names = NOBODY_KNOWN, voice: Voice = ENGLISH) -> str:
    """What a document is called, with what tells it from others: “Statement for in-app ads, 1–15 October 2026”."""
    return filled(SHEETS[document.machine].title, document, names, voice)


def title(document_id: str, names: Names = NOBODY_KNOWN, voice: Voice = ENGLISH) -> str:
    """The same by its id, which is never shown; what kind of document it is where the id alone does not tell more."""
    document = names.documents.get(document_id)
    if document:
        return title_of(document, names, voice)
    machine, known = DocumentId(document_id).machine, things_of_id(document_id, names)
    return voice.say(Sentence(SHEETS[machine].title, **known)) if known else kind(machine, voice)


def kind(machine: str, voice: Voice = ENGLISH) -> str:
    """What documents of a kind are called: “Statement”."""
    sheet = SHEETS.get(machine)
    return voice.translate(sheet.unnamed if sheet else OTHERS[machine])


def state(machine: str, name: str, voice: Voice = ENGLISH) -> str:
    """A state in a few words: “To be confirmed”."""
    return voice.translate(SHEETS[machine].states[name].label)


def opens(document: AnyDocument, voice: Voice = ENGLISH) -> str:
    """What a link says that leads to where somebody acts on a document: “Review statement”."""
    return voice.translate(SHEETS[document.machine].states[document.state].opens or VIEW)


def button(action: str, voice: Voice = ENGLISH) -> str:
    """What whoever may take an action is offered: “Confirm statement”."""
    return voice.translate(deed(action).button)


def called(action: str, voice: Voice = ENGLISH) -> str:
    """What an action is called where it is spoken of: its button, or the kind of document where it happens by itself."""
    machine, _, event = action.partition(".")
    known = SHEETS[machine].deeds.get(event) if machine in SHEETS else None
    if known and known.button:
        return voice.translate(known.button)
    return kind(machine, voice) if known else ""


def deed(action: str) -> Deed:
    """The words of an action, by its name ``machine.event``; KeyError if there is none."""
    machine, _, event = action.partition(".")
    return SHEETS[machine].deeds[event]


def names_organization(action: str) -> bool:
    """Whether what is said of an action afterwards may name the organization."""
    machine, _, event = action.partition(".")
    known = SHEETS[machine].deeds.get(event) if machine in SHEETS else None
    texts = (known.done, *known.into.values(), *known.because.values()) if known else ()
    return any("{organization}" in text for text in texts)


def past(
    action: str,
    to_state: str,
    document: AnyDocument | None,
    role: Role,
    actor_id: str | None,
    names: Names = NOBODY_KNOWN,
    voice: Voice = ENGLISH,
    why: str | None = None,
) -> str:
    """What has happened, as a sentence: “You confirmed the statement for in-app ads, 1–15 October 2026: $420.75”.

    Args:
        to_state: where it led.
        document: what it happened to; ``None`` when that is not known, as of another release.
        why: the code of why it came so, as of a bank.
    """
    machine, _, event = action.partition(".")
    sheet = SHEETS.get(machine)
    if document is None or sheet is None or event not in sheet.deeds:
        return kind(machine, voice) if sheet or machine in OTHERS else voice.translate(SOMETHING_ELSE)
    known = sheet.deeds[event]
    text = known.into.get(to_state) or known.because.get(why or "") or known.done
    who = name_of(role, actor_id, names, voice)
    return filled(text, document, names, voice, who=who, has=has(role, actor_id, names))
