"""Breadth-first search through everything that can happen in a world, by the real ``decide`` and ``evolve``.

A decision looks at a few documents only. Which ones is found out by watching it: it is kept in a tree of what it
looked at, and made once for all states of the world that agree on that. So millions of steps cost some ten
thousand decisions.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, overload

from lifecycle.checker.abstraction import abstract
from lifecycle.checker.probes import Probe, probes
from lifecycle.checker.worlds import World
from lifecycle.decide import judge
from lifecycle.timers import timers_of
from models.commands import Accepted, Refusal
from models.documents import AnyDocument, Document, Payout
from models.dossier import Dossier
from models.identity import DocumentId

D = TypeVar("D", bound=Document)
T = TypeVar("T")

State: TypeAlias = tuple[int, ...]
"""The number of each document of the world, then what messages under way add; 0 is a document not there yet."""


Taken: TypeAlias = tuple[str, str, str | None, str]
"""A rule that was taken: machine, event, source (none for a new document) and target."""


class Watched(dict[str, AnyDocument]):
    """Documents that note which of them are looked at; copying them all is no look."""

    def __init__(
        self, documents: dict[str, AnyDocument], ids: tuple[str, ...], seen: dict[str, None]
    ) -> None:
        super().__init__(documents)
        self.ids, self.seen = ids, seen

    def __getitem__(self, key: str) -> AnyDocument:
        self.seen[key] = None
        return super().__getitem__(key)

    @overload
    def get(self, key: str, default: None = None, /) -> AnyDocument | None: ...
    @overload
    def get(self, key: str, default: AnyDocument, /) -> AnyDocument: ...
    @overload
    def get(self, key: str, default: T, /) -> AnyDocument | T: ...

    def get(self, key: str, default: object = None, /) -> object:
        self.seen[key] = None
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.seen[str(key)] = None
        return super().__contains__(key)


class WatchedDossier(Dossier):
    """A dossier whose documents are watched, also after a step."""

    def model_copy(
        self, *, update: Mapping[str, object] | None = None, deep: bool = False
    ) -> "WatchedDossier":
        before, after = self.documents, (update or {})["documents"]
        assert isinstance(before, Watched) and isinstance(after, dict)
        return watch(after, before.ids, before.seen)

    def of(self, kind: type[D]) -> list[D]:
        documents = self.documents
        assert isinstance(documents, Watched)
        machine = kind.model_fields["machine"].default
        ids = [key for key in documents.ids if DocumentId(key).machine == machine]
        return [found for key in ids if isinstance(found := documents.get(key), kind)]


def watch(documents: dict[str, AnyDocument], ids: tuple[str, ...], seen: dict[str, None]) -> WatchedDossier:
    """A dossier that notes in ``seen`` which of its documents, there or not, are looked at."""
    return WatchedDossier.model_construct(organization_id="o", documents=Watched(documents, ids, seen))


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """What comes of a probe.

    Attributes:
        code: why it was refused; empty when it was accepted.
        changes: the documents that it changes, as (slot, number).
        effects: what is to be done outside.
        payout: the payout as it stands afterwards with all its facts, when the step is a payout's.
        spins: the clock would do the same again at once.
        looked_at: the slots of the other documents that it depends on.
    """

    code: str
    changes: tuple[tuple[int, int], ...] = ()
    effects: tuple[str, ...] = ()
    payout: Payout | None = None
    spins: bool = False
    looked_at: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Moves:
    """What comes of everything that could be tried with a document."""

    taken: tuple[tuple[Probe, Verdict], ...]
    refused: tuple[tuple[Probe, Verdict], ...]


@dataclass(slots=True)
class Branch:
    """A decision depends on the document in one slot."""

    slot: int
    branches: dict[int, "Branch | Verdict"] = field(default_factory=dict)


class Decisions:
    """The decisions of a world, each made once.

    Attributes:
        documents: every document met, by its number.
        made: how many decisions the real ``decide`` had to make.
        taken: the rules taken.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids = world.ids
        self.slots = {document_id: slot for slot, document_id in enumerate(self.ids)}
        self.documents: list[AnyDocument | None] = [None]
        self.numbers: dict[str, int] = {}
        self.trees: dict[tuple[Probe, int], Branch | Verdict] = {}
        self.open: dict[tuple[int, int], list[Probe]] = {}
        self.known: dict[tuple[int, int], dict[tuple[int, ...], dict[State, Moves]]] = {}
        self.made = 0
        self.taken: set[Taken] = set()

    def number(self, document: AnyDocument) -> int:
        """The number of all documents like this one."""
        like = abstract(document, self.world.closely)
        key = like.model_dump_json()
        if key not in self.numbers:
            self.numbers[key] = len(self.documents)
            self.documents.append(like)
        return self.numbers[key]

    def probes(self, state: State, slot: int) -> list[Probe]:
        """What could be tried with a document, without what its own state forbids."""
        key = slot, state[slot]
        if key not in self.open:
            world, document_id = self.world, self.ids[slot]
            allowed = world.limits.get(document_id)
            tried = probes(slot, document_id, self.documents[key[1]], world)
            self.open[key] = [
                probe
                for probe in tried
                if (allowed is None or probe.command.event in allowed) and not self.hopeless(state, probe)
            ]
        return self.open[key]

    def moves(self, state: State, slot: int) -> Moves:
        """What comes of everything that could be tried with a document, the same for all states that agree on
        what those decisions look at.
        """
        known = self.known.setdefault((slot, state[slot]), {})
        for slots, by_numbers in known.items():
            found = by_numbers.get(tuple([state[looked_at] for looked_at in slots]))
            if found:
                return found
        tried = [(probe, self.verdict(state, probe)) for probe in self.probes(state, slot)]
        slots = tuple(sorted({looked_at for _, verdict in tried for looked_at in verdict.looked_at}))
        moves = Moves(
            tuple((probe, verdict) for probe, verdict in tried if not verdict.code),
            tuple((probe, verdict) for probe, verdict in tried if verdict.code),
        )
        known.setdefault(slots, {})[tuple([state[looked_at] for looked_at in slots])] = moves
        return moves

    def hopeless(self, state: State, probe: Probe) -> bool:
        """Whether a probe is refused whatever the other documents are, and may be."""
        self.verdict(state, probe)
        tree = self.trees[probe, state[probe.slot]]
        return isinstance(tree, Verdict) and bool(tree.code) and not probe.must

    def verdict(self, state: State, probe: Probe) -> Verdict:
        """What comes of a probe in a state."""
        tree = self.trees.get((probe, state[probe.slot]))
        while type(tree) is Branch:
            tree = tree.branches.get(state[tree.slot])
        return tree if isinstance(tree, Verdict) else self.decide(state, probe)

    def decide(self, state: State, probe: Probe) -> Verdict:
        """Make a decision, and keep it in the tree of what it looked at."""
        own = probe.slot
        apart = self.ids[own].startswith("payout/")
        documents = {
            document_id: document
            for slot, document_id in enumerate(self.ids)
            if (document := self.documents[state[slot]]) and document_id.startswith("payout/") == apart
        }
        seen: dict[str, None] = {}
        decision = judge(watch(documents, self.ids, seen), probe.command, probe.at, self.world.policy)
        self.made += 1
        looked_at = tuple(self.slots[name] for name in seen if self.slots.get(name, own) != own)
        verdict = self.note(decision, probe, looked_at)
        self.keep(state, probe, verdict)
        return verdict

    def note(self, decision: Accepted | Refusal, probe: Probe, looked_at: tuple[int, ...]) -> Verdict:
        """What of a decision matters here."""
        if isinstance(decision, Refusal):
            return Verdict(decision.code, looked_at=looked_at)
        transitions = decision.transitions
        after = transitions[0].document
        steps = [
            (t.document.machine, t.action.partition(".")[2], t.from_state, t.document.state)
            for t in transitions
        ]
        self.taken.update(steps)
        within = [t.document for t in transitions if t.document.id in self.slots]
        changes = {self.slots[document.id]: self.number(document) for document in within}
        return Verdict(
            "",
            tuple(changes.items()),
            tuple(effect.name for effect in decision.effects),
            after if isinstance(after, Payout) else None,
            probe.must
            and any(
                a.event == probe.command.event and a.due <= probe.at
                for a in timers_of(after, self.world.policy)
            ),
            looked_at,
        )

    def keep(self, state: State, probe: Probe, verdict: Verdict) -> None:
        """Put a decision into its tree."""
        key, looked_at = (probe, state[probe.slot]), verdict.looked_at
        if not looked_at:
            self.trees[key] = verdict
            return
        node = self.trees.setdefault(key, Branch(looked_at[0]))
        for slot, following in zip(looked_at, [*looked_at[1:], None], strict=True):
            assert isinstance(node, Branch) and node.slot == slot, "a decision is not deterministic"
            place = state[slot]
            if following is None:
                node.branches[place] = verdict
            else:
                node = node.branches.setdefault(place, Branch(following))


