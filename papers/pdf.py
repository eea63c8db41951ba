"""PDFs: archivable (PDF/A-2a) and accessible (PDF/UA-1), typeset by Typst from a template and data.

What people wrote reaches a template as JSON, never as markup. Only the fonts inside Typst are used and nothing is
fetched, so that the same data gives the same bytes on every machine.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(__file__).parent

UNSHOWN = "□"
"""Stands for a character that the fonts do not have."""

NOT_SHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")

NEVER_SHOWN = ("Cc", "Co")
"""Control characters, and those for private use, which archivable PDFs may not have."""

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
        lacking = without_glyph(characters_of(cleaned))
        if not lacking:
            raise
        marked = str.maketrans(dict.fromkeys(lacking, UNSHOWN))
        shown = each_text(cleaned, lambda text: text.translate(marked))
        return compiled(template, in_json({**shown, "unshown": True}))


def compiled(template: str, data: str) -> bytes:
    """What Typst makes of a template and its data; raises TypstError, also where Typst itself breaks."""
    try:
        return typst.compile(
            FOLDER / template,
            root=FOLDER,
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"data": data},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=0,
        )
    except BaseException as error:
        # A panic of its Rust code is no Exception: nobody above would catch it.
        if type(error).__name__ == "PanicException":
            raise typst.TypstError("Typst broke down", "") from None
        raise


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


def characters_of(value: Any) -> set[str]:
    """All characters of the texts in a JSON value."""
    found: set[str] = set()

    def note(text: str) -> str:
        found.update(text)
        return text

    each_text(value, note)
    return found


def without_glyph(characters: Collection[str]) -> set[str]:
    """Those of some characters that the fonts do not have; Typst itself is asked, about all of them at once."""
    shown = {c for c in characters if c not in "\n\t "}
    lacking = {c for c in shown if unicodedata.category(c) in NEVER_SHOWN}
    asked = shown - lacking
    while asked:
        try:
            compiled("glyph.typ", "\n".join(sorted(asked)))
        except typst.TypstError as error:
            named = asked.intersection(complained_about(error))
            if not named:  # it fails in words that are not known here: one by one, then
                return lacking | {c for c in asked if not can_show(c)}
            lacking |= named
            asked -= named
        else:
            break
    return lacking


def complained_about(error: typst.TypstError) -> set[str]:
    """The characters that Typst says it could not show: it lists them all, written as Rust writes texts."""
    shown = "".join(NOT_SHOWN.findall(getattr(error, "diagnostic", None) or ""))
    escaped = {chr(int(code, 16)) for code in ESCAPED.findall(shown)}
    return escaped | set(ESCAPED.sub("", shown))


def can_show(character: str) -> bool:
    """Whether the fonts have a character."""
    try:
        compiled("glyph.typ", character)
    except typst.TypstError:
        return False
    return True
