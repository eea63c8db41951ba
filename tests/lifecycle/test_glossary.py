"""The glossary names what there is, and a word for an end means the same in every machine."""

import re
from pkgutil import resolve_name

import pytest

from lifecycle.documentation.diagrams import ROOT
from lifecycle.machines import RULES, STATES

ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| term ")
]
ENDS = {term: places for term, _, places in ROWS[[row[0] for row in ROWS].index("refuse") :]}


def find(place: str) -> object:
    """What stands at a place: a module or a name in it, an action, or a state."""
    if "/" in place:
        machine, _, state = place.partition("/")
        return STATES[machine, state]
    machine, _, event = place.partition(".")
    return RULES.get((machine, event)) or resolve_name(place)


def test_each_term_is_explained_once_and_briefly() -> None:
    terms = [row[0] for row in ROWS]
    assert len(terms) == len(set(terms)) > 50
    for term, meaning, _ in ROWS:
        assert meaning.endswith(".") or meaning.endswith("…"), term
        assert len(re.findall(r"[.;:?!…]( |$)", meaning)) <= 4, term


@pytest.mark.parametrize(("term", "places"), [(term, places) for term, _, places in ROWS])
def test_each_term_is_where_the_glossary_says(term: str, places: str) -> None:
    named = re.findall(r"`([^`]+)`", places)
    assert named or places == "none"
    for place in named:
        assert find(place), place


@pytest.mark.parametrize("term", ENDS)
def test_each_word_for_an_end_is_that_of_all_its_actions(term: str) -> None:
    word = term.replace(" ", "_")
    bear_it = {f"{machine}.{event}" for machine, event in RULES if re.fullmatch(rf"{word}(_.+)?", event)}
    assert set(re.findall(r"`([^`]+)`", ENDS[term])) == bear_it
