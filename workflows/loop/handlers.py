"""What is said to a workflow, and asked of it: updates, signals and queries.

Every action that somebody can ask for is an update and a signal of its own name, which ``named_handlers`` makes from the
table; ``act`` takes all of them. All go through the same door: ``answer``, ``check`` and ``receive``.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from lifecycle.actions import NamedAction, named_actions
from lifecycle.leaving import needs_back
from lifecycle.machine import AnyMachine
from lifecycle.timers import timers
from models.commands import Command, Outcome, Refusal
from models.wire.origin import sealed_for
from workflows.inputs import ACT, COMPARE, PROVIDER_EVENT, REFUSED, STATUS, Status
from workflows.loop.claimed_senders import ClaimedSenders
from workflows.loop.decisions import refused
from workflows.loop.given_by_hand import BY_HAND, by_hand, own_place
from workflows.loop.payloads import (
    MALFORMED,
    Unreadable,
    alone,
    alone_async,
    command_given,
    no_command,
    one,
)
from workflows.loop.unattended import UNFORESEEN

UNKNOWN_SIGNALS = "unknown-signals"
"""The patch since which signals of other names are recorded."""


class Messages(ClaimedSenders):
    """Every command comes in here: updates and signals of people and of other parts of the pipeline, providers' news."""

    @workflow.update(name=ACT, description="Carry out the action that the command names.")
    @alone_async
    async def on_act(self, given: RawValue) -> Outcome:
        """Answer with the outcome, or refuse with what would be allowed."""
        return await self.answer(ACT, given)

    @on_act.validator
    @alone
    def check_act(self, given: RawValue) -> None:
        """Keep what would be refused out of the history."""
        self.check(ACT, given)

    @workflow.signal(name=ACT, description="The same as the update, without an answer.")
    @alone
    def on_act_signal(self, given: RawValue) -> None:
        """Put a command into the inbox."""
        self.receive(ACT, given)

    @workflow.signal(name=COMPARE, description="Look whether the database was put back, and go on from it.")
    @alone
    def on_compare(self, given: RawValue) -> None:
        """Have the database compared with what is known here; whatever the signal brings."""
        self.comparing = True
        self.woken = True

    @workflow.signal(dynamic=True, description="Anything else is recorded as refused.")
    def on_other_signal(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Have it recorded that a signal came which nobody knows."""
        if workflow.patched(UNKNOWN_SIGNALS):
            self.strange(name, MALFORMED, one(tuple(arguments)))
            self.woken = True

    @workflow.signal(name=PROVIDER_EVENT, description="News of an external system.")
    @alone
    def on_provider_event(self, given: RawValue) -> None:
        """Put a provider's news into the inbox."""
        self.receive(PROVIDER_EVENT, given)

    async def answer(self, name: str, given: RawValue) -> Outcome:
        """Carry out the command of an update.

        Raises:
            ApplicationError: of type ``Refused``, it is refused; of another, it failed because of a fault of ours.
            ActivityError: it could not be recorded.
        """
        try:
            command = self.read(name, given)
        except Unreadable as error:
            raise refused(error.refusal) from None
        if command.actor == BY_HAND:
            self.note_hand(command.id, given)
        await workflow.wait_condition(lambda: self.loaded)
        try:
            return await self.act(command)
        except ApplicationError as error:
            if command.actor == BY_HAND and error.type == REFUSED:
                await self.record_refusal(command, Refusal.in_details(error.details))
            raise
        except ActivityError:
            raise
        except Exception as error:
            # Raised as it is, it would fail the workflow's task again and again, and not this one command.
            workflow.logger.exception("a command could not be carried out", extra=self.ids_of(command))
            raise failed() from error

    def check(self, name: str, given: RawValue) -> None:
        """Refuse an update early, before it enters the history, but for those of strangers, which are to be seen."""
        try:
            command = self.read(name, given)
        except Unreadable as error:
            raise refused(error.refusal) from None
        known = command.id in self.applied or needs_back(self.dossier, command)
        if self.loaded and not known and command.actor != BY_HAND:
            try:
                decision = self.judge(command)
            except Exception:
                workflow.logger.exception("a command could not be judged", extra=self.ids_of(command))
                raise failed() from None
            if isinstance(decision, Refusal):
                raise refused(decision)

    def receive(self, name: str, given: RawValue) -> None:
        """Put what was signalled into the inbox; what is no command is recorded as refused."""
        try:
            command = self.read(name, given)
        except Unreadable as error:
            self.strange(name, error.refusal, given)
        else:
            self.inbox.append(command)
            if command.actor == BY_HAND:
                self.note_hand(command.id, given)
        self.woken = True

    def strange(self, name: str, refusal: Refusal, given: RawValue) -> None:
        """Have it recorded that something came which is no command."""
        command = no_command(name, refusal, str(workflow.uuid4()))
        self.inbox.append(command)
        self.note_hand(command.id, given)

    def read(self, name: str, given: RawValue) -> Command:
        """The command that came in: as it stands if a process of ours has sealed it, and else as given by hand.

        Raises:
            Unreadable: it is none, or it is another than the one that it was given as.
        """
        command = command_given(name, given)
        if self.sealed and sealed_for(given.payload) != own_place():
            return by_hand(command)
        return command

    @workflow.query(name=STATUS, description="Where everything stands, and what comes next.")
    def on_status(self) -> Status:
        """The whole state."""
        upcoming = timers(self.dossier, self.policy)
        return Status(
            dossier=self.dossier,
            now=self.now(),
            next_timer=upcoming[0].due if upcoming else None,
            effects=self.effects,
            commands=self.commands,
            policy=self.policy.identity,
        )


def failed() -> ApplicationError:
    """The error of a command that could not be carried out because of a fault of ours."""
    return ApplicationError(UNFORESEEN.reason, type="Unforeseen", non_retryable=True)


Answering = TypeVar("Answering", bound=type[Messages])


def answering_to(*machines: AnyMachine) -> Callable[[Answering], Answering]:
    """Gives a workflow class an update and a signal of its own name for each action of some machines.

    They are handlers of the class, and not set in its constructor, because Temporal lists only those with their
    descriptions, and because they cost nothing for each workflow then. It stands below ``@workflow.defn``, which looks
    for handlers when the class is made.
    """

    def add_handlers(workflow_class: Answering) -> Answering:
        for machine in machines:
            for action in named_actions(machine):
                for kind, handler in named_handlers(action):
                    setattr(workflow_class, f"{kind} {action.name}", handler)
        return workflow_class

    return add_handlers


def named_handlers(action: NamedAction) -> Iterable[tuple[str, object]]:
    """The update and the signal of one action; Temporal knows a method by a ``self`` without a type."""

    @workflow.update(name=action.name, description=action.description)
    @alone_async
    async def on_update(self, given: RawValue) -> Outcome:  # type: ignore[no-untyped-def]
        outcome: Outcome = await self.answer(action.name, given)
        return outcome

    @on_update.validator
    @alone
    def check_update(self, given: RawValue) -> None:  # type: ignore[no-untyped-def]
        self.check(action.name, given)

    @workflow.signal(name=action.name, description=action.description)
    @alone
    def on_signal(self, given: RawValue) -> None:  # type: ignore[no-untyped-def]
        self.receive(action.name, given)

    return ("update", on_update), ("signal", on_signal)
