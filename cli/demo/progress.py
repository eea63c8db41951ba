"""How far an organization has come: a mark for each step of the pipeline."""

from collections.abc import Collection, Iterator

from rich.markup import escape

from cli.demo.api_models import Organization
from lifecycle.machine import Tone
from lifecycle.machines import MACHINES, RECURRING, STATES
from models.states import StatementState
from words import kind

MARKS = {Tone.GOOD: "[green]●[/]", Tone.OPEN: "[yellow]◐[/]", Tone.BAD: "[red]✗[/]", None: "[dim]○[/]"}
"""How a step is drawn by how it stands; ``None`` where it has not begun."""

NOTHING_YET = {
    *(
        (machine.name, machine.states[0].name)
        for machine in MACHINES.values()
        if machine.name not in RECURRING
    ),
    ("statement", StatementState.REPLACED),
}
"""States in which nobody has begun, or in which another document has taken the place of one that no longer counts."""


def progress(organization: Organization) -> tuple[Tone | None, ...]:
    """How each step stands, in the order of the pipeline: well as soon as one of its documents does."""
    return tuple(standing(states_of(organization, machine), machine) for machine in MACHINES)


def states_of(organization: Organization, machine: str) -> Iterator[str]:
    """In which states an organization's documents of a kind stand."""
    yield from (document.state for document in organization.documents if document.machine == machine)
    yield from organization.counts.get(machine, {})


def standing(states: Iterator[str], machine: str) -> Tone | None:
    """How a step stands whose documents are in some states."""
    known = [name for name in states if (machine, name) in STATES and (machine, name) not in NOTHING_YET]
    tones: Collection[Tone] = {STATES[machine, name].tone for name in known}
    return next((tone for tone in (Tone.GOOD, Tone.BAD, Tone.OPEN) if tone in tones), None)


def bar(organization: Organization) -> str:
    """The marks of all steps."""
    return "".join(MARKS[tone] for tone in progress(organization))


def legend() -> str:
    """What the marks stand for."""
    steps = ", ".join(kind(machine).lower() for machine in MACHINES)
    meaning = (
        f"{MARKS[Tone.GOOD]} done {MARKS[Tone.OPEN]} under way {MARKS[Tone.BAD]} failed {MARKS[None]} to come"
    )
    return f"{meaning} [dim]· {escape(steps)}[/]"
