"""The command that says how everything stands: the same figures as the console's dashboard and the API."""

from collections.abc import Iterator

import typer
from rich.table import Table

from api.services.platform.figures import figures
from cli import rendering
from cli.checks import workflow_recovery
from cli.stack.state_dir import DEFAULT_STATE_DIR, Json, StateDir, settings_of
from models.figures import Figures
from models.texts.sentences import plain_day, plain_period
from words import kind
from words.codes import STREAM_TITLES, code


def command(state_dir: StateDir = DEFAULT_STATE_DIR, as_json: Json = False) -> None:
    """How everything stands: money, reviews against the day of their promise, and the settlement."""
    settings = settings_of(state_dir)
    policy = settings.load_policy()
    with workflow_recovery.usable(settings).reading() as session:
        found = figures(session, policy.clock.now(), policy)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    out = rendering.console()
    for table in tables(found):
        out.print(table)
        out.print()
    if not found.money:
        out.print("No money is owed or under way.")
    day = plain_day(found.next_settlement)
    out.print(
        f"The next statements are due on {day}. It is {found.counted_at:%Y-%m-%d %H:%M} in the programme.",
        style="dim",
    )


def tables(found: Figures) -> Iterator[Table]:
    """Each part of the figures; what there is nothing of is left out."""
    money = rendering.table("money", "how many", "amount", "the oldest, since")
    for one in found.money:
        amount = rendering.money(one.amount)
        money.add_row(code(one.figure, "money_figures"), str(one.count), amount, rendering.moment(one.oldest))
    paid = rendering.table("paid in", "payments", "amount")
    for month in found.paid:
        paid.add_row(f"{month.month:%B %Y}", str(month.count), rendering.money(month.amount))
    reviews = rendering.table(
        "reviews", "late", "due within a day", "in time", "at outside desks", "the oldest, since"
    )
    for review in found.reviews:
        late = f"[red]{review.late}[/]" if review.late else "0"
        rest = (str(review.today), str(review.in_time), str(review.outside))
        reviews.add_row(kind(review.machine), late, *rest, rendering.moment(review.oldest))
    settlement = rendering.table(
        "settlement of", "due", "organizations done", "to come or failed", "days late"
    )
    for period in found.settlement:
        what = f"{STREAM_TITLES[period.stream]}, {plain_period(period.period_start, period.period_end)}"
        counts = (
            str(period.done),
            str(period.to_come),
            f"[red]{period.days_late}[/]" if period.days_late else "0",
        )
        settlement.add_row(what, plain_day(period.delivered_on), *counts)
    for table in (money, paid, reviews, settlement):
        if table.row_count:
            yield table
