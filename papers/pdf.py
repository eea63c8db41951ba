"""PDFs: archivable (PDF/A-2a) and accessible (PDF/UA-1), typeset by Typst from a template and data.

What people wrote reaches a template as JSON, never as markup. Only the fonts inside Typst are used and nothing is
fetched, so that the same data gives the same bytes on every machine.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(__file__).parent

UNSHOWN = "□"
"""Stands for a character that the fonts do not have."""

REORDERING = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
"""Characters that make a text look like another."""


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """A paper.

    Args:
        template: the file in this folder.
        data: JSON values; a template shows texts as they are, and says so when a character had to be left out.
    """
    cleaned = each_text(data, without_reordering)
    try:
        return compiled(template, in_json({**cleaned, "unshown": False}))
    except typst.TypstError:
        shown = each_text(cleaned, showable)
        if shown == cleaned:
            raise
        return compiled(template, in_json({**shown, "unshown": True}))


def compiled(template: str, data: str) -> bytes:
    """What Typst makes of a template and its data; raises TypstError."""
    return typst.compile(
        FOLDER / template,
        root=FOLDER,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=0,
    )


def in_json(data: Mapping[str, Any]) -> str:
    """Data as a template reads it."""
    return json.dumps(data, sort_keys=True)


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with all its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: each_text(item, change) for name, item in value.items()}
    return [each_text(item, change) for item in value] if isinstance(value, list | tuple) else value


def without_reordering(text: str) -> str:
    """A text without the characters that reorder others."""
    return "".join(c for c in text if unicodedata.bidirectional(c) not in REORDERING)


def showable(text: str) -> str:
    """A text with ``□`` for every character that the fonts do not have."""
    return "".join(c if c in "\n\t" or can_show(c) else UNSHOWN for c in text)


@lru_cache(maxsize=20_000)
def can_show(character: str) -> bool:
    """Whether the fonts have a character; Typst itself is asked."""
    try:
        compiled("glyph.typ", character)
    except typst.TypstError:
        return False
    return True
