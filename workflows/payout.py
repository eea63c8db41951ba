"""The payment of one invoice: sent once, retried by itself, watched for its return."""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, ApplicationError

from lifecycle.decide import decide
from lifecycle.in_words import meaning
from lifecycle.machines import state_of
from lifecycle.messages import tell_organization
from lifecycle.steps.payout.machine import PAYOUT
from lifecycle.views.pending import Waiting
from models import effects
from models.commands import Accepted, Actor, Command, Effect, Role
from models.documents import Payout, Reason
from models.dossier import Dossier
from models.identity import organization_workflow_id, payout_document_id
from models.programme.policy import Policy
from models.states import PayoutState
from models.texts.sentences import plain_amount
from models.wire.given_by_hand import CANCELLED
from words import state
from words.codes import code
from workflows.inputs import PayoutInput
from workflows.loop.base import NOBODY, PipelineWorkflow
from workflows.loop.effects import failing_step
from workflows.loop.handlers import answering_to
from workflows.loop.payloads import StrangeResult, alone, alone_async
from workflows.search_attributes import NEXT_ACTOR, NEXT_DEADLINE, OPEN_FAILURES, STAGE
from workflows.temporal_page import moment, waiting_in_words


@workflow.defn
@answering_to(PAYOUT)
class PayoutWorkflow(PipelineWorkflow):
    """One payout; it ends when the money can no longer come back, or when the payout is cancelled."""

    @workflow.init
    @alone
    def __init__(self, given: RawValue) -> None:
        start = self.begin_with(
            given, PayoutInput(organization_id=NOBODY, policy=Policy(), invoice_id=NOBODY)
        )
        self.payout_id = payout_document_id(start.invoice_id)
        self.invoice_id = start.invoice_id
        self.schedule = start.schedule
        self.cancellation: str | None = None
        self.sent_before: set[str] = set()

    @workflow.run
    @alone_async
    async def run(self, given: RawValue) -> None:
        """Pay; a cancellation stops the payout where that leaves nothing half paid, and waits where it would."""
        life = asyncio.create_task(self.run_loop())
        while not life.done():
            try:
                await asyncio.shield(life)
            except asyncio.CancelledError:
                self.cancellation = workflow.cancellation_reason() or "cancelled in Temporal"
                self.woken = True
        life.result()
        if not self.is_over():
            workflow.continue_as_new(
                self.next_run(PayoutInput, invoice_id=self.invoice_id, schedule=self.schedule)
            )

    def own_payout(self) -> str | None:
        """The payout that this life is about."""
        return self.payout_id

    @property
    def payout(self) -> Payout | None:
        """The payout as it stands; ``None`` before its first command."""
        return self.dossier.get(self.payout_id, Payout)

    def resume(self) -> None:
        """Come into being, or go on after a loss of the workflow: what was being sent has an unknown outcome."""
        payout = self.payout
        if payout is None:
            if self.schedule is not None:
                self.inbox.append(self.schedule)
        elif payout.state == PayoutState.SENDING:
            self.inbox.append(self.news("outcome_unknown", payout))
        if payout is not None and (message := tell_organization(payout)):
            self.effects.append(
                Effect(
                    name=effects.TELL_ORGANIZATION.name,
                    document_id=payout.id,
                    reference=message.id,
                    message=message,
                )
            )

    def go_back(self, known: Dossier) -> None:
        """What has left before the database was put back is asked after first, and not sent."""
        super().go_back(known)
        payout = known.get(self.payout_id, Payout)
        if payout is not None:
            self.sent_before |= {payout.reference_of(number) for number in range(1, payout.attempt + 1)}

    def prepare(self, effect: Effect) -> Effect:
        """What the organization is told is what holds now, whatever happens before it is sent."""
        if effect.name != effects.TELL_ORGANIZATION.name or self.payout is None:
            return effect
        return effect.model_copy(update={"message": tell_organization(self.payout)})

    async def read_inbox(self) -> None:
        """What was signalled, then a cancellation as soon as the payout can be stopped."""
        await super().read_inbox()
        payout = self.payout
        if self.cancellation is None or payout is None:
            return
        command = Command(
            id=f"cancellation/{payout.id}/{payout.revision}",
            action="payout.cancel",
            document_id=payout.id,
            actor=Actor(role=Role.PIPELINE, id="temporal"),
            reasons=[Reason(code="cancelled_in_temporal", detail=self.cancellation[:200])],
        )
        if isinstance(decide(self.dossier, command, self.now(), self.policy), Accepted):
            self.cancellation = None
            self.note_mark(command.id, CANCELLED)
            await self.execute_unattended(command)

    async def perform(self, effect: Effect) -> Command | None:
        """Send, ask, or tell the organization."""
        if effect.name == effects.TELL_ORGANIZATION.name:
            await self.tell(effect)
            self.over(failing_step(effect))
            return None
        payout = self.payout
        assert payout is not None
        if effect.name == effects.SEND_PAYMENT.name and effect.reference in self.sent_before:
            self.sent_before.remove(effect.reference)
            return self.news("outcome_unknown", payout)
        try:
            return await self.step_outside(
                effect,
                RetryPolicy(maximum_attempts=1),
                lambda step: f"{plain_amount(payout.amount)}, attempt {payout.attempt}",
            )
        except (ActivityError, StrangeResult) as error:
            # Whatever went wrong on the way, a sent payment's outcome is unknown now; a question is asked
            # again by the clock, and where the clock does not ask, here.
            if effect.name == effects.SEND_PAYMENT.name:
                self.note_failure(effect, error)
                return self.news("outcome_unknown", payout)
            if payout.state == PayoutState.PAID or effect.name == effects.RECHECK_PAYMENT.name:
                raise
            self.note_failure(effect, error)
            return None

    async def tell(self, effect: Effect) -> None:
        """Tell the organization, in order; one that is not running learns it when it is resumed."""
        organization = workflow.get_external_workflow_handle(organization_workflow_id(self.organization_id))
        async with self.message_lock:
            while effect.message is not None:
                try:
                    await organization.signal(effect.message.action, effect.message)
                    return
                except ApplicationError:
                    await workflow.sleep(
                        self.longest_retry(), summary="until the organization's workflow runs again"
                    )

    def news(self, event: str, payout: Payout) -> Command:
        """What is known of the present attempt without the provider's word."""
        return Command(
            id=f"{payout.id}/{payout.revision}/{event}",
            action=f"payout.{event}",
            document_id=payout.id,
            actor=Actor(role=Role.PROVIDER, id="payments"),
            reference=payout.reference,
        )

    def is_over(self) -> bool:
        """Whether the payout is closed or cancelled."""
        return self.payout is not None and state_of(self.payout).final

    def search_attributes(self, items: list[Waiting]) -> list[SearchAttributeUpdate[Any]]:
        """Where the payout stands, who is waited for, until when, and whether it has failed."""
        until = items[0].until if items else None
        payout = self.payout
        failed = payout is not None and payout.failure is not None
        return [
            STAGE.value_set(f"payout/{payout.state if payout else 'scheduled'}"),
            NEXT_ACTOR.value_set(sorted({item.who for item in items})),
            NEXT_DEADLINE.value_set(self.policy.clock.real(until)) if until else NEXT_DEADLINE.value_unset(),
            OPEN_FAILURES.value_set(int(failed)),
        ]

    def page(self) -> str:
        """Its page among the organization's payouts."""
        return f"{super().page()}/payouts/{self.invoice_id}"

    def details(self, items: list[Waiting]) -> str:
        """Where the payout stands: amount, attempt, why it failed and when it is tried again."""
        payout = self.payout
        if payout is None:
            return "The payout is about to be scheduled."
        lines = [f"**{plain_amount(payout.amount)}: {state('payout', payout.state)}.** {meaning(payout)}", ""]
        if payout.attempt:
            lines.append(
                f"- Attempt {payout.attempt}; failures in a row that pass by themselves: {payout.tries}."
            )
        if failure := payout.failure:
            lines.append(f"- Why it failed: {failure.words.why}")
        if payout.blocked_by:
            lines.append(f"- It waits because: {code(payout.blocked_by, 'blocked')}.")
        if payout.act_at:
            lines.append(f"- Next by itself: {moment(self.policy.clock.real(payout.act_at))}.")
        return "\n".join(
            [*lines, "", "**Waiting for**", "", *waiting_in_words(items, self.policy.clock.real)]
        )
