"""Papers that the platform writes: drawn when what they say is recorded, and kept with it."""

from activities.installation import Installation
from models.documents import Invoice, Statement
from models.identity import DocumentId, new_id
from models.tables import FileRow, real_now
from papers.invoice import self_billed_invoice
from papers.parties import InvoicedStatement, Party
from storage.organizations import queries
from storage.organizations.submissions import attach, read


def write_invoice(installation: Installation, organization_id: str, invoice: Invoice) -> None:
    """Draw a self-billed invoice under the number that it was given, and put it into its form; once.

    The parties are those that the form names, so that drawn again it is the same paper.
    """
    with installation.database.reading() as session:
        form = read(session, installation.keyring, organization_id, invoice.submission_id)
        if form.files:
            return
        found = (
            queries.document(session, organization_id, statement_id) for statement_id in invoice.statement_ids
        )
        statements = [statement for statement in found if isinstance(statement, Statement)]
    content = self_billed_invoice(
        number=invoice.number,
        dated=invoice.dated,
        seller=Party.model_validate(form.fields["seller"]),
        buyer=Party.model_validate(form.fields["buyer"]),
        statements=[
            InvoicedStatement(
                statement_id=DocumentId(statement.id).key,
                stream=statement.stream,
                period_start=statement.period_start,
                period_end=statement.period_end,
                net=statement.net,
            )
            for statement in statements
        ],
    )
    file = FileRow(
        id=new_id("file"),
        organization_id=organization_id,
        name=f"{invoice.number}.pdf",
        content_type="application/pdf",
        size=len(content),
        sha256=installation.providers.documents.save(content),
        created_by=form.created_by,
        created_at=real_now(),
    )
    with installation.database.transaction() as session:
        attach(session, installation.keyring, organization_id, invoice.submission_id, file)
