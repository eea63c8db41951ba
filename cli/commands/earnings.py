"""The commands about earnings: taking in reports from files, and seeing what was put aside."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import BaseModel
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from sqlmodel import Session

from cli import rendering
from cli.checks import workflow_recovery
from cli.errors import CliError, Exit
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from models.earnings import MEANINGS, AdDay, Aside, Imported, OrderEvent, WhyAside
from models.programme.policy import Policy
from storage.database import Database
from storage.earnings.quarantine import conflicts, put_aside
from storage.earnings.reports import keep_ad_days, keep_orders

if TYPE_CHECKING:
    from providers.reports.files import ReportFile

app = typer.Typer(
    help="Earnings: importing reports from files, and those that were put aside.", no_args_is_help=True
)

FIRST = 20
"""How many rows that were put aside a summary names."""


class Kind(StrEnum):
    """What a file reports."""

    ORDERS = "orders"
    AD_DAYS = "ad-days"


class AsideRow(BaseModel):
    """A row that was put aside; ``row`` counts from 1, below the header."""

    row: int
    subject: str
    reason: WhyAside
    detail: str


class Summary(BaseModel):
    """What came of an import.

    Attributes:
        accepted: rows that count from now on.
        known: rows that were known already.
        caught_up: refunds that had waited for orders of this file and count now, too.
        put_aside: rows that do not count, by reason.
        first: the first of them.
    """

    file: str
    dry_run: bool
    rows: int
    accepted: int = 0
    known: int = 0
    caught_up: int = 0
    put_aside: Counter[WhyAside] = Counter()
    first: list[AsideRow] = []
    seconds: float = 0.0

    @property
    def rows_per_second(self) -> int:
        """How fast it was."""
        return round(self.rows / self.seconds) if self.seconds else 0

    def note(self, number: int, aside: Aside) -> None:
        """A row was put aside."""
        self.put_aside[aside.why] += 1
        if len(self.first) < FIRST:
            self.first.append(
                AsideRow(row=number, subject=aside.subject, reason=aside.why, detail=aside.detail)
            )


class Undone(Exception):
    """Ends a dry run, so that nothing of it stays."""


class Speed(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """The column's text."""
        return Text(f"{task.speed or 0:,.0f} rows/s")


