"""One developer organization, along the whole pipeline (``lifecycle/pipeline.py``).

- Prerequisite: business verification
- Pay in: industry qualification, contract, integration, launch
- Pay out: payout account, statement, invoice, payout

Each step is a state machine of its own (``lifecycle/steps``). A command or a due timer is decided, recorded, and only
then applied; what follows outside is done by the activity of its name (``models/effects.py``). A payout is a child
workflow (``workflows/payout.py``), statements come from the settlement (``workflows/settlement.py``).
"""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.common import (
    RawValue,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from lifecycle.decide import reference
from lifecycle.machines import MACHINES
from lifecycle.messages import payout_of, schedule_payout, tell_payout
from lifecycle.steps.payout.machine import PAYOUT
from lifecycle.views.pending import Waiting, owed, stage
from models import effects
from models.commands import RENEW_POLICY, Command, Effect
from models.documents import Invoice, PayoutAccount, Verification
from models.identity import DocumentId
from models.programme.policy import Policy
from models.states import InvoiceState
from models.texts.sentences import plain_amount
from words.codes import code
from workflows.inputs import COMPARE, PayoutInput, WorkflowInput
from workflows.loop.base import NOBODY, PipelineWorkflow
from workflows.loop.effects import failing_step
from workflows.loop.handlers import answering_to
from workflows.loop.payloads import alone, alone_async
from workflows.search_attributes import COUNTRY, NEXT_ACTOR, NEXT_DEADLINE, OPEN_FAILURES, STAGE
from workflows.temporal_page import waiting_in_words

TOLD_AGAIN = "payouts-told-again"
"""The version since which payouts are told how the account stands when their organization's workflow was lost."""


@workflow.defn
@answering_to(*(machine for machine in MACHINES.values() if machine is not PAYOUT))
class OrganizationWorkflow(PipelineWorkflow):
    """One developer organization, from its registration on."""

    @workflow.init
    @alone
    def __init__(self, start: RawValue) -> None:
        self.begin_with(start, WorkflowInput(organization_id=NOBODY, policy=Policy()))
        self.tells_again = False

    @workflow.run
    @alone_async
    async def run(self, start: RawValue) -> None:
        """Live; go on as new when the run has become long or a month is over."""
        # Asked before any local activity: between one and what follows it a task may end, and a replay does not know yet
        # then of a mark that comes after.
        self.tells_again = workflow.patched(TOLD_AGAIN)
        life = asyncio.create_task(self.run_loop())
        while not life.done():
            try:
                await asyncio.shield(life)
            except asyncio.CancelledError:
                workflow.logger.warning("an organization's life is not ended by a cancellation")
        life.result()
        workflow.continue_as_new(self.next_run(WorkflowInput))

    def resume(self) -> None:
        """The same, and tell the payouts how the account stands: nobody knows whether they have heard it."""
        super().resume()
        account = self.dossier.get("payout_account", PayoutAccount)
        if account and self.tells_again and self.messages_to_payouts():
            own = reference(self.organization_id, account.id, account.revision)
            self.effects.append(Effect(name=effects.TELL_PAYOUTS.name, document_id=account.id, reference=own))

    async def perform(self, effect: Effect) -> Command | None:
        """Do one thing outside."""
        if effect.name == effects.START_PAYOUT.name:
            async with self.message_lock:
                await self.start_payout(effect.document_id)
            self.over(failing_step(effect))
            return None
        if effect.name == effects.TELL_PAYOUTS.name:
            async with self.message_lock:
                await self.tell_payouts()
            self.over(failing_step(effect))
            return None
        return await super().perform(effect)

    async def compare_with_database(self) -> None:
        """Have the payouts that are not over do the same: they are told by what is known before."""
        known = self.dossier
        await super().compare_with_database()
        both = {invoice.id for dossier in (known, self.dossier) for invoice in dossier.of(Invoice)}
        for invoice_id in sorted(both):
            try:
                await workflow.get_external_workflow_handle(payout_of(invoice_id)).signal(COMPARE)
            except ApplicationError:
                workflow.logger.info("payout is over, or has not begun", extra={"invoice_id": invoice_id})

    async def pass_on_policy(self, command: Command) -> None:
        """Tell the payouts that are not over; each asks the database which policy holds."""
        for invoice in self.dossier.of(Invoice):
            try:
                await workflow.get_external_workflow_handle(payout_of(invoice.id)).signal(
                    RENEW_POLICY, command
                )
            except ApplicationError:
                workflow.logger.info("payout is over, or has not begun", extra={"invoice_id": invoice.id})

    async def start_payout(self, invoice_document_id: str) -> None:
        """Pay an invoice: by a workflow of its own, so that operators see each payout by itself."""
        invoice = self.dossier.documents[invoice_document_id]
        assert isinstance(invoice, Invoice)
        start = self.attempt(effects.START_PAYOUT.name, lambda: self.payout_input(invoice))
        try:
            await workflow.start_child_workflow(
                "PayoutWorkflow",
                start,
                result_type=RawValue,
                id=payout_of(invoice.id),
                parent_close_policy=ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(STAGE, "payout/scheduled"),
                        SearchAttributePair(OPEN_FAILURES, 0),
                        *country_of(self.dossier.get("verification", Verification)),
                    ]
                ),
                static_summary=f"Payout of invoice {invoice.number}: {plain_amount(invoice.total)}",
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("payout runs already", extra={"invoice_id": start.invoice_id})

    def payout_input(self, invoice: Invoice) -> PayoutInput:
        """What the payout of an invoice begins with."""
        return PayoutInput(
            organization_id=self.organization_id,
            policy=self.policy,
            console=self.console,
            invoice_id=DocumentId(invoice.id).key,
            schedule=schedule_payout(self.dossier, invoice),
        )

    async def tell_payouts(self) -> None:
        """Tell every payout that is not over whether the payout account can be paid to."""
        for payout_id, message in self.attempt(effects.TELL_PAYOUTS.name, self.messages_to_payouts):
            try:
                await workflow.get_external_workflow_handle(payout_id).signal(message.action, message)
            except ApplicationError:
                workflow.logger.info("payout is over", extra={"payout_id": payout_id})

    def messages_to_payouts(self) -> list[tuple[str, Command]]:
        """What each payout that is not over is told."""
        return [
            (payout_of(invoice.id), tell_payout(self.dossier, invoice.id))
            for invoice in self.dossier.of(Invoice)
            if invoice.state
            in (InvoiceState.PROCESSING_PAYMENT, InvoiceState.PAYMENT_FAILED, InvoiceState.PAID)
        ]

    def search_attributes(self, items: list[Waiting]) -> list[SearchAttributeUpdate[Any]]:
        """Stage, who is waited for, until when, how many payments have failed, and the country."""
        until = min((item.until for item in items if item.until), default=None)
        failures = sum(invoice.state == InvoiceState.PAYMENT_FAILED for invoice in self.dossier.of(Invoice))
        verification = self.dossier.get("verification", Verification)
        return [
            STAGE.value_set(stage(self.dossier)),
            NEXT_ACTOR.value_set(sorted({item.who for item in items})),
            NEXT_DEADLINE.value_set(self.policy.clock.real(until)) if until else NEXT_DEADLINE.value_unset(),
            OPEN_FAILURES.value_set(failures),
            *(COUNTRY.value_set(pair.value) for pair in country_of(verification)),
        ]

    def details(self, items: list[Waiting]) -> str:
        """Where the organization stands."""
        balance = owed(self.dossier)
        return "\n".join(
            [
                f"**{code(stage(self.dossier), 'stages')}**"
                + (f", {plain_amount(balance)} owed" if balance else ""),
                "",
                *waiting_in_words(items, self.policy.clock.real),
            ]
        )


def country_of(verification: Verification | None) -> list[SearchAttributePair[str]]:
    """The country as a search attribute, once it is known."""
    if verification is None or verification.country is None:
        return []
    return [SearchAttributePair(COUNTRY, verification.country)]
