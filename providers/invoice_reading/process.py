"""Reading an uploaded invoice, in a process of its own with tight limits.

It is started as ``python -m providers.invoice_reading.process READER``. A PDF that a stranger made may hang its reader,
or unfold to any size; then only that process ends.
"""

import contextlib
import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from forms.invoices.e_invoice import EInvoice
from forms.invoices.pdf_text import InvoiceText, Trouble

WAIT_SECONDS = 20.0
CPU_SECONDS = 6
MEMORY_BYTES = 512 * 1024**2
MOST_BYTES = 10 * 1024**2
MOST_PAGES = 50
MOST_CHARACTERS = 100_000

BROKEN_WORD = "\ufffe"
"""What PDFium writes for a hyphen at the end of a line."""

NOT_DRAWN = re.compile(rb"(?<![\d.])[37]\s+Tr(?![A-Za-z])")
"""Text is to be shown without being drawn (ISO 32000-2, 9.3.6)."""

ROOT = Path(__file__).parents[2]

Reader = Literal["pypdf", "pdfium"]
"""Two programs that read PDFs; what one garbles or is too slow for, the other may read."""


class Unreadable(Exception):
    """A file that is not read; the code says why."""


def read_invoice(content: bytes, reader: Reader = "pypdf") -> InvoiceText:
    """The text of an uploaded invoice, or why there is none; read in another process."""
    if len(content) > MOST_BYTES:
        return InvoiceText(trouble="too_large")
    command = [sys.executable, "-m", "providers.invoice_reading.process", reader]
    try:
        done = subprocess.run(
            command,
            input=content,
            stdout=subprocess.PIPE,
            # Its complaints are a stranger's words, as many as the stranger likes.
            stderr=subprocess.DEVNULL,
            timeout=WAIT_SECONDS,
            cwd=ROOT,
            check=True,
            env={},
        )
        return told(done.stdout)
    except subprocess.TimeoutExpired as error:
        # Its work is bounded by processor time, so it is the machine that is busy: of the invoice that says nothing.
        return told(error.stdout, "unfinished")
    except subprocess.SubprocessError as error:
        return told(getattr(error, "stdout", None), "too_complicated")


def told(output: bytes | None, trouble: Trouble = "too_complicated") -> InvoiceText:
    """What the process found out, in a line each; ``trouble`` is why the last may be missing."""
    found: dict[str, Any] = {}
    for line in (output or b"").splitlines():
        with contextlib.suppress(ValueError):
            found |= json.loads(line)
    return InvoiceText.model_validate(
        found if "pages" in found or "trouble" in found else {**found, "trouble": trouble}
    )


def main() -> None:
    """Read the invoice on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
    tell(found)


def tell(found: dict[str, object]) -> None:
    """Hand over what was found so far; it holds even if the rest is never finished."""
    print(json.dumps(found), flush=True)


def look_into(content: bytes) -> dict[str, object]:
    """Pages and text of a PDF; raises Unreadable."""
    from providers.invoice_reading.pdf_opening import Encrypted, from_header, opened

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
    tell({"e_invoices": [one.model_dump() for one in attached_to(reader)]})
    text, unread, unseen = [], 0, False
    for page in reader.pages:
        written, hidden = written_on(page)
        typed = typed_into(page)
        unread += not written.strip() and not typed
        unseen = unseen or hidden
        text += [written, *typed]
        if sum(map(len, text)) > MOST_CHARACTERS:
            unread += 1
            break
    return shown(pages, text, bool(unread), unseen)


def attached_to(reader: Any) -> list[EInvoice]:
    """The e-invoices in a document; what is wrong with them says nothing of its pages."""
    from providers.invoice_reading.pdf_attachments import e_invoices_of

    try:
        return e_invoices_of(reader)
    except Exception:
        return [EInvoice(trouble="malformed")]


def look_into_with_pdfium(content: bytes) -> dict[str, object]:
    """The same by PDFium, which reads what is drawn; fields and notes are left to the other."""
    from pypdfium2 import PdfDocument, PdfiumError

    from providers.invoice_reading.pdf_opening import from_header

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
    unread = 0
    for page in document:
        written = page.get_textpage()
        characters = written.count_chars()
        unread += not characters or characters > MOST_CHARACTERS
        text.append(written.get_text_range(0, min(characters, MOST_CHARACTERS)).replace(BROKEN_WORD, "-"))
        if sum(map(len, text)) > MOST_CHARACTERS:
            unread += 1
            break
    return shown(pages, text, bool(unread))


def shown(pages: int, text: list[str], partial: bool, unseen: bool = False) -> dict[str, object]:
    """What was read, as ``InvoiceText`` has it."""
    plain = "\n".join(text).encode("utf-8", "replace").decode()
    return {"pages": pages, "text": plain[:MOST_CHARACTERS].strip(), "partial": partial, "unseen": unseen}


def written_on(page: Any) -> tuple[str, bool]:
    """The text of a page, and whether some of it is not drawn.

    It is empty where the reader cannot make it out, which says nothing against the invoice.
    """
    from pypdf.errors import LimitReachedError

    try:
        text = str(page.extract_text())
    except (LimitReachedError, MemoryError):
        raise Unreadable("too_complicated") from None
    except Exception:
        return "", False
    return text, any(NOT_DRAWN.search(operators) for operators in drawn_by(page))


def drawn_by(page: Any) -> Iterator[bytes]:
    """The operators of a page, and of the forms that it draws."""
    with contextlib.suppress(Exception):
        yield page.get_contents().get_data()
        for form in page["/Resources"]["/XObject"].values():
            if form.get_object().get("/Subtype") == "/Form":
                yield form.get_object().get_data()


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
