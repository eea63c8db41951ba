"""What can be expected: payments to come, earnings that no statement says yet, and the balance."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from api.services.organization_snapshot import OrganizationSnapshot
from lifecycle.views.balance import standings, year_start
from lifecycle.views.forecast import Forecast, forecast
from models.estimates import Estimate
from models.money import Money, sum_of
from storage.settlement.estimates import estimates, issued_since


class ForecastView(Forecast):
    """Which payments can be expected, when, and on what that rests; each amount says how sure it is.

    Attributes:
        as_of: the moment (programme time) for which it is worked out.
        estimates: what is earned and on no statement yet, as its statement would say it now.
    """

    as_of: datetime
    estimates: list[Estimate]


class BalanceView(BaseModel):
    """The organization's money: `opening + issued = unconfirmed + confirmed + invoiced + in_transit + paid`.

    Attributes:
        since: the beginning of the year.
        opening: what was owed then, by the statements that hold today.
        issued: the nets of the statements issued since.
        accrued: estimated; earned and on no statement yet.
        unconfirmed: on statements that wait to be confirmed or are under appeal.
        confirmed: on statements that can be invoiced.
        invoiced: claimed by invoices, and not sent.
        in_transit: sent, and not known to have arrived.
        paid: arrived since, and not returned.
    """

    as_of: datetime
    since: datetime
    opening: Money
    issued: Money
    accrued: Money
    unconfirmed: Money
    confirmed: Money
    invoiced: Money
    in_transit: Money
    paid: Money


def estimated(snapshot: OrganizationSnapshot) -> list[Estimate]:
    """What an organization has earned and no statement says yet."""
    return estimates(snapshot.session, snapshot.organization_id, snapshot.policy, snapshot.now)


def show_forecast(snapshot: OrganizationSnapshot, accrued: list[Estimate]) -> ForecastView:
    """What an organization whose estimates are known can expect."""
    found = forecast(snapshot.dossier, snapshot.now, snapshot.policy, accrued)
    return ForecastView(**dict(found), as_of=snapshot.now, estimates=accrued)


def show_balance(snapshot: OrganizationSnapshot, accrued: Sequence[Estimate]) -> BalanceView:
    """The balance of an organization whose estimates are known."""
    since, currency = year_start(snapshot.now, snapshot.policy), snapshot.policy.settlement_currency
    issued = issued_since(snapshot.session, snapshot.organization_id, since, currency)
    now = standings(snapshot.dossier, snapshot.now, snapshot.policy)
    whole = [now.unconfirmed, now.confirmed, now.invoiced, now.in_transit, now.paid]
    opening = sum(money.amount for money in whole) - issued.amount
    return BalanceView(
        **now.model_dump(exclude={"paid_before"}),
        as_of=snapshot.now,
        since=since,
        opening=Money(amount=opening, currency=currency),
        issued=issued,
        accrued=sum_of(e.net for e in accrued if e.net.amount > 0) or Money(amount=0, currency=currency),
    )
