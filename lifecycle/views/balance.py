"""What an organization's money adds up to, by the account in which it is: the ledger's accounts, read off the documents."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from lifecycle.steps.payout.states import SENT
from models.documents import Payout, Statement
from models.dossier import Dossier
from models.money import Money
from models.programme.periods import day_of
from models.programme.policy import Policy, time_zone
from models.states import PayoutState, StatementState

UNCONFIRMED = (StatementState.PENDING_CONFIRMATION, StatementState.APPEAL_REVIEW)
INVOICED = (StatementState.INVOICED, StatementState.PAID, StatementState.CLOSED)
PAID = (PayoutState.PAID, PayoutState.CLOSED, PayoutState.OVERPAID, PayoutState.OWED_AGAIN)


class Standings(BaseModel):
    """Where the money of all statements is now.

    Attributes:
        unconfirmed: on statements that wait to be confirmed or are under appeal.
        confirmed: on statements that can be invoiced.
        invoiced: claimed by invoices, and not sent.
        in_transit: sent, and not known to have arrived.
        paid: arrived since the year began, and not returned.
        paid_before: arrived before the year began.
    """

    model_config = ConfigDict(extra="forbid")

    unconfirmed: Money
    confirmed: Money
    invoiced: Money
    in_transit: Money
    paid: Money
    paid_before: Money


def year_start(now: datetime, policy: Policy) -> datetime:
    """When the year of a moment began, where days of earnings begin."""
    return datetime(day_of(now, policy).year, 1, 1, tzinfo=time_zone(policy.settlement_time_zone))


def standings(dossier: Dossier, now: datetime, policy: Policy) -> Standings:
    """Where the money of all statements is now."""
    since = year_start(now, policy)
    sent = paid = before = 0
    for payout in dossier.of(Payout):
        if payout.state in SENT:
            sent += payout.amount.amount
        elif payout.state in PAID and payout.paid_at and payout.paid_at < since:
            before += payout.amount.amount
        elif payout.state in PAID:
            paid += payout.amount.amount

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=policy.settlement_currency)

    return Standings(
        unconfirmed=money(net_of(dossier, UNCONFIRMED)),
        confirmed=money(net_of(dossier, ("confirmed",))),
        invoiced=money(net_of(dossier, INVOICED) - sent - paid - before),
        in_transit=money(sent),
        paid=money(paid),
        paid_before=money(before),
    )


def net_of(dossier: Dossier, states: tuple[str, ...]) -> int:
    """The net of all statements in some states, minor units."""
    return sum(s.net.amount for s in dossier.of(Statement) if s.state in states)
