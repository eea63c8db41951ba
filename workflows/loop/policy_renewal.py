"""The renewal of the policy that an organization goes by: an operator's command, which its payouts are told of, too."""

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

from models.commands import RENEW_POLICY, Command, Outcome, Refusal, Role
from models.texts.sentences import Sentence
from models.wire import activities
from models.wire.steps import RenewPolicy
from workflows.inputs import REFUSED
from workflows.loop import outside
from workflows.loop.decisions import RECORD_TIMEOUT, refused
from workflows.loop.given_by_hand import BY_HAND, GIVEN_BY_HAND
from workflows.loop.handlers import Messages
from workflows.loop.payloads import MALFORMED, StrangeResult, Unreadable, alone_async, answer_of
from workflows.loop.unforeseen import why_unforeseen

POLICY = "policy"
"""Stands for the document where an outcome is about the policy."""


class PolicyRenewal(Messages):
    """Takes over another policy once the database says that it holds; dates that run are kept (``Policy.at``)."""

    @workflow.update(name=RENEW_POLICY, description="Go by the policy that the command names from now on.")
    @alone_async
    async def on_renew_policy(self, given: RawValue) -> Outcome:
        """Answer with the policy that holds now, or refuse."""
        try:
            command = self.read(RENEW_POLICY, given)
        except Unreadable as error:
            raise refused(error.refusal) from None
        await workflow.wait_condition(lambda: self.loaded)
        if command.actor == BY_HAND:
            self.note_hand(command.id, given)
            await self.record_refusal(command, GIVEN_BY_HAND)
            raise refused(GIVEN_BY_HAND)
        return await self.renew_policy(command)

    @workflow.signal(name=RENEW_POLICY, description="The same as the update, without an answer.")
    @alone_async
    async def on_renew_policy_signal(self, given: RawValue) -> None:
        """Do the same; what fails is recorded or shown."""
        try:
            command = self.read(RENEW_POLICY, given)
        except Unreadable as error:
            self.strange(RENEW_POLICY, error.refusal, given)
            self.woken = True
            return
        await workflow.wait_condition(lambda: self.loaded)
        try:
            if command.actor == BY_HAND:
                self.note_hand(command.id, given)
                raise refused(GIVEN_BY_HAND)
            await self.renew_policy(command)
        except (ActivityError, ApplicationError, StrangeResult) as error:
            if isinstance(error, ApplicationError) and error.type == REFUSED:
                await self.record_refusal(command, Refusal.in_details(error.details))
            else:
                workflow.logger.exception("the policy could not be renewed", extra=self.ids_of(command))
                self.note(RENEW_POLICY, why_unforeseen(error) or type(error).__name__)
        self.woken = True

    async def renew_policy(self, command: Command) -> Outcome:
        """Have it recorded which policy holds, go by it, and tell whoever goes by the same.

        Raises:
            ApplicationError: of type ``Refused``, it is refused; of another, it could not be recorded.
        """
        async with self.lock:
            if command.actor.role is not Role.OPERATOR:
                reason = Sentence("Only the platform’s operations team may change the policy.")
                raise refused(Refusal(code="wrong_role", reason=reason))
            given = await outside.execute_local_activity(
                activities.RENEW_POLICY,
                RenewPolicy(
                    organization_id=self.organization_id, command=command, at=self.now(), carried=self.policy
                ),
                start_to_close_timeout=RECORD_TIMEOUT,
                summary=f"{RENEW_POLICY} to {command.facts.get('policy_id')}",
            )
            renewed = answer_of(given, activities.RENEW_POLICY, from_worker=False)
            if renewed.policy is None:
                raise refused(renewed.refusal or MALFORMED)
            self.policy = renewed.policy.kept_for(d.since for d in self.dossier.documents.values())
            self.over(RENEW_POLICY)
            self.woken = True
        await self.pass_on_policy(command)
        return Outcome(
            command_id=command.id,
            document_id=POLICY,
            state=self.policy.identity,
            revision=renewed.revision,
        )

    async def pass_on_policy(self, command: Command) -> None:
        """Tell the workflows that go by the same policy; here none do."""
