"""The e-invoices that are attached to a PDF, wherever it keeps its attachments.

Only called in a process of its own with tight limits.
"""

from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader, apply_configuration, get_configuration
from pypdf.errors import LimitReachedError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from forms.invoices.e_invoice import EInvoice
from providers.invoice_reading.e_invoice_xml import MOST_XML_BYTES, UnreadableXml, read_e_invoice

KNOWN_NAMES = frozenset(
    (
        "factur-x.xml",
        "zugferd-invoice.xml",
        "xrechnung.xml",
        "facturx.xml",
        "zugferd.xml",
        "cii.xml",
        "ubl.xml",
        "ubl-invoice.xml",
    )
)
"""What the XML of an e-invoice is called; of an XML of another name only its content says that it is one."""

FILTERS = ("/FlateDecode", "/Fl")
MOST_FILTERS = 2
"""An attachment that is packed otherwise is not unpacked: no program that writes e-invoices does so."""

MOST_PACKED = 64 * 1024
"""Of a damaged attachment, every byte costs a try: several of a megabyte would take all the time that the pages need."""

MOST_FILES = 200
MOST_XMLS = 5
LONGEST_NAME = 80
DEEPEST = 20


def e_invoices_of(reader: PdfReader) -> list[EInvoice]:
    """The e-invoices in a document; one that cannot be read says why."""
    found: list[EInvoice] = []
    looked_at = 0
    for name, stream in attached(reader):
        called_so = name.casefold() in KNOWN_NAMES
        if not called_so and not name.casefold().endswith(".xml") and not says_xml(stream):
            continue
        looked_at += 1
        if looked_at > MOST_XMLS:
            found.append(EInvoice(trouble="too_many"))
            break
        try:
            one = read_e_invoice(unpacked(stream), name)
        except UnreadableXml as error:
            if called_so or error.trouble not in ("no_invoice", "malformed"):
                found.append(EInvoice(file=name, trouble=error.trouble))
            continue
        found.append(one)
    return found


def unpacked(stream: StreamObject) -> bytes:
    """The bytes of an attachment; raises UnreadableXml where they are too many, or packed in no usual way."""
    filters = plain(stream.get("/Filter"))
    names = (
        [plain(one) for one in filters] if isinstance(filters, ArrayObject) else [filters] if filters else []
    )
    if len(names) > MOST_FILTERS or any(name not in FILTERS for name in names):
        raise UnreadableXml("too_complicated")
    limits = get_configuration().with_overwrites(
        zlib_maximum_output_length=MOST_XML_BYTES, zlib_maximum_recovery_input_length=MOST_PACKED
    )
    try:
        with apply_configuration(limits):
            return bytes(stream.get_data())
    except (LimitReachedError, MemoryError):
        raise UnreadableXml("too_large") from None
    except Exception:
        raise UnreadableXml("malformed") from None


def says_xml(stream: StreamObject) -> bool:
    """Whether an attachment is called XML, whatever its name."""
    return str(plain(stream.get("/Subtype"))).casefold().endswith("/xml")


def attached(reader: PdfReader) -> Iterator[tuple[str, StreamObject]]:
    """Each attached file once, with its name, at most so many."""
    seen = set[Any]()
    for specification in specifications(reader):
        for key in ("/UF", "/F"):
            name = plain(specification.get(key))
            if isinstance(name, str):
                break
        else:
            name = ""
        files = plain(specification.get("/EF"))
        for key in ("/UF", "/F"):
            held = files.raw_get(key) if isinstance(files, DictionaryObject) and key in files else None
            stream = plain(held)
            if not isinstance(stream, StreamObject):
                continue
            identity = held.idnum if isinstance(held, IndirectObject) else id(stream)
            if identity not in seen:
                seen.add(identity)
                yield shown(name), stream
            if len(seen) >= MOST_FILES:
                return


def shown(name: str) -> str:
    """The name of a file without its folders and what cannot be shown."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in bare if sign.isprintable()).strip()[:LONGEST_NAME]


def specifications(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Whatever names an attached file: the document, its list of files, its pages, and notes on them."""
    root = plain(reader.trailer.get("/Root"))
    if not isinstance(root, DictionaryObject):
        return
    yield from dictionaries(root.get("/AF"))
    names = plain(root.get("/Names"))
    if isinstance(names, DictionaryObject):
        yield from named(names.get("/EmbeddedFiles"), set(), 0)
    for page in reader.pages:
        yield from dictionaries(page.get("/AF"))
        for note in dictionaries(page.get("/Annots")):
            yield from dictionaries(note.get("/FS"))
            yield from dictionaries(note.get("/AF"))


def named(node: Any, seen: set[int], depth: int) -> Iterator[DictionaryObject]:
    """The files of a tree of names, which may be a stranger's and lead back to itself."""
    here = plain(node)
    if (
        not isinstance(here, DictionaryObject)
        or id(here) in seen
        or depth > DEEPEST
        or len(seen) > MOST_FILES
    ):
        return
    seen.add(id(here))
    yield from dictionaries(here.get("/Names"))
    kids = plain(here.get("/Kids"))
    for kid in kids if isinstance(kids, ArrayObject) else ():
        yield from named(kid, seen, depth + 1)


def dictionaries(value: Any) -> Iterator[DictionaryObject]:
    """A dictionary, or those in a list."""
    value = plain(value)
    for one in value if isinstance(value, ArrayObject) else [value]:
        found = plain(one)
        if isinstance(found, DictionaryObject):
            yield found


def plain(value: Any) -> Any:
    """A value, also one that stands elsewhere; ``None`` where it cannot be read."""
    try:
        return value.get_object() if isinstance(value, IndirectObject) else value
    except Exception:
        return None
