"""How everything stands with money, reviews and settlement: the one answer of the console, the API and the command line."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from lifecycle.views.promises import REVIEWED, count, promise, promised
from models.commands import Role
from models.figures import Figures, ReviewRow
from models.programme.periods import day_of, last_months, run_days
from models.programme.policy import Policy
from storage.organizations.policies import policies_of
from storage.platform import money, reviews, settlement

MONTHS = 12


def figures(session: Session, now: datetime, policy: Policy) -> Figures:
    """The figures of now; always the same few statements.

    Args:
        now: programme time.
        policy: the installation's.
    """
    today = day_of(now, policy)
    return Figures(
        counted_at=now,
        money=money.where_money_is(session, now),
        paid=money.paid_by_month(session, last_months(now.date(), MONTHS), now),
        reviews=count(all_reviews(session, now, policy)),
        settlement=settlement.progress(session, today, policy),
        next_settlement=next(day for day in run_days(policy, today) if day > today),
    )


def all_reviews(session: Session, now: datetime, policy: Policy) -> Iterator[ReviewRow]:
    """All reviews under way, the longest waiting first."""
    found = reviews.under_review(session, REVIEWED)
    own = policies_of(session, {one.organization_id for one in found}, policy)
    for one in found:
        due = promised(one.document, own[one.organization_id])
        yield ReviewRow(
            organization_id=one.organization_id,
            organization_name=one.organization_name,
            document_id=one.document.id,
            machine=one.document.machine,
            state=one.document.state,
            since=one.document.since,
            due=due,
            promise=promise(one.document, due, now),
            outside=one.waits_for == Role.PROVIDER,
        )
