"""How things look in the terminal: money, moments and who is waited for."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.table import Table

from lifecycle.views.pending import Waiting
from models.commands import Role
from models.money import Money
from models.texts.sentences import plain_amount
from words.actors import TEAMS

MOMENT = "%d %b %H:%M"
WIDTH = 160
NARROW = 120
"""Columns; a terminal that has fewer shows only the least, in rows that fit."""

ROLE_COLOURS = {
    "admin": "yellow",
    "operator": "magenta",
    "finance": "blue",
    "provider": "cyan",
    "clock": "white",
}


def moment(at: datetime | None) -> str:
    """A moment of programme time, short."""
    return f"{at:{MOMENT}}" if at else ""


def coloured(role: str) -> str:
    """Who is waited for, in their colour."""
    known = role in Role.__members__.values()
    return f"[{ROLE_COLOURS.get(role, 'white')}]{TEAMS[Role(role)] if known else role}[/]"


def people(items: Iterable[Waiting]) -> str:
    """Everybody who is waited for, once each."""
    return ", ".join(dict.fromkeys(coloured(item.who) for item in items))


def money(amount: Money | None) -> str:
    """An amount; nothing where there is none."""
    return plain_amount(amount) if amount else ""


def table(*headings: str) -> Table:
    """An empty table of the common look."""
    empty = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        empty.add_column(heading, overflow="fold")
    return empty


def console(stderr: bool = False) -> Console:
    """Standard output (or standard error), for people; wide where there is no terminal that sets a width."""
    found = Console(stderr=stderr, highlight=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH)
