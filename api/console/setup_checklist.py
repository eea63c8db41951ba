"""The checklist of the setup: where each step stands, by its own document, and what locks those that cannot begin."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from api.console.prerequisites import Prerequisite, unmet_prerequisites
from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle import in_words
from lifecycle.machine import Tone
from lifecycle.machines import state_of
from lifecycle.pipeline import STEPS
from lifecycle.views.pending import is_optional
from models.commands import Role
from models.documents import AnyDocument, Contract, Launch, PayoutAccount, Qualification, Verification
from models.states import LaunchState
from words.voice import Sentence

ORDER = list(STEPS)


class Standing(StrEnum):
    """How a step of the setup stands for its organization."""

    DONE = "done"
    YOURS = "yours"
    FIX = "fix"
    WAITING = "waiting"
    LOCKED = "locked"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class SetupStep:
    """A step of the setup.

    Attributes:
        document_id: its document; ``games`` for those of all games together.
        state: where that stands; empty for the games.
        words: what is to be said of it, one sentence.
        since: since when it stands so.
        locks: what must be done first.
        counted: how many games are registered, and how many live.
    """

    document_id: str
    standing: Standing
    state: str = ""
    words: str = ""
    since: datetime | None = None
    locks: Sequence[Prerequisite] = ()
    counted: tuple[int, int] = field(default=(0, 0))


@dataclass(frozen=True)
class Setup:
    """All steps of the setup, in the order of the pipeline."""

    steps: Sequence[SetupStep]

    @property
    def needed(self) -> list[SetupStep]:
        """The steps without which nothing is earned and paid; one contract is enough."""
        steps = [step for step in self.steps if step.standing is not Standing.OPTIONAL]
        contracts = [step for step in steps if step.document_id.startswith("contract/")]
        signed = [step for step in contracts if step.standing is Standing.DONE]
        return [step for step in steps if step not in contracts or step in (signed or contracts[:1])]

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(step.standing is Standing.DONE for step in self.needed)

    @property
    def complete(self) -> bool:
        """Whether the organization can earn and be paid."""
        return self.done == len(self.needed)


def setup_of(snapshot: OrganizationSnapshot) -> Setup:
    """Where an organization's setup stands."""
    return Setup(list(steps_of(snapshot)))


def steps_of(snapshot: OrganizationSnapshot) -> Iterator[SetupStep]:
    """The steps, in the order of the pipeline."""
    for document in sorted(snapshot.dossier.documents.values(), key=lambda one: ORDER.index(one.machine)):
        if isinstance(document, Verification | Qualification | Contract):
            yield step_of(document, snapshot)
    yield games_of(snapshot)
    yield step_of(snapshot.one(PayoutAccount), snapshot)


def step_of(document: AnyDocument, snapshot: OrganizationSnapshot) -> SetupStep:
    """One document as a step."""
    state, begins_with = state_of(document), STEPS[document.machine].begins_with
    locks = unmet_prerequisites(snapshot, begins_with, document.id) if begins_with else []
    if state.tone is Tone.GOOD:
        standing = Standing.DONE
    elif is_optional(document, snapshot.dossier):
        standing = Standing.OPTIONAL
    elif locks:
        standing = Standing.LOCKED
    elif state.tone is Tone.BAD:
        standing = Standing.FIX
    else:
        standing = Standing.YOURS if state.waits_for is Role.ADMIN else Standing.WAITING
    yours = standing in (Standing.YOURS, Standing.FIX) and state.waits_for is Role.ADMIN
    words = (
        Sentence("{todo}.", todo=in_words.todo(document, snapshot.names))
        if yours
        else Sentence(state.description)
    )
    return SetupStep(document.id, standing, document.state, words, document.since, locks)


def games_of(snapshot: OrganizationSnapshot) -> SetupStep:
    """All games together: done once one of them is live."""
    games = snapshot.dossier.of(Launch)
    live = sum(game.state == LaunchState.LIVE for game in games)
    if live:
        standing = Standing.DONE
    elif any(state_of(game).waits_for is Role.PROVIDER for game in games):
        standing = Standing.WAITING
    else:
        standing = Standing.YOURS
    return SetupStep("games", standing, counted=(len(games), live))
