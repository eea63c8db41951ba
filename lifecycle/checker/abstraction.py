"""What the checker forgets: dates become one representative date each, counters and wording one value."""

from datetime import UTC, datetime, timedelta

from lifecycle.steps.payout.overpaid import with_duplicates
from lifecycle.steps.payout.owed_again import with_owed
from lifecycle.steps.payout.resolution import NO_PROPOSAL
from models.desks import Decider, Desk
from models.documents import AnyDocument, Contract, Invoice, Payout, Reason
from models.programme.policy import Policy
from models.reasons.failures import HALF_WAY
from models.states import PayoutState

POLICY = Policy()
POLICIES = {
    decider: POLICY.model_copy(update={"decided_by": dict.fromkeys(Desk, decider)}) for decider in Decider
}
"""The same numbers with whoever decides at all desks."""
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""Every step happens now, but the clock's, which happen when they are due, and late ones."""
LATE = NOW + timedelta(days=500)
"""Later than everything that a document may be waiting for."""

REFERENCE = "payout/1/3"
"""The current request: a payout's third attempt, so that there are earlier ones."""
EARLIER = ("payout/1/1", "payout/1/2")

REPRESENTATIVE: dict[str, object] = {
    "since": NOW,
    "reference": REFERENCE,
    "expires_on": NOW + timedelta(days=400),
    "proposed_expires_on": NOW + timedelta(days=400),
    "information_due": NOW + timedelta(days=14),
    "launched_at": NOW,
    "confirm_by": NOW + timedelta(days=28),
    "clock_left": timedelta(days=10),
    "confirmed_on": NOW.date(),
    "pay_by": NOW + timedelta(days=15),
    "pay_day": NOW + timedelta(days=4),
    "act_at": NOW + timedelta(hours=1),
    "sent_at": NOW,
    "unknown_since": NOW,
    "paid_at": NOW,
    "attempt": 3,
    "doubts": [Reason(code="because")],
}
"""Values that matter only by being there."""

FORGOTTEN: dict[str, object] = {
    "revision": 1,
    "reasons": [],
    "text_sha256": None,
    "checks": [],
    "failure_code": None,
    "failure_class": None,
    "retry_after_seconds": None,
    "submitted_by": None,
    "blocked_by": None,
    "tries": 0,
    "asks": 0,
}
"""Values that no guard reads."""

UNKNOWN = (PayoutState.OUTCOME_UNKNOWN, PayoutState.OUTCOME_UNRESOLVED, PayoutState.RESOLUTION_PROPOSED)
"""Only here a guard reads why a payment failed, and of that no more than whether the provider has a part of it."""

CLOCKWORK: dict[str, object] = {"reminders": 0, "late": False, "doubts": []}
"""What only reminders, questions and the hand-over to people read; followed in worlds that look closely."""

MOST_REMINDERS = 3


def abstract(document: AnyDocument, closely: bool) -> AnyDocument:
    """The representative of all documents that differ from this one in nothing that decides anything.

    Args:
        document: as it stands after a step.
        closely: whether to keep count of reminders.
    """
    fields = type(document).model_fields
    changes = {name: value for name, value in FORGOTTEN.items() if name in fields}
    for name, value in REPRESENTATIVE.items():
        if name in fields and getattr(document, name) not in (None, 0, []):
            changes[name] = value
    if closely:
        changes["reminders"] = min(document.reminders, MOST_REMINDERS)
    else:
        changes |= CLOCKWORK
    if isinstance(document, Contract):
        changes |= ranked_versions(document)
    if isinstance(document, Invoice):
        changes["refused_account"] = None
    if isinstance(document, Payout):
        changes |= with_duplicates(document, list(EARLIER[: len(document.duplicates)]))
        counting = REFERENCE in document.owed_again
        # One of those that do not count stands for several: each is settled like the next.
        others = EARLIER[: min(len(document.owed_again) - counting, 1)]
        changes |= with_owed(document, [*others, *([REFERENCE] if counting else [])])
        if document.state != PayoutState.RESOLUTION_PROPOSED:
            changes |= NO_PROPOSAL
        if document.state in UNKNOWN and document.failure_code in HALF_WAY:
            changes["failure_code"] = HALF_WAY[0]
    return document.model_copy(update=changes)


def ranked_versions(contract: Contract) -> dict[str, int]:
    """Contract versions are only compared: the lowest becomes 1, the next 2, and so on."""
    versions = {
        name: version
        for name in ("version", "signed_version", "offered_version")
        if (version := getattr(contract, name)) is not None
    }
    ranks = {version: rank for rank, version in enumerate(sorted(set(versions.values())), 1)}
    return {name: ranks[version] for name, version in versions.items()}
