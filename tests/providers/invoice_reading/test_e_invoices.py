"""E-invoices in PDFs: found wherever they are attached; whatever their XML does, it stops nothing else."""

import codecs
import io
import zlib
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import ArrayObject, EncodedStreamObject, NameObject

from cli.demo.papers import pdf
from forms.invoices.e_invoice import EInvoice, amount_of, day_of
from providers.invoice_reading.e_invoice_xml import MOST_XML_BYTES, UnreadableXml, read_e_invoice
from providers.invoice_reading.pdf_attachments import MOST_PACKED, MOST_XMLS, e_invoices_of, unpacked
from providers.invoice_reading.process import read_invoice
from tests.providers.invoice_reading.e_invoices import PLACES, cii, holding, ubl, zugferd_1

KINDS = {"Factur-X": cii(), "ZUGFeRD 1": zugferd_1(), "UBL": ubl()}


def in_pdf(content: bytes) -> list[EInvoice]:
    return e_invoices_of(PdfReader(io.BytesIO(content)))


def trouble_of(content: bytes) -> str | None:
    try:
        return read_e_invoice(content).trouble
    except UnreadableXml as error:
        return error.trouble


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_the_same(kind: str) -> None:
    found = read_e_invoice(KINDS[kind], "factur-x.xml")
    assert (found.numbers, found.types, found.currencies) == (("INV-2026/007",), ("380",), ("USD",))
    for amounts in (found.due, found.grand, found.net):
        assert [str(amount_of(one)[0]) for one in amounts] == ["1204.50"]  # type: ignore[index]
    assert [str(day_of(one)) for one in found.dates] == ["2026-03-02"]
    assert found.sellers == ("Example Games LLC",)
    assert not found.credit_note and "INV" not in f"{found!r}", "it never reaches a log"


