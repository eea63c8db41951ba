"""The events that webhooks tell of: whatever can happen to a document, by the machines."""

from lifecycle.machines import MACHINES

BEGIN, END = "<!-- events:begin -->", "<!-- events:end -->"

EVENTS = tuple(
    dict.fromkeys(f"{machine.name}.{rule.event}" for machine in MACHINES.values() for rule in machine.rules)
)


def events_table() -> str:
    """All events, by the kind of document."""
    rows = [
        f"| {machine.title} | {', '.join(f'`{event}`' for event in EVENTS if event.startswith(f'{machine.name}.'))} |"
        for machine in MACHINES.values()
    ]
    return "\n".join(["| document | events |", "|---|---|", *rows])


def with_events(page: str) -> str:
    """A page with the present events between its markers, if it has them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{events_table()}\n{END}{after}" if begin and end else page
