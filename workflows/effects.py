"""What is done outside because of a decision: each thing by itself, tried again until it is done."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from lifecycle.machines import state_of
from models.commands import Command, Effect
from models.steps import ExternalStep, News
from workflows.deciding import Deciding
from workflows.hands import believed
from workflows.inputs import LifeInput

STEP_TIMEOUT = timedelta(seconds=20)


class Effects(Deciding):
    """The list of what is to be done outside, and the doing."""

    def begin(self, start: LifeInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.running: dict[str, asyncio.Task[None]] = {}
        self.telling = asyncio.Lock()

    def resume(self) -> None:
        """After a loss of the workflow: ask again for everything that is under way; requests are idempotent."""
        for document in self.dossier.documents.values():
            state = state_of(document)
            if state.effect and state.waits_for and document.reference:
                self.effects.append(
                    Effect(name=state.effect, document_id=document.id, reference=document.reference)
                )

    def start_effects(self) -> None:
        """Begin what is to be done outside, each thing by itself."""
        for effect in self.effects:
            if effect.key not in self.running:
                self.running[effect.key] = asyncio.create_task(self.carry_out(effect))

    async def carry_out(self, effect: Effect) -> None:
        """Do one thing outside, take in what it answers, and strike it off the list."""
        try:
            command = await self.perform(effect)
        except Exception as error:
            workflow.logger.exception("a step outside failed", extra={"effect": effect.name})
            if not isinstance(error, ActivityError):
                self.trouble[effect.key] = f"{effect.name} for {effect.document_id}: {type(error).__name__}"
                self.stirred = True
            await workflow.sleep(self.longest_retry(), summary=f"before {effect.name} is tried again")
        else:
            self.trouble.pop(effect.key, None)
            if command is not None:
                self.inbox.append(command)
            self.effects.remove(effect)
        del self.running[effect.key]
        self.stirred = True

    async def perform(self, effect: Effect) -> Command | None:
        """Do one thing outside; here, by the activity of its name, tried again without end."""
        document = self.dossier.documents[effect.document_id]
        news: News = await workflow.execute_activity(
            effect.name,
            ExternalStep(
                organization_id=self.organization_id,
                document=document,
                reference=effect.reference,
                policy=self.policy,
                now=self.now(),
            ),
            result_type=News,
            start_to_close_timeout=STEP_TIMEOUT,
            retry_policy=RetryPolicy(maximum_interval=self.longest_retry()),
            summary=f"{effect.name} for {effect.document_id} ({document.state})",
        )
        return believed(news, self.sealed)

    def longest_retry(self) -> timedelta:
        """The longest wait before a failing step outside is tried again, in real time."""
        return max(self.policy.clock.real_delay(self.policy.longest_retry), timedelta(seconds=1))
