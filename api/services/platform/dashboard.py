"""The staff's dashboard: what waits for whom, how money, reviews and settlement stand, and the lists behind that."""

import asyncio
from calendar import monthrange
from datetime import UTC, date, datetime, time

from pydantic import BaseModel
from sqlmodel import Session

from api.http.problems import Problem
from api.installation import Installation
from api.services.platform.decisions import QueueSize, queue_size
from api.services.platform.figures import all_reviews
from api.services.views import Paged
from api.workflow_client import WorkflowClient
from models.commands import Role
from models.documents import Stream
from models.figures import PAYOUTS, Figures, MoneyFigure, MoneyRow, Promise, ReviewRow
from models.programme.periods import due_periods
from models.states import PayoutState
from storage.organizations.queries import UnknownCursor
from storage.platform import money, settlement

PATIENCE = 2
"""Seconds for which Temporal is asked about the last run; without its answer everything else is shown."""

NEED_SOMEBODY = frozenset(
    state
    for state, figure in PAYOUTS.items()
    if figure
    in (
        MoneyFigure.FAILED_ACCOUNT,
        MoneyFigure.FAILED_PAYER,
        MoneyFigure.FAILED_FINAL,
        MoneyFigure.RETURNED,
        MoneyFigure.PAID_WRONGLY,
    )
) | {PayoutState.OUTCOME_UNRESOLVED, PayoutState.RESOLUTION_PROPOSED}
"""States of payouts in which somebody must do something."""


class StateCount(BaseModel):
    """How many documents stand in a state, whom they wait for, and since when the oldest does (programme time)."""

    machine: str
    state: str
    waits_for: Role | None
    count: int
    oldest: datetime


class LastRun(BaseModel):
    """The last run of the settlement (real time), and how many organizations it could not settle.

    Attributes:
        failed: the first fifty of these; the worker's log names all of them, and the error.
    """

    began: datetime
    state: str
    failures: int
    failed: list[str]


class Dashboard(BaseModel):
    """Where everything stands: how much waits for whom, how long, and what has failed.

    Attributes:
        counted_at: when (programme time). To count millions of documents takes a while, so an answer is given again
            for twenty times as long as that took. The queue is counted at once.
        figures: money, reviews against their promise, and the settlement; counted at the same moment.
        last_run: of the settlement; `null` before the first one, and while Temporal does not answer.
    """

    counted_at: datetime
    states: list[StateCount]
    waiting_for_staff: int
    queue: QueueSize
    failed_payouts: int
    figures: Figures
    last_run: LastRun | None


class ToCome(BaseModel):
    """An organization that has a statement of a due period to come."""

    organization_id: str
    organization_name: str
    stream: Stream
    period_start: date
    period_end: date
    delivered_on: date


def show_dashboard(session: Session, installation: Installation, last_run: LastRun | None) -> Dashboard:
    """Where everything stands."""
    counted, figures = installation.dashboard.get()
    queue = queue_size(session)
    return Dashboard(
        counted_at=figures.counted_at,
        states=[StateCount.model_validate(count, from_attributes=True) for count in counted],
        waiting_for_staff=queue.total,
        queue=queue,
        failed_payouts=sum(
            count.count for count in counted if count.machine == "payout" and count.state in NEED_SOMEBODY
        ),
        figures=figures,
        last_run=last_run,
    )


async def last_run(client: WorkflowClient) -> LastRun | None:
    """The last run of the settlement, if Temporal says quickly how it went."""
    try:
        async with asyncio.timeout(PATIENCE):
            runs = await client.settlements(most=1)
    except (Problem, TimeoutError):
        return None
    for run in runs:
        if run.progress:
            failures, failed = run.progress.failures, run.progress.failed
            return LastRun(began=run.began, state=run.state, failures=failures, failed=failed)
    return None


def list_money(
    session: Session,
    installation: Installation,
    figure: MoneyFigure,
    limit: int,
    after: str | None,
    month: date | None = None,
) -> Paged[MoneyRow]:
    """The statements, payouts or payments behind a figure, the oldest first.

    Args:
        after: organization id / document id.
        month: any day of it; of what was paid, instead of the last thirty days.
    """
    when = bounds(month) if month else None
    page = money.behind(session, figure, installation.now(), limit, place(after), when)
    return Paged(data=list(page.data), has_more=page.has_more)


def bounds(month: date) -> tuple[datetime, datetime]:
    """The first and the last moment of a month."""
    last = date(month.year, month.month, monthrange(month.year, month.month)[1])
    return (
        datetime.combine(last.replace(day=1), time.min, UTC),
        datetime.combine(last, time.max, UTC),
    )


def list_reviews(
    session: Session,
    installation: Installation,
    limit: int,
    after: str | None,
    machine: str | None = None,
    promise: Promise | None = None,
) -> Paged[ReviewRow]:
    """Reviews under way, the longest waiting first."""
    wanted = [
        one
        for one in all_reviews(session, installation.now(), installation.policy)
        if machine in (None, one.machine) and promise in (None, one.promise)
    ]
    if last := place(after):
        places = [(one.organization_id, one.document_id) for one in wanted]
        if last not in places:
            raise UnknownCursor
        wanted = wanted[places.index(last) + 1 :]
    return Paged(data=wanted[:limit], has_more=len(wanted) > limit)


def list_to_come(
    session: Session,
    installation: Installation,
    limit: int,
    stream: Stream | None = None,
    period_start: date | None = None,
) -> Paged[ToCome]:
    """The organizations that have statements of due periods to come, the oldest periods first."""
    periods = [
        period
        for period in due_periods(installation.now(), installation.policy)
        if stream in (None, period.stream) and period_start in (None, period.start)
    ]
    found = [
        ToCome(
            organization_id=own,
            organization_name=name,
            stream=period.stream,
            period_start=period.start,
            period_end=period.end,
            delivered_on=period.delivered_on,
        )
        for period, own, name in settlement.to_come(session, periods, installation.policy, limit + 1)
    ]
    return Paged(data=found[:limit], has_more=len(found) > limit)


def place(after: str | None) -> tuple[str, str] | None:
    """Organization id and document id of a cursor."""
    organization_id, _, document_id = (after or "").partition("/")
    return (organization_id, document_id) if after else None
