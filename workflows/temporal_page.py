"""What operators see of a workflow in the Temporal UI: search attributes, and a page in words."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from lifecycle.machines import THEN
from lifecycle.views.pending import Waiting, waiting
from lifecycle.views.situation import PAY_OUT_OPENS
from models.texts.sentences import plain_day
from words.actors import TEAMS
from workflows.inputs import WorkflowInput
from workflows.loop.decisions import Decisions
from workflows.loop.unforeseen import Unforeseen
from workflows.search_attributes import NEXT_ACTOR

SHOWN = 8
"""How many things that are waited for the page in the Temporal UI names, to stay below 2 KB."""

TROUBLE_LINE = 120
"""Characters of a line about something that fails."""

STUCK_ACTOR = "maintainer"
"""Who is waited for where something fails that nobody has foreseen."""


class TemporalPage(Decisions):
    """Where it stands, for people."""

    def begin(self, start: WorkflowInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.shown: tuple[Any, ...] = ()

    def show(self) -> None:
        """Tell operators where it stands: search attributes when they change, and a page in words."""
        try:
            words, updates = self.attempt("page", self.draw)
        except Unforeseen:
            words, updates = "", [NEXT_ACTOR.value_set([STUCK_ACTOR])]
            self.wake_later()
        workflow.set_current_details(self.link() + self.in_trouble() + words)
        signature = tuple((update.key.name, repr(update.value)) for update in updates)
        if signature != self.shown:
            self.shown = signature
            workflow.upsert_search_attributes(updates)

    def draw(self) -> tuple[str, list[SearchAttributeUpdate[Any]]]:
        """The page in words and what operators can search by."""
        items = waiting(self.dossier, self.now(), self.policy)
        updates = self.search_attributes(items)
        if set(self.trouble) - {"page"}:
            waited_for = sorted({STUCK_ACTOR, *(item.who for item in items)})
            updates = [
                NEXT_ACTOR.value_set(waited_for) if update.key.name == NEXT_ACTOR.name else update
                for update in updates
            ]
        return self.details(items), updates

    def in_trouble(self) -> str:
        """What fails that nobody has foreseen, as Markdown."""
        lines = [f"- {what}: {why}\n"[:TROUBLE_LINE] for what, why in list(self.trouble.items())[:SHOWN]]
        return "**In trouble: the worker's log says why**\n\n" + "".join(lines) + "\n" if lines else ""

    def link(self) -> str:
        """The way to the same in the console, as Markdown."""
        return f"[Open in the console]({self.console}{self.page()})\n\n" if self.console else ""

    def page(self) -> str:
        """Where the console shows it."""
        return f"/organizations/{self.organization_id}"

    @abstractmethod
    def search_attributes(self, items: list[Waiting]) -> list[SearchAttributeUpdate[Any]]:
        """What operators can search by."""

    @abstractmethod
    def details(self, items: list[Waiting]) -> str:
        """Where everything stands, in words, as Markdown below 2 KB."""


def waiting_in_words(items: list[Waiting], real: Callable[[datetime], datetime]) -> list[str]:
    """A Markdown list of what is waited for, a line each, the same of several once: at most eight."""
    lines = list(dict.fromkeys(one_waiting(item, real) for item in items))
    if not lines:
        return ["Nobody is waited for."]
    more = [f"- … and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def one_waiting(item: Waiting, real: Callable[[datetime], datetime]) -> str:
    """A line about one thing that is waited for."""
    who = TEAMS[item.who].removeprefix("the ").capitalize()
    late = ", **late**" if item.late else ""
    until = f" {moment(real(item.until))}: {then(item.then)}" if item.until else ""
    return f"- **{who}**{late}: {(item.todo or item.what).rstrip('.')}.{until}"


def then(event: str | None) -> str:
    """What happens by itself, a sentence."""
    return PAY_OUT_OPENS if event == "pay_out_opens" else THEN.get(event or "", "")


def moment(at: datetime) -> str:
    """``15 October 2026, 14:05 UTC``."""
    return f"{plain_day(at.date())}, {at:%H:%M} UTC"
