"""What the clock does by itself, under one durable timer."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

from lifecycle.timers import Alarm, alarms, clock_command
from workflows.inputs import LifeInput
from workflows.loop.unattended import Unattended
from workflows.loop.unforeseen import Unforeseen


class Timers(Unattended):
    """The clock's commands, each when it is due."""

    def begin(self, start: LifeInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.timer: asyncio.Task[None] | None = None
        self.timer_due: datetime | None = None
        self.unheard: set[str] = set()

    async def sound_alarms(self) -> None:
        """Carry out what the clock has to do by now."""
        while (alarm := self.next_alarm()) and alarm.due <= self.now():
            command = clock_command(self.dossier, alarm)
            if command.id in self.applied:
                # The database was put back to before it. Done twice it might pay twice: a person decides.
                self.unheard.add(command.id)
                self.note(command.id, f"{command.action}: the database is older than this workflow")
                workflow.logger.error("the database is older than the workflow", extra=self.ids_of(command))
                continue
            await self.take(command)
            if command.id not in self.applied:
                # It was refused, or put off: heard once, it must not ring for ever.
                self.unheard.add(command.id)

    def next_alarm(self) -> Alarm | None:
        """What the clock does next."""
        try:
            return self.attempt("clock", self.first_to_ring)
        except Unforeseen:
            self.wake_later()
            return None

    def first_to_ring(self) -> Alarm | None:
        """The earliest of what the clock has to do and has not been told in vain."""
        for alarm in alarms(self.dossier, self.policy):
            if clock_command(self.dossier, alarm).id not in self.unheard:
                return alarm
        return None

    def arm_timer(self) -> None:
        """One timer for the next alarm; an earlier one is left to ring in vain, which is cheaper than to replace it."""
        alarm = self.next_alarm()
        if alarm is None or (self.timer_due is not None and self.timer_due <= alarm.due):
            return
        if self.timer is not None:
            self.timer.cancel()
        self.timer_due = alarm.due
        machine = self.dossier.documents[alarm.document_id].machine
        self.timer = asyncio.create_task(
            self.ring(alarm.due, f"clock: {machine}.{alarm.event} {alarm.document_id}")
        )

    async def ring(self, due: datetime, summary: str) -> None:
        """Wake up when an alarm is due."""
        wait = max(self.policy.clock.real_delay(due - self.now()), timedelta(milliseconds=1))
        await workflow.sleep(wait, summary=summary)
        self.timer = self.timer_due = None
        self.stirred = True
