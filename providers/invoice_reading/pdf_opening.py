"""Opening PDFs that strangers made: what is let in, and what they would do by themselves.

Only called in a process of its own with tight limits.
"""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

MAGIC = b"%PDF-"
BEFORE = b"\xef\xbb\xbf \t\r\n\x00"
"""What some programs write before the header: a byte order mark, blanks, line feeds."""

ACTING = frozenset(
    ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute")
)
"""Actions that run something, or send something away, by themselves (ISO 32000-2, 12.6.4)."""

PLAYING = frozenset(("/RichMedia", "/Movie", "/Screen", "/3D"))
"""Annotations that play something."""


class Encrypted(Exception):
    """It cannot be opened without a password."""


def from_header(content: bytes) -> bytes | None:
    """A file from its PDF header on; ``None`` if it is no PDF, or is something else first."""
    bare = content.lstrip(BEFORE)
    return bare if bare.startswith(MAGIC) else None


def opened(content: bytes) -> PdfReader:
    """A reader of a file; one that only its owner's password protects opens without one.

    Raises:
        Encrypted: a password is needed to read it.
    """
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Encrypted
    return reader


def is_active(reader: PdfReader) -> bool:
    """Whether anything in the document, wherever it hangs, acts by itself; what is merely attached does not."""
    return any(acts(found) for found in dictionaries(reader))


def acts(found: DictionaryObject) -> bool:
    """Whether a dictionary is an action, an annotation or a form that does something by itself."""
    if "/JS" in found or "/XFA" in found:
        return True
    kind, subtype = plain(found.get("/S")), plain(found.get("/Subtype"))
    if kind in ACTING and plain(found.get("/Type")) in (None, "/Action"):
        return True
    return subtype in PLAYING and ("/Rect" in found or plain(found.get("/Type")) == "/Annot")


def plain(value: Any) -> str | None:
    """A name, also one that stands elsewhere."""
    value = value.get_object() if isinstance(value, IndirectObject) else value
    return value if isinstance(value, str) else None


def dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary of the document, each once; an object that cannot be read is left out, as viewers do."""
    numbers = {number for objects in reader.xref.values() for number in objects}
    numbers |= set(reader.xref_objStm)
    waiting: list[Any] = [reader.trailer]
    for number in sorted(numbers):
        for generation in [g for g, objects in reader.xref.items() if number in objects] or [0]:
            try:
                found = reader.get_object(IndirectObject(number, generation, reader))
            except Exception:
                continue
            if found is not None:
                waiting.append(found)
            while waiting:
                here = waiting.pop()
                if isinstance(here, DictionaryObject | StreamObject):
                    yield here
                    waiting.extend(v for v in here.values() if isinstance(v, DictionaryObject | ArrayObject))
                elif isinstance(here, ArrayObject):
                    waiting.extend(v for v in here if isinstance(v, DictionaryObject | ArrayObject))