@app.command("import")
def import_command(
    kind: Annotated[Kind, typer.Argument(help="What the file reports.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Its columns: docs/earnings.md.")],
    format: Annotated[
        Literal["csv", "parquet"] | None, typer.Option(help="By default as the file's name ends.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would come of it, and keep nothing. Others who write wait."),
    ] = False,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Take in reports from a file. What is known is skipped: repeat it as you like, also after it was interrupted.

    Ends with 1 if rows were put aside for another reason than that they wait for their orders.
    """
    # Only here, because pyarrow takes a while to be imported, which no other command should wait for.
    from providers.reports.files import ReportFile, Unusable

    settings = settings_of(state_dir)
    policy = settings.load_policy()
    try:
        reports: ReportFile[Any] = ReportFile(file, OrderEvent if kind is Kind.ORDERS else AdDay, format)
    except Unusable as error:
        raise CliError(str(error), "Nothing was imported. docs/earnings.md describes the columns.") from None
    columns = (
        TextColumn(escape(file.name)),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=rendering.console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=reports.rows)
        summary = take_in(
            workflow_recovery.usable(settings),
            reports,
            policy.clock.now(),
            dry_run,
            lambda rows: progress.advance(task, rows),
            policy,
        )
    if as_json:
        typer.echo(json.dumps(summary.model_dump(mode="json") | {"rows_per_second": summary.rows_per_second}))
    else:
        show(summary)
    if any(why is not WhyAside.WAITING for why in summary.put_aside):
        raise typer.Exit(Exit.PROBLEM)


def take_in(
    database: Database,
    reports: "ReportFile[Any]",
    now: datetime,
    dry_run: bool,
    tell: Callable[[int], object],
    policy: Policy,
) -> Summary:
    """Import a file batch by batch, each in a transaction of its own; a dry run in a single one that is undone."""
    summary = Summary(file=reports.path.name, dry_run=dry_run, rows=reports.rows)
    began = time.monotonic()
    if dry_run:
        with suppress(Undone), database.transaction() as session:
            for batch in reports.batches():
                keep(session, batch, now, summary, policy)
                tell(len(batch))
            raise Undone
    else:
        for batch in reports.batches():
            with database.transaction() as session:
                keep(session, batch, now, summary, policy)
            tell(len(batch))
    summary.seconds = round(time.monotonic() - began, 2)
    return summary


def keep(
    session: Session,
    batch: Iterable[tuple[int, OrderEvent | AdDay | Aside]],
    now: datetime,
    summary: Summary,
    policy: Policy,
) -> None:
    """Keep a batch, and add to the summary what came of it."""
    numbers: list[int] = []
    orders: list[OrderEvent] = []
    days: list[AdDay] = []
    unread: list[Aside] = []
    for number, report in batch:
        if isinstance(report, Aside):
            unread.append(report)
            summary.note(number, report)
            continue
        numbers.append(number)
        if isinstance(report, OrderEvent):
            orders.append(report)
        else:
            days.append(report)
    put_aside(session, unread, "file")
    done: Imported = (
        keep_orders(session, orders, now, policy, "file")
        if orders
        else keep_ad_days(session, days, now, "file", policy)
    )
    summary.accepted += done.accepted
    summary.known += done.known
    summary.caught_up += done.caught_up
    for place, aside in sorted(done.aside.items()):
        summary.note(numbers[place], aside)


def show(summary: Summary) -> None:
    """The summary, for people."""
    aside = summary.put_aside.total()
    would = "would be " if summary.dry_run else ""
    typer.echo(
        f"{summary.rows:,} rows of {summary.file} in {summary.seconds:.1f} s ({summary.rows_per_second:,} rows/s): "
        f"{summary.accepted:,} {would}accepted, {summary.known:,} known already, {aside:,} {would}put aside."
    )
    if summary.caught_up:
        typer.echo(f"{summary.caught_up:,} refunds that had waited for these orders count now, too.")
    if not aside:
        return
    for why, count in summary.put_aside.most_common():
        typer.echo(f"  {count:,} {why}: {MEANINGS[why]}")
    table = rendering.table("row", "report", "reason", "")
    for row in summary.first:
        table.add_row(str(row.row), escape(row.subject), row.reason, escape(row.detail))
    rendering.console().print(table)
    if aside > len(summary.first):
        typer.echo(f"… and {aside - len(summary.first):,} more: `monetization earnings conflicts`.")


@app.command("conflicts")
def conflicts_command(
    reason: Annotated[WhyAside | None, typer.Option(help="Only those put aside for this reason.")] = None,
    organization_id: Annotated[
        str | None, typer.Option("--organization", help="Only those of this organization.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest first.")] = 100,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """Reports of earnings that were put aside instead of being counted, and why."""
    with workflow_recovery.usable(settings_of(state_dir)).reading() as session:
        page = conflicts(session, limit, None, reason, organization_id)
    if as_json:
        rows = [row.model_dump(mode="json", exclude={"report"}) for row in page.data]
        typer.echo(json.dumps(rows))
        return
    table = rendering.table("id", "received", "from", "organization", "report", "reason", "")
    for row in page.data:
        detail = row.detail or MEANINGS[WhyAside(row.reason)]
        table.add_row(
            str(row.id),
            rendering.moment(row.received_at),
            row.source,
            escape(row.organization_id or ""),
            escape(row.subject),
            row.reason,
            escape(detail),
        )
    rendering.console().print(table if page.data else "Nothing was put aside.")
    if page.has_more:
        typer.echo(f"… and more: --limit {10 * limit}.")
