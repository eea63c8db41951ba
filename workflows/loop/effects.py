"""What is done outside because of a decision: each thing by itself, tried again until it is done."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from lifecycle.turns import desks_asked, effect_on_entering
from models.commands import Command, Effect
from models.effects import external
from models.wire.steps import ExternalStep
from words import state
from workflows.inputs import WorkflowInput
from workflows.loop import outside
from workflows.loop.payloads import answer_of
from workflows.loop.unattended import Unattended
from workflows.loop.unforeseen import Unforeseen, why_unforeseen

STEP_TIMEOUT = timedelta(seconds=20)


class Effects(Unattended):
    """The list of what is to be done outside, and the doing."""

    def begin(self, start: WorkflowInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.running: dict[str, asyncio.Task[None]] = {}
        self.message_lock = asyncio.Lock()

    def resume(self) -> None:
        """After a loss of the workflow: do again whatever its documents' states ask for; requests are idempotent.

        Where nothing follows in a document the database gives it back only as long as that has not been done.
        """
        for document in self.dossier.documents.values():
            effect = effect_on_entering(document, self.policy)
            if effect and document.reference:
                self.effects.append(
                    Effect(name=effect.name, document_id=document.id, reference=document.reference)
                )

    def start_effects(self) -> None:
        """Begin what is to be done outside, each thing by itself."""
        for effect in self.effects:
            if effect.key not in self.running:
                self.running[effect.key] = asyncio.create_task(self.carry_out(effect))

    async def carry_out(self, effect: Effect) -> None:
        """Do one thing outside, take in what it answers, and strike it off the list; begin anew later if it fails."""
        try:
            command = await self.perform(effect)
        except Exception as error:
            self.note_failure(effect, error)
            self.woken = True
            await workflow.sleep(self.longest_retry(), summary=f"before {effect.name} is tried again")
        else:
            if command is not None:
                self.inbox.append(command)
            if effect in self.effects:
                self.effects.remove(effect)
        del self.running[effect.key]
        self.woken = True

    async def perform(self, effect: Effect) -> Command | None:
        """Do one thing outside; here, by the activity of its name, tried again without end."""
        return await self.step_outside(effect, RetryPolicy(maximum_interval=self.longest_retry()))

    async def step_outside(
        self, effect: Effect, retries: RetryPolicy, summary: Callable[[ExternalStep], str] | None = None
    ) -> Command | None:
        """Call the activity of an effect's name.

        Raises:
            ActivityError: it has failed, as often as it may.
            StrangeResult: what it has answered is not of this release, or of no worker of ours.
        """
        called = external(effect.name)
        step = self.attempt(effect.name, lambda: self.step_of(effect))
        given = await outside.execute_activity(
            called,
            step,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=retries,
            summary=summary(step)
            if summary
            else f"{self.called(effect.document_id)}: {state(step.document.machine, step.document.state)}",
        )
        news = answer_of(given, called, from_worker=self.sealed)
        self.over(failing_step(effect))
        return news.command

    def step_of(self, effect: Effect) -> ExternalStep:
        """What an activity is given."""
        document = self.dossier.documents[effect.document_id]
        return ExternalStep(
            organization_id=self.organization_id,
            document=document,
            reference=effect.reference,
            policy=self.policy.kept_for([]),
            now=self.now(),
            desks=desks_asked(document, self.policy),
        )

    def note_failure(self, effect: Effect, error: Exception) -> None:
        """Log why something outside could not be done, and show it where nobody had foreseen that."""
        workflow.logger.error("a step outside failed", extra={"effect": effect.name}, exc_info=error)
        if not isinstance(error, Unforeseen) and (why := why_unforeseen(error)):
            self.note(failing_step(effect), why)


def failing_step(effect: Effect) -> str:
    """What is shown of a step outside that fails."""
    return f"{effect.name} for {effect.document_id}"
