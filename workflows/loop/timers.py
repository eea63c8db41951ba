"""What the clock does by itself, under one durable timer."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from lifecycle.timers import Timer, clock_command, timers
from workflows.inputs import WorkflowInput
from workflows.loop.unattended import Unattended
from workflows.loop.unforeseen import Unforeseen


class Timers(Unattended):
    """The clock's commands, each when it is due."""

    def begin(self, start: WorkflowInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.timer: asyncio.Task[None] | None = None
        self.timer_due: datetime | None = None
        self.refused_timers: set[str] = set()

    async def fire_due_timers(self) -> None:
        """Carry out what the clock has to do by now."""
        while (timer := self.next_timer()) and timer.due <= self.now():
            command = clock_command(self.dossier, timer)
            if command.id in self.applied:
                # The database was put back to before it. Done twice it might pay twice: a person decides.
                self.refused_timers.add(command.id)
                self.note(command.id, f"{command.action}: the database is older than this workflow")
                workflow.logger.error("the database is older than the workflow", extra=self.ids_of(command))
                continue
            await self.execute_unattended(command)
            if command.id not in self.applied:
                # It was refused, or put off: heard once, it must not ring for ever.
                self.refused_timers.add(command.id)

    def next_timer(self) -> Timer | None:
        """What the clock does next."""
        try:
            return self.attempt("clock", self.first_to_ring)
        except Unforeseen:
            self.wake_later()
            return None

    def first_to_ring(self) -> Timer | None:
        """The earliest of what the clock has to do and has not been told in vain."""
        for timer in timers(self.dossier, self.policy):
            if clock_command(self.dossier, timer).id not in self.refused_timers:
                return timer
        return None

    def arm_timer(self) -> None:
        """One timer of Temporal's for what is due next; an earlier one fires in vain, which is cheaper than a new one."""
        timer = self.next_timer()
        if timer is None or (self.timer_due is not None and self.timer_due <= timer.due):
            return
        if self.timer is not None:
            self.timer.cancel()
        self.timer_due = timer.due
        machine = self.dossier.documents[timer.document_id].machine
        self.timer = asyncio.create_task(
            self.wake_at(timer.due, f"clock: {machine}.{timer.event}: {self.called(timer.document_id)}")
        )

    async def wake_at(self, due: datetime, summary: str) -> None:
        """Wake up when a timer is due."""
        wait = max(self.policy.clock.real_delay(due - self.now()), timedelta(milliseconds=1))
        await workflow.sleep(wait, summary=summary)
        self.timer = self.timer_due = None
        self.woken = True
