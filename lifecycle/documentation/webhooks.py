"""The types of webhooks for docs/webhooks.md: what each means, in which states it leaves a document, and an example."""

from collections.abc import Iterable
from datetime import UTC, datetime

from lifecycle.documentation.markdown import between, table
from lifecycle.machine import AnyMachine
from lifecycle.machines import MACHINES
from lifecycle.pipeline import STEPS
from lifecycle.webhook_types import TOLD
from models.webhooks import Webhook, WebhookData, WebhookType

ORDER = tuple(WebhookType)


def types_of(machine: AnyMachine) -> dict[WebhookType, list[str]]:
    """The types under which a machine's steps are told, with the states to which they lead."""
    found: dict[WebhookType, list[str]] = {}
    for name, rule, kind in TOLD:
        if name == machine.name and rule.target not in found.setdefault(kind, []):
            found[kind].append(rule.target)
    return dict(sorted(found.items(), key=lambda item: ORDER.index(item[0])))


def example(kind: WebhookType, machine: AnyMachine | None = None) -> Webhook:
    """A webhook of a type as it is sent; all of it is invented."""
    data = WebhookData(organization_id="org_example1")
    if machine:
        data.document_id = f"{machine.name}{STEPS[machine.name].per.example}"
        data.state, data.revision = str(types_of(machine)[kind][0]), 3
    return Webhook(id="evt_1042", type=kind, timestamp=datetime(2026, 2, 15, 6, tzinfo=UTC), data=data)


def examples() -> dict[WebhookType, Webhook]:
    """An example of every type, in the order of the pipeline."""
    found = {kind: example(kind, machine) for machine in MACHINES.values() for kind in types_of(machine)}
    return {**found, WebhookType.TEST: example(WebhookType.TEST)}


def types_page() -> str:
    """Every type, by the kind of document."""
    parts = []
    for machine in MACHINES.values():
        kinds = types_of(machine)
        rows = (
            (f"`{kind}`", kind.meaning, ", ".join(f"`{state}`" for state in states))
            for kind, states in kinds.items()
        )
        parts += [f"### {machine.title}", table(("type", "what it says", "`state`"), rows), bodies(kinds)]
    test = table(("type", "what it says"), [(f"`{WebhookType.TEST}`", WebhookType.TEST.meaning)])
    return "\n\n".join([*parts, "### Trying it out", test, bodies([WebhookType.TEST])])


def bodies(kinds: Iterable[WebhookType]) -> str:
    """Examples of some types, one a line."""
    return "\n".join(["```json", *(examples()[kind].body() for kind in kinds), "```"])


def with_types(page: str) -> str:
    """A page with the present types between its markers, if it has them."""
    return between(page, "types", types_page())
