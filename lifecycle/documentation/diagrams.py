"""``python -m lifecycle.documentation.diagrams [--check]``: the machines as diagrams and tables, from the data.

Writes ``docs/states.md``, and what stands between markers in ``README.md``, ``docs/payouts.md``, ``docs/glossary.md`` and
``docs/webhooks.md``; ``--check`` changes nothing and says by its exit code whether all are up to date.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from lifecycle.checker.worlds import worlds
from lifecycle.documentation.markdown import between, general, table
from lifecycle.documentation.runbook import with_tables
from lifecycle.documentation.webhooks import with_types
from lifecycle.machine import NEW, AnyGuard, AnyMachine, AnyRule, AnyState
from lifecycle.machines import MACHINES
from lifecycle.pipeline import PIPELINE, STEPS
from models.commands import Role
from models.programme.policy import Policy, default_policy
from words.glossary import TERMS

ROOT = Path(__file__).resolve().parents[2]
STATES_PAGE = ROOT / "docs" / "states.md"
RUNBOOK = ROOT / "docs" / "payouts.md"
README = ROOT / "README.md"
WEBHOOKS = ROOT / "docs" / "webhooks.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
BEGIN, END = "<!-- pipeline:begin -->", "<!-- pipeline:end -->"


MANY = 4

COLOURS = {
    Role.ADMIN: "fill:#fff3bf,stroke:#f08c00,color:#000",
    Role.OPERATOR: "fill:#d0ebff,stroke:#1971c2,color:#000",
    Role.FINANCE: "fill:#e5dbff,stroke:#6741d9,color:#000",
    Role.PROVIDER: "fill:#f1f3f5,stroke:#868e96,color:#000",
    Role.CLOCK: "fill:#f1f3f5,stroke:#868e96,color:#000,stroke-dasharray:4",
}
"""Whose turn it is."""

PROVED = """\
`python -m lifecycle.checker` explores, breadth first and by the real `decide` and `evolve`, everything that can happen
in small worlds, with commands generated from the data above (every event × every role × representative facts, and the
wrong ones), and proves:

- nothing is stuck: from every state every document can leave the state it is in, unless it is at rest or at its end;
- all money owed can reach an end: paid, closed, replaced or carried forward;
- whatever is due is accepted, and then not due again at once; whoever waits for a provider or the clock has a day;
- while money is owed, somebody is named who must act, or a day;
- every message between an organization and its payout is accepted, however late, and once all are delivered both agree;
- no guard can be walked round: what must hold when somebody signs, submits, launches, changes the account, appeals,
  invoices or approves holds, restated apart from the rules;
- an unknown outcome is resolved by two people, exactly as the first of them proposed it;
- a payment is attempted anew only after a definite failure of the attempt before, an invoice is paid once, nothing is sent
  to an account that cannot be paid to or without the approval it needs, and no true word of the provider is lost;
