"""Reports of earnings that were put aside: kept, listed, and tried again when what was in their way may have passed."""

from collections.abc import Collection, Iterable, Sequence

from sqlmodel import Session, col, delete, select

from models.earnings import PASSING, Aside, OrderEvent, ReportKind, WhyAside, read_report
from models.tables import EarningConflictRow, real_now
from storage.bulk import among
from storage.database import insert_into
from storage.organizations.queries import ListPage, known, later, page


def put_aside(session: Session, asides: Iterable[Aside], source: str) -> None:
    """Keep reports that are not counted; each once for each reason."""
    rows = [
        {
            "kind": aside.kind,
            "subject": aside.subject,
            "reason": aside.why,
            "detail": aside.detail,
            "source": source,
            "organization_id": aside.report and aside.report.organization_id,
            "order_id": aside.report.order_id if isinstance(aside.report, OrderEvent) else None,
            "report": aside.report and aside.report.model_dump(mode="json"),
            "received_at": real_now(),
        }
        for aside in asides
    ]
    if rows:
        session.execute(insert_into(session, EarningConflictRow).on_conflict_do_nothing(), rows)


def settle_conflicts(session: Session, kind: ReportKind, subjects: Collection[str]) -> None:
    """Let go of what was aside for a reason that has passed."""
    session.exec(
        delete(EarningConflictRow).where(
            col(EarningConflictRow.kind) == kind,
            among(col(EarningConflictRow.subject), subjects),
            col(EarningConflictRow.reason).in_(PASSING),
        )
    )


def waiting_for(session: Session, order_ids: Collection[str]) -> list[OrderEvent]:
    """The refunds that wait for orders of these ids, in the order in which they came."""
    query = select(EarningConflictRow.report).where(
        EarningConflictRow.reason == WhyAside.WAITING,
        among(col(EarningConflictRow.order_id), order_ids),
    )
    kept = [
        read_report(OrderEvent, report) for report in session.exec(query.order_by(col(EarningConflictRow.id)))
    ]
    return [refund for refund in kept if isinstance(refund, OrderEvent)]


def to_be_retried(session: Session, after: int, limit: int) -> Sequence[EarningConflictRow]:
    """What is aside for a reason that may have passed; refunds are left out, their orders call for them."""
    reasons = [why for why in PASSING if why is not WhyAside.WAITING]
    query = select(EarningConflictRow).where(
        col(EarningConflictRow.reason).in_(reasons), col(EarningConflictRow.id) > after
    )
    return session.exec(query.order_by(col(EarningConflictRow.id)).limit(limit)).all()


def conflicts(
    session: Session,
    limit: int,
    after: int | None = None,
    reason: str | None = None,
    organization_id: str | None = None,
) -> ListPage[EarningConflictRow]:
    """What is aside, the newest first."""
    query = select(EarningConflictRow)
    if reason:
        query = query.where(EarningConflictRow.reason == reason)
    if organization_id:
        query = query.where(EarningConflictRow.organization_id == organization_id)
    if after is not None:
        last = known(session.get(EarningConflictRow, after))
        query = query.where(later(last, col(EarningConflictRow.id), descending=True))
    return page(session, query.order_by(col(EarningConflictRow.id).desc()), limit)
