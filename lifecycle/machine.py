"""The words in which the machines are written: states, rules, guards, deadlines and consequences.

A machine is data. Everything that the system knows about who may do what, when, and what follows is
derived from it: validators, refusals, buttons, next actions, timers, diagrams and the model checker.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from models.commands import Command, Role
from models.desks import Desk
from models.documents import AnyDocument, Document
from models.dossier import Dossier
from models.effects import FollowUp
from models.programme.policy import Policy
from models.states import DocumentState
from models.webhooks import WebhookType

NEW: Final = "(new)"
"""Where a document stands that does not exist yet."""

Facts: TypeAlias = Mapping[str, object]
"""Facts of a document by their names."""

D_co = TypeVar("D_co", bound=Document, covariant=True)
"""The kind of document that is looked at."""
D_contra = TypeVar("D_contra", bound=Document, contravariant=True)
"""The kind of document that a guard or a rule can look at: one for any document serves each kind."""
D = TypeVar("D", bound=Document)
T = TypeVar("T")


@dataclass(frozen=True)
class Context(Generic[D_co]):
    """What a guard or a rule may look at.

    Attributes:
        dossier: all documents of the organization, before this command.
        document: the document before the command.
        proposed: the document with the command's facts filled in.
        now: programme time.
    """

    dossier: Dossier
    document: D_co
    proposed: D_co
    command: Command
    now: datetime
    policy: Policy

    def brings(self, name: str) -> bool:
        """Whether the command brought a fact; its validated value is in ``proposed``."""
        return name in self.command.facts

    def brought(self, name: str, value: T) -> T | None:
        """A fact's value if the command brought that fact."""
        return value if self.brings(name) else None


def own_request(context: Context[Document]) -> str | None:
    """The reference of what was asked for the state in which the document stands."""
    return context.document.reference


@dataclass(frozen=True, kw_only=True)
class Guard(Generic[D_contra]):
    """Something that must hold for a rule to apply, across machines if need be.

    Attributes:
        code: stable, for programs.
        reason: says to the person refused what must be done first.
        holds: the condition.
        needs_facts: it can be judged only with the command's facts, so it does not hide the action beforehand.
        waits_for_step: the step of the pipeline that must come first, for a guard that looks at another document.
        moved_by: the documents that must move for it to hold.
        field: the field of the form that it is about, as a JSON pointer.
    """

    code: str
    reason: str
    holds: Callable[[Context[D_contra]], bool]
    needs_facts: bool = False
    waits_for_step: str = ""
    moved_by: Callable[[D_contra, Dossier], Iterable[str]] = lambda document, dossier: ()
    field: str = ""


@dataclass(frozen=True, kw_only=True)
class Deadline(Generic[D_contra]):
    """An event that the clock causes unless the document has moved on.

    Attributes:
        event: what happens then.
        then: the same for people, one sentence.
        due: when, in programme time; ``None`` when the clock is not running.
        binding: the person waiting loses or gains something then; otherwise it is a reminder or a question.
        when: the same in words, for the documentation.
    """

    event: str
    then: str
    due: Callable[[D_contra, Policy], datetime | None]
    binding: bool = True
    when: Callable[[Policy], str] = lambda policy: ""


