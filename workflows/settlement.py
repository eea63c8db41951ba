"""A settlement run: collect what was earned, issue the statements that are due, tell their organizations."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from models.steps import Collected, DuePeriods, Period, SettleBatch, SettledBatch, SettlementProgress
from workflows.hands import SEALED_INPUTS, is_sealed, not_ours
from workflows.inputs import SettlementInput

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
    def __init__(self, start: SettlementInput) -> None:
        self.progress = SettlementProgress()

    @workflow.run
    async def run(self, start: SettlementInput) -> SettlementProgress:
        """Settle every period whose statements are due, batch by batch."""
        if not is_sealed(start) and workflow.patched(SEALED_INPUTS):
            raise not_ours()
        now = start.policy.clock.programme(workflow.now())
        collected = await workflow.execute_activity(
            "collect_earnings",
            now,
            result_type=Collected,
            start_to_close_timeout=BATCH_TIMEOUT,
            heartbeat_timeout=heartbeat(start),
            retry_policy=RETRY,
            summary="orders and ad days reported since the last run",
        )
        self.progress.orders, self.progress.ad_days = collected.orders, collected.ad_days
        periods = await workflow.execute_activity(
            "due_periods",
            DuePeriods(policy=start.policy, now=now),
            result_type=list[Period],
            start_to_close_timeout=QUICK_TIMEOUT,
            retry_policy=RETRY,
            summary=f"periods due on {now:%Y-%m-%d}",
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
            done = await workflow.execute_activity(
                "settle_batch",
                SettleBatch.model_validate(
                    {
                        "policy": start.policy,
                        "period": period,
                        "after": after,
                        "limit": start.batch,
                        "now": now,
                    }
                ),
                result_type=SettledBatch,
                start_to_close_timeout=BATCH_TIMEOUT,
                heartbeat_timeout=heartbeat(start),
                retry_policy=RETRY,
                summary=f"{period.stream} {period.start} to {period.end}, after {after or 'the beginning'}",
            )
            self.progress.organizations += done.organizations
            self.progress.statements += done.statements
            self.progress.failures += len(done.failed)
            self.progress.failed += done.failed[: NAMED - len(self.progress.failed)]
            if done.organizations < start.batch:
                return
            after = done.last

    @workflow.query(name="progress", description="How far the run has come.")
    def on_progress(self) -> SettlementProgress:
        """How far the run has come."""
        return self.progress


def heartbeat(start: SettlementInput) -> timedelta:
    """After what silence a worker is taken for dead; sooner where days are short."""
    return min(HEARTBEAT, max(SHORTEST_HEARTBEAT, 10 * start.policy.day))
