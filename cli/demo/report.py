"""What the demo has come to: every document, every payment and its attempts, and what it cost Temporal."""

from collections.abc import Sequence

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from temporalio.client import Client

from cli import rendering
from cli.demo.api_models import Invoice, Payout, Statement
from cli.demo.live_view import Play, paid_to
from cli.demo.temporal_cost import cost_of
from cli.stack.local_stack import retried
from models.identity import organization_workflow_id, payout_document_id
from models.money import Money
from words.codes import code


class Report(BaseModel):
    """What has become of one organization.

    Attributes:
        play: the story that was played.
        stages: each step's state, by its name.
        paid: what has arrived.
        history_events: events in the histories of its workflow and its payouts', all runs together.
        temporal_actions: billable actions that those histories show.
        seconds: real seconds from the start of the command until it was paid; the rest is as of that moment.
    """

    organization_id: str
    play: str
    finished: bool
    stages: dict[str, str]
    statements: list[Statement]
    invoices: list[Invoice]
    payouts: list[Payout]
    paid: Money
    history_events: int
    temporal_actions: int
    seconds: float


async def report(play: Play, client: Client) -> Report:
    """Where an organization stands, from the API, and what it cost so far, from Temporal."""
    studio = play.studio
    seen = studio.now
    payouts = []
    for payout in seen.payouts:
        answer = await studio.client.get(studio.admin, f"{studio.path}/payouts/{payout.id}")
        payouts.append(Payout.model_validate(answer))
    workflows = [organization_workflow_id(studio.id), *(payout_document_id(p.id) for p in seen.payouts)]
    cost = await retried(lambda: cost_of(client, workflows), tries=120)
    return Report(
        organization_id=studio.id,
        play=play.story.play,
        finished=play.finished,
        stages={short(d.document_id): d.state for d in seen.organization.documents},
        statements=seen.statements,
        invoices=seen.invoices,
        payouts=payouts,
        paid=paid_to(studio) or Money(amount=0),
        history_events=cost.history_events,
        temporal_actions=cost.temporal_actions,
        seconds=round(play.seconds or 0, 1),
    )


def short(document_id: str) -> str:
    """A document's name without the game's id: each organization of the demo has one game."""
    return "/".join(part for part in document_id.split("/") if not part.startswith("game_"))


def show(console: Console, reports: Sequence[Report], names: dict[str, str]) -> None:
    """The summary for people."""
    narrow = console.width < rendering.NARROW
    costs = () if narrow else ("statements", "events", "actions")
    table = rendering.table("organization", "", "attempts", "paid", "after", *costs)
    for column in (0, 3, 4):
        table.columns[column].no_wrap = True
    for one in reports:
        attempts = [a for payout in one.payouts for a in payout.attempts]
        ended = ", ".join(code(a.outcome, "outcomes") if a.outcome else "Under way" for a in attempts)
        table.add_row(
            f"{escape(names[one.play])}\n[dim]{one.organization_id}[/]",
            "[green]paid[/]" if one.finished else "[red]not paid[/]",
            ended,
            rendering.money(one.paid),
            f"{one.seconds:.0f} s",
            *map(str, () if narrow else (len(one.statements), one.history_events, one.temporal_actions)),
        )
    console.print(table)
