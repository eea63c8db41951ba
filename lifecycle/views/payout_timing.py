"""When a payment that is claimed can leave and arrive: at the earliest, and at the latest without anybody's help."""

from datetime import datetime, timedelta

from lifecycle.machines import state_of
from lifecycle.steps.payout.states import SENT
from lifecycle.views.blockers import account_blocker
from models.commands import Role
from models.documents import Invoice, Payout, PayoutAccount
from models.dossier import Dossier
from models.money import Money
from models.programme.clock import add_working_days, next_weekday, working_day
from models.programme.policy import Policy
from models.states import CHANGING, InvoiceState, PayoutAccountState, PayoutState
from words.voice import Sentence


def from_review(
    invoice: Invoice, dossier: Dossier, now: datetime, policy: Policy
) -> tuple[datetime, datetime | None, str]:
    """When an invoice is paid that is still reviewed, or whose payout is about to begin."""
    ready = account_ready(dossier, now, policy)
    leaves = next_weekday(now, policy.payout_weekday)
    if needs_approval(invoice.total, policy):
        return (
            next_weekday(ready, policy.payout_weekday),
            None,
            Sentence("The platform’s finance team must agree to this payout."),
        )
    earliest = max(leaves, working_day(ready))
    if account_blocker(dossier):
        return earliest, None, Sentence("The payout account or the business must be put in order first.")
    reviewed = now
    if invoice.state == InvoiceState.UNDER_REVIEW:
        reviewed = max(now, add_working_days(invoice.since, policy.at(invoice.since).invoice_review_days))
    latest = arrival(next_weekday(reviewed, policy.payout_weekday), policy)
    return (
        earliest,
        latest,
        Sentence("The invoice is valid once it is reviewed; then it is paid on the next payment day."),
    )


def from_payout(
    payout: Payout, dossier: Dossier, now: datetime, policy: Policy
) -> tuple[datetime, datetime | None, str]:
    """When a payout is paid that is under way: at the earliest, at the latest without you, and what it takes."""
    state, who = payout.state, state_of(payout).waits_for
    act_at = max(now, payout.act_at or now)
    if state == PayoutState.SCHEDULED:
        return act_at, arrival(act_at, policy), Sentence("It leaves on the payment day.")
    if state in SENT and who is Role.PROVIDER and payout.unknown_since is None:
        return (
            now,
            arrival(payout.sent_at or now, policy, now),
            Sentence("The bank has it, or is being given it."),
        )
    if state == PayoutState.RETRYING:
        return now, arrival(act_at, policy), Sentence("It is tried again by itself.")
    if state in SENT:
        return now, None, Sentence("It must first be known whether the provider took the payment.")
    ready = account_ready(dossier, now, policy, payout.refused_account)
    if state in (PayoutState.AWAITING_ACCOUNT, PayoutState.RETURNED):
        again = payout.returned or needs_approval(payout.amount, policy)
        earliest = next_weekday(ready, policy.payout_weekday) if again else with_pay_day(payout, ready)
        return earliest, None, Sentence("It goes on once the payout account can be paid to.")
    if state == PayoutState.AWAITING_APPROVAL:
        return (
            next_weekday(ready, policy.payout_weekday),
            None,
            Sentence("The platform’s finance team must agree to this payout."),
        )
    if state == PayoutState.HELD:
        return (
            with_pay_day(payout, ready),
            None,
            Sentence("The platform holds it, and must release it first."),
        )
    return ready, None, Sentence("The platform must put right what made it fail, and try again.")


def with_pay_day(payout: Payout, ready: datetime) -> datetime:
    """When a payout leaves that goes on: at once on a working day, but never before its payment day."""
    leaves = working_day(ready)
    return max(leaves, payout.pay_day or leaves)


def account_ready(dossier: Dossier, now: datetime, policy: Policy, refused: str | None = None) -> datetime:
    """When the organization can be paid to, if everybody acts at once; only the cooling-off cannot be hurried.

    Args:
        refused: an account, by its submission, to which nothing is sent again.
    """
    account = dossier.get("payout_account", PayoutAccount)
    if account is None:
        return now
    whole = timedelta(days=policy.cooling_off_days)
    if account.state == PayoutAccountState.COOLING_OFF:
        return max(now, account.since + timedelta(days=policy.at(account.since).cooling_off_days))
    mended = refused is not None and refused != account.submission_id
    if account.broken or account.state in CHANGING or (refused is not None and not mended):
        return now + whole
    return now


def needs_approval(amount: Money, policy: Policy) -> bool:
    """Whether a finance approver must agree to a payout of this size."""
    return amount.amount > policy.payout_approval_above


def arrival(leaves: datetime, policy: Policy, now: datetime | None = None) -> datetime:
    """When a payment that leaves at a moment arrives at the latest, with the days that banks take."""
    latest = add_working_days(leaves, policy.transit_days)
    return max(latest, now) if now else latest
