"""A language that is called complete says every text, and fills in the same names."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from words.languages import COMPLETE, catalogue
from words.voice import ENGLISH

LOCALE = Path(__file__).parents[2] / "words/locale"
HOLES = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+>")
AGREEING = "{has}"
"""The verb that goes with ``{who}``: a translation says it where its language needs one."""
LANGUAGES = [language for language in COMPLETE if language != "en"]


def read(name: str, language: str | None = None) -> Catalog:
    """A catalogue as translators keep it."""
    with (LOCALE / name).open("rb") as file:
        return read_po(file, locale=language)


def english(message: Message) -> str:
    """The text in the code; of several forms the one with all names."""
    return message.id if isinstance(message.id, str) else message.id[-1]


def forms(message: Message) -> list[str]:
    """The text in the code, in one form or in two: “one case” needs no name for its number."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def translations(message: Message) -> list[str]:
    """All forms of a translation."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def holes(text: str) -> list[str]:
    """The names that are filled into a text, and its marks."""
    found = sorted(HOLES.findall(text))
    return [hole for hole in found if hole != AGREEING or "{who}" not in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complete_language_says_every_text_with_its_names(language: str) -> None:
    written = read(f"{language}.po", language)
    wanted = [message for message in read("messages.pot") if message.id]
    missing = [message.id for message in wanted if message.id not in written]
    assert not missing, f"run `make messages`, then translate in {language}.po: {missing[:10]}"
    for message in wanted:
        found = written[message.id]
        assert found is not None and not found.fuzzy
        for text in translations(found):
            assert text.strip(), f"{language}.po: translate {message.id!r} (`make messages` has put it there)"
            assert holes(text) in map(holes, forms(message)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_keeps_no_text_that_nobody_says_any_more(language: str) -> None:
    wanted = {english(message) for message in read("messages.pot")}
    assert [
        english(message) for message in read(f"{language}.po", language) if english(message) not in wanted
    ] == []


def test_a_text_that_is_in_no_catalogue_stays_as_it_is() -> None:
    assert catalogue("zh_CN").gettext("Banana Rush") == "Banana Rush"
    assert ENGLISH.say("") == ""
