"""Invented e-invoices: XML of each kind that is read, and PDFs that hold them."""

import io
from collections.abc import Callable

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from cli.demo.papers import pdf

SAID = {
    "number": "INV-2026/007",
    "type": "380",
    "date": "20260302",
    "currency": "USD",
    "due": "1204.50",
    "grand": "1204.50",
    "net": "1204.50",
    "seller": "Example Games LLC",
}


def cii(**other: str) -> bytes:
    """Factur-X, ZUGFeRD 2, XRechnung."""
    said = SAID | other
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
  <ram:ID>urn:factur-x.eu:1p0:minimum</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>{said["number"]}</ram:ID><ram:TypeCode>{said["type"]}</ram:TypeCode>
  <ram:IssueDateTime><udt:DateTimeString format="102">{said["date"]}</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>
  <ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID>
   </ram:AssociatedDocumentLineDocument><ram:SpecifiedTradeProduct><ram:ID>INV-0</ram:ID></ram:SpecifiedTradeProduct>
  </ram:IncludedSupplyChainTradeLineItem>
  <ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>{said["seller"]}</ram:Name>
   <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456789</ram:ID></ram:SpecifiedTaxRegistration>
  </ram:SellerTradeParty><ram:BuyerTradeParty><ram:Name>Platform</ram:Name></ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>{said["currency"]}</ram:InvoiceCurrencyCode>
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:TaxBasisTotalAmount>{said["net"]}</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="USD">0.00</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>{said["grand"]}</ram:GrandTotalAmount>
    <ram:DuePayableAmount>{said["due"]}</ram:DuePayableAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def zugferd_1(**other: str) -> bytes:
    """The first ZUGFeRD, with other names."""
    renamed = cii(**other).decode()
    for now, before in (
        (
            "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
            "urn:ferd:CrossIndustryDocument:invoice:1p0",
        ),
        ("BusinessInformationEntity:100", "BusinessInformationEntity:12"),
        ("UnqualifiedDataType:100", "UnqualifiedDataType:15"),
        ("CrossIndustryInvoice", "CrossIndustryDocument"),
        ("ExchangedDocumentContext", "SpecifiedExchangedDocumentContext"),
        ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
        ("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        (
            "SpecifiedTradeSettlementHeaderMonetarySummation",
            "SpecifiedTradeSettlementMonetarySummation",
        ),
    ):
        renamed = renamed.replace(now, before)
    return renamed.encode()


def ubl(root: str = "Invoice", **other: str) -> bytes:
    """UBL, as Peppol and XRechnung have it."""
    said = SAID | other
    day = f"{said['date'][:4]}-{said['date'][4:6]}-{said['date'][6:]}"
    currency = said["currency"]
    return f"""<?xml version="1.0"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>{said["number"]}</cbc:ID><cbc:IssueDate>{day}</cbc:IssueDate>
 <cbc:{root}TypeCode>{said["type"]}</cbc:{root}TypeCode><cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>
 <cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>
 <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>{said["seller"]}</cbc:Name></cac:PartyName>
  <cac:PartyTaxScheme><cbc:CompanyID>DE123456789</cbc:CompanyID></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="{currency}">{said["net"]}</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="{currency}">{said["grand"]}</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="{currency}">{said["due"]}</cbc:PayableAmount></cac:LegalMonetaryTotal>
</{root}>""".encode()


Put = Callable[[PdfWriter, DictionaryObject], None]


def among_the_files(writer: PdfWriter, specification: DictionaryObject) -> None:
    """In the list of all attachments, two nodes deep."""
    leaf = DictionaryObject(
        {NameObject("/Names"): ArrayObject([TextStringObject("a"), writer._add_object(specification)])}
    )
    middle = DictionaryObject({NameObject("/Kids"): ArrayObject([writer._add_object(leaf)])})
    top = DictionaryObject({NameObject("/Kids"): ArrayObject([writer._add_object(middle)])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): top})


def beside_the_document(writer: PdfWriter, specification: DictionaryObject) -> None:
    """As a file that belongs to the document, and is listed nowhere else."""
    files = writer.root_object.setdefault(NameObject("/AF"), ArrayObject())
    files.append(writer._add_object(specification))


def beside_a_page(writer: PdfWriter, specification: DictionaryObject) -> None:
    """As a file that belongs to a page."""
    writer.pages[0][NameObject("/AF")] = ArrayObject([writer._add_object(specification)])


def pinned_to_a_page(writer: PdfWriter, specification: DictionaryObject) -> None:
    """As a paper clip on a page."""
    writer.pages[0][NameObject("/Annots")] = ArrayObject(
        [
            DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Annot"),
                    NameObject("/Subtype"): NameObject("/FileAttachment"),
                    NameObject("/Rect"): ArrayObject([NumberObject(0)] * 4),
                    NameObject("/FS"): writer._add_object(specification),
                }
            )
        ]
    )


PLACES: dict[str, Put] = {
    "among the files": among_the_files,
    "beside the document": beside_the_document,
    "beside a page": beside_a_page,
    "pinned to a page": pinned_to_a_page,
}


def file_of(writer: PdfWriter, name: str, content: bytes, packed: bool = True) -> DictionaryObject:
    """A file as PDFs hold it."""
    stream = DecodedStreamObject()
    stream.set_data(content)
    held = writer._add_object(stream.flate_encode() if packed else stream)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/F"): TextStringObject(name),
            NameObject("/UF"): TextStringObject(name),
            NameObject("/AFRelationship"): NameObject("/Alternative"),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): held, NameObject("/UF"): held}),
        }
    )


def holding(
    *files: tuple[str, bytes],
    page: bytes = pdf(),
    put: Put = beside_the_document,
    password: str | None = None,
) -> bytes:
    """A PDF with some files in it."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(page)))
    for name, content in files:
        put(writer, file_of(writer, name, content))
    if password is not None:
        writer.encrypt(password, "owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
