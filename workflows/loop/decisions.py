"""Decisions of one workflow: made one at a time, recorded in the database, and only then believed."""

import asyncio
from abc import abstractmethod
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from lifecycle.decide import decide, evolve
from lifecycle.leaving import away, never_leaves
from lifecycle.machines import FINISHED
from models.commands import Accepted, Command, Effect, Outcome, Refusal
from models.dossier import Dossier
from models.identity import DocumentId
from models.wire.activities import LOAD_DOSSIER, RECORD_DECISION, RECORD_REFUSAL
from models.wire.steps import LoadDossier, RecordDecision, RecordRefusal
from words import SHEETS, kind, title_of
from workflows.inputs import COMPARE, REFUSED, WorkflowInput
from workflows.loop import outside
from workflows.loop.given_by_hand import BY_HAND, GIVEN_BY_HAND, is_sealed
from workflows.loop.payloads import StrangeResult, answer_of
from workflows.loop.unforeseen import Guarded, Unforeseen, where, why_unforeseen

APPLIED_KEPT = 500
"""How many outcomes of commands are carried along; beyond that the database alone knows a command again."""

FETCHED_BACK = "documents-fetched-back"
"""The version since which documents leave the state, so that those which a refused command names are looked for."""

GONE_ON = "database-gone-on"
"""The version since which a document that the database holds and that never leaves has everything taken over anew."""

RECORD_TIMEOUT = timedelta(seconds=30)


