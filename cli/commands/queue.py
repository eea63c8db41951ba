"""The command that prints the staff's queue: the same cases and counts as the console and the API show."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

from cli import rendering
from cli.checks import workflow_recovery
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from config.settings import Settings
from lifecycle.machines import FINISHED
from lifecycle.turns import AT_DESKS
from lifecycle.views.pending import Waiting, waiting_for
from models.tables import ClaimRow, DocumentRow
from storage.organizations import policies, queries
from storage.people import review_queue, staff_desk
from storage.people.review_queue import STAFF, QueueTotals

MOST = 100
REVIEWED = sorted({machine for machine, _ in AT_DESKS})


@dataclass(frozen=True)
class Case:
    """One case of the queue: of which organization, and who is at work on it."""

    organization_id: str
    organization: str
    item: Waiting
    claimed_by: str


def command(
    role: Annotated[
        Literal["operator", "finance"] | None, typer.Option("--for", help="Only what this role decides.")
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Only what is past its due date.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many cases.")] = MOST,
    state_dir: StateDir = DEFAULT_STATE_DIR,
    as_json: Json = False,
) -> None:
    """What people of the platform must decide or may: urgent cases first, and of those the longest waiting."""
    settings = settings_of(state_dir)
    roles: Sequence[str] = [role] if role else STAFF
    cases, totals = read(settings, roles, late or None, limit)
    if as_json:
        typer.echo(json.dumps({"cases": [shown(case) for case in cases], "totals": counted(totals)}))
        return
    now = settings.load_policy().clock.now()
    table = rendering.table(
        "case", "organization", "waits for", "what to do", "waiting", "until", "money", "taken by"
    )
    for case in cases:
        item = case.item
        table.add_row(
            item.document_id,
            escape(case.organization),
            f"{rendering.coloured(item.who)}{' [red]late[/]' if item.late else ''}",
            escape(item.todo or item.what),
            f"{(now - item.since).days} d",
            rendering.moment(item.until),
            str(item.money or ""),
            escape(case.claimed_by),
        )
    console = rendering.console()
    console.print(table if cases else "Nothing that fits waits." if totals.total else "Nothing waits.")
    console.print("\n".join(summary(totals)), style="dim")


def read(
    settings: Settings, roles: Sequence[str], late: bool | None, limit: int
) -> tuple[list[Case], QueueTotals]:
    """The first cases of the queue, and how much is in it."""
    installation, database = settings.load_policy(), workflow_recovery.usable(settings)
    with database.reading() as session:
        rows = review_queue.queue(session, roles, limit, None, late=late).data
        dossiers = queries.dossiers(session, {row.organization_id for row in rows}, but=FINISHED)
        names = queries.names(session, dossiers)
        own = policies.policies_of(session, dossiers, installation)
        claims = staff_desk.claims(session, [(row.organization_id, row.id) for row in rows])
        totals = review_queue.totals(session, REVIEWED)

    def cases() -> Iterator[Case]:
        for row in rows:
            dossier, policy = dossiers[row.organization_id], own[row.organization_id]
            item = waiting_for(dossier.documents[row.id], dossier, installation.clock.now(), policy)
            if item is not None:
                yield Case(row.organization_id, names[row.organization_id], item, taken_by(claims, row))

    return list(cases()), totals


def taken_by(claims: dict[tuple[str, str], ClaimRow], row: DocumentRow) -> str:
    """Who is at work on a case; empty for nobody."""
    claim = claims.get((row.organization_id, row.id))
    return claim.name if claim else ""


def shown(case: Case) -> dict[str, Any]:
    """A case as JSON has it."""
    return {
        "organization_id": case.organization_id,
        "organization": case.organization,
        "claimed_by": case.claimed_by or None,
        **case.item.model_dump(mode="json"),
    }


def counted(totals: QueueTotals) -> dict[str, Any]:
    """The counts as JSON has them."""
    kinds = [{**asdict(one), "oldest": one.oldest.isoformat()} for one in totals.kinds]
    return {**asdict(totals), "kinds": kinds}


def summary(totals: QueueTotals) -> Iterator[str]:
    """How much waits, and what is not in the list, in words."""
    yield (
        f"{totals.total} in the queue: {totals.operator} for operators, {totals.finance} for finance approvers, "
        f"{totals.late_outside} late at outside desks; {totals.late} late in all."
    )
    if totals.outside:
        yield f"Not in it: {totals.outside} at outside desks that are not late."
