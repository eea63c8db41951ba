"""Who reviews what is handed in: people of the platform, a provider, or people after a provider, as the policy says.

A desk that the policy gives to people is asked nothing. Where a provider decides first, people take over when it has
doubts or is late; until somebody has decided, a late answer of the provider counts as well, one after its doubts does not.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from lifecycle.deadlines import in_words
from lifecycle.machine import Context, D, Deadline, Guard, Rule, State, own_request
from models import effects
from models.commands import Role
from models.desks import Decider, Desk
from models.documents import Document
from models.effects import FollowUp
from models.programme.clock import add_working_days
from models.programme.policy import Policy
from models.states import DocumentState

LATE_REVIEW = "review_late"
REFER = "refer"

Desks: TypeAlias = tuple[Desk, ...]
Days: TypeAlias = Callable[[Policy], int]

THEN_LATE = "It counts as late from then on, and is looked into."
PROVIDER_IS_LATE = (
    "A review takes longer than announced. Nothing is needed from you; the reviewer is asked every day."
)
PEOPLE_ARE_LATE = "A review takes longer than announced. Nothing is needed from you; it now stands before all other reviews."
COMES_TO_PEOPLE = (
    "The review needs a closer look, and somebody of the platform takes it over. Nothing is needed from you."
)


# ---------------------------------------------------------------------- whose it is


def asked(desks: Desks, document: Document, policy: Policy) -> Desks:
    """Those of some desks where a provider is asked; people decide at the others."""
    held = policy.at(document.since)
    return tuple(desk for desk in desks if held.decider(desk) is not Decider.PEOPLE)


def is_heard(desks: Desks, document: Document, policy: Policy) -> bool:
    """Whether a provider's word on a review counts: it was asked, and has not left it to people."""
    return bool(asked(desks, document, policy)) and not document.doubts


def comes_to_people(desks: Desks, document: Document, policy: Policy) -> bool:
    """Whether doubts about a review, or its lateness, bring it before people."""
    held = policy.at(document.since)
    return any(held.decider(desk) is Decider.PROVIDER_THEN_PEOPLE for desk in desks)


def is_for_people(desks: Desks, document: Document, policy: Policy) -> bool:
    """Whether people of the platform must decide a review now."""
    if not is_heard(desks, document, policy):
        return True
    return document.late and comes_to_people(desks, document, policy)


def people_may(desks: Desks) -> Guard[Document]:
    """What providers alone do as long as they are in time and sure, people may do otherwise."""

    def holds(context: Context[Document]) -> bool:
        document, policy = context.document, context.policy
        by_people = context.command.actor.role is not Role.PROVIDER
        return not by_people or document.late or is_for_people(desks, document, policy)

    return Guard(
        code="provider_decides",
        reason="A provider checks this; people decide only if it is late or leaves it to them.",
        holds=holds,
    )


def nothing_left_for_people(desks: Desks) -> Guard[Document]:
    """A provider's yes is the last word, because it was asked at every desk."""
    return Guard(
        code="people_decide_the_rest",
        reason="A part of this is decided by people.",
        holds=lambda c: asked(desks, c.document, c.policy) == desks,
    )


# ---------------------------------------------------------------------- the review


def under_review(
    name: DocumentState,
    description: str,
    *,
    desks: Desks,
    days: Days,
    todo: str,
    effect: FollowUp = effects.REQUEST_REVIEW,
    further: tuple[Deadline[D], ...] = (),
) -> State[D]:
    """A state in which desks review a document, late after some working days.

    Args:
        todo: for people: what they should do if they decide.
        further: what else the clock does meanwhile.
    """
    return State(
        name=name,
        description=description,
        waits_for=Role.PROVIDER,
        desks=desks,
        deadlines=(review_late(days, desks), *further),
        effect=effect,
        todo=todo,
    )