class Decisions(Guarded):
    """Where everything stands, and the one way in which it changes."""

    def begin(self, start: WorkflowInput) -> None:
        """Take over what the input says; called from the workflow's ``__init__``."""
        self.guard(start.trouble)
        self.sealed = is_sealed(start)
        self.organization_id = start.organization_id
        self.policy = start.policy
        self.console = start.console
        self.loaded = start.dossier is not None
        self.dossier = start.dossier or Dossier(organization_id=start.organization_id)
        self.applied = dict(start.applied)
        self.effects = list(start.effects)
        self.lock = asyncio.Lock()
        self.commands = 0
        self.comparing = False
        self.woken = True

    def now(self) -> datetime:
        """Programme time."""
        return self.policy.clock.programme(workflow.now())

    async def act(self, command: Command) -> Outcome:
        """Decide, record, and only then believe.

        Raises:
            ApplicationError: of type ``Refused``, it is refused; of another, it could not be recorded.
            Exception: a fault of ours, after which what the database says holds.
        """
        async with self.lock:
            done = self.applied.get(command.id)
            if done is not None:
                return done.model_copy(update={"duplicate": True})
            try:
                accepted = await self.decide_and_record(command)
            except (ActivityError, ApplicationError) as error:
                if not is_stale(error):
                    raise
                # Another run has written meanwhile (a reset, or a restart): the database is right.
                await self.load()
                await self.fetch_back(command)
                accepted = await self.decide_and_record(command)
            if accepted is None:
                return await self.catch_up(command)
            try:
                return self.attempt("apply", lambda: self.apply(command, accepted))
            except Unforeseen:
                return await self.catch_up(command)

    async def catch_up(self, command: Command) -> Outcome:
        """Go on where the database stands: what was decided long ago has had its effects, which must not start anew."""
        await self.load()
        await self.fetch_back(command)
        self.resume_once()
        own = self.dossier.documents[command.document_id]
        outcome = Outcome(command_id=command.id, document_id=own.id, state=own.state, revision=own.revision)
        self.applied[command.id] = outcome
        return outcome.model_copy(update={"duplicate": True})

    async def go_back_to_database(self) -> None:
        """Take over what the database says, and what must be under way by that."""
        await self.load()
        self.resume_once()

    def resume_once(self) -> None:
        """Add what must be under way outside to what is, each thing once."""
        self.resume()
        self.effects = list({effect.key: effect for effect in reversed(self.effects)}.values())[::-1]

    async def decide_and_record(self, command: Command) -> Accepted | None:
        """The decision, once the database holds it; ``None`` where the database has long gone on from it."""
        decision = self.decide(command)
        if isinstance(decision, Refusal) and decision is not GIVEN_BY_HAND and await self.fetch_back(command):
            decision = self.decide(command)
        if isinstance(decision, Refusal):
            raise refused(decision)
        given = await outside.execute_local_activity(
            RECORD_DECISION,
            RecordDecision(organization_id=self.organization_id, transitions=decision.transitions),
            start_to_close_timeout=RECORD_TIMEOUT,
            summary=f"{command.action}: {self.called(command.document_id)}",
        )
        try:
            recorded = answer_of(given, RECORD_DECISION, from_worker=False)
        except StrangeResult:
            await self.go_back_to_database()
            raise
        if recorded.refusal:
            raise refused(recorded.refusal)
        if recorded.moved_on:
            return None
        before = {document.id: document for document in recorded.before}
        for transition in decision.transitions:
            transition.document = before.get(transition.document.id, transition.document)
        return decision

    def decide(self, command: Command) -> Accepted | Refusal:
        """The decision, if it is anybody's here to ask for it."""
        if command.actor == BY_HAND and command.action not in self.policy.allowed_by_hand:
            return GIVEN_BY_HAND
        return self.attempt("decide", lambda: self.judge(command))

    def judge(self, command: Command) -> Accepted | Refusal:
        """The decision."""
        return decide(self.dossier, command, self.now(), self.policy)

    def apply(self, command: Command, accepted: Accepted) -> Outcome:
        """Let a recorded decision hold."""
        for transition in accepted.transitions:
            self.dossier = evolve(self.dossier, transition)
            self.forget_failures(transition.document.id)
        self.effects.extend(self.prepare(effect) for effect in accepted.effects)
        own = accepted.transitions[0].document
        outcome = Outcome(command_id=command.id, document_id=own.id, state=own.state, revision=own.revision)
        self.applied[command.id] = outcome
        while len(self.applied) > APPLIED_KEPT:
            self.applied.pop(next(iter(self.applied)))
        self.commands += 1
        self.woken = True
        workflow.logger.info(
            "transition",
            extra={**self.ids_of(command), "state": own.state},
        )
        return outcome

    def forget_failures(self, document_id: str) -> None:
        """What was shown of steps outside for a document that has moved on: what still fails is shown again."""
        for name in [name for name in self.trouble if name.endswith(f" for {document_id}")]:
            self.over(name)

    def prepare(self, effect: Effect) -> Effect:
        """An effect with all that it must still know when it is done later."""
        return effect

    async def record_refusal(self, command: Command, refusal: Refusal) -> None:
        """Record a refusal that nobody was there to be told; what cannot be recorded is in the log alone."""
        workflow.logger.warning("refused", extra={**self.ids_of(command), "code": refusal.code})
        try:
            await outside.execute_local_activity(
                RECORD_REFUSAL,
                RecordRefusal(
                    organization_id=self.organization_id, command=command, refusal=refusal, at=self.now()
                ),
                start_to_close_timeout=RECORD_TIMEOUT,
                summary=f"refused: {command.action}: {self.called(command.document_id)}",
            )
        except (ActivityError, ApplicationError):
            workflow.logger.exception("a refusal could not be recorded", extra=self.ids_of(command))

    def called(self, document_id: str) -> str:
        """What a document is called where Temporal shows a step; never its id."""
        document = self.dossier.documents.get(document_id)
        machine = DocumentId(document_id).machine
        return title_of(document) if document else kind(machine) if machine in SHEETS else "a document"

    def ids_of(self, command: Command) -> dict[str, str | None]:
        """By what a log line about a command can be found."""
        return {
            "organization_id": self.organization_id,
            "workflow_id": workflow.info().workflow_id,
            "run_id": workflow.info().run_id,
            "command_id": command.id,
            "request_id": command.request_id,
            "action": command.action,
            "document_id": command.document_id,
        }

    async def compare_with_database(self) -> None:
        """Look whether the database is as far as this workflow, and go on from it if it was put back.

        A database that cannot be read is looked at again later.
        """
        async with self.lock:
            known = self.dossier
            wanted = LoadDossier(
                organization_id=self.organization_id,
                payout_id=self.own_payout(),
                only=[] if self.own_payout() else sorted(known.documents),
            )
            try:
                found = await self.read_database(wanted, "whether the database is as far")
                if is_older(found, known, whole=True):
                    await self.load(older=True)
            except (ActivityError, ApplicationError, StrangeResult) as error:
                workflow.logger.exception("what the database says cannot be read", extra=where())
                self.note(COMPARE, why_unforeseen(error) or type(error).__name__)
                self.wake_later()
                return
        self.over(COMPARE)
        self.comparing = False

    async def load(self, older: bool = False) -> None:
        """Take over where the database says everything stands; raises what ``read_database`` does.

        Args:
            older: it is known to have been put back; else that is seen by the documents that it has.
        """
        payout_id, but, known = self.own_payout(), sorted(FINISHED), self.dossier
        self.dossier = await self.read_database(
            LoadDossier(organization_id=self.organization_id, payout_id=payout_id, but=but, counting=True),
            "where everything stands",
        )
        self.loaded = True
        self.woken = True
        if older or is_older(self.dossier, known, whole=payout_id is not None):
            workflow.logger.error(
                "the database was put back", extra={"workflow_id": workflow.info().workflow_id}
            )
            self.go_back(known)

    def go_back(self, known: Dossier) -> None:
        """Go on from a database that was put back: what it has forgotten may be commanded, and is done, once more.

        Args:
            known: where everything stood before it was put back, as far as this workflow knows.
        """
        self.applied.clear()
        self.resume_once()

    async def fetch_back(self, command: Command) -> bool:
        """Bring back from the database what a command names and has left the state; whether there was any of it."""
        missing = away(self.dossier, command)
        if not missing or self.own_payout() or not workflow.patched(FETCHED_BACK):
            return False
        goes_on = workflow.patched(GONE_ON)
        found = await self.read_database(
            LoadDossier(organization_id=self.organization_id, only=missing),
            f"what is spoken of by {command.action}: {self.called(command.document_id)}",
        )
        if goes_on and any(map(never_leaves, found.documents.values())):
            await self.load()
        self.dossier = self.dossier.holding_again(found)
        return bool(found.documents)

    async def read_database(self, wanted: LoadDossier, why: str) -> Dossier:
        """Documents as the database has them.

        Raises:
            ActivityError: they cannot be read, and not because the database was away.
            ApplicationError: the same; a local activity's error may come bare.
            StrangeResult: this release does not understand what the worker of another one has read.
        """
        given = await outside.execute_local_activity(
            LOAD_DOSSIER,
            wanted,
            start_to_close_timeout=RECORD_TIMEOUT,
            summary=why,
        )
        return answer_of(given, LOAD_DOSSIER, from_worker=False)

    @abstractmethod
    def resume(self) -> None:
        """Go on with what is under way outside, after everything was taken over from the database."""

    def own_payout(self) -> str | None:
        """The one payout that this life is about, if it is a payout's."""
        return None


def refused(refusal: Refusal) -> ApplicationError:
    """The error by which a command is refused."""
    return ApplicationError(refusal.reason, refusal.model_dump(mode="json"), type=REFUSED, non_retryable=True)


def is_older(dossier: Dossier, known: Dossier, whole: bool) -> bool:
    """Whether documents were further than the database says.

    Args:
        whole: the dossier holds all that there is; otherwise a document that it does not hold may have left.
    """
    for own in known.documents.values():
        document = dossier.documents.get(own.id)
        if own.revision > (document.revision if document else 0 if whole else own.revision):
            return True
    return False


def is_stale(error: Exception) -> bool:
    """Whether the database had moved on; a local activity's error comes bare, a regular one's wrapped."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return isinstance(cause, ApplicationError) and cause.type == "Stale"
