"""What was read from an invoice's PDF, before anything is compared with it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from forms.invoices.e_invoice import EInvoice

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
        partial: it has pages whose text was not read, so that what is not in ``text`` may yet stand there.
        unseen: some of the text is not drawn, as a scan has it that was made searchable.
        e_invoices: the invoices for programs that are attached to it, read even where the pages could not be.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: int = 0
    text: Annotated[str, Field(repr=False)] = ""
    trouble: Trouble | None = None
    partial: bool = False
    unseen: bool = False
    e_invoices: tuple[EInvoice, ...] = ()
