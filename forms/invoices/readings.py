"""What two readers and an e-invoice say together of an invoice's PDF: the rules are those of ADR 15 and ADR 29."""

from collections.abc import Sequence

from forms.findings import Finding, not_checked, passed
from forms.invoices.comparison import Typed, paper_findings
from forms.invoices.e_invoice_comparison import DECIDING, e_invoice_findings
from forms.invoices.pdf_text import InvoiceText
from words.voice import Sentence, joined

CERTAIN = ("not_a_pdf", "encrypted", "too_large", "too_many_pages", "no_pages")
"""Why a PDF could not be read, where no other reader could read it either."""

SAME = {
    "invoice_number_on_pdf": "e_invoice_number",
    "amount_on_pdf": "e_invoice_amount",
    "currency_on_pdf": "e_invoice_currency",
    "date_on_pdf": "e_invoice_date",
    "name_on_pdf": "e_invoice_seller",
}
"""What the pages and the e-invoice both say."""


def judged(typed: Typed, first: InvoiceText, second: InvoiceText | None = None) -> list[Finding]:
    """All that an invoice's PDF says of what was typed.

    Args:
        typed: what was typed.
        first: what the first reader read; it alone reads e-invoices.
        second: what the second reader read, if it was asked.
    """
    pages, found = pages_findings(typed, first, second), e_invoice_findings(typed, first.e_invoices)
    return [*pages, *found] if first.trouble else with_e_invoices(pages, found)


def another_reader_may_help(read: InvoiceText, found: Sequence[Finding]) -> bool:
    """Whether a second reader could find what the first did not."""
    sought = {"pdf", *SAME}
    return read.trouble not in CERTAIN and any(f.result != "passed" and f.name in sought for f in found)


def pages_findings(typed: Typed, first: InvoiceText, second: InvoiceText | None) -> list[Finding]:
    """What the pages say, by one reader or by two.

    What either finds is there. Refused is only what both contradict, and both have read the whole of.
    """
    one = paper_findings(typed, first.text, first.trouble)
    if first.trouble in CERTAIN or second is None:
        return with_unseen(one, first)
    other = paper_findings(typed, second.text, second.trouble)
    if first.trouble and second.trouble:
        return one if first.trouble == second.trouble else doubted(one)
    if not first.text or not second.text:
        return with_unseen(doubted(one if first.text or second.trouble else other), first)
    together = read_together(one, other)
    return with_unseen(doubted(together) if first.partial or second.partial else together, first)


def read_together(one: Sequence[Finding], other: Sequence[Finding]) -> list[Finding]:
    """What two readers of the same PDF say: what either found is there; only what both contradict is contradicted."""
    by_name = {finding.name: finding for finding in other}
    together = []
    for finding in one:
        both = (finding, by_name.pop(finding.name, finding))
        best = next((f for f in both if f.result == "passed"), None)
        doubt = next((f for f in both if f.result != "failed"), None)
        together.append(best or doubt or finding)
    return [*together, *by_name.values()]


def doubted(findings: Sequence[Finding]) -> list[Finding]:
    """Findings of which what failed is not certain."""
    return [
        in_doubt(f, Sentence("Not all of the PDF could be read: the reviewer looks at it.")) for f in findings
    ]


def in_doubt(finding: Finding, because: Sentence) -> Finding:
    """A finding that would refuse the invoice, as one that a person looks at."""
    if finding.result != "failed":
        return finding
    seen = {"expected": finding.expected, "found": finding.found}
    return not_checked(finding.name, finding.pointer, joined(Sentence(finding.why), because)).model_copy(
        update=seen
    )


def with_unseen(findings: Sequence[Finding], read: InvoiceText) -> list[Finding]:
    """Findings from a text of which some is not drawn on the page."""
    if not read.unseen:
        return list(findings)
    why = Sentence(
        "Some of the PDF's text is not drawn on its pages, as in a scan that was made searchable. "
        "The reviewer compares what can be seen."
    )
    return [*findings, not_checked("unseen_text", "/file_id", why)]


def with_e_invoices(pages: Sequence[Finding], found: Sequence[Finding]) -> list[Finding]:
    """The pages' findings beside those of the e-invoices.

    Where the e-invoice is right in all that decides, what could not be read on the pages is known from it. Where the pages
    contradict it, nothing is certain any more.
    """
    by_name = {finding.name: finding for finding in found}
    if not all(name in by_name and by_name[name].result == "passed" for name in DECIDING):
        return [*pages, *found]
    return [*(page for one in pages if (page := beside(one, by_name)) is not None), *found]


def beside(page: Finding, e_invoice: dict[str, Finding]) -> Finding | None:
    """What a finding of the pages is beside an e-invoice that is right; ``None`` where that knows what they do not."""
    if page.name == "pdf" and page.result == "not_run":
        return passed("pdf", "/file_id")
    same = e_invoice.get(SAME.get(page.name, ""))
    if same is None or same.result != "passed" or page.result == "passed":
        return page
    if page.result == "not_run":
        return None
    return in_doubt(
        page, Sentence("The e-invoice inside the PDF says otherwise: the reviewer looks at both.")
    )
