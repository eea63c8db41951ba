"""Statements to download: one as CSV, Excel or PDF, or many as CSV or Excel."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from models.documents import Stream
from models.money import Money
from models.texts.sentences import plain_period
from papers.amounts import decimal, decimal_of_micros, printed
from papers.csv import csv_file
from papers.pdf import typeset
from papers.tables import Cell, Table
from papers.xlsx import xlsx_file
from words import state
from words.codes import LINES, STREAM_TITLES, apart
from words.columns import header


class LinePaper(BaseModel):
    """One line of a statement; amounts are minor units of its currency, micros are exact."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: int
    kind: str
    game_id: str | None = None
    game_name: str | None = None
    contract_version: int | None = None
    source_count: int = 0
    gross: int
    refunds: int = 0
    platform_share: int = 0
    net: int
    gross_micros: int = 0
    refunds_micros: int = 0
    sources_digest: str | None = None
    bean_price_micros: int | None = None
    advance: bool = False
    reconciles: str | None = None
    note: str = ""


class StatementPaper(BaseModel):
    """What a statement says on paper; amounts are minor units of its currency.

    Attributes:
        time_zone: in which its days are days.
        meaning: its state in a sentence.
        replaced_by: the statement that took its place; it is void then.
        of_game: the lines are those of one game only; then what concerns the whole statement is left out.
        paid_on: the day on which it was paid, if it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: str
    organization_name: str
    issuer: str
    statement_id: str
    stream: Stream
    period_start: date
    period_end: date
    time_zone: str
    issue: int
    state: str
    meaning: str
    final: bool
    replaces: str | None
    replaced_by: str | None
    issued_at: datetime
    currency: str
    gross: int
    refunds: int
    platform_share: int
    adjustments: int
    tax_withheld: int
    tax_basis_points: int
    us_source: int
    net: int
    invoice_number: str | None = None
    paid_on: date | None = None
    of_game: str | None = None
    lines: Sequence[LinePaper]

    def money(self, amount: int) -> Decimal:
        """An amount of this statement as a number."""
        return decimal(Money(amount=amount, currency=self.currency))


HEAD = (
    "organization_id",
    "organization_name",
    "statement_id",
    "stream",
    "period_start",
    "period_end",
    "time_zone",
    "issue",
    "state",
    "final",
    "replaces",
    "replaced_by",
    "issued_at",
    "invoice_number",
    "paid_on",
    "currency",
)
BRIDGE = ("gross", "refunds", "platform_share", "adjustments", "tax_withheld", "net")
LINE = ("position", "kind", "game_id", "game_name", "contract_version", "source_count")
LINE_AMOUNTS = ("gross", "refunds", "platform_share", "net")
LINE_SOURCES = (
    "exact_gross",
    "exact_refunds",
    "sources_digest",
    "bean_price",
    "advance",
    "reconciles",
    "note",
)


def head(paper: StatementPaper) -> list[Cell]:
    """What all rows about a statement begin with."""
    words = {"stream": STREAM_TITLES[paper.stream], "state": state("statement", paper.state)}
    return [words.get(name, getattr(paper, name)) for name in HEAD]


def bridge(paper: StatementPaper) -> list[Cell]:
    """From gross to net."""
    return [paper.money(getattr(paper, name)) for name in BRIDGE]


def statements_table(papers: Sequence[StatementPaper]) -> Table:
    """A row for each statement."""
    return Table("Statements", [*HEAD, *BRIDGE], [[*head(paper), *bridge(paper)] for paper in papers])


def lines_table(papers: Sequence[StatementPaper]) -> Table:
    """A row for each line; the tax withheld is a row too, so that the nets of a statement add up to its net."""
    columns = [*HEAD, *LINE, *LINE_AMOUNTS, *LINE_SOURCES, *(f"statement_{name}" for name in BRIDGE)]
    rows = [[*head(paper), *row, *bridge(paper)] for paper in papers for row in line_rows(paper)]
    return Table("Lines", columns, rows)


def line_rows(paper: StatementPaper) -> list[list[Cell]]:
    """The lines of a statement, and the tax withheld."""
    rows = [line_row(paper, line) for line in paper.lines]
    if paper.tax_withheld and not paper.of_game:
        tax: dict[str, Cell] = {
            "kind": LINES["tax_withheld"],
            "net": paper.money(-paper.tax_withheld),
            "note": withholding(paper),
        }
        rows.append([tax.get(name) for name in (*LINE, *LINE_AMOUNTS, *LINE_SOURCES)])
    return rows


def line_row(paper: StatementPaper, line: LinePaper) -> list[Cell]:
    """A line of a statement."""
    price = line.bean_price_micros
    exact: dict[str, Cell] = {
        **{name: paper.money(getattr(line, name)) for name in LINE_AMOUNTS},
        "exact_gross": decimal_of_micros(line.gross_micros),
        "exact_refunds": decimal_of_micros(line.refunds_micros),
        "kind": LINES.get(line.kind, apart(line.kind)),
        "bean_price": None if price is None else decimal_of_micros(price),
    }
    names = (*LINE, *LINE_AMOUNTS, *LINE_SOURCES)
    return [exact[name] if name in exact else getattr(line, name) for name in names]


def withholding(paper: StatementPaper) -> str:
    """What tax was withheld from."""
    rate = printed(Decimal(paper.tax_basis_points).scaleb(-2))
    return f"{rate} % of the part earned in the US, {paper.currency} {printed(paper.money(paper.us_source))}"


def statement_csv(paper: StatementPaper) -> bytes:
    """A statement as CSV, a row for each line."""
    return statements_csv([paper])


def statements_csv(papers: Sequence[StatementPaper]) -> bytes:
    """Statements as CSV, a row for each line."""
    return csv_file(lines_table(papers))


def statement_xlsx(paper: StatementPaper) -> bytes:
    """A statement as a workbook: the statement, and its lines."""
    values: list[Cell] = [*head(paper), *bridge(paper)]
    names = (header(name) for name in (*HEAD, *BRIDGE))
    facts = Table(
        "Statement",
        ["statement", "value"],
        [[name, value] for name, value in zip(names, values, strict=True)],
    )
    return xlsx_file(facts, lines_table([paper]))


def statements_xlsx(papers: Sequence[StatementPaper]) -> bytes:
    """Statements as a workbook: a sheet of statements, and one of their lines."""
    return xlsx_file(statements_table(papers), lines_table(papers))


def statement_pdf(paper: StatementPaper) -> bytes:
    """A statement as PDF."""

    def shown(amount: int) -> str:
        return printed(paper.money(amount))

    def line(own: LinePaper) -> dict[str, Any]:
        return {
            "position": str(own.position),
            "kind": LINES.get(own.kind, apart(own.kind)) + (", at an advance" if own.advance else ""),
            "game": own.game_name or "",
            "version": str(own.contract_version or ""),
            "count": printed(own.source_count) if own.source_count else "",
            **{name: shown(getattr(own, name)) for name in LINE_AMOUNTS},
            "exact_gross": printed(decimal_of_micros(own.gross_micros)),
            "exact_refunds": printed(decimal_of_micros(own.refunds_micros)),
            "digest": own.sources_digest or "",
            "note": own.note,
        }

    own = paper.model_dump(mode="json", exclude={"lines", *BRIDGE})
    return typeset(
        "statement.typ",
        {
            **own,
            "stream": STREAM_TITLES[paper.stream],
            "period": plain_period(paper.period_start, paper.period_end),
            "issued_on": paper.issued_at.date().isoformat(),
            "gross": shown(paper.gross),
            "refunds": shown(-paper.refunds),
            "platform_share": shown(-paper.platform_share),
            "adjustments": shown(paper.adjustments),
            "tax_withheld": shown(-paper.tax_withheld),
            "withholding": withholding(paper),
            "net": shown(paper.net),
            "lines": [line(own) for own in paper.lines],
        },
    )
