"""Invented pages as the programs of the world draw them: odd fonts, a glyph at a time, turned, in forms, not drawn."""

from collections.abc import Mapping, Sequence

LINES = ("Invoice number: INV-7", "2026-03-02", "Example Games LLC", "Total due: USD 1,204.50")
SIGNS = sorted({sign for line in LINES for sign in line} | set("0123456789"))
GLYPHS: Mapping[str, int] = {sign: number for number, sign in enumerate(SIGNS, 3)}
"""Where each sign stands in a font of its own, as programs number the glyphs that they use."""

PLAIN = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def document(
    content: bytes,
    font: bytes = PLAIN,
    *more: bytes,
    page: bytes = b"",
    resources: bytes = b"",
    pages: Sequence[bytes] = (),
) -> bytes:
    """A PDF by hand: the first objects are fixed, ``more`` begins at the sixth; ``pages`` are further pages' contents."""
    kids = b" ".join(b"%d 0 R" % (6 + len(more) + 2 * place) for place in range(len(pages)))
    look = b"/MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> %b >>" % resources
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R %b] /Count %d >>" % (kids, 1 + len(pages)),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R %b %b >>" % (look, page),
        stream(content),
        font,
        *more,
    ]
    for one in pages:
        objects.append(b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R %b >>" % (len(objects) + 2, look))
        objects.append(stream(one))
    file, table = b"%PDF-1.7\n", b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(file))
    return file + table + trailer


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), entries, content)


def lines(*words: str, mode: int = 0) -> bytes:
    """Lines of text, one below the other."""
    shown = b" ".join(b"(%b) Tj T*" % word.encode("cp1252") for word in words)
    return b"BT %d Tr /F1 12 Tf 60 760 Td 18 TL " % mode + shown + b" ET"


def in_glyphs(words: Sequence[str], lacking: str = "") -> bytes:
    """Lines of text in the numbers of glyphs; what the font lacks is its glyph 0."""
    shown = b""
    for word in words:
        codes = "".join(f"{0 if sign in lacking else GLYPHS.get(sign, 0):04x}" for sign in word)
        shown += b"<%b> Tj T* " % codes.encode()
    return b"BT /F1 12 Tf 60 760 Td 18 TL " + shown + b" ET"


def with_glyphs(content: bytes, named: bool, nothing: str | None = None) -> bytes:
    """A PDF with a font of numbered glyphs; ``named``: it says which signs they are; ``nothing``: what glyph 0 is."""
    outlines = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Odd /CIDToGIDMap /Identity /DW 600"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 7 0 R >>"
    )
    about = (
        b"<< /Type /FontDescriptor /FontName /AAAAAA+Odd /Flags 4 /FontBBox [0 0 600 800] /ItalicAngle 0"
        b" /Ascent 800 /Descent 0 /CapHeight 700 /StemV 80 >>"
    )
    names = [f"<{glyph:04x}> <{ord(sign):04x}>" for sign, glyph in GLYPHS.items()]
    if nothing is not None:
        names.insert(0, f"<0000> <{nothing}>")
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(names)} beginbfchar\n" + "\n".join(names) + "\nendbfchar endcmap end end"
    )
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Odd /Encoding /Identity-H /DescendantFonts [6 0 R] %b >>"
        % (b"/ToUnicode 8 0 R" if named else b"")
    )
    return document(content, font, outlines, about, stream(table.encode()))


def numbered_names() -> bytes:
    """A font of one byte a sign whose glyphs are called by numbers, with no word of what they are."""
    names = b" ".join(b"/g%d" % number for number in range(32, 127))
    return (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /AAAAAA+Odd /FirstChar 32 /LastChar 126 /Widths [%b]"
        b" /Encoding << /Type /Encoding /Differences [32 %b] >> >>" % (b"600 " * 95, names)
    )


def a_sign_at_a_time(*words: str) -> bytes:
    """Each sign placed by itself, as browsers' and designers' programs do."""
    shown = b""
    for place, word in enumerate(words):
        for column, sign in enumerate(word):
            shown += b"1 0 0 1 %d %d Tm (%b) Tj " % (60 + 8 * column, 760 - 18 * place, sign.encode())
    return b"BT /F1 12 Tf " + shown + b"ET"


def kerned(*words: str) -> bytes:
    """Signs with room between them, in one array."""
    shown = b" ".join(
        b"[%b] TJ T*" % b" -40 ".join(b"(%b)" % sign.encode() for sign in word) for word in words
    )
    return b"BT /F1 12 Tf 60 760 Td 18 TL " + shown + b" ET"


def in_a_form(*words: str) -> bytes:
    """Text in a form that the page draws, which draws another."""
    own = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
    inner = stream(lines(*words), own + b"/Resources << /Font << /F1 5 0 R >> >>")
    outer = stream(b"/Y Do", own + b"/Resources << /XObject << /Y 6 0 R >> >>")
    return document(b"q /X Do Q", PLAIN, inner, outer, resources=b"/XObject << /X 7 0 R >>")
