"""Reading invoices: whatever a stranger's file does, it does to a process of its own."""

import io
import zipfile
import zlib

import pytest
from pypdf import PdfWriter

from cli.demo.papers import pdf
from forms.invoices.pdf_text import InvoiceText
from providers.invoice_reading import process
from providers.invoice_reading.process import MOST_BYTES, MOST_CHARACTERS, read_invoice
from tests.api.security.test_uploads import encrypted
from tests.api.support.forms import pdf as blank


def with_content(stream: bytes, filters: str) -> bytes:
    """A PDF of one page with a content stream."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 %b >> >> >>"
        % font,
        b"<< /Length %d /Filter %b >>\nstream\n%b\nendstream" % (len(stream), filters.encode(), stream),
    )
    file, table = b"%PDF-1.4\n", b"xref\n0 5\n0000000000 65535 f \n"
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    trailer = b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(file)
    return file + table + trailer


def unfolding_to(tens_of_megabytes: int) -> bytes:
    """What zlib makes of so many zeros, from what it makes of the first of them: the rest is the same again."""
    zeros = 10_000_000
    compressor = zlib.compressobj(9)
    first = compressor.compress(bytes(zeros)) + compressor.flush(zlib.Z_FULL_FLUSH)
    checksum = ((zeros * tens_of_megabytes % 65521) << 16) | 1
    end = b"\x03\x00" + checksum.to_bytes(4, "big")
    return first[:2] + first[2:] * tens_of_megabytes + end


def bomb() -> bytes:
    """Two megabytes that unfold to two thousand."""
    return with_content(unfolding_to(200), "/FlateDecode")


def nested_bomb() -> bytes:
    """A few bytes that unfold to a gigabyte in two steps."""
    return with_content(zlib.compress(unfolding_to(100), 9), "[/FlateDecode /FlateDecode]")


def archive_in_one() -> bytes:
    out = io.BytesIO(pdf("Invoice"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("evil.txt", "hello")
    return out.getvalue()


def many_words() -> bytes:
    shown = b"BT /F1 12 Tf " + b"(aaaaaaaaaaaaaaaaaaaa) Tj " * 40_000 + b" ET"
    return with_content(zlib.compress(shown, 9), "/FlateDecode")


def test_text_and_pages_are_read() -> None:
    found = read_invoice(pdf("Invoice A-1", "Total USD 1,204.50"))
    assert found.trouble is None and found.pages == 1
    assert "Invoice A-1" in found.text and "1,204.50" in found.text
    assert "A-1" not in f"{found!r} {found}", "it never reaches a log"


def protected(password: str) -> bytes:
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Invoice A-1")))
    writer.encrypt(password, "owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def filled_in_form() -> bytes:
    """An invoice whose amount was typed into a field, and its number noted beside it."""
    note = "<< /Type /Annot /Subtype /FreeText /Rect [0 0 9 9] /Contents (Invoice A-7) >>"
    field = "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /FT /Tx /T (total) /V (1,204.50) >>"
    with_fields = with_content(b"BT ET", "[]").replace(
        b"/Contents 4 0 R", f"/Contents 4 0 R /Annots [{note} {field}]".encode()
    )
    return with_fields


@pytest.mark.parametrize(
    "content",
    [
        archive_in_one(),
        b"\xef\xbb\xbf" + pdf("Invoice A-1"),
        b"\n\r\n" + pdf("Invoice A-1"),
        protected(""),
    ],
    ids=["an archive too", "a byte order mark", "line feeds", "an owner's password"],
)
def test_what_opens_is_read(content: bytes) -> None:
    found = read_invoice(content)
    assert found.trouble is None and "Invoice" in found.text


def test_what_was_typed_into_fields_and_notes_is_read() -> None:
    found = read_invoice(filled_in_form())
    assert "1,204.50" in found.text and "Invoice A-7" in found.text


def test_a_scan_has_no_text() -> None:
    assert read_invoice(blank()) == InvoiceText(pages=1, partial=True)


def test_a_bomb_is_whole() -> None:
    assert zlib.decompress(unfolding_to(3)) == bytes(30_000_000)


BAD = {
    "no PDF": (b"hello", "not_a_pdf"),
    "nothing": (b"", "not_a_pdf"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"A" * 99, "not_a_pdf"),
    "only the magic": (b"%PDF-1.7\n" + b"A" * 500, "unreadable"),
    "cut off": (pdf("Invoice")[:200], "unreadable"),
    "a password": (encrypted(), "encrypted"),
    "no pages": (blank(0), "no_pages"),
    "51 pages": (blank(51), "too_many_pages"),
    "5,000 pages": (blank(5_000), "too_many_pages"),
    "too large": (b"%PDF-" + b"A" * MOST_BYTES, "too_large"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_says_why(name: str) -> None:
    content, trouble = BAD[name]
    found = read_invoice(content)
    assert (found.text, found.trouble) == ("", trouble)


@pytest.mark.parametrize("make", [bomb, nested_bomb])
def test_a_bomb_ends_in_its_own_process(make: "type[object]") -> None:
    found = read_invoice(make())  # type: ignore[arg-type]
    assert found.trouble == "too_complicated" or found.text == ""


@pytest.mark.parametrize(
    "content", [pdf("Invoice A-1", "Total USD 1,204.50"), b"\n" + pdf("Invoice A-1"), protected("")]
)
def test_the_second_reader_reads_what_opens(content: bytes) -> None:
    found = read_invoice(content, "pdfium")
    assert found.trouble is None and found.pages == 1 and "Invoice A-1" in found.text


@pytest.mark.parametrize("name", BAD)
def test_the_second_reader_takes_nothing_that_the_first_does_not(name: str) -> None:
    found = read_invoice(BAD[name][0], "pdfium")
    assert found.text == "" and found.trouble is not None


@pytest.mark.parametrize("make", [bomb, nested_bomb, many_words])
def test_the_second_reader_has_the_same_limits(make: "type[object]") -> None:
    found = read_invoice(make(), "pdfium")  # type: ignore[arg-type]
    assert found.trouble or len(found.text) <= MOST_CHARACTERS


def test_a_long_text_is_cut() -> None:
    found = read_invoice(many_words())
    assert found.trouble is None and 0 < len(found.text) <= MOST_CHARACTERS


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WAIT_SECONDS", 0.01)
    assert read_invoice(pdf("Invoice")).trouble == "unfinished", "which says nothing of the invoice"


def test_fifty_pages_are_read() -> None:
    writer = PdfWriter()
    for _ in range(50):
        writer.append(io.BytesIO(pdf("Invoice")))
    out = io.BytesIO()
    writer.write(out)
    assert read_invoice(out.getvalue()).pages == 50
