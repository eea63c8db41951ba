"""What a life costs: history events, Temporal actions and worker CPU, to the first payout and for a further month.

The naive form beside it does as many steps in the plainest way: one signal and one activity for each, with a
default worker, on the same server. Counts are exact; CPU is of the worker process and is only a hint.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from sqlmodel import func, select

from bench.naive import play_naive
from cli.demo.admin import Studio
from cli.demo.api_client import ApiClient
from cli.demo.organizations import PLAIN, Story, journey, settle
from cli.demo.papers import pdf
from cli.demo.people import OLGA
from cli.demo.staff import OPERATORS, work
from cli.demo.temporal_cost import Cost, cost_of
from cli.stack.local_stack import Running, Wish, up
from cli.stack.state_dir import load_stack
from models.identity import organization_workflow_id, payout_document_id
from models.tables import TransitionRow
from storage.database import Database

SECONDS_PER_DAY = 0.5
TICKS_PER_SECOND = 100


def main() -> dict[str, Any]:
    """Measure, print and return the figures."""
    with tempfile.TemporaryDirectory(prefix="monetization-bench-") as place:
        figures = asyncio.run(measure(Path(place)))
    for name, value in figures.items():
        print(f"{name:42} {value}")
    return figures


async def measure(place: Path) -> dict[str, Any]:
    """One plain organization from registration to its first payout, then a further month."""
    async with up(Wish(place, "fast", SECONDS_PER_DAY), lambda line: None) as running:
        client = ApiClient(running.settings)
        studio = Studio(client, running.policy, PLAIN.name, PLAIN.admin)
        background = [
            asyncio.create_task(work(client, OLGA, "operator", OPERATORS)),
            asyncio.create_task(studio.keep_looking()),
        ]
        try:
            cpu = worker_seconds(place)
            await journey(studio, PLAIN)
            first, steps = await spent(running, studio)
            first_cpu = worker_seconds(place) - cpu
            await further_month(studio, PLAIN)
            both, all_steps = await spent(running, studio)
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await client.close()
        naive = await cost_of(running.client, [await play_naive(running.client, steps)])
        naive_month = await cost_of(running.client, [await play_naive(running.client, all_steps - steps)])
    return {
        "life: transitions": steps,
        "life: history events": first.history_events,
        "life: actions": first.temporal_actions,
        "life: events, naive / ours": ratio(naive.history_events, first.history_events),
        "life: actions, naive / ours": ratio(naive.temporal_actions, first.temporal_actions),
        "month: transitions": all_steps - steps,
        "month: history events": both.history_events - first.history_events,
        "month: actions": both.temporal_actions - first.temporal_actions,
        "month: events, naive / ours": ratio(
            naive_month.history_events, both.history_events - first.history_events
        ),
        "month: actions, naive / ours": ratio(
            naive_month.temporal_actions, both.temporal_actions - first.temporal_actions
        ),
        "worker CPU, ms per action (a hint)": round(1000 * first_cpu / first.temporal_actions, 1),
    }


def ratio(other: int, ours: int) -> float:
    """How many times as much the other costs."""
    return round(other / ours, 2)


async def further_month(studio: Studio, story: Story) -> None:
    """Confirm the statements of a further month as they come, claim them in one invoice, and be paid."""
    paid = len(studio.now.payouts)
    old = {statement.id for statement in studio.now.statements}
    while True:
        await studio.news()
        await settle(studio, story)
        fresh = [s for s in studio.now.statements if s.state == "confirmed"]
        months = {s.period_start.strftime("%Y-%m") for s in studio.now.statements if s.id not in old}
        if len({s.stream for s in fresh}) == 3 and months and len(fresh) >= 4:
            break
    total = sum(statement.net.amount for statement in fresh)
    paper = await studio.file("invoice.pdf", pdf("Invoice BENCH-2", studio.name))
    await studio.send(
        "invoices",
        "bench/invoice",
        {
            "statement_ids": [statement.id for statement in fresh],
            "number": "BENCH-2",
            "date": studio.policy.clock.now().date().isoformat(),
            "amount": {"amount": total, "currency": "USD"},
            "file_id": paper,
        },
    )
    while not (
        len(studio.now.payouts) > paid and all(p.state in ("paid", "closed") for p in studio.now.payouts)
    ):
        await studio.news()


async def spent(running: Running, studio: Studio) -> tuple[Cost, int]:
    """What the organization and its payouts have cost so far, and how many transitions they have recorded."""
    ids = [payout_document_id(payout.id) for payout in studio.now.payouts]
    cost = await cost_of(running.client, [organization_workflow_id(studio.id), *ids])
    with Database(running.settings.database()).reading() as session:
        count = select(func.count()).where(TransitionRow.organization_id == studio.id)
        return cost, session.exec(count).one()


def worker_seconds(place: Path) -> float:
    """The CPU time that the worker process has used, in seconds."""
    stack = load_stack(place)
    assert stack is not None
    fields = Path(f"/proc/{stack.pids['worker']}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
