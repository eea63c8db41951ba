"""Reading the XML of an e-invoice: CII (Factur-X, ZUGFeRD 1 and 2, XRechnung) and UBL.

Only called in a process of its own with tight limits. A document type definition is refused as soon as it begins, so
there are no entities but XML's own five, and nothing is ever fetched.
"""

from collections.abc import Mapping
from pyexpat import ExpatError, ParserCreate

from forms.invoices.e_invoice import EInvoice, XmlTrouble

MOST_XML_BYTES = 5 * 1024**2
MOST_ELEMENTS = 300_000
DEEPEST = 50
MOST_VALUES = 4
LONGEST_VALUE = 200

CII = "urn:un:unece:uncefact:data:standard:"
ZUGFERD_1 = "urn:ferd:CrossIndustryDocument:"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

Paths = Mapping[tuple[str, ...], str]


def cii(document: str, transaction: str, settlement: str, sums: str, agreement: str, context: str) -> Paths:
    """Where the fields stand in CII, whose names have changed between ZUGFeRD 1 and 2."""
    seller = f"{transaction}/{agreement}/SellerTradeParty"
    total = f"{transaction}/{settlement}/{sums}"
    return paths(
        {
            f"{context}/TestIndicator/Indicator": "tests",
            f"{document}/ID": "numbers",
            f"{document}/TypeCode": "types",
            f"{document}/IssueDateTime/DateTimeString": "dates",
            f"{transaction}/{settlement}/InvoiceCurrencyCode": "currencies",
            f"{total}/DuePayableAmount": "due",
            f"{total}/GrandTotalAmount": "grand",
            f"{total}/TaxBasisTotalAmount": "net",
            f"{seller}/Name": "sellers",
            f"{seller}/SpecifiedLegalOrganization/TradingBusinessName": "sellers",
        }
    )


def ubl(type_code: str) -> Paths:
    """Where the fields stand in UBL."""
    seller = "AccountingSupplierParty/Party"
    return paths(
        {
            "ID": "numbers",
            type_code: "types",
            "IssueDate": "dates",
            "DocumentCurrencyCode": "currencies",
            "LegalMonetaryTotal/PayableAmount": "due",
            "LegalMonetaryTotal/TaxInclusiveAmount": "grand",
            "LegalMonetaryTotal/TaxExclusiveAmount": "net",
            f"{seller}/PartyName/Name": "sellers",
            f"{seller}/PartyLegalEntity/RegistrationName": "sellers",
        }
    )


def paths(fields: Mapping[str, str]) -> Paths:
    """Paths below the root, by their steps."""
    return {tuple(path.split("/")): field for path, field in fields.items()}


ROOTS: Mapping[tuple[str, str], Paths] = {
    (CII, "CrossIndustryInvoice"): cii(
        "ExchangedDocument",
        "SupplyChainTradeTransaction",
        "ApplicableHeaderTradeSettlement",
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "ApplicableHeaderTradeAgreement",
        "ExchangedDocumentContext",
    ),
    (ZUGFERD_1, "CrossIndustryDocument"): cii(
        "HeaderExchangedDocument",
        "SpecifiedSupplyChainTradeTransaction",
        "ApplicableSupplyChainTradeSettlement",
        "SpecifiedTradeSettlementMonetarySummation",
        "ApplicableSupplyChainTradeAgreement",
        "SpecifiedExchangedDocumentContext",
    ),
    (UBL, "Invoice"): ubl("InvoiceTypeCode"),
    (UBL, "CreditNote"): ubl("CreditNoteTypeCode"),
}
"""The invoices that are known here; an order (Order-X) has another root, and is none."""


class UnreadableXml(Exception):
    """An XML that is not read; the code says why."""

    def __init__(self, trouble: XmlTrouble) -> None:
        super().__init__(trouble)
        self.trouble: XmlTrouble = trouble


def read_e_invoice(content: bytes, file: str = "") -> EInvoice:
    """What an XML says of the invoice that it is.

    Raises:
        UnreadableXml: it is no invoice, or cannot be read.
    """
    if len(content) > MOST_XML_BYTES:
        raise UnreadableXml("too_large")
    found = _Reading()
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = found.define
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.say
    try:
        parser.Parse(content.lstrip(b" \t\r\n\x00"), True)
    except (ExpatError, LookupError, ValueError):
        raise UnreadableXml("malformed") from None
    said = {field: tuple(values) for field, values in found.said.items()}
    return EInvoice(file=file, credit_note=found.root == (UBL, "CreditNote"), **said)  # type: ignore[arg-type]


class _Reading:
    """Goes through an XML from its start to its end, and keeps the few values that are looked for."""

    def __init__(self) -> None:
        self.root: tuple[str, str] | None = None
        self.wanted: Paths = {}
        self.steps: list[str] = []
        self.elements = 0
        self.text: list[str] | None = None
        self.attributes: Mapping[str, str] = {}
        self.said: dict[str, list[str]] = {}

    def define(self, *_: object) -> None:
        raise UnreadableXml("defines_entities")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.elements += 1
        if len(self.steps) >= DEEPEST or self.elements > MOST_ELEMENTS:
            raise UnreadableXml("too_complicated")
        namespace, _, local = name.rpartition(" ")
        family = CII if namespace.startswith("urn:un:unece:uncefact:data:") else None
        family = family or next((kind for kind in (ZUGFERD_1, UBL) if namespace.startswith(kind)), "")
        if self.root is None:
            self.root = (family, local)
            if self.root not in ROOTS:
                raise UnreadableXml("no_invoice")
            self.wanted = ROOTS[self.root]
        # What another standard has put in between is no step that is looked for.
        self.steps.append(local if family else "")
        field = self.wanted.get(tuple(self.steps[1:]))
        self.text = None if field is None else []
        self.attributes = attributes if field is not None else {}

    def say(self, text: str) -> None:
        if self.text is not None and sum(map(len, self.text)) <= LONGEST_VALUE:
            self.text.append(text)

    def end(self, _: str) -> None:
        field = self.wanted.get(tuple(self.steps[1:]))
        self.steps.pop()
        if field is None or self.text is None:
            self.text = None
            return
        value = " ".join("".join(self.text).split())[:LONGEST_VALUE]
        self.text = None
        if field in ("due", "grand", "net") and (currency := self.attributes.get("currencyID")):
            value = f"{value} {currency[:LONGEST_VALUE]}"
        if field == "dates" and (form := self.attributes.get("format")):
            value = f"{form[:LONGEST_VALUE]}:{value}"
        values = self.said.setdefault(field, [])
        if value and value not in values and len(values) < MOST_VALUES:
            values.append(value)
