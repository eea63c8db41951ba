"""The demo while it runs: a row for each organization, or now and then a line where there is no terminal."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from cli import rendering
from cli.demo.admin import Seen, Studio
from cli.demo.api_models import Blocker
from cli.demo.organizations import Story
from cli.demo.progress import bar, legend
from models.commands import Role
from models.identity import DocumentId
from models.money import Money
from models.states import PayoutState
from models.texts.sentences import plain_day
from words.actors import TEAMS
from words.codes import code

LINE_EVERY = 10.0
HEADINGS = ("organization", "progress", "waits for", "owed", "paid", "what happened last")
THE_LEAST = ("organization", "waits for, and what happened last")
SHORT = 90
"""Letters of a sentence, where there is little room."""


@dataclass
class Play:
    """One organization's journey while it is played.

    Attributes:
        seconds: how long it took to its good end, in real seconds; ``None`` before.
    """

    story: Story
    studio: Studio
    seconds: float | None = None

    @property
    def finished(self) -> bool:
        """Whether it has ended well."""
        return self.seconds is not None


def paid_to(studio: Studio) -> Money | None:
    """What an organization has been paid so far; ``None`` when nothing."""
    total: Money | None = None
    for payout in studio.seen.payouts if studio.seen else ():
        if payout.state in (PayoutState.PAID, PayoutState.CLOSED):
            total = payout.amount if total is None else total + payout.amount
    return total


def awaited(studio: Studio) -> Blocker | None:
    """What is waited for first: where the money is under way what it waits for, otherwise what somebody must do."""
    blockers = studio.seen.organization.blockers if studio.seen else []
    return min(blockers, key=urgency, default=None)


def urgency(blocker: Blocker) -> int:
    """How near something stands to the money; the smaller, the nearer."""
    kind = DocumentId(blocker.document_id).machine
    near = {"payout_account": 0, "payout": 1, "invoice": 1}
    return near.get(kind, 2 if blocker.todo else 3)


class Board:
    """What the person at the terminal sees.

    Args:
        live: there is a terminal, so one table is kept up to date; otherwise lines are written.
    """

    def __init__(self, console: Console, plays: Sequence[Play], live: bool) -> None:
        self._console = console
        self._plays = plays
        self._began = time.monotonic()
        self._said = self._began
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self.table) if live else None

    def __enter__(self) -> "Board":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.refresh()
            self._live.stop()

    @property
    def seconds(self) -> float:
        """How long it has been shown, in real seconds."""
        return time.monotonic() - self._began

    def tick(self) -> None:
        """Say where everything stands, if it is time to."""
        if self._live is None and time.monotonic() - self._said >= LINE_EVERY:
            self._said = time.monotonic()
            self._console.print(self.line(), markup=False, soft_wrap=True)

    def line(self) -> str:
        """Everything in one line."""
        return f"{self.seconds:4.0f} s  " + " · ".join(in_words(play) for play in self._plays)

    def table(self) -> RenderableType:
        """Everything as a table."""
        narrow = self._console.width < rendering.NARROW
        table = rendering.table(*(THE_LEAST if narrow else HEADINGS))
        for column in () if narrow else (1, 3, 4):
            table.columns[column].no_wrap = True
        for play in self._plays:
            table.add_row(*(in_short(play) if narrow else cells(play)))
        clock = next(iter(self._plays)).studio.policy.clock
        today = f"It is {plain_day(clock.now().date())} in the programme; a day lasts {clock.seconds_per_day:g} s."
        return Group(table, Text.from_markup(legend()), Text.styled(today, "dim"))


def in_words(play: Play) -> str:
    """Where a play stands, in a few words."""
    seen = play.studio.seen
    if play.finished:
        return f"{play.story.play}: paid {rendering.money(paid_to(play.studio))}"
    if seen is None:
        return f"{play.story.play}: begins"
    item = awaited(play.studio)
    what = f", waits for {TEAMS[Role(item.who)]}: {item.todo or item.what}" if item else ""
    refused = f" (told: {play.studio.told})" if play.studio.told else ""
    away = f" ({play.studio.client.away})" if play.studio.client.away else ""
    return f"{play.story.play}: {code(seen.organization.stage, 'stages')}{what}{refused}{away}"


def cells(play: Play) -> tuple[str, ...]:
    """A play's row."""
    title = f"[bold]{escape(play.story.name)}[/]\n[dim]{escape(play.story.happens)}[/]"
    seen = play.studio.seen
    if seen is None:
        return (title, "begins", "", "", "", play.studio.client.away)
    return (
        title,
        f"{bar(seen.organization)}\n{where(play, seen)}",
        waits_for(play),
        rendering.money(seen.organization.balance_owed),
        rendering.money(paid_to(play.studio)),
        escape(happened(seen)),
    )


def in_short(play: Play) -> tuple[str, ...]:
    """A play's row where there is little room."""
    seen, paid = play.studio.seen, rendering.money(paid_to(play.studio))
    if seen is None:
        return (f"[bold]{escape(play.story.name)}[/]\nbegins", escape(play.studio.client.away))
    title = f"[bold]{escape(play.story.name)}[/]\n{bar(seen.organization)} {where(play, seen)}"
    last = f"[dim]{escape(shorten(seen.last.what if seen.last else '', SHORT, placeholder=' …'))}[/]"
    return (
        f"{title}\n{paid} paid" if paid else title,
        "\n".join(filter(None, (waits_for(play, SHORT), last))),
    )


def happened(seen: Seen) -> str:
    """What has happened last, in a sentence."""
    return seen.last.what if seen.last else ""


def where(play: Play, seen: Seen) -> str:
    """The stage that a play has come to."""
    return "[green]Paid[/]" if play.finished else code(seen.organization.stage, "stages")


def waits_for(play: Play, letters: int | None = None) -> str:
    """Who is waited for, for what and until when; empty where all is done.

    Args:
        letters: how many there is room for.
    """
    item = awaited(play.studio)
    if item is None or play.finished:
        return ""
    what = item.todo or item.what
    told = escape(shorten(what, letters, placeholder=" …") if letters else what)
    until = f" [dim](until {rendering.moment(item.until)})[/]" if item.until else ""
    return f"{rendering.coloured(item.who)}: {told}{until}"