def test_a_credit_note_of_ubl_is_one_by_its_form() -> None:
    assert read_e_invoice(ubl("CreditNote", type="380")).credit_note


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + cii(),
        b"\n  " + cii(),
        cii().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        cii(seller="Müller").decode().replace("UTF-8", "windows-1252").encode("cp1252"),
        cii().replace(b"ram:", b"a:").replace(b"xmlns:ram", b"xmlns:a"),
        cii(number="<![CDATA[INV-2026/007]]>"),
        cii(number="INV-2026&#x2F;007<!-- x -->"),
        cii(number="\n  INV-2026/007\n "),
    ],
    ids=[
        "byte order mark",
        "blanks",
        "UTF-16",
        "windows-1252",
        "prefixes",
        "CDATA",
        "comment",
        "line breaks",
    ],
)
def test_an_xml_is_read_however_it_is_written(content: bytes) -> None:
    assert read_e_invoice(content).numbers == ("INV-2026/007",)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%b">' % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(10))
    + b"]>"
)
HOSTILE = {
    "billion laughs": (BOMB + cii()[39:].replace(b"INV-2026", b"&a9;"), "defines_entities"),
    "an outer file": (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + cii()[39:].replace(b"INV", b"&x;"),
        "defines_entities",
    ),
    "an outer definition": (b'<!DOCTYPE a SYSTEM "http://evil.example/a.dtd"><a/>', "defines_entities"),
    "an entity that nobody defined": (cii(number="&x;"), "malformed"),
    "deep": (cii()[:-30].split(b" <rsm:Exch")[0] + b"<a>" * 100_000, "too_complicated"),
    "wide": (cii().replace(b" <rsm:Supply", b"<a/>" * 400_000 + b" <rsm:Supply"), "too_complicated"),
    "long": (cii() + b" " * MOST_XML_BYTES, "too_large"),
    "nothing": (b"", "malformed"),
    "no XML": (b"\x00\x01\x02" * 99, "malformed"),
    "cut off": (cii()[:-50], "malformed"),
    "another encoding than it says": (b'<?xml version="1.0" encoding="x-nothing"?><a/>', "malformed"),
    "an order": (cii().replace(b"CrossIndustryInvoice", b"SCRDMCCBDACIOMessageStructure"), "no_invoice"),
    "another language": (b"<html><body>INV-1</body></html>", "no_invoice"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_damaged_xml_is_told_apart_from_a_right_one(name: str) -> None:
    content, trouble = HOSTILE[name]
    assert trouble_of(content) == trouble


@settings(max_examples=60)
@given(st.integers(0, len(cii())), st.binary(min_size=1, max_size=8), st.booleans())
def test_whatever_is_damaged_in_an_xml_it_is_read_or_says_why(
    place: int, noise: bytes, instead: bool
) -> None:
    whole = cii()
    trouble_of(whole[:place] + noise + whole[place + len(noise) * instead :])


def test_a_value_as_long_as_it_likes_is_cut_and_values_as_many_as_it_likes_are_few() -> None:
    many = b"".join(b"<ram:ID>%d</ram:ID>" % n for n in range(1000))
    found = read_e_invoice(
        cii(number="A" * 1_000_000).replace(b"<rsm:ExchangedDocument>", b"<rsm:ExchangedDocument>" + many)
    )
    assert 1 < len(found.numbers) < 9 and max(map(len, found.numbers)) <= 200


@pytest.mark.parametrize(
    "written", ["", "NaN", "Infinity", "1e5", "1,204.50", "1_204", "٣", "--1", "9" * 99, "1.2.3"]
)
def test_what_is_no_amount_is_none(written: str) -> None:
    assert amount_of(written) is None


@pytest.mark.parametrize("place", PLACES)
def test_an_e_invoice_is_found_wherever_it_is_attached(place: str) -> None:
    [found] = in_pdf(holding(("factur-x.xml", cii()), put=PLACES[place]))
    assert (found.file, found.numbers) == ("factur-x.xml", ("INV-2026/007",))


@pytest.mark.parametrize(
    "name",
    [
        "factur-x.xml",
        "ZUGFeRD-invoice.xml",
        "zugferd-invoice.xml",
        "xrechnung.xml",
        "Rechnung 7.XML",
        "/tmp/x/a.xml",
    ],
)
def test_an_e_invoice_is_found_under_every_name(name: str) -> None:
    [found] = in_pdf(holding((name, cii())))
    assert found.numbers and "/" not in found.file


def test_what_is_attached_and_is_no_e_invoice_says_nothing() -> None:
    order = HOSTILE["an order"][0]
    assert (
        in_pdf(
            holding(("order-x.xml", order), ("terms.pdf", pdf()), ("data.xml", b"<a/>"), ("odd.xml", b"\x00"))
        )
        == []
    )


def test_a_file_that_is_named_as_an_e_invoice_and_is_none_says_so() -> None:
    assert [one.trouble for one in in_pdf(holding(("factur-x.xml", b"<a/>")))] == ["no_invoice"]


def test_the_same_file_named_twice_is_one_and_many_are_told() -> None:
    content = holding(("factur-x.xml", cii()), ("b.xml", cii(number="B")), ("c.xml", cii(number="C")))
    assert [one.numbers for one in in_pdf(content)] == [("INV-2026/007",), ("B",), ("C",)]
    many = in_pdf(holding(*((f"{n}.xml", cii(number=f"N{n}")) for n in range(MOST_XMLS + 3))))
    assert [one.trouble for one in many] == [None] * MOST_XMLS + ["too_many"]


def repacked(content: bytes, data: bytes, filters: list[str]) -> bytes:
    """A PDF whose attachment is packed in another way."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=io.BytesIO(content))
    file: Any = writer.root_object["/AF"][0]  # type: ignore[index]
    stream = EncodedStreamObject()
    stream._data = data
    stream[NameObject("/Filter")] = ArrayObject([NameObject(one) for one in filters])
    file.get_object()["/EF"][NameObject("/F")] = writer._add_object(stream)
    del file.get_object()["/EF"]["/UF"]
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


BIG = zlib.compress(b" " * 200_000_000, 9)
PACKED = {
    "a bomb": (BIG, ["/FlateDecode"], "too_large"),
    "a bomb in two steps": (zlib.compress(BIG, 9), ["/FlateDecode"] * 2, "too_large"),
    "in many steps": (cii(), ["/FlateDecode"] * 9, "too_complicated"),
    "in hexadecimal": (cii().hex().encode(), ["/ASCIIHexDecode"], "too_complicated"),
    "not packed at all": (cii(), ["/FlateDecode"], "malformed"),
}


@pytest.mark.parametrize("name", PACKED)
def test_an_attachment_that_unfolds_to_anything_is_left_where_it_is(name: str) -> None:
    data, filters, trouble = PACKED[name]
    [found] = in_pdf(repacked(holding(("factur-x.xml", cii())), data, filters))
    assert found.trouble == trouble


def packed(data: bytes) -> EncodedStreamObject:
    """An attachment as it stands in a PDF."""
    stream = EncodedStreamObject()
    stream._data = data
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    return stream


def damaged(content: bytes) -> bytes:
    """Packed, but wrong where it begins: each byte that follows is tried by itself."""
    whole = zlib.compress(content)
    return whole[:2] + bytes([whole[2] ^ 0xFF]) + whole[3:]


@pytest.mark.parametrize(
    "data",
    [zlib.compress(b" " * (MOST_XML_BYTES + 1)), damaged(Random(1).randbytes(MOST_PACKED))],
    ids=["long", "damaged"],
)
def test_no_more_of_an_attachment_is_unpacked_or_tried_than_an_e_invoice_needs(data: bytes) -> None:
    with pytest.raises(UnreadableXml) as error:
        unpacked(packed(data))
    assert error.value.trouble == "too_large"


def test_files_that_lead_back_to_themselves_end() -> None:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject

    writer = PdfWriter(clone_from=io.BytesIO(pdf("Invoice")))
    node = DictionaryObject()
    held = writer._add_object(node)
    node[NameObject("/Kids")] = ArrayObject([held] * 50)
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): held})
    writer.root_object[NameObject("/AF")] = ArrayObject([held])
    out = io.BytesIO()
    writer.write(out)
    assert in_pdf(out.getvalue()) == []


def test_an_e_invoice_is_read_beside_the_pages_and_under_an_owner_s_password() -> None:
    found = read_invoice(holding(("factur-x.xml", cii()), page=pdf("Invoice A-1"), password=""))
    assert found.trouble is None and "A-1" in found.text
    assert [one.numbers for one in found.e_invoices] == [("INV-2026/007",)]
