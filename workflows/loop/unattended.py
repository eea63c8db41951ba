"""Commands for whose outcome nobody waits: each is carried out, recorded as refused, or tried again later."""

import asyncio
from collections import Counter, deque

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from models.commands import Command, Refusal, Role
from models.texts.sentences import Sentence
from workflows.inputs import REFUSED, WorkflowInput
from workflows.loop.decisions import Decisions, is_stale
from workflows.loop.given_by_hand import BY_HAND
from workflows.loop.payloads import NO_COMMANDS

TRIES = 10
"""How often a command is tried that nobody waits for, and that fails because of a fault of ours."""

CONFLICT = Refusal(code="conflict", reason=Sentence("The database had moved on; give the command again."))

UNFORESEEN = Refusal(
    code="unforeseen",
    reason=Sentence("It could not be carried out because of a fault of ours; the worker's log says which."),
)


class Unattended(Decisions):
    """Signals, providers' news and the clock's commands."""

    def begin(self, start: WorkflowInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.inbox = deque(start.put_off)
        self.put_off: dict[str, Command] = {}
        self.waits: dict[str, asyncio.Task[None]] = {}
        self.tries: Counter[str] = Counter()

    async def read_inbox(self) -> None:
        """Carry out what was signalled, in order."""
        while self.inbox:
            await self.execute_unattended(self.inbox[0])
            self.inbox.popleft()

    async def execute_unattended(self, command: Command) -> None:
        """Carry out a command that nobody waits for; a refused one is recorded and harms nothing."""
        if command.action in NO_COMMANDS:
            await self.record_refusal(command, NO_COMMANDS[command.action])
            return
        try:
            await self.act(command)
        except Exception as error:
            if isinstance(error, ApplicationError) and error.type == REFUSED:
                await self.record_refusal(command, Refusal.in_details(error.details))
            else:
                # Raised further it would end the life of the workflow.
                await self.postpone(command, error)
                return
        self.over(command.id)
        self.tries.pop(command.id, None)

    async def postpone(self, command: Command, error: Exception) -> None:
        """Try a command again later that fails because of a fault of ours; the clock's without end, others some days."""
        workflow.logger.error("a decision could not be recorded", extra=self.ids_of(command), exc_info=error)
        self.tries[command.id] += 1
        often = self.tries[command.id] >= TRIES and command.actor.role is not Role.CLOCK
        if command.actor == BY_HAND or often:
            await self.record_refusal(command, CONFLICT if is_stale(error) else UNFORESEEN)
            self.over(command.id)
            return
        self.note(command.id, f"{command.action}, {self.called(command.document_id)}: {type(error).__name__}")
        self.put_off[command.id] = command
        self.waits[command.id] = asyncio.create_task(self.bring_back(command))

    async def bring_back(self, command: Command) -> None:
        """Wait, the longer the more often it was tried, and put a command into the inbox again."""
        wait = self.longest_retry() * 2 ** (min(self.tries[command.id], TRIES) - 1)
        await workflow.sleep(wait, summary=f"before {command.action} is tried again")
        del self.put_off[command.id], self.waits[command.id]
        self.inbox.append(command)
        self.woken = True