def review_late(days: Days, desks: Desks = ()) -> Deadline[Document]:
    """A review is late after some working days; from then on its provider is asked again and again."""

    def due(document: Document, policy: Policy) -> datetime | None:
        if document.late and desks and not is_heard(desks, document, policy):
            return None
        return add_working_days(document.since, days(policy)) + document.reminders * policy.ask_again

    def when(policy: Policy) -> str:
        again = not desks or any(policy.decider(desk) is not Decider.PEOPLE for desk in desks)
        every = f", then every {in_words(policy.ask_again)}" if again else ""
        return f"after {days(policy)} working days{every}"

    return Deadline(event=LATE_REVIEW, then=THEN_LATE, due=due, binding=False, when=when)


def while_heard(deadline: Deadline[D], desks: Desks) -> Deadline[D]:
    """A clock that runs only as long as a provider is asked and has not left it to people."""
    return replace(deadline, due=lambda d, p: deadline.due(d, p) if is_heard(desks, d, p) else None)


def while_people_decide(deadline: Deadline[D], desks: Desks) -> Deadline[D]:
    """A clock that runs only where no provider is asked, or one has left it to people."""
    return replace(
        deadline,
        due=lambda d, p: None if is_heard(desks, d, p) else deadline.due(d, p),
        when=lambda p: f"if people decide: {deadline.when(p)}",
    )


def review_rules(desks: Desks, *states: DocumentState) -> tuple[Rule[Document], ...]:
    """What every review by desks has: it is late some day, and its provider may leave it to people."""
    outside = asked_outside(desks)
    late = tuple(
        late_rule(state, guards, meaning, ask)
        for state in states
        for guards, meaning, ask in (
            ((NOT_LATE_YET, outside), PROVIDER_IS_LATE, True),
            ((NOT_LATE_YET,), PEOPLE_ARE_LATE, False),
            ((), "", True),
        )
    )
    return (*late, *(refer_rule(desks, state) for state in states))


def staff_late_rules(*states: DocumentState) -> tuple[Rule[Document], ...]:
    """The rules by which what people of the platform look at, whatever the policy says, is marked as late."""
    return tuple(
        late_rule(state, guards, meaning, ask=False)
        for state in states
        for guards, meaning in (((NOT_LATE_YET,), PEOPLE_ARE_LATE), ((), ""))
    )


def asked_outside(desks: Desks) -> Guard[Document]:
    """A provider is asked, and its word counts."""
    return Guard(
        code="people_decide",
        reason="People of the platform decide this; nobody outside is asked.",
        holds=lambda c: is_heard(desks, c.document, c.policy),
    )


NOT_LATE_YET: Guard[Document] = Guard(
    code="late_already", reason="It is known already that it is late.", holds=lambda c: not c.document.late
)


def late_rule(
    state: DocumentState, guards: tuple[Guard[Document], ...], meaning: str, ask: bool
) -> Rule[Document]:
    """A review is late; the people concerned are told the first time only.

    Args:
        ask: its provider is asked how it stands.
    """
    return Rule(
        event=LATE_REVIEW,
        sources=(state,),
        target=state,
        roles=(Role.CLOCK,),
        guards=guards,
        updates=lambda context: {"late": True, "reminders": context.document.reminders + 1},
        effect=effects.ASK_REVIEW if ask else None,
        effect_reference=own_request,
        notification=meaning,
    )


def refer_rule(desks: Desks, state: DocumentState) -> Rule[Document]:
    """A provider cannot decide, says why, and leaves it to people."""
    return Rule(
        event=REFER,
        sources=(state,),
        target=state,
        roles=(Role.PROVIDER,),
        guards=(
            Guard(
                code="provider_decides_alone",
                reason="Nobody else decides this; say yes or no.",
                holds=lambda c: comes_to_people(desks, c.document, c.policy),
            ),
        ),
        needs_reasons=True,
        updates=lambda context: {"doubts": context.command.reasons},
        notification=COMES_TO_PEOPLE,
    )
