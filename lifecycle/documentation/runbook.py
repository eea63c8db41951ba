"""The tables of the operators' runbook for payouts (docs/payouts.md), from the data that decides."""

from lifecycle.documentation.markdown import between, general, table
from lifecycle.machine import AnyState
from lifecycle.machines import BY_STATE, MACHINES
from models.commands import Role
from models.documents import FailureClass
from models.reasons.failures import FAILURES, GENERAL

STAFF = (Role.OPERATOR, Role.FINANCE)

WHO = {
    FailureClass.TRANSIENT: "nobody",
    FailureClass.UNKNOWN: "nobody; after a day operator and finance",
    FailureClass.ACCOUNT: "admin",
    FailureClass.PAYER: "operator",
    FailureClass.FINAL: "operator",
}
"""Who must act on a failure of each class."""


def with_tables(page: str) -> str:
    """The runbook with its tables as they are now."""
    for name, text in (("states", states()), ("failures", failures()), ("reasons", reasons())):
        page = between(page, name, text)
    return page


def states() -> str:
    """Where a payout may stand, whose turn it is, and what staff may do."""
    rows = ((f"`{s.name}`", s.description, turn(s), actions(s)) for s in MACHINES["payout"].states)
    return table(("state", "what it means", "who acts", "what staff may do"), rows)


def turn(state: AnyState) -> str:
    """Whose turn it is, and what they should do."""
    if state.waits_for is None:
        return "nobody"
    return f"**{state.waits_for}**: {general(state.todo)}" if state.todo else f"{state.waits_for}, by itself"


def actions(state: AnyState) -> str:
    """What operators and finance approvers may do in a state."""
    found: dict[str, set[str]] = {}
    for rule in BY_STATE["payout", state.name]:
        for role in STAFF:
            if role in rule.roles:
                found.setdefault(rule.event, set()).add(role)
    return ", ".join(f"`{event}` ({', '.join(sorted(roles))})" for event, roles in found.items())


def failures() -> str:
    """Every code of a failure, who must act on it, why it happens and how it is mended."""
    listed = sorted(FAILURES.items(), key=lambda item: (list(GENERAL).index(item[1].failure_class), item[0]))
    rows = [(f"`{code}`", f.failure_class, WHO[f.failure_class], f.why, f.fix) for code, f in listed]
    rows += [
        ("any other", f.failure_class, WHO[f.failure_class], f.why, f.fix)
        for f in GENERAL.values()
        if f.failure_class is FailureClass.FINAL
    ]
    return table(("code", "class", "who acts", "what has happened", "what the organization reads"), rows)


def reasons() -> str:
    """Which reasons each action takes."""
    listed: dict[str, dict[str, str]] = {}
    for rule in MACHINES["payout"].rules:
        if rule.reason_codes:
            listed.setdefault(rule.event, {}).update(rule.reason_codes)
    rows = (
        (f"`{event}`", f"`{code}`", meaning)
        for event, codes in listed.items()
        for code, meaning in codes.items()
    )
    return table(("action", "reason", "what it says"), rows)
