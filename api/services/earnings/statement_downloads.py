"""Statements to download: one, or all of a range, line by line."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from api.http.problems import FieldProblem, Problem, not_found
from api.services.earnings.statements import successor
from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle.machines import state_of
from models.documents import Invoice, Payout, Statement, Stream
from models.identity import DocumentId, payout_document_id
from models.tables import OrganizationRow, StatementRow
from papers.statement import LinePaper, StatementPaper
from storage.organizations import queries
from words.voice import Sentence

MOST_STATEMENTS = 2_000
"""How many statements one file holds at most; more than an organization gathers in twenty years."""
PAID = ("paid", "closed")
"""The states of a payout whose money has arrived and has not come back."""


def name_of(paper: StatementPaper) -> str:
    """What a statement's file is called."""
    return f"statement-{paper.stream.value}-{paper.period_start}-{paper.statement_id}"


@dataclass(frozen=True)
class Chosen:
    """Which statements are written down.

    Attributes:
        since: periods that end on this day or later.
        until: periods that begin on this day or earlier.
        game_id: only the lines of that game.
    """

    since: date | None = None
    until: date | None = None
    stream: Stream | None = None
    state: str | None = None
    game_id: str | None = None


def statement_paper(snapshot: OrganizationSnapshot, statement_id: str) -> StatementPaper:
    """A statement as it stands now; 404 when the organization has none of that id."""
    row = queries.statement(snapshot.session, snapshot.organization_id, statement_id)
    papers = written(snapshot, [row] if row else [], None)
    if not papers:
        raise not_found(Sentence("This statement does not exist here."))
    return papers[0]


def statement_papers(snapshot: OrganizationSnapshot, chosen: Chosen) -> list[StatementPaper]:
    """The statements of a range, the newest period first."""
    page = queries.statements(
        snapshot.session, snapshot.organization_id, MOST_STATEMENTS, None, **asdict(chosen)
    )
    if page.has_more:
        detail = Sentence(
            "These are more than {count} statements; ask for a shorter range.", count=MOST_STATEMENTS
        )
        error = FieldProblem(pointer="#query/since", code="too_many", detail=detail)
        raise Problem(422, "invalid_request", errors=[error])
    return written(snapshot, page.data, chosen.game_id)


def written(
    snapshot: OrganizationSnapshot, rows: Sequence[StatementRow], game_id: str | None
) -> list[StatementPaper]:
    """Statements as they are written down; without those whose document is not there yet."""
    session = snapshot.session
    organization = queries.organization(session, snapshot.organization_id)
    assert organization is not None
    names = queries.game_names(session, snapshot.organization_id)
    lines: dict[str, list[LinePaper]] = {row.id: [] for row in rows}
    for line in queries.lines_of_statements(session, list(lines), game_id):
        own = line.model_dump(include=set(LinePaper.model_fields))
        paper = LinePaper.model_validate({**own, "game_name": names.get(line.game_id or "")})
        lines[line.statement_id].append(paper)
    papers = (paper_of(snapshot, organization, row, lines[row.id], game_id) for row in rows)
    return [paper for paper in papers if paper]


def paper_of(
    snapshot: OrganizationSnapshot,
    organization: OrganizationRow,
    row: StatementRow,
    lines: Sequence[LinePaper],
    game_id: str | None,
) -> StatementPaper | None:
    """One statement, with how it stands and when it was paid."""
    document = snapshot.dossier.get(f"statement/{row.id}", Statement)
    if document is None:
        return None
    invoice = snapshot.dossier.get(document.invoice_id or "", Invoice)
    own = row.model_dump(include=set(StatementPaper.model_fields))
    return StatementPaper.model_validate(
        {
            **own,
            "statement_id": row.id,
            "organization_name": organization.name,
            "issuer": snapshot.installation.platform.name,
            "time_zone": snapshot.policy.settlement_time_zone,
            "state": document.state,
            "meaning": state_of(document).description,
            "replaced_by": successor(snapshot, document.id),
            "invoice_number": invoice.number if invoice else None,
            "paid_on": paid_on(snapshot, invoice) if invoice else None,
            "of_game": game_id,
            "lines": lines,
        }
    )


def paid_on(snapshot: OrganizationSnapshot, invoice: Invoice) -> date | None:
    """The day on which an invoice was paid; ``None`` while it is not, or when the money came back."""
    invoice_id = DocumentId(invoice.id).key
    payout = snapshot.dossier.get(payout_document_id(invoice_id), Payout)
    return payout.paid_at.date() if payout and payout.paid_at and payout.state in PAID else None
