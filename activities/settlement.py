"""Settlement: collecting what was earned, issuing statements, telling their organizations."""

import asyncio
from datetime import datetime

import structlog
from temporalio import activity
from temporalio.service import RPCError, RPCStatusCode

from activities.definition import carries_out, carries_out_async
from activities.failures import retried_by_temporal
from activities.installation import Installation
from models import effects
from models.commands import PIPELINE, Command
from models.documents import Statement
from models.earnings import Aside, Imported
from models.identity import DocumentId, organization_workflow_id
from models.wire.activities import COLLECT_EARNINGS, DUE_PERIODS, SETTLE_BATCH
from models.wire.steps import Collected, DuePeriods, ExternalStep, News, Period, SettleBatch, SettledBatch
from storage.earnings import reports
from storage.settlement import batches
from storage.settlement.replacement import replace_statement

PAGE = 1_000

log = structlog.get_logger("settlement")


class SettlementSteps:
    """The activities of a settlement run."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    @carries_out(COLLECT_EARNINGS)
    def collect_earnings(self, now: datetime) -> Collected:
        """Bring in all orders and ad days reported since the last collection; twice changes nothing.

        What cannot be counted is put aside, and what was put aside for a reason that may have passed is tried
        again, so that neither a bad report nor an early one holds up or loses anything.
        """
        reports.retry_aside(self.installation.database, now, self.installation.policy)
        return Collected(orders=self.collect_orders(now), ad_days=self.collect_ad_days(now))

    def collect_orders(self, now: datetime) -> int:
        """Bring in orders and refunds, page by page; the cursor moves only after its page is kept."""
        count, database, policy = 0, self.installation.database, self.installation.policy
        cursor = reports.cursor(database, "orders")
        while True:
            with retried_by_temporal():
                page = self.installation.providers.earnings.orders(cursor, PAGE)
            done = reports.import_orders(database, page.events, now, policy)
            count += self.kept(done, page.malformed)
            cursor = page.next_cursor
            if cursor:
                reports.save_cursor(database, "orders", cursor)
            activity.heartbeat(count)
            if not page.has_more:
                return count

    def collect_ad_days(self, now: datetime) -> int:
        """Bring in the daily ad reports, page by page."""
        count, database, policy = 0, self.installation.database, self.installation.policy
        cursor = reports.cursor(database, "ad_days")
        while True:
            with retried_by_temporal():
                page = self.installation.providers.earnings.ad_days(cursor, PAGE)
            done = reports.import_ad_days(database, page.days, now, policy=policy)
            count += self.kept(done, page.malformed)
            cursor = page.next_cursor
            if cursor:
                reports.save_cursor(database, "ad_days", cursor)
            activity.heartbeat(count)
            if not page.has_more:
                return count

    def kept(self, page: Imported, malformed: list[Aside]) -> int:
        """How many reports of a page count from now on; what is wrong with the others is noted."""
        if malformed:
            reports.put_unread_aside(self.installation.database, malformed, "feed")
        if aside := len(page.aside) + len(malformed):
            log.warning("reports put aside", count=aside)
        return page.accepted + page.caught_up

    @carries_out(DUE_PERIODS)
    def due_periods(self, step: DuePeriods) -> list[Period]:
        """The periods whose statements are due to be delivered."""
        return batches.due_periods(step.now, step.policy)

    @carries_out_async(SETTLE_BATCH)
    async def settle_batch(self, batch: SettleBatch) -> SettledBatch:
        """Issue the statements of the next organizations, then tell each of them."""
        database = self.installation.database
        due = await asyncio.to_thread(
            batches.organizations_due, database, batch.period, batch.after, batch.limit, batch.policy
        )
        if not due:
            return SettledBatch(organizations=0, statements=0, last=None)
        settled = await asyncio.to_thread(
            batches.issue_each, database, batch.period, due, batch.policy, batch.now
        )
        for organization_id, error in settled.failed.items():
            log.error(
                "statement not issued",
                organization_id=organization_id,
                stream=batch.period.stream,
                error=error,
            )
        for statement in settled.issued:
            await self.announce(statement)
            activity.heartbeat()
        return SettledBatch(
            organizations=len(due),
            statements=len(settled.issued),
            last=due[-1],
            failed=sorted(settled.failed),
        )

    async def announce(self, statement: batches.IssuedStatement) -> None:
        """Tell an organization of its statement; an organization that cannot be reached is told by the next run."""
        handle = self.installation.client.get_workflow_handle(
            organization_workflow_id(statement.organization_id)
        )
        command = issue_command(statement)
        try:
            await handle.signal(command.action, command)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.warning("organization not running", organization_id=statement.organization_id)

    @carries_out(effects.ISSUE_REPLACEMENT)
    def issue_replacement(self, step: ExternalStep) -> News:
        """Issue the statement that takes the place of one whose appeal was granted."""
        replaced = step.document
        assert isinstance(replaced, Statement)
        issued = replace_statement(
            self.installation.database,
            DocumentId(replaced.id).key,
            step.organization_id,
            self.installation.policy,
            step.now,
            replaced.adjustment,
        )
        return News(command=issue_command(issued))


def issue_command(statement: batches.IssuedStatement) -> Command:
    """The command by which a statement comes into its organization's dossier."""
    return Command(
        id=f"issue/{statement.statement_id}",
        action="statement.issue",
        document_id=f"statement/{statement.statement_id}",
        actor=PIPELINE,
        facts={
            "stream": statement.stream,
            "period_start": statement.period_start.isoformat(),
            "period_end": statement.period_end.isoformat(),
            "issue": statement.issue,
            "net": statement.net.model_dump(),
            **({"replaces": f"statement/{statement.replaces}"} if statement.replaces else {}),
        },
    )
