"""The durable shell round the machines: wait for a command or the next deadline, decide, record, do."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, ApplicationError

from lifecycle.alarms import Alarm, alarms, clock_command
from lifecycle.decide import decide, evolve
from lifecycle.machines import state_of
from lifecycle.waiting import Waiting, waiting
from models.commands import Accepted, Command, Effect, Outcome, Refusal
from models.dossier import Dossier
from models.origin import sealed_for
from models.steps import ExternalStep, LoadDossier, News, RecordDecision, Recorded, RecordRefusal
from workflows.arriving import (
    MALFORMED,
    MALFORMED_ACTION,
    Unreadable,
    alone,
    alone_async,
    command_of,
    event_of,
    unreadable,
)
from workflows.hands import (
    BY_HAND,
    GIVEN_BY_HAND,
    SEALED_INPUTS,
    believed,
    by_hand,
    is_sealed,
    not_ours,
    own_place,
)
from workflows.inputs import ACT, PROVIDER_EVENT, REFUSED, STATUS, LifeInput, Status
from workflows.search_attributes import NEXT_ACTOR

APPLIED_KEPT = 500
"""How many outcomes of commands are carried along; beyond that the database alone knows a command again."""

SHOWN = 8
"""How many things that are waited for the page in the Temporal UI names, to stay below 2 KB."""

RECORD_TIMEOUT = timedelta(seconds=30)
STEP_TIMEOUT = timedelta(seconds=20)

CONFLICT = Refusal(code="conflict", reason="The database had moved on; give the command again.")

UNFORESEEN = Refusal(
    code="unforeseen",
    reason="It could not be carried out because of a fault of ours; the worker's log says which.",
)

STUCK_ACTOR = "maintainer"
"""Who is waited for where something fails that nobody has foreseen."""

Input = TypeVar("Input", bound=LifeInput)


class Life(ABC):
    """What organizations and payouts have in common.

    Every command passes through ``act``: updates from people, signals, provider news and the clock. Decisions
    are made one at a time under a lock, recorded in the database, and only then hold here.
    """

    def begin(self, start: LifeInput) -> None:
        """Take over what the input says; called from the workflow's ``__init__``."""
        self.sealed = is_sealed(start)
        self.organization_id = start.organization_id
        self.policy = start.policy
        self.console = start.console
        self.loaded = start.dossier is not None
        self.dossier = start.dossier or Dossier(organization_id=start.organization_id)
        self.applied = dict(start.applied)
        self.effects = list(start.effects)
        self.running: dict[str, asyncio.Task[None]] = {}
        self.inbox: deque[Command] = deque()
        self.lock = asyncio.Lock()
        self.telling = asyncio.Lock()
        self.commands = 0
        self.stirred = True
        self.timer: asyncio.Task[None] | None = None
        self.timer_due: datetime | None = None
        self.shown: tuple[Any, ...] = ()
        self.run_ends = self.now() + timedelta(days=self.policy.run_days)
        self.unheard: set[str] = set()
        self.trouble: dict[str, str] = {}

    def now(self) -> datetime:
        """Programme time."""
        return self.policy.clock.programme(workflow.now())

    # ------------------------------------------------------------------ what comes in

    @workflow.update(name=ACT, description="Carry out a command of an admin or of the platform's staff.")
    @alone_async
    async def on_act(self, given: RawValue) -> Outcome:
        """Answer with the outcome, or refuse with what would be allowed."""
        try:
            command = self.read(command_of, given)
        except Unreadable:
            raise refused(MALFORMED) from None
        await workflow.wait_condition(lambda: self.loaded)
        try:
            return await self.act(command)
        except ApplicationError as error:
            if command.actor == BY_HAND and error.type == REFUSED:
                await self.remember(command, Refusal.model_validate(error.details[0]))
            raise
        except ActivityError:
            raise
        except Exception as error:
            # Raised as it is, it would fail the workflow's task again and again, and not this one command.
            workflow.logger.exception("a command could not be carried out", extra=self.ids_of(command))
            raise ApplicationError(UNFORESEEN.reason, type="Unforeseen", non_retryable=True) from error

    @on_act.validator
    @alone
    def refuse_early(self, given: RawValue) -> None:
        """Keep commands that would be refused out of the history, but for those of strangers, which are to be seen."""
        try:
            command = self.read(command_of, given)
        except Unreadable:
            raise refused(MALFORMED) from None
        if self.loaded and command.id not in self.applied and command.actor != BY_HAND:
            decision = decide(self.dossier, command, self.now(), self.policy)
            if isinstance(decision, Refusal):
                raise refused(decision)

    @workflow.signal(name=ACT, description="The same as the update, without an answer.")
    @alone
    def on_act_signal(self, given: RawValue) -> None:
        """Put a command into the inbox."""
        self.receive(ACT, command_of, given)

    @workflow.signal(name=PROVIDER_EVENT, description="News of an external system.")
    @alone
    def on_provider_event(self, given: RawValue) -> None:
        """Put a provider's news into the inbox."""
        self.receive(PROVIDER_EVENT, event_of, given)

    def receive(self, signal: str, read: Callable[[RawValue], Command], given: RawValue) -> None:
        """Put what was signalled into the inbox; what cannot be read is recorded as refused."""
        try:
            self.inbox.append(self.read(read, given))
        except Unreadable:
            self.inbox.append(unreadable(signal, str(workflow.uuid4())))
        self.stirred = True

    def read(self, read: Callable[[RawValue], Command], given: RawValue) -> Command:
        """The command that came in: as it stands if a process of ours has sealed it, and else as given by hand.

        Raises:
            Unreadable: it is none.
        """
        command = read(given)
        if self.sealed and sealed_for(given.payload) != own_place():
            return by_hand(command)
        return command

    @workflow.query(name=STATUS, description="Where everything stands, and what comes next.")
    def on_status(self) -> Status:
        """The whole state."""
        upcoming = alarms(self.dossier, self.policy)
        return Status(
            dossier=self.dossier,
            now=self.now(),
            next_alarm=upcoming[0].due if upcoming else None,
            effects=self.effects,
            commands=self.commands,
        )

    # ------------------------------------------------------------------ deciding

    async def act(self, command: Command) -> Outcome:
        """Decide, record, and only then believe; raises the application error ``Refused``."""
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
                accepted = await self.decide_and_record(command)
            if accepted is None:
                return await self.catch_up(command)
            return self.believe(command, accepted)

    async def catch_up(self, command: Command) -> Outcome:
        """Go on where the database stands: what was decided long ago has had its effects, which must not start anew."""
        await self.load()
        self.resume()
        self.effects = list({effect.key: effect for effect in reversed(self.effects)}.values())[::-1]
        own = self.dossier.documents[command.document_id]
        outcome = Outcome(command_id=command.id, document_id=own.id, state=own.state, revision=own.revision)
        self.applied[command.id] = outcome
        return outcome.model_copy(update={"duplicate": True})

    async def decide_and_record(self, command: Command) -> Accepted | None:
        """The decision, once the database holds it; ``None`` where the database has long gone on from it."""
        decision = self.decide(command)
        if isinstance(decision, Refusal):
            raise refused(decision)
        recorded = await workflow.execute_local_activity(
            "record_decision",
            RecordDecision(organization_id=self.organization_id, transitions=decision.transitions),
            result_type=Recorded,
            start_to_close_timeout=RECORD_TIMEOUT,
            summary=f"{command.action} {command.document_id}",
        )
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
        return decide(self.dossier, command, self.now(), self.policy)

    def believe(self, command: Command, accepted: Accepted) -> Outcome:
        """Let a recorded decision hold."""
        for transition in accepted.transitions:
            self.dossier = evolve(self.dossier, transition)
        self.effects.extend(self.prepare(effect) for effect in accepted.effects)
        own = accepted.transitions[0].document
        outcome = Outcome(command_id=command.id, document_id=own.id, state=own.state, revision=own.revision)
        self.applied[command.id] = outcome
        while len(self.applied) > APPLIED_KEPT:
            self.applied.pop(next(iter(self.applied)))
        self.commands += 1
        self.stirred = True
        workflow.logger.info(
            "transition",
            extra={**self.ids_of(command), "state": own.state},
        )
        return outcome

    def prepare(self, effect: Effect) -> Effect:
        """An effect with all that it must still know when it is done later."""
        return effect

    async def take(self, command: Command) -> None:
        """Carry out a command that nobody waits for; a refused one is recorded and harms nothing."""
        if command.action == MALFORMED_ACTION:
            await self.remember(command, MALFORMED)
            return
        try:
            await self.act(command)
        except Exception as error:
            if isinstance(error, ApplicationError) and error.type == REFUSED:
                await self.remember(command, Refusal.model_validate(error.details[0]))
                return
            # Raised further it would end the life of the workflow.
            workflow.logger.exception("a decision could not be recorded", extra=self.ids_of(command))
            foreseen = isinstance(error, (ActivityError, ApplicationError))
            await self.remember(command, CONFLICT if foreseen else UNFORESEEN)

    async def remember(self, command: Command, refusal: Refusal) -> None:
        """Record a refusal that nobody was there to be told."""
        workflow.logger.warning("refused", extra={**self.ids_of(command), "code": refusal.code})
        await workflow.execute_local_activity(
            "record_refusal",
            RecordRefusal(
                organization_id=self.organization_id, command=command, refusal=refusal, at=self.now()
            ),
            start_to_close_timeout=RECORD_TIMEOUT,
            summary=f"refused: {command.action} {command.document_id}",
        )

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

    async def load(self, payout_id: str | None = None) -> None:
        """Take over where the database says everything stands."""
        dossier = await workflow.execute_local_activity(
            "load_dossier",
            LoadDossier(organization_id=self.organization_id, payout_id=payout_id or self.own_payout()),
            result_type=Dossier,
            start_to_close_timeout=RECORD_TIMEOUT,
            summary="where everything stands",
        )
        self.dossier = dossier
        self.loaded = True
        self.stirred = True

    def own_payout(self) -> str | None:
        """The one payout that this life is about, if it is a payout's."""
        return None

    # ------------------------------------------------------------------ living

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

    def resume(self) -> None:
        """After a loss of the workflow: ask again for everything that is under way; requests are idempotent."""
        for document in self.dossier.documents.values():
            state = state_of(document)
            if state.effect and state.waits_for and document.reference:
                self.effects.append(
                    Effect(name=state.effect, document_id=document.id, reference=document.reference)
                )

    async def read_inbox(self) -> None:
        """Carry out what was signalled, in order."""
        while self.inbox:
            await self.take(self.inbox[0])
            self.inbox.popleft()

    async def sound_alarms(self) -> None:
        """Carry out what the clock has to do by now."""
        while (alarm := self.next_alarm()) and alarm.due <= self.now():
            command = clock_command(self.dossier, alarm)
            if command.id in self.applied:
                # The database was put back to before it. Done twice it might pay twice: a person decides.
                self.unheard.add(command.id)
                self.trouble[command.id] = f"{command.action}: the database is older than this workflow"
                workflow.logger.error("the database is older than the workflow", extra=self.ids_of(command))
                continue
            await self.take(command)
            if command.id not in self.applied:
                # It was refused: heard once, it must not ring for ever.
                self.unheard.add(command.id)

    def next_alarm(self) -> Alarm | None:
        """What the clock does next."""
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
        self.timer = asyncio.create_task(self.ring(alarm))

    async def ring(self, alarm: Alarm) -> None:
        """Wake up when an alarm is due."""
        wait = max(self.policy.clock.real_delay(alarm.due - self.now()), timedelta(milliseconds=1))
        document = self.dossier.documents[alarm.document_id]
        await workflow.sleep(wait, summary=f"{document.machine}.{alarm.event} of {alarm.document_id}")
        self.timer = self.timer_due = None
        self.stirred = True

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

    def is_over(self) -> bool:
        """Whether nothing can ever follow."""
        return False

    def should_continue_as_new(self) -> bool:
        """When the run has lasted long enough and nothing is under way, or when the server suggests it."""
        if workflow.info().is_continue_as_new_suggested():
            return True
        return self.now() >= self.run_ends and not self.effects

    def next_run(self, kind: Callable[..., Input], **own: Any) -> Input:
        """The input of the next run, which goes on where this one stops."""
        return kind(
            organization_id=self.organization_id,
            policy=self.policy,
            dossier=self.dossier,
            applied=self.applied,
            effects=self.effects,
            console=self.console,
            **own,
        )

    # ------------------------------------------------------------------ being seen

    def show(self) -> None:
        """Tell operators where it stands: search attributes when they change, and a page in words."""
        items = waiting(self.dossier, self.now(), self.policy)
        workflow.set_current_details(self.link() + self.in_trouble() + self.details(items))
        updates = self.search_attributes(items)
        if self.trouble:
            waited_for = sorted({STUCK_ACTOR, *(item.who for item in items)})
            updates = [
                NEXT_ACTOR.value_set(waited_for) if update.key.name == NEXT_ACTOR.name else update
                for update in updates
            ]
        signature = tuple((update.key.name, repr(update.value)) for update in updates)
        if signature != self.shown:
            self.shown = signature
            workflow.upsert_search_attributes(updates)

    def in_trouble(self) -> str:
        """What fails that nobody has foreseen, as Markdown."""
        lines = [f"- {trouble}\n" for trouble in list(self.trouble.values())[:SHOWN]]
        return "**In trouble: the worker's log says why**\n\n" + "".join(lines) + "\n" if lines else ""

    def link(self) -> str:
        """The way to the same in the console, as Markdown."""
        return f"[Open in the console]({self.console}{self.page()})\n\n" if self.console else ""

    def page(self) -> str:
        """Where the console shows it."""
        return f"/organizations/{self.organization_id}"

    @abstractmethod
    def search_attributes(self, items: list[Waiting]) -> list[SearchAttributeUpdate[Any]]:
        """What operators can search by."""

    @abstractmethod
    def details(self, items: list[Waiting]) -> str:
        """Where everything stands, in words, as Markdown below 2 KB."""


def refused(refusal: Refusal) -> ApplicationError:
    """The error by which a command is refused."""
    return ApplicationError(refusal.reason, refusal.model_dump(mode="json"), type=REFUSED, non_retryable=True)


def is_stale(error: ActivityError | ApplicationError) -> bool:
    """Whether the database had moved on; a local activity's error comes bare, a regular one's wrapped."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return isinstance(cause, ApplicationError) and cause.type == "Stale"


def waiting_in_words(items: list[Waiting], real: Callable[[datetime], datetime]) -> list[str]:
    """A Markdown list of what is waited for, at most eight items."""
    if not items:
        return ["Nobody is waited for."]
    lines = []
    for item in items[:SHOWN]:
        late = " **late**" if item.late else ""
        until = f" — {item.then} at {real(item.until):%Y-%m-%d %H:%M:%S} UTC" if item.until else ""
        money = f" — {item.money}" if item.money else ""
        lines.append(f"- **{item.who}**{late}: {item.todo or item.what} (`{item.document_id}`){money}{until}")
    if len(items) > SHOWN:
        lines.append(f"- … and {len(items) - SHOWN} more")
    return lines
