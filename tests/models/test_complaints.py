"""What is wrong is said in words: never the value, never a regular expression."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.texts.complaints import OTHERWISE, words_for

DOCS = Path(__file__).parents[2] / "docs"


def patterns(value: Any) -> Iterator[str]:
    """All patterns of a schema."""
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for part in value.values():
            yield from patterns(part)
    elif isinstance(value, list):
        for part in value:
            yield from patterns(part)


@pytest.mark.parametrize("name", ["openapi.json", "openapi-providers.json"])
def test_every_pattern_that_may_refuse_something_has_words(name: str) -> None:
    for pattern in set(patterns(json.loads((DOCS / name).read_text("utf-8")))):
        words = words_for(pattern)
        assert words != OTHERWISE, pattern
        assert not set("^$[]{}\\") & set(words), words
