"""Every refusal is a sentence of plain words, and can be said in the reader's language as it came through Temporal."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic_core import _pydantic_core

from api.http.problems import refused
from lifecycle.decide import decide
from lifecycle.machine import AnyMachine, AnyState
from models.commands import Actor, Command, Refusal, Role
from models.documents import Reason
from models.money import Money
from models.texts.complaints import KINDS, in_words
from models.texts.sentences import HOLE, Period, Sentence, Several, Thing, read, said_again, written
from tests.lifecycle.life import DAY, organization
from tests.lifecycle.test_blockers import EVERY_STATE, document_in, with_payout
from tests.words.machine_words import machine_words_in
from words.languages import COMPLETE, catalogue, voice_of
from words.voice import ENGLISH

MORE: dict[str, dict[str, Any]] = {
    "statement": {"clock_left": DAY},
    "payout": {"duplicates": ["org_1/payout/1/9"]},
}
"""What documents of some kinds have, too, so that whatever is tried finds it."""

LANGUAGES = [language for language in COMPLETE if language != "en"]


def templates(thing: Thing) -> Iterator[str]:
    """The texts of ours that a sentence is made of."""
    match thing:
        case Sentence():
            yield thing.template
            for part in thing.things.values():
                yield from templates(part)
        case Several():
            for part in thing.things:
                yield from templates(part)


def untranslated(thing: Thing, language: str) -> list[str]:
    """The texts that would stay in English; a text of names alone has nothing to translate."""
    known = catalogue(language)._catalog  # type: ignore[attr-defined]
    return [text for text in templates(thing) if text not in known and HOLE.sub("", text).strip()]


def commands(machine: AnyMachine, document_id: str) -> Iterator[Command]:
    """What anybody may try on a document: with nothing, with what is not asked for, with what is no value."""
    for event in dict.fromkeys(rule.event for rule in machine.rules):
        rules = machine.rules_for(event)
        facts: list[dict[str, Any]] = [{}, {"state": "x"}, dict.fromkeys(rules[0].required_facts, "\x00")]
        for role in Role:
            for brought in facts:
                for reasons in ([], [Reason(code="invented")]):
                    yield Command(
                        id="c", action=f"{machine.name}.{event}", document_id=document_id,
                        actor=Actor(role=role, id="x"), facts=brought, reasons=reasons,
                    )  # fmt: skip


@pytest.mark.parametrize(("machine", "state"), EVERY_STATE)
def test_every_refusal_is_said_in_plain_words_and_in_every_language(
    machine: AnyMachine, state: AnyState
) -> None:
    life = with_payout(organization().qualified().tested())
    document = document_in(machine, state.name, **MORE.get(machine.name, {}))
    life.dossier.documents[document.id] = document
    for command in (*commands(machine, document.id), *commands(machine, f"{machine.name}/none")):
        decision = decide(life.dossier, command, life.now, life.policy)
        if isinstance(decision, Refusal):
            codes = ("a code",) if "Choose one of these" in decision.reason else ()
            assert decision.reason and not machine_words_in(decision.reason, *codes), decision
            for language in LANGUAGES:
                assert not untranslated(decision.reason, language), decision


def test_a_refusal_keeps_through_temporal_what_it_is_made_of() -> None:
    life = organization()
    wish = Command(
        id="c", action="verification.verify", document_id="verification", actor=Actor(role=Role.ADMIN, id="x")
    )
    decision = decide(life.dossier, wish, life.now, life.policy)
    assert isinstance(decision, Refusal)
    came = Refusal.in_details([decision.model_dump(mode="json")])
    assert came.reason == decision.reason and came.reason.things == decision.reason.things
    answer = refused(came).response("https://example.com", "zh-CN,zh;q=0.9")
    assert answer.headers["content-language"] == "zh-CN"
    assert voice_of("zh_CN").say(decision.reason) in bytes(answer.body).decode()
    english = refused(came).response("https://example.com")
    assert english.headers["content-language"] == "en" and decision.reason in bytes(english.body).decode()


def test_a_refusal_of_an_older_release_is_its_text() -> None:
    assert Refusal.in_details([{"code": "stale", "reason": "Not now."}]).reason == "Not now."
    other = {"template": "{a.__class__}", "things": {"a": "b"}}
    assert said_again("Not now.", other) == "Not now." and said_again("Not now.", "nonsense").things == {}


def test_whatever_a_sentence_names_comes_out_as_it_went_in() -> None:
    things: dict[str, Thing] = {
        "money": Money(amount=4_207_550),
        "day": date(2026, 10, 1),
        "period": Period(date(2026, 10, 1), date(2026, 10, 15)),
        "who": Several(("Ada", Sentence("the {number}", number="IBAN"), "Bob")),
        "count": 1_000_000,
        "name": "{count}",
    }
    sentence = Sentence("{money} {day} {period} {who} {count} {name}", **things)
    assert read(written(sentence)) == sentence
    assert ENGLISH.say(sentence) == (
        "$42,075.50 1 October 2026 1–15 October 2026 Ada, the IBAN or Bob 1,000,000 {count}"
    )
    assert voice_of("zh_CN").say(sentence) == (
        "US$42,075.50 2026年10月1日 2026年10月1日至15日 Ada、IBAN或Bob 1,000,000 {count}"
    )


PROGRAMMERS = (
    "argument", "attribute", "bytes_", "callable", "complex", "counter", "dataclass", "default_factory", "deque",
    "ellipsis", "fraction", "frozen", "invalid_key", "is_", "iter", "mapping", "missing_sentinel", "multiple_argument",
    "named_tuple", "needs_python", "no_such", "none_required", "ordered_dict", "recursion", "set_item", "time_delta",
    "timezone_naive", "timezone_offset", "unexpected", "uuid", "missing_argument", "missing_keyword", "missing_positional",
    "get_attribute", "value_error", "assertion_error", "string_pattern",
)  # fmt: skip
"""Kinds of errors that only wrong code brings about, and those that have words of their own."""


@pytest.mark.parametrize("kind", _pydantic_core.list_all_errors(), ids=lambda kind: str(kind["type"]))
def test_every_complaint_about_a_field_is_said_in_our_words(kind: Any) -> None:
    name, context = kind["type"], kind.get("example_context") or {}
    if name not in KINDS:
        assert name.startswith(PROGRAMMERS), f"say in KINDS what {name} means to people"
        return
    assert set(HOLE.findall(KINDS[name])) <= set(context)
    said = in_words({"type": name, "ctx": {each: "'a', 'b' or 'c'" for each in context} | {"min_length": 2}})
    assert not machine_words_in(said, "a code") and "'" not in said and said.endswith(".")


def test_what_was_typed_wrongly_is_never_repeated() -> None:
    error = {"type": "union_tag_invalid", "ctx": {"tag": "secret", "expected_tags": "'W-9', 'W-8BEN-E'"}}
    assert in_words(error) == "Choose one of these: W-9, W-8BEN-E."
    assert in_words({"type": "literal_error", "ctx": {"expected": "'a', 'b' or 'c'"}}).endswith(": a, b, c.")
    assert in_words({"type": "value_error", "ctx": {"error": ValueError("secret")}}).startswith("Write it in")