- wrong roles, stale answers, alarms before their time and missing reasons are refused in every state;
- every state and every rule of the data is met."""

BOUNDS = """\
Dates and counters are represented by one value each, so any alarm may come before any other; their true lengths are
held by the specifications in `tests/lifecycle`. Amounts, names and texts have a few representatives. A provider may
contradict itself (then nothing more is claimed of that money). Two people who resolve an unknown outcome are taken at
their word. Messages keep their order. `--deep` follows more messages, the whole verification beside the payout, and
every contract version beside the launch."""


def states_page(policy: Policy) -> str:
    """The whole page about the machines."""
    parts = [
        "<!-- Written by `python -m lifecycle.documentation.diagrams` from the data in `lifecycle/`; do not edit. -->",
        "# The state machines",
        "Every document moves along one of these machines, and in no other way: what is drawn here is the very data "
        "that decides. Colours say whose turn it is: **yellow** the organization's admin, **blue** the operator, "
        "**violet** the finance approver, **grey** a provider or (dashed) the clock; white is at rest. "
        "Reminders and questions that leave a document where it stands are in the tables only. "
        f"Times are those of the policy “{policy.name}”, version {policy.version}.",
        "Where a provider or the operator must act, the policy says for each desk which of them: "
        "see [reviews by people](decisions/0038-reviews-by-people.md).",
        "What is proved of them, and how far, stands [at the end](#what-is-proved-and-how-far).",
        "## The pipeline",
        pipeline(),
    ]
    for machine in MACHINES.values():
        parts += [f"## {machine.title}", diagram(machine), state_table(machine, policy), rule_table(machine)]
        if listed := guards(machine):
            parts.append(guard_table(listed))
    parts += ["## What is proved, and how far", PROVED, world_table(), BOUNDS]
    return "\n\n".join(parts) + "\n"


# ---------------------------------------------------------------------- diagrams


def diagram(machine: AnyMachine) -> str:
    """One machine as a Mermaid state diagram; rules between the same two states share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    if not any(NEW in rule.sources for rule in machine.rules):
        arrows["[*]", machine.states[0].name] = []
    crowds = {sources: f"any{number}" for number, sources in enumerate(crowded(machine), 1)}
    for rule in machine.rules:
        for source in [crowds[rule.sources]] if rule.sources in crowds else rule.sources:
            if source != rule.target:
                events = arrows.setdefault(("[*]" if source == NEW else source, rule.target), [])
                if rule.event not in events:
                    events.append(rule.event)
    for state in machine.states:
        if state.final:
            arrows[state.name, "[*]"] = []
    lines = ["stateDiagram-v2"]
    lines += [f'    state "any of {", ".join(sources)}" as {name}' for sources, name in crowds.items()]
    lines += [f"    {line}" for line in drawn(arrows)]
    for role, colour in COLOURS.items():
        if names := [state.name for state in machine.states if state.waits_for is role]:
            lines += [f"    classDef {role} {colour}", f"    class {','.join(names)} {role}"]
    return mermaid(lines)


def crowded(machine: AnyMachine) -> list[tuple[str, ...]]:
    """The groups of states from which so much starts that they are drawn as one."""
    groups = [rule.sources for rule in machine.rules if len(rule.sources) >= MANY]
    return [sources for sources in dict.fromkeys(groups) if groups.count(sources) > 1 or len(sources) > MANY]


