"""Walks through a world, proving step by step; and through all worlds, asking whether all data was met."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lifecycle.checker import proofs
from lifecycle.checker.exploring import Decisions, Graph, Moves, State, Taken, Verdict, View
from lifecycle.checker.messages import OF_OTHERS, Exchange, Sight
from lifecycle.checker.probes import Probe
from lifecycle.checker.worlds import World, worlds
from lifecycle.machines import MACHINES, STATES
from models.identity import DocumentId
from models.states import PayoutState

MOST_PER_CLAIM = 3


@dataclass(frozen=True)
class Failure:
    """A claim that does not hold, and how it comes to that."""

    claim: str
    trace: tuple[str, ...] = ()


@dataclass
class Report:
    """What was seen in a world.

    Attributes:
        states: how many different states of the whole world were met.
        transitions: how many steps between them.
        decisions: how many different decisions they rest on.
        cut: how many steps were not followed because a queue would have become too long.
        met: the machines' states that occurred.
        taken: the rules that were taken.
        seconds: how long it took.
    """

    world: str
    about: str
    states: int = 0
    transitions: int = 0
    decisions: int = 0
    cut: int = 0
    seconds: float = 0
    failures: list[Failure] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)
    taken: set[Taken] = field(default_factory=set)


@dataclass(slots=True)
class Way:
    """Steps that lead to the same.

    Attributes:
        probe: the first of them.
        changes: the documents that they change, as (slot, number).
        sight: what then lies between the documents.
        judged: those of which something must be proved.
    """

    probe: Probe
    changes: tuple[tuple[int, int], ...]
    sight: int
    judged: list[tuple[Probe, Verdict]] = field(default_factory=list)


class Walk:
    """A walk through everything that can happen in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.decisions = Decisions(world)
        self.exchange = Exchange(self.decisions) if {"invoice/1", "payout/1"} <= set(world.ids) else None
        self.graph = Graph()
        self.report = Report(world.name, world.about)
        self.claims: Counter[str] = Counter()
        self.judged: set[tuple[int, int]] = set()
        self.known: dict[tuple[Moves, int], list[Way]] = {}
        self.refusals: set[tuple[object, ...]] = set()
        self.tried: set[tuple[str, str, str | None, bool]] = set()

    def run(self, first_failure: bool = False) -> Report:
        """Visit everything, then look at the long run."""
        began = time.perf_counter()
        numbers = [self.decisions.number(document) for document in self.world.documents]
        start = (*numbers, *(0 for _ in self.world.absent), *((0,) if self.exchange else ()))
        self.graph.meet(start, 0, None)
        # A walk makes millions of small values and no garbage.
        gc.disable()
        try:
            visited = 0
            while visited < len(self.graph.states) and not (first_failure and self.claims):
                self.visit(visited)
                visited += 1
            if visited == len(self.graph.states):
                self.look_at_the_long_run()
        finally:
            gc.enable()
        self.report.states = len(self.graph.states)
        self.report.transitions = len(self.graph.steps)
        self.report.decisions = self.decisions.made
        self.report.taken = self.decisions.taken
        self.report.cut = self.exchange.cut if self.exchange else 0
        self.report.seconds = round(time.perf_counter() - began, 2)
        return self.report

    # ------------------------------------------------------------------ step by step

    def visit(self, number: int) -> None:
        """Prove what must hold in a state, and take every step from it."""
        state = self.graph.states[number]
        view = View(self.decisions, state)
        for slot in range(len(self.decisions.ids)):
            if (slot, state[slot]) not in self.judged:
                self.judge(number, slot, state[slot])
        for claim in proofs.contradictions(view, self.sight(state)):
            self.fail(claim, number)
        self.graph.starts.append(len(self.graph.steps))
        followers: dict[State, Probe] = {}
        for probe, following in self.options(number, state):
            like = self.exchange.renamed(following) if self.exchange else following
            followers.setdefault(like, probe)
        for following, probe in followers.items():
            self.graph.steps.append(self.graph.meet(following, number, probe))

    def judge(self, number: int, slot: int, document_number: int) -> None:
        """Prove what must hold of a document that is met for the first time."""
        self.judged.add((slot, document_number))
        document = self.decisions.documents[document_number]
        if document is None:
            return
        self.report.met.add((document.machine, document.state))
        for claim in proofs.wrong_with(document, self.world.policy):
            self.fail(claim, number)
        alike = document.machine, document.state, document.reference, bool(document.doubts)
        if alike not in self.tried:
            self.tried.add(alike)
            for claim in proofs.let_through(document, self.world.policy):
                self.fail(claim, number)

    def options(self, number: int, state: State) -> Iterator[tuple[Probe, State]]:
        """What can be done in a state: by people and providers, by the clock, and by messages that arrive."""
        for slot in range(len(self.decisions.ids)):
            moves = self.decisions.moves(state, slot)
            for way in self.ways(number, state, moves):
                yield way.probe, self.follow(number, state, way)
            if moves.refused:
                self.refuse(number, state, moves)
        if self.exchange:
            for probe, rest in self.exchange.deliveries(state):
                verdict = self.decisions.verdict(rest, probe)
                if verdict.code:
                    self.refused(number, rest, probe, verdict)
                    yield probe, rest
                for way in self.grouped(number, rest, [] if verdict.code else [(probe, verdict)]):
                    yield probe, self.follow(number, rest, way)

    def ways(self, number: int, state: State, moves: Moves) -> list[Way]:
        """Where the steps lead that are taken; worked out once where messages do not speak of other documents."""
        key = moves, state[-1] if self.exchange else 0
        found = self.known.get(key)
        if found is None:
            found = self.grouped(number, state, moves.taken)
            if not any(OF_OTHERS & {*verdict.effects} for _, verdict in moves.taken):
                self.known[key] = found
        return found

    def grouped(self, number: int, state: State, taken: Iterable[tuple[Probe, Verdict]]) -> list[Way]:
        """Steps by where they lead, without those that lead beyond the bounds."""
        found: dict[tuple[object, ...], Way] = {}
        for probe, verdict in taken:
            if verdict.spins:
                self.fail("the clock goes on", number, probe)
            sight = self.exchange.after(state, probe, verdict) if self.exchange else 0
            if sight is not None:
                way = found.setdefault((verdict.changes, sight), Way(probe, verdict.changes, sight))
                if probe.command.action in proofs.STEPS or (
                    verdict.payout and verdict.payout.state == PayoutState.SENDING
                ):
                    way.judged.append((probe, verdict))
        return list(found.values())

    def follow(self, number: int, state: State, way: Way) -> State:
        """The state after a step."""
        after = list(state)
        for slot, changed in way.changes:
            after[slot] = changed
        if self.exchange:
            after[-1] = way.sight
        following = tuple(after)
        for probe, verdict in way.judged:
            for claim in self.broken_by(probe, verdict, state, following):
                self.fail(claim, number, probe)
        return following

    def refuse(self, number: int, state: State, moves: Moves) -> None:
        """Prove of each set of refusals, once for each payout and what is known of its money, what ``refused`` proves."""
        key = moves, *((state[self.decisions.slots["payout/1"]], state[-1]) if self.exchange else ())
        if key not in self.refusals:
            self.refusals.add(key)
            for probe, verdict in moves.refused:
                self.refused(number, state, probe, verdict)

    def broken_by(self, probe: Probe, verdict: Verdict, state: State, following: State) -> Iterator[str]:
        """What must hold of a step, and does not."""
        check = proofs.STEPS.get(probe.command.action)
        before, after = View(self.decisions, state), View(self.decisions, following)
        if check:
            yield from check(before, probe, after)
        if self.exchange and verdict.payout and verdict.payout.state == PayoutState.SENDING:
            sights = self.exchange.sights[state[-1]], self.exchange.sights[following[-1]]
            yield from proofs.money_at_risk(before, after, sights)

    def refused(self, number: int, state: State, probe: Probe, verdict: Verdict) -> None:
        """Prove that nothing was refused that must not be."""
        document = self.decisions.documents[state[probe.slot]]
        over = document is not None and STATES[document.machine, document.state].final
        if probe.must and not over:
            self.fail(
                f"what is due or told is accepted ({probe.command.action}: {verdict.code})", number, probe
            )
        sight = self.sight(state)
        if sight and proofs.news_is_lost(View(self.decisions, state), probe, sight):
            self.fail(f"no true news is lost ({probe.command.action})", number, probe)

    def sight(self, state: State) -> Sight | None:
        """What lies between the documents of a state."""
        return self.exchange.sights[state[-1]] if self.exchange else None

    # ------------------------------------------------------------------ in the long run

    def look_at_the_long_run(self) -> None:
        """Prove that every document can go on, and that all money owed can come to an end."""
        for slot, document_id in enumerate(self.world.ids):
            machine = DocumentId(document_id).machine
            if self.world.limits.get(document_id) != ():
                self.reach(f"{machine} is never stuck", slot, proofs.rests, or_leave=True)
            if machine == "statement":
                self.reach("money owed can reach its end", slot, proofs.is_settled)

    def reach(
        self, claim: str, slot: int, is_goal: Callable[[View, int], bool], or_leave: bool = False
    ) -> None:
        """Prove that the document in a slot can always reach a goal, or at least leave the state it is in."""
        graph = self.graph
        goals = bytearray(is_goal(View(self.decisions, state), slot) for state in graph.states)
        names = [document.state if document else None for document in self.decisions.documents]
        for number, state in enumerate(graph.states if or_leave else ()):
            if not goals[number]:
                here = names[state[slot]]
                goals[number] = any(names[graph.states[f][slot]] != here for f in graph.after(number))
        for number in graph.without_way_to(goals):
            self.fail(claim, number)

    def fail(self, claim: str, number: int, probe: Probe | None = None) -> None:
        """Note what does not hold, with the way there."""
        self.claims[claim] += 1
        if self.claims[claim] <= MOST_PER_CLAIM:
            last = [str(probe)] if probe else []
            stands = ", ".join(
                f"{d.id}={d.state}"
                for n in self.graph.states[number][: len(self.world.ids)]
                if (d := self.decisions.documents[n])
            )
            self.report.failures.append(Failure(claim, (*self.graph.trace(number), *last, f"[{stands}]")))


def check(deep: bool = False) -> Iterator[Report]:
    """Prove everything in all worlds, one after the other; the last report is about the data as a whole."""
    reports = []
    for world in worlds(deep):
        reports.append(Walk(world).run())
        yield reports[-1]
    yield check_data(reports)


def check_data(reports: list[Report]) -> Report:
    """Prove that the data is sound by itself, and that nothing in it is dead."""
    data = Report(
        "data", "The machines' data as a whole: sound, and every state and rule met somewhere above."
    )
    met = set[tuple[str, str]]().union(*(report.met for report in reports))
    taken = set[Taken]().union(*(report.taken for report in reports))
    for machine in MACHINES.values():
        data.failures += [Failure(flaw) for flaw in proofs.flaws(machine)]
        data.failures += [
            Failure(f"never met: {machine.name}.{state.name}")
            for state in machine.states
            if (machine.name, state.name) not in met
        ]
        for rule in machine.rules:
            for source in rule.sources:
                step = (machine.name, rule.event, None if source == "(new)" else source, rule.target)
                if step not in taken:
                    data.failures.append(
                        Failure(f"never taken: {machine.name}.{rule.event} {source} → {rule.target}")
                    )
    data.states, data.transitions = len(met), len(taken)
    return data
