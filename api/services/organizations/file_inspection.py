"""What an uploaded file really is, found out by a process with tight limits: ``python -m`` this very module.

Parsers of files that strangers made may hang, or use up all memory; then only this process ends.
"""

import contextlib
import io
import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CPU_SECONDS = 8
MEMORY_BYTES = 1024**3
WAIT_SECONDS = 20.0

MOST_PAGES = 200
MOST_OBJECTS = 20_000
MOST_PIXELS = 60_000_000

ROOT = Path(__file__).parents[3]


class Refused(Exception):
    """A file that is not taken; the code says why."""


class Busy(Exception):
    """Nothing can be said of the file now; the same one may be sent again."""


@dataclass(frozen=True)
class Finding:
    """What a file is: its type, or why it is refused."""

    content_type: str | None
    refused: str | None


def inspect(content: bytes, least_pixels: int) -> Finding:
    """What a file is, found out in another process.

    Raises:
        Busy: the machine did not get round to it.
    """
    command = [sys.executable, "-m", "api.services.organizations.file_inspection", str(least_pixels)]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=WAIT_SECONDS, cwd=ROOT, check=True, env={}
        )
        return Finding(**json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        # Its work is bounded by processor time, so it is the machine that is busy.
        raise Busy from None
    except (subprocess.SubprocessError, ValueError, TypeError):
        return Finding(None, "unreadable")


def main() -> None:
    """Inspect the file on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # Some systems refuse a limit on memory; the time still holds.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    content = sys.stdin.buffer.read()
    finding: dict[str, str | None] = {"content_type": None, "refused": None}
    try:
        finding["content_type"] = look_at(content, int(sys.argv[1]))
    except Refused as error:
        finding["refused"] = str(error)
    except Exception:
        finding["refused"] = "unreadable"
    json.dump(finding, sys.stdout)


def look_at(content: bytes, least_pixels: int) -> str:
    """The content type; raises Refused."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        look_at_image(content, "PNG", least_pixels)
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        look_at_image(content, "JPEG", least_pixels)
        return "image/jpeg"
    from providers.invoice_reading.pdf_opening import from_header

    document = from_header(content)
    if document is None:
        raise Refused("type_not_supported")
    look_at_pdf(document)
    return "application/pdf"


def look_at_pdf(content: bytes) -> None:
    """A PDF that can be read, is not too large, and does nothing by itself."""
    from providers.invoice_reading.pdf_opening import Encrypted, is_active, opened

    try:
        reader = opened(content)
    except Encrypted:
        raise Refused("encrypted") from None
    if sum(len(objects) for objects in reader.xref.values()) + len(reader.xref_objStm) > MOST_OBJECTS:
        raise Refused("too_complex")
    pages = len(reader.pages)
    if not 1 <= pages <= MOST_PAGES:
        raise Refused("too_many_pages" if pages else "no_pages")
    for page in reader.pages:
        page.mediabox  # noqa: B018 – each page must be there
    if is_active(reader):
        raise Refused("active_content")


def look_at_image(content: bytes, kind: str, least_pixels: int) -> None:
    """An image that can be decoded, and is neither too small nor a bomb."""
    import warnings

    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as image:
            width, height = image.size
            if min(width, height) < least_pixels:
                raise Refused("image_too_small")
            image.verify()
        with Image.open(io.BytesIO(content), formats=[kind]) as image:
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("image_too_large") from None


if __name__ == "__main__":
    main()
