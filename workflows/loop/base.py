"""The durable shell round the machines: wait for a command or the next deadline, decide, record, do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from lifecycle.leaving import latest, staying
from models.wire.activities import LOAD_DOSSIER
from workflows.inputs import WorkflowInput
from workflows.loop.effects import Effects
from workflows.loop.given_by_hand import SEALED_INPUTS, not_ours
from workflows.loop.payloads import StrangeResult
from workflows.loop.policy_renewal import PolicyRenewal
from workflows.loop.start import input_of
from workflows.loop.timers import Timers
from workflows.loop.unforeseen import where, why_unforeseen
from workflows.temporal_page import TemporalPage

INPUT = "input"
"""Under what it is shown that a run's input is of another release; it says nothing of the next run's."""

NOBODY = "unknown"
"""Stands for the ids that an input gives, where it gives none."""

Input = TypeVar("Input", bound=WorkflowInput)


class PipelineWorkflow(PolicyRenewal, Timers, Effects, TemporalPage):
    """What organizations and payouts have in common.

    ``Messages`` takes in what is asked for, ``PolicyRenewal`` another policy, ``Timers`` what the clock wants;
    ``Decisions``, on which all rest, decides and records it, and ``Unattended`` deals with what nobody waits for.
    ``Effects`` does what follows outside, and ``TemporalPage`` tells people where it stands. What goes wrong in any of
    them is ``Guarded``.
    """

    def begin_with(self, given: RawValue, nobodys: Input) -> Input:
        """Take over what the input says; called from the workflow's ``__init__``.

        Args:
            nobodys: what stands for an input that cannot be read and that no process of ours has made: the run ends
                when it begins.

        Raises:
            OfAnotherRelease: another release has made it, which alone can go on with it.
        """
        start, left_out = input_of(given, type(nobodys))
        self.begin(start or nobodys)
        self.run_began = self.now()
        self.run_ends = self.run_began + timedelta(days=self.policy.run_days)
        if left_out:
            workflow.logger.error("of another release", extra={"left_out": left_out, **where()})
            self.note(INPUT, f"it is of another release, and this one leaves out {', '.join(left_out)}")
        return start or nobodys

    async def run_loop(self) -> None:
        """Go on until the life is over or the run should end; nothing is then left half done."""
        if not self.sealed and workflow.patched(SEALED_INPUTS):
            raise not_ours()
        while not self.loaded:
            await self.begin_from_database()
        while True:
            self.woken = False
            await self.read_inbox()
            if self.comparing:
                await self.compare_with_database()
            await self.fire_due_timers()
            self.start_effects()
            self.ask_by_whom()
            self.show()
            if self.is_over() and not self.running and not self.effects and self.asking is None:
                break
            if self.should_continue_as_new() and not self.inbox and not self.woken:
                break
            self.arm_timer()
            await workflow.wait_condition(lambda: self.woken)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def begin_from_database(self) -> None:
        """Take over what the database says, or wait until it can be read: nothing can be decided without it."""
        try:
            await self.go_back_to_database()
        except (ActivityError, ApplicationError, StrangeResult) as error:
            workflow.logger.exception("what the database says cannot be read", extra=where())
            self.note(LOAD_DOSSIER.name, why_unforeseen(error) or type(error).__name__)
            self.show()
            await workflow.sleep(self.longest_retry(), summary="before the database is read again")
        else:
            self.over(LOAD_DOSSIER.name)

    def is_over(self) -> bool:
        """Whether nothing can ever follow."""
        return False

    def should_continue_as_new(self) -> bool:
        """When the run has lasted long enough and nothing is under way, or when the server suggests it."""
        if workflow.info().is_continue_as_new_suggested():
            return True
        return self.now() >= self.run_ends and not self.effects and self.asking is None

    def next_run(self, kind: Callable[..., Input], **own: Any) -> Input:
        """The input of the next run, which goes on where this one stops, but for documents that have left."""
        return kind(
            organization_id=self.organization_id,
            policy=self.policy,
            dossier=staying(self.dossier, self.effects, moved_since=self.run_began),
            applied=latest(self.applied),
            effects=self.effects,
            console=self.console,
            trouble={what: why for what, why in self.trouble.items() if what != INPUT},
            put_off=list(self.put_off.values()),
            **own,
        )
