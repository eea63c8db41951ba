"""The provider's own record of transfers, compared with our attempts: the last word on whether anything left twice."""

from collections.abc import Iterator
from datetime import datetime

from models.ledger.checks import Checked, Difference
from models.programme.policy import Policy
from models.states import PayoutState
from providers.protocols import PaymentRecord, Payments
from storage.database import Database
from storage.ledger.payment_checks import Attempt, attempts

PAGE = 1_000
ARRIVED = ("paid",)
UNDER_WAY = ("in_transit", "paid")
NOT_THERE = ("failed", "returned")


def compare_with_provider(
    database: Database,
    payments: Payments,
    now: datetime,
    policy: Policy,
    organization_id: str | None = None,
) -> Checked:
    """Whether every transfer that the provider lists is an attempt of ours that stands the same, and the reverse.

    An open attempt is not known yet, unless the provider has already said that it has it and does not list it
    after its visibility window. What differs is looked at twice, because both sides move on meanwhile.

    Args:
        now: programme time.

    Raises:
        ProviderFailure: the provider cannot be reached.
    """
    count, not_known_yet, suspects = look(database, payments, now, policy, organization_id)
    if suspects:
        again = look(database, payments, now, policy, organization_id)[2]
        suspects = {reference: again[reference] for reference in suspects if reference in again}
    return Checked(
        check="provider",
        compared="every transfer in the payment provider's own record with our attempts, and the reverse",
        count=count,
        not_known_yet=not_known_yet,
        difference=suspects[min(suspects)] if suspects else None,
    )


def look(
    database: Database, payments: Payments, now: datetime, policy: Policy, organization_id: str | None
) -> tuple[int, int, dict[str, Difference]]:
    """How many were compared, how many are not known yet, and what differs, by reference."""
    # The provider first: what it lists was committed here before it was sent.
    listed = {record.reference: record for record in records(payments)}
    count, not_known_yet, suspects = 0, 0, dict[str, Difference]()
    payouts = set()
    with database.reading() as session:
        for attempt in attempts(session, None):
            record = listed.pop(attempt.reference, None)
            if organization_id not in (None, attempt.organization_id):
                continue
            count += 1
            payouts.add(attempt.payout_id)
            words = why_not(attempt, record, now, policy)
            if words:
                suspects[attempt.reference] = difference(attempt.organization_id, attempt.reference, *words)
            elif attempt.outcome is None:
                not_known_yet += 1
    for reference, record in listed.items():
        if organization_id is not None and reference.rpartition("/")[0] not in payouts:
            continue
        count += 1
        suspects[reference] = difference(
            organization_id or "",
            reference,
            "no such transfer",
            f"{record.amount} {record.status}",
            f"The provider lists a transfer {reference} of {record.amount} ({record.status}) that nobody here "
            "has sent.",
        )
    return count, not_known_yet, suspects


def records(payments: Payments) -> Iterator[PaymentRecord]:
    """The provider's whole record, page by page."""
    after: str | None = None
    while True:
        page = payments.records(after, PAGE)
        yield from page.payments
        if not page.has_more or page.next_cursor in (None, after):
            return
        after = page.next_cursor


def why_not(
    attempt: Attempt, record: PaymentRecord | None, now: datetime, policy: Policy
) -> tuple[str, str, str] | None:
    """What should be, what is, and both in words, if an attempt and the provider's record of it disagree."""
    ours = f"{attempt.amount} {attempt.outcome or 'under way'}"
    who = f"{attempt.reference} of {attempt.organization_id}"
    if record is None:
        accepted = attempt.outcome is None and attempt.payout_state == PayoutState.IN_TRANSIT
        late = now >= attempt.sent_at + policy.provider_visibility
        if attempt.outcome in ("paid", "returned") or (accepted and late):
            return ours, "nothing", f"We have {who} as {ours}, but the provider lists no such transfer."
        return None
    theirs = f"{record.amount} {record.status}"
    if record.amount != attempt.amount:
        return (
            ours,
            theirs,
            f"We sent {who} for {attempt.amount}, but the provider lists it with {record.amount}.",
        )
    agree = {
        None: True,
        "paid": record.status in ARRIVED,
        "returned": record.status in NOT_THERE,
        "overpaid": record.status in UNDER_WAY,
        "recovered": record.status in UNDER_WAY,
        "reversed": True,
        "owed_again": record.status in NOT_THERE,
        "returned_late": record.status in NOT_THERE,
        "paid_otherwise": record.status in NOT_THERE,
    }.get(attempt.outcome, record.status in NOT_THERE)
    if not agree:
        return (
            ours,
            theirs,
            f"We have {who} as {attempt.outcome}, but the provider lists it as {record.status}.",
        )
    return None


def difference(organization_id: str, reference: str, expected: str, found: str, sentence: str) -> Difference:
    """A difference about one transfer."""
    return Difference(
        organization_id=organization_id,
        subject=reference,
        expected=expected,
        found=found,
        sentence=sentence,
    )
