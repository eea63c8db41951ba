"""A settlement run: collect what was earned, issue the statements that are due, tell their organizations."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError

from models.programme.policy import Policy
from models.texts.sentences import plain_day, plain_period
from models.wire.activities import COLLECT_EARNINGS, DUE_PERIODS, SETTLE_BATCH, Activity, Answer, Given
from models.wire.steps import DuePeriods, Period, SettleBatch, SettlementProgress
from models.wire.tolerant import OfAnotherRelease
from words.voice import STREAMS
from workflows.inputs import SettlementInput
from workflows.loop import outside
from workflows.loop.given_by_hand import SEALED_INPUTS, is_sealed, not_ours
from workflows.loop.payloads import StrangeResult, alone, alone_async, answer_of
from workflows.loop.start import input_of
from workflows.loop.unforeseen import longest_retry, where, why_unforeseen
from workflows.search_attributes import NEXT_ACTOR
from workflows.temporal_page import STUCK_ACTOR

BATCH_TIMEOUT = timedelta(minutes=10)
QUICK_TIMEOUT = timedelta(seconds=30)
HEARTBEAT = timedelta(minutes=1)
SHORTEST_HEARTBEAT = timedelta(seconds=10)
NAMED = 50
"""How many organizations that failed a run names; the log names all."""

RETRY = RetryPolicy(maximum_interval=timedelta(minutes=1))


@workflow.defn
class SettlementWorkflow:
    """One run; running it again issues nothing twice."""

    @workflow.init
    @alone
    def __init__(self, given: RawValue) -> None:
        self.progress = SettlementProgress()
        self.shown = ""
        start, left_out = input_of(given, SettlementInput)
        self.start = start or SettlementInput(policy=Policy())
        self.sealed = is_sealed(self.start)
        if left_out:
            workflow.logger.error("of another release", extra={"left_out": left_out, **where()})

    @workflow.run
    @alone_async
    async def run(self, given: RawValue) -> SettlementProgress:
        """Settle every period whose statements are due, batch by batch."""
        start = self.start
        if not self.sealed and workflow.patched(SEALED_INPUTS):
            raise not_ours()
        now = start.policy.clock.programme(workflow.now())
        collected = await self.ask(
            COLLECT_EARNINGS,
            now,
            timeout=BATCH_TIMEOUT,
            heartbeat=heartbeat(start),
            summary="orders and ad days reported since the last run",
        )
        self.progress.orders, self.progress.ad_days = collected.orders, collected.ad_days
        periods = await self.ask(
            DUE_PERIODS,
            DuePeriods(policy=start.policy, now=now),
            timeout=QUICK_TIMEOUT,
            summary=f"periods due on {plain_day(now.date())}",
        )
        self.progress.periods = len(periods)
        for period in periods:
            await self.settle(period, start, now)
            self.progress.periods_done += 1
        return self.progress

    async def settle(self, period: Period, start: SettlementInput, now: object) -> None:
        """One period, for all organizations that earned in it."""
        after: str | None = None
        while True:
            done = await self.ask(
                SETTLE_BATCH,
                SettleBatch.model_validate(
                    {
                        "policy": start.policy,
                        "period": period,
                        "after": after,
                        "limit": start.batch,
                        "now": now,
                    }
                ),
                timeout=BATCH_TIMEOUT,
                heartbeat=heartbeat(start),
                summary=batch_of(period, after),
            )
            self.progress.organizations += done.organizations
            self.progress.statements += done.statements
            self.progress.failures += len(done.failed)
            self.progress.failed += done.failed[: NAMED - len(self.progress.failed)]
            if done.organizations < start.batch:
                return
            after = done.last

    async def ask(
        self,
        step: Activity[Given, Answer],
        given: Given,
        summary: str,
        timeout: timedelta,
        heartbeat: timedelta | None = None,
    ) -> Answer:
        """What an activity of a worker of ours answers.

        It is asked again where the worker is none of ours, or of another release that cannot read what it is given.
        """
        while True:
            try:
                answer = await outside.execute_activity(
                    step,
                    given,
                    start_to_close_timeout=timeout,
                    heartbeat_timeout=heartbeat,
                    retry_policy=RETRY,
                    summary=summary,
                )
                found = answer_of(answer, step, from_worker=self.sealed)
            except (StrangeResult, ActivityError) as error:
                if isinstance(error, ActivityError) and why_unforeseen(error) != OfAnotherRelease.__name__:
                    raise
                workflow.logger.exception("a step of the settlement was answered strangely", extra=where())
            else:
                self.show_trouble("")
                return found
            self.show_trouble(f"**In trouble: the worker's log says why**\n\n- {step.name}\n")
            await workflow.sleep(
                longest_retry(self.start.policy), summary=f"before {step.name} is asked again"
            )

    def show_trouble(self, words: str) -> None:
        """Show, or no longer, that the run gets nowhere, so that operators see it and the doctor names it."""
        if words != self.shown:
            self.shown = words
            workflow.set_current_details(words)
            workflow.upsert_search_attributes([NEXT_ACTOR.value_set([STUCK_ACTOR] if words else [])])

    @workflow.query(name="progress", description="How far the run has come.")
    def on_progress(self) -> SettlementProgress:
        """How far the run has come."""
        return self.progress


def batch_of(period: Period, after: str | None) -> str:
    """A batch in words."""
    days = plain_period(period.start, period.end)
    return f"{STREAMS[period.stream]}, {days}: {'the next batch' if after else 'the first batch'}"


def heartbeat(start: SettlementInput) -> timedelta:
    """After what silence a worker is taken for dead; sooner where days are short."""
    return min(HEARTBEAT, max(SHORTEST_HEARTBEAT, 10 * start.policy.day))
