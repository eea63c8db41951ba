"""The words in which the machines are written: states, rules, guards, deadlines and consequences.

A machine is data. Everything that the system knows about who may do what, when, and what follows is
derived from it: validators, refusals, buttons, next actions, timers, diagrams and the model checker.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.commands import Command, Role
from models.documents import Document
from models.dossier import Dossier
from models.programme.policy import Policy

NEW = "(new)"
"""The state of a document that does not exist yet."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a guard or a rule may look at.

    Attributes:
        dossier: all documents of the organization, before this command.
        document: the document before the command.
        proposed: the document with the command's facts filled in.
        now: programme time.
    """

    dossier: Dossier
    document: Any
    proposed: Any
    command: Command
    now: datetime
    policy: Policy

    def brought(self, name: str, default: Any = None) -> Any:
        """A fact as the command brought it, validated; the default when it did not bring it."""
        return getattr(self.proposed, name) if name in self.command.facts else default


def own_request(context: Context) -> str | None:
    """The reference of what was asked for the state in which the document stands."""
    reference: str | None = context.document.reference
    return reference


@dataclass(frozen=True, slots=True)
class Guard:
    """Something that must hold for a rule to apply, across machines if need be.

    Attributes:
        code: stable, for programs.
        reason: says to the person refused what must be done first.
        holds: the condition.
        needs_facts: it can be judged only with the command's facts, so it does not hide the action beforehand.
    """

    code: str
    reason: str
    holds: Callable[[Context], bool]
    needs_facts: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """An event that the clock causes unless the document has moved on.

    Attributes:
        event: what happens then.
        due: when, in programme time; ``None`` when the clock is not running.
        binding: the person waiting loses or gains something then; otherwise it is a reminder or a question.
        when: the same in words, for the documentation.
    """

    event: str
    due: Callable[[Any, Policy], datetime | None]
    binding: bool = True
    when: Callable[[Policy], str] = lambda policy: ""


@dataclass(frozen=True, slots=True)
class State:
    """A place in which a document can stand.

    Attributes:
        meaning: what it means to the person waiting, one sentence.
        waits_for: who must act next; ``None`` only where nobody has to.
        deadlines: what the clock will do.
        effect: what is asked of the outside world on entering.
        final: nothing follows.
        todo: for people: what the one who must act should do.
        elsewhere: the action on another document that moves this one on, for who must act.
    """

    name: str
    meaning: str
    waits_for: Role | None = None
    deadlines: tuple[Deadline, ...] = ()
    effect: str | None = None
    final: bool = False
    todo: str = ""
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A transition of another document that belongs to the same decision."""

    document_id: str
    event: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One permitted transition.

    Attributes:
        event: what happens.
        sources: the states from which.
        target: the state to which.
        by: who may cause it.
        guards: what must hold.
        of_any_attempt: it takes a provider's word on any request of the document's, also one that was given up.
        takes: the facts that a command must bring.
        may_take: the facts that it may bring.
        needs_reasons: the command must say why.
        reason_codes: the codes that may be given for it, with their meanings; any code when it is empty.
        sets: further changes of the document's facts.
        consequences: transitions of other documents that follow in the same decision.
        effect: something to be done outside besides the target state's own effect.
        asks: under which earlier reference the effect is done; without it, or one, under a new one.
        meaning: what it says to the people concerned; they are notified when it is not empty.
        details: what is added to that, from the facts.
    """

    event: str
    sources: tuple[str, ...]
    target: str
    by: tuple[Role, ...]
    guards: tuple[Guard, ...] = ()
    of_any_attempt: bool = False
    takes: tuple[str, ...] = ()
    may_take: tuple[str, ...] = ()
    needs_reasons: bool = False
    reason_codes: Mapping[str, str] = field(default_factory=dict)
    sets: Callable[[Context], Mapping[str, Any]] | None = None
    consequences: Callable[[Context], Iterable[Consequence]] | None = None
    effect: str | None = None
    asks: Callable[[Context], str | None] | None = None
    meaning: str = ""
    details: Callable[[Context], str] | None = None

    @property
    def stays(self) -> bool:
        """It leaves the document where it stands: a reminder, or a question asked again."""
        return self.sources == (self.target,)


@dataclass(frozen=True, slots=True)
class Machine:
    """All states and rules of one kind of document; the first state is where its life begins.

    Attributes:
        contradicts: whether a provider's word is about an attempt that was given up, or contradicts its earlier word.
            It is neither believed nor dropped then: the event ``recheck`` takes its place, which asks how it stands.
    """

    name: str
    title: str
    document: type[Document]
    states: tuple[State, ...]
    rules: tuple[Rule, ...]
    contradicts: Callable[[Any, Command], bool] | None = None

    def state(self, name: str) -> State:
        """The state with that name; KeyError if there is none."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(f"{self.name} has no state {name}")

    def rules_for(self, event: str) -> tuple[Rule, ...]:
        """All rules of one event, in the order in which they are tried."""
        return tuple(rule for rule in self.rules if rule.event == event)
