"""Which steps organizations' own systems are told of: derived from the rules, which name their types themselves."""

from collections.abc import Mapping
from difflib import get_close_matches

from lifecycle.machine import AnyRule
from lifecycle.machines import MACHINES
from models.webhooks import CHOICES, WebhookType

TOLD: tuple[tuple[str, AnyRule, WebhookType], ...] = tuple(
    (machine.name, rule, rule.webhook_type)
    for machine in MACHINES.values()
    for rule in machine.rules
    if rule.webhook_type
)
"""Each rule that is told, with its machine and the type under which it is."""

BY_ACTION: Mapping[str, WebhookType] = {
    f"{machine}.{rule.event}": kind for machine, rule, kind in reversed(TOLD)
}
"""For each action the type under which it is told, or the first of several."""


def nearest(name: str) -> WebhookType | None:
    """The type that somebody may have meant by another name: by an action's, or by one that is spelt much like it."""
    close = get_close_matches(name, CHOICES, 1)
    return BY_ACTION.get(name) or (WebhookType(close[0]) if close else None)