class View:
    """The documents of a state of the world by id."""

    __slots__ = ("decisions", "state")

    def __init__(self, decisions: Decisions, state: State) -> None:
        self.decisions, self.state = decisions, state

    def __getitem__(self, document_id: str) -> Any:
        slot = self.decisions.slots.get(document_id)
        return None if slot is None else self.decisions.documents[self.state[slot]]

    def of(self, kind: type[D]) -> Iterator[D]:
        """All documents of a kind."""
        for number in self.state[: len(self.decisions.ids)]:
            document = self.decisions.documents[number]
            if isinstance(document, kind):
                yield document

    def apart(self) -> tuple[dict[str, AnyDocument], dict[str, AnyDocument]]:
        """The documents of the organization's workflow, and those of its payout's."""
        there = [d for n in self.state[: len(self.decisions.ids)] if (d := self.decisions.documents[n])]
        return (
            {document.id: document for document in there if document.machine != "payout"},
            {document.id: document for document in there if document.machine == "payout"},
        )


@dataclass
class Graph:
    """Every state met and every step between them.

    Attributes:
        states: all states, in the order in which they were met.
        numbers: the place of each in that order.
        parents: for each, from where and by what it was first met.
        starts: where the steps from each begin in ``steps``.
        steps: the states that follow, one after the other.
    """

    states: list[State] = field(default_factory=list)
    numbers: dict[State, int] = field(default_factory=dict)
    parents: list[tuple[int, Probe | None]] = field(default_factory=list)
    starts: "array[int]" = field(default_factory=lambda: array("L"))
    steps: "array[int]" = field(default_factory=lambda: array("L"))

    def meet(self, state: State, parent: int, probe: Probe | None) -> int:
        """The number of a state, which may be new."""
        number = self.numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
            self.parents.append((parent, probe))
        return number

    def after(self, number: int) -> "array[int]":
        """The states that can follow one."""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.steps)
        return self.steps[self.starts[number] : end]

    def trace(self, number: int) -> list[str]:
        """How a state can come about, step by step, as briefly as possible."""
        found: list[str] = []
        while True:
            number, probe = self.parents[number]
            if probe is None:
                return found[::-1]
            found.append(str(probe))

    def without_way_to(self, goals: bytearray) -> list[int]:
        """The states from which no goal can be reached; ``goals`` is filled up with those from which one can."""
        changed = True
        while changed:
            changed = False
            for number in range(len(self.states) - 1, -1, -1):
                if not goals[number] and any(goals[follower] for follower in self.after(number)):
                    goals[number] = changed = True
        return [number for number, reached in enumerate(goals) if not reached]
