"""The durable shell round the machines: wait for a command or the next deadline, decide, record, do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

from lifecycle.leaving import staying
from workflows.effects import Effects
from workflows.hands import SEALED_INPUTS, not_ours
from workflows.inputs import LifeInput
from workflows.messages import Messages
from workflows.showing import Showing
from workflows.timers import Timers

Input = TypeVar("Input", bound=LifeInput)


class Life(Messages, Timers, Effects, Showing):
    """What organizations and payouts have in common.

    ``Messages`` takes in what is asked for, ``Timers`` what the clock wants; ``Deciding``, on which all rest, decides
    and records it; ``Effects`` does what follows from it outside, and ``Showing`` tells people where it stands.
    """

    def begin(self, start: LifeInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.run_ends = self.now() + timedelta(days=self.policy.run_days)

    async def live(self) -> None:
        """Go on until the life is over or the run should end; nothing is then left half done."""
        if not self.sealed and workflow.patched(SEALED_INPUTS):
            raise not_ours()
        if not self.loaded:
            await self.load()
            self.resume()
        while True:
            self.stirred = False
            await self.read_inbox()
            await self.sound_alarms()
            self.start_effects()
            self.show()
            if self.is_over() and not self.running and not self.effects:
                break
            if self.should_continue_as_new() and not self.inbox and not self.stirred:
                break
            self.arm_timer()
            await workflow.wait_condition(lambda: self.stirred)
        await workflow.wait_condition(workflow.all_handlers_finished)

    def is_over(self) -> bool:
        """Whether nothing can ever follow."""
        return False

    def should_continue_as_new(self) -> bool:
        """When the run has lasted long enough and nothing is under way, or when the server suggests it."""
        if workflow.info().is_continue_as_new_suggested():
            return True
        return self.now() >= self.run_ends and not self.effects

    def next_run(self, kind: Callable[..., Input], **own: Any) -> Input:
        """The input of the next run, which goes on where this one stops, without what nothing follows in any more."""
        return kind(
            organization_id=self.organization_id,
            policy=self.policy,
            dossier=staying(self.dossier, self.effects),
            applied=self.applied,
            effects=self.effects,
            console=self.console,
            **own,
        )
