"""What things are called on a page: documents, states, codes and fields, by the names that its reader knows."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

from api.console.formatting import countries, day, flat, moment, money, say, span
from api.console.labels import field_in
from api.services.organizations.timeline import folded
from lifecycle import in_words
from lifecycle.machines import THEN
from lifecycle.views.blockers import ISSUED_THEN
from lifecycle.views.situation import PAY_OUT_OPENS
from models.documents import Reason
from models.identity import DocumentId
from models.money import Money
from papers.contract import paragraphs
from words import SHEETS, VIEW, button, kind, opens, state, title
from words.actors import TEAMS, WAITED_FOR
from words.codes import FEATURE_TITLES, STREAM_TITLES, check, code, failure
from words.glossary import TERMS, anchor
from words.labels import TECHNICAL, label_of, path_of
from words.voice import FEATURES, NOBODY_KNOWN, Names, Sentence

ACTORS = ("requested_by", "operator_id", "approved_by", "initiated_by", "submitted_by", "proposed_by")
"""Fields of documents that name people by the ids under which they act."""

SOMEBODY_THERE = Sentence("Somebody of the platform")

YES, NO = Sentence("Yes"), Sentence("No")

DAYS, ISO_DAY = re.compile(r"(^|[._])(date|on)$"), re.compile(r"\d{4}-\d\d-\d\d")
"""The fields of forms that say a day, and how programs write one."""

KNOWN: ContextVar[Names] = ContextVar("KNOWN", default=NOBODY_KNOWN)
"""The names by which the reader of the page that is drawn knows things."""


def step(document_id: str, games: Mapping[str, str] | None = None) -> str:
    """What a document is called, by its id; ``games`` are the names of games, where the page has them at hand."""
    known = KNOWN.get()
    return title(document_id, replace(known, games=games) if games else known)


def link_to(item: Any) -> str:
    """What a link says that leads to where somebody acts on what waits: “Review statement”."""
    document = KNOWN.get().documents.get(item.document_id)
    return opens(document) if document else Sentence(VIEW)


def standing(name: str, of: str) -> str:
    """A state in a few words; ``of``: its kind of document, or the id of one."""
    machine = DocumentId(of).machine
    known = machine in SHEETS and name in SHEETS[machine].states
    return state(machine, name) if known else code(name)


def offered(action: str) -> str:
    """What whoever may take an action is offered; nothing where there is no such action."""
    machine, _, event = action.partition(".")
    return button(action) if machine in SHEETS and event in SHEETS[machine].deeds else ""


def then(event: str | None) -> str:
    """What happens next by itself, in a sentence."""
    match event:
        case "pay_out_opens":
            return PAY_OUT_OPENS
        case "issue":
            return ISSUED_THEN
    return Sentence(THEN.get(event or "", ""))


def because(reason: Reason, of: str) -> str:
    """Why something stands as it does, a sentence; ``of``: the kind of document, or the id of one."""
    return in_words.reason(reason, DocumentId(of).machine)


def said(value: object) -> str:
    """What a field says, for reading: a code in words, yes or no, money and moments in the reader's conventions."""
    match value:
        case bool():
            return say(YES if value else NO)
        case Money():
            return money(value)
        case {"amount": int(amount), "currency": str(currency)}:
            return money(Money(amount=amount, currency=currency))
        case timedelta():
            return span(value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case list() | tuple() | set() | frozenset():
            return ", ".join(said(one) for one in value)
        case str() if value in countries():
            return countries()[value]
        case str() if value.islower() and value.replace("_", "").isalpha():
            return say(code(value))
        case _:
            return str(value)


def rows(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of a form, each by its label and with what it says; what only programs need is left out."""
    whole = {name: said(value) if is_money(value) else value for name, value in fields.items()}
    return [
        (" · ".join(map(say, path_of(name))), as_typed(name, value))
        for name, value in flat(whole)
        if name.rpartition(".")[2].removesuffix("[]") not in TECHNICAL
    ]


def is_money(value: object) -> bool:
    """Whether a field is an amount of money, which is read as one."""
    match value:
        case {"amount": int(), "currency": str(), **rest}:
            return not rest
    return False


def as_typed(name: str, value: str) -> str:
    """What a field of a form says, by its name; a number that merely looks like a day stays one."""
    if value in ("true", "false"):
        return said(value == "true")
    if DAYS.search(name) and ISO_DAY.fullmatch(value):
        return day(date.fromisoformat(value))
    return said(value)


def facts(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a document says besides where it stands, each by its label; what only programs need is left out."""
    return [
        (say(label_of(name)), fact(name, value)) for name, value in fields.items() if name not in TECHNICAL
    ]


def fact(name: str, value: object) -> str:
    """What a field of a document says."""
    if name in ACTORS:
        return say(KNOWN.get().people.get(str(value), SOMEBODY_THERE))
    if name == "failure_code":
        return say(failure(str(value)))
    return said(value)


def technical(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields that only programs need, by their labels."""
    return [
        (say(label_of(name)), ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
        for name, value in fields.items()
        if name in TECHNICAL
    ]


class Said(Mapping[str, str]):
    """A table of words, each said in the language of the page that is drawn."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def __getitem__(self, key: str) -> str:
        return say(Sentence(self._words[key]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


def aloud(name: Callable[..., str]) -> Callable[..., str]:
    """A filter whose English words are said in the language of the page that is drawn."""

    @wraps(name)
    def said_aloud(*given: Any) -> str:
        return say(name(*given))

    return said_aloud


FILTERS = {
    "step": aloud(step),
    "link_to": aloud(link_to),
    "standing": aloud(standing),
    "then": aloud(then),
    "because": aloud(because),
    "said": said,
    "rows": rows,
    "facts": facts,
    "technical": technical,
    "folded": folded,
    "code": aloud(code),
    "check": aloud(check),
    "failure": aloud(failure),
    "field": aloud(label_of),
    "field_in": field_in,
    "button": aloud(offered),
    "anchor": anchor,
    "kind": aloud(kind),
    "paragraphs": paragraphs,
}
GLOBALS = {
    "STREAMS": Said(STREAM_TITLES),
    "FEATURES": Said(FEATURE_TITLES),
    "FEATURES_WITHIN": Said(FEATURES),
    "WHO": Said({str(role): words for role, words in WAITED_FOR.items()}),
    "TERMS": TERMS,
    "TEAMS": Said({str(role): words for role, words in TEAMS.items()}),
}
"""What templates know of it."""
