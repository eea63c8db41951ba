"""What is said to a workflow, and asked of it: updates, signals and queries."""

from collections.abc import Callable, Sequence

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from lifecycle.leaving import needs_back
from lifecycle.timers import alarms
from models.commands import Command, Outcome, Refusal
from models.origin import sealed_for
from workflows.inputs import ACT, COMPARE, PROVIDER_EVENT, REFUSED, STATUS, Status
from workflows.loop.claimed_senders import Claims
from workflows.loop.decisions import refused
from workflows.loop.given_by_hand import BY_HAND, by_hand, own_place
from workflows.loop.payloads import (
    MALFORMED,
    Unreadable,
    alone,
    alone_async,
    command_of,
    event_of,
    one,
    unreadable,
)
from workflows.loop.unattended import UNFORESEEN

UNKNOWN_SIGNALS = "unknown-signals"
"""The patch since which signals of other names are recorded."""


class Messages(Claims):
    """Every command comes in here: updates and signals of people and of other parts of the pipeline, providers' news."""

    @workflow.update(name=ACT, description="Carry out a command of an admin or of the platform's staff.")
    @alone_async
    async def on_act(self, given: RawValue) -> Outcome:
        """Answer with the outcome, or refuse with what would be allowed."""
        try:
            command = self.read(command_of, given)
        except Unreadable:
            raise refused(MALFORMED) from None
        if command.actor == BY_HAND:
            self.note_hand(command.id, given)
        await workflow.wait_condition(lambda: self.loaded)
        try:
            return await self.act(command)
        except ApplicationError as error:
            if command.actor == BY_HAND and error.type == REFUSED:
                await self.remember(command, Refusal.in_details(error.details))
            raise
        except ActivityError:
            raise
        except Exception as error:
            # Raised as it is, it would fail the workflow's task again and again, and not this one command.
            workflow.logger.exception("a command could not be carried out", extra=self.ids_of(command))
            raise failed() from error

    @on_act.validator
    @alone
    def refuse_early(self, given: RawValue) -> None:
        """Keep commands that would be refused out of the history, but for those of strangers, which are to be seen."""
        try:
            command = self.read(command_of, given)
        except Unreadable:
            raise refused(MALFORMED) from None
        known = command.id in self.applied or needs_back(self.dossier, command)
        if self.loaded and not known and command.actor != BY_HAND:
            try:
                decision = self.judge(command)
            except Exception:
                workflow.logger.exception("a command could not be judged", extra=self.ids_of(command))
                raise failed() from None
            if isinstance(decision, Refusal):
                raise refused(decision)

    @workflow.signal(name=ACT, description="The same as the update, without an answer.")
    @alone
    def on_act_signal(self, given: RawValue) -> None:
        """Put a command into the inbox."""
        self.receive(ACT, command_of, given)

    @workflow.signal(name=COMPARE, description="Look whether the database was put back, and go on from it.")
    @alone
    def on_compare(self, given: RawValue) -> None:
        """Have the database compared with what is known here; whatever the signal brings."""
        self.comparing = True
        self.stirred = True

    @workflow.signal(dynamic=True, description="Anything else is recorded as refused.")
    def on_other_signal(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Have it recorded that a signal came which nobody knows."""
        if workflow.patched(UNKNOWN_SIGNALS):
            self.strange(name, one(tuple(arguments)))
            self.stirred = True

    @workflow.signal(name=PROVIDER_EVENT, description="News of an external system.")
    @alone
    def on_provider_event(self, given: RawValue) -> None:
        """Put a provider's news into the inbox."""
        self.receive(PROVIDER_EVENT, event_of, given)

    def receive(self, signal: str, read: Callable[[RawValue], Command], given: RawValue) -> None:
        """Put what was signalled into the inbox; what cannot be read is recorded as refused."""
        try:
            command = self.read(read, given)
        except Unreadable:
            self.strange(signal, given)
        else:
            self.inbox.append(command)
            if command.actor == BY_HAND:
                self.note_hand(command.id, given)
        self.stirred = True

    def strange(self, signal: str, given: RawValue) -> None:
        """Have it recorded that something came which is no command."""
        command = unreadable(signal, str(workflow.uuid4()))
        self.inbox.append(command)
        self.note_hand(command.id, given)

    def read(self, read: Callable[[RawValue], Command], given: RawValue) -> Command:
        """The command that came in: as it stands if a process of ours has sealed it, and else as given by hand.

        Raises:
            Unreadable: it is none.
        """
        command = read(given)
        if self.sealed and sealed_for(given.payload) != own_place():
            return by_hand(command)
        return command

    @workflow.query(name=STATUS, description="Where everything stands, and what comes next.")
    def on_status(self) -> Status:
        """The whole state."""
        upcoming = alarms(self.dossier, self.policy)
        return Status(
            dossier=self.dossier,
            now=self.now(),
            next_alarm=upcoming[0].due if upcoming else None,
            effects=self.effects,
            commands=self.commands,
        )


def failed() -> ApplicationError:
    """The error of a command that could not be carried out because of a fault of ours."""
    return ApplicationError(UNFORESEEN.reason, type="Unforeseen", non_retryable=True)