class Tone(StrEnum):
    """How a state looks to its organization."""

    GOOD = "good"
    OPEN = "open"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class State(Generic[D_contra]):
    """A place in which a document can stand.

    Attributes:
        description: what it means to the person waiting, one sentence.
        waits_for: who must act next; ``None`` only where nobody has to.
        deadlines: what the clock will do.
        effect: what is asked of the outside world on entering.
        final: nothing follows.
        desks: who reviews it here, each a provider's unless the policy says otherwise.
        appealed: the organization waits for a yes or a no here, too, though no desk reviews it.
        todo: for people: what the one who must act should do; where desks review, the platform's people.
        tone: whether it is good, bad or in between; the word always stands beside the colour.
        continues_in: the action on another document that moves this one on, for who must act.
        news: the event that it is to the document on whose behalf this one is; of a payout, to its invoice.
    """

    name: DocumentState
    description: str
    waits_for: Role | None = None
    deadlines: tuple[Deadline[D_contra], ...] = ()
    effect: FollowUp | None = None
    desks: tuple[Desk, ...] = ()
    appealed: bool = False
    final: bool = False
    todo: str = ""
    tone: Tone = Tone.OPEN
    continues_in: str = ""
    news: str = ""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A transition of another document that belongs to the same decision."""

    document_id: str
    event: str
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[D_contra]):
    """One permitted transition.

    Attributes:
        event: what happens.
        sources: the states from which.
        target: the state to which.
        roles: who may cause it.
        guards: what must hold.
        of_any_attempt: it takes a provider's word on any request of the document's, also one that was given up.
        required_facts: the facts that a command must bring.
        optional_facts: the facts that it may bring.
        needs_reasons: the command must say why.
        reason_codes: the codes that may be given for it, with their meanings; any code when it is empty.
        usual_reasons: those that reviewers are offered where they may write others.
        updates: further changes of the document's facts.
        consequences: transitions of other documents that follow in the same decision.
        effect: something to be done outside besides the target state's own effect.
        effect_reference: under which earlier reference that is done; without it, or one, under a new one.
        notification: what it says to the people concerned; they are notified when it is not empty.
        notification_details: what is added to that, from the facts.
        webhook_type: under which the organization's own systems are told; without one they are not.
        moves_money: a decision on money in a machine of which not every action is one.
        in_person: only somebody may ask for it who has signed in a short while ago.
    """

    event: str
    sources: tuple[DocumentState | Literal["(new)"], ...]
    target: DocumentState
    roles: tuple[Role, ...]
    guards: tuple[Guard[D_contra], ...] = ()
    of_any_attempt: bool = False
    required_facts: tuple[str, ...] = ()
    optional_facts: tuple[str, ...] = ()
    needs_reasons: bool = False
    reason_codes: Mapping[str, str] = field(default_factory=dict)
    usual_reasons: Mapping[str, str] = field(default_factory=dict)
    updates: Callable[[Context[D_contra]], Facts] | None = None
    consequences: Callable[[Context[D_contra]], Iterable[Consequence]] | None = None
    effect: FollowUp | None = None
    effect_reference: Callable[[Context[D_contra]], str | None] | None = None
    notification: str = ""
    notification_details: Callable[[Context[D_contra]], str] | None = None
    webhook_type: WebhookType | None = None
    moves_money: bool = False
    in_person: bool = False

    @property
    def is_self_transition(self) -> bool:
        """It leaves the document where it stands: a reminder, or a question asked again."""
        return self.sources == (self.target,)


@dataclass(frozen=True, kw_only=True)
class Machine(Generic[D]):
    """All states and rules of one kind of document; the first state is where its life begins.

    Attributes:
        moves_money: every action of it moves money or says where money goes, and is asked for in person.
        checklist: what the platform's staff look at before they decide.
        contradicts: whether a provider's word is about an attempt that was given up, or contradicts its earlier word.
            It is neither believed nor dropped then: the event ``recheck`` takes its place, which asks how it stands.
    """

    name: str
    title: str
    document: type[D]
    states: tuple[State[D], ...]
    rules: tuple[Rule[D], ...]
    moves_money: bool
    checklist: tuple[str, ...] = ()
    contradicts: Callable[[D, Command], bool] | None = None

    def state(self, name: str) -> State[D]:
        """The state with that name; KeyError if there is none."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(f"{self.name} has no state {name}")

    def rules_for(self, event: str) -> tuple[Rule[D], ...]:
        """All rules of one event, in the order in which they are tried."""
        return tuple(rule for rule in self.rules if rule.event == event)


AnyMachine: TypeAlias = Machine[Any]
"""A machine of one kind of document or another, as where all of them stand in one table."""
AnyRule: TypeAlias = Rule[Any]
AnyState: TypeAlias = State[Any]
AnyGuard: TypeAlias = Guard[Any]
AnyContext: TypeAlias = Context[AnyDocument]