def drawn(arrows: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    """Arrows with their labels."""
    for (source, target), events in arrows.items():
        label = f" : {' / '.join(events)}" if events else ""
        yield f"{source} --> {target}{label}"


def pipeline() -> str:
    """The pipeline by its sections: which action of one step waits for which other step."""
    lines = ["flowchart LR"]
    for number, section in enumerate(PIPELINE, 1):
        lines.append(f'    subgraph s{number}["{section.title}"]')
        lines += [f'    {step.machine.name}["{step.machine.title}"]' for step in section.steps]
        lines.append("    end")
    arrows: dict[tuple[str, str], list[str]] = {}
    for machine in MACHINES.values():
        for rule in machine.rules:
            for guard in rule.guards:
                source = guard.waits_for_step
                if source and source != machine.name:
                    events = arrows.setdefault((source, machine.name), [])
                    if rule.event not in events:
                        events.append(rule.event)
    for name, step in STEPS.items():
        if step.run_by != "OrganizationWorkflow":
            source, _, event = step.opened_by.partition(".")
            arrows[source, name] = [event]
    lines += [
        f"    {source} -->|{', '.join(events)}| {target}" for (source, target), events in arrows.items()
    ]
    lines.append("    launch -.->|earns| statement")
    return mermaid(lines)


def mermaid(lines: Iterable[str]) -> str:
    """A fenced diagram."""
    return "\n".join(["```mermaid", *lines, "```"])


# ---------------------------------------------------------------------- tables


def state_table(machine: AnyMachine, policy: Policy) -> str:
    """What each state means, who must act, and what the clock does."""
    return table(
        ("state", "what it means", "who must act", "what the clock does"),
        (
            (f"`{state.name}`", state.description, turn(state), clock(state, policy))
            for state in machine.states
        ),
    )


def turn(state: AnyState) -> str:
    """Whose turn it is in a state."""
    if state.final:
        return "nobody: the end"
    if state.waits_for is None:
        return "nobody: at rest"
    if state.desks:
        return f"{state.waits_for}, or **{Role.OPERATOR}**: {general(state.todo)}"
    return f"**{state.waits_for}**: {general(state.todo)}" if state.todo else str(state.waits_for)


def clock(state: AnyState, policy: Policy) -> str:
    """What the clock does in a state, and when; what binds in bold."""
    return "<br>".join(
        f"{f'**`{deadline.event}`**' if deadline.binding else f'`{deadline.event}`'} {deadline.when(policy)}"
        for deadline in state.deadlines
    )


def rule_table(machine: AnyMachine) -> str:
    """Who may do what, if what holds, and what the organization is told."""
    return table(
        ("event", "from → to", "who", "if", "what the organization is told"),
        (
            (f"`{rule.event}`", way(rule), ", ".join(rule.roles), conditions(rule), rule.notification)
            for rule in machine.rules
        ),
    )


def way(rule: AnyRule) -> str:
    """From where to where a rule leads."""
    if rule.is_self_transition:
        return f"stays `{rule.target}`"
    sources = ", ".join("new" if source == NEW else f"`{source}`" for source in rule.sources)
    return f"{sources} → `{rule.target}`"


def conditions(rule: AnyRule) -> str:
    """What must hold for a rule to apply, as refusals name it, and what must be said."""
    needed = [f"not `{guard.code}`" for guard in rule.guards]
    return ", ".join([*needed, "with a reason"] if rule.needs_reasons else needed)


def guards(machine: AnyMachine) -> list[AnyGuard]:
    """The guards of a machine, each once."""
    found = {guard.code: guard for rule in machine.rules for guard in rule.guards}
    return sorted(found.values(), key=lambda guard: guard.code)


def guard_table(listed: list[AnyGuard]) -> str:
    """What refusals say."""
    return table(("refusal", "what it says"), ((f"`{guard.code}`", guard.reason) for guard in listed))


def world_table() -> str:
    """In which worlds everything is tried."""
    return table(("world", "what it holds, and how far"), ((world.name, world.about) for world in worlds()))


# ---------------------------------------------------------------------- writing


def with_pipeline(readme: str) -> str:
    """The README with the present pipeline between its markers, if it has them."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{pipeline()}\n{END}{after}" if begin and end else readme


def written() -> Iterator[tuple[Path, str]]:
    """Every file that is written from the data, with what should stand in it."""
    yield STATES_PAGE, states_page(default_policy())
    if README.exists():
        yield README, with_pipeline(README.read_text(encoding="utf-8"))
    if RUNBOOK.exists():
        yield RUNBOOK, with_tables(RUNBOOK.read_text(encoding="utf-8"))
    if WEBHOOKS.exists():
        yield WEBHOOKS, with_types(WEBHOOKS.read_text(encoding="utf-8"))
    if GLOSSARY.exists():
        yield GLOSSARY, with_help(GLOSSARY.read_text(encoding="utf-8"))


def with_help(page: str) -> str:
    """The glossary with the words that the console's help explains."""
    lines = (
        f"- **{term}**: {meaning}" for term, meaning in sorted(TERMS.items(), key=lambda one: one[0].lower())
    )
    return between(page, "help", "\n".join(lines))


def stale() -> list[Path]:
    """The files that are not up to date."""
    return [path for path, text in written() if not path.exists() or path.read_text(encoding="utf-8") != text]


def main() -> int:
    """Write what is stale, or only say so."""
    arguments = argparse.ArgumentParser(
        prog="python -m lifecycle.documentation.diagrams", description=__doc__
    )
    arguments.add_argument(
        "--check", action="store_true", help="change nothing; fail when something is stale"
    )
    check = arguments.parse_args().check
    old = stale()
    for path, text in written():
        if path in old:
            print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
            if not check:
                path.write_text(text, encoding="utf-8")
    return int(check and bool(old))


if __name__ == "__main__":
    sys.exit(main())
