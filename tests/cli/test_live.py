"""The demo's table: everything where there is room, and the least where there is not, never cut off."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from cli.demo.admin import Seen, Studio
from cli.demo.api_client import ApiClient
from cli.demo.api_models import Blocker, Event, Organization, Payout, Step
from cli.demo.live_view import Board, Play
from cli.demo.organizations import STORIES
from cli.demo.report import Report, show
from config.settings import Settings
from models.money import Money
from models.programme.policy import fast_policy

NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)
LONG = "The confirmed statements come to USD 16.69; an invoice must be for at least USD 100.00, so wait for the next ones"

STATES = [
    ("verification", "verified"), ("qualification", "not_started"), ("contract", "active"), ("contract", "suspended"),
    ("payout_account", "not_set_up"),
]  # fmt: skip
COUNTS = {
    "integration": {"failed": 1},
    "launch": {"in_review": 1},
    "statement": {"confirmed": 1, "replaced": 1},
}
BAR = "●○●✗◐○●○○"
"""Their marks, in the order of the pipeline."""


def drawn(width: int) -> list[str]:
    """The lines of the table in a terminal of some width, as each organization waits for its admin."""
    plays = []
    for story in STORIES:
        studio = Studio(ApiClient(Settings()), fast_policy(datetime.now(UTC)), story.name, story.admin)
        until = datetime(2027, 3, 2, 12, 30, tzinfo=UTC) if story.appeals else None
        blocker = Blocker(
            document_id="invoice/inv_example",
            state="new",
            since=NOW,
            who="admin",
            what=LONG,
            todo="",
            until=until,
        )
        organization = Organization(
            stage="invoice",
            documents=[
                Step(machine=machine, state=state, document_id=machine, since=NOW)
                for machine, state in STATES
            ],
            counts=COUNTS,
            balance_owed=Money(amount=1669),
            blockers=[blocker],
        )
        paid = Payout(
            document_id="payout/inv_a",
            state="paid",
            since=NOW,
            id="inv_a",
            amount=Money(amount=123_456),
            returned=False,
        )
        last = Event(
            action="statement.confirm",
            document_id="statement/st_example",
            to_state="confirmed",
            what=f"{story.admin.name} confirmed the statement",
        )
        studio.seen = Seen(organization, statements=[], invoices=[], payouts=[paid], last=last)
        plays.append(Play(story, studio))
    console = Console(file=StringIO(), width=width, force_terminal=False)
    console.print(Board(console, plays, live=False).table())
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_a_wide_terminal_shows_everything() -> None:
    shown = " ".join(drawn(200))
    for heading in ("organization", "progress", "waits for", "owed", "paid", "what happened last"):
        assert heading in shown
    assert "Ada Plain confirmed the statement" in shown and "02 Mar 12:30" in shown
    assert shown.count(BAR) == len(STORIES)


def test_a_terminal_of_the_smallest_usual_size_shows_who_is_waited_for_and_what_is_paid() -> None:
    lines = drawn(80)
    assert len(lines) < 24, "a live table that is higher than its terminal is cut off"
    shown = "\n".join(lines)
    assert shown.count("organization:") == shown.count("$1,234.56 paid") == len(STORIES)
    assert shown.count(f"{BAR} Invoice") == len(STORIES), "what it is at stands beside the marks"
    assert "02 Mar 12:30" in shown and "Bo Again confirmed the statement" in shown


def test_the_summary_keeps_ids_whole_in_a_small_terminal() -> None:
    organization_id = f"org_{'0' * 20}"
    report = Report(
        organization_id=organization_id, play="plain", finished=True, stages={}, statements=[], invoices=[], payouts=[],
        paid=Money(amount=660_349), history_events=465, temporal_actions=170, seconds=89.4,
    )  # fmt: skip
    console = Console(file=StringIO(), width=80, force_terminal=False)
    show(console, [report], {"plain": "Plain Pixel Studio"})
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert organization_id in shown and "$6,603.49" in shown
