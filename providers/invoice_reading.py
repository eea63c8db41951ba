"""Reading an uploaded invoice, in a process of its own with tight limits: ``python -m providers.invoice_reading READER``.

A PDF that a stranger made may hang its reader, or unfold to any size; then only that process ends.
"""

import contextlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

WAIT_SECONDS = 20.0
CPU_SECONDS = 6
MEMORY_BYTES = 512 * 1024**2
MOST_BYTES = 10 * 1024**2
MOST_PAGES = 50
MOST_CHARACTERS = 100_000

BROKEN_WORD = "\ufffe"
"""What PDFium writes for a hyphen at the end of a line."""

ROOT = Path(__file__).parent.parent

Reader = Literal["pypdf", "pdfium"]
"""Two programs that read PDFs; what one garbles or is too slow for, the other may read."""

Trouble = Literal[
    "not_a_pdf",
    "encrypted",
    "too_large",
    "too_many_pages",
    "no_pages",
    "too_complicated",
    "unfinished",
    "unreadable",
]


class InvoiceText(BaseModel):
    """What was read from an invoice's PDF.

    Attributes:
        pages: how many it has.
        text: its text; empty when there is none, as in a scan. Never logged: it is kept out of ``repr``.
        trouble: why it could not be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: int = 0
    text: Annotated[str, Field(repr=False)] = ""
    trouble: Trouble | None = None


class Unreadable(Exception):
    """A file that is not read; the code says why."""


def read_invoice(content: bytes, reader: Reader = "pypdf") -> InvoiceText:
    """The text of an uploaded invoice, or why there is none; read in another process."""
    if len(content) > MOST_BYTES:
        return InvoiceText(trouble="too_large")
    command = [sys.executable, "-m", "providers.invoice_reading", reader]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=WAIT_SECONDS, cwd=ROOT, check=True, env={}
        )
        return InvoiceText.model_validate_json(done.stdout)
    except subprocess.TimeoutExpired:
        # Its work is bounded by processor time, so it is the machine that is busy: of the invoice that says nothing.
        return InvoiceText(trouble="unfinished")
    except (subprocess.SubprocessError, ValueError):
        return InvoiceText(trouble="too_complicated")


def main() -> None:
    """Read the invoice on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # Some systems refuse a limit on memory; time, and what pypdf unfolds at most, still hold.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    found: dict[str, object]
    try:
        found = look_into_with_pdfium(content) if sys.argv[1:] == ["pdfium"] else look_into(content)
    except Unreadable as error:
        found = {"trouble": str(error)}
    except Exception:
        found = {"trouble": "unreadable"}
    json.dump(found, sys.stdout)


def look_into(content: bytes) -> dict[str, object]:
    """Pages and text of a PDF; raises Unreadable."""
    from providers.pdf_opening import Encrypted, from_header, opened

    document = from_header(content)
    if document is None:
        raise Unreadable("not_a_pdf")
    try:
        reader = opened(document)
    except Encrypted:
        raise Unreadable("encrypted") from None
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        raise Unreadable("too_many_pages" if pages else "no_pages")
    text, size = [], 0
    for page in reader.pages:
        text += [written_on(page), *typed_into(page)]
        size += sum(len(part) for part in text[-2:])
        if size > MOST_CHARACTERS:
            break
    return shown(pages, text)


def look_into_with_pdfium(content: bytes) -> dict[str, object]:
    """The same by PDFium, which reads what is drawn; fields and notes are left to the other."""
    from pypdfium2 import PdfDocument, PdfiumError

    from providers.pdf_opening import from_header

    header = from_header(content)
    if header is None:
        raise Unreadable("not_a_pdf")
    try:
        document = PdfDocument(header)
    except PdfiumError:
        raise Unreadable("unreadable") from None
    pages = len(document)
    if not 1 <= pages <= MOST_PAGES:
        raise Unreadable("too_many_pages" if pages else "no_pages")
    text: list[str] = []
    for page in document:
        written = page.get_textpage()
        text.append(
            written.get_text_range(0, min(written.count_chars(), MOST_CHARACTERS)).replace(BROKEN_WORD, "-")
        )
        if sum(map(len, text)) > MOST_CHARACTERS:
            break
    return shown(pages, text)


def shown(pages: int, text: list[str]) -> dict[str, object]:
    """What was read, as ``InvoiceText`` has it."""
    plain = "\n".join(text).encode("utf-8", "replace").decode()
    return {"pages": pages, "text": plain[:MOST_CHARACTERS].strip()}


def written_on(page: Any) -> str:
    """The text of a page; none where the reader cannot make it out, which says nothing against the invoice."""
    from pypdf.errors import LimitReachedError

    try:
        return str(page.extract_text())
    except (LimitReachedError, MemoryError):
        raise Unreadable("too_complicated") from None
    except Exception:
        return ""


def typed_into(page: Any) -> list[str]:
    """What was typed into the fields and notes of a page."""
    typed = []
    for annotation in page.get("/Annots") or []:
        with contextlib.suppress(Exception):
            found = annotation.get_object()
            parent = found.get("/Parent")
            for value in (found.get("/V"), found.get("/Contents"), parent and parent.get_object().get("/V")):
                value = value.get_object() if value is not None else None
                if isinstance(value, str) and value.strip():
                    typed.append(value)
    return typed


if __name__ == "__main__":
    main()
